import { conclude } from "../decision/conclude.ts";
import type { Environment } from "../decision/environment.ts";
import type { Decision, EnforcedGate } from "../decision/types.ts";
import type { EvaluationSession } from "../policy/evaluate.ts";
import type { RecordedCase } from "../replay/recorded.ts";

/** Makes a recorded decision once more, with the gates that are given, at whatever risk. */
export async function replay(
  { inputs, documents }: RecordedCase,
  gates: readonly EnforcedGate[],
  session: EvaluationSession,
): Promise<Decision> {
  return conclude({ ...inputs, environment: withGates(inputs.environment, gates) }, documents, session);
}

function withGates(environment: Environment, gates: readonly EnforcedGate[]): Environment {
  const { risk, ...plain } = environment;
  if (risk === undefined) return { ...plain, gates };
  // Without the gate that tells the risk nobody can, which is high risk.
  if (!gates.some(({ gate }) => gate === risk.gate)) {
    return { ...plain, gates, approvals: risk.profiles.high.approvals };
  }
  const { low, medium, high } = risk.profiles;
  const profiles = { low: { ...low, gates }, medium: { ...medium, gates }, high: { ...high, gates } };
  return { ...plain, gates, risk: { ...risk, profiles } };
}
