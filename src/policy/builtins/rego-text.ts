import { isPrintable } from "./printable.ts";
import { isArray, isObject, isSet, type RegoValue, scalarText, sorted } from "./value.ts";

const NAMED_ESCAPES: Readonly<Record<number, string>> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};

/** The text that OPA gives a value where a policy asks for one, as with `sprintf("%v", [value])`: in order, with quotes as in Go. */
export function regoText(value: RegoValue): string {
  if (typeof value === "string") return quote(value.toWellFormed(), '"');
  if (isArray(value)) return `[${value.map(regoText).join(", ")}]`;
  if (isSet(value)) return value.size === 0 ? "set()" : `{${sorted(value).map(regoText).join(", ")}}`;
  if (isObject(value)) {
    const members = sorted(value.keys()).map((key) => `${regoText(key)}: ${regoText(value.get(key) ?? null)}`);
    return `{${members.join(", ")}}`;
  }
  return scalarText(value);
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
