import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { isBundle, readBundle } from "../../../attest/bundle.ts";
import type { AttestationKey } from "../../../attest/keys.ts";
import { DEFAULT_VERIFIER } from "../../../attest/statement.ts";
import {
  type AttestationReport,
  type AttestationVerdict,
  bad,
  type Expectations,
  reportOf,
  unknown,
  verifyAttestation,
} from "../../../attest/verify.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { envelopeIn } from "../../../trust/dsse.ts";
import { Refusal } from "../../../trust/wire.ts";
import { compact } from "../../../util/compact.ts";
import { DURATION_EXAMPLES, parseDuration } from "../../../util/duration.ts";
import { GateError, messageOf } from "../../../util/errors.ts";
import { isRecord } from "../../../util/json.ts";
import { readKeyFile } from "../../attestation-key.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT, type ExitCode } from "../../exit-code.ts";
import type { GivenFile } from "../verify.ts";

export interface VerifyAttestationFlags {
  readonly key: readonly string[];
  readonly artifact: readonly string[];
  readonly digest: readonly string[];
  readonly commit?: string;
  readonly resourceUri?: string;
  readonly verifierId?: string;
  readonly env?: string;
  readonly level: readonly string[];
  readonly policy?: string;
  readonly maxAge?: string;
  readonly now?: string;
  readonly json: boolean;
}

const VERDICT_EXIT = {
  good: EXIT.ok,
  bad: EXIT.negative,
  unknown: EXIT.noAnswer,
} as const satisfies Record<AttestationVerdict, ExitCode>;

const VERDICT_WORDS = {
  good: "GOOD",
  bad: "NOT GOOD",
  unknown: "CANNOT TELL",
} as const satisfies Record<AttestationVerdict, string>;

/** A report, and what nobody looked at. */
interface Verified extends AttestationReport {
  readonly unchecked: readonly string[];
}

/** `gate verify` of an attestation. */
export async function verify(file: GivenFile, flags: VerifyAttestationFlags, context: CommandContext): Promise<void> {
  const keys = flags.key.map((path) => readKeyFile(path, context));
  const verified = verifiedOf(file.json, keys, await expectationsOf(flags, context));
  context.out(flags.json ? `${JSON.stringify(verified, null, 2)}\n` : textOf(verified));
  context.exit(VERDICT_EXIT[verified.verdict]);
}

function verifiedOf(json: unknown, keys: readonly AttestationKey[], expected: Expectations): Verified {
  try {
    if (isRecord(json) && json["_type"] !== undefined && json["payloadType"] === undefined) {
      return { ...reportOf([unknown("not-signed", "it is a statement that nobody has signed")]), unchecked: [] };
    }
    if (!isBundle(json)) return { ...verifyAttestation(envelopeIn(json), keys, expected), unchecked: [] };
    return verifyBundle(json, keys, expected);
  } catch (error) {
    if (error instanceof Refusal) return { ...reportOf([bad("malformed", error.message)]), unchecked: [] };
    throw error;
  }
}

function verifyBundle(json: unknown, keys: readonly AttestationKey[], expected: Expectations): Verified {
  const { material, envelope, witnesses } = readBundle(json);
  const unchecked = witnesses ? ["the entries of transparency logs and the time stamps in the bundle"] : [];
  if (material === "certificate") {
    const message = "its signature goes with a certificate, which is verified with cosign or sigstore";
    return { ...reportOf([unknown("keyless", message)]), unchecked };
  }
  if (envelope === undefined) {
    const message = "it is the signature of a file, and states nothing; `cosign verify-blob` verifies it";
    return { ...reportOf([unknown("not-an-attestation", message)]), unchecked };
  }
  return { ...verifyAttestation(envelope, keys, expected), unchecked };
}

/** @throws {GateError} `usage` for a value that cannot be held against anything */
async function expectationsOf(flags: VerifyAttestationFlags, context: CommandContext): Promise<Expectations> {
  const { artifact, digest, commit, resourceUri, verifierId = DEFAULT_VERIFIER, env: environment, level } = flags;
  if (flags.policy !== undefined && !/^sha256:[0-9a-f]{64}$/.test(flags.policy)) {
    throw new GateError("usage", `--policy must be sha256:DIGEST, not "${flags.policy}"`);
  }
  return {
    subjects: [
      ...(await Promise.all(artifact.map((path) => digestsOf(path, context)))),
      ...digest.map((text) => [digestOf(text)]),
      ...(commit === undefined ? [] : [[`gitCommit:${commit}`]]),
    ],
    verifier: verifierId,
    levels: level,
    now: flags.now === undefined ? context.clock.now() : instantOf(flags.now),
    ...compact({ resourceUri, environment, policy: flags.policy, maxAgeMs: maxAgeOf(flags.maxAge) }),
  };
}

/** A file's digests in both algorithms that artifacts are named by; it may be of any size. */
async function digestsOf(path: string, { cwd }: CommandContext): Promise<readonly string[]> {
  const hashes = ["sha256", "sha512"].map((algorithm) => ({ algorithm, hash: createHash(algorithm) }));
  try {
    const pieces: AsyncIterable<Buffer> = createReadStream(resolve(cwd, path));
    for await (const piece of pieces) for (const { hash } of hashes) hash.update(piece);
  } catch (cause) {
    throw new GateError("usage", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  return hashes.map(({ algorithm, hash }) => `${algorithm}:${hash.digest("hex")}`);
}

function digestOf(text: string): string {
  if (/^[A-Za-z0-9_]+:[0-9A-Za-z]+$/.test(text)) return text;
  throw new GateError("usage", `--digest must be ALGORITHM:VALUE, not "${text}"`, { hint: "Such as sha256:9f86d0…" });
}

function maxAgeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const length = parseDuration(text);
  if (length === undefined)
    throw new GateError("usage", `--max-age must be such as ${DURATION_EXAMPLES}, not "${text}"`);
  return length;
}

function instantOf(text: string): Date {
  const time = Date.parse(text);
  if (/^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(time)) return new Date(time);
  throw new GateError("usage", `--now must be a time as 2026-01-31T12:00:00Z, not "${text}"`);
}

function textOf({ verdict, key, claims, findings, unchecked }: Verified): string {
  const lines: string[] = [VERDICT_WORDS[verdict]];
  for (const { code, message } of findings) lines.push(`  ${code}: ${escapeTerminal(message)}`);
  if (claims !== undefined) {
    const { result, resourceUri, verifier, timeVerified, levels, decision } = claims;
    const said = [
      ["Result", result],
      ["Resource", resourceUri],
      ["Verifier", verifier],
      ["Verified at", timeVerified],
      ["Levels", levels.join(", ")],
      ["Decision", decision],
      ["Signed by", key],
    ] as const;
    for (const [name, text] of said) if (text !== undefined) lines.push(`${name}: ${escapeTerminal(text)}`);
  }
  for (const what of unchecked) lines.push(`Nobody looked at ${what}.`);
  return `${lines.join("\n")}\n`;
}
