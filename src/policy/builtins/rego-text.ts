import { isPrintable } from "./printable.ts";

const NAMED_ESCAPES: Readonly<Record<number, string>> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};

/** The text that OPA gives a JSON value where a policy asks for one, as with `sprintf("%v", [value])`. */
export function regoText(value: unknown): string {
  if (typeof value === "string") return quote(value.toWellFormed(), '"');
  if (typeof value === "number") return numberText(value);
  if (Array.isArray(value)) return `[${value.map(regoText).join(", ")}]`;
  if (typeof value === "object" && value !== null) return objectText(value);
  return String(value);
}

/** A number as JSON.stringify writes it, which is the text OPA would have read. */
export function numberText(value: number): string {
  return Object.is(value, -0) ? "0" : String(value);
}

/**
 * A Go literal of a well-formed string: `strconv.Quote`, or with `'` of a rune `strconv.QuoteRune`.
 *
 * @param asciiOnly escape everything beyond ASCII, as `%+q` does
 */
export function quote(text: string, delimiter: '"' | "'", asciiOnly = false): string {
  let quoted: string = delimiter;
  for (const character of text) quoted += escape(character, delimiter, asciiOnly);
  return quoted + delimiter;
}

function escape(character: string, delimiter: string, asciiOnly: boolean): string {
  const code = character.codePointAt(0) ?? 0;
  if (character === delimiter || character === "\\") return `\\${character}`;
  if ((!asciiOnly || code < 0x80) && isPrintable(code)) return character;
  const named = NAMED_ESCAPES[code];
  if (named !== undefined) return named;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** Keys are in the order of their bytes in UTF-8, which is that of their code points, not of UTF-16. */
function objectText(value: object): string {
  const entries = new Map(Object.entries(value).map(([key, element]) => [key.toWellFormed(), element]));
  const keys = [...entries.keys()].toSorted(compareCodePoints);
  return `{${keys.map((key) => `${regoText(key)}: ${regoText(entries.get(key))}`).join(", ")}}`;
}

function compareCodePoints(a: string, b: string): number {
  const left = a[Symbol.iterator]();
  const right = b[Symbol.iterator]();
  for (;;) {
    const x = left.next().value?.codePointAt(0) ?? -1;
    const y = right.next().value?.codePointAt(0) ?? -1;
    if (x !== y) return x - y;
    if (x === -1) return 0;
  }
}
