import { findConfig, loadConfig, loadEnvironments } from "../../../config/load.ts";
import type { Config } from "../../../config/types.ts";
import type { Environment } from "../../../decision/environment.ts";
import type { GateDefinition } from "../../../policy/gate.ts";
import { loadPolicies } from "../../../policy/load.ts";
import { openCache } from "../../../util/cache.ts";
import type { CommandContext } from "../../context.ts";
import { configuredPolicies } from "../policy/selection.ts";

/** A configuration with the gates that it can name. */
export interface OpenedConfig {
  readonly config: Config;
  readonly gates: readonly GateDefinition[];
  /** Of the whole repository, or of a component. */
  readonly environments: (component?: string) => Promise<Readonly<Record<string, Environment>>>;
}

/** Reads the configuration and the policies that it names, which are compiled where they were not before. */
export async function openConfig(given: string | undefined, context: CommandContext): Promise<OpenedConfig> {
  const cache = openCache(context.cacheFolder);
  const config = await loadConfig(findConfig(context.cwd, given), context.installation.schemas, cache);
  const { bundle } = await loadPolicies(await configuredPolicies(given, context), context);
  return {
    config,
    gates: bundle.gates,
    environments: (component) => loadEnvironments(config, bundle.digest, bundle.gates, cache, component),
  };
}
