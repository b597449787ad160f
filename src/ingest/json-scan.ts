import type { Limits } from "../util/limits.ts";
import { FormatError, limitExceeded } from "./adapter.ts";

/** An array whose elements were left as bytes. */
export interface CutArray {
  /** JSON pointer (RFC 6901) of the array. */
  readonly pointer: string;
  /** The first byte behind `[`. */
  readonly start: number;
  /** The byte of `]`. */
  end: number;
  /** For each element the first byte and the byte behind the last, one after the other. */
  readonly extents: number[];
}

interface Cursor {
  readonly bytes: Buffer;
  readonly limits: Limits;
  readonly cutPath: readonly string[];
  readonly cuts: CutArray[];
  at: number;
  values: number;
}

/** How far a value is along the cut path. */
interface Trail {
  readonly matched: number;
  readonly pointer: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const LITERALS = new Map([
  [0x74, Buffer.from("true")],
  [0x66, Buffer.from("false")],
  [0x6e, Buffer.from("null")],
]);
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));

/**
 * Checks that `bytes`, valid UTF-8, are one RFC 8259 document, and finds the extents of the elements of the arrays
 * at `cutPath`, in which `*` is any array index or member name.
 *
 * It is stricter than `JSON.parse`, for which the last of two members of the same name wins: a duplicate name could
 * hide findings from us that another reader sees, so it is refused (RFC 8259 section 4 leaves it open). Whatever
 * passes is certain to be accepted by `JSON.parse`.
 *
 * @throws {FormatError} `malformed` with the byte of the damage, or `limit-exceeded`
 */
export function scanJson(bytes: Buffer, limits: Limits, cutPath: readonly string[]): readonly CutArray[] {
  const cursor: Cursor = { bytes, limits, cutPath, cuts: [], at: 0, values: 0 };
  skipSpace(cursor);
  scanValue(cursor, 0, { matched: 0, pointer: "" });
  skipSpace(cursor);
  if (cursor.at < bytes.length) throw damaged(cursor, "there is data after the end of the document");
  return cursor.cuts;
}

function scanValue(cursor: Cursor, depth: number, trail: Trail | undefined): void {
  cursor.values++;
  if (cursor.values > cursor.limits.elements) {
    throw limitExceeded("elements", `more than ${cursor.limits.elements} values`, `byte ${cursor.at}`);
  }
  const byte = cursor.bytes[cursor.at];
  if (byte === QUOTE) scanString(cursor);
  else if (byte === 0x7b) scanObject(cursor, deeper(cursor, depth), trail);
  else if (byte === 0x5b) scanArray(cursor, deeper(cursor, depth), trail);
  else if (byte === 0x2d || isDigit(byte)) scanNumber(cursor);
  else scanLiteral(cursor);
}

function deeper(cursor: Cursor, depth: number): number {
  if (depth < cursor.limits.depth) return depth + 1;
  throw limitExceeded("depth", `nesting beyond ${cursor.limits.depth} levels`, `byte ${cursor.at}`);
}

function scanObject(cursor: Cursor, depth: number, trail: Trail | undefined): void {
  const names = new Set<string>();
  cursor.at++;
  skipSpace(cursor);
  if (consume(cursor, 0x7d)) return;
  for (;;) {
    const start = cursor.at;
    const name = scanName(cursor);
    if (names.has(name)) throw new FormatError("malformed", "a name occurs twice in one object", `byte ${start}`);
    names.add(name);
    skipSpace(cursor);
    if (!consume(cursor, 0x3a)) throw damaged(cursor, "expected a colon");
    skipSpace(cursor);
    scanValue(cursor, depth, along(cursor, trail, name));
    skipSpace(cursor);
    if (consume(cursor, 0x7d)) return;
    if (!consume(cursor, COMMA)) throw damaged(cursor, "expected a comma or the end of the object");
    skipSpace(cursor);
  }
}

function scanArray(cursor: Cursor, depth: number, trail: Trail | undefined): void {
  const cut = trail !== undefined && trail.matched === cursor.cutPath.length ? openCut(cursor, trail) : undefined;
  cursor.at++;
  skipSpace(cursor);
  for (let index = 0; !consume(cursor, 0x5d); index++) {
    if (index > 0) {
      if (!consume(cursor, COMMA)) throw damaged(cursor, "expected a comma or the end of the array");
      skipSpace(cursor);
    }
    const start = cursor.at;
    scanValue(cursor, depth, cut === undefined ? along(cursor, trail, String(index)) : undefined);
    cut?.extents.push(start, cursor.at);
    skipSpace(cursor);
  }
  if (cut !== undefined) cut.end = cursor.at - 1;
}

