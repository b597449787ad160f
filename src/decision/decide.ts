import { canonicalDigest } from "../evidence/canonical.ts";
import { applyApprovals, type Statement, type StatementContext } from "./approvals.ts";
import { applyBaseline, type Baseline } from "./baseline.ts";
import { applyBypass } from "./bypass.ts";
import { isBlocking } from "./closed.ts";
import type { Environment } from "./environment.ts";
import { type AssessedEvidence, type EvidenceContext, evidenceRecord } from "./evidence.ts";
import type { GateInputs } from "./gate-result.ts";
import { assessIntegrity, reaches, type SourceTrust } from "./integrity.ts";
import { type Obligation, obligationsGate } from "./obligations.ts";
import { type Person, peopleOf } from "./people.ts";
import { knownAuthors, reviewStatements } from "./reviews.ts";
import { stagesOf, withTargets } from "./stages.ts";
import {
  type BypassNote,
  DECISION_SCHEMA,
  type Decision,
  type DecisionGate,
  type Integrity,
  type Outcome,
  type PolicyReference,
  type RiskNote,
  type Subject,
} from "./types.ts";
import { applyWaivers, type Waiver } from "./waivers.ts";

export { isClosed, standsInTheWay } from "./closed.ts";

export const INPUTS_SCHEMA = "gate/inputs/v1";

/**
 * Everything that a decision is made from besides evidence and policies. It is recorded with the decision, so that the
 * decision can be made again, byte for byte.
 */
export interface DecisionInputs {
  readonly schema: typeof INPUTS_SCHEMA;
  /** UUIDv7. */
  readonly id: string;
  /** RFC 3339, UTC: the one time that everything is judged by. */
  readonly evaluatedAt: string;
  readonly engineVersion: string;
  /** What the environment asks for, with everything that the command line adds. */
  readonly environment: Environment;
  readonly subject: Subject;
  /** Every known author of the commit or the change. */
  readonly authors: readonly string[];
  readonly policy: PolicyReference;
  readonly config: Decision["config"];
  readonly trust: SourceTrust;
  readonly signed: SignedInputs;
  /** False with `--no-audit`. */
  readonly recorded: boolean;
  /** Whether the evidence documents, and these inputs, are recorded with it. */
  readonly evidenceStored: boolean;
  /** As {@link EvidenceContext.recordedFor}. */
  readonly recordedFor: EvidenceContext["recordedFor"];
  /** As {@link EvidenceContext.broughtByChange}. */
  readonly broughtByChange: EvidenceContext["broughtByChange"];
  /** As {@link EvidenceContext.signers}. */
  readonly signers: EvidenceContext["signers"];
  /** What the user declared and was not found. */
  readonly unmatched: GateInputs["unmatched"];
  readonly people: readonly Person[];
  readonly waivers: readonly Waiver[];
  /** Null where there is none to use. */
  readonly baseline: { readonly path: string; readonly content: Baseline } | null;
  /** Approvals and bypasses. */
  readonly statements: readonly Statement[];
  /** The reviews that are owed, of this repository. */
  readonly obligations: readonly Obligation[];
}

/** What of a decision's making is signed; each evidence document says so itself. */
export interface SignedInputs {
  /** Whether the policies ship with gate or come from signed packages. */
  readonly policy: boolean;
  /** Fingerprint of the key that the decision will be signed with. */
  readonly decision: string | null;
}

/** What the gates said about the evidence. */
export interface GateResults {
  readonly evidence: readonly AssessedEvidence[];
  /** As the policies leave them: nothing is waived yet. */
  readonly gates: readonly DecisionGate[];
  /** The environment under which they were asked: that of the inputs, or one of its risk profiles. */
  readonly environment: Environment;
  readonly risk: RiskNote | null;
}

const EXIT_CODES = {
  allow: 0,
  "allow-bypassed": 0,
  block: 1,
  "approval-required": 3,
} as const satisfies Record<Outcome, Decision["exitCode"]>;

/** Puts a decision together. Pure: the same inputs give the same bytes. */
export function decide(inputs: DecisionInputs, results: GateResults): Decision {
  const { subject } = inputs;
  const { environment, evidence, risk } = results;
  const now = new Date(inputs.evaluatedAt);
  const owed = environment.audit === "required" ? obligationsGate(inputs.obligations, now) : undefined;
  const timed = withTargets(results.gates, environment.targets, evidence);
  const evaluated = [...timed, ...(owed === undefined ? [] : [owed])].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const people = peopleOf(inputs.people);
  const authors = knownAuthors(inputs.authors, evidence);
  const { recorded } = inputs;
  const context: StatementContext = { environment: environment.name, people, authors, subject, now, recorded };
  const fresh =
    inputs.baseline === null || environment.baseline === "none"
      ? { gates: evaluated, note: null }
      : applyBaseline(evaluated, inputs.baseline.content, inputs.baseline.path);
  const waived = applyWaivers(fresh.gates, inputs.waivers, { ...context, rules: environment.waivers });
  const rules = environment.approvals;
  const reviews = reviewStatements(evidence, { environment: environment.name, subject, gates: waived.gates, rules });
  const approved = applyApprovals(waived.gates, [...inputs.statements, ...reviews], rules, context);
  const { gates } = approved;
  const blocking = gates.filter((gate) => isBlocking(gate, environment.onAdvisory));
  const bypassed = applyBypass(blocking, inputs.statements, environment.bypass, context);
  const integrity = assessIntegrity({
    required: environment.integrity,
    subject,
    evidence,
    trust: inputs.trust,
    signed: inputs.signed,
    recorded,
    disabled: environment.disabled,
    gates,
    baseline: fresh.note,
    waivers: waived.report,
    bypass: bypassed.bypass,
    onAdvisory: environment.onAdvisory,
  });
  const outcome = outcomeOf(gates, integrity, environment, bypassed.bypass);
  return {
    schema: DECISION_SCHEMA,
    id: inputs.id,
    outcome,
    exitCode: EXIT_CODES[outcome],
    environment: environment.name,
    subject,
    evaluatedAt: inputs.evaluatedAt,
    engine: { name: "gate", version: inputs.engineVersion },
    policy: inputs.policy,
    config: inputs.config,
    evidence: evidence.map((assessed) =>
      inputs.evidenceStored ? { ...evidenceRecord(assessed), stored: true } : evidenceRecord(assessed),
    ),
    gates,
    waivers: waived.report,
    approvals: [...approved.notes, ...bypassed.notes],
    bypass: outcome === "allow-bypassed" ? bypassed.bypass : null,
    baseline: fresh.note,
    risk,
    stages: stagesOf(environment.stages, gates, evidence),
    integrity,
    signer: inputs.signed.decision,
    inputs: inputs.evidenceStored ? canonicalDigest(inputs) : null,
    audit: null,
  };
}

/** A bypass opens closed gates; it does not make up for evidence, policies or a record that cannot be trusted. */
function outcomeOf(
  gates: readonly DecisionGate[],
  integrity: Integrity,
  environment: Environment,
  bypass: BypassNote | null,
): Outcome {
  if (!reaches(integrity.level, integrity.required)) return "block";
  const blocking = gates.filter((gate) => isBlocking(gate, environment.onAdvisory));
  if (blocking.length === 0) return "allow";
  const isOpen = blocking.every(({ enforcement }) => enforcement === "advisory");
  if (isOpen) return "approval-required";
  return bypass === null ? "block" : "allow-bypassed";
}
