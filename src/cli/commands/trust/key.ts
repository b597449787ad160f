import { escapeTerminal } from "../../../output/escape.ts";
import { generateKey, publicKeyOf } from "../../../trust/signing.ts";
import { fingerprintOf, type SshPublicKey } from "../../../trust/ssh-key.ts";
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

/** `gate key show`: what trust.yaml needs to know of a key, and its fingerprint. */
export async function show(path: string, context: CommandContext): Promise<void> {
  const key = publicKeyOf(givenPrivateKey(path, context));
  context.out(`${trustLine(key)}${fingerprintOf(key)}\n`);
}

function trustLine({ type, id }: SshPublicKey): string {
  return `- "${type} ${id}"\n`;
}
