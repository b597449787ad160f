import { spawn } from "node:child_process";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import { signEnvelope } from "./dsse.ts";
import { ed25519Text, parseKey, type SshPublicKey } from "./ssh-key.ts";
import { NAMESPACE, signAsSsh, verifySshSignature } from "./sshsig.ts";
import { STATEMENT_PAYLOAD_TYPE } from "./statement.ts";
import { Refusal } from "./wire.ts";

/** A file of a statement: what its name ends with after the id, and what is in it. */
export interface SignedFile {
  readonly suffix: string;
  readonly content: Uint8Array | string;
}

/** A key that is there to sign with. */
export interface Signing {
  readonly key: SshPublicKey;
  /** The files that a signed statement consists of. */
  sign(statement: Uint8Array): Promise<readonly SignedFile[]>;
  /** The signature over a file that stays as it is, in the form of `ssh-keygen -Y sign`. */
  detached(message: Uint8Array): Promise<string>;
}

/** A private key as a user gives it. */
export interface GivenPrivateKey {
  /** PEM. */
  readonly text: string;
  /** For messages. */
  readonly label: string;
  readonly passphrase?: string;
}

/** A new Ed25519 key as PKCS#8 in PEM, encrypted where there is a passphrase. */
export function generateKey(passphrase: string | undefined): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  const format = { type: "pkcs8", format: "pem" } as const;
  const locked = passphrase === undefined ? format : { ...format, cipher: "aes-256-cbc", passphrase };
  return privateKey.export(locked).toString();
}

/**
 * A DSSE envelope of anything, by an Ed25519 key of gate's own, as a line of JSON.
 *
 * @throws {GateError} `key-invalid`
 */
export function signedEnvelope(given: GivenPrivateKey, payloadType: string, payload: Uint8Array): string {
  return signEnvelope(payloadType, payload, [readPrivateKey(given)]);
}

/**
 * Signs with an Ed25519 key of gate's own, in a DSSE envelope.
 *
 * @throws {GateError} `key-invalid`
 */
export function keySigning(given: GivenPrivateKey): Signing {
  const key = readPrivateKey(given);
  return {
    key: parseKey(ed25519Text(createPublicKey(key))),
    sign: async (statement) => [
      { suffix: ".dsse.json", content: signEnvelope(STATEMENT_PAYLOAD_TYPE, statement, [key]) },
    ],
    detached: async (message) => signAsSsh(message, key),
  };
}

/**
 * Signs with `ssh-keygen`, which asks for a passphrase or a touch by itself, and takes the key from the agent where the
 * path is that of a public key.
 *
 * @param path of a private or a public key, absolute
 * @param variables for `ssh-keygen`: where it is, and the agent
 * @throws {GateError} `key-invalid`
 */
export async function sshSigning(path: string, label: string, variables: NodeJS.ProcessEnv): Promise<Signing> {
  const key = readPublicKey(await publicText(path, label, variables), label);
  const detached = async (message: Uint8Array): Promise<string> => {
    const signature = await sshKeygen(["-q", "-Y", "sign", "-n", NAMESPACE, "-f", path], label, variables, message);
    requireFit(message, signature, key, label);
    return signature;
  };
  return {
    key,
    sign: async (statement) => [
      { suffix: ".json", content: statement },
      { suffix: ".json.sig", content: await detached(statement) },
    ],
    detached,
  };
}

/**
 * The public half of a key file of any kind: a private or public key in PEM, or a `.pub` file of OpenSSH.
 *
 * @throws {GateError} `key-invalid`
 */
export function publicKeyOf(given: GivenPrivateKey): SshPublicKey {
  if (!given.text.includes("-----BEGIN")) return readPublicKey(given.text, given.label);
  if (given.text.includes("PRIVATE KEY-----")) return keySigning(given).key;
  try {
    const key = createPublicKey(given.text);
    if (key.asymmetricKeyType === "ed25519") return parseKey(ed25519Text(key));
  } catch (cause) {
    throw new GateError("key-invalid", `${given.label} is no key in PEM: ${messageOf(cause)}`, { cause });
  }
  throw notEd25519(given.label);
}

/**
 * An Ed25519 private key of gate's own.
 *
 * @throws {GateError} `key-invalid`
 */
export function readPrivateKey({ text, label, passphrase }: GivenPrivateKey): KeyObject {
  if (text.includes("OPENSSH PRIVATE KEY")) {
    throw new GateError("key-invalid", `${label} is a key of OpenSSH`, { hint: "Pass it with --ssh-key." });
  }
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: text, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch (cause) {
    const locked = text.includes("ENCRYPTED");
    throw new GateError("key-invalid", `${label} cannot be ${locked ? "unlocked" : "read"}: ${messageOf(cause)}`, {
      cause,
      hint: locked ? "Set GATE_KEY_PASSPHRASE to its passphrase." : "It has to be a private key in PEM.",
    });
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  throw notEd25519(label);
}

function notEd25519(label: string): GateError {
  return new GateError("key-invalid", `${label} is no Ed25519 key`, {
    hint: "Make one with `gate key generate`, or sign with an SSH key of any kind with --ssh-key.",
  });
}

/** What `PATH.pub` holds, so that nobody has to unlock the private key twice. */
async function publicText(path: string, label: string, variables: NodeJS.ProcessEnv): Promise<string> {
  const beside = path.endsWith(".pub") ? path : `${path}.pub`;
  if (existsSync(beside)) return readFileSync(beside, "utf8");
  if (existsSync(path)) return sshKeygen(["-y", "-f", path], label, variables);
  throw new GateError("key-invalid", `${label} does not exist`);
}

function readPublicKey(text: string, label: string): SshPublicKey {
  try {
    return parseKey(text.trim());
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new GateError("key-invalid", `${label} cannot be used: ${error.message}`, { cause: error });
  }
}

/** What is written here has to be taken by whoever reads it. */
function requireFit(statement: Uint8Array, signature: string, key: SshPublicKey, label: string): void {
  let made: SshPublicKey;
  try {
    made = verifySshSignature(statement, signature);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new GateError("key-invalid", `the signature of ${label} cannot be used: ${error.message}`, { cause: error });
  }
  if (made.id !== key.id) throw new GateError("key-invalid", `${label} and ${label}.pub are two different keys`);
}

async function sshKeygen(
  args: readonly string[],
  label: string,
  variables: NodeJS.ProcessEnv,
  input: Uint8Array = new Uint8Array(),
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // What it asks of its user goes past gate.
  const child = spawn("ssh-keygen", [...args], { env: variables, stdio: ["pipe", "pipe", "inherit"] });
  const output: Buffer[] = [];
  child.stdout.on("data", (data: Buffer) => output.push(data));
  child.on("error", (cause) => {
    const missing = systemCodeOf(cause) === "ENOENT";
    const message = missing ? "there is no ssh-keygen" : `ssh-keygen does not start: ${messageOf(cause)}`;
    reject(
      new GateError("key-invalid", message, { cause, hint: "Install OpenSSH, or sign with a key of gate's own." }),
    );
  });
  child.on("close", (code) => {
    if (code === 0) resolve(Buffer.concat(output).toString("latin1"));
    else reject(new GateError("key-invalid", `ssh-keygen could not use ${label}; it says why above`));
  });
  // A child that ends early closes its end; how it ended is told above.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return promise;
}
