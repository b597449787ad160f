import { basename, dirname } from "node:path";
import { originOf } from "../audit/checkpoint.ts";
import { isFile, isServer, readLocation, type StoreLocation } from "../audit/location.ts";
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
 * @throws {GateError} `usage` for a location that cannot be used
 */
export async function storePath(flags: StoreFlags, context: CommandContext): Promise<StoreLocation> {
  const { folder, text } = await namedLocation(flags, context);
  return readLocation(text, { folder, variables: context.variables, origin: defaultOrigin(folder, context) });
}

/**
 * The path of the store's file, for what is of files only.
 *
 * @throws {GateError} `usage` where the store is no file
 */
export async function storeFile(flags: StoreFlags, context: CommandContext): Promise<string> {
  const location = await storePath(flags, context);
  if (isFile(location)) return location;
  const [place, hint] = isServer(location)
    ? ["in a database", "Use the means of PostgreSQL, such as pg_dump, or `gate audit export`."]
    : ["on a ref of a remote", "Use the means of git, such as git fetch, or `gate audit export`."];
  throw new GateError("usage", `this is for an audit log in a file, and the audit log is ${place}`, { hint });
}

/** The folder that a location starts from, the location as it was written, and whether its head is guarded. */
export async function namedLocation(
  flags: StoreFlags,
  context: CommandContext,
): Promise<{ readonly folder: string; readonly text: string; readonly isGuarded: boolean }> {
  if (flags.store !== undefined) return { folder: context.cwd, text: flags.store, isGuarded: true };
  const file = findConfig(context.cwd, flags.config);
  const config = await loadConfig(file, context.installation.schemas, openCache(context.cacheFolder));
  return { folder: dirname(file.path), text: config.auditStore, isGuarded: config.auditGuard };
}

/** The name that the log of a repository has by itself. */
export function defaultOrigin(folder: string, { variables }: CommandContext): string {
  return originOf(detectCi(variables)?.repository ?? basename(folder));
}
