import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import type { Content } from "./content.ts";
import { parseJsonDocument } from "./json.ts";
import { linesIn } from "./lines.ts";
import { utf8BytesOf } from "./text.ts";

const LINE_FEED = 0x0a;

/**
 * The documents of a file: the one of a JSON file, or those of JSON lines.
 *
 * @returns values with their places: the empty pointer, or `line N`
 * @throws {FormatError} `malformed` or `limit-exceeded`
 */
export function* documentsIn(bytes: Content, limits: Limits): Generator<readonly [unknown, string]> {
  if (!isJsonLines(bytes, limits)) {
    yield [parseJsonDocument(bytes, limits), ""];
    return;
  }
  for (const { text, number } of linesIn(bytes, limits)) {
    if (text.trim() === "") continue;
    yield [documentOfLine(text, number, limits), `line ${number}`];
  }
}

function documentOfLine(text: string, number: number, limits: Limits): unknown {
  try {
    return parseJsonDocument(Buffer.from(text), limits);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, error.message, `line ${number}`, error);
  }
}

/** Whether the first line is a document by itself, and there is more behind it. */
function isJsonLines(bytes: Content, limits: Limits): boolean {
  const text = utf8BytesOf(bytes);
  const start = text.findIndex(isInk);
  const end = text.indexOf(LINE_FEED, start);
  if (start === -1 || end === -1 || !text.subarray(end).some(isInk)) return false;
  try {
    parseJsonDocument(text.subarray(start, end), limits);
    return true;
  } catch {
    return false;
  }
}

function isInk(byte: number): boolean {
  return byte > 0x20;
}
