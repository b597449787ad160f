import { resolve } from "node:path";
import { loadBaseline, loadWaivers } from "../config/load.ts";
import type { Config } from "../config/types.ts";
import type { DecisionInputs } from "../decision/decide.ts";
import type { Environment } from "../decision/environment.ts";
import { decisionStatements, readStatements } from "../trust/folder.ts";
import type { Trust } from "../trust/keyring.ts";
import { findTrust, loadTrust, peopleIn } from "../trust/load.ts";
import type { Cache } from "../util/cache.ts";
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
  const label = config.trust.statements;
  const statements = await readStatements({ folder: resolve(folder, label), label, trust, now, schemas });
  return {
    people: peopleIn(trust),
    statements: decisionStatements(statements),
    waivers: await loadWaivers(control.folder, config, schemas),
    baseline:
      environment.baseline === "none"
        ? null
        : { path: config.baseline.path, content: await loadBaseline(control.folder, config, schemas) },
  };
}
