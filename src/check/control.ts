import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { CiContext, Environment as Variables } from "../ci/provider.ts";
import { commitAt, exportPaths, isContained } from "../ci/revision.ts";
import { CONFIG_NAME, type ConfigFile, findConfig } from "../config/load.ts";
import type { Config } from "../config/types.ts";
import type { Revision } from "../decision/types.ts";
import { LOCK_NAME } from "../policy/package/lock.ts";
import { GateError } from "../util/errors.ts";

/**
 * Where everything that decides is read: gate.yaml, policies, waivers, the baseline, and who may approve. In the work tree,
 * or in a revision that the change which is being decided on cannot have written.
 */
export interface ControlSource {
  readonly file: ConfigFile;
  /** The folder that the paths of gate.yaml start from, absolute. */
  readonly folder: string;
  /** The folder that stands for the repository's root, absolute. */
  readonly tree: string;
  /** The folder of gate.yaml, relative to `tree`. */
  readonly place: string;
  /** Undefined where it is the work tree. */
  readonly revision: Revision | undefined;
  /** Why the revision may not decide; undefined where it may, and where there is none. */
  readonly distrust: string | undefined;
  /** Makes what gate.yaml names readable below `folder`. */
  fetch(config: Config): Promise<void>;
  close(): void;
}

export interface ControlRequest {
  /** The repository's root, absolute; undefined outside of a checkout. */
  readonly root: string | undefined;
  readonly cwd: string;
  readonly variables: Variables;
  readonly ci: CiContext | undefined;
  /** The path of `--config`. */
  readonly config: string | undefined;
  /** The revision of `--policy-ref`. */
  readonly policyRef: string | undefined;
  /** What stands for a configuration where there is none; default: there has to be one. */
  readonly fallback?: Uint8Array;
}

const DEFAULT_BRANCH = "refs/remotes/origin/HEAD";
/** What a decision says for the path of a configuration that is none. */
const NO_CONFIG = `no ${CONFIG_NAME}`;

/**
 * Finds what decides: the revision that was asked for, in a pull request the branch that it goes to, and else the work
 * tree.
 *
 * @throws {GateError} `source-unavailable` where a pull request's target is not in this checkout: its own files must not decide
 */
export async function openControl(request: ControlRequest): Promise<ControlSource> {
  const { root, policyRef, ci } = request;
  if (policyRef === undefined && ci?.change === undefined) return workTree(request);
  if (root === undefined) {
    throw new GateError(
      "source-unavailable",
      "this is no git checkout, and what decides has to be read from a revision",
      {
        hint: "Run in the checkout of the repository.",
      },
    );
  }
  const revision = policyRef === undefined ? await targetOf(root, request) : await asked(root, policyRef, request);
  const source = await revisionSource(root, revision, request);
  if (source !== undefined) {
    return { ...source, distrust: policyRef === undefined ? undefined : await distrustOf(root, revision, request) };
  }
  if (policyRef !== undefined) {
    throw new GateError("config-not-found", `there is no ${request.config ?? CONFIG_NAME} at ${revision.ref}`, {
      hint: "Name a revision that has one.",
    });
  }
  // The change that introduces gate.yaml: there are no rules yet that it could loosen.
  return {
    ...workTree(request),
    distrust: `${revision.ref} has no ${CONFIG_NAME} yet, so the pull request brings its own`,
  };
}

function workTree({ cwd, config, root = cwd, fallback }: ControlRequest): ControlSource {
  const file = fallback === undefined ? findConfig(cwd, config) : configOr(fallback, cwd, config);
  const folder = dirname(file.path);
  return {
    file,
    folder,
    tree: root,
    place: relative(root, folder),
    revision: undefined,
    distrust: undefined,
    fetch: async () => undefined,
    close: () => undefined,
  };
}

/** The configuration, or what stands for one in the working directory. */
function configOr(fallback: Uint8Array, cwd: string, config: string | undefined): ConfigFile {
  try {
    return findConfig(cwd, config);
  } catch (error) {
    const isMissing = error instanceof GateError && error.code === "config-not-found" && config === undefined;
    if (!isMissing) throw error;
    return { path: join(cwd, CONFIG_NAME), label: NO_CONFIG, bytes: fallback };
  }
}

async function asked(root: string, ref: string, { variables }: ControlRequest): Promise<Revision> {
  const commit = await commitAt(root, variables, ref);
  if (commit !== undefined) return { ref, commit };
  throw new GateError("source-unavailable", `git knows no commit "${ref}" (--policy-ref)`, {
    hint: "Fetch it first; CI services clone one commit only unless told otherwise (`fetch-depth: 0`).",
  });
}

