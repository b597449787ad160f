import { existsSync, readFileSync } from "node:fs";
import { dirname, join, parse as parsePath } from "node:path";
import { parse } from "yaml";
import { GateError, messageOf } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import { readPolicySources } from "../sources.ts";
import type { RegoModule } from "../toolchain/protocol.ts";

/** What Regal is told about a project. */
export interface RegalProject {
  /** The folder that paths in the configuration are relative to; without a configuration, the root of the file system. */
  readonly root: string;
  /** The file that the configuration is in; absent where there is none. */
  readonly path?: string;
  /** In JSON. */
  readonly config: string;
  /** Rules of the project's own. */
  readonly rules: readonly RegoModule[];
}

/** What Regal cannot know of gates. A project's configuration is laid over it, key by key. */
const GATE_CONFIG = {
  rules: {
    idiomatic: {
      // A gate is asked for its rules by their names.
      "no-defined-entrypoint": { level: "ignore" },
      // Where a file is means nothing to gate; only its package does.
      "directory-package-mismatch": { level: "ignore" },
    },
    imports: {
      // Parameters come from the configuration; rules of our own look at them.
      "unresolved-reference": { "except-paths": ["data.params", "data.params.**"] },
    },
  },
} as const;

/**
 * Finds the project that a folder belongs to as Regal does: by `.regal/config.yaml` or `.regal.yaml` in it or above.
 *
 * @throws {GateError} `config-unreadable` or `config-invalid`
 */
export async function findRegalProject(folder: string): Promise<RegalProject> {
  const found = findConfig(folder);
  if (found === undefined) return { root: parsePath(folder).root, config: JSON.stringify(GATE_CONFIG), rules: [] };
  const config = JSON.stringify(merge(GATE_CONFIG, readConfig(found.path)));
  return { ...found, config, rules: await readRules(join(found.root, ".regal", "rules")) };
}

function findConfig(folder: string): { readonly root: string; readonly path: string } | undefined {
  for (let root = folder; ; root = dirname(root)) {
    for (const name of [join(".regal", "config.yaml"), ".regal.yaml"]) {
      if (existsSync(join(root, name))) return { root, path: join(root, name) };
    }
    if (dirname(root) === root) return undefined;
  }
}

function readConfig(path: string): Readonly<Record<string, unknown>> {
  const value: unknown = parseConfig(path, readText(path)) ?? {};
  if (!isRecord(value)) throw new GateError("config-invalid", `${path} is not a configuration of Regal's`);
  // What policies may call is the toolchain's to say, and the linter has no files to read it from.
  const { capabilities: _, ...config } = value;
  return config;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new GateError("config-unreadable", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function parseConfig(path: string, text: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new GateError("config-invalid", `${path}: ${messageOf(cause)}`, { cause });
  }
}

function merge(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isRecord(below) && isRecord(value) ? merge(below, value) : value;
  }
  return merged;
}

async function readRules(folder: string): Promise<readonly RegoModule[]> {
  if (!existsSync(folder)) return [];
  const { modules } = await readPolicySources([{ path: folder, label: "rules" }]);
  return modules.map(({ path, text }) => ({ path, source: text }));
}
