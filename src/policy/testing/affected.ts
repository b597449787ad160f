import { packagesOf, reachOf } from "../reach.ts";
import { type PolicyFile, type PolicySources, sortSources } from "../sources.ts";

/** The files that were changed, added or removed from one reading of policies to the next. */
export function changedFiles(before: PolicySources | undefined, after: PolicySources): ReadonlySet<string> {
  const old = new Map(filesOf(before).map(({ path, text }) => [path, text]));
  const changed = new Set<string>();
  for (const { path, text } of filesOf(after)) {
    if (old.get(path) !== text) changed.add(path);
    old.delete(path);
  }
  for (const path of old.keys()) changed.add(path);
  return changed;
}

/**
 * The tests and examples that can come out otherwise after a change, with what they reach of the policies. It may be more than
 * that, never less; where files came or went it is everything.
 */
export function affectedSources(sources: PolicySources, changed: ReadonlySet<string>): PolicySources {
  const paths = new Set(filesOf(sources).map(({ path }) => path));
  if ([...changed].some((path) => !paths.has(path))) return sources;
  const rego = [...sources.modules, ...sources.tests];
  const modules = rego.map(({ path, text }) => ({ path, source: text }));
  const reach = reachOf(modules, packagesOf(modules));
  const isAffected = (from: readonly string[]): boolean => reach(from).some(({ path }) => changed.has(path));
  const tests = sources.tests.filter(({ path }) => isAffected([path]));
  const examples = sources.examples.filter((file) => {
    const gates = gatesOf(file, sources.modules);
    return changed.has(file.path) || gates.length === 0 || isAffected(gates);
  });
  const roots = [...tests.map(({ path }) => path), ...examples.flatMap((file) => gatesOf(file, sources.modules))];
  const reached = new Set(reach(roots).map(({ path }) => path));
  return sortSources([...rego.filter(({ path }) => reached.has(path)), ...examples]);
}

function filesOf(sources: PolicySources | undefined): readonly PolicyFile[] {
  return sources === undefined ? [] : [...sources.modules, ...sources.tests, ...sources.examples];
}

/** The modules that may define the gate of some examples. */
function gatesOf(examples: PolicyFile, modules: readonly PolicyFile[]): readonly string[] {
  const id = /^gate:\s*["']?([\w-]+)/m.exec(examples.text)?.[1];
  const declares = new RegExp(`^#\\s+id:\\s*["']?${id}["']?\\s*$`, "m");
  return id === undefined ? [] : modules.filter(({ text }) => declares.test(text)).map(({ path }) => path);
}
