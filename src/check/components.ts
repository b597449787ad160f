import { join, relative } from "node:path";
import { repositoryRoot } from "../ci/git.ts";
import { detectCi } from "../ci/provider.ts";
import { changedPaths, commitAt } from "../ci/revision.ts";
import { loadConfig, requireNames } from "../config/load.ts";
import type { ComponentConfig, Config } from "../config/types.ts";
import { type ComponentResult, type Rollup, rollUp } from "../decision/rollup.ts";
import { openCache } from "../util/cache.ts";
import { GateError } from "../util/errors.ts";
import { compileGlob, type PathMatcher } from "../util/glob.ts";
import { WITHOUT_CONFIG } from "./conftest.ts";
import { openControl } from "./control.ts";
import type { CheckOptions, CheckServices } from "./options.ts";
import { runCheck } from "./run.ts";

/** Which parts of a repository a user asks about. */
export interface ComponentOptions {
  /** By name; none for all of them. */
  readonly components: readonly string[];
  /** `base..head` or `base...head`: only the parts that this change touches. */
  readonly affected?: string;
}

/** A part to look at or to pass over, and why. */
interface Choice {
  readonly name: string;
  readonly wanted: boolean;
  readonly because: string;
}

/**
 * Decides on the parts of a repository one by one, and on all of them together.
 *
 * @returns undefined where gate.yaml has no components and none was asked for: then there is one decision on the whole
 * @throws {GateError} as `runCheck`; what was decided before is recorded
 */
export async function runComponents(
  options: Omit<CheckOptions, "component">,
  wanted: ComponentOptions,
  services: CheckServices,
): Promise<Rollup | undefined> {
  const choices = await choose(options, wanted, services);
  if (choices === undefined) return undefined;
  const results: ComponentResult[] = [];
  for (const { name, wanted: isWanted, because } of choices) {
    const decided = isWanted ? (await runCheck({ ...options, component: name }, services)).decision : undefined;
    results.push({ name, because, ...(decided === undefined ? {} : { decision: decided }) });
  }
  return rollUp(options.environment, results);
}

async function choose(
  options: CheckOptions,
  { components: names, affected }: ComponentOptions,
  services: CheckServices,
): Promise<readonly Choice[] | undefined> {
  const { cwd, variables, installation, cacheFolder } = services;
  const root = repositoryRoot(cwd);
  const { config: given, policyRef } = options;
  const fallback = options.conftest === undefined ? {} : { fallback: WITHOUT_CONFIG };
  const ci = detectCi(variables);
  const control = await openControl({ root, cwd, variables, ci, config: given, policyRef, ...fallback });
  try {
    const config = await loadConfig(control.file, installation.schemas, openCache(cacheFolder));
    for (const name of names) requireNames(config, options.environment, name);
    const all = Object.keys(config.components);
    if (all.length === 0 && affected === undefined) return undefined;
    if (all.length === 0) {
      throw new GateError("usage", `${config.path} has no components, and --affected is about these`, {
        hint: "Name the parts of the repository under `components`, or leave out --affected.",
      });
    }
    const asked = names.length === 0 ? all : names;
    if (affected === undefined) return all.map((name) => named(name, asked, names.length === 0));
    const changed = await changedIn(affected, root, services);
    const place = join(root ?? cwd, control.place);
    const files = changed.map((path) => relative(place, join(root ?? cwd, path)).replaceAll("\\", "/"));
    return touched(config, files, asked);
  } finally {
    control.close();
  }
}

function named(name: string, asked: readonly string[], everything: boolean): Choice {
  const wanted = asked.includes(name);
  if (everything) return { name, wanted, because: "every component is decided on" };
  return { name, wanted, because: wanted ? "it was asked for" : "it was not asked for" };
}

/**
 * The components that a change touches. A file that belongs to no component can concern all of them.
 *
 * @param files relative to the configuration
 */
function touched(config: Config, files: readonly string[], asked: readonly string[]): readonly Choice[] {
  const matchers = Object.entries(config.components).map(([name, component]) => [name, matcherOf(component)] as const);
  const shared = files.find((file) => !matchers.some(([, matches]) => matches(file)));
  return matchers.map(([name, matches]): Choice => {
    if (!asked.includes(name)) return { name, wanted: false, because: "it was not asked for" };
    const own = files.filter((file) => matches(file));
    const [first] = own;
    if (first !== undefined) {
      const more = own.length === 1 ? "" : ` and ${own.length - 1} more of its files`;
      return { name, wanted: true, because: `the change touches ${first}${more}` };
    }
    if (shared !== undefined)
      return { name, wanted: true, because: `the change touches ${shared}, which is no component's` };
    return { name, wanted: false, because: "the change touches none of its files" };
  });
}

function matcherOf({ paths }: ComponentConfig): PathMatcher {
  const matchers = paths.flatMap(({ value }) => compileGlob(value) ?? []);
  return (path) => matchers.some((matches) => matches(path));
}

/** @throws {GateError} `usage` where the range is none, `source-unavailable` where git does not know it */
async function changedIn(
  range: string,
  root: string | undefined,
  { variables }: CheckServices,
): Promise<readonly string[]> {
  const [, base = "", head = ""] = /^(.+?)\.{2,3}(.+)$/.exec(range) ?? [];
  if (base === "" || head === "") {
    throw new GateError("usage", `--affected must be BASE..HEAD, not "${range}"`, {
      hint: "Such as origin/main..HEAD.",
    });
  }
  const ends = root === undefined ? [] : [await commitAt(root, variables, base), await commitAt(root, variables, head)];
  const [from, to] = ends;
  if (root === undefined || from === undefined || to === undefined) {
    throw new GateError("source-unavailable", `git does not know the range ${range} (--affected)`, {
      hint: "Run in a checkout of the whole history (`fetch-depth: 0`).",
    });
  }
  try {
    return await changedPaths(root, variables, from, to);
  } catch (cause) {
    throw new GateError("source-unavailable", `git cannot compare ${base} with ${head} (--affected)`, {
      hint: "Check out the whole history (`fetch-depth: 0`).",
      cause,
    });
  }
}
