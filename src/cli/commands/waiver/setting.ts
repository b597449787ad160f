import { dirname, resolve } from "node:path";
import { findConfig, loadConfig, loadEnvironments, readIfThere, readSchema } from "../../../config/load.ts";
import type { Config } from "../../../config/types.ts";
import { type ParsedWaivers, parseWaivers } from "../../../config/waivers.ts";
import type { Environment } from "../../../decision/environment.ts";
import { type People, peopleOf } from "../../../decision/people.ts";
import type { Decision, DecisionGate, Violation } from "../../../decision/types.ts";
import { loadPolicies } from "../../../policy/load.ts";
import { findTrust, loadTrust, peopleIn } from "../../../trust/load.ts";
import { openCache } from "../../../util/cache.ts";
import { GateError } from "../../../util/errors.ts";
import { nearest } from "../../../util/nearest.ts";
import type { CommandContext } from "../../context.ts";
import { configuredPolicies } from "../policy/selection.ts";

/** What waivers are held against. */
export interface Setting {
  readonly config: Config;
  readonly environments: Readonly<Record<string, Environment>>;
  /** The ids of all gates, enforced or not. */
  readonly gates: readonly string[];
  readonly people: People;
  /** The waivers of the work tree; an empty list where there is no file. */
  readonly file: ParsedWaivers;
  /** Of waivers.yaml, absolute. */
  readonly path: string;
}

/** Where waivers start that have no file yet. */
const EMPTY = "version: 1\nwaivers: []\n";

/** Reads gate.yaml with everything that says whether a waiver counts. */
export async function openSetting(given: string | undefined, context: CommandContext): Promise<Setting> {
  const { schemas } = context.installation;
  const cache = openCache(context.cacheFolder);
  const found = findConfig(context.cwd, given);
  const config = await loadConfig(found, schemas, cache);
  const folder = dirname(found.path);
  const { bundle } = await loadPolicies(await configuredPolicies(given, context), context);
  const environments = await loadEnvironments(config, bundle, cache);
  const path = resolve(folder, config.waivers.path);
  const bytes = readIfThere(path, config.waivers.path)?.bytes ?? Buffer.from(EMPTY);
  return {
    config,
    environments,
    gates: bundle.gates.map(({ id }) => id),
    people: peopleOf(peopleIn(await loadTrust(findTrust(folder, config.trust), schemas, cache))),
    file: readWaivers(bytes, config, context),
    path,
  };
}

/** Reads the text of a list of waivers, also one that is not written yet. */
export function readWaivers(bytes: Uint8Array, config: Config, context: CommandContext): ParsedWaivers {
  return parseWaivers(bytes, config.waivers.path, readSchema(context.installation.schemas, "waivers"));
}

/** The text of a list, with its comments and in its order. */
export function textOf({ document }: ParsedWaivers): string {
  return document.toString({ lineWidth: 0 });
}

/**
 * An environment by its name.
 *
 * @throws {GateError} `usage`
 */
export function environmentOf(name: string, { config, environments }: Setting): Environment {
  const environment = Object.hasOwn(environments, name) ? environments[name] : undefined;
  if (environment !== undefined) return environment;
  throw new GateError(
    "usage",
    `${config.path} has no environment "${name}"`,
    didYouMean(name, Object.keys(environments)),
  );
}

/** A hint with the nearest name, or with all of them. */
export function didYouMean(word: string, names: readonly string[]): { readonly hint: string } {
  const name = nearest(word, names);
  return { hint: name === undefined ? `Known: ${names.join(", ")}.` : `Did you mean "${name}"?` };
}

/** The gates of a decision as they were before anything was waived. */
export function asFound({ gates }: Decision): readonly DecisionGate[] {
  return gates.map((gate) => {
    const violations = gate.violations.map(withoutWaiver);
    return { ...gate, violations, ...(violations.length === 0 ? {} : { result: "fail" as const }) };
  });
}

function withoutWaiver(violation: Violation): Violation {
  const { waiver: _, ...found } = violation;
  return found;
}
