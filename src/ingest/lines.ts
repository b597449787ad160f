import type { Limits } from "../util/limits.ts";
import { FormatError, limitExceeded } from "./adapter.ts";
import { utf8BytesOf } from "./text.ts";

const NEWLINE = 0x0a;

export interface Line {
  /** Without the line end; white space in front is kept. */
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/**
 * The lines of a text file of any UTF encoding, with LF or CRLF ends. The file is never one string, so it may be
 * larger than the longest one.
 *
 * @throws {FormatError} `malformed` for what is no text, `limit-exceeded` beyond `limits.elements` lines
 */
export function* linesIn(bytes: Uint8Array, limits: Limits): Generator<Line, void, undefined> {
  const text = utf8BytesOf(bytes);
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf(NEWLINE, start);
    const end = found === -1 ? text.length : found;
    number++;
    if (number > limits.elements) throw limitExceeded("elements", `more than ${limits.elements} lines`);
    const line = text.toString("utf8", start, end);
    if (line.includes("\0")) throw new FormatError("malformed", "there is a NUL character", `line ${number}`);
    yield { text: line.trimEnd(), number };
    start = end + 1;
  }
}
