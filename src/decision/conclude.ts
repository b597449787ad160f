import type { EvidenceDocument } from "../evidence/types.ts";
import type { EvaluationSession } from "../policy/evaluate.ts";
import { GateError } from "../util/errors.ts";
import { type DecisionInputs, decide } from "./decide.ts";
import { evaluateGates } from "./evaluate.ts";
import { assessEvidence, relateAssessed } from "./evidence.ts";
import { changesOf, riskGate, riskOf, underRisk } from "./risk.ts";
import type { Decision, DecisionGate, EnforcedGate } from "./types.ts";

/**
 * Makes a decision: looks at the evidence, asks the gates, and applies the rules of the environment to what they say. Where
 * the environment looks at the risk of the change, that is asked first, and its level selects the gates. The same inputs,
 * documents and policies give the same decision, but for how long each gate took.
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
  const evaluate = (gates: readonly EnforcedGate[]): Promise<readonly DecisionGate[]> =>
    evaluateGates({ environment: environment.name, gates, evidence, unmatched, subject, now }, session);
  if (environment.risk === undefined) {
    const gates = await evaluate(environment.gates);
    return decide(inputs, { evidence, gates, environment, risk: null });
  }
  const rules = environment.risk;
  const definition = session.gate(rules.gate);
  const [answered] = await evaluate([riskGate(environment, rules, definition)]);
  if (answered === undefined) throw new GateError("internal", `the gate "${rules.gate}" gave no result`);
  const note = riskOf(answered, definition, unmatched);
  const applied = underRisk(environment, rules, note.level);
  const risk = { ...note, changes: changesOf(environment, rules.profiles[note.level]) };
  return decide(inputs, { evidence, gates: await evaluate(applied.gates), environment: applied, risk });
}
