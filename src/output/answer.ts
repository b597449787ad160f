import type { DecisionGate, RiskNote } from "../decision/types.ts";
import { isStringArray } from "../util/json.ts";

/** What gates say besides pass and fail, for people. Nothing here is escaped. */

/** Factors of a risk that are named; the record has them all. */
const NAMED_FACTORS = 3;

const VERDICTS: ReadonlyMap<unknown, string> = new Map([
  ["promote", "PROMOTE"],
  ["hold", "HOLD"],
  ["roll-back", "ROLL BACK"],
]);

/**
 * A gate's answer in one line; undefined where it has none.
 *
 * @example answerText(gate) // "Canary: ROLL BACK (error rate 3.2 % > 1 %)"
 */
export function answerText({ title, answer }: DecisionGate): string | undefined {
  if (answer === undefined) return undefined;
  const verdict = VERDICTS.get(answer["verdict"]);
  if (verdict === undefined) return `${title}: ${plainMembers(answer)}`;
  const reasons = answer["verdict"] === "promote" ? phases(answer) : answer["triggers"];
  return `${title}: ${verdict}${isStringArray(reasons) && reasons.length > 0 ? ` (${reasons.join(", ")})` : ""}`;
}

function phases({ phase, next_phase: next }: Readonly<Record<string, unknown>>): readonly string[] {
  if (typeof phase !== "number") return [];
  return [typeof next === "number" ? `from ${phase} % to ${next} %` : `at ${phase} %`];
}

function plainMembers(answer: Readonly<Record<string, unknown>>): string {
  return Object.entries(answer)
    .filter(([, value]) => typeof value !== "object")
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
}

/** How risky the change is and why, and then what that changed; one line where it changed nothing. */
export function riskTexts({ level, score, recommendation, factors, changes }: RiskNote): readonly string[] {
  const scored = score === undefined ? undefined : `score ${score}`;
  const figures = [scored, recommendation].filter((part) => part !== undefined);
  const named = factors.slice(0, NAMED_FACTORS).join("; ");
  const line = `Risk: ${level}${figures.length === 0 ? "" : ` (${figures.join(", ")})`}${named === "" ? "" : `: ${named}`}`;
  return changes.length === 0 ? [line] : [line, `${level} risk: ${changes.join(", ")}`];
}
