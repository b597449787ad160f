import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import { type CutArray, scanJson } from "./json-scan.ts";
import { utf8BytesOf } from "./text.ts";

/** A JSON document whose large arrays are parsed one element at a time. */
export interface SplitJson {
  /** The document, in which arrays that were cut are empty. */
  readonly document: unknown;
  /** The elements of the array at a JSON pointer (RFC 6901); none where there is no such array. */
  elements(pointer: string): Iterable<unknown>;
}

/**
 * Parses a JSON document of any UTF encoding, checked by the rules of {@link scanJson}.
 *
 * @throws {FormatError} `malformed` with the place of the damage, or `limit-exceeded`
 */
export function parseJsonDocument(bytes: Uint8Array, limits: Limits): unknown {
  return splitJson(bytes, limits, []).document;
}

/**
 * Parses a JSON document but leaves the elements of the arrays at `cutPath` as bytes until they are asked for. A large
 * report then costs its bytes and one element, and everything around the elements is known before the first one,
 * whatever the order of the members. A small one is parsed at once.
 *
 * @param cutPath member names from the root, with `*` for any index
 * @throws {FormatError} as {@link parseJsonDocument}; the elements are checked here too
 */
export function splitJson(bytes: Uint8Array, limits: Limits, cutPath: readonly string[]): SplitJson {
  const text = utf8BytesOf(bytes);
  const small = text.length <= SMALL_BYTES ? parseSmall(text, limits) : undefined;
  if (small !== undefined) return { document: small, elements: (pointer) => elementsAt(small, pointer) };
  const cuts = scanJson(text, limits, cutPath);
  const byPointer = new Map(cuts.map((cut) => [cut.pointer, cut]));
  return {
    document: parseSlice(withoutElements(text, cuts)),
    *elements(pointer) {
      const extents = byPointer.get(pointer)?.extents ?? [];
      for (let index = 0; index < extents.length; index += 2) {
        yield parseSlice(text.subarray(extents[index], extents[index + 1]));
      }
    },
  };
}

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

function elementsAt(document: object, pointer: string): readonly unknown[] {
  let value: unknown = document;
  for (const segment of pointer.split("/").slice(1)) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, segment) : undefined;
  }
  return Array.isArray(value) ? value : [];
}

function withoutElements(text: Buffer, cuts: readonly CutArray[]): Buffer {
  if (cuts.length === 0) return text;
  const pieces: Buffer[] = [];
  let start = 0;
  for (const cut of cuts) {
    pieces.push(text.subarray(start, cut.start));
    start = cut.end;
  }
  pieces.push(text.subarray(start));
  return Buffer.concat(pieces);
}

function parseSlice(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString("utf8"));
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
