/** Whether a path with `/` between its folders is one that a pattern means. */
export type PathMatcher = (path: string) => boolean;

/** Patterns that the braces of one may stand for. */
const MAX_ALTERNATIVES = 64;
const MAX_LENGTH = 1_000;

/**
 * A matcher for paths: `*` is any text within a name and `?` one character of it, `**` any number of folders, and
 * `{a,b}` either. A `/` at the end stands for everything below. Names that begin with a dot are like any other, and
 * brackets stand for themselves, for frameworks have them in file names. The time that it takes is bounded by the length
 * of the path times that of the pattern.
 *
 * @returns undefined for a pattern that means nothing: an empty one, a brace without its partner, a backslash, `..`, more
 *   than 64 alternatives
 */
export function compileGlob(pattern: string): PathMatcher | undefined {
  if (pattern.length > MAX_LENGTH || pattern.includes("\\")) return undefined;
  const alternatives = expandBraces(pattern);
  const compiled = alternatives?.map(segmentsOf);
  if (compiled === undefined || compiled.some((segments) => segments.length === 0 || segments.includes(".."))) {
    return undefined;
  }
  return (path) => {
    const names = path.split("/");
    return compiled.some((segments) => matchSequence(names, segments, "**", matchName));
  };
}

function segmentsOf(pattern: string): readonly string[] {
  const below = pattern.endsWith("/") ? `${pattern}**` : pattern;
  const segments = below.split("/").filter((segment, index) => segment !== "." && (segment !== "" || index === 0));
  return pattern === "" ? [] : segments;
}

/** Every pattern that the braces stand for; undefined where they do not fit together or are too many. */
function expandBraces(pattern: string): readonly string[] | undefined {
  const open = pattern.indexOf("{");
  if (open === -1) return pattern.includes("}") ? undefined : [pattern];
  const parts = bracedParts(pattern, open);
  if (parts === undefined || pattern.slice(0, open).includes("}")) return undefined;
  const expanded: string[] = [];
  for (const choice of parts.choices) {
    const rest = expandBraces(choice + parts.after);
    if (rest === undefined || expanded.length + rest.length > MAX_ALTERNATIVES) return undefined;
    expanded.push(...rest.map((text) => pattern.slice(0, open) + text));
  }
  return expanded;
}

/** What stands between a brace and its partner, and behind that. */
function bracedParts(pattern: string, open: number): { choices: readonly string[]; after: string } | undefined {
  const choices: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let index = open; index < pattern.length; index++) {
    const character = pattern[index];
    if (character === "{") depth++;
    if (character === "}") depth--;
    if ((character === "," && depth === 1) || depth === 0) {
      choices.push(pattern.slice(start, index));
      start = index + 1;
    }
    if (depth === 0) return { choices, after: pattern.slice(index + 1) };
  }
  return undefined;
}

function matchName(name: string, segment: string): boolean {
  if (!/[*?]/.test(segment)) return name === segment;
  return matchSequence(Array.from(name), Array.from(segment), "*", (a, b) => b === "?" || a === b);
}

/**
 * Matches from the left. Where it goes wrong, only the last wild card takes one more: an earlier one never has to, so that
 * nothing is tried twice.
 */
function matchSequence(
  items: readonly string[],
  pattern: readonly string[],
  wildcard: string,
  matches: (item: string, element: string) => boolean,
): boolean {
  let [item, element] = [0, 0];
  let retry: { item: number; readonly element: number } | undefined;
  while (item < items.length) {
    const expected = pattern[element];
    if (expected === wildcard) {
      retry = { item, element };
      element++;
    } else if (expected !== undefined && matches(items[item] ?? "", expected)) {
      item++;
      element++;
    } else if (retry !== undefined) {
      retry = { item: retry.item + 1, element: retry.element };
      item = retry.item;
      element = retry.element + 1;
    } else return false;
  }
  return pattern.slice(element).every((rest) => rest === wildcard);
}
