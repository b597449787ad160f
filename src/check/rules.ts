import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Config } from "../config/types.ts";
import type { DecisionInputs } from "../decision/decide.ts";
import type { Environment } from "../decision/environment.ts";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import type { ControlSource } from "./control.ts";

/** What people have written down beside gate.yaml: which findings are let through. */
export type WrittenRules = Pick<DecisionInputs, "waivers" | "baseline">;

/**
 * Reads waivers and the baseline from where everything that decides is.
 *
 * @param schemas the folder of the JSON Schemas
 * @throws {GateError} `waivers-invalid`, `baseline-missing` or `baseline-invalid`
 */
export async function readRules(
  control: ControlSource,
  config: Config,
  environment: Environment,
  schemas: string,
): Promise<WrittenRules> {
  const { waivers, baseline } = config;
  const written = readIfThere(resolve(control.folder, waivers.path), waivers.path);
  return {
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
