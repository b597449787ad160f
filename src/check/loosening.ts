import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadBaseline, loadWaivers, parseAnyConfig } from "../config/load.ts";
import type { Policies } from "../config/resolve.ts";
import { inversions } from "../config/strictness.ts";
import type { Config } from "../config/types.ts";
import { growth } from "../decision/baseline.ts";
import type { DecisionInputs } from "../decision/decide.ts";
import type { Environment } from "../decision/environment.ts";
import type { Waiver } from "../decision/waivers.ts";
import { messageOf } from "../util/errors.ts";

/** The rules that decide, and where the pull request has its own. */
export interface LooseningRequest {
  readonly config: Config;
  readonly environment: Environment;
  readonly component: string | undefined;
  readonly policies: Policies;
  readonly waivers: DecisionInputs["waivers"];
  readonly baseline: DecisionInputs["baseline"];
  /** The folder of the pull request's gate.yaml, absolute. */
  readonly folder: string;
  /** The name of that file in it. */
  readonly file: string;
  /** The folder of the JSON Schemas. */
  readonly schemas: string;
}

/** Loosenings of one file that are told one by one. */
const TOLD = 5;

/** What gate.yaml of a pull request would loosen, in words; empty where it would not. */
export async function looserConfig(request: LooseningRequest): Promise<readonly string[]> {
  const { folder, file, schemas, environment, component, policies } = request;
  try {
    const bytes = readFileSync(join(folder, file));
    const { parse, resolveEnvironments } = await parseAnyConfig(schemas);
    const own = resolveEnvironments(parse(bytes, file), policies, component)[environment.name];
    if (own === undefined) return [`it would remove the environment ${environment.name}`];
    const names = { stricter: "the pull request", looser: environment.name };
    return told(inversions(own, environment, policies.gates, names).map(({ message }) => message));
  } catch (error) {
    return [`it would be no valid configuration: ${messageOf(error)}`];
  }
}

/** The waivers that a pull request adds or rewrites. */
export async function newWaivers({ folder, config, schemas, waivers }: LooseningRequest): Promise<readonly string[]> {
  try {
    const known = new Set(waivers.map(contentOf));
    const own = await loadWaivers(folder, config, schemas);
    const added = own.filter((waiver) => !known.has(contentOf(waiver)));
    return told(added.map(({ id, gate }) => `it would waive findings of ${gate} (${id})`));
  } catch (error) {
    return [`it would be no valid list of waivers: ${messageOf(error)}`];
  }
}

/** By how much a pull request's baseline would grow. */
export async function grownBaseline(request: LooseningRequest): Promise<readonly string[]> {
  const { folder, config, schemas, baseline } = request;
  if (baseline === null) return [];
  try {
    const added = growth(baseline.content, await loadBaseline(resolve(folder), config, schemas));
    return added.length === 0 ? [] : [`it would let ${added.length} more findings through, and a baseline never grows`];
  } catch (error) {
    return [`it would be no valid baseline: ${messageOf(error)}`];
  }
}

/** A waiver that only moved to another line is the same. */
function contentOf(waiver: Waiver): string {
  return JSON.stringify({ ...waiver, source: undefined });
}

function told(loosenings: readonly string[]): readonly string[] {
  if (loosenings.length <= TOLD) return loosenings;
  return [...loosenings.slice(0, TOLD), `and ${loosenings.length - TOLD} more`];
}
