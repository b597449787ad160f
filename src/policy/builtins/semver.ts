import type { RegoValue } from "./value.ts";

/** SemVer 2.0.0 with an optional `v`, as OPA reads it. */
const VERSION =
  /^v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;
const NUMERIC = /^[0-9]+$/;
const MAX_INT64 = 2n ** 63n - 1n;

interface Version {
  readonly numbers: readonly bigint[];
  /** Empty for a release. */
  readonly preRelease: readonly string[];
}

/** OPA's `semver.is_valid`; what is no string is no version. */
export function semverIsValid(version: RegoValue): boolean {
  return parse(version) !== undefined;
}

/**
 * OPA's `semver.compare`: -1, 0 or 1 by precedence (https://semver.org/#spec-item-11).
 *
 * Pre-release numbers beyond 64 bits, with which OPA 1.22 does not come to an end, are compared as numbers.
 */
export function semverCompare(a: RegoValue, b: RegoValue): number | undefined {
  const [left, right] = [parse(a), parse(b)];
  if (left === undefined || right === undefined) return undefined;
  for (const [index, number] of left.numbers.entries()) {
    const order = compare(number, right.numbers[index] ?? 0n);
    if (order !== 0) return order;
  }
  return comparePreReleases(left.preRelease, right.preRelease);
}

function parse(value: RegoValue): Version | undefined {
  const match = typeof value === "string" ? VERSION.exec(value) : null;
  if (match === null) return undefined;
  const [, major = "", minor = "", patch = "", preRelease] = match;
  const numbers = [BigInt(major), BigInt(minor), BigInt(patch)];
  const identifiers = preRelease?.split(".") ?? [];
  const leadingZero = identifiers.some((text) => text.length > 1 && text.startsWith("0") && NUMERIC.test(text));
  if (leadingZero || numbers.some((number) => number > MAX_INT64)) return undefined;
  return { numbers, preRelease: identifiers };
}

function comparePreReleases(a: readonly string[], b: readonly string[]): number {
  if (a.length === 0 || b.length === 0) return Math.sign(b.length - a.length);
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return Math.sign(a.length - b.length);
}

/** Numbers come before texts. */
function compareIdentifiers(a: string, b: string): number {
  const [left, right] = [NUMERIC.test(a), NUMERIC.test(b)];
  if (left !== right) return left ? -1 : 1;
  return left ? compare(BigInt(a), BigInt(b)) : compare(a, b);
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : Number(a > b);
}
