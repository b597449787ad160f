import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { canonicalDigest } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { GateError, messageOf } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import { createParsers, type FileParsers } from "../../util/parsers.ts";
import type { PolicyFile } from "../sources.ts";

/** A file or folder, and how the user named it. */
export interface NamedPath {
  /** Absolute. */
  readonly path: string;
  readonly label: string;
}

/** Policies that were written for Conftest, and how they are to be asked: what `conftest test` has flags for. */
export interface ConftestPolicies {
  /** Files or folders of Rego, `-p`. */
  readonly policies: readonly NamedPath[];
  /** Files or folders of JSON or YAML, `-d`. */
  readonly data: readonly NamedPath[];
  /** Names or globs of packages, `-n`. */
  readonly namespaces: readonly string[];
  /** Whether all documents are one input, `--combine`. */
  readonly combine: boolean;
}

/** The same, read. */
export interface ConftestSources {
  readonly label: string;
  /** Without those of tests. */
  readonly modules: readonly PolicyFile[];
  /** The files of tests, which decide nothing. */
  readonly tests: readonly PolicyFile[];
  /** What is below `data` besides the policies. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly namespaces: readonly string[];
  readonly combine: boolean;
  /** Of everything above. */
  readonly digest: Digest;
}

/** As in Conftest: the package that is asked where nobody names one. */
const DEFAULT_NAMESPACE = "main";

const DATA_EXTENSIONS: ReadonlySet<string> = new Set([".json", ".yaml", ".yml"]);

/**
 * Reads policies and data as Conftest does.
 *
 * @param parsers path of parsers.wasm
 * @throws {GateError} `policy-not-found` where there is no policy, `policy-invalid` where data cannot be read or merged
 */
export function readConftest(
  { policies, data, namespaces, combine }: ConftestPolicies,
  parsers: string,
): ConftestSources {
  const files = policies.flatMap(readPolicies).toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const tests = files.filter(({ path }) => path.endsWith("_test.rego"));
  const modules = files.filter(({ path }) => !path.endsWith("_test.rego"));
  const label = policies.map((policy) => policy.label).join(", ");
  if (modules.length === 0) throw new GateError("policy-not-found", `there is no policy (*.rego) in ${label}`);
  const merged = data.length === 0 ? {} : readData(data, createParsers(parsers));
  const asked = namespaces.length === 0 ? [DEFAULT_NAMESPACE] : namespaces;
  const content = { label, modules, tests, data: merged, namespaces: asked, combine };
  return { ...content, digest: canonicalDigest(content) };
}

function readPolicies(named: NamedPath): readonly PolicyFile[] {
  return filesBelow(named, (name) => name.endsWith(".rego")).map(({ file, label }) => ({
    path: label,
    text: readFileSync(file, "utf8"),
  }));
}

interface FoundFile {
  readonly file: string;
  readonly label: string;
  /** The names of the folders between what was named and the file. */
  readonly folders: readonly string[];
}

function filesBelow({ path, label }: NamedPath, wanted: (name: string) => boolean): readonly FoundFile[] {
  try {
    if (!statSync(path).isDirectory()) return [{ file: path, label, folders: [] }];
    return readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && wanted(entry.name))
      .map((entry) => {
        const below = join(entry.parentPath, entry.name).slice(path.length).replaceAll("\\", "/").replace(/^\//, "");
        const file = join(entry.parentPath, entry.name);
        return { file, label: `${label.replace(/\/$/, "")}/${below}`, folders: below.split("/").slice(0, -1) };
      });
  } catch (cause) {
    throw new GateError("policy-not-found", `${label} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** All data in one document; the folders below the one that was named are its members, as OPA's loader has it. */
function readData(data: readonly NamedPath[], parsers: FileParsers): Readonly<Record<string, unknown>> {
  let merged: Readonly<Record<string, unknown>> = {};
  const files = data.flatMap((named) => filesBelow(named, (name) => DATA_EXTENSIONS.has(extname(name))));
  for (const { file, label, folders } of files) {
    const parser = extname(basename(file)) === ".json" ? "json" : "yaml";
    const read = parsers({ by: { parser }, content: readFileSync(file) });
    if (read.status !== "parsed") throw badData(label, read.status === "malformed" ? read.message : "it is no data");
    if (!isRecord(read.value)) throw badData(label, "it is no object, so nothing in it has a name");
    const placed = folders.reduceRight<Readonly<Record<string, unknown>>>(
      (value, name) => ({ [name]: value }),
      read.value,
    );
    merged = merge(merged, placed, label);
  }
  return merged;
}

function merge(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  label: string,
): Readonly<Record<string, unknown>> {
  const merged = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(after)) {
    const old = merged.get(name);
    if (old === undefined) merged.set(name, value);
    else if (isRecord(old) && isRecord(value)) merged.set(name, merge(old, value, label));
    else throw badData(label, `another file has a value of "${name}" too`);
  }
  // Defines members, where an assignment would call the setter of `__proto__`.
  return Object.fromEntries(merged);
}

function badData(label: string, why: string): GateError {
  return new GateError("policy-invalid", `the data of ${label} cannot be used: ${why}`);
}
