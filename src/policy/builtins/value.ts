/**
 * A Rego value in JavaScript. Objects and sets are maps and sets by identity of their members: they are for walking
 * through, not for looking up. An integer that JavaScript holds exactly is a number; any other number is its text.
 */
export type RegoValue =
  | null
  | boolean
  | number
  | DecimalText
  | string
  | readonly RegoValue[]
  | ReadonlySet<RegoValue>
  | ReadonlyMap<RegoValue, RegoValue>;

/** A number that is no safe integer, in the text that OPA holds, such as `1.0`, `1e3` or `123456789012345678901`. */
export interface DecimalText {
  readonly decimal: string;
}

/** Digits that every integer of the JavaScript kind has room for. */
const SAFE_INTEGER = /^-?(?:0|[1-9][0-9]{0,14})$/;

/** A number from its text. */
export function numberOf(text: string): number | DecimalText {
  return SAFE_INTEGER.test(text) && text !== "-0" ? Number(text) : { decimal: text };
}

function isDecimal(value: RegoValue): value is DecimalText {
  return typeof value === "object" && value !== null && "decimal" in value;
}

export function isArray(value: RegoValue): value is readonly RegoValue[] {
  return Array.isArray(value);
}

export function isSet(value: RegoValue): value is ReadonlySet<RegoValue> {
  return value instanceof Set;
}

export function isObject(value: RegoValue): value is ReadonlyMap<RegoValue, RegoValue> {
  return value instanceof Map;
}

/**
 * Reads a value as compiled policies write it (`opa_value_dump`): JSON, with sets as `{1, 2}` and `set()`, and object keys
 * of any type.
 *
 * @throws {SyntaxError} for anything else
 */
export function parseValue(text: string): RegoValue {
  const string = /"(?:[^"\\]|\\.)*"/suy;
  // A literal of a policy may lack the digits before or after its point.
  const number = /-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;
  let at = 0;

  function space(): void {
    while (text[at] === " " || text[at] === "\n" || text[at] === "\t") at += 1;
  }

  function take(token: string): boolean {
    space();
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  }

  function expect(token: string): void {
    if (!take(token)) throw wrong();
  }

  function wrong(): SyntaxError {
    return new SyntaxError(`not a Rego value at character ${at}`);
  }

  function matched(pattern: RegExp): string | undefined {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    at += found?.length ?? 0;
    return found;
  }

  function value(): RegoValue {
    space();
    if (text[at] === '"') return String(JSON.parse(matched(string) ?? fail()));
    if (take("[")) return array();
    if (take("{")) return braces();
    if (take("set(")) {
      expect(")");
      return new Set();
    }
    if (take("null")) return null;
    if (take("true")) return true;
    if (take("false")) return false;
    return numberOf(matched(number) ?? fail());
  }

  function fail(): never {
    throw wrong();
  }

  function array(): readonly RegoValue[] {
    const elements: RegoValue[] = [];
    if (take("]")) return elements;
    do elements.push(value());
    while (take(","));
    expect("]");
    return elements;
  }

  /** What follows the first member tells whether it is an object or a set. */
  function braces(): RegoValue {
    if (take("}")) return new Map();
    const first = value();
    if (!take(":")) {
      const members = new Set([first]);
      while (take(",")) members.add(value());
      expect("}");
      return members;
    }
    const entries = new Map([[first, value()]]);
    while (take(",")) {
      const key = value();
      expect(":");
      entries.set(key, value());
    }
    expect("}");
    return entries;
  }

  const parsed = value();
  space();
  if (at < text.length) throw wrong();
  return parsed;
}

