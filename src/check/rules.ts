import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Config } from "../config/types.ts";
import type { DecisionInputs } from "../decision/decide.ts";
import type { Environment } from "../decision/environment.ts";
import { decisionStatements, readStatements } from "../trust/folder.ts";
import type { Trust } from "../trust/keyring.ts";
import { findTrust, loadTrust, peopleIn } from "../trust/load.ts";
import type { Cache } from "../util/cache.ts";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import type { ControlSource } from "./control.ts";

/** What people have written down beside gate.yaml: what is let through, and who they are. */
export type WrittenRules = Pick<DecisionInputs, "waivers" | "baseline" | "people" | "statements">;

export interface RulesRequest {
  readonly control: ControlSource;
  readonly config: Config;
  readonly environment: Environment;
  /** The folder of the work tree that gate.yaml is in, absolute. */
  readonly folder: string;
  readonly now: Date;
  /** The folder of the JSON Schemas. */
  readonly schemas: string;
  readonly trust: Trust;
}

/**
 * Everybody whose word counts, from where everything that decides is.
 *
 * @throws {GateError} `trust-invalid`
 */
export function readTrust(control: ControlSource, config: Config, schemas: string, cache: Cache): Promise<Trust> {
  return loadTrust(findTrust(control.folder, config.trust), schemas, cache);
}

/**
 * Reads waivers and the baseline from where everything that decides is, and from the work tree what people have signed: a
 * signature is as good wherever it lies.
 *
 * @throws {GateError} `waivers-invalid`, `baseline-missing`, `baseline-invalid` or `statement-invalid`
 */
export async function readRules(request: RulesRequest): Promise<WrittenRules> {
  const { control, config, environment, folder, now, schemas, trust } = request;
  const { waivers, baseline } = config;
  const written = readIfThere(resolve(control.folder, waivers.path), waivers.path);
  const label = config.trust.statements;
  const statements = await readStatements({ folder: resolve(folder, label), label, trust, now, schemas });
  return {
    people: peopleIn(trust),
    statements: decisionStatements(statements),
    waivers: written === undefined ? [] : await parsedWaivers(written, waivers.path, schemas),
    baseline: environment.baseline === "none" ? null : await parsedBaseline(control, baseline.path, schemas),
  };
}

/** The readers are loaded where there is something to read. */
async function parsedWaivers(bytes: Uint8Array, path: string, schemas: string): Promise<WrittenRules["waivers"]> {
  const { parseWaivers } = await import("../config/waivers.ts");
  return parseWaivers(bytes, path, readSchema(schemas, "waivers")).waivers;
}

async function parsedBaseline(
  control: ControlSource,
  path: string,
  schemas: string,
): Promise<WrittenRules["baseline"]> {
  const { parseBaseline } = await import("../config/baseline.ts");
  const bytes = readIfThere(resolve(control.folder, path), path);
  return { path, content: parseBaseline(bytes, path, readSchema(schemas, "baseline")) };
}

function readSchema(schemas: string, name: string): object {
  const schema: unknown = JSON.parse(readFileSync(join(schemas, `${name}.v1.schema.json`), "utf8"));
  if (!isRecord(schema)) throw new GateError("internal", `the schema of ${name} is not an object`);
  return schema;
}

function readIfThere(path: string, label: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new GateError("config-unreadable", `${label} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
