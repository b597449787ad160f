import { isCovered } from "../decision/covered.ts";
import { isClosed, standsInTheWay } from "../decision/decide.ts";
import { reaches } from "../decision/integrity.ts";
import type { Decision, DecisionGate, GateResult, Outcome, Violation, WaiverNote } from "../decision/types.ts";
import { approvalSteps, letThrough } from "./approvals.ts";

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
  const gates = `${closed} of ${count(decision.gates.length, "gate")} closed${letThrough(decision)}`;
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

/** Severity, place, message and rule of a violation, and what lets it through. */
export function textOfViolation(violation: Violation, place = ""): string {
  const { severity, message, rule } = violation;
  const where = place === "" ? "" : `${place}: `;
  return `${severity}: ${where}${message}${rule === undefined ? "" : ` [${rule}]`}${coverOf(violation)}`;
}

/** What lets a violation through, in brackets; empty for one that is not. */
export function coverOf({ waiver, baseline, exception }: Violation): string {
  if (waiver !== undefined) return ` (waived by ${waiver})`;
  if (exception !== undefined) return ` (let through: ${exception})`;
  return baseline === true ? " (in the baseline)" : "";
}

/** Violations with those first that nothing lets through. */
export function uncoveredFirst(violations: readonly Violation[]): readonly Violation[] {
  return violations.toSorted((a, b) => Number(isCovered(a)) - Number(isCovered(b)));
}

/** What became of every waiver, a line for each; empty where there is none for the environment. */
export function waiverLines({ waivers }: Decision): readonly string[] {
  return [
    ...waivers.refused.map((note) => `refused: ${nameOf(note)}${problemOf(note)}`),
    ...waivers.expired.map((note) => `expired: ${nameOf(note)}${problemOf(note)}`),
    ...waivers.expiring.map((note) => `expiring: ${nameOf(note)}, on ${note.expires}`),
    ...waivers.used.map((note) => {
      const { covers, expires, ticket, owner, reason } = note;
      return `used: ${nameOf(note)}, ${count(covers, "violation")} until ${expires}; ${ticket}, ${owner}: ${reason}`;
    }),
    ...waivers.unused.map((note) => `unused: ${nameOf(note)}${problemOf(note)}`),
  ];
}

function problemOf({ problem }: WaiverNote): string {
  return problem === undefined ? "" : `: ${problem}`;
}

function nameOf({ id, gate, source }: WaiverNote): string {
  return `${id} (${gate}, ${source})`;
}

/** What the baseline lets through; undefined where none is used. */
export function baselineLine({ baseline }: Decision): string | undefined {
  if (baseline === null) return undefined;
  const { path, decision, covers, gone } = baseline;
  const shrink = gone === 0 ? "" : `; ${gone} of it gone, so that \`gate baseline create\` can shrink it`;
  return `Baseline: ${count(covers, "violation")} let through by ${path}, of the decision ${decision}${shrink}`;
}

/** `1 gate`, `2 gates`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** What to do next, in order of urgency; empty for a decision in which nothing is closed that nobody let through. */
export function nextSteps(decision: Decision): readonly string[] {
  const steps = gatesByUrgency(decision)
    .filter(standsInTheWay)
    .map((gate) => `${gate.id}: ${gate.remediation ?? "see the reason above"}`);
  const { level, required, reasons } = decision.integrity;
  if (!reaches(level, required)) {
    const remedies = new Set(reasons.filter(({ caps }) => !reaches(caps, required)).map(({ remedy }) => remedy));
    steps.push(...[...remedies].map((remedy) => `integrity: ${remedy}`));
  }
  return [...steps, ...approvalSteps(decision)];
}
