import { FormatError } from "./adapter.ts";
import { segmentOf } from "./coverage.ts";

/**
 * Refuses what no digest can be taken of: lone surrogates, numbers beyond those of a double, and nesting that is too deep.
 *
 * @param value of a JSON or YAML parser
 * @param depth how many levels there may be
 * @throws {FormatError} `malformed` or `limit-exceeded`, with a pointer
 */
export function checkPlain(value: unknown, depth: number, pointer = ""): void {
  if (typeof value === "string") checkText(value, pointer);
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new FormatError("malformed", "a number is not finite", placeOf(pointer));
  }
  if (typeof value !== "object" || value === null) return;
  if (depth === 0) throw new FormatError("limit-exceeded", "the nesting is too deep", placeOf(pointer));
  for (const [name, member] of Object.entries(value)) {
    checkText(name, pointer);
    checkPlain(member, depth - 1, `${pointer}/${segmentOf(name)}`);
  }
}

function checkText(text: string, pointer: string): void {
  if (!text.isWellFormed()) throw new FormatError("malformed", "a text has half a character in it", placeOf(pointer));
}

/** The pointer of the whole document is an empty text, which says nothing to anybody. */
function placeOf(pointer: string): string | undefined {
  return pointer === "" ? undefined : pointer;
}
