import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { GateError, messageOf } from "../util/errors.ts";

/** The text of a key's file. @throws {GateError} `key-invalid` where it cannot be read */
export function readKeyText(path: string, cwd: string): string {
  try {
    return readFileSync(resolve(cwd, path), "utf8");
  } catch (cause) {
    throw new GateError("key-invalid", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
