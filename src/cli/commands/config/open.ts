import { findConfig, loadConfig, loadEnvironments } from "../../../config/load.ts";
import type { Config } from "../../../config/types.ts";
import type { Environment } from "../../../decision/environment.ts";
import type { EnforcedGate } from "../../../decision/types.ts";
import type { GateDefinition } from "../../../policy/gate.ts";
import { loadPolicies } from "../../../policy/load.ts";
import { openCache } from "../../../util/cache.ts";
import type { CommandContext } from "../../context.ts";
import { configuredPolicies } from "../policy/selection.ts";

/** A configuration with the gates that it can name. */
export interface OpenedConfig {
  readonly config: Config;
  readonly gates: readonly GateDefinition[];
  /** By environment the gates that its collections ask for by themselves. */
  readonly collected: (component?: string) => Promise<Readonly<Record<string, readonly EnforcedGate[]>>>;
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
    async collected(component) {
      const { collectedGatesOf } = await import("../../../config/resolve.ts");
      return collectedGatesOf(config, bundle, component);
    },
    environments: (component) => loadEnvironments(config, bundle, cache, component),
  };
}
