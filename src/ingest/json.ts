import { isAscii } from "node:buffer";
import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import type { Content } from "./content.ts";
import { type Cut, type CutPath, scanJson } from "./json-scan.ts";
import { type Utf8Text, utf8BytesOf, utf8TextOf } from "./text.ts";
import { isObject } from "./values.ts";

/** A JSON document whose large parts are parsed one element at a time. */
export interface SplitJson {
  /** The document, in which the arrays and objects that were cut are empty. */
  readonly document: unknown;
  /** The elements of the array at a JSON pointer (RFC 6901); none where there is no such array. */
  elements(pointer: string): Iterable<unknown>;
  /** The members of the object at a JSON pointer, by name; none where there is no such object. */
  members(pointer: string): JsonMembers;
}

export type JsonMembers = Iterable<readonly [name: string, value: unknown]>;

/**
 * Parses a JSON document of any UTF encoding, checked by the rules of {@link scanJson}.
 *
 * @throws {FormatError} `malformed` with the place of the damage, or `limit-exceeded`
 */
export function parseJsonDocument(content: Content, limits: Limits): unknown {
  return splitJson(content, limits).document;
}

/**
 * Parses a JSON document but leaves what is in the arrays and objects at `cutPaths` as bytes until it is asked for. A large
 * report then costs one element at a time, and everything around the elements is known before the first one, whatever the
 * order of the members. A small one is parsed at once.
 *
 * @throws {FormatError} as {@link parseJsonDocument}; the elements are checked here too
 */
export function splitJson(content: Content, limits: Limits, ...cutPaths: readonly CutPath[]): SplitJson {
  const text = utf8TextOf(content);
  const small = text.length <= SMALL_BYTES ? parseSmall(utf8BytesOf(content), limits) : undefined;
  if (small !== undefined) return wholeDocument(small);
  const cuts = scanJson(text, limits, cutPaths);
  const byPointer = new Map(cuts.map((cut) => [cut.pointer, cut]));
  const frame = wholeDocument(parseSlice(withoutElements(text, cuts)));
  return {
    document: frame.document,
    *elements(pointer) {
      const cut = byPointer.get(pointer);
      if (cut === undefined) yield* frame.elements(pointer);
      else if (cut.isArray) for (const run of runsOf(text, cut)) yield* Object.values(run);
    },
    *members(pointer) {
      const cut = byPointer.get(pointer);
      if (cut === undefined) yield* frame.members(pointer);
      else if (!cut.isArray) for (const run of runsOf(text, cut)) yield* Object.entries(run);
    },
  };
}

/** Arrays or objects of some elements of one that was cut. */
function* runsOf(text: Utf8Text, { start, runEnds, isArray }: Cut): Generator<object, void, undefined> {
  const [opening, closing] = isArray ? [0x5b, 0x5d] : [0x7b, 0x7d];
  let from = start;
  for (const end of runEnds) {
    const elements = text.slice(from, end);
    const run = Buffer.allocUnsafe(elements.length + 2);
    elements.copy(run, 1);
    run[0] = opening;
    // Between this run and the one before is a comma, maybe with white space around it.
    if (from > start) run[run.indexOf(COMMA, 1)] = SPACE;
    run[run.length - 1] = closing;
    const parsed = parseSlice(run);
    if (typeof parsed === "object" && parsed !== null) yield parsed;
    from = end;
  }
}

/** A document that was not split. */
export function wholeDocument(document: unknown): SplitJson {
  return {
    document,
    elements(pointer) {
      const value = valueAt(document, pointer);
      return Array.isArray(value) ? value : [];
    },
    members(pointer) {
      const value = valueAt(document, pointer);
      return isObject(value) ? Object.entries(value) : [];
    },
  };
}

const COMMA = 0x2c;
const SPACE = 0x20;

/** Up to this size a document is cheaper to hold than to scan. */
const SMALL_BYTES = 1 << 20;

/** A string of a JSON text, and whether it is a name: strings are taken whole, so nothing inside one looks like another. */
const STRING = /"(?:[^"\\]|\\.)*"(\s*:)?/g;

/**
 * A document by the runtime's own parser, where it holds to the rules of {@link scanJson}: no name twice, no nesting
 * beyond the cap. Undefined for everything else, for only the scan knows the place of what is wrong.
 */
function parseSmall(text: Buffer, limits: Limits): object | undefined {
  const source = text.toString("utf8");
  let document: unknown;
  try {
    document = JSON.parse(source);
  } catch {
    return undefined;
  }
  if (typeof document !== "object" || document === null) return undefined;
  let names = 0;
  for (const [, colon] of source.matchAll(STRING)) {
    if (colon !== undefined) names++;
  }
  const found = { members: 0, values: 1 };
  if (!countInto(found, document, limits.depth)) return undefined;
  // Of two members with one name only the last is left, so there are fewer members than names.
  return found.members === names && found.values <= limits.elements ? document : undefined;
}

/** Counts the members of all objects and all values below one; false beyond the depth. */
function countInto(found: { members: number; values: number }, value: object, depth: number): boolean {
  if (depth === 0) return false;
  const children: readonly unknown[] = Object.values(value);
  found.values += children.length;
  if (!Array.isArray(value)) found.members += children.length;
  for (const child of children) {
    if (typeof child === "object" && child !== null && !countInto(found, child, depth - 1)) return false;
  }
  return true;
}

function valueAt(document: unknown, pointer: string): unknown {
  let value: unknown = document;
  for (const segment of pointer.split("/").slice(1)) {
    const name = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    value = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  }
  return value;
}

function withoutElements(text: Utf8Text, cuts: readonly Cut[]): Buffer {
  const pieces: Buffer[] = [];
  let start = 0;
  for (const cut of cuts) {
    pieces.push(Buffer.from(text.slice(start, cut.start)));
    start = cut.end;
  }
  if (start === 0) return text.slice(0, text.length);
  pieces.push(text.slice(start, text.length));
  return Buffer.concat(pieces);
}

function parseSlice(text: Buffer): unknown {
  try {
    return JSON.parse(isAscii(text) ? text.toString("latin1") : text.toString("utf8"));
  } catch (cause) {
    // The scan has accepted it, so what is left is a text beyond the longest string of the runtime.
    throw new FormatError(
      "limit-exceeded",
      "a part of the document is too large to be held as one string",
      undefined,
      cause,
    );
  }
}
