import { isSignedWord } from "../evidence/stated.ts";
import type { EvidenceDocument, SuppressionKind } from "../evidence/types.ts";
import { standsInTheWay } from "./closed.ts";
import type { SignedInputs } from "./decide.ts";
import type { Environment } from "./environment.ts";
import type { AssessedEvidence } from "./evidence.ts";
import {
  type BaselineNote,
  type BypassNote,
  type DecisionGate,
  INTEGRITY_LEVELS,
  type Integrity,
  type IntegrityCode,
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
  readonly signed: SignedInputs;
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
  const { subject, trust, evidence } = inputs;
  const reasons = [
    ...ofSubject(subject),
    ...evidence.flatMap(ofDocument),
    ...ofTrust(trust),
    ...ofEnvironment(inputs),
    ...ofSuppressions(evidence),
    ...evidence.flatMap(ofRaw),
    ...ofExceptions(inputs),
    ...ofConftest(inputs.gates),
    ...ofSignatures(inputs),
  ];
  return { level: lowest(reasons), required: inputs.required, reasons };
}

/**
 * What keeps a decision from being sealed. What gate itself takes out of the log is signed with the decision, and a
 * statement by whoever states it.
 */
function ofSignatures({ evidence, signed }: IntegrityInputs): readonly IntegrityReason[] {
  const bare = evidence.some(({ document, use }) => {
    if (use !== "usable" || document.kind === "history" || isSignedWord(document)) return false;
    return document.binding?.signer === undefined;
  });
  const missing = [
    ...(bare ? [{ what: "evidence", remedy: "`gate evidence bind --key` in the job that makes the evidence" }] : []),
    ...(signed.policy ? [] : [{ what: "policies", remedy: "a package of `gate policy sign` for the team's policies" }]),
    ...(signed.decision === null ? [{ what: "decision", remedy: "`gate check --key`" }] : []),
  ];
  if (missing.length === 0) return [];
  return [
    {
      code: "unsigned",
      message: `not signed: ${missing.map(({ what }) => what).join(", ")}`,
      remedy: `Use ${missing.map(({ remedy }) => remedy).join(", ")}.`,
      caps: "bound",
    },
  ];
}

function ofSubject({ commit, dirty }: Subject): readonly IntegrityReason[] {
  const reasons: IntegrityReason[] = [];
  if (commit === undefined) {
    reasons.push({
      code: "subject-unknown",
      message: "the commit that is being gated is not known",
      remedy: "Run in a git checkout or pass --commit.",
      caps: "open",
    });
  }
  if (dirty === true) {
    reasons.push({
      code: "worktree-dirty",
      message: "the checkout has changes that are not in the commit",
      remedy: "Commit or discard the changes in the checkout.",
      caps: "open",
    });
  }
  return reasons;
}

function ofDocument({ document, use, bound, misused }: AssessedEvidence): readonly IntegrityReason[] {
  const { path } = document.source;
  // Neither opens a gate; that somebody tried is worth a line.
  if (misused === "replayed") {
    const message = `${path} was evidence for another commit before`;
    return [{ code: "evidence-replayed", message, remedy: "Run the tool again for this commit.", caps: "sealed" }];
  }
  if (misused === "committed") {
    const message = `${path} is brought by the change that is decided on`;
    const remedy = "Let a tool make it in the run, and take it out of the repository.";
    return [{ code: "evidence-committed", message, remedy, caps: "sealed" }];
  }
  if (use !== "usable") return [];
  const reasons: IntegrityReason[] = [];
  if (!bound && !isSignedWord(document)) {
    const message = `${path} does not say for which commit it was made`;
    reasons.push({ code: "evidence-unbound", message, remedy: BIND_EVIDENCE, caps: "open" });
  }
  if (document.producedAt === undefined) {
    const message = `${path} does not say when it was made`;
    reasons.push({ code: "evidence-undated", message, remedy: BIND_EVIDENCE, caps: "open" });
  }
  return reasons;
}

const UNTRUSTED = [
  ["config", "config-untrusted", "the configuration"],
  ["policy", "policy-untrusted", "the policies"],
  ["waivers", "waivers-untrusted", "the waivers"],
  ["people", "trust-untrusted", "the list of people"],
  ["baseline", "baseline-untrusted", "the baseline"],
] as const satisfies readonly (readonly [keyof SourceTrust, IntegrityCode, string])[];

function ofTrust(trust: SourceTrust): readonly IntegrityReason[] {
  const untrusted = UNTRUSTED.flatMap(([part, code, name]): readonly IntegrityReason[] => {
    const message = trust[part];
    if (message === undefined) return [];
    return [{ code, message, remedy: `Merge ${name} into the default branch first.`, caps: "open" }];
  });
  const changed = (trust.changed ?? []).map((message): IntegrityReason => {
    const remedy = "Review what it would change; it decides once it is merged.";
    return { code: "control-files-changed", message, remedy, caps: "sealed" };
  });
  return [...untrusted, ...changed];
}

