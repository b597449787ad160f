import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { parseJsonDocument } from "../json.ts";
import { linesOfBytes } from "../lines.ts";
import { isObject, type JsonObject } from "../values.ts";

const BRACE = 0x7b;

/** A result, or what the log says. */
export interface TruffleHogLine {
  readonly object: JsonObject;
  readonly isLog: boolean;
}

/**
 * Reads results and log lines, one object a line. A line that does not start with `{` is console output, and is passed
 * over with a warning; one that does has to be whole.
 *
 * @throws {FormatError} `malformed` or `limit-exceeded` with the line
 */
export function* readLines(
  content: Content,
  limits: Limits,
  warnings: DiagnosticList,
): Generator<TruffleHogLine, void, undefined> {
  for (const { bytes, number } of linesOfBytes(content, limits)) {
    const line = trimmed(bytes);
    if (line.length === 0) continue;
    if (line[0] === BRACE) yield lineOf(objectOfLine(line, number, limits), number);
    else warnings.add("not-json", "a line is no JSON object", `line ${number}`);
  }
}

function lineOf(object: JsonObject, number: number): TruffleHogLine {
  if (isObject(object["SourceMetadata"])) return { object, isLog: false };
  if ("msg" in object && "level" in object) return { object, isLog: true };
  // It may be a result of a kind that is not known, which must not pass for nothing.
  throw new FormatError("malformed", "it is neither a result nor a line of the log", `line ${number}`);
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
