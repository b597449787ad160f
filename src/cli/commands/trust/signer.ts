import { resolve } from "node:path";
import { peopleOf } from "../../../decision/people.ts";
import { keyProblem, ownersOf, type Trust } from "../../../trust/keyring.ts";
import { type GivenPrivateKey, keySigning, type Signing, sshSigning } from "../../../trust/signing.ts";
import { fingerprintOf, type SshPublicKey } from "../../../trust/ssh-key.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { readKeyText } from "../../key-text.ts";

/** Unlocks a private key of gate's own; a passphrase is never an argument, which other processes can see. */
const PASSPHRASE_VARIABLE = "GATE_KEY_PASSPHRASE";

export interface SignerFlags {
  /** A private key in PEM. */
  readonly key?: string;
  /** A key of OpenSSH, private or public. */
  readonly sshKey?: string;
  readonly signer?: string;
}

export interface Signer extends Signing {
  /** As `trust.yaml` has the name, where it has the person. */
  readonly name: string;
}

/**
 * Who signs, and with what.
 *
 * @throws {GateError} `usage` where no key is given or nobody knows whose it is; `key-invalid`
 */
export async function openSigner(flags: SignerFlags, trust: Trust, context: CommandContext): Promise<Signer> {
  const signing = await openSigning(flags, context);
  return { ...signing, name: signerName(flags.signer, signing.key, trust, context.clock.now()) };
}

/**
 * A key file of gate's own, with its passphrase.
 *
 * @throws {GateError} `key-invalid` where it cannot be read
 */
export function givenPrivateKey(path: string, context: CommandContext): GivenPrivateKey {
  const secret = passphrase(context);
  const text = readKeyText(path, context.cwd);
  return { text, label: path, ...(secret === undefined ? {} : { passphrase: secret }) };
}

/** @throws {GateError} `usage` where the variable is set and empty: a key without passphrase is not what was meant */
export function passphrase(context: CommandContext): string | undefined {
  const text = context.variables[PASSPHRASE_VARIABLE];
  if (text !== "") return text;
  throw new GateError("usage", `${PASSPHRASE_VARIABLE} is empty`, { hint: "Unset it for a key without passphrase." });
}

/**
 * What to sign with, whoever it is.
 *
 * @throws {GateError} `usage` where not exactly one key is given; `key-invalid`
 */
export async function openSigning({ key, sshKey }: SignerFlags, context: CommandContext): Promise<Signing> {
  if ((key === undefined) === (sshKey === undefined)) {
    throw new GateError("usage", "pass either --key or --ssh-key", {
      hint: "--ssh-key ~/.ssh/id_ed25519, or --key with a file of `gate key generate`.",
    });
  }
  if (key !== undefined) return keySigning(givenPrivateKey(key, context));
  const path = sshKey ?? "";
  return sshSigning(resolve(context.cwd, path), path, context.variables);
}

function signerName(given: string | undefined, key: SshPublicKey, trust: Trust, now: Date): string {
  const owners = ownersOf(trust, key.id);
  const [owner] = owners;
  if (given === undefined && owner === undefined) {
    throw new GateError("usage", `nobody in trust.yaml has the key ${fingerprintOf(key)}`, {
      hint: "Add what `gate key show` prints to your entry there, or say who you are with --signer.",
    });
  }
  const name = given ?? owner?.name ?? "";
  // Whoever is not listed yet can sign already; it counts once trust.yaml says so.
  const problem = owners.length === 0 ? undefined : keyProblem(trust, key.id, name, [now]);
  if (problem !== undefined) throw new GateError("key-invalid", problem);
  const people = peopleOf(trust.people);
  return people.known(name) ? people.of(name).name : name;
}