/** A value as compiled policies read it (`opa_value_parse`); the reverse of {@link parseValue}. */
export function valueText(value: RegoValue): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(valueText).join(",")}]`;
  if (isSet(value)) return value.size === 0 ? "set()" : `{${[...value].map(valueText).join(",")}}`;
  if (isObject(value)) {
    return `{${[...value].map(([key, member]) => `${valueText(key)}:${valueText(member)}`).join(",")}}`;
  }
  return scalarText(value);
}

/** A number, boolean or null as it is in JSON. */
export function scalarText(value: null | boolean | number | DecimalText): string {
  return typeof value === "object" && value !== null ? value.decimal : String(value);
}

/** A value as `JSON.parse` gives it, as a Rego value. Half a surrogate pair, which no UTF-8 has, becomes U+FFFD. */
export function fromJson(value: unknown): RegoValue {
  if (typeof value === "number") return numberOf(JSON.stringify(value));
  if (typeof value === "string") return value.toWellFormed();
  if (value === null || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === "object") {
    return new Map(Object.entries(value).map(([key, member]) => [key.toWellFormed(), fromJson(member)]));
  }
  throw new TypeError(`a ${typeof value} is no Rego value`);
}

/** The order of Rego values (OPA's ast.Compare): by type, then by value; strings by code point. */
export function compareValues(a: RegoValue, b: RegoValue): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (typeof a === "boolean" || typeof b === "boolean") return Number(a) - Number(b);
  if (typeof a === "string" && typeof b === "string") return compareCodePoints(a, b);
  if (isNumber(a) && isNumber(b)) return compareNumbers(a, b);
  if (isArray(a) && isArray(b)) return compareLists(a, b);
  if (isSet(a) && isSet(b)) return compareLists(sorted(a), sorted(b));
  if (isObject(a) && isObject(b)) return compareObjects(a, b);
  return 0;
}

/** The members of a set or the keys of an object, in the order of OPA. */
export function sorted(values: Iterable<RegoValue>): readonly RegoValue[] {
  return [...values].toSorted(compareValues);
}

export function isNumber(value: RegoValue): value is number | DecimalText {
  return typeof value === "number" || isDecimal(value);
}

function rankOf(value: RegoValue): number {
  if (value === null) return 0;
  if (typeof value === "boolean") return 1;
  if (isNumber(value)) return 2;
  if (typeof value === "string") return 3;
  if (isArray(value)) return 4;
  return isObject(value) ? 5 : 6;
}

function compareLists(a: readonly RegoValue[], b: readonly RegoValue[]): number {
  for (const [index, element] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const order = compareValues(element, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Keys first, in their order; a value only decides where its key is in both. (OPA's object.Compare.) */
function compareObjects(a: ReadonlyMap<RegoValue, RegoValue>, b: ReadonlyMap<RegoValue, RegoValue>): number {
  const [left, right] = [sorted(a.keys()), sorted(b.keys())];
  for (const [index, key] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    const order = compareValues(key, other) || compareValues(a.get(key) ?? null, b.get(other) ?? null);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Beyond it, numbers are compared as doubles: written out, one of them could fill the memory. */
const MAX_PLACES = 1000;

/** Exactly, as fractions of integers. */
function compareNumbers(a: number | DecimalText, b: number | DecimalText): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [x, y] = [scaled(scalarText(a)), scaled(scalarText(b))];
  if (x === undefined || y === undefined) return Number(scalarText(a)) - Number(scalarText(b));
  const digits = Math.max(x.places, y.places);
  const [left, right] = [x.units * 10n ** BigInt(digits - x.places), y.units * 10n ** BigInt(digits - y.places)];
  return left < right ? -1 : Number(left > right);
}

/** A decimal number as `units` of 10^-`places`. */
function scaled(text: string): { readonly units: bigint; readonly places: number } | undefined {
  const [mantissa = "0", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "0", fraction = ""] = mantissa.split(".");
  const places = fraction.length - Number(exponent);
  if (Math.abs(places) > MAX_PLACES) return undefined;
  const units = BigInt(whole + fraction);
  return places >= 0 ? { units, places } : { units: units * 10n ** BigInt(-places), places: 0 };
}

/** The order of the bytes in UTF-8, which is that of the code points, not of UTF-16. */
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
