import { conclude } from "../decision/conclude.ts";
import type { Decision, EnforcedGate } from "../decision/types.ts";
import type { EvaluationSession } from "../policy/evaluate.ts";
import type { RecordedCase } from "../replay/recorded.ts";

/** Makes a recorded decision once more, with the gates that are given. */
export async function replay(
  { inputs, documents }: RecordedCase,
  gates: readonly EnforcedGate[],
  session: EvaluationSession,
): Promise<Decision> {
  return conclude({ ...inputs, environment: { ...inputs.environment, gates } }, documents, session);
}