function openCut(cursor: Cursor, trail: Trail): CutArray | undefined {
  // Without a path nothing is to be cut; the root would match.
  if (cursor.cutPath.length === 0) return undefined;
  const cut = { pointer: trail.pointer, start: cursor.at + 1, end: cursor.at + 1, extents: [] };
  cursor.cuts.push(cut);
  return cut;
}

function along(cursor: Cursor, trail: Trail | undefined, segment: string): Trail | undefined {
  if (trail === undefined) return undefined;
  const wanted = cursor.cutPath[trail.matched];
  if (wanted !== "*" && wanted !== segment) return undefined;
  return { matched: trail.matched + 1, pointer: `${trail.pointer}/${segment}` };
}

/** A member's name, one code unit for each byte of its UTF-8 form, so that two spellings of one name are equal. */
function scanName(cursor: Cursor): string {
  if (cursor.bytes[cursor.at] !== QUOTE) throw damaged(cursor, "expected a name in double quotes");
  const start = cursor.at;
  const escaped = scanString(cursor);
  if (!escaped) return cursor.bytes.toString("latin1", start + 1, cursor.at - 1);
  const name: unknown = JSON.parse(cursor.bytes.toString("utf8", start, cursor.at));
  return Buffer.from(String(name), "utf8").toString("latin1");
}

/** Moves behind a string and says whether it holds escapes. */
function scanString(cursor: Cursor): boolean {
  const { bytes } = cursor;
  let escaped = false;
  let at = cursor.at + 1;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      cursor.at = at + 1;
      return escaped;
    }
    if (byte < 0x20) break;
    if (byte !== BACKSLASH) continue;
    escaped = true;
    at = behindEscape(cursor, at + 1);
  }
  cursor.at = at;
  throw damaged(cursor, "a control character in a string");
}

/** The last byte of the escape whose letter is at `at`. */
function behindEscape(cursor: Cursor, at: number): number {
  const letter = cursor.bytes[at] ?? 0;
  if (ESCAPES.has(letter)) return at;
  const digits = cursor.bytes.toString("latin1", at + 1, at + 5);
  if (letter === 0x75 && /^[0-9a-f]{4}$/i.test(digits)) return at + 4;
  cursor.at = Math.min(letter === 0x75 ? at + 1 + digits.length : at, cursor.bytes.length);
  throw damaged(cursor, "an invalid escape in a string");
}

function scanNumber(cursor: Cursor): void {
  consume(cursor, 0x2d);
  if (!consume(cursor, 0x30)) scanDigits(cursor);
  if (consume(cursor, 0x2e)) scanDigits(cursor);
  if (!consume(cursor, 0x65) && !consume(cursor, 0x45)) return;
  if (!consume(cursor, 0x2b)) consume(cursor, 0x2d);
  scanDigits(cursor);
}

function scanDigits(cursor: Cursor): void {
  if (!isDigit(cursor.bytes[cursor.at])) throw damaged(cursor, "expected a digit");
  while (isDigit(cursor.bytes[cursor.at])) cursor.at++;
}

function scanLiteral(cursor: Cursor): void {
  const literal = LITERALS.get(cursor.bytes[cursor.at] ?? 0);
  if (literal === undefined) throw damaged(cursor, "expected a value");
  for (const byte of literal) {
    if (!consume(cursor, byte)) throw damaged(cursor, `expected ${literal.toString()}`);
  }
}

function skipSpace(cursor: Cursor): void {
  const { bytes } = cursor;
  let { at } = cursor;
  for (; ; at++) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
  }
  cursor.at = at;
}

function consume(cursor: Cursor, byte: number): boolean {
  if (cursor.bytes[cursor.at] !== byte) return false;
  cursor.at++;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function damaged(cursor: Cursor, what: string): FormatError {
  const message = cursor.at >= cursor.bytes.length ? "the file ends before the document does" : what;
  return new FormatError("malformed", message, `byte ${cursor.at}`);
}
