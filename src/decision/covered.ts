import { severityRank } from "../evidence/severity.ts";
import type { Severity } from "../evidence/types.ts";
import { EVIDENCE_REMEDIATION } from "./gate-result.ts";
import type { DecisionGate, Violation } from "./types.ts";

/** Whether a violation is let through, by a waiver, for being in the baseline, or by the policy itself; it stays listed. */
export function isCovered({ waiver, baseline, exception }: Violation): boolean {
  return waiver !== undefined || baseline === true || exception !== undefined;
}

/**
 * The result of a gate after violations of it were covered: `waived` where all of them are, unless something else keeps it
 * from being shown open; then it stays closed for that. Only `fail` can change.
 */
export function settleGate(gate: DecisionGate): DecisionGate {
  const { result, violations, reason } = gate;
  if (result !== "fail" || violations.length === 0 || !violations.every(isCovered)) return gate;
  if (reason !== undefined) return { ...gate, result: "not-evaluated", remediation: EVIDENCE_REMEDIATION };
  const { remediation: _, ...open } = gate;
  return { ...open, result: "waived" };
}

/** What was known of a violation when it was let through. */
export interface Recorded {
  /** The gravest that is let through. */
  readonly severity: Severity;
  /** What was measured, of a violation of which something is. */
  readonly value?: number;
}

/** Says how a violation is worse than what was let through; undefined where it is not. What cannot be compared is. */
export function worsening({ severity, measured }: Violation, recorded: Recorded): string | undefined {
  if (severityRank(severity) < severityRank(recorded.severity))
    return `the finding got worse: ${severity} is graver than ${recorded.severity}`;
  if (measured === undefined) {
    return recorded.value === undefined
      ? undefined
      : `it is for a value of ${recorded.value}, and the finding states none`;
  }
  if (recorded.value === undefined)
    return `it has no \`value\`, and the finding has one that can get worse (${measured.value})`;
  const isWorse = measured.better === "higher" ? measured.value < recorded.value : measured.value > recorded.value;
  if (!isWorse) return undefined;
  return `the finding got worse: ${measured.value} is ${measured.better === "higher" ? "less" : "more"} than ${recorded.value}`;
}
