import { type DecisionInputs, decide, type GateResults, INPUTS_SCHEMA } from "../../src/decision/decide.ts";
import { type Environment, environmentDefaults } from "../../src/decision/environment.ts";
import {
  type Decision,
  type DecisionGate,
  INTEGRITY_LEVELS,
  type Violation,
  type WaiverReport,
} from "../../src/decision/types.ts";
import type { Waiver } from "../../src/decision/waivers.ts";
import { sha256 } from "../../src/evidence/canonical.ts";

export const COMMIT = "a".repeat(40);
export const NOW = "2026-01-01T00:00:00.000Z";

export const NO_WAIVERS: WaiverReport = { used: [], unused: [], expired: [], expiring: [], refused: [] };

const digest = sha256("");

/** A mandatory gate that passes. */
export function sampleGate(changes: Partial<DecisionGate> = {}): DecisionGate {
  return {
    id: "gate",
    title: "Gate",
    enforcement: "mandatory",
    result: "pass",
    applicable: 1,
    durationMs: 1,
    parameters: {},
    evidence: [],
    violations: [],
    controls: [],
    ...changes,
  };
}

export function sampleViolation(changes: Partial<Violation> = {}): Violation {
  const message = changes.message ?? "SQL injection";
  return { fingerprint: sha256(message), severity: "high", message, ...changes };
}

/** Production, as it is where gate.yaml says nothing, but at any level of integrity. */
export function sampleEnvironment(changes: Partial<Environment> = {}): Environment {
  return { ...environmentDefaults("production"), integrity: "open", ...changes };
}

export function sampleInputs(changes: Partial<DecisionInputs> = {}): DecisionInputs {
  return {
    schema: INPUTS_SCHEMA,
    id: "01900000-0000-7000-8000-000000000000",
    evaluatedAt: NOW,
    engineVersion: "0.0.0",
    environment: sampleEnvironment(),
    subject: { commit: COMMIT, artifacts: [], source: "git", dirty: false },
    authors: ["author@example.com"],
    policy: { digest, wasm: digest, source: "builtin", gates: 1, toolchain: "opa" },
    config: { digest, path: "gate.yaml" },
    trust: {},
    signed: { policy: true, decision: null },
    recorded: true,
    evidenceStored: false,
    recordedFor: {},
    broughtByChange: [],
    signers: {},
    unmatched: [],
    people: [],
    waivers: [],
    baseline: null,
    statements: [],
    obligations: [],
    ...changes,
  };
}

/** A decision over gates that have said what they say. */
export function sampleDecide(
  { gates = [sampleGate()], evidence = [], ...results }: Partial<GateResults> = {},
  changes: Partial<DecisionInputs> = {},
): Decision {
  const inputs = sampleInputs(changes);
  return decide(inputs, { gates, evidence, environment: inputs.environment, risk: null, ...results });
}

/** A violation as it was before anything let it through. */
export function uncovered(violation: Violation): Violation {
  const { waiver: _waiver, baseline: _baseline, ...found } = violation;
  return found;
}

/** A waiver of {@link sampleViolation} in {@link sampleGate}, approved by two and in force at {@link NOW}. */
export function sampleWaiver(changes: Partial<Waiver> = {}): Waiver {
  const { fingerprint, severity } = sampleViolation();
  return {
    id: "w1",
    gate: "gate",
    ...(changes.match === undefined ? { fingerprint } : {}),
    severity,
    occurrences: 1,
    reason: "the fix is on its way",
    ticket: "SEC-1",
    owner: "payments",
    requestedBy: "rita@example.com",
    approvedBy: ["alice@example.com", "bob@example.com"],
    created: "2025-12-20",
    expires: "2026-01-15",
    scope: { environments: [], paths: [] },
    source: "waivers.yaml:4",
    ...changes,
  };
}

/** What a decision says of whatever is not simply open, a line for each gate, waiver and statement, in words. */
export function saidBy({ gates, waivers, approvals, bypass, baseline, integrity }: Decision): readonly string[] {
  const { level, required, reasons } = integrity;
  const isTooLow = INTEGRITY_LEVELS.indexOf(level) < INTEGRITY_LEVELS.indexOf(required);
  const weakening = reasons.filter(({ caps }) => caps === level).map(({ code }) => code);
  return [
    ...gates.flatMap(({ id, result, approvedBy }) =>
      result === "pass" ? [] : [`${id}: ${result}${approvedBy === undefined ? "" : ", approved"}`],
    ),
    ...Object.entries(waivers).flatMap(([list, notes]: readonly [string, WaiverReport["used"]]) =>
      notes.map(({ id, problem }) => `${id}: ${list}${because(problem)}`),
    ),
    ...(baseline === null ? [] : [`baseline: covers ${baseline.covers}, ${baseline.gone} gone`]),
    ...approvals.map(({ approver, kind, gate, counts, problem }) => {
      const what = gate === undefined ? kind : `${kind} of ${gate}`;
      return `${approver}'s ${what}: ${counts ? "counts" : "no"}${because(problem)}`;
    }),
    ...(bypass === null ? [] : [`bypassed: ${bypass.gates.join(", ")}`]),
    ...(isTooLow ? [`integrity: ${level} and not ${required}: ${weakening.join(", ")}`] : []),
  ];
}

function because(problem: string | undefined): string {
  return problem === undefined ? "" : ` (${problem})`;
}
