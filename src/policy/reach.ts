import type { RegoModule } from "./toolchain/protocol.ts";

/** The modules that some modules reach, themselves included, in the order of all. */
export type Reach = (from: readonly string[]) => readonly RegoModule[];

/**
 * Finds what modules reach by the references to `data` in their text. It may find too much, in a text for example, and
 * never too little: a module left out would be undefined, not an error.
 *
 * @param packages the package of each module by its path, with `data`
 */
export function reachOf(all: readonly RegoModule[], packages: ReadonlyMap<string, string>): Reach {
  const direct = new Map(all.map(({ path, source }) => [path, referencedPaths(path, source)]));

  function referencedPaths(path: string, source: string): readonly string[] {
    const own = packages.get(path);
    const references = [...withoutComments(source).matchAll(REFERENCE)].map(([reference]) => reference);
    return [...packages].filter(([, name]) => name === own || references.some(overlaps(name))).map(([other]) => other);
  }

  return (from) => {
    const reached = new Set(from);
    // What is added while a set is gone through is gone through as well.
    for (const path of reached) for (const next of direct.get(path) ?? []) reached.add(next);
    return all.filter(({ path }) => reached.has(path));
  };
}

/** No string starts with a reference. */
const REFERENCE = /(?<!")\bdata\b(?:\.\w+)*/g;

/** Starts of template strings, strings, raw strings and, in the end, comments: what looks like one within another is none. */
const TOKEN = /(\$["`]|"(?:\\.|[^"\\\n])*"|`[^`]*`)|#.*/g;

/**
 * The word `data` in a comment, as in a gate's description, would reach everything. Template strings hold expressions with strings
 * of their own, so comments stay from the first on.
 */
function withoutComments(source: string): string {
  const template = [...source.matchAll(TOKEN)].find(([token]) => token.startsWith("$"));
  const end = template?.index ?? source.length;
  return source.slice(0, end).replaceAll(TOKEN, "$1") + source.slice(end);
}

/** The package of each module by its path, out of its text. A module that says none, as one that is being written, may be in any. */
export function packagesOf(modules: readonly RegoModule[]): ReadonlyMap<string, string> {
  return new Map(
    modules.map(({ path, source }) => {
      const name = /^package\s+(\S+)/m.exec(source)?.[1];
      return [path, name === undefined ? "data" : `data.${name}`];
    }),
  );
}

/** Whether a reference may lead into a package: one of the two is the start of the other. */
function overlaps(name: string): (reference: string) => boolean {
  return (reference) => isBelow(name, reference) || isBelow(reference, name);
}

function isBelow(path: string, start: string): boolean {
  return path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`);
}
