import type { Decision, DecisionGate, Outcome, Violation } from "../decision/types.ts";
import type { Effect, GateChange, ViolationSample } from "./model.ts";

/** Violations of a gate that are kept of all that were added or removed. */
const SAMPLE = 5;

const EFFECT_OF = {
  allow: "newly-allowed",
  "allow-bypassed": "newly-allowed",
  "approval-required": "newly-needs-approval",
  block: "newly-blocked",
} as const satisfies Record<Outcome, Effect>;

/** What the other outcome means for whoever releases. */
export function effectOf(before: Outcome, after: Outcome): Effect {
  return before === after ? "unchanged" : EFFECT_OF[after];
}

/** The gates that come out otherwise, in the order of their ids. */
export function gateChanges(before: Decision, after: Decision): readonly GateChange[] {
  const old = new Map(before.gates.map((gate) => [gate.id, gate]));
  const next = new Map(after.gates.map((gate) => [gate.id, gate]));
  const ids = [...new Set([...old.keys(), ...next.keys()])].toSorted();
  return ids.flatMap((id) => gateChange(old.get(id), next.get(id)) ?? []);
}

function gateChange(before: DecisionGate | undefined, after: DecisionGate | undefined): GateChange | undefined {
  const gate = after ?? before;
  if (gate === undefined) return undefined;
  const added = missingFrom(before, after);
  const removed = missingFrom(after, before);
  const change = kindOfChange(before, after, added.count + removed.count > 0);
  if (change === undefined) return undefined;
  return {
    id: gate.id,
    enforcement: gate.enforcement,
    change,
    ...(before === undefined ? {} : { before: before.result }),
    ...(after === undefined ? {} : { after: after.result }),
    ...(after?.reason === undefined ? {} : { reason: after.reason }),
    violations: { added, removed },
  };
}

function kindOfChange(
  before: DecisionGate | undefined,
  after: DecisionGate | undefined,
  otherViolations: boolean,
): GateChange["change"] | undefined {
  if (before === undefined) return "added";
  if (after === undefined) return "removed";
  if (before.result !== after.result) return "result";
  return otherViolations ? "violations" : undefined;
}

/** The violations of the second that the first does not have. */
function missingFrom(one: DecisionGate | undefined, other: DecisionGate | undefined): ViolationSample {
  const known = new Set(one?.violations.map(({ fingerprint }) => fingerprint));
  const missing = other?.violations.filter(({ fingerprint }) => !known.has(fingerprint)) ?? [];
  return { count: missing.length, first: missing.slice(0, SAMPLE) };
}

/**
 * In what a decision that was made again differs from the recorded one, in words; empty where it is reproduced. Reasons
 * are left out: they name files that were looked for and not found, which no record keeps.
 */
export function differences(recorded: Decision, again: Decision): readonly string[] {
  const found: string[] = [];
  const replayed = new Map(again.gates.map((gate) => [gate.id, gate]));
  for (const gate of recorded.gates) {
    const other = replayed.get(gate.id);
    const difference = other === undefined ? "it is gone" : differenceOf(gate, other);
    if (difference !== undefined) found.push(`${gate.id}: ${difference}`);
  }
  if (recorded.integrity.level !== again.integrity.level) {
    found.push(`integrity: recorded ${recorded.integrity.level}, now ${again.integrity.level}`);
  }
  if (recorded.outcome !== again.outcome) found.push(`outcome: recorded ${recorded.outcome}, now ${again.outcome}`);
  return found;
}

function differenceOf(gate: DecisionGate, other: DecisionGate): string | undefined {
  if (gate.result !== other.result) {
    const why = other.reason === undefined ? "" : ` (${other.reason})`;
    return `recorded ${gate.result}, now ${other.result}${why}`;
  }
  if (gate.applicable !== other.applicable) return `it looked at ${gate.applicable}, now at ${other.applicable}`;
  return namesOf(gate.violations) === namesOf(other.violations) ? undefined : "its violations are others";
}

function namesOf(violations: readonly Violation[]): string {
  return JSON.stringify(violations.map(({ fingerprint, severity, message }) => [fingerprint, severity, message]));
}
