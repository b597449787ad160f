import type { Stage } from "./environment.ts";
import type { AssessedEvidence } from "./evidence.ts";
import type { DecisionGate, StageNote } from "./types.ts";

/** How long each stage took, from what the evidence of its gates says. */
export function stagesOf(
  _stages: readonly Stage[],
  _gates: readonly DecisionGate[],
  _evidence: readonly AssessedEvidence[],
): readonly StageNote[] {
  return [];
}
