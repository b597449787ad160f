import { dirname, resolve } from "node:path";
import { findConfig, loadConfig } from "../../../config/load.ts";
import type { PolicySelection } from "../../../policy/load.ts";
import { openPackages } from "../../../policy/package/open.ts";
import { openCache } from "../../../util/cache.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";

/** The folders that a command names, or else the policies of the configuration. */
export async function selectedPolicies(folders: readonly string[], context: CommandContext): Promise<PolicySelection> {
  if (folders.length === 0) return configuredPolicies(undefined, context);
  return { builtin: false, folders: folders.map((label) => ({ path: resolve(context.cwd, label), label })) };
}

/**
 * The same, for commands that look at sources as they are written: at least one folder.
 *
 * @throws {GateError} `usage` where there is none
 */
export async function writtenPolicies(folders: readonly string[], context: CommandContext): Promise<PolicySelection> {
  const selection = await selectedPolicies(folders, context);
  if (selection.folders.length > 0) return selection;
  throw new GateError("usage", "there is no policy folder to look at", {
    hint: "Name one, or set `policy.paths` in gate.yaml.",
  });
}

/** The policies of gate.yaml; without one, those that ship with the product. */
export async function configuredPolicies(given: string | undefined, context: CommandContext): Promise<PolicySelection> {
  try {
    const file = findConfig(context.cwd, given);
    const { policy } = await loadConfig(file, context.installation.schemas, openCache(context.cacheFolder));
    const folder = dirname(file.path);
    return {
      builtin: policy.builtin,
      folders: policy.paths.map(({ value }) => ({ path: resolve(folder, value), label: value })),
      packages: openPackages(policy.packages, folder),
    };
  } catch (error) {
    if (given === undefined && error instanceof GateError && error.code === "config-not-found")
      return { builtin: true, folders: [] };
    throw error;
  }
}
