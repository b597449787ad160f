import { spawn } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import { basename } from "node:path";
import type { AttestationEvidence } from "../../../evidence/types.ts";
import { asVerified } from "../../../evidence/verified.ts";
import { ingestBytes } from "../../../ingest/index.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { GateError, messageOf } from "../../../util/errors.ts";
import { DEFAULT_LIMITS } from "../../../util/limits.ts";
import type { CommandContext } from "../../context.ts";
import { type MadeFlags, writeBuild } from "./record.ts";
import { recordedSubject, removeEarlier, writeEvidence } from "./recorded.ts";

export interface RunFlags extends MadeFlags {
  readonly kind: "attestation" | "build";
  readonly name?: string;
  readonly output: string;
}

/** What a command came to. */
interface Ended {
  readonly code: number;
  /** What it printed, where that was taken. */
  readonly printed: Buffer;
}

/**
 * `gate evidence run`: runs a command and writes evidence of how it went. The exit code is that of the command.
 *
 * @throws {GateError} `usage` where it cannot be started, or does not verify what it is said to verify
 */
export async function runRecorded(command: readonly string[], flags: RunFlags, context: CommandContext): Promise<void> {
  if (flags.kind === "attestation") await runVerifier(command, flags, context);
  else await runBuild(command, flags, context);
}

async function runBuild(command: readonly string[], flags: RunFlags, context: CommandContext): Promise<void> {
  await removeEarlier(flags.output, context.cwd);
  const startedAt = context.clock.now().toISOString();
  const { code } = await run(command, false, context);
  const finishedAt = context.clock.now().toISOString();
  // A build that failed has made nothing; what lies there is an earlier one's.
  const made = code === 0 ? flags : { ...flags, artifact: [] };
  const name = flags.name ?? nameOf(command);
  await writeBuild({ name, exitCode: code, startedAt, finishedAt }, made, context);
  context.exit(code);
}

/** The first words, such as `npm run build`: behind them there may be a password. */
function nameOf(command: readonly string[]): string {
  const end = command.findIndex((word, index) => index > 0 && /^-|[=\s]/.test(word));
  return command.slice(0, Math.min(end === -1 ? 3 : end, 3)).join(" ");
}

/** The commands that print attestations only after they have verified them: program and the first words after it. */
const VERIFIERS: readonly (readonly [program: string, ...words: string[]])[] = [
  ["cosign", "verify"],
  ["cosign", "verify-attestation"],
  ["gh", "attestation", "verify"],
  ["gh", "at", "verify"],
  ["slsa-verifier", "verify-artifact"],
  ["slsa-verifier", "verify-image"],
];

async function runVerifier(command: readonly string[], flags: RunFlags, context: CommandContext): Promise<void> {
  const [program = "", ...words] = command;
  const known = basename(program).replace(/\.exe$/i, "");
  if (!VERIFIERS.some(([name, ...first]) => name === known && first.every((word, index) => words[index] === word))) {
    throw new GateError("usage", `"${command.slice(0, 3).join(" ")}" is not known to verify what it prints`, {
      hint: `Known are ${VERIFIERS.map((verifier) => `\`${verifier.join(" ")}\``).join(", ")}.`,
    });
  }
  if (flags.artifact.length > 0 || flags.warnings !== undefined) {
    throw new GateError("usage", "--artifact and --warnings are for builds; a signature says itself what it is about");
  }
  await removeEarlier(flags.output, context.cwd);
  const { code, printed } = await run(command, true, context);
  if (code !== 0) {
    context.err(`${escapeTerminal(program)} ended with ${code}, so nothing is verified and nothing was written\n`);
    return context.exit(code);
  }
  const document = attestationsOf(printed);
  const here = await recordedSubject(flags, context);
  const subject = { ...here, ...document.subject };
  await writeEvidence(JSON.stringify(asVerified({ ...document, subject })), flags.output, context);
}

/** @throws {GateError} `evidence-unrecognised` where a verifier printed no attestations */
function attestationsOf(printed: Buffer): AttestationEvidence {
  const document = ingestBytes(printed, "-", "attestation", { limits: DEFAULT_LIMITS });
  if (document.kind === "attestation" && document.status !== "empty") return document;
  const [reason] = document.statusReasons;
  throw new GateError("evidence-unrecognised", `it printed no attestations: ${reason?.message ?? "there are none"}`, {
    hint: "`gh attestation verify` needs `--format json`, `slsa-verifier` needs `--print-provenance`.",
  });
}

/** Runs a command with the terminal of this process; what it prints goes there too unless it is taken. */
async function run(command: readonly string[], taken: boolean, context: CommandContext): Promise<Ended> {
  const [program = "", ...words] = command;
  // Ctrl-C reaches the command as well, which then ends as it likes.
  context.interruption();
  const child = spawn(program, words, {
    cwd: context.cwd,
    env: { ...context.variables },
    stdio: ["inherit", taken ? "pipe" : "inherit", "inherit"],
  });
  const pieces: Buffer[] = [];
  let bytes = 0;
  child.stdout?.on("data", (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= DEFAULT_LIMITS.fileBytes) pieces.push(piece);
  });
  const code = await exitCodeOf(child, program);
  if (bytes > DEFAULT_LIMITS.fileBytes) {
    throw new GateError("evidence-too-large", `${program} printed more than ${DEFAULT_LIMITS.fileBytes} bytes`);
  }
  return { code, printed: Buffer.concat(pieces) };
}

/** With which code a process ends; of one that a signal ended, as shells say it. */
async function exitCodeOf(child: ReturnType<typeof spawn>, program: string): Promise<number> {
  try {
    const [code, signal]: readonly unknown[] = await once(child, "close");
    if (typeof code === "number") return code;
    return 128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0);
  } catch (cause) {
    throw new GateError("usage", `${program} cannot be started: ${messageOf(cause)}`, { cause });
  }
}
