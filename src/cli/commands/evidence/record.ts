import type { Build, Deployment, DeploymentOutcome } from "../../../evidence/types.ts";
import { buildEvidence, durationOf } from "../../../ingest/build.ts";
import { deploymentEvidence } from "../../../ingest/deployment.ts";
import { parseExitCodeFlag } from "../../../ingest/index.ts";
import { compact } from "../../../util/compact.ts";
import { GateError } from "../../../util/errors.ts";
import { DEFAULT_LIMITS } from "../../../util/limits.ts";
import type { CommandContext } from "../../context.ts";
import { artifactsOf, instantOfFlag, recordedSubject, type SubjectFlags, writeRecorded } from "./recorded.ts";

/** What `record build` and `run` share. */
export interface MadeFlags extends SubjectFlags {
  /** Paths, or names with digests. */
  readonly artifact: readonly string[];
  readonly warnings?: string;
}

export interface RecordBuildFlags extends MadeFlags {
  readonly name: string;
  readonly exitCode: string;
  readonly started?: string;
  readonly finished?: string;
  readonly output?: string;
}

/** `gate evidence record build`: evidence of a build, from what the flags say of it. */
export async function recordBuild(flags: RecordBuildFlags, context: CommandContext): Promise<void> {
  const { code } = parseExitCodeFlag(flags.exitCode);
  const startedAt = flags.started === undefined ? undefined : instantOfFlag("--started", flags.started);
  const finishedAt =
    flags.finished === undefined ? context.clock.now().toISOString() : instantOfFlag("--finished", flags.finished);
  await writeBuild({ name: flags.name, exitCode: code, startedAt, finishedAt }, flags, context);
}

/** How a build went. */
export interface BuildRun {
  readonly name: string;
  readonly exitCode: number;
  /** RFC 3339, UTC. */
  readonly startedAt: string | undefined;
  /** RFC 3339, UTC. */
  readonly finishedAt: string;
}

/** Writes the evidence of one build. */
export async function writeBuild(
  { name, exitCode, startedAt, finishedAt }: BuildRun,
  flags: MadeFlags & { readonly output?: string },
  context: CommandContext,
): Promise<void> {
  const subject = await recordedSubject(flags, context);
  const artifacts = await artifactsOf(flags.artifact, context.cwd);
  const build: Build = compact({
    name,
    outcome: exitCode === 0 ? ("success" as const) : ("failure" as const),
    exitCode,
    startedAt,
    finishedAt,
    durationMs: durationOf(startedAt, finishedAt),
    artifacts,
    warnings: flags.warnings === undefined ? undefined : countOfFlag("--warnings", flags.warnings),
    commit: subject.commit,
  });
  const report = {
    tool: { name: "gate", version: context.installation.version },
    builds: [build],
    subject: artifacts.length === 0 ? subject : { ...subject, artifacts },
    status: "complete",
  } as const;
  await writeRecorded(buildEvidence(report, DEFAULT_LIMITS), flags.output, context);
}

/** @throws {GateError} `usage` where a flag is no count */
function countOfFlag(flag: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new GateError("usage", `${flag} must be a whole number from 0 on, not "${text}"`);
}

export interface RecordDeploymentFlags {
  readonly env: string;
  readonly actor: string;
  readonly reason: string;
  readonly outcome: DeploymentOutcome;
  readonly id?: string;
  readonly service?: string;
  readonly release?: string;
  readonly commit?: string;
  /** A digest or a package URL. */
  readonly artifact?: string;
  readonly ref?: string;
  readonly started?: string;
  readonly finished?: string;
  readonly rollback: boolean;
  readonly output?: string;
}

/** `gate evidence record deployment`: who deployed what, when and why. */
export async function recordDeployment(flags: RecordDeploymentFlags, context: CommandContext): Promise<void> {
  if (flags.commit === undefined && flags.release === undefined && flags.artifact === undefined) {
    throw new GateError("usage", "it is not said what was deployed", {
      hint: "Pass --release, --commit or --artifact.",
    });
  }
  if (flags.commit !== undefined && !/^[0-9a-f]{7,64}$/.test(flags.commit)) {
    throw new GateError("usage", `--commit must be a commit id in lower case, not "${flags.commit}"`);
  }
  const now = context.clock.now().toISOString();
  const startedAt = flags.started === undefined ? now : instantOfFlag("--started", flags.started);
  const deployment: Deployment = compact({
    id: flags.id ?? `${flags.env} ${startedAt}`,
    service: flags.service,
    environment: flags.env,
    commit: flags.commit,
    ref: flags.ref,
    version: flags.release,
    artifact: flags.artifact,
    actor: flags.actor,
    reason: flags.reason,
    startedAt,
    finishedAt: finishedAtOf(flags, now),
    outcome: flags.outcome,
    rollback: flags.rollback,
  });
  const evidence = deploymentEvidence({ tool: "gate", deployments: [deployment] }, DEFAULT_LIMITS);
  await writeRecorded({ ...evidence, producedAt: now, status: "complete" }, flags.output, context);
}

function finishedAtOf({ finished, outcome }: RecordDeploymentFlags, now: string): string | undefined {
  if (finished !== undefined) return instantOfFlag("--finished", finished);
  return outcome === "success" || outcome === "failure" ? now : undefined;
}
