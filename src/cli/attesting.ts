import { resolve } from "node:path";
import { type AttestationSigner, commandWords, keySigner, programSigner } from "../attest/signer.ts";
import { ATTESTATION_FORMATS, type AttestationFormat, attest } from "../attest/write.ts";
import type { Decision } from "../decision/types.ts";
import { escapeTerminal } from "../output/escape.ts";
import { compact } from "../util/compact.ts";
import { GateError } from "../util/errors.ts";
import { readKeyFile } from "./attestation-key.ts";
import { givenPrivateKey, passphrase } from "./commands/trust/signer.ts";
import type { CommandContext } from "./context.ts";
import { parseOutputFlags, removeOutput, writeOutput } from "./write-file.ts";

/** Who attests, and of what. */
export interface AttestingFlags {
  /** A private key in PEM. */
  readonly key?: string;
  /** A program and its arguments. */
  readonly signer?: string;
  /** The public key that the program signs with. */
  readonly publicKey?: string;
  readonly resource?: string;
  readonly verifier?: string;
}

/** What was opened before a decision is made, so that none waits for a signature in vain. */
export interface Attesting {
  /** Takes away what an earlier run left, which could pass for what this one says. @throws {GateError} `output-failed` */
  clear(): Promise<void>;
  /** Writes the files. @throws {GateError} `attestation-failed` or `output-failed` */
  write(decision: Decision): Promise<void>;
  /** As {@link write}, where `{component}` of each path is the component's name. */
  writeAll(decisions: readonly (readonly [component: string, decision: Decision])[]): Promise<void>;
  /** The attestation in the format that needs no choice: signed where there is a key. */
  text(decision: Decision): Promise<string>;
}

const COMPONENT = "{component}";

/**
 * Opens the key, and reads where to write.
 *
 * @param outputs `FORMAT=PATH`
 * @param prefix of the options, for messages: `--attest-` or `--`
 * @throws {GateError} `usage`, `key-invalid`
 */
export function openAttesting(
  outputs: readonly string[],
  flags: AttestingFlags,
  prefix: "--" | "--attest-",
  context: CommandContext,
): Attesting {
  const option = prefix === "--" ? "--output" : "--attest";
  const files = parseOutputFlags(outputs, ATTESTATION_FORMATS, option);
  const signer = openSigner(flags, prefix, context);
  const unsigned = files.find(({ format }) => format !== "statement");
  if (signer === undefined && unsigned !== undefined) {
    throw new GateError("usage", `${option} ${unsigned.format}= is signed, and there is no key`, {
      hint: `Pass ${prefix}key or ${prefix}signer, or write statement=PATH, which nobody signs.`,
    });
  }
  const { resource: resourceUri, verifier } = flags;
  const options = compact({ resourceUri, verifier });
  for (const uri of Object.values(options)) requireUri(uri);
  const writeTo = async (decision: Decision, pathOf: (path: string) => string): Promise<void> => {
    const attestation = await attest(decision, options, signer);
    for (const { format, path } of files) {
      const target = pathOf(path);
      await writeOutput(context.cwd, target, attestation[format] ?? "");
      if (format === "statement") context.err(`${escapeTerminal(target)} is signed by nobody.\n`);
    }
  };
  return {
    async clear() {
      for (const { path } of files) await removeOutput(context.cwd, path);
    },
    write: (decision) => writeTo(decision, (path) => path),
    async writeAll(decisions) {
      requirePlaces(files, decisions.length, option);
      for (const [name, decision] of decisions) {
        await writeTo(decision, (path) => path.replaceAll(COMPONENT, name));
      }
    },
    async text(decision) {
      const { dsse, statement } = await attest(decision, options, signer);
      return dsse ?? statement;
    },
  };
}

/** @throws {GateError} `usage` where several attestations would be one file */
function requirePlaces(
  files: readonly { readonly format: AttestationFormat; readonly path: string }[],
  count: number,
  option: string,
): void {
  const shared = files.find(({ path }) => !path.includes(COMPONENT));
  if (count < 2 || shared === undefined) return;
  throw new GateError("usage", `${option} ${shared.path} is one file, and ${count} components were decided on`, {
    hint: `Put ${COMPONENT} into the path; it stands for the component's name. The decisions were recorded.`,
  });
}

function openSigner(
  { key, signer, publicKey }: AttestingFlags,
  prefix: string,
  context: CommandContext,
): AttestationSigner | undefined {
  if (key !== undefined && signer !== undefined) {
    throw new GateError("usage", `pass either ${prefix}key or ${prefix}signer`);
  }
  if ((signer === undefined) !== (publicKey === undefined)) {
    throw new GateError("usage", `${prefix}signer and ${prefix}public-key go together`, {
      hint: "Every signature of the program is held against the public key before it is written.",
    });
  }
  if (key !== undefined) return keySigner(givenPrivateKey(key, context), passphrase(context));
  if (signer === undefined || publicKey === undefined) return undefined;
  return programSigner({
    command: commandWords(signer),
    key: readKeyFile(publicKey, context),
    cwd: resolve(context.cwd),
    variables: context.variables,
  });
}

/** The specification asks for URIs (RFC 3986), and another tool may refuse what is none. */
function requireUri(text: string): void {
  if (/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(text)) return;
  throw new GateError("usage", `"${text}" is no URI`, { hint: "Such as pkg:oci/app or git+https://host/owner/name." });
}
