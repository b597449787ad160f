import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type AttestationKey, readAttestationKey } from "../attest/keys.ts";
import { GateError, messageOf } from "../util/errors.ts";
import type { CommandContext } from "./context.ts";

/** A public key from a file. @throws {GateError} `key-invalid` */
export function readKeyFile(path: string, context: CommandContext): AttestationKey {
  let text: string;
  try {
    text = readFileSync(resolve(context.cwd, path), "utf8");
  } catch (cause) {
    throw new GateError("key-invalid", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  return readAttestationKey({ text, label: path });
}
