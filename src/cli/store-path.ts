import { dirname } from "node:path";
import { type StoreLocation, storeLocation } from "../audit/location.ts";
import { findConfig, loadConfig } from "../config/load.ts";
import { openCache } from "../util/cache.ts";
import type { CommandContext } from "./context.ts";

export interface StoreFlags {
  readonly store?: string;
  readonly config?: string;
}

/** Where the audit store is: the flag, or what the configuration says. */
export async function storePath(flags: StoreFlags, context: CommandContext): Promise<StoreLocation> {
  if (flags.store !== undefined) return storeLocation(flags.store, context.cwd, context.variables);
  const file = findConfig(context.cwd, flags.config);
  const config = await loadConfig(file, context.installation.schemas, openCache(context.cacheFolder));
  return storeLocation(config.auditStore, dirname(file.path), context.variables);
}
