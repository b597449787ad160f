import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Environment } from "../ci/provider.ts";
import { type GitLocation, gitLocationText, isGitLocation, parseGitLocation } from "./git/location.ts";

/**
 * Where an audit log is: the absolute path of a file, the URL of a PostgreSQL database, whose `log` parameter names one of
 * its logs, or a ref of a remote repository.
 */
export type StoreLocation = string | GitLocation;

/** What a location leaves open. */
export interface LocationSurroundings {
  /** Where a relative path starts, and whose clone a remote is of; absolute. */
  readonly folder: string;
  readonly variables: Environment;
  /** Name of the log that is meant where a database's URL names none. */
  readonly origin: string;
}

const SERVER = /^postgres(?:ql)?:\/\//i;

/**
 * Reads a location as `audit.store` and `--store` have it.
 *
 * @throws {GateError} `usage` for a remote that cannot be used; a URL is read when it is opened
 */
export function readLocation(text: string, { folder, variables, origin }: LocationSurroundings): StoreLocation {
  if (isGitLocation(text)) return parseGitLocation(text, folder, variables);
  return isServer(text) ? withLog(text, origin) : resolve(folder, text);
}

/** Whether a location is the URL of a database. */
export function isServer(location: StoreLocation): location is string {
  return typeof location === "string" && SERVER.test(location);
}

/** Whether a location is the path of a file. */
export function isFile(location: StoreLocation): location is string {
  return typeof location === "string" && !SERVER.test(location);
}

/** Whether there is something to open. Of what is not on this machine nobody can say without asking: opening it answers. */
export function mayExist(location: StoreLocation): boolean {
  return !isFile(location) || existsSync(location);
}

/**
 * The location, also as it was written, as it may be shown and recorded: of a URL only the user, the place, the database and
 * the log, never a password.
 *
 * @example printableLocation("postgres://ci:secret@db.acme.org/gate?log=payments") // "postgres://ci@db.acme.org/gate?log=payments"
 */
export function printableLocation(location: StoreLocation): string {
  if (typeof location !== "string") return gitLocationText(location);
  if (isGitLocation(location)) return location.replace(/(:\/\/[^/@:]*):[^/@]*@/, "$1@");
  if (isFile(location)) return location;
  if (!URL.canParse(location)) return "the URL of the audit store";
  const { protocol, username, host, pathname, searchParams } = new URL(location);
  const shown = ["host", "log"].flatMap((name) => {
    const value = searchParams.get(name);
    return value === null ? [] : [`${name}=${value}`];
  });
  const user = username === "" ? "" : `${username}@`;
  return `${protocol}//${user}${host}${pathname}${shown.length === 0 ? "" : `?${shown.join("&")}`}`;
}

/** The URL with a log, where it names none. */
function withLog(location: string, origin: string): string {
  if (!URL.canParse(location)) return location;
  const url = new URL(location);
  if (!url.searchParams.has("log")) url.searchParams.set("log", origin);
  return url.href;
}
