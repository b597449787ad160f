import type { Limits } from "../util/limits.ts";
import { FormatError, limitExceeded } from "./adapter.ts";
import { createNameTree, insideOf, type Names, type NameTree } from "./json-names.ts";
import type { Utf8Text } from "./text.ts";

/** An array or object whose elements were left as bytes. */
export interface Cut {
  /** JSON pointer (RFC 6901) of the array or object. */
  readonly pointer: string;
  readonly isArray: boolean;
  /** The first byte behind `[` or `{`. */
  readonly start: number;
  /** The byte of `]` or `}`. */
  end: number;
  /**
   * Its elements in runs of some kilobytes, or of one element that is larger: the byte behind the last one of each. Between
   * two runs is a comma.
   */
  readonly runEnds: number[];
}

/** Where the elements of a document are to be left as bytes: member names from the root, with `*` for any. */
export type CutPath = readonly string[];

interface Cursor {
  /** A part of the text. */
  bytes: Buffer;
  /** Where in the text the part begins. */
  base: number;
  /** In the part. */
  at: number;
  /** The rest of the text. */
  readonly pieces: Iterator<Buffer>;
  readonly limits: Limits;
  readonly cuts: Cut[];
  readonly tree: NameTree;
  values: number;
}

/** How far a value is along the paths of what is to be cut. */
interface Trail {
  /** What is left of each path that leads on from here. */
  readonly paths: readonly CutPath[];
  readonly pointer: string;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const BRACE = 0x7b;
const BRACKET = 0x5b;
const LITERALS = new Map([
  [0x74, Buffer.from("true")],
  [0x66, Buffer.from("false")],
  [0x6e, Buffer.from("null")],
]);
const ESCAPES = new Set(Buffer.from('"\\/bfnrt'));

/**
 * Checks that a text is one RFC 8259 document, and finds the extents of the elements of the arrays and objects at
 * `cutPaths`.
 *
 * It is stricter than `JSON.parse`, for which the last of two members of the same name wins: a duplicate name could
 * hide findings from us that another reader sees, so it is refused (RFC 8259 section 4 leaves it open). Whatever
 * passes is certain to be accepted by `JSON.parse`.
 *
 * @throws {FormatError} `malformed` with the byte of the damage, or `limit-exceeded`
 */
export function scanJson(text: Utf8Text, limits: Limits, cutPaths: readonly CutPath[]): readonly Cut[] {
  const tree = createNameTree();
  const start = { bytes: Buffer.alloc(0), base: 0, at: 0, values: 0 };
  const cursor: Cursor = { ...start, pieces: text.pieces(), limits, cuts: [], tree };
  skipSpace(cursor);
  scanValue(cursor, 0, { paths: cutPaths, pointer: "" }, tree.root);
  skipSpace(cursor);
  if (hasMore(cursor)) throw damaged(cursor, "there is data after the end of the document");
  return cursor.cuts;
}

/** Whether there is a byte at the cursor; the next piece of the text is fetched for it where it takes one. */
function hasMore(cursor: Cursor): boolean {
  return cursor.at < cursor.bytes.length || fetchMore(cursor, cursor.at);
}

/** Appends the next piece, and drops what is before `keep`; false at the end of the text. */
function fetchMore(cursor: Cursor, keep: number): boolean {
  // The next piece may take the place of this one.
  const kept = Buffer.from(cursor.bytes.subarray(keep));
  const { value, done } = cursor.pieces.next();
  if (done === true) return false;
  cursor.bytes = kept.length > 0 ? Buffer.concat([kept, value]) : value;
  cursor.base += keep;
  cursor.at -= keep;
  return true;
}

function positionOf(cursor: Cursor): number {
  return cursor.base + cursor.at;
}

/** @param root for the names of objects in the value */
function scanValue(cursor: Cursor, depth: number, trail: Trail | undefined, root: Names): void {
  cursor.values++;
  if (cursor.values > cursor.limits.elements) {
    throw limitExceeded("elements", `more than ${cursor.limits.elements} values`, `byte ${positionOf(cursor)}`);
  }
  const byte = hasMore(cursor) ? cursor.bytes[cursor.at] : undefined;
  if (byte === QUOTE) scanString(cursor);
  else if (byte === BRACE) scanObject(cursor, deeper(cursor, depth), trail, root);
  else if (byte === BRACKET) scanArray(cursor, deeper(cursor, depth), trail, root);
  else if (byte === 0x2d || isDigit(byte)) scanNumber(cursor);
  else scanLiteral(cursor);
}

function deeper(cursor: Cursor, depth: number): number {
  if (depth < cursor.limits.depth) return depth + 1;
  throw limitExceeded("depth", `nesting beyond ${cursor.limits.depth} levels`, `byte ${positionOf(cursor)}`);
}

function scanObject(cursor: Cursor, depth: number, trail: Trail | undefined, root: Names): void {
  const cut = openCut(cursor, trail, false);
  cursor.at++;
  let names: Names | undefined = root;
  for (;;) {
    names = nextNames(cursor, names);
    if (names === undefined) return closeCut(cursor, cut);
    const inside = cut === undefined && trail !== undefined ? along(trail, names.last) : undefined;
    scanValue(cursor, depth, inside, insideOf(root, names));
    if (cut !== undefined) addElement(cut, positionOf(cursor));
  }
}

/** Moves to the value of the next member; `undefined` behind the end of the object. */
function nextNames(cursor: Cursor, names: Names): Names | undefined {
  const { likely } = names;
  if (likely === undefined || !startsWith(cursor, likely.written)) return scanMember(cursor, names);
  cursor.at += likely.written.length;
  // There may be more of it than the last time.
  skipSpace(cursor);
  return likely;
}

function startsWith({ bytes, at }: Cursor, written: Uint8Array): boolean {
  const { length } = written;
  if (length === 0 || at + length > bytes.length) return false;
  for (let index = 0; index < length; index++) if (bytes[at + index] !== written[index]) return false;
  return true;
}

function scanMember(cursor: Cursor, names: Names): Names | undefined {
  const from = positionOf(cursor);
  skipSpace(cursor);
  if (consume(cursor, 0x7d)) return undefined;
  if (names.size > 0) {
    if (!consume(cursor, COMMA)) throw damaged(cursor, "expected a comma or the end of the object");
    skipSpace(cursor);
  }
  const start = positionOf(cursor);
  const next = cursor.tree.add(names, scanName(cursor));
  if (next === undefined) throw new FormatError("malformed", "a name occurs twice in one object", `byte ${start}`);
  skipSpace(cursor);
  if (!consume(cursor, 0x3a)) throw damaged(cursor, "expected a colon");
  skipSpace(cursor);
  if (next.all === undefined) {
    // The bytes of a member that began in an earlier part are gone.
    if (from >= cursor.base) next.written = Uint8Array.from(cursor.bytes.subarray(from - cursor.base, cursor.at));
    names.likely = next;
  }
  return next;
}

function scanArray(cursor: Cursor, depth: number, trail: Trail | undefined, root: Names): void {
  const cut = openCut(cursor, trail, true);
  cursor.at++;
  skipSpace(cursor);
  for (let index = 0; !consume(cursor, 0x5d); index++) {
    if (index > 0) {
      if (!consume(cursor, COMMA)) throw damaged(cursor, "expected a comma or the end of the array");
      skipSpace(cursor);
    }
    scanValue(cursor, depth, cut === undefined && trail !== undefined ? along(trail, String(index)) : undefined, root);
    if (cut !== undefined) addElement(cut, positionOf(cursor));
    skipSpace(cursor);
  }
  closeCut(cursor, cut);
}

/** What is at the end of a path is cut. */
function openCut(cursor: Cursor, trail: Trail | undefined, isArray: boolean): Cut | undefined {
  if (trail === undefined || !trail.paths.some((path) => path.length === 0)) return undefined;
  const start = positionOf(cursor) + 1;
  const cut = { pointer: trail.pointer, isArray, start, end: start, runEnds: [] };
  cursor.cuts.push(cut);
  return cut;
}

/** The closing bracket is just behind the cursor. */
function closeCut(cursor: Cursor, cut: Cut | undefined): void {
  if (cut !== undefined) cut.end = positionOf(cursor) - 1;
}

const RUN_BYTES = 1 << 16;

/** Adds what ends at `end` to the last run, or to a new one. */
function addElement({ start, runEnds }: Cut, end: number): void {
  const { length } = runEnds;
  if (length > 0 && end - (runEnds[length - 2] ?? start) <= RUN_BYTES) runEnds[length - 1] = end;
  else runEnds.push(end);
}

function along(trail: Trail, segment: string): Trail | undefined {
  const paths = trail.paths.filter(([wanted]) => wanted === "*" || wanted === segment).map(([, ...rest]) => rest);
  if (paths.length === 0) return undefined;
  return { paths, pointer: `${trail.pointer}/${escapedSegment(segment)}` };
}

/** RFC 6901 section 3. */
function escapedSegment(segment: string): string {
  return segment.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** A member's name. Two spellings of one name give one text. */
function scanName(cursor: Cursor): string {
  if (!hasMore(cursor) || cursor.bytes[cursor.at] !== QUOTE) throw damaged(cursor, "expected a name in double quotes");
  const before = cursor.base + cursor.at;
  const escaped = scanString(cursor, cursor.at);
  const start = before - cursor.base;
  if (!escaped) return cursor.bytes.toString("utf8", start + 1, cursor.at - 1);
  return String(JSON.parse(cursor.bytes.toString("utf8", start, cursor.at)));
}

/** 1 for the bytes of a string that stand for themselves. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 0 : 1,
);

/**
 * Moves behind a string and says whether it holds escapes.
 *
 * @param keep what has to stay in the part, if it is to be read afterwards
 */
function scanString(cursor: Cursor, keep?: number): boolean {
  let kept = keep;
  let escaped = false;
  for (cursor.at++; ; cursor.at++) {
    const { bytes } = cursor;
    const { length } = bytes;
    let { at } = cursor;
    // These bytes are most of a report.
    while (at < length && PLAIN[bytes[at] ?? 0] === 1) at++;
    cursor.at = at;
    if (at >= length) {
      const from = kept ?? at;
      if (!fetchMore(cursor, from)) break;
      if (kept !== undefined) kept = 0;
      // The loop is about to step over the byte that was not there.
      cursor.at--;
      continue;
    }
    const byte = bytes[at];
    if (byte === QUOTE) {
      cursor.at = at + 1;
      return escaped;
    }
    if (byte !== BACKSLASH) break;
    escaped = true;
    kept = skipEscape(cursor, kept);
  }
  throw damaged(cursor, "a control character in a string");
}

const ESCAPE_BYTES = 6;

/** Moves to the last byte of the escape at the cursor, and says where what is kept begins now. */
function skipEscape(cursor: Cursor, keep: number | undefined): number | undefined {
  let kept = keep;
  while (cursor.bytes.length - cursor.at < ESCAPE_BYTES) {
    if (!fetchMore(cursor, kept ?? cursor.at)) break;
    if (kept !== undefined) kept = 0;
  }
  const letter = cursor.bytes[cursor.at + 1] ?? 0;
  if (ESCAPES.has(letter)) {
    cursor.at++;
    return kept;
  }
  const digits = cursor.bytes.toString("latin1", cursor.at + 2, cursor.at + ESCAPE_BYTES);
  if (letter === 0x75 && /^[0-9a-f]{4}$/i.test(digits)) {
    cursor.at += ESCAPE_BYTES - 1;
    return kept;
  }
  const behind = letter === 0x75 ? cursor.at + 2 + digits.length : cursor.at + 1;
  cursor.at = Math.min(behind, cursor.bytes.length);
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
  if (!hasMore(cursor) || !isDigit(cursor.bytes[cursor.at])) throw damaged(cursor, "expected a digit");
  while (hasMore(cursor) && isDigit(cursor.bytes[cursor.at])) cursor.at++;
}

function scanLiteral(cursor: Cursor): void {
  const literal = LITERALS.get(cursor.bytes[cursor.at] ?? 0);
  if (literal === undefined) throw damaged(cursor, "expected a value");
  for (const byte of literal) {
    if (!consume(cursor, byte)) throw damaged(cursor, `expected ${literal.toString()}`);
  }
}

function skipSpace(cursor: Cursor): void {
  while (hasMore(cursor)) {
    const byte = cursor.bytes[cursor.at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
    cursor.at++;
  }
}

function consume(cursor: Cursor, byte: number): boolean {
  if (!hasMore(cursor) || cursor.bytes[cursor.at] !== byte) return false;
  cursor.at++;
  return true;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function damaged(cursor: Cursor, what: string): FormatError {
  const message = !hasMore(cursor) ? "the file ends before the document does" : what;
  return new FormatError("malformed", message, `byte ${positionOf(cursor)}`);
}
