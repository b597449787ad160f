import { dirname, resolve } from "node:path";
import { findConfig, loadConfig } from "../config/load.ts";
import { openCache } from "../util/cache.ts";
import type { CommandContext } from "./context.ts";

export interface StoreFlags {
  readonly store?: string;
  readonly config?: string;
}

/** Where the audit store is: the flag, or what the configuration says. */
export async function storePath(flags: StoreFlags, context: CommandContext): Promise<string> {
  if (flags.store !== undefined) return resolve(context.cwd, flags.store);
  const file = findConfig(context.cwd, flags.config);
  const config = await loadConfig(file, context.installation.schemas, openCache(context.cacheFolder));
  return resolve(dirname(file.path), config.auditStore);
}
