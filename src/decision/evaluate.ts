import type { EvaluationSession } from "../policy/evaluate.ts";
import type { GateContext, GateSubject } from "../policy/input.ts";
import { compact } from "../util/compact.ts";
import { settleGate } from "./covered.ts";
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
 * Lets every mandatory gate show that it can deny, but for those of policies of Conftest, which have no examples; the
 * decision says so of them.
 *
 * @throws {GateError} `policy-engine` or `policy-invalid` where one does not
 */
export async function proveMandatory(session: EvaluationSession, gates: readonly EnforcedGate[]): Promise<void> {
  const mandatory = new Map(
    gates
      .filter(({ gate, enforcement }) => enforcement === "mandatory" && session.gate(gate).conftest === undefined)
      .map((gate) => [gate.gate, gate]),
  );
  await Promise.all(
    grouped([...mandatory.values()], session).map(({ gate }) => session.proveCanary(session.gate(gate))),
  );
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
    subject: gateSubject(subject),
  };
  // What was made for another commit says nothing about this one; what a failed tool did find stays a finding.
  const documents = evidence.filter(({ use }) => use !== "unbound").flatMap(({ view }) => view ?? []);
  const results = new Map<string, DecisionGate>();
  for (const { gate, enforcement, parameters } of grouped(inputs.gates, session)) {
    const definition = session.gate(gate);
    const values = Object.fromEntries(Object.entries(parameters).map(([name, { value }]) => [name, value]));
    const evaluation = await session.evaluate(definition, documents, values, context, now.getTime());
    results.set(gate, settleGate(gateResult({ definition, enforcement, parameters, evidence, unmatched, evaluation })));
  }
  return inputs.gates.flatMap(({ gate }) => results.get(gate) ?? []);
}

function gateSubject({ repository, commit, ref, artifacts, change }: Subject): GateSubject {
  return {
    ...compact({ repository, commit, ref }),
    artifacts: artifacts.map(({ name, digest }) => ({ name, digest })),
    ...(change === undefined ? {} : { change: compact({ id: change.id, base: change.base }) }),
  };
}

/** Gates in an order in which neighbours share a compiled module and the input, which are then loaded once. */
function grouped(gates: readonly EnforcedGate[], session: EvaluationSession): readonly EnforcedGate[] {
  const keyed = gates.map((gate) => {
    const { module, evidence } = session.gate(gate.gate);
    return { gate, module, needs: JSON.stringify(evidence) };
  });
  const sorted = keyed.toSorted((a, b) => a.module - b.module || (a.needs < b.needs ? -1 : Number(a.needs > b.needs)));
  return sorted.map(({ gate }) => gate);
}
