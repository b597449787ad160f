import { isClosed } from "../decision/decide.ts";
import type { Decision, DecisionGate, GateResult, Outcome, Violation } from "../decision/types.ts";

/** What the outputs for people say in the same words. */

export const OUTCOME_WORDS = {
  allow: "ALLOWED",
  "allow-bypassed": "ALLOWED BY EMERGENCY BYPASS",
  "approval-required": "APPROVAL REQUIRED",
  block: "BLOCKED",
} as const satisfies Record<Outcome, string>;

export const RESULT_WORDS = {
  pass: "pass",
  fail: "fail",
  waived: "waived",
  "not-applicable": "not applicable",
  "not-evaluated": "not evaluated",
} as const satisfies Record<GateResult, string>;

/** One line: the outcome, where, and how many gates stand in the way. */
export function headline(decision: Decision): string {
  const closed = decision.gates.filter(isClosed).length;
  const gates = `${closed} of ${count(decision.gates.length, "gate")} closed`;
  return `${OUTCOME_WORDS[decision.outcome]} for ${decision.environment}: ${closed === 0 ? `all ${count(decision.gates.length, "gate")} open` : gates}`;
}

/** Gates in the order in which a reader wants them: closed and mandatory first. */
export function gatesByUrgency(decision: Decision): readonly DecisionGate[] {
  return decision.gates.toSorted((a, b) => urgency(a) - urgency(b) || (a.id < b.id ? -1 : 1));
}

function urgency(gate: DecisionGate): number {
  return (isClosed(gate) ? 0 : 2) + (gate.enforcement === "mandatory" ? 0 : 1);
}

/** `path:line`, or the package, or nothing. */
export function placeOf(violation: Violation): string {
  const { location } = violation;
  if (location === undefined) return violation.package ?? "";
  return location.line === undefined ? location.path : `${location.path}:${location.line}`;
}

/** `1 gate`, `2 gates`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** What to do next, in order of urgency; empty for a decision that lets everything through. */
export function nextSteps(decision: Decision): readonly string[] {
  const steps = gatesByUrgency(decision)
    .filter(isClosed)
    .map((gate) => `${gate.id}: ${gate.remediation ?? "see the reason above"}`);
  const { level, required, reasons } = decision.integrity;
  if (level === "open" && required !== "open") {
    const remedies = new Set(reasons.filter(({ caps }) => caps === "open").map(({ remedy }) => remedy));
    steps.push(...[...remedies].map((remedy) => `integrity: ${remedy}`));
  } else if (level === "bound" && required === "sealed") {
    steps.push("integrity: this version cannot sign, so it cannot reach `sealed`; ask for `bound`.");
  }
  if (decision.outcome === "approval-required")
    steps.push("Mend the advisory gates above, or have their failure approved.");
  return steps;
}
