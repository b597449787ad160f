import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import { type CutArray, scanJson } from "./json-scan.ts";
import { utf8BytesOf } from "./text.ts";

/** A JSON document without the elements of some large arrays, which are parsed one at a time. */
export interface SplitJson {
  /** The document, in which the arrays that were cut are empty. */
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
 * whatever the order of the members.
 *
 * @param cutPath member names from the root, with `*` for any index
 * @throws {FormatError} as {@link parseJsonDocument}; the elements are checked here too
 */
export function splitJson(bytes: Uint8Array, limits: Limits, cutPath: readonly string[]): SplitJson {
  const text = utf8BytesOf(bytes);
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
