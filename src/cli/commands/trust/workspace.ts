import { dirname, relative, resolve } from "node:path";
import { findConfig, loadConfig, loadEnvironments, requireNames } from "../../../config/load.ts";
import type { Environment } from "../../../decision/environment.ts";
import { loadPolicies } from "../../../policy/load.ts";
import { readStatements, type SignedStatement } from "../../../trust/folder.ts";
import type { Trust } from "../../../trust/keyring.ts";
import { findTrust, loadTrust } from "../../../trust/load.ts";
import { openCache } from "../../../util/cache.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { configuredPolicies } from "../policy/selection.ts";

export interface WorkspaceFlags {
  readonly config?: string;
  /** The folder of statements, instead of the configuration's. */
  readonly statements?: string;
}

/** What commands about people and their statements know. */
export interface Workspace {
  readonly trust: Trust;
  /** Of statements, absolute. */
  readonly folder: string;
  /** The same as a user writes it. */
  readonly label: string;
  /** The statements that are in the folder now. */
  statements(): Promise<readonly SignedStatement[]>;
  /** @throws {GateError} `usage` for an environment that there is not */
  environment(name: string, component?: string): Promise<Environment>;
}

/** @throws {GateError} of the configuration, or `trust-invalid` */
export async function openWorkspace(flags: WorkspaceFlags, context: CommandContext): Promise<Workspace> {
  const { cwd, clock, installation } = context;
  const cache = openCache(context.cacheFolder);
  const file = findConfig(cwd, flags.config);
  const config = await loadConfig(file, installation.schemas, cache);
  const home = dirname(file.path);
  const trust = await loadTrust(findTrust(home, config.trust), installation.schemas, cache);
  const folder =
    flags.statements === undefined ? resolve(home, config.trust.statements) : resolve(cwd, flags.statements);
  const label = relative(cwd, folder).replaceAll("\\", "/") || ".";
  return {
    trust,
    folder,
    label,
    statements: () => readStatements({ folder, label, trust, now: clock.now(), schemas: installation.schemas }),
    async environment(name, component) {
      requireNames(config, name, component);
      const { bundle } = await loadPolicies(await configuredPolicies(flags.config, context), context);
      const environment = (await loadEnvironments(config, bundle, cache, component))[name];
      if (environment === undefined) throw new GateError("internal", "the environment was lost");
      return environment;
    },
  };
}