/** The branch that the pull request goes to. */
async function targetOf(root: string, { ci, variables }: ControlRequest): Promise<Revision> {
  const base = ci?.change?.base;
  if (base === undefined) {
    throw new GateError("source-unavailable", "the branch that this pull request goes to is not known", {
      hint: "Pass it as --policy-ref, such as --policy-ref origin/main.",
    });
  }
  const ref = `origin/${base}`;
  const commit = await commitAt(root, variables, `refs/remotes/${ref}`);
  if (commit !== undefined) return { ref, commit };
  throw new GateError(
    "source-unavailable",
    `this is a pull request to ${base}, whose rules decide about it, and ${ref} is not in this checkout`,
    { hint: `Check out with \`fetch-depth: 0\`, or run \`git fetch origin ${base}:refs/remotes/${ref}\` first.` },
  );
}

/** Why a revision that was asked for may not decide: the change itself could have written it. */
async function distrustOf(
  root: string,
  revision: Revision,
  { variables, ci }: ControlRequest,
): Promise<string | undefined> {
  const { ref, commit } = revision;
  const base = ci?.change?.base;
  const branches = [DEFAULT_BRANCH, ...(base === undefined ? [] : [`refs/remotes/origin/${base}`])];
  for (const branch of branches) if (await isContained(root, variables, commit, branch)) return undefined;
  // Whoever writes a whole commit id into the pipeline says which bytes they mean; the change must not be among them.
  if (ref === commit && !(await isContained(root, variables, commit, "HEAD"))) return undefined;
  return `${ref} is in no branch that decides`;
}

/** Reads the revision into a folder that is removed afterwards; undefined where it has no configuration. */
async function revisionSource(
  root: string,
  revision: Revision,
  { cwd, config, variables }: ControlRequest,
): Promise<Omit<ControlSource, "distrust"> | undefined> {
  const tree = mkdtempSync(join(tmpdir(), "gate-source-"));
  const close = (): void => rmSync(tree, { recursive: true, force: true });
  const get = (paths: readonly string[]) => exportPaths(root, variables, revision.commit, paths, tree);
  try {
    const here = join(tree, insideOf(root, cwd, "the working directory"));
    mkdirSync(here, { recursive: true });
    const given = config === undefined ? undefined : insideOf(root, resolve(cwd, config), config);
    await get(given === undefined ? candidates(root, cwd) : [given]);
    const file = findOptional(here, given === undefined ? undefined : join(tree, given), tree);
    if (file === undefined) {
      close();
      return undefined;
    }
    const folder = dirname(file.path);
    return {
      file: { ...file, label: config ?? CONFIG_NAME },
      folder,
      tree,
      place: relative(tree, folder),
      revision,
      async fetch(settings) {
        const own = relative(tree, folder);
        const paths = namedPaths(settings).map((path) => insideOf(root, resolve(root, own, path), path));
        await get(paths);
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function findOptional(cwd: string, given: string | undefined, within: string): ConfigFile | undefined {
  try {
    return findConfig(cwd, given, within);
  } catch (error) {
    if (error instanceof GateError && error.code === "config-not-found") return undefined;
    throw error;
  }
}

/** gate.yaml here and in every folder above, up to the root. */
function candidates(root: string, cwd: string): readonly string[] {
  const paths: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    paths.push(relative(root, join(folder, CONFIG_NAME)).split(sep).join("/"));
    if (folder === root || dirname(folder) === folder) return paths;
  }
}

/** Everything that a configuration has read beside it, relative to its folder. */
function namedPaths(config: Config): readonly string[] {
  return [
    ...config.policy.paths.map(({ value }) => value),
    ...(config.policy.conftest?.policies ?? []),
    ...(config.policy.conftest?.data ?? []),
    ...config.policy.packages.flatMap(({ kind, name, key }) => [
      ...(kind === "path" ? [name] : []),
      ...(key === undefined ? [] : [key]),
    ]),
    LOCK_NAME,
    config.waivers.path,
    config.baseline.path,
    config.trust.people,
    ...(config.trust.allowedSigners === undefined ? [] : [config.trust.allowedSigners]),
  ];
}

/** @throws {GateError} `source-unavailable` where a path leads out of the repository: no revision has it */
function insideOf(root: string, path: string, named: string): string {
  const inside = relative(root, path).split(sep).join("/");
  if (inside !== ".." && !inside.startsWith("../")) return inside;
  throw new GateError("source-unavailable", `${named} is outside of the repository, so no revision has it`, {
    hint: "Move it into the repository, or use a policy package with a digest.",
  });
}
