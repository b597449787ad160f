import type { Limits } from "../../util/limits.ts";
import { FormatError, limitExceeded } from "../adapter.ts";
import type { Content } from "../content.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { parseJsonDocument } from "../json.ts";
import { utf8BytesOf } from "../text.ts";
import { isObject, type JsonObject } from "../values.ts";

/** The objects of a file, told apart. */
export interface TruffleHogLines {
  readonly results: readonly JsonObject[];
  readonly logs: readonly JsonObject[];
}

const LINE_FEED = 0x0a;
const BRACE = 0x7b;

/**
 * Reads results and log lines, one object a line. A line that does not start with `{` is console output, and is passed
 * over with a warning; one that does has to be whole.
 *
 * @throws {FormatError} `malformed` or `limit-exceeded` with the line, or `not-this-format`
 */
export function readLines(bytes: Content, limits: Limits, warnings: DiagnosticList): TruffleHogLines {
  const text = utf8BytesOf(bytes);
  const results: JsonObject[] = [];
  const logs: JsonObject[] = [];
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf(LINE_FEED, start);
    const end = found === -1 ? text.length : found;
    const line = trimmed(text.subarray(start, end));
    start = end + 1;
    number++;
    if (number > limits.elements) throw limitExceeded("elements", `more than ${limits.elements} lines`);
    if (line.length === 0) continue;
    if (line[0] !== BRACE) warnings.add("not-json", "a line is no JSON object", `line ${number}`);
    else sort(objectOfLine(line, number, limits), number, results, logs);
  }
  if (results.length + logs.length === 0) throw new FormatError("not-this-format", "it has no results and no log");
  return { results, logs };
}

function sort(object: JsonObject, number: number, results: JsonObject[], logs: JsonObject[]): void {
  if (isObject(object["SourceMetadata"])) results.push(object);
  else if ("msg" in object && "level" in object) logs.push(object);
  // It may be a result of a kind that is not known, which must not pass for nothing.
  else throw new FormatError("malformed", "it is neither a result nor a line of the log", `line ${number}`);
}

function objectOfLine(line: Buffer, number: number, limits: Limits): JsonObject {
  try {
    const value = parseJsonDocument(line, limits);
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, error.message, `line ${number}`, error);
  }
  throw new FormatError("malformed", "it is not an object", `line ${number}`);
}

/** Without spaces, tabs and carriage returns at its ends. */
function trimmed(line: Buffer): Buffer {
  let [start, end] = [0, line.length];
  while (start < end && isSpace(line[start])) start++;
  while (end > start && isSpace(line[end - 1])) end--;
  return line.subarray(start, end);
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d;
}
