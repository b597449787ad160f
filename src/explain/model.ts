import type { AppliedParameter, Decision, DecisionGate, IntegrityReason, Violation } from "../decision/types.ts";
import type { Digest, Location, Severity } from "../evidence/types.ts";

export const EXPLANATION_SCHEMA = "gate/explanation/v1";

/** What a change does to the evidence, in the words of whoever has to do it. */
export type ChangeAction =
  | "fix-finding"
  | "pass-test"
  | "add-tests"
  | "cover"
  | "kill-mutant"
  | "state-licence"
  | "identify-component"
  | "remove-component"
  | "state-root"
  | "state-dependencies"
  | "remove-item";

/** One change of the evidence. */
export interface Change {
  readonly action: ChangeAction;
  /** The evidence file. */
  readonly evidence: string;
  /** What is changed: a test, a component, an item by its name; of a finding what the tool says. */
  readonly name?: string;
  readonly severity?: Severity;
  readonly rule?: string;
  readonly location?: Location;
  /** How many, of `cover` and `add-tests`. */
  readonly count?: number;
  /** Of `cover`: `changed lines`, `lines`, `branches`, `functions` or `statements`. */
  readonly metric?: string;
  /** Of `cover`: where most of it is missed, and how many there to cover. */
  readonly files?: readonly { readonly path: string; readonly count: number }[];
}

/** What would open a gate. */
export type Remedy =
  /** It is open. */
  | { readonly kind: "none-needed" }
  /** These changes would: tried with the recorded policies, time and everything else. */
  | {
      readonly kind: "changes";
      readonly changes: readonly Change[];
      /** True where it is known that none of them can be left out. */
      readonly minimal: boolean;
      /** How often the gate was asked. */
      readonly evaluations: number;
    }
  /** Evidence that is missing or cannot be used; only when it is there can be said what else is wrong. */
  | { readonly kind: "evidence"; readonly provide: readonly string[] }
  /** Not even all changes that were tried, together. */
  | { readonly kind: "not-found"; readonly says: readonly string[]; readonly evaluations: number }
  /** It cannot be tried. */
  | { readonly kind: "unknown"; readonly reason: string };

/** A rule of a policy. */
export interface RuleReference {
  /** Such as `deny`. */
  readonly name: string;
  readonly file: string;
  /** From 1. */
  readonly row: number;
  /** From the METADATA of the rule, else of its gate. */
  readonly title?: string;
  /** The parameters of the gate that its text names. */
  readonly parameters: readonly string[];
}

/** Where in a file something is. */
export interface EvidencePlace {
  /** The id of the evidence. */
  readonly id: Digest;
  readonly path: string;
  readonly sha256: Digest;
  /** JSON pointer in the normalised document, such as `/body/findings/3`. */
  readonly normalised?: string;
  /** Whether the file is still the one that was read. */
  readonly file: "same" | "changed" | "gone" | "not-looked-at";
  /** Where it is in the file, as far as that is known. */
  readonly original?: OriginalPlace;
}

/** A place in a file. Lines and columns count from 1. */
export interface OriginalPlace {
  /** JSON pointer, in a JSON file. */
  readonly pointer?: string;
  readonly line: number;
  readonly column?: number;
}

/** Something that people decided and that concerns a gate or a violation. */
export interface Excuse {
  readonly kind: "waiver" | "baseline" | "approval" | "bypass";
  /** Of a waiver or approval. */
  readonly id?: string;
  /** Such as `waivers.yaml:12`. */
  readonly source?: string;
  /** Whether it counts. */
  readonly counts: boolean;
  /** What it does, or why it does not count. */
  readonly text: string;
}

export interface ExplainedViolation extends Violation {
  readonly rules: readonly RuleReference[];
  readonly place?: EvidencePlace;
  readonly excuses: readonly Excuse[];
}

export interface ExplainedParameter extends AppliedParameter {
  readonly name: string;
}

export interface ExplainedGate
  extends Pick<DecisionGate, "id" | "title" | "enforcement" | "result" | "applicable" | "reason" | "remediation"> {
  /** Whether it is closed and nobody has overridden it. */
  readonly standsInTheWay: boolean;
  readonly parameters: readonly ExplainedParameter[];
  /** Those that concern the gate as a whole. */
  readonly excuses: readonly Excuse[];
  readonly violations: readonly ExplainedViolation[];
  /** Why no rule is named; missing where rules are. */
  readonly rulesUnknown?: string;
  readonly remedy: Remedy;
}

/** Reasons of one kind why the level of integrity is too low. */
export interface ExplainedIntegrity extends Pick<IntegrityReason, "code" | "remedy"> {
  readonly messages: readonly string[];
}

/** Everything that `gate explain` says. */
export interface Explanation {
  readonly schema: typeof EXPLANATION_SCHEMA;
  readonly about: "decision" | "gate" | "violation";
  readonly decision: Pick<Decision, "id" | "outcome" | "environment" | "evaluatedAt"> & {
    readonly index: number;
    readonly commit?: string;
  };
  readonly integrity: {
    readonly level: Decision["integrity"]["level"];
    readonly required: Decision["integrity"]["required"];
    /** What keeps the level below the required one; empty where it is high enough. */
    readonly reasons: readonly ExplainedIntegrity[];
  };
  /** Those that stand in the way; or the one that was asked for, with only the violation that was asked for. */
  readonly gates: readonly ExplainedGate[];
  /** How many gates the decision has. */
  readonly asked: number;
}
