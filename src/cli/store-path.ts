import { basename, dirname } from "node:path";
import { originOf } from "../audit/checkpoint.ts";
import { isServer, resolveLocation, withLog } from "../audit/location.ts";
import { detectCi } from "../ci/provider.ts";
import { findConfig, loadConfig } from "../config/load.ts";
import { openCache } from "../util/cache.ts";
import { GateError } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";

export interface StoreFlags {
  readonly store?: string;
  readonly config?: string;
}

/**
 * Where the audit store is: the flag, or what the configuration says. A database has many logs; where the URL names none, it
 * is that of the repository, as `gate check` writes it.
 *
 * @returns an absolute path, or a URL
 */
export async function storePath(flags: StoreFlags, context: CommandContext): Promise<string> {
  const { folder, location } = await namedLocation(flags, context);
  return withLog(location, defaultOrigin(folder, context));
}

/**
 * The path of the store's file, for what is of files only.
 *
 * @throws {GateError} `usage` where the store is in a database
 */
export async function storeFile(flags: StoreFlags, context: CommandContext): Promise<string> {
  const location = await storePath(flags, context);
  if (!isServer(location)) return location;
  throw new GateError("usage", "this is for an audit log in a file, and the audit log is in a database", {
    hint: "Use the means of PostgreSQL, such as pg_dump, or `gate audit export`.",
  });
}

/** The folder that a location starts from, and the location. */
export async function namedLocation(
  flags: StoreFlags,
  context: CommandContext,
): Promise<{ readonly folder: string; readonly location: string }> {
  if (flags.store !== undefined) return { folder: context.cwd, location: resolveLocation(context.cwd, flags.store) };
  const file = findConfig(context.cwd, flags.config);
  const config = await loadConfig(file, context.installation.schemas, openCache(context.cacheFolder));
  const folder = dirname(file.path);
  return { folder, location: resolveLocation(folder, config.auditStore) };
}

/** The name that the log of a repository has by itself. */
export function defaultOrigin(folder: string, { variables }: CommandContext): string {
  return originOf(detectCi(variables)?.repository ?? basename(folder));
}
