import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { sha256 } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import type { ConftestSources } from "./conftest/sources.ts";

/** One file of a policy folder. */
export interface PolicyFile {
  /** For messages and digests: the folder's label and the path below it, with `/`. */
  readonly path: string;
  readonly text: string;
}

export interface PolicySources {
  readonly modules: readonly PolicyFile[];
  readonly tests: readonly PolicyFile[];
  readonly examples: readonly PolicyFile[];
  /** Lists of gates: the YAML files of a folder `collections`. */
  readonly collections: readonly PolicyFile[];
  /** For each file that came in a package, by its path, which package that is; absent where none did. */
  readonly owners?: ReadonlyMap<string, string>;
  /** Policies of Conftest; missing where there are none. */
  readonly conftest?: ConftestSources;
  /** Over the paths and contents of all but tests, which change no decision, and over policies of Conftest. */
  readonly digest: Digest;
}

export interface PolicyFolder {
  /** Absolute. */
  readonly path: string;
  /** What paths start with, such as `builtin` or the path as the user named it. */
  readonly label: string;
}

/**
 * Reads all policy files below some folders.
 *
 * @throws {GateError} `policy-not-found` where a folder does not exist or holds no policy
 */
export async function readPolicySources(folders: readonly PolicyFolder[]): Promise<PolicySources> {
  return sortSources((await Promise.all(folders.map(readFolder))).flat());
}

/** Sources with the files of packages, each under the label of its package. */
export function withPackages(
  sources: PolicySources,
  packages: readonly { readonly label: string; readonly files: readonly PolicyFile[] }[],
): PolicySources {
  const { modules, tests, examples, collections } = sources;
  const added = packages.flatMap(({ files }) => files);
  const owners = new Map(packages.flatMap(({ label, files }) => files.map(({ path }) => [path, label])));
  return sortSources([...modules, ...tests, ...examples, ...collections, ...added], owners);
}

/** Sources with policies of Conftest beside them. */
export function withConftest(sources: PolicySources, conftest: ConftestSources): PolicySources {
  return { ...sources, conftest, digest: sha256(JSON.stringify([sources.digest, conftest.digest])) };
}

/** Sorts files into policies, tests and examples. */
export function sortSources(unsorted: readonly PolicyFile[], owners?: ReadonlyMap<string, string>): PolicySources {
  const files = unsorted.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const tests = files.filter(({ path }) => path.endsWith("_test.rego"));
  const modules = files.filter(({ path }) => path.endsWith(".rego") && !path.endsWith("_test.rego"));
  const examples = files.filter(({ path }) => path.endsWith("/examples.yaml"));
  const collections = files.filter(({ path }) => isCollection(path));
  const listing = [...modules, ...examples, ...collections].map(({ path, text }) => {
    const owner = owners?.get(path);
    return owner === undefined ? [path, sha256(text)] : [path, sha256(text), owner];
  });
  const digest = sha256(JSON.stringify(listing));
  return { modules, tests, examples, collections, digest, ...(owners === undefined ? {} : { owners }) };
}

async function readFolder(folder: PolicyFolder): Promise<readonly PolicyFile[]> {
  let names: readonly string[];
  try {
    const entries = await readdir(folder.path, { recursive: true, withFileTypes: true });
    names = entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((name) => name.endsWith(".rego") || basename(name) === "examples.yaml" || isCollection(posix(name)));
  } catch (cause) {
    const reason = systemCodeOf(cause) === "ENOENT" ? "it does not exist" : messageOf(cause);
    throw new GateError("policy-not-found", `the policy folder ${folder.label} cannot be read: ${reason}`, { cause });
  }
  if (!names.some((name) => name.endsWith(".rego"))) {
    throw new GateError("policy-not-found", `there is no policy (*.rego) below ${folder.label}`);
  }
  return Promise.all(
    names.map(async (name) => ({
      path: folder.label + posix(name.slice(folder.path.length)),
      text: await readFile(name, "utf8"),
    })),
  );
}

/** Whether a file is a list of gates, by its path with `/`. */
function isCollection(path: string): boolean {
  return /(^|\/)collections\/[^/]+\.yaml$/.test(path) && basename(path) !== "examples.yaml";
}

function posix(path: string): string {
  return path.replaceAll("\\", "/");
}
