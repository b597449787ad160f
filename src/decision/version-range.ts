import { semverCompare } from "../policy/builtins/semver.ts";

/** Whether a version is in a range. */
export type VersionMatcher = (version: string) => boolean;

const COMPARATOR = /^(>=|<=|>|<|=)?v?(\d+)(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;
const EXACT = /^[0-9A-Za-z][0-9A-Za-z.+~:_-]*$/;
const RELEASE = /^v?(\d+)\.(\d+)\.(\d+)-/;

/** A condition on a version; `tuple` is the release that it names a pre-release of. */
interface Condition {
  readonly holds: VersionMatcher;
  readonly tuple?: string;
}

/**
 * A range of versions in the words of npm: `1.2.3`, `>=1.2 <2`, `3.x`, and `||` between alternatives. A version that
 * cannot be put in order by https://semver.org is in no range, but it is equal to itself. A pre-release is only in a
 * range that names one of the same release.
 *
 * @returns undefined for a text that is no range
 */
export function parseVersionRange(text: string): VersionMatcher | undefined {
  const alternatives = text.split("||").map(parseAlternative);
  if (alternatives.some((alternative) => alternative === undefined)) return undefined;
  return (version) => alternatives.some((holds) => holds?.(version) === true);
}

function parseAlternative(text: string): VersionMatcher | undefined {
  const words = text.replaceAll(/(>=|<=|>|<|=)\s+/g, "$1").split(/\s+/);
  const parsed = words.filter((word) => word !== "").map(parseCondition);
  if (parsed.length === 0 || parsed.includes(undefined)) return undefined;
  const conditions = parsed.flatMap((group) => group ?? []);
  return (version) => {
    const [, major, minor, patch] = RELEASE.exec(version) ?? [];
    const tuple = major === undefined ? undefined : `${major}.${minor}.${patch}`;
    const named = tuple === undefined || conditions.some((stated) => stated.tuple === tuple);
    const same = words.length === 1 && withoutV(words[0] ?? "") === withoutV(version);
    return same || (named && conditions.every(({ holds }) => holds(version)));
  };
}

function parseCondition(word: string): readonly Condition[] | undefined {
  if (word === "*" || word === "x") return [{ holds: (version) => semverCompare(version, version) === 0 }];
  const match = COMPARATOR.exec(word);
  if (match === null)
    return EXACT.test(word) ? [{ holds: (version) => withoutV(version) === withoutV(word) }] : undefined;
  const [, operator = "", major = "", minor = "x", patch = "x", preRelease = "", build = ""] = match;
  const partial = isWild(minor) || isWild(patch);
  if (!partial) {
    const bound = `${major}.${minor}.${patch}`;
    // What is only told apart by its build is told apart: distributions put their patches there.
    if (operator === "" || operator === "=")
      return [{ holds: (version) => withoutV(version) === `${bound}${preRelease}${build}`, tuple: bound }];
    return [{ ...condition(operator, bound + preRelease), ...(preRelease === "" ? {} : { tuple: bound }) }];
  }
  if (preRelease !== "" || build !== "" || (isWild(minor) && !isWild(patch))) return undefined;
  const from = isWild(minor) ? `${major}.0.0` : `${major}.${minor}.0`;
  const next = isWild(minor) ? `${BigInt(major) + 1n}.0.0` : `${major}.${BigInt(minor) + 1n}.0`;
  switch (operator) {
    case ">=":
    case "<":
      return [condition(operator, from)];
    case ">":
      return [condition(">=", next)];
    case "<=":
      return [condition("<", next)];
    default:
      return [condition(">=", from), condition("<", next)];
  }
}

function condition(operator: string, bound: string): Condition {
  return {
    holds: (version) => {
      const order = semverCompare(version, bound);
      if (order === undefined) return false;
      if (order === 0) return operator.endsWith("=");
      return operator.startsWith(">") === order > 0;
    },
  };
}

function isWild(part: string): boolean {
  return part === "x" || part === "*";
}

function withoutV(version: string): string {
  return version.replace(/^v(?=\d)/, "");
}
