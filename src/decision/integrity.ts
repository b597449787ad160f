import type { EvidenceDocument, SuppressionKind } from "../evidence/types.ts";
import type { Environment } from "./environment.ts";
import type { AssessedEvidence } from "./evidence.ts";
import {
  type BaselineNote,
  type BypassNote,
  type DecisionGate,
  INTEGRITY_LEVELS,
  type Integrity,
  type IntegrityLevel,
  type IntegrityReason,
  type Subject,
  type WaiverReport,
} from "./types.ts";

export interface IntegrityInputs {
  readonly required: IntegrityLevel;
  readonly subject: Subject;
  readonly evidence: readonly AssessedEvidence[];
  /** Whether configuration and the team's own policies come from a trusted source, and if not, why. */
  readonly trust: SourceTrust;
  /** False with `--no-audit`. */
  readonly recorded: boolean;
  readonly disabled: Environment["disabled"];
  /** With everything that was applied to them. */
  readonly gates: readonly DecisionGate[];
  readonly baseline: BaselineNote | null;
  readonly waivers: WaiverReport;
  readonly bypass: BypassNote | null;
  readonly onAdvisory: Environment["onAdvisory"];
}

/** Why what decides is not trusted; a part that is missing is trusted. */
export interface SourceTrust {
  readonly config?: string;
  readonly policy?: string;
  readonly waivers?: string;
  readonly people?: string;
  readonly baseline?: string;
  /** What a pull request changes of what decides, in words; it decides nothing by that. */
  readonly changed?: readonly string[];
}

const BIND_EVIDENCE = "Run `gate evidence bind FILE...` in the job that makes the evidence, right after the tool.";

/** Lists everything that weakens the decision, and the level that is left. */
export function assessIntegrity(inputs: IntegrityInputs): Integrity {
  const reasons: IntegrityReason[] = [];
  const { subject, trust } = inputs;
  if (subject.commit === undefined) {
    reasons.push({
      code: "subject-unknown",
      message: "the commit that is being gated is not known",
      remedy: "Run in a git checkout or pass --commit.",
      caps: "open",
    });
  }
  if (subject.dirty === true) {
    reasons.push({
      code: "worktree-dirty",
      message: "the checkout has changes that are not in the commit",
      remedy: "Commit or discard the changes in the checkout.",
      caps: "open",
    });
  }
  for (const { document, use, bound } of inputs.evidence) {
    if (use === "usable" && !bound) {
      reasons.push({
        code: "evidence-unbound",
        message: `${document.source.path} does not say for which commit it was made`,
        remedy: BIND_EVIDENCE,
        caps: "open",
      });
    }
    if (use === "usable" && document.producedAt === undefined) {
      reasons.push({
        code: "evidence-undated",
        message: `${document.source.path} does not say when it was made`,
        remedy: BIND_EVIDENCE,
        caps: "open",
      });
    }
  }
  if (trust.config !== undefined) {
    reasons.push({
      code: "config-untrusted",
      message: trust.config,
      remedy: "Merge the configuration into the default branch first.",
      caps: "open",
    });
  }
  if (trust.policy !== undefined) {
    reasons.push({
      code: "policy-untrusted",
      message: trust.policy,
      remedy: "Merge the policies into the default branch first.",
      caps: "open",
    });
  }
  if (!inputs.recorded) {
    reasons.push({
      code: "no-audit",
      message: "the decision is not recorded",
      remedy: "Leave out --no-audit.",
      caps: "open",
    });
  }
  const inSource = inputs.evidence.reduce(
    (count, assessed) => count + suppressionsOfKind(assessed.document, "in-source"),
    0,
  );
  if (inSource > 0) {
    reasons.push({
      code: "in-source-suppressions",
      message: `${inSource} ${inSource === 1 ? "finding is" : "findings are"} suppressed by comments in the source`,
      remedy: "Review them; a gate's parameter `suppressions` can refuse them.",
      caps: "sealed",
    });
  }
  const excused = inputs.evidence.reduce(
    (count, { view }) => count + (view === undefined ? 0 : suppressionsOfKind(view, "vex")),
    0,
  );
  if (excused > 0) {
    reasons.push({
      code: "vex-suppressions",
      message: `${excused} ${excused === 1 ? "finding is" : "findings are"} suppressed by VEX statements`,
      remedy: "Review them; a gate's parameter `suppressions` can refuse them.",
      caps: "sealed",
    });
  }
  const raw = inputs.evidence.filter(({ document }) => document.quality.raw === true);
  for (const { document } of raw) {
    reasons.push({
      code: "raw-evidence",
      message: `${document.source.path} was read with what would otherwise be redacted`,
      remedy: "Leave out --keep-raw.",
      caps: "sealed",
    });
  }
  reasons.push({
    code: "unsigned",
    message: "evidence, policy and decision are not signed",
    remedy: "Signing is not available in this version.",
    caps: "bound",
  });
  return { level: lowest(reasons), required: inputs.required, reasons };
}

/** Whether a level is enough. */
export function reaches(level: IntegrityLevel, required: IntegrityLevel): boolean {
  return INTEGRITY_LEVELS.indexOf(level) >= INTEGRITY_LEVELS.indexOf(required);
}

function lowest(reasons: readonly IntegrityReason[]): IntegrityLevel {
  const caps = reasons.map(({ caps: cap }) => INTEGRITY_LEVELS.indexOf(cap));
  return INTEGRITY_LEVELS[Math.min(...caps, INTEGRITY_LEVELS.length - 1)] ?? "open";
}

function suppressionsOfKind(document: EvidenceDocument, wanted: SuppressionKind): number {
  if (document.kind !== "findings") return 0;
  return document.body.findings.filter(
    ({ suppressed, suppressions }) => suppressed && suppressions.some(({ kind }) => kind === wanted),
  ).length;
}