function ofEnvironment({ disabled, recorded, gates, onAdvisory }: IntegrityInputs): readonly IntegrityReason[] {
  const reasons = disabled.map(({ gate, source }): IntegrityReason => {
    const message = `the gate ${gate} is turned off (${source})`;
    return { code: "gate-disabled", message, remedy: `Take \`${gate}\` out of \`disabled\`.`, caps: "open" };
  });
  if (!recorded) {
    const message = "the decision is not recorded";
    reasons.push({ code: "no-audit", message, remedy: "Leave out --no-audit.", caps: "open" });
  }
  if (onAdvisory === "approval") return reasons;
  for (const gate of gates.filter(standsInTheWay)) {
    if (gate.enforcement === "mandatory") continue;
    const message = `the advisory gate ${gate.id} is closed, and the environment only warns about it`;
    const remedy = "Set `advisoryFailure: approval` to have somebody look at it.";
    reasons.push({ code: "advisory-warning", message, remedy, caps: "sealed" });
  }
  return reasons;
}

function ofSuppressions(evidence: readonly AssessedEvidence[]): readonly IntegrityReason[] {
  const remedy = "Review them; a gate's parameter `suppressions` can refuse them.";
  const inSource = evidence.reduce((sum, { document }) => sum + suppressionsOfKind(document, "in-source"), 0);
  const excused = evidence.reduce((sum, { view }) => {
    return sum + (view === undefined ? 0 : suppressionsOfKind(view, "vex"));
  }, 0);
  const reasons: IntegrityReason[] = [];
  if (inSource > 0) {
    const message = `${counted(inSource, "finding is", "findings are")} suppressed by comments in the source`;
    reasons.push({ code: "in-source-suppressions", message, remedy, caps: "sealed" });
  }
  if (excused > 0) {
    const message = `${counted(excused, "finding is", "findings are")} suppressed by VEX statements`;
    reasons.push({ code: "vex-suppressions", message, remedy, caps: "sealed" });
  }
  return reasons;
}

function ofRaw({ document }: AssessedEvidence): readonly IntegrityReason[] {
  if (document.quality.raw !== true) return [];
  const message = `${document.source.path} was read with what would otherwise be redacted`;
  return [{ code: "raw-evidence", message, remedy: "Leave out --keep-raw.", caps: "sealed" }];
}

/** What people have let through. It is their right, and it is never silent. */
function ofExceptions({ baseline, waivers, gates, bypass }: IntegrityInputs): readonly IntegrityReason[] {
  const reasons: IntegrityReason[] = [];
  if (baseline !== null) {
    const message = `the baseline ${baseline.path} lets ${counted(baseline.covers, "violation", "violations")} through`;
    const remedy = "Mend what it holds, and make it again: it can only shrink.";
    reasons.push({ code: "baseline-in-use", message, remedy, caps: "sealed" });
  }
  const used = waivers.used.map(({ id }) => id);
  if (used.length > 0) {
    const message = `${counted(used.length, "waiver lets", "waivers let")} violations through: ${used.join(", ")}`;
    reasons.push({
      code: "waivers-in-use",
      message,
      remedy: "Mend what they cover before they expire.",
      caps: "sealed",
    });
  }
  const overridden = gates.filter(({ approvedBy }) => approvedBy !== undefined).map(({ id }) => id);
  if (overridden.length > 0) {
    const verb = overridden.length === 1 ? "is closed and was" : "are closed and were";
    const message = `${overridden.join(", ")} ${verb} overridden by approval`;
    reasons.push({ code: "approvals-in-use", message, remedy: "Mend what the approval lets through.", caps: "sealed" });
  }
  if (bypass !== null) {
    const message = `an emergency bypass (${bypass.ticket}) is for closed gates: ${bypass.gates.join(", ")}`;
    const remedy = `Review it before ${bypass.reviewDue} with \`gate review\`.`;
    reasons.push({ code: "bypass-in-use", message, remedy, caps: "sealed" });
  }
  return reasons;
}

/** What is not known of policies of Conftest, and what they let through themselves. */
function ofConftest(gates: readonly DecisionGate[]): readonly IntegrityReason[] {
  const reasons: IntegrityReason[] = [];
  const unproven = gates.filter((gate) => gate.unproven === true).map(({ id }) => id);
  if (unproven.length > 0) {
    const message = `no known-bad example shows that these gates can deny: ${unproven.join(", ")}`;
    const remedy = "Write gates with examples of what you rely on (docs/writing-gates.md).";
    reasons.push({ code: "gates-unproven", message, remedy, caps: "bound" });
  }
  const unasked = [...new Set(gates.flatMap((gate) => gate.unasked ?? []))].toSorted();
  if (unasked.length > 0) {
    const message = `the policy has rules that nobody asks, in ${unasked.join(", ")}`;
    const remedy = "Name them with --conftest-namespace, or take them out of the policy.";
    reasons.push({ code: "rules-unasked", message, remedy, caps: "sealed" });
  }
  const excepted = gates.flatMap(({ violations }) => violations.filter(({ exception }) => exception !== undefined));
  if (excepted.length > 0) {
    const message = `exceptions of the policy let ${counted(excepted.length, "violation", "violations")} through`;
    const remedy = "Review the rules `exception` of the policy: nobody has to approve them, and they do not expire.";
    reasons.push({ code: "policy-exceptions", message, remedy, caps: "sealed" });
  }
  return reasons;
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

/** `1 waiver lets`, `2 waivers let`. */
function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
