import { decide } from "../decision/decide.ts";
import { evaluateGates } from "../decision/evaluate.ts";
import { assessEvidence, relateAssessed } from "../decision/evidence.ts";
import type { SourceTrust } from "../decision/integrity.ts";
import type { Decision, EnforcedGate, Integrity } from "../decision/types.ts";
import type { EvidenceDocument } from "../evidence/types.ts";
import type { EvaluationSession } from "../policy/evaluate.ts";

/** A decision with the evidence that it was made from. */
export interface RecordedCase {
  readonly decision: Decision;
  /** In the order of the decision. */
  readonly documents: readonly EvidenceDocument[];
}

/**
 * Makes a recorded decision once more: its evidence, its time, its environment and its subject, with the gates that are
 * given. What a check learns from git and the CI service is taken from the record.
 */
export async function replay(
  { decision, documents }: RecordedCase,
  gates: readonly EnforcedGate[],
  session: EvaluationSession,
): Promise<Decision> {
  const { subject, environment } = decision;
  const assessed = documents.map((document) => assessEvidence(document, subject));
  const evidence = relateAssessed(assessed, subject);
  const now = new Date(decision.evaluatedAt);
  const results = await evaluateGates({ environment, gates, evidence, unmatched: [], subject, now }, session);
  return decide({
    id: decision.id,
    evaluatedAt: decision.evaluatedAt,
    engineVersion: decision.engine.version,
    environment,
    subject,
    policy: decision.policy,
    config: decision.config,
    evidence,
    gates: results,
    requiredIntegrity: decision.integrity.required,
    trust: trustOf(decision.integrity),
    recorded: true,
    evidenceStored: true,
  });
}

/** What was known of the sources of configuration and policies. */
function trustOf({ reasons }: Integrity): SourceTrust {
  const config = reasons.find(({ code }) => code === "config-untrusted")?.message;
  const policy = reasons.find(({ code }) => code === "policy-untrusted")?.message;
  return { ...(config === undefined ? {} : { config }), ...(policy === undefined ? {} : { policy }) };
}
