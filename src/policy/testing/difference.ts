import {
  compareValues,
  isArray,
  isObject,
  isSet,
  parseValue,
  type RegoValue,
  sorted,
  valueText,
} from "../builtins/value.ts";

/** A place where two values differ. */
export interface Difference {
  /** As in `.names[2]`; empty for the values themselves. */
  readonly path: string;
  /** Rego; absent where nothing was expected there. */
  readonly expected?: string;
  /** Rego; absent where there is nothing. */
  readonly actual?: string;
}

/**
 * Where two values differ, in the order of OPA: members of objects by their keys, elements of arrays by their position, and
 * those of sets as far as one lacks them.
 *
 * @param actual Rego as compiled policies write it
 * @param expected likewise
 * @returns only the values as a whole where one of them cannot be read, because it was cut for example
 */
export function differences(actual: string, expected: string): readonly Difference[] {
  try {
    return compare(parseValue(actual), parseValue(expected), "");
  } catch {
    return [{ path: "", expected, actual }];
  }
}

function compare(actual: RegoValue, expected: RegoValue, path: string): readonly Difference[] {
  if (compareValues(actual, expected) === 0) return [];
  if (isObject(actual) && isObject(expected)) return compareObjects(actual, expected, path);
  if (isArray(actual) && isArray(expected)) return compareArrays(actual, expected, path);
  if (isSet(actual) && isSet(expected)) return compareSets(actual, expected, path);
  return [{ path, expected: valueText(expected), actual: valueText(actual) }];
}

function compareObjects(
  actual: ReadonlyMap<RegoValue, RegoValue>,
  expected: ReadonlyMap<RegoValue, RegoValue>,
  path: string,
): readonly Difference[] {
  const [had, wanted] = [byText(actual), byText(expected)];
  const keys = new Map([...expected.keys(), ...actual.keys()].map((key) => [valueText(key), key]));
  return sorted(keys.values()).flatMap((key) => {
    const text = valueText(key);
    return comparePart(had.get(text), wanted.get(text), `${path}${step(key)}`);
  });
}

function byText(object: ReadonlyMap<RegoValue, RegoValue>): ReadonlyMap<string, RegoValue> {
  return new Map([...object].map(([key, value]) => [valueText(key), value]));
}

function compareArrays(
  actual: readonly RegoValue[],
  expected: readonly RegoValue[],
  path: string,
): readonly Difference[] {
  const length = Math.max(actual.length, expected.length);
  return Array.from({ length }, (_, index) => comparePart(actual[index], expected[index], `${path}[${index}]`)).flat();
}

function compareSets(
  actual: ReadonlySet<RegoValue>,
  expected: ReadonlySet<RegoValue>,
  path: string,
): readonly Difference[] {
  const missing = without(expected, actual).map((value) => ({ path, expected: valueText(value) }));
  return [...missing, ...without(actual, expected).map((value) => ({ path, actual: valueText(value) }))];
}

function without(values: ReadonlySet<RegoValue>, others: ReadonlySet<RegoValue>): readonly RegoValue[] {
  const texts = new Set([...others].map(canonicalText));
  return sorted(values).filter((value) => !texts.has(canonicalText(value)));
}

/** The same text for equal values: the members of sets and objects have no order of their own. */
function canonicalText(value: RegoValue): string {
  if (isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (isSet(value)) return `set(${sorted(value).map(canonicalText).join(",")})`;
  if (isObject(value)) {
    const members = [...byText(value)].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${key}:${canonicalText(member)}`).join(",")}}`;
  }
  return valueText(value);
}

function comparePart(
  actual: RegoValue | undefined,
  expected: RegoValue | undefined,
  path: string,
): readonly Difference[] {
  if (actual === undefined) return expected === undefined ? [] : [{ path, expected: valueText(expected) }];
  if (expected === undefined) return [{ path, actual: valueText(actual) }];
  return compare(actual, expected, path);
}

function step(key: RegoValue): string {
  return typeof key === "string" && /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${valueText(key)}]`;
}
