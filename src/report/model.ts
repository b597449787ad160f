import type { Verdict } from "../audit/verify.ts";
import type { Enforcement, GateResult, IntegrityLevel, Outcome } from "../decision/types.ts";
import type { Digest, Severity } from "../evidence/types.ts";
import type { Automation, Guardrail } from "./frameworks.ts";

/**
 * The compliance report: what recorded decisions say of a framework's controls in a window of time. Its JSON form is the
 * contract `report.v1` (`schemas/report.v1.schema.json`); Markdown and HTML are pure functions of it. All counts are
 * integers; a ratio is given as its two numbers.
 */

export const REPORT_SCHEMA = "gate/report/v1";

/**
 * The status of a control.
 *
 * - `satisfied`: the claim held for every decision, and it is all that the control asks.
 * - `satisfied-with-exceptions`: as before, with violations that valid waivers cover.
 * - `partially-satisfied`: the claim held; the control asks for more, which people have to show.
 * - `not-satisfied`: a decision contradicts the claim, or a gate ran with a weaker setting than the claim needs.
 * - `no-evidence`: in scope, and evidence is missing, unusable or below the integrity that was required of it.
 * - `not-applicable`: scoped out with a signed reason. Not given yet: nothing signs such a reason.
 * - `not-assessed`: outside what the program can test today.
 * - `error`: the log is not what was written, so nothing can be said.
 */
export const CONTROL_STATUSES = [
  "error",
  "not-satisfied",
  "no-evidence",
  "partially-satisfied",
  "satisfied-with-exceptions",
  "satisfied",
  "not-applicable",
  "not-assessed",
] as const;
export type ControlStatus = (typeof CONTROL_STATUSES)[number];

/**
 * What went otherwise than by the rules in one decision.
 *
 * - `failed`: the gate found violations that no waiver covers, and the decision stopped the change.
 * - `overridden`: the gate was closed and the decision allowed the change all the same.
 * - `bypassed`: the gate was closed and an emergency bypass let the change through.
 * - `guardrail`: the gate ran with a weaker setting than a control needs, so its result does not count there.
 * - `not-evaluated`: the gate had no usable evidence, or could not run.
 * - `absent`: a gate that a control needs was no part of the decision.
 * - `below-integrity`: the decision did not reach the integrity that its environment requires.
 * - `unread`: only the leaf of the decision is left; its document was pruned or cannot be read.
 * - `unexplained`: the record does not bear its own result, such as a pass over nothing or a block without a cause.
 * - `waived`: every violation is covered by a waiver that was valid at the time.
 */
export const DEVIATION_KINDS = [
  "failed",
  "overridden",
  "bypassed",
  "guardrail",
  "not-evaluated",
  "absent",
  "below-integrity",
  "unread",
  "unexplained",
  "waived",
] as const;
export type DeviationKind = (typeof DEVIATION_KINDS)[number];

/** What the caller found when it verified the log from which the decisions were read. */
export interface LogVerification {
  readonly verdict: Verdict;
  /** One sentence: what was checked, or what is wrong. */
  readonly detail: string;
}

/** From `from` (included) to `to` (not included); RFC 3339, UTC. A decision belongs to it by the time of its log entry. */
export interface ReportWindow {
  readonly from: string;
  readonly to: string;
}

/** One violation, as far as a reader needs it to find the rest in the recorded decision. */
export interface ViolationExcerpt {
  readonly fingerprint: Digest;
  readonly severity: Severity;
  readonly message: string;
  readonly rule?: string;
  /** `path:line` */
  readonly location?: string;
  readonly package?: string;
  readonly waiver?: string;
}

/** The decision that something is said about. */
interface DecisionReference {
  readonly index: number;
  readonly id: string;
  readonly time: string;
  readonly environment: string;
  readonly outcome: Outcome;
}

export interface Deviation {
  /** From 1, in the order of the log. */
  readonly number: number;
  readonly kind: DeviationKind;
  readonly decision: DecisionReference;
  /** True where the decision did not allow the change. */
  readonly stopped: boolean;
  /** Missing where the deviation is about the decision as a whole. */
  readonly gate?: string;
  readonly enforcement?: Enforcement;
  readonly detail: string;
  readonly violations: number;
  /** The first of them, at most {@link EXCERPT_LENGTH}. */
  readonly excerpt: readonly ViolationExcerpt[];
  /** The controls that it bears on. */
  readonly controls: readonly string[];
}

/** How many violations of one deviation a report prints; the recorded decision has them all. */
export const EXCERPT_LENGTH = 3;

export interface EnvironmentTally {
  readonly environment: string;
  readonly decisions: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly integrity: Readonly<Record<IntegrityLevel, number>>;
  readonly belowRequired: number;
}

/** How often a gate came to which result in the population. */
export interface GateTally {
  readonly gate: string;
  readonly results: Readonly<Record<GateResult, number>>;
  /** Decisions that the gate was no part of. */
  readonly absent: number;
  readonly mandatory: number;
  readonly advisory: number;
}

/** A policy version and the part of the population that it decided. */
export interface PolicyPeriod {
  readonly policy: Digest;
  readonly config: Digest;
  readonly decisions: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
}

