import { isUtf8 } from "node:buffer";
import { FormatError, type Head } from "./adapter.ts";
import { type Content, piecesOf, sliceOf, wholeOf } from "./content.ts";

const HEAD_BYTES = 16_384;
const HEAD_LENGTH = 8_192;
const UTF8_MARK_BYTES = 3;

/** The text of a file as UTF-8, without a byte order mark. */
export interface Utf8Text {
  /** In bytes. */
  readonly length: number;
  /**
   * The bytes from `start` up to, and without, `end`, good until more of the text is asked for. They are checked only
   * once {@link pieces} has passed them.
   */
  slice(start: number, end: number): Buffer;
  /**
   * All of the text in order, each piece whole characters and good until the next one.
   *
   * @throws {FormatError} `malformed` where the bytes are no valid text; nothing is replaced or dropped
   */
  pieces(): Generator<Buffer, void, undefined>;
}

/**
 * The text of a file. UTF-8 is read where it is, in memory or on the disk; UTF-16, which needs its byte order mark to be
 * known, is transcoded.
 *
 * @throws {FormatError} `malformed` where UTF-16 is no valid text
 */
export function utf8TextOf(content: Content): Utf8Text {
  const first = sliceOf(content, 0, UTF8_MARK_BYTES);
  const encoding = utf16Of(first);
  const text = encoding === undefined ? content : transcode(wholeOf(content), encoding);
  const start = encoding === undefined && hasUtf8Mark(first) ? UTF8_MARK_BYTES : 0;
  return {
    length: text.length - start,
    slice: (from, to) => sliceOf(text, start + from, start + to),
    pieces: () => wholeCharacters(piecesOf(text, start), start),
  };
}

/** As {@link Utf8Text.pieces}, in one piece. */
export function utf8BytesOf(content: Content): Buffer {
  const text = utf8TextOf(content);
  let whole: Buffer | undefined;
  let length = 0;
  for (const piece of text.pieces()) {
    // What is in memory is one piece, and needs no copy.
    if (piece.length === text.length && content instanceof Uint8Array) return piece;
    whole ??= Buffer.allocUnsafe(text.length);
    length += piece.copy(whole, length);
  }
  return whole ?? Buffer.alloc(0);
}

/** Moves the bytes of a character that a piece cuts to the next piece. */
function* wholeCharacters(pieces: Iterable<Buffer>, start: number): Generator<Buffer, void, undefined> {
  let at = start;
  let carried = Buffer.alloc(0);
  for (const piece of pieces) {
    const bytes = carried.length === 0 ? piece : Buffer.concat([carried, piece]);
    const end = bytes.length - incompleteBytes(bytes);
    const whole = bytes.subarray(0, end);
    if (!isUtf8(whole)) throw notUtf8(at + firstInvalidByte(whole));
    if (end > 0) yield whole;
    at += end;
    carried = Buffer.from(bytes.subarray(end));
  }
  if (carried.length > 0) throw notUtf8(at);
}

/** How many bytes at the end begin a character that is not whole. */
function incompleteBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? back : 0;
    if (byte < 0x80) return 0;
  }
  return 0;
}

function notUtf8(at: number): FormatError {
  return new FormatError("malformed", "the file is not valid UTF-8", `byte ${at}`);
}

/** What detection may look at. Undecodable bytes become replacement characters: a head never fails. */
export function headOf(content: Content, path: string): Head {
  const first = sliceOf(content, 0, HEAD_BYTES);
  const text = new TextDecoder(utf16Of(first) ?? "utf-8").decode(first);
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return { text: text.trimStart().slice(0, HEAD_LENGTH), name };
}

function utf16Of(bytes: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return undefined;
}

function hasUtf8Mark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function transcode(bytes: Uint8Array, encoding: "utf-16le" | "utf-16be"): Buffer {
  try {
    return Buffer.from(new TextDecoder(encoding, { fatal: true }).decode(bytes), "utf8");
  } catch (cause) {
    throw new FormatError("malformed", `the file is not valid ${encoding.toUpperCase()}`, undefined, cause);
  }
}

/** Bisects: a streaming decoder accepts a prefix that is cut inside a character, and rejects every later prefix. */
function firstInvalidByte(bytes: Uint8Array): number {
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (isPrefixOfUtf8(bytes.subarray(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isPrefixOfUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
