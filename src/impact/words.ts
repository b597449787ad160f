import type { Violation } from "../decision/types.ts";
import { count, placeOf, RESULT_WORDS } from "../output/summary.ts";
import type { AddedGate, DecisionImpact, Effect, GateChange, Impact, ImpactSummary } from "./model.ts";

/** What the outputs for people say in the same words. Nothing here is escaped. */

/** What becomes of decisions. */
export const EFFECT_WORDS = {
  "newly-blocked": "would newly be blocked",
  "newly-needs-approval": "would newly need an approval",
  "newly-allowed": "would newly be allowed",
  unchanged: "keep their verdict",
  "not-reproducible": "are not reproducible with the policies that made them",
  "cannot-be-re-evaluated": "cannot be re-evaluated",
} as const satisfies Record<Effect, string>;

const FLIPS: ReadonlySet<Effect> = new Set(["newly-blocked", "newly-needs-approval", "newly-allowed"]);

/** The decisions whose verdict would be another one. */
export function flipped({ decisions }: Impact): readonly DecisionImpact[] {
  return decisions.filter(({ effect }) => FLIPS.has(effect));
}

/** Decisions of which nothing is known, by the reason, the most frequent first. */
export function unknownByReason(
  { decisions }: Impact,
  effect: "not-reproducible" | "cannot-be-re-evaluated",
): readonly { readonly reason: string; readonly indexes: readonly number[] }[] {
  const unknown = decisions.filter((impact) => impact.effect === effect);
  const groups = Map.groupBy(unknown, ({ reasons }) => reasons.join("; "));
  return [...groups]
    .map(([reason, impacts]) => ({ reason, indexes: impacts.map(({ index }) => index) }))
    .toSorted((a, b) => b.indexes.length - a.indexes.length);
}

/** How far the figures can be relied on. */
export function checkedLine({ reproduced, unchecked }: ImpactSummary): string {
  const first = `${count(reproduced, "decision")} reproduced first with the policies that made ${reproduced === 1 ? "it" : "them"}`;
  return unchecked === 0
    ? `${first}.`
    : `${first}; of ${unchecked} these policies are not at hand, and what is recorded was taken as it is.`;
}

/** `pass -> fail`, and what was added or removed. */
export function changeLine({ change, before, after, reason, violations: { added, removed } }: GateChange): string {
  const parts: string[] = [];
  if (change === "added") parts.push(`new gate, ${after === undefined ? "" : RESULT_WORDS[after]}`);
  if (change === "removed") parts.push(`gate removed, was ${before === undefined ? "" : RESULT_WORDS[before]}`);
  if (change === "result" && before !== undefined && after !== undefined) {
    parts.push(`${RESULT_WORDS[before]} -> ${RESULT_WORDS[after]}`);
  }
  if (added.count > 0) parts.push(`${count(added.count, "violation")} more`);
  if (removed.count > 0 && change !== "removed") parts.push(`${count(removed.count, "violation")} less`);
  if (reason !== undefined) parts.push(reason);
  return parts.join(", ");
}

/** `high  src/a.ts:7  message  [rule]`. */
export function violationText(violation: Violation): string {
  const { severity, message, rule } = violation;
  const words = [severity, placeOf(violation), message, rule === undefined ? "" : `[${rule}]`];
  return words.filter((word) => word !== "").join("  ");
}

/** What a new gate says of the decisions, and where it counts. */
export function addedLine({ enforcedIn, results }: AddedGate): string {
  const figures = Object.entries(results).map(([result, number]) => `${number} ${result}`);
  const where = enforcedIn.length === 0 ? "gate.yaml enforces it nowhere, so it flips nothing" : enforcedIn.join(", ");
  return `${figures.join(", ")} (${where})`;
}

/** The first 12 digits, or that there is none. */
export function commitText({ commit }: DecisionImpact): string {
  return commit?.slice(0, 12) ?? "no commit";
}

/** Some of many numbers. */
export function indexText(indexes: readonly number[]): string {
  const shown = indexes.slice(0, 10).join(", ");
  return indexes.length <= 10 ? shown : `${shown} and ${indexes.length - 10} more`;
}
