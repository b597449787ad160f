import { isClosed } from "../decision/closed.ts";
import { conclude } from "../decision/conclude.ts";
import { isCovered } from "../decision/covered.ts";
import type { DecisionGate } from "../decision/types.ts";
import { type PlacedViolation, placeViolations } from "../decision/violations.ts";
import type { EvidenceDocument } from "../evidence/types.ts";
import type { EvaluationSession, GateEvaluation } from "../policy/evaluate.ts";
import type { RecordedCase } from "../replay/recorded.ts";

/** What a gate says of some evidence, under everything else that a decision was made from. */
export interface Trial {
  /** With waivers, baseline and approvals applied. */
  readonly gate: DecisionGate;
  readonly open: boolean;
  /** The violations in the order of the gate, each with the item that it is about. */
  readonly placed: readonly PlacedViolation[];
  /** The evidence as gates see it. */
  readonly views: readonly EvidenceDocument[];
}

/** Makes the part of a recorded decision that one gate is, with other evidence. */
export async function tryGate(
  { inputs }: RecordedCase,
  recorded: DecisionGate,
  documents: readonly EvidenceDocument[],
  session: EvaluationSession,
): Promise<Trial | undefined> {
  const { id, enforcement, parameters } = recorded;
  let evaluation: GateEvaluation | undefined;
  let views: readonly EvidenceDocument[] = [];
  const listening: EvaluationSession = {
    ...session,
    async evaluate(gate, seen, ...rest) {
      const answer = await session.evaluate(gate, seen, ...rest);
      if (gate.id === id) [evaluation, views] = [answer, seen];
      return answer;
    },
  };
  // Its level of risk has been applied to the gate's parameters when it was recorded.
  const { risk: _, ...environment } = inputs.environment;
  const decision = await conclude(
    {
      ...inputs,
      evidenceStored: false,
      environment: { ...environment, gates: [{ gate: id, enforcement, parameters }] },
    },
    documents,
    listening,
  );
  const gate = decision.gates.find((one) => one.id === id);
  if (gate === undefined || evaluation === undefined) return undefined;
  const stated = evaluation.status === "stated" ? evaluation.statement.violations : [];
  return { gate, open: !isClosed(gate), placed: placeViolations(id, stated, views, session.gate(id).severity), views };
}

/** The violations that nothing excuses. */
export function uncovered({ gate, placed }: Pick<Trial, "gate" | "placed">): readonly PlacedViolation[] {
  const excused = new Set(gate.violations.filter(isCovered).map(({ fingerprint }) => fingerprint));
  return placed.filter(({ violation }) => !excused.has(violation.fingerprint));
}
