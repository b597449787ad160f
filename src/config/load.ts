import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Baseline } from "../decision/baseline.ts";
import type { Environment } from "../decision/environment.ts";
import type { Waiver } from "../decision/waivers.ts";
import { sha256 } from "../evidence/canonical.ts";
import type { PolicyBundle } from "../policy/bundle.ts";
import type { Cache } from "../util/cache.ts";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { nearest } from "../util/nearest.ts";
import type { Policies } from "./resolve.ts";
import type { Config } from "./types.ts";

export const CONFIG_NAME = "gate.yaml";

/** Raised whenever the same bytes are read as something else. */
const CACHE_FORMAT = 7;

/** A configuration file, found and read. */
export interface ConfigFile {
  /** Absolute. */
  readonly path: string;
  /** As it is shown to the user. */
  readonly label: string;
  readonly bytes: Uint8Array;
}

/**
 * Finds the configuration: the given file, or `gate.yaml` in the current folder or the nearest one above it.
 *
 * @param within the highest folder to look in; default: the root of the file system
 * @throws {GateError} `config-not-found` or `config-unreadable`
 */
export function findConfig(cwd: string, given: string | undefined, within?: string): ConfigFile {
  if (given !== undefined) {
    const file = readIfThere(resolve(cwd, given), given);
    if (file !== undefined) return file;
    throw new GateError("config-not-found", `${given} does not exist`, { hint: "Run `gate init` to write one." });
  }
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = readIfThere(join(folder, CONFIG_NAME), CONFIG_NAME);
    if (file !== undefined) return file;
    if (folder === within || dirname(folder) === folder) break;
  }
  throw new GateError("config-not-found", `there is no ${CONFIG_NAME} in this folder or above it`, {
    hint: "Run `gate init` to write one, or name it with --config.",
  });
}

/** Reads a configuration, from the cache where these very bytes were read before. */
export async function loadConfig(file: ConfigFile, schemas: string, cache: Cache): Promise<Config> {
  const name = `config/${CACHE_FORMAT}-${sha256(file.bytes).slice("sha256:".length)}-${sha256(file.label).slice("sha256:".length, 20)}.json`;
  const cached = cache.readJson(name);
  if (isRecord(cached) && isRecord(cached["policy"]) && Array.isArray(cached["policy"]["packages"])) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written below, under a digest of the same bytes
    return cached as unknown as Config;
  }
  const { parseConfig } = await import("./parse.ts");
  const config = parseConfig(file.bytes, file.label, readSchema(schemas, "config"));
  await cache.write(name, JSON.stringify(config));
  return config;
}

type ResolveEnvironments = (
  config: Config,
  policies: Policies,
  component?: string,
) => Readonly<Record<string, Environment>>;

/** The readers of a configuration that is not the one that decides, and is never cached. */
export async function parseAnyConfig(schemas: string): Promise<{
  readonly parse: (bytes: Uint8Array, label: string) => Config;
  readonly resolveEnvironments: ResolveEnvironments;
}> {
  const [{ parseConfig }, { resolveEnvironments }] = await Promise.all([import("./parse.ts"), import("./resolve.ts")]);
  const schema = readSchema(schemas, "config");
  return { parse: (bytes, label) => parseConfig(bytes, label, schema), resolveEnvironments };
}

/**
 * The environments of a configuration against some policies, from the cache where this pair was resolved before.
 *
 * @param component whose environments are wanted; default: those of the whole repository
 */
export async function loadEnvironments(
  config: Config,
  policies: Policies & Pick<PolicyBundle, "digest">,
  cache: Cache,
  component?: string,
): Promise<Readonly<Record<string, Environment>>> {
  const key = sha256(JSON.stringify([config.digest, config.path, policies.digest, component ?? null]));
  const name = `environments/${CACHE_FORMAT}-${key.slice("sha256:".length)}.json`;
  const cached = cache.readJson(name);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written below, under a digest of the same inputs
  if (isRecord(cached)) return cached as unknown as Readonly<Record<string, Environment>>;
  const { resolveEnvironments } = await import("./resolve.ts");
  const environments = resolveEnvironments(config, policies, component);
  await cache.write(name, JSON.stringify(environments));
  return environments;
}

/**
 * Holds the names that a user gives against a configuration.
 *
 * @throws {GateError} `usage` where it has no such environment or component, with the nearest name
 */
export function requireNames(config: Config, environment: string, component?: string): void {
  requireName("environment", environment, config.environments, config.path);
  if (component !== undefined) requireName("component", component, config.components, config.path);
}

function requireName(what: string, name: string, known: Readonly<Record<string, unknown>>, file: string): void {
  if (Object.hasOwn(known, name)) return;
  const names = Object.keys(known);
  const suggestion = nearest(name, names);
  const all = names.length === 0 ? "It has none." : `It has ${names.join(", ")}.`;
  throw new GateError("usage", `${file} has no ${what} "${name}"`, {
    hint: suggestion === undefined ? all : `Did you mean "${suggestion}"?`,
  });
}

/**
 * The waivers that a configuration names; none where there is no such file.
 *
 * @param folder that the paths of the configuration start from
 * @throws {GateError} `waivers-invalid` or `config-unreadable`
 */
export async function loadWaivers(folder: string, config: Config, schemas: string): Promise<readonly Waiver[]> {
  const { path } = config.waivers;
  const file = readIfThere(resolve(folder, path), path);
  if (file === undefined) return [];
  const { parseWaivers } = await import("./waivers.ts");
  return parseWaivers(file.bytes, path, readSchema(schemas, "waivers")).waivers;
}

/**
 * The baseline that a configuration names.
 *
 * @param folder as of {@link loadWaivers}
 * @throws {GateError} `baseline-missing`, `baseline-invalid` or `config-unreadable`
 */
export async function loadBaseline(folder: string, config: Config, schemas: string): Promise<Baseline> {
  const { path } = config.baseline;
  const file = readIfThere(resolve(folder, path), path);
  const { parseBaseline } = await import("./baseline.ts");
  return parseBaseline(file?.bytes, path, readSchema(schemas, "baseline"));
}

/** The JSON Schema of a kind of file, such as `config`. */
export function readSchema(schemas: string, name: string): object {
  const schema: unknown = JSON.parse(readFileSync(join(schemas, `${name}.v1.schema.json`), "utf8"));
  if (isRecord(schema)) return schema;
  throw new GateError("internal", `the schema ${name} is not an object`);
}

/**
 * A file, if it is there.
 *
 * @throws {GateError} `config-unreadable`
 */
export function readIfThere(path: string, label: string): ConfigFile | undefined {
  try {
    return { path, label, bytes: readFileSync(path) };
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new GateError("config-unreadable", `${label} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
