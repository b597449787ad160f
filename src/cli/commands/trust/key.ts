import { isOrigin } from "../../../audit/checkpoint.ts";
import { formatVerifierKey, noteKey } from "../../../audit/note.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { generateKey, publicKeyOf } from "../../../trust/signing.ts";
import { fingerprintOf, type SshPublicKey } from "../../../trust/ssh-key.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { writeSecret } from "../../write-file.ts";
import { givenPrivateKey, passphrase } from "./signer.ts";

/** `gate key generate`: a private key in a file of its own, and what trust.yaml needs to know of it. */
export async function generate(flags: { readonly output: string }, context: CommandContext): Promise<void> {
  const secret = passphrase(context);
  const text = generateKey(secret);
  await writeSecret(context.cwd, flags.output, text);
  const label = flags.output;
  const key = publicKeyOf({ text, label, ...(secret === undefined ? {} : { passphrase: secret }) });
  context.out(`Wrote ${escapeTerminal(label)}. Whoever has it can sign as you: keep it out of git and of CI.\n`);
  context.out("A line for `keys` of your entry in trust.yaml:\n");
  context.out(trustLine(key));
}

/**
 * `gate key show`: what trust.yaml needs to know of a key, and its fingerprint; or for a log its verifier key.
 *
 * @throws {GateError} `key-invalid` for a log's key that is not Ed25519, `usage` for what is no name of a log
 */
export async function show(path: string, { log }: { readonly log?: string }, context: CommandContext): Promise<void> {
  const key = publicKeyOf(givenPrivateKey(path, context));
  context.out(log === undefined ? `${trustLine(key)}${fingerprintOf(key)}\n` : `${verifierKey(key, log, path)}\n`);
}

function verifierKey({ ed25519 }: SshPublicKey, log: string, path: string): string {
  if (!isOrigin(log)) {
    throw new GateError("usage", `${JSON.stringify(log)} is no name of a log`, {
      hint: "It is the first word of the checkpoint that `gate check` prints.",
    });
  }
  if (ed25519 === undefined) throw new GateError("key-invalid", `${path} is no Ed25519 key`);
  return formatVerifierKey(noteKey(log, "log", ed25519));
}

function trustLine({ type, id }: SshPublicKey): string {
  return `- "${type} ${id}"\n`;
}
