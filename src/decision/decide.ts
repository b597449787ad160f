import { type AssessedEvidence, evidenceRecord } from "./evidence.ts";
import { assessIntegrity, reaches, type SourceTrust } from "./integrity.ts";
import {
  DECISION_SCHEMA,
  type Decision,
  type DecisionGate,
  type Integrity,
  type IntegrityLevel,
  type Outcome,
  type PolicyReference,
  type Subject,
} from "./types.ts";

export interface DecisionInputs {
  /** UUIDv7. */
  readonly id: string;
  /** RFC 3339, UTC. */
  readonly evaluatedAt: string;
  readonly engineVersion: string;
  readonly environment: string;
  readonly subject: Subject;
  readonly policy: PolicyReference;
  readonly config: Decision["config"];
  readonly evidence: readonly AssessedEvidence[];
  readonly gates: readonly DecisionGate[];
  readonly requiredIntegrity: IntegrityLevel;
  readonly trust: SourceTrust;
  readonly recorded: boolean;
  /** Whether the evidence documents are recorded with it. */
  readonly evidenceStored: boolean;
}

const EXIT_CODES = {
  allow: 0,
  "allow-bypassed": 0,
  block: 1,
  "approval-required": 3,
} as const satisfies Record<Outcome, Decision["exitCode"]>;

/** Puts a decision together. Pure: the same inputs give the same bytes. */
export function decide(inputs: DecisionInputs): Decision {
  const gates = inputs.gates.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const integrity = assessIntegrity({
    required: inputs.requiredIntegrity,
    subject: inputs.subject,
    evidence: inputs.evidence,
    trust: inputs.trust,
    recorded: inputs.recorded,
  });
  const outcome = outcomeOf(gates, integrity);
  return {
    schema: DECISION_SCHEMA,
    id: inputs.id,
    outcome,
    exitCode: EXIT_CODES[outcome],
    environment: inputs.environment,
    subject: inputs.subject,
    evaluatedAt: inputs.evaluatedAt,
    engine: { name: "gate", version: inputs.engineVersion },
    policy: inputs.policy,
    config: inputs.config,
    evidence: inputs.evidence.map((assessed) =>
      inputs.evidenceStored ? { ...evidenceRecord(assessed), stored: true } : evidenceRecord(assessed),
    ),
    gates,
    waivers: { used: [], unused: [], expired: [], expiring: [] },
    approvals: [],
    bypass: null,
    integrity,
    audit: null,
  };
}

/** Whether a result keeps its gate closed. */
export function isClosed(gate: DecisionGate): boolean {
  return gate.result === "fail" || gate.result === "not-evaluated";
}

function outcomeOf(gates: readonly DecisionGate[], integrity: Integrity): Outcome {
  if (!reaches(integrity.level, integrity.required)) return "block";
  const closed = gates.filter(isClosed);
  if (closed.some(({ enforcement }) => enforcement === "mandatory")) return "block";
  return closed.length > 0 ? "approval-required" : "allow";
}
