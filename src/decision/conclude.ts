import type { EvidenceDocument } from "../evidence/types.ts";
import type { EvaluationSession } from "../policy/evaluate.ts";
import { type DecisionInputs, decide } from "./decide.ts";
import { evaluateGates } from "./evaluate.ts";
import { assessEvidence, relateAssessed } from "./evidence.ts";
import type { Decision } from "./types.ts";

/**
 * Makes a decision: looks at the evidence, asks the gates, and applies the rules of the environment to what they say. The
 * same inputs, documents and policies give the same decision, but for how long each gate took.
 *
 * @param documents as they were read
 */
export async function conclude(
  inputs: DecisionInputs,
  documents: readonly EvidenceDocument[],
  session: EvaluationSession,
): Promise<Decision> {
  const { environment, subject, unmatched } = inputs;
  const now = new Date(inputs.evaluatedAt);
  const { binding, freshness } = environment;
  const { recordedFor, broughtByChange, signers } = inputs;
  const assessed = documents.map((document) =>
    assessEvidence(document, { subject, binding, freshness, now, recordedFor, broughtByChange, signers }),
  );
  const evidence = relateAssessed(assessed, subject);
  const gates = await evaluateGates(
    { environment: environment.name, gates: environment.gates, evidence, unmatched, subject, now },
    session,
  );
  return decide(inputs, { evidence, gates, environment, risk: null });
}
