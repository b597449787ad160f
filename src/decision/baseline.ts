import { severityRank } from "../evidence/severity.ts";
import type { Digest, Severity } from "../evidence/types.ts";
import type { Measured } from "../policy/statement.ts";
import { type Recorded, settleGate, worsening } from "./covered.ts";
import type { BaselineNote, Decision, DecisionGate, Violation } from "./types.ts";

export const BASELINE_SCHEMA = "gate/baseline/v1";

/** Violations that were there at a recorded decision. */
export interface Baseline {
  readonly schema: typeof BASELINE_SCHEMA;
  /** The decision that it was made from. */
  readonly decision: {
    /** UUIDv7. */
    readonly id: string;
    /** Of the recorded document. */
    readonly digest: Digest;
    readonly log: string;
    readonly commit?: string;
    readonly environment: string;
  };
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** By gate. */
  readonly gates: Readonly<Record<string, readonly BaselinedViolation[]>>;
}

export interface BaselinedViolation {
  readonly fingerprint: Digest;
  /** A graver one is new. */
  readonly severity: Severity;
  /** Of a violation that states a figure; a worse one is new. */
  readonly measured?: Pick<Measured, "value" | "better">;
}

/** A violation that one baseline lets through and another does not. */
export interface Growth {
  readonly gate: string;
  readonly fingerprint: Digest;
  /** `new`, or the same violation at a graver severity or with a worse figure. */
  readonly kind: "new" | "worse";
}

/**
 * Lets through what was there before and is no worse; what is let through stays listed. A gate of which all violations
 * are let through is `waived`.
 *
 * @param path for the note
 */
export function applyBaseline(
  gates: readonly DecisionGate[],
  baseline: Baseline,
  path: string,
): { readonly gates: readonly DecisionGate[]; readonly note: BaselineNote | null } {
  const applied = gates.map((gate) => applyToGate(gate, entriesOf(baseline, gate.id)));
  const note = {
    decision: baseline.decision.id,
    path,
    covers: sum(applied.map(({ violations }) => violations.filter((violation) => violation.baseline).length)),
    gone: sum(applied.map((gate) => goneOf(gate, entriesOf(baseline, gate.id)))),
  };
  return { gates: applied, note };
}

/**
 * The baseline of a decision: what its closed gates found and nobody has waived.
 *
 * @param source the decision's place in the log
 */
export function baselineOf(
  decision: Decision,
  source: { readonly digest: Digest; readonly log: string },
  createdAt: Date,
): Baseline {
  const { id, environment, subject } = decision;
  const gates = decision.gates.flatMap((gate) => {
    const entries = gate.violations
      .filter((one) => one.waiver === undefined && one.exception === undefined)
      .map(entryOf);
    return entries.length === 0 ? [] : [[gate.id, sorted(entries)] as const];
  });
  return {
    schema: BASELINE_SCHEMA,
    decision: {
      id,
      digest: source.digest,
      log: source.log,
      ...(subject.commit === undefined ? {} : { commit: subject.commit }),
      environment,
    },
    createdAt: createdAt.toISOString(),
    gates: Object.fromEntries(gates),
  };
}

/**
 * A baseline without what a later decision no longer finds. Gates that the decision did not evaluate in full keep theirs:
 * what was not looked for is not gone.
 *
 * @param next {@link baselineOf} of that decision; what only it has is left out
 */
export function shrink(before: Baseline, next: Baseline, decision: Decision): Baseline {
  const evaluated = new Set(decision.gates.filter(isEvaluated).map(({ id }) => id));
  const gates = Object.keys(before.gates).flatMap((gate) => {
    const old = entriesOf(before, gate);
    const kept = evaluated.has(gate) ? old.flatMap((entry) => keptEntry(entry, entriesOf(next, gate))) : old;
    return kept.length === 0 ? [] : [[gate, sorted(kept)] as const];
  });
  return { ...next, gates: Object.fromEntries(gates) };
}

/** What the second baseline would let through beyond the first; empty where it does not grow. */
export function growth(before: Baseline, after: Baseline): readonly Growth[] {
  return Object.keys(after.gates).flatMap((gate) => {
    const known = byFingerprint(entriesOf(before, gate));
    return entriesOf(after, gate).flatMap((entry): readonly Growth[] => {
      const { fingerprint } = entry;
      const old = known.get(fingerprint);
      if (old === undefined) return [{ gate, fingerprint, kind: "new" }];
      return isWider(entry, old) ? [{ gate, fingerprint, kind: "worse" }] : [];
    });
  });
}

/** Whether a gate has looked at everything, so that what it does not list is not there. */
function isEvaluated({ result, reason }: DecisionGate): boolean {
  return result === "pass" || ((result === "fail" || result === "waived") && reason === undefined);
}

function applyToGate(gate: DecisionGate, entries: readonly BaselinedViolation[]): DecisionGate {
  if (gate.result !== "fail" || entries.length === 0) return gate;
  const known = byFingerprint(entries);
  const violations = gate.violations.map((violation): Violation => {
    const entry = known.get(violation.fingerprint);
    return entry === undefined || worsening(violation, recordedOf(entry)) !== undefined
      ? violation
      : { ...violation, baseline: true };
  });
  return settleGate({ ...gate, violations });
}

function goneOf(gate: DecisionGate, entries: readonly BaselinedViolation[]): number {
  if (!isEvaluated(gate)) return 0;
  const present = new Set(gate.violations.map(({ fingerprint }) => fingerprint));
  return entries.filter(({ fingerprint }) => !present.has(fingerprint)).length;
}

function entryOf({ fingerprint, severity, measured }: Violation): BaselinedViolation {
  if (measured === undefined) return { fingerprint, severity };
  const { value, better } = measured;
  return { fingerprint, severity, measured: { value, better } };
}

function recordedOf({ severity, measured }: BaselinedViolation): Recorded {
  return { severity, ...(measured === undefined ? {} : { value: measured.value }) };
}

/** The entry as it is now, which is no worse than it was. */
function keptEntry(old: BaselinedViolation, next: readonly BaselinedViolation[]): readonly BaselinedViolation[] {
  return next.filter((entry) => entry.fingerprint === old.fingerprint);
}

function isWider({ severity, measured }: BaselinedViolation, old: BaselinedViolation): boolean {
  if (severityRank(severity) < severityRank(old.severity)) return true;
  if (measured === undefined || old.measured === undefined) return measured !== old.measured;
  if (measured.better !== old.measured.better) return true;
  return measured.better === "higher" ? measured.value < old.measured.value : measured.value > old.measured.value;
}

function entriesOf({ gates }: Baseline, gate: string): readonly BaselinedViolation[] {
  return Object.hasOwn(gates, gate) ? (gates[gate] ?? []) : [];
}

function byFingerprint(entries: readonly BaselinedViolation[]): ReadonlyMap<Digest, BaselinedViolation> {
  return new Map(entries.map((entry) => [entry.fingerprint, entry]));
}

function sorted(entries: readonly BaselinedViolation[]): readonly BaselinedViolation[] {
  return entries.toSorted((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
