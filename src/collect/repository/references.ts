import { posix } from "node:path";
import type { Cycle, Reference } from "../../evidence/types.ts";
import { compareText } from "../../util/compare.ts";

/** A reference before anybody looked for its target. */
export interface RawReference {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** As written. */
  readonly target: string;
  readonly type: "link" | "image" | "include";
  /**
   * From where a path is taken: the folder of the file, which is what `/` at its start changes to the root; the root alone;
   * or either.
   */
  readonly from: "file" | "root" | "either";
}

/** What there is to be found. */
export interface Targets {
  /** Every path of the checkout, folders included. */
  readonly paths: ReadonlySet<string>;
  /** The fragments that a file has; undefined where it has none that can be known. */
  anchorsOf(path: string): ReadonlySet<string> | undefined;
}

/** Pages of a forge that links lead to from inside a repository, by `../../issues` and the like. */
const FORGE_PAGES =
  /^(?:actions|blob|commit|commits|community|compare|contributors|discussions|issues|labels|milestones?|network|packages|pulls?|projects|pulse|releases|security|settings|stargazers|tags|tree|wiki|-)(?:\/|$)/;

/** The files that are meant, of which one has to be there; undefined where the target is outside of the repository. */
function candidatesOf({ path, target, from }: RawReference): readonly string[] | undefined {
  const plain = target.split(/[?#]/, 1)[0] ?? "";
  const decoded = decode(plain);
  if (plain === "") return [path];
  const below = posix.dirname(path);
  if (decoded.startsWith("/")) return [decoded.slice(1)];
  const own = posix.join(below, decoded);
  const escaped = /^\.\.\/\.\.\/(?!\.\.)(.*)/.exec(own)?.[1];
  if (escaped !== undefined && FORGE_PAGES.test(escaped)) return undefined;
  const atRoot = posix.normalize(decoded);
  if (from === "root") return [atRoot];
  return from === "either" ? [own, atRoot] : [own];
}

/** Looks for the target of a reference. External ones are not fetched, and `found` is missing. */
export function resolved(
  reference: RawReference,
  targets: Targets,
): { readonly file?: string; readonly found?: boolean } {
  const { target, type } = reference;
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) return {};
  if (target === "") return { found: false };
  const candidates = candidatesOf(reference);
  if (candidates === undefined) return {};
  const file = candidates
    .map((candidate) => candidate.replace(/\/+$/, "") || ".")
    .find((candidate) => targets.paths.has(candidate));
  if (file === undefined) return { found: false };
  const hash = target.indexOf("#");
  const fragment = hash === -1 ? "" : decode(target.slice(hash + 1)).toLowerCase();
  return { file, found: type !== "link" || hasFragment(file, fragment, targets) };
}

function hasFragment(file: string, fragment: string, targets: Targets): boolean {
  // A line of a file, the top of a page, a text to be highlighted: none of them is a heading.
  if (fragment === "" || fragment === "top" || fragment.startsWith(":~:")) return true;
  if (/^l\d+(?:c\d+)?(?:-l\d+(?:c\d+)?)?$/.test(fragment)) return true;
  const anchors = targets.anchorsOf(file);
  return anchors === undefined || anchors.has(fragment) || anchors.has(fragment.replace(/^user-content-/, ""));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** A reference as evidence. */
export function referenceOf({ path, line, target, type }: RawReference, found: boolean | undefined): Reference {
  return { path, line, target, type, ...(found === undefined ? {} : { found }) };
}

/**
 * The groups of files that include each other, directly or through others (Tarjan's strongly connected components), and
 * files that include themselves.
 *
 * @param edges by file what it includes
 */
export function cyclesOf(edges: ReadonlyMap<string, ReadonlySet<string>>): readonly Cycle[] {
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const cycles: Cycle[] = [];

  function enter(path: string): void {
    numbers.set(path, numbers.size);
    lowest.set(path, numbers.size - 1);
    stack.push(path);
    onStack.add(path);
  }

  function lower(path: string, to: number | undefined): void {
    lowest.set(path, Math.min(lowest.get(path) ?? 0, to ?? 0));
  }

  function leave(path: string): void {
    if (lowest.get(path) !== numbers.get(path)) return;
    const group = stack.splice(stack.lastIndexOf(path));
    for (const member of group) onStack.delete(member);
    if (group.length > 1 || edges.get(path)?.has(path) === true) {
      cycles.push({ type: "include", paths: group.toSorted(compareText) });
    }
  }

  for (const start of edges.keys()) {
    if (numbers.has(start)) continue;
    enter(start);
    // With a stack of its own: a chain of files may be longer than calls can be deep.
    const open = [{ path: start, rest: [...(edges.get(start) ?? [])] }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.rest.pop();
      if (next === undefined) {
        open.pop();
        leave(top.path);
        const above = open.at(-1);
        if (above !== undefined) lower(above.path, lowest.get(top.path));
      } else if (!numbers.has(next)) {
        enter(next);
        open.push({ path: next, rest: [...(edges.get(next) ?? [])] });
      } else if (onStack.has(next)) lower(top.path, numbers.get(next));
    }
  }
  return cycles.toSorted((a, b) => compareText(a.paths[0] ?? "", b.paths[0] ?? ""));
}
