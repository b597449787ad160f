import type { Digest, EvidenceStatus, Location, Severity, Tool } from "../evidence/types.ts";
import type { Measured } from "../policy/statement.ts";

/**
 * The decision: the record of one check. Its JSON form is the contract `decision.v1`
 * (`schemas/decision.v1.schema.json`); every output but `human` and `json` is a pure function of it.
 */

export const DECISION_SCHEMA = "gate/decision/v1";

export const OUTCOMES = ["allow", "allow-bypassed", "approval-required", "block"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const GATE_RESULTS = ["pass", "fail", "waived", "not-applicable", "not-evaluated"] as const;
export type GateResult = (typeof GATE_RESULTS)[number];

export type Enforcement = "mandatory" | "advisory";

/** What is being gated, and how we know. */
export interface Subject {
  readonly repository?: string;
  /** Lower-case hexadecimal commit id. */
  readonly commit?: string;
  readonly ref?: string;
  readonly change?: { readonly id: string; readonly base?: string; readonly author?: string };
  readonly artifacts: readonly { readonly name: string; readonly digest: string }[];
  readonly run?: { readonly provider: string; readonly id: string; readonly attempt?: string; readonly url?: string };
  /** The part of a repository that is gated, by its name in gate.yaml. */
  readonly component?: string;
  /** Which source gave the commit: a flag, the CI environment, the git checkout, or none. */
  readonly source: "flag" | "ci" | "git" | "none";
  /** True where the checkout has changes that no commit holds; missing where that is not known. */
  readonly dirty?: boolean;
}

/** How a document may be used for this subject. Only `usable` evidence can open a gate. */
export type EvidenceUse = "usable" | "stale" | "unbound" | "failed" | "malformed";

export interface DecisionEvidence {
  readonly id: Digest;
  readonly kind: string;
  readonly tool: Tool;
  readonly format: string;
  readonly path: string;
  readonly sha256: Digest;
  readonly bytes: number;
  readonly producedAt?: string;
  readonly status: EvidenceUse;
  /** What the tool said of its own run. */
  readonly toolStatus: EvidenceStatus;
  readonly reasons: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  /** Whether the audit store holds the normalised document under its id; missing where it does not. */
  readonly stored?: true;
}

/** One violation of a gate. */
export interface Violation {
  /** `sha256:` digest over the gate and the stable identity of what it found; no line numbers. */
  readonly fingerprint: Digest;
  readonly severity: Severity;
  readonly message: string;
  readonly rule?: string;
  readonly location?: Location;
  /** A package URL. */
  readonly package?: string;
  /** The id of the evidence that it was found in. */
  readonly evidence?: Digest;
  readonly remediation?: string;
  /** The figure that is wrong, where the gate states one. */
  readonly measured?: Measured;
  /** The id of the waiver that covers it. */
  readonly waiver?: string;
  /** True where the baseline has it, so that it is not new. */
  readonly baseline?: true;
  /** Why the policy itself lets it through. */
  readonly exception?: string;
}

/** A parameter of a gate as it was applied, and where its value came from. */
export interface AppliedParameter {
  readonly value: unknown;
  /** `gate` (the gate's own default) or a place such as `gate.yaml:31`. */
  readonly source: string;
}

/** One gate of an environment, with every parameter's value and where it came from. */
export interface EnforcedGate {
  readonly gate: string;
  readonly enforcement: Enforcement;
  /** The place that enforces it, such as `gate.yaml:12`; missing in what was read out of a decision. */
  readonly source?: string;
  readonly parameters: Readonly<Record<string, AppliedParameter>>;
}

export interface DecisionGate {
  readonly id: string;
  readonly title: string;
  readonly enforcement: Enforcement;
  readonly result: GateResult;
  /** How many subject items the gate applied to. */
  readonly applicable: number;
  readonly durationMs: number;
  /** Why it is `not-applicable` or `not-evaluated`. */
  readonly reason?: string;
  /** What to do about a closed gate, from the gate's metadata. */
  readonly remediation?: string;
  readonly parameters: Readonly<Record<string, AppliedParameter>>;
  /** The ids of the evidence that it was given. */
  readonly evidence: readonly Digest[];
  readonly violations: readonly Violation[];
  /** What the gate says besides: a level of risk, or whether to promote, hold or roll back. */
  readonly answer?: GateAnswer;
  /** How long its evidence took to make, against the target; missing where there is no target. */
  readonly target?: Target;
  /** The ids of the approvals that override it. */
  readonly approvedBy?: readonly Digest[];
  /** Such as `ssdf:PW.7.2`. */
  readonly controls: readonly string[];
  /** True where no known-bad example shows that it can deny. */
  readonly unproven?: true;
  /** Namespaces of its policy that have rules, and that nobody asks; missing where there are none. */
  readonly unasked?: readonly string[];
}

/** What a gate's rule `answer` gives; which members there are is up to the gate. */
export type GateAnswer = Readonly<Record<string, unknown>>;

/** A duration that was aimed at. It never closes a gate. */
export interface Target {
  readonly targetMs: number;
  /** Missing where the evidence does not say how long it took. */
  readonly measuredMs?: number;
  readonly missed: boolean;
}

/** What became of one waiver. */
export interface WaiverNote {
  readonly id: string;
  readonly gate: string;
  readonly reason: string;
  readonly ticket: string;
  readonly owner: string;
  readonly expires: string;
  /** How many violations it covers. */
  readonly covers: number;
  /** Such as `waivers.yaml:12`. */
  readonly source: string;
  /** Why it does not count, or no longer. */
  readonly problem?: string;
}

/** The waivers that are for this environment; one can be in several lists. */
export interface WaiverReport {
  /** Those that cover a violation. */
  readonly used: readonly WaiverNote[];
  /** Those that are in force and cover none: the finding is gone, and so should they be. */
  readonly unused: readonly WaiverNote[];
  readonly expired: readonly WaiverNote[];
  /** Those in force that soon will be. */
  readonly expiring: readonly WaiverNote[];
  /** Those that would cover a violation and may not: not enough approvals, a worsened finding, too long a lifetime. */
  readonly refused: readonly WaiverNote[];
}

/** The baseline that was used. */
export interface BaselineNote {
  /** The id of the decision that it was made from. */
  readonly decision: string;
  readonly path: string;
  /** How many violations it lets through. */
  readonly covers: number;
  /** How many of its violations are gone, so that it can shrink. */
  readonly gone: number;
}

/** What became of one approval, of a gate or of a bypass. */
export interface ApprovalNote {
  readonly id: Digest;
  readonly kind: "approval" | "bypass" | "bypass-approval";
  readonly gate?: string;
  readonly approver: string;
  readonly roles: readonly string[];
  readonly via: string;
  readonly reason: string;
  readonly expires: string;
  /** Whether it counts towards a quorum. */
  readonly counts: boolean;
  /** Why it does not. */
  readonly problem?: string;
}

/** The bypass that lets closed mandatory gates through. */
export interface BypassNote {
  readonly id: Digest;
  readonly reason: string;
  readonly ticket: string;
  readonly requestedBy: string;
  readonly approvers: readonly string[];
  readonly expires: string;
  /** The closed gates that it lets through. */
  readonly gates: readonly string[];
  /** RFC 3339, UTC: when its review has to be done. */
  readonly reviewDue: string;
}

/** How risky the change is, and what followed from it. */
export interface RiskNote {
  readonly gate: string;
  readonly level: "low" | "medium" | "high";
  /** From 0 to 1; missing where it could not be told. */
  readonly score?: number;
  /** Why, in words, the weightiest first. */
  readonly factors: readonly string[];
  /** Such as `fast-track`. */
  readonly recommendation?: string;
  /** What the level asks for beyond the environment, in words. */
  readonly changes: readonly string[];
}

/** A stage and how long it took. */
export interface StageNote extends Target {
  readonly name: string;
  readonly gates: readonly string[];
}

export const INTEGRITY_LEVELS = ["open", "bound", "sealed"] as const;
export type IntegrityLevel = (typeof INTEGRITY_LEVELS)[number];

/** One input that weakens the decision. */
export interface IntegrityReason {
  readonly code: IntegrityCode;
  readonly message: string;
  readonly remedy: string;
  /** The highest level that a decision with this reason can reach; `sealed` where it is only listed. */
  readonly caps: IntegrityLevel;
}

export type IntegrityCode =
  | "subject-unknown"
  | "worktree-dirty"
  | "evidence-unbound"
  | "evidence-undated"
  | "policy-untrusted"
  | "config-untrusted"
  | "gate-disabled"
  | "no-audit"
  | "unsigned"
  | "in-source-suppressions"
  | "vex-suppressions"
  | "raw-evidence"
  | "waivers-untrusted"
  | "trust-untrusted"
  | "baseline-untrusted"
  | "control-files-changed"
  | "evidence-replayed"
  | "evidence-committed"
  | "advisory-warning"
  | "baseline-in-use"
  | "waivers-in-use"
  | "approvals-in-use"
  | "bypass-in-use"
  | "policy-exceptions"
  | "gates-unproven"
  | "rules-unasked";

export interface Integrity {
  readonly level: IntegrityLevel;
  readonly required: IntegrityLevel;
  readonly reasons: readonly IntegrityReason[];
}

/** Where a decision is that is appended to the audit log later, by somebody who may. */
export interface SpoolReference {
  /** Path of the file, as the user named its folder. */
  readonly spooled: string;
  /** Of the file. */
  readonly sha256: Digest;
  /** Whether it is signed; what is not, `gate audit collect` refuses unless it is told otherwise. */
  readonly signed: boolean;
  /** As {@link AuditReference.salts}. */
  readonly salts?: Readonly<Record<string, string>>;
}

/** Where the decision stands in the audit log. */
export interface AuditReference {
  /** The log's origin. */
  readonly log: string;
  /** The leaf's index, from 0. */
  readonly index: number;
  readonly leafHash: Digest;
  /** `<origin> <size> <root>`: the tree that holds the decision as its last leaf. */
  readonly checkpoint: string;
  /**
   * What the recorded form commits to in place of the value, by JSON pointer (RFC 6901), and under which salt, in base64:
   * with these the recorded form can be made of the printed one. Missing where it commits to nothing.
   */
  readonly salts?: Readonly<Record<string, string>>;
}

export interface PolicyReference {
  /** Over all sources, data and the toolchain's version. */
  readonly digest: Digest;
  /** Of the compiled module that was run. */
  readonly wasm: Digest;
  readonly source: string;
  readonly gates: number;
  /** What compiled them, such as `opa 1.22.0, go1.26.8, sha256:…`. */
  readonly toolchain: string;
  /** The digests of its parts in the audit store, where it is stored: the description first, then the modules. */
  readonly stored?: readonly Digest[];
  /** The revision that policies, configuration, waivers and the rest were read from; missing where that is the work tree. */
  readonly revision?: Revision;
}

/** A state of the repository that decides. */
export interface Revision {
  /** As it was asked for, such as `origin/main`. */
  readonly ref: string;
  readonly commit: string;
}

export interface Decision {
  readonly schema: typeof DECISION_SCHEMA;
  /** UUIDv7. */
  readonly id: string;
  readonly outcome: Outcome;
  /** 0 allow, 1 block, 3 approval required. */
  readonly exitCode: 0 | 1 | 3;
  readonly environment: string;
  readonly subject: Subject;
  /** RFC 3339, UTC. */
  readonly evaluatedAt: string;
  /** Version of this program. */
  readonly engine: { readonly name: "gate"; readonly version: string };
  readonly policy: PolicyReference;
  readonly config: { readonly digest: Digest; readonly path: string };
  readonly evidence: readonly DecisionEvidence[];
  readonly gates: readonly DecisionGate[];
  readonly waivers: WaiverReport;
  readonly approvals: readonly ApprovalNote[];
  readonly bypass: BypassNote | null;
  readonly baseline: BaselineNote | null;
  /** Null where the environment does not ask for it. */
  readonly risk: RiskNote | null;
  readonly stages: readonly StageNote[];
  readonly integrity: Integrity;
  /** Fingerprint of the key that the decision is signed with; null where it is not. */
  readonly signer: string | null;
  /** Of everything besides evidence and policies that the decision was made from; null where it is not stored. */
  readonly inputs: Digest | null;
  /** Null in the recorded form and with `--no-audit`. */
  readonly audit: AuditReference | SpoolReference | null;
}
