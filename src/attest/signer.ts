import { spawn } from "node:child_process";
import { decodeBase64 } from "../util/base64.ts";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import { type AttestationKey, type GivenKey, readPrivateAttestationKey, writtenSignature } from "./keys.ts";

/** Whatever signs attestations. */
export interface AttestationSigner {
  readonly key: AttestationKey;
  /**
   * A signature that the key takes.
   *
   * @throws {GateError} `attestation-failed`
   */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** A program that signs: for keys that are in a KMS, an HSM or a vault. */
export interface SignerProgram {
  /** The program and its arguments; no shell sees them. */
  readonly command: readonly string[];
  /** What its signatures are held against. */
  readonly key: AttestationKey;
  readonly cwd: string;
  readonly variables: NodeJS.ProcessEnv;
  /** Default: 60 seconds. */
  readonly timeLimitMs?: number;
}

const DEFAULT_TIME_LIMIT_MS = 60_000;

/** More than any signature takes in any form. */
const MAX_OUTPUT_BYTES = 16_384;

/**
 * Signs with a key in a file.
 *
 * @throws {GateError} `key-invalid`
 */
export function keySigner(given: GivenKey, passphrase: string | undefined): AttestationSigner {
  const opened = readPrivateAttestationKey(given, passphrase);
  return { key: opened.key, sign: async (data) => opened.sign(data) };
}

/**
 * Signs with a program that reads the data from its standard input and writes the signature, as it is or in base64, to its
 * standard output. It has to end with 0. For P-256 it signs the SHA-256 of the data; DER and raw r and s are both taken.
 */
export function programSigner(program: SignerProgram): AttestationSigner {
  const [name = ""] = program.command;
  return {
    key: program.key,
    async sign(data) {
      const output = await run(program, data);
      const found = signaturesIn(output).find((signature) => program.key.verify(data, signature));
      if (found !== undefined) return writtenSignature(program.key, found);
      throw failed(`what ${name} gave is no signature of the key ${program.key.id}`, {
        hint: "It has to sign all that it reads, with the private half of that key.",
      });
    },
  };
}

/**
 * The words of a command. White space separates them, and nothing joins them again.
 *
 * @throws {GateError} `usage` for none, and for quotes, which would not mean what they look like
 */
export function commandWords(text: string): readonly string[] {
  const words = text.trim().split(/\s+/);
  if (/["'`]/.test(text) || words[0] === "") {
    throw new GateError("usage", `"${text}" cannot be run: it is split at white space, and no shell reads quotes`, {
      hint: "Put the call into a script, and name the script.",
    });
  }
  return words;
}

/** What the output may mean: the bytes themselves, or base64 of them. */
function signaturesIn(output: Buffer): readonly Uint8Array[] {
  const decoded = decodeBase64(output.toString("latin1").replaceAll(/\s/g, ""));
  return decoded === undefined || decoded.length === 0 ? [output] : [decoded, output];
}

async function run(program: SignerProgram, data: Uint8Array): Promise<Buffer> {
  const [name = "", ...words] = program.command;
  const limit = program.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS;
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // What it has to say to people goes past gate.
  const child = spawn(name, words, {
    cwd: program.cwd,
    env: program.variables,
    stdio: ["pipe", "pipe", "inherit"],
    shell: false,
  });
  const stop = (message: string): void => {
    reject(failed(`${name} ${message}`));
    child.kill("SIGKILL");
    // A child of the child may hold the other end open.
    child.stdout.destroy();
  };
  const timer = setTimeout(() => stop(`gave no signature within ${limit} ms`), limit);
  const output: Buffer[] = [];
  let bytes = 0;
  child.stdout.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes > MAX_OUTPUT_BYTES) stop(`printed more than ${MAX_OUTPUT_BYTES} bytes`);
    else output.push(piece);
  });
  child.on("error", (cause) => {
    const missing = systemCodeOf(cause) === "ENOENT";
    reject(failed(missing ? `there is no program ${name}` : `${name} does not start: ${messageOf(cause)}`, { cause }));
  });
  child.on("close", (code, signal) => {
    if (code === 0) resolve(Buffer.concat(output));
    else reject(failed(`${name} ended with ${code ?? signal}; it says why above`));
  });
  // A child that ends early closes its end; how it ended is told above.
  child.stdin.on("error", () => undefined);
  child.stdin.end(data);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function failed(message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}): GateError {
  return new GateError("attestation-failed", `nothing was attested: ${message}`, options);
}
