import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rm } from "node:fs/promises";
import { resolve } from "node:path";
import { readGitState, repositoryRoot } from "../../../ci/git.ts";
import { detectCi } from "../../../ci/provider.ts";
import { resolveSubject } from "../../../ci/subject.ts";
import { runName } from "../../../decision/evidence.ts";
import { sha256 } from "../../../evidence/canonical.ts";
import { completeEvidence } from "../../../evidence/document.ts";
import type { Artifact, EvidenceSubject, ParsedEvidence } from "../../../evidence/types.ts";
import { GateError, messageOf } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { printOrWrite } from "../../write-file.ts";

/** The options that say of which commit something was made. */
export interface SubjectFlags {
  readonly commit?: string;
  readonly repository?: string;
}

/**
 * What evidence that is recorded here is about: the flags first, then the CI service, then git.
 *
 * @throws {GateError} `usage` where the commit is not known
 */
export async function recordedSubject(
  flags: SubjectFlags,
  context: CommandContext,
): Promise<EvidenceSubject & { readonly commit: string }> {
  const root = repositoryRoot(context.cwd);
  const git = root === undefined ? undefined : await readGitState(root, context.variables);
  const found = resolveSubject({ ...flags, artifacts: [] }, detectCi(context.variables), git);
  const { commit, repository, ref, run } = found;
  if (commit === undefined) {
    throw new GateError("usage", "the commit is not known", { hint: "Run in a git checkout or pass --commit." });
  }
  return {
    ...(repository === undefined ? {} : { repository }),
    commit,
    ...(ref === undefined ? {} : { ref }),
    ...(run === undefined ? {} : { run: runName(run) }),
  };
}

const NAMED = /^(?:(?<name>.+)@)?(?<digest>sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128}))$/i;

/**
 * The artifacts that flags name, by digest or as files, which are read to take their SHA-256.
 *
 * @throws {GateError} `evidence-not-found` where there is no such file
 */
export async function artifactsOf(flags: readonly string[], cwd: string): Promise<readonly Artifact[]> {
  const artifacts: Artifact[] = [];
  for (const flag of flags) {
    const { name, digest } = NAMED.exec(flag)?.groups ?? {};
    if (digest === undefined) artifacts.push({ name: flag, digests: [await digestOfFile(flag, cwd)] });
    else artifacts.push({ ...(name === undefined ? {} : { name }), digests: [digest.toLowerCase()] });
  }
  return artifacts;
}

/** Reads a file piece by piece: what a build makes may be larger than memory. */
async function digestOfFile(path: string, cwd: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const piece of createReadStream(resolve(cwd, path))) hash.update(piece);
  } catch (cause) {
    throw new GateError("evidence-not-found", `the artifact ${path} cannot be read: ${messageOf(cause)}`, {
      cause,
      hint: "Pass the path of what was built, or NAME@sha256:DIGEST.",
    });
  }
  return `sha256:${hash.digest("hex")}`;
}

/** @throws {GateError} `usage` where a flag is no instant */
export function instantOfFlag(flag: string, text: string): string {
  const time = Date.parse(text);
  if (/^\d{4}-\d{2}-\d{2}T.*(?:Z|[+-]\d{2}:\d{2})$/i.test(text) && !Number.isNaN(time))
    return new Date(time).toISOString();
  throw new GateError("usage", `${flag} must be a time as 2026-01-31T12:00:00Z, not "${text}"`, {
    hint: "Pass what `date -u +%FT%TZ` prints.",
  });
}

/** Writes or prints evidence in the form that `gate-evidence` reads back: docs/formats/gate-evidence.md. */
export async function writeRecorded(
  parsed: ParsedEvidence,
  output: string | undefined,
  context: CommandContext,
): Promise<void> {
  // It was made from no file.
  const nothing = { path: "-", bytes: 0, sha256: sha256(""), format: "gate-evidence" };
  await writeEvidence(JSON.stringify(completeEvidence(parsed, nothing)), output, context);
}

/** Writes or prints one document. */
export async function writeEvidence(json: string, output: string | undefined, context: CommandContext): Promise<void> {
  await printOrWrite(`${json}\n`, output, context);
}

/**
 * Takes the evidence of an earlier run away: where this one ends early, it would speak for it.
 *
 * @throws {GateError} `output-failed`
 */
export async function removeEarlier(output: string, cwd: string): Promise<void> {
  try {
    await rm(resolve(cwd, output), { force: true });
  } catch (cause) {
    throw new GateError("output-failed", `${output} cannot be replaced: ${messageOf(cause)}`, { cause });
  }
}
