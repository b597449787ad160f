import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Environment } from "../ci/provider.ts";
import { type GitLocation, isGitLocation, parseGitLocation } from "./git/location.ts";

/** Where an audit log is: the path of a file, or a ref of a remote repository. */
export type StoreLocation = string | GitLocation;

/**
 * Reads a location as `audit.store` and `--store` have it.
 *
 * @param folder where a relative path starts, and whose clone a remote is of; absolute
 * @throws {GateError} `usage`
 */
export function storeLocation(text: string, folder: string, variables: Environment): StoreLocation {
  return isGitLocation(text) ? parseGitLocation(text, folder, variables) : resolve(folder, text);
}

/** Whether there is something to open. Of a remote nobody can say without asking, so that opening it answers. */
export function mayExist(location: StoreLocation): boolean {
  return typeof location !== "string" || existsSync(location);
}
