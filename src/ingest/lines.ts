import type { Limits } from "../util/limits.ts";
import { FormatError, limitExceeded } from "./adapter.ts";
import type { Content } from "./content.ts";
import { utf8TextOf } from "./text.ts";

const NEWLINE = 0x0a;

export interface Line {
  /** Without the line end; white space in front is kept. */
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/**
 * The lines of a text file of any UTF encoding, with LF or CRLF ends. The file is never one string, nor
 * in memory where it is large.
 *
 * @throws {FormatError} `malformed` for what is no text, `limit-exceeded` beyond `limits.elements` lines
 */
export function* linesIn(content: Content, limits: Limits): Generator<Line, void, undefined> {
  for (const { bytes, number } of linesOfBytes(content, limits)) {
    const text = bytes.toString("utf8");
    if (text.includes("\0")) throw new FormatError("malformed", "there is a NUL character", `line ${number}`);
    yield { text: text.trimEnd(), number };
  }
}

/**
 * As {@link linesIn}, as UTF-8, with whatever is in them and without the line feed; good until the next one.
 *
 * @throws {FormatError} `malformed` for what is no text, `limit-exceeded` beyond `limits.elements` lines
 */
export function* linesOfBytes(
  content: Content,
  limits: Limits,
): Generator<{ readonly bytes: Buffer; readonly number: number }, void, undefined> {
  let number = 0;
  for (const bytes of rawLines(utf8TextOf(content).pieces())) {
    number++;
    if (number > limits.elements) throw limitExceeded("elements", `more than ${limits.elements} lines`);
    yield { bytes, number };
  }
}

/** The bytes of each line, without its line feed; what follows the last line feed is a line if there is anything. */
function* rawLines(pieces: Iterable<Buffer>): Generator<Buffer, void, undefined> {
  let begun: Buffer[] = [];
  for (const piece of pieces) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, start)) {
      const line = piece.subarray(start, end);
      yield begun.length === 0 ? line : Buffer.concat([...begun, line]);
      begun = [];
      start = end + 1;
    }
    if (start < piece.length) begun.push(Buffer.from(piece.subarray(start)));
  }
  if (begun.length > 0) yield Buffer.concat(begun);
}
