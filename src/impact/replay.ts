import { conclude } from "../decision/conclude.ts";
import type { DecisionInputs } from "../decision/decide.ts";
import type { Decision, EnforcedGate } from "../decision/types.ts";
import type { EvidenceDocument } from "../evidence/types.ts";
import type { EvaluationSession } from "../policy/evaluate.ts";

/** A decision with everything that it was made from but the policies. */
export interface RecordedCase {
  readonly decision: Decision;
  readonly inputs: DecisionInputs;
  /** In the order of the decision. */
  readonly documents: readonly EvidenceDocument[];
}

/** Makes a recorded decision once more, with the gates that are given. */
export async function replay(
  { inputs, documents }: RecordedCase,
  gates: readonly EnforcedGate[],
  session: EvaluationSession,
): Promise<Decision> {
  return conclude({ ...inputs, environment: { ...inputs.environment, gates } }, documents, session);
}
