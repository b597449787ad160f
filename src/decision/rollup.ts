import type { Decision, Outcome } from "./types.ts";

export const ROLLUP_SCHEMA = "gate/rollup/v1";

/** One part of a repository: what was decided about it, or why nothing had to be. */
export interface ComponentResult {
  readonly name: string;
  /** Why it was looked at, or was not. */
  readonly because: string;
  /** Missing where the change does not touch it. */
  readonly decision?: Decision;
}

/** The decisions of one check over the parts of a repository, and what they come to together. */
export interface Rollup {
  readonly schema: typeof ROLLUP_SCHEMA;
  readonly environment: string;
  /** The worst of all; `allow` where no part is touched. */
  readonly outcome: Outcome;
  readonly exitCode: Decision["exitCode"];
  /** In the order of gate.yaml. */
  readonly components: readonly ComponentResult[];
}

/** From the best to the worst. */
const OUTCOME_ORDER = ["allow", "allow-bypassed", "approval-required", "block"] as const satisfies readonly Outcome[];

/** A release of the whole repository is as good as its worst part. */
export function rollUp(environment: string, components: readonly ComponentResult[]): Rollup {
  const decisions = components.flatMap(({ decision }) => decision ?? []);
  const worst = decisions.reduce<Decision | undefined>(
    (found, decision) => (found === undefined || rankOf(decision) > rankOf(found) ? decision : found),
    undefined,
  );
  return {
    schema: ROLLUP_SCHEMA,
    environment,
    outcome: worst?.outcome ?? "allow",
    exitCode: worst?.exitCode ?? 0,
    components,
  };
}

function rankOf({ outcome }: Decision): number {
  return OUTCOME_ORDER.indexOf(outcome);
}
