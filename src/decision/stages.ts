import type { EvidenceDocument } from "../evidence/types.ts";
import type { Stage } from "./environment.ts";
import type { AssessedEvidence } from "./evidence.ts";
import type { DecisionGate, StageNote, Target } from "./types.ts";

/** How long each stage took, from what the evidence of its gates says. A target that is missed closes nothing. */
export function stagesOf(
  stages: readonly Stage[],
  gates: readonly DecisionGate[],
  evidence: readonly AssessedEvidence[],
): readonly StageNote[] {
  return stages.map(({ name, gates: wanted, targetMs }) => {
    const ids = new Set(gates.filter(({ id }) => wanted.includes(id)).flatMap((gate) => gate.evidence));
    return { name, gates: wanted, ...targetOf(documentsOf(ids, evidence), targetMs) };
  });
}

/** Adds to each gate that has a target how long its evidence took to make. */
export function withTargets(
  gates: readonly DecisionGate[],
  targets: Readonly<Record<string, number>>,
  evidence: readonly AssessedEvidence[],
): readonly DecisionGate[] {
  return gates.map((gate) => {
    const targetMs = targets[gate.id];
    if (targetMs === undefined) return gate;
    return { ...gate, target: targetOf(documentsOf(new Set(gate.evidence), evidence), targetMs) };
  });
}

function targetOf(documents: readonly EvidenceDocument[], targetMs: number): Target {
  const measuredMs = durationOf(documents);
  return measuredMs === undefined
    ? { targetMs, missed: false }
    : { targetMs, measuredMs, missed: measuredMs > targetMs };
}

function documentsOf(ids: ReadonlySet<string>, evidence: readonly AssessedEvidence[]): readonly EvidenceDocument[] {
  return evidence.map(({ document }) => document).filter(({ id }) => ids.has(id));
}

/**
 * From when the first tool began to when the last one was done. Where a tool does not say both, the time that it says it
 * took stands for it; where one says neither, nothing can be told of all of them.
 */
function durationOf(documents: readonly EvidenceDocument[]): number | undefined {
  if (documents.length === 0) return undefined;
  const spans = documents.map(({ startedAt, producedAt }) =>
    startedAt === undefined || producedAt === undefined ? undefined : [Date.parse(startedAt), Date.parse(producedAt)],
  );
  const dated = spans.filter((span) => span !== undefined);
  const stated = documents.filter((_, index) => spans[index] === undefined).map(statedDuration);
  const known = stated.filter((duration) => duration !== undefined);
  if (known.length < stated.length) return undefined;
  const from = Math.min(...dated.map(([start = 0]) => start));
  const to = Math.max(...dated.map(([, end = 0]) => end));
  const whole = dated.length === 0 ? 0 : Math.max(0, to - from);
  return Math.round(Math.max(whole, ...known));
}

function statedDuration({ summary }: EvidenceDocument): number | undefined {
  return "durationMs" in summary ? summary.durationMs : undefined;
}