/** The decisions that the report is about, with what an auditor needs to draw them again. */
export interface Population {
  /** Which entries of the log were taken, in words. */
  readonly query: string;
  readonly count: number;
  /** Of `count`: decisions of which only the leaf is left. */
  readonly unread: number;
  readonly firstIndex?: number;
  readonly lastIndex?: number;
  /** Of the canonical JSON list of `[index, leafHash]`, in the order of the log. */
  readonly digest: Digest;
  /** Decisions of the log that the query left out. */
  readonly excluded: {
    readonly outsideWindow: number;
    readonly otherEnvironment: number;
    readonly otherRepository: number;
    readonly unknownRepository: number;
  };
  readonly environments: readonly EnvironmentTally[];
  readonly gates: readonly GateTally[];
  readonly policies: readonly PolicyPeriod[];
}

/** How a gate's results count for one control. */
export interface ControlGateTally {
  readonly gate: string;
  readonly passed: number;
  readonly waived: number;
  readonly failed: number;
  readonly notEvaluated: number;
  readonly notApplicable: number;
  readonly absent: number;
  /** Results that a guardrail or a decision's integrity keeps from counting. */
  readonly notCounted: number;
}

export interface GuardrailResult extends Guardrail {
  /** Decisions of which the record shows a setting at least as strict. */
  readonly held: number;
  readonly breached: number;
  /** The weaker settings that were applied, as JSON; `(not recorded)` where the record has none. */
  readonly applied: readonly string[];
}

export interface EvidenceReference {
  readonly index: number;
  readonly leafHash: Digest;
}

export interface ControlReport {
  readonly id: string;
  readonly group: string;
  readonly section: string;
  readonly task: string;
  readonly automation: Automation;
  readonly claim: string;
  readonly status: ControlStatus;
  /** True where the population is known to be empty: the control had nothing to operate on. */
  readonly noOccurrence: boolean;
  /** Why the status is what it is, in whole sentences. */
  readonly reasons: readonly string[];
  readonly population: {
    readonly decisions: number;
    /** Decisions in which every gate of the control was open and counted, with or without waivers. */
    readonly held: number;
    /** Of `held`: with waivers. */
    readonly waived: number;
    /** Decisions in which no gate of the control had anything to apply to. */
    readonly notApplicable: number;
    /** Decisions that contradict the claim. */
    readonly contradicted: number;
    /** Decisions in which something is missing. */
    readonly missing: number;
  };
  readonly gates: readonly ControlGateTally[];
  /** Gates that the control needs and that do not exist yet. */
  readonly planned: readonly string[];
  readonly evidenceKinds: readonly string[];
  readonly guardrails: readonly GuardrailResult[];
  /** Numbers of the deviations that bear on it. */
  readonly deviations: readonly number[];
  /** The decisions in which one of its gates ran. */
  readonly evidence: readonly EvidenceReference[];
  /** Of the canonical JSON list of `[index, leafHash]` of `evidence`. */
  readonly evidenceDigest: Digest;
  /** What remains for people to show. */
  readonly residual: string;
}

export interface IndexedDecision extends DecisionReference {
  readonly leafHash: Digest;
  readonly integrity: IntegrityLevel;
  readonly requiredIntegrity: IntegrityLevel;
  readonly repository?: string;
  readonly commit?: string;
  readonly policy: Digest;
  readonly config: Digest;
}

/** A file of evidence, listed once however many decisions used it. */
export interface IndexedFile {
  readonly sha256: Digest;
  readonly kind: string;
  readonly format: string;
  readonly tool: string;
  readonly path: string;
  readonly bytes: number;
  readonly status: string;
  /** Indexes of the decisions. */
  readonly decisions: readonly number[];
}

export interface Report {
  readonly schema: typeof REPORT_SCHEMA;
  readonly framework: {
    readonly id: string;
    readonly title: string;
    readonly version: string;
    readonly publisher: string;
    readonly source: string;
    readonly notice: string;
    /** Of the control map's text. */
    readonly digest: Digest;
    readonly groups: readonly {
      readonly id: string;
      readonly title: string;
      readonly sections: readonly { readonly id: string; readonly title: string }[];
    }[];
  };
  /** The repository asked for, and those that the population is about. */
  readonly subject: { readonly repository?: string; readonly repositories: readonly string[] };
  readonly window: ReportWindow;
  /** The environment asked for; missing where the report is about all of them. */
  readonly environment?: string;
  readonly generatedAt: string;
  readonly engine: { readonly name: "gate"; readonly version: string };
  readonly log: {
    readonly origin: string;
    readonly size: number;
    readonly root: Digest;
    readonly verification: LogVerification;
  };
  readonly summary: {
    readonly controls: number;
    /** Controls that at least one existing gate is mapped to. */
    readonly testable: number;
    readonly statuses: Readonly<Record<ControlStatus, number>>;
    readonly deviations: Readonly<Record<DeviationKind, number>>;
    /** Of the deviations that no waiver covers: those whose decision stopped the change, and those that did not. */
    readonly stopped: number;
    readonly letThrough: number;
  };
  readonly population: Population;
  readonly controls: readonly ControlReport[];
  readonly deviations: readonly Deviation[];
  readonly evidence: { readonly decisions: readonly IndexedDecision[]; readonly files: readonly IndexedFile[] };
  /** What must not be read into it, in whole sentences. */
  readonly limits: readonly string[];
}
