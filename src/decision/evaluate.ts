import type { EvaluationSession } from "../policy/evaluate.ts";
import type { GateContext } from "../policy/input.ts";
import type { AssessedEvidence } from "./evidence.ts";
import { type GateInputs, gateResult } from "./gate-result.ts";
import type { DecisionGate, EnforcedGate, Subject } from "./types.ts";

/** Everything that the results of the gates of one decision depend on, but for the policy itself. */
export interface EvaluationInputs {
  /** Name of the environment. */
  readonly environment: string;
  readonly gates: readonly EnforcedGate[];
  readonly evidence: readonly AssessedEvidence[];
  /** As {@link GateInputs.unmatched}. */
  readonly unmatched: GateInputs["unmatched"];
  readonly subject: Subject;
  /** The time that the policy sees. */
  readonly now: Date;
}

/**
 * Lets every mandatory gate show that it can deny.
 *
 * @throws {GateError} `policy-engine` or `policy-invalid` where one does not
 */
export async function proveMandatory(session: EvaluationSession, gates: readonly EnforcedGate[]): Promise<void> {
  const mandatory = gates.filter(({ enforcement }) => enforcement === "mandatory");
  await Promise.all(mandatory.map(({ gate }) => session.proveCanary(session.gate(gate))));
}

/** The results of some gates, in their order. */
export async function evaluateGates(
  inputs: EvaluationInputs,
  session: EvaluationSession,
): Promise<readonly DecisionGate[]> {
  const { environment, evidence, unmatched, subject, now } = inputs;
  const context: GateContext = {
    environment,
    time: now.toISOString(),
    subject: {
      ...(subject.repository === undefined ? {} : { repository: subject.repository }),
      ...(subject.commit === undefined ? {} : { commit: subject.commit }),
      ...(subject.ref === undefined ? {} : { ref: subject.ref }),
    },
  };
  // What was made for another commit says nothing about this one; what a failed tool did find stays a finding.
  const documents = evidence.filter(({ use }) => use !== "unbound").flatMap(({ view }) => view ?? []);
  const results: DecisionGate[] = [];
  for (const { gate, enforcement, parameters } of inputs.gates) {
    const definition = session.gate(gate);
    const values = Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]));
    const evaluation = await session.evaluate(definition, documents, values, context, now.getTime());
    results.push(gateResult({ definition, enforcement, parameters, evidence, unmatched, evaluation }));
  }
  return results;
}
