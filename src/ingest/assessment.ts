import type { Control, ControlStatus, EvidenceSubject, ParsedEvidence, Tool } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import type { DiagnosticList } from "./diagnostics.ts";
import { kept } from "./values.ts";

/** A control as a format has it, with strings of any length. */
export interface FoundControl {
  readonly id: string;
  readonly title?: string | undefined;
  readonly framework?: string | undefined;
  readonly status: ControlStatus;
  readonly score?: number | undefined;
  readonly impact?: number | undefined;
  readonly observations: number;
  readonly message?: string | undefined;
}

/** What an adapter of assessments has found out. */
export interface AssessmentReport {
  readonly controls: readonly FoundControl[];
  /** Of the whole, in the tool's own scale. */
  readonly score?: number | undefined;
  readonly tools: readonly Tool[];
  readonly formatVersion?: string | undefined;
  readonly subject?: EvidenceSubject;
  /** RFC 3339, UTC. */
  readonly producedAt?: string | undefined;
  /** Where the file says more than that it has controls; the reasons say why. */
  readonly status?: "partial" | "empty" | undefined;
  readonly reasons: DiagnosticList;
  readonly warnings: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
  readonly redactions?: number;
}

/**
 * The evidence of an assessment, counted from its controls. No format of assessments says that it is whole, so the best
 * status is `unknown`; one without a single control is `empty`, for nothing was judged.
 */
export function assessmentEvidence(report: AssessmentReport, limits: Limits): ParsedEvidence {
  const { controls, score, formatVersion, producedAt, reasons } = report;
  if (controls.length === 0) reasons.add("no-controls", "not one control was judged");
  const countOf = (status: ControlStatus) => controls.filter((control) => control.status === status).length;
  return {
    kind: "assessment",
    ...(formatVersion === undefined ? {} : { formatVersion: kept(formatVersion, limits) }),
    tools: report.tools.map(({ name, version }) => ({
      name: kept(name, limits),
      ...(version === undefined ? {} : { version: kept(version, limits) }),
    })),
    subject: report.subject ?? {},
    ...(producedAt === undefined ? {} : { producedAt }),
    status: controls.length === 0 ? "empty" : (report.status ?? "unknown"),
    statusReasons: reasons.list(),
    quality: {
      warnings: report.warnings.list(),
      inconsistencies: report.inconsistencies.list(),
      redactions: report.redactions ?? 0,
    },
    summary: {
      controls: controls.length,
      satisfied: countOf("satisfied"),
      notSatisfied: countOf("not-satisfied"),
      notApplicable: countOf("not-applicable"),
      unknown: countOf("unknown"),
      ...(score === undefined ? {} : { score }),
    },
    body: { controls: controls.map((control) => keptControl(control, limits)) },
  };
}

function keptControl(control: FoundControl, limits: Limits): Control {
  const { id, title, framework, status, score, impact, observations, message } = control;
  return {
    id: kept(id, limits),
    ...(title === undefined ? {} : { title: kept(title, limits) }),
    ...(framework === undefined ? {} : { framework: kept(framework, limits) }),
    status,
    ...(score === undefined ? {} : { score }),
    ...(impact === undefined ? {} : { impact }),
    observations,
    ...(message === undefined ? {} : { message: kept(message, limits) }),
  };
}
