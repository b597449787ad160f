import { existsSync } from "node:fs";
import { resolve } from "node:path";

/**
 * Where an audit log is: the path of a file, or the URL of a PostgreSQL database, whose `log` parameter names one of its
 * logs.
 */

const SERVER = /^postgres(?:ql)?:\/\//i;

/** Whether a location is the URL of a server, and not a path. */
export function isServer(location: string): boolean {
  return SERVER.test(location);
}

/** The location as it is, or as an absolute path. */
export function resolveLocation(folder: string, location: string): string {
  return isServer(location) ? location : resolve(folder, location);
}

/** The location with a log, where it is a server and names none. */
export function withLog(location: string, origin: string): string {
  if (!isServer(location) || !URL.canParse(location)) return location;
  const url = new URL(location);
  if (!url.searchParams.has("log")) url.searchParams.set("log", origin);
  return url.href;
}

/** Whether there is something to open. Of a server nobody can say without asking, so that opening it answers. */
export function mayExist(location: string): boolean {
  return isServer(location) || existsSync(location);
}

/**
 * The location as it may be shown and recorded: of a URL only the user, the place, the database and the log, never a
 * password.
 *
 * @example printableLocation("postgres://ci:secret@db.acme.org/gate?log=payments") // "postgres://ci@db.acme.org/gate?log=payments"
 */
export function printableLocation(location: string): string {
  if (!isServer(location)) return location;
  if (!URL.canParse(location)) return "the URL of the audit store";
  const { protocol, username, host, pathname, searchParams } = new URL(location);
  const shown = ["host", "log"].flatMap((name) => {
    const value = searchParams.get(name);
    return value === null ? [] : [`${name}=${value}`];
  });
  const user = username === "" ? "" : `${username}@`;
  return `${protocol}//${user}${host}${pathname}${shown.length === 0 ? "" : `?${shown.join("&")}`}`;
}
