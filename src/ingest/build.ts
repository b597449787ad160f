import type { Build, EvidenceStatus, EvidenceSubject, ParsedEvidence, Tool } from "../evidence/types.ts";
import { compareText } from "../util/compare.ts";
import type { Limits } from "../util/limits.ts";
import { withKeptText } from "./deployment.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { earlierOf, kept } from "./values.ts";

/** What is said of builds, before it is made a document. */
export interface BuildReport {
  readonly tool: Tool;
  readonly formatVersion?: string | undefined;
  readonly builds: readonly Build[];
  readonly subject: EvidenceSubject;
  /** Where there are builds and nothing keeps it from being all there is. */
  readonly status: Extract<EvidenceStatus, "complete" | "unknown">;
  /** Why it may not be all there is. */
  readonly reasons?: DiagnosticList;
  readonly warnings?: DiagnosticList;
}

/** The evidence of builds. It was produced when the first of them ended that says so. */
export function buildEvidence(report: BuildReport, limits: Limits): ParsedEvidence {
  const { tool, formatVersion, builds, subject, reasons = createDiagnostics() } = report;
  if (builds.length === 0) reasons.add("no-builds", "there is no build in it");
  const list = reasons.list();
  const startedAt = builds.map((build) => build.startedAt).reduce(earlierOf, undefined);
  const producedAt = builds.map((build) => build.finishedAt).reduce(earlierOf, undefined);
  return {
    kind: "build",
    ...(formatVersion === undefined ? {} : { formatVersion: kept(formatVersion, limits) }),
    tools: [tool],
    subject,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(producedAt === undefined ? {} : { producedAt }),
    status: builds.length === 0 ? "empty" : list.length > 0 ? "partial" : report.status,
    statusReasons: list,
    quality: { warnings: report.warnings?.list() ?? [], inconsistencies: [], redactions: 0 },
    summary: {
      builds: builds.length,
      succeeded: builds.filter(({ outcome }) => outcome === "success").length,
      failed: builds.filter(({ outcome }) => outcome === "failure" || outcome === "denied").length,
      artifacts: builds.reduce((total, { artifacts }) => total + artifacts.length, 0),
    },
    body: { builds: builds.map((build) => withKeptText(build, limits)) },
  };
}

/** Milliseconds between two instants of one form; undefined where one is missing or the end is before the beginning. */
export function durationOf(startedAt: string | undefined, finishedAt: string | undefined): number | undefined {
  if (startedAt === undefined || finishedAt === undefined || compareText(finishedAt, startedAt) < 0) return undefined;
  return Date.parse(finishedAt) - Date.parse(startedAt);
}

/** What all of some values are; undefined where one of them is missing or another. */
export function sameIn<T>(values: readonly (T | undefined)[]): T | undefined {
  const [first] = values;
  return values.every((value) => value === first) ? first : undefined;
}
