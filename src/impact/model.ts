import type { Enforcement, GateResult, Outcome, PolicyReference, Violation } from "../decision/types.ts";

/** What other policies would have made of decisions that are recorded. */

export const IMPACT_SCHEMA = "gate/impact/v1";

/** What becomes of a recorded decision. What is not known is never counted as unchanged. */
export const EFFECTS = [
  "newly-blocked",
  "newly-needs-approval",
  "newly-allowed",
  "unchanged",
  "not-reproducible",
  "cannot-be-re-evaluated",
] as const;
export type Effect = (typeof EFFECTS)[number];

/** Some violations of many. */
export interface ViolationSample {
  readonly count: number;
  /** The first of them, in the order of the decision. */
  readonly first: readonly Violation[];
}

/** How a gate of one decision comes out otherwise. */
export interface GateChange {
  readonly id: string;
  readonly enforcement: Enforcement;
  /** `result` and `violations` for a gate in both; `violations` where only these differ. */
  readonly change: "added" | "removed" | "result" | "violations";
  readonly before?: GateResult;
  readonly after?: GateResult;
  /** Why it is not evaluated or does not apply now. */
  readonly reason?: string;
  /** Violations that only the other policies see, and that only the recorded decision has. */
  readonly violations: { readonly added: ViolationSample; readonly removed: ViolationSample };
}

/** One recorded decision under the other policies. */
export interface DecisionImpact {
  /** In the log. */
  readonly index: number;
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly evaluatedAt: string;
  readonly environment: string;
  readonly repository?: string;
  readonly commit?: string;
  readonly before: Outcome;
  /** Missing where it is not known. */
  readonly after?: Outcome;
  readonly effect: Effect;
  /** Whether the policies that made it make the same of it again; undefined where they are not at hand. */
  readonly reproduced?: boolean;
  /** Why it could not be reproduced or re-evaluated. */
  readonly reasons: readonly string[];
  /** Gates that come out otherwise. */
  readonly gates: readonly GateChange[];
}

/** A gate that only the other policies have, asked of every decision whose own policies are known not to have it. */
export interface AddedGate {
  readonly id: string;
  readonly title: string;
  /** The environments of gate.yaml that enforce it; in any other it changes no verdict. */
  readonly enforcedIn: readonly string[];
  readonly results: Readonly<Partial<Record<GateResult, number>>>;
}

/** A gate that only recorded decisions have. */
export interface RemovedGate {
  readonly id: string;
  /** How many of the re-evaluated decisions had it. */
  readonly decisions: number;
}

export interface ImpactSummary {
  /** All that were looked at; the sum of `effects`. */
  readonly decisions: number;
  readonly effects: Readonly<Record<Effect, number>>;
  /** Unchanged ones of which a gate comes out otherwise. */
  readonly otherResults: number;
  /** Reproduced first with the policies that made them. */
  readonly reproduced: number;
  /** Re-evaluated, though the policies that made them are not at hand. */
  readonly unchecked: number;
}

/** The JSON form is what `gate policy impact --format json` prints; every other output is made from it. */
export interface Impact {
  readonly schema: typeof IMPACT_SCHEMA;
  /** Of the log, and how many entries it held. */
  readonly log: { readonly origin: string; readonly size: number };
  readonly policy: Pick<PolicyReference, "digest" | "source" | "toolchain">;
  /** RFC 3339, UTC. */
  readonly since: string;
  /** Missing for all. */
  readonly environment?: string;
  readonly summary: ImpactSummary;
  readonly added: readonly AddedGate[];
  readonly removed: readonly RemovedGate[];
  /** In the order of the log. */
  readonly decisions: readonly DecisionImpact[];
}
