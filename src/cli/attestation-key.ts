import { type AttestationKey, readAttestationKey } from "../attest/keys.ts";
import type { CommandContext } from "./context.ts";
import { readKeyText } from "./key-text.ts";

/** A public key from a file. @throws {GateError} `key-invalid` */
export function readKeyFile(path: string, context: CommandContext): AttestationKey {
  return readAttestationKey({ text: readKeyText(path, context.cwd), label: path });
}
