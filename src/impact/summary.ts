import type { GateResult } from "../decision/types.ts";
import type { Assessment } from "./assess.ts";
import { type AddedGate, EFFECTS, type Effect, type Impact, type ImpactSummary, type RemovedGate } from "./model.ts";

/** Counts what became of all decisions; in the order of the log. */
export function summarise(
  assessments: readonly Assessment[],
): Pick<Impact, "summary" | "added" | "removed" | "decisions"> {
  const decisions = assessments.map(({ impact }) => impact);
  const count = (wanted: (impact: (typeof decisions)[number]) => boolean): number => decisions.filter(wanted).length;
  const effects = Object.fromEntries(EFFECTS.map((effect) => [effect, count((impact) => impact.effect === effect)]));
  const summary: ImpactSummary = {
    decisions: decisions.length,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- there is an entry for each effect
    effects: effects as Record<Effect, number>,
    otherResults: count(({ effect, gates }) => effect === "unchanged" && gates.length > 0),
    reproduced: count(({ reproduced }) => reproduced === true),
    unchecked: count(({ after, reproduced }) => after !== undefined && reproduced === undefined),
  };
  return { summary, added: addedGates(assessments), removed: removedGates(assessments), decisions };
}

function addedGates(assessments: readonly Assessment[]): readonly AddedGate[] {
  const all = assessments.flatMap(({ impact, added }) => added.map((one) => ({ ...one, impact })));
  const byId = [...Map.groupBy(all, ({ gate }) => gate.id)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return byId.map(([id, asked]) => {
    const results: Partial<Record<GateResult, number>> = {};
    for (const { gate } of asked) results[gate.result] = (results[gate.result] ?? 0) + 1;
    const enforcedIn = new Set(asked.filter(({ enforced }) => enforced).map(({ impact }) => impact.environment));
    return { id, title: asked[0]?.gate.title ?? id, enforcedIn: [...enforcedIn].toSorted(), results };
  });
}

function removedGates(assessments: readonly Assessment[]): readonly RemovedGate[] {
  const removed = assessments.flatMap(({ impact }) => impact.gates.filter(({ change }) => change === "removed"));
  const byId = [...Map.groupBy(removed, ({ id }) => id)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return byId.map(([id, gates]) => ({ id, decisions: gates.length }));
}
