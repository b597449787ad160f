import { escapeIndented } from "../output/escape.ts";
import { count } from "../output/summary.ts";
import { type DecisionImpact, EFFECTS, type GateChange, type Impact } from "./model.ts";
import {
  addedLine,
  changeLine,
  checkedLine,
  commitText,
  EFFECT_WORDS,
  flipped,
  indexText,
  unknownByReason,
  violationText,
} from "./words.ts";

/** Flips that are listed; the json output has them all. */
const LISTED = 20;

/** For a terminal. */
export function formatImpact(impact: Impact): string {
  const { summary, policy, log, environment, since } = impact;
  const flips = flipped(impact);
  const lines = [
    `Impact of ${policy.source} on ${count(summary.decisions, "decision")}${environment === undefined ? "" : ` for ${environment}`} since ${since}`,
    `log ${log.origin} (${count(log.size, "entry").replace(/entrys$/, "entries")}), policy ${policy.digest.slice("sha256:".length, 19)}`,
    "",
    ...EFFECTS.map((effect) => `${String(summary.effects[effect]).padStart(6)} ${EFFECT_WORDS[effect]}`),
    "",
    ...(summary.decisions === 0 ? ["The log holds no such decision, so nothing is known."] : [checkedLine(summary)]),
    ...(summary.otherResults === 0
      ? []
      : [`Of ${count(summary.otherResults, "unchanged decision")} gates come out otherwise; see the json output.`]),
    ...section("Gates", gateLines(impact)),
    ...section("Would flip", flips.slice(0, LISTED).flatMap(flipLines)),
    ...(flips.length > LISTED ? [`  and ${flips.length - LISTED} more; see the json output`] : []),
    ...section("Not reproducible", unknownLines(impact, "not-reproducible")),
    ...section("Cannot be re-evaluated", unknownLines(impact, "cannot-be-re-evaluated")),
  ];
  return `${lines.map(escapeIndented).join("\n")}\n`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

function gateLines({ added, removed }: Impact): readonly string[] {
  return [
    ...added.map((gate) => `  + ${gate.id}: ${addedLine(gate)}`),
    ...removed.map(({ id, decisions }) => `  - ${id}: removed, ${count(decisions, "decision")} had it`),
  ];
}

function flipLines(flip: DecisionImpact): readonly string[] {
  const head = [
    String(flip.index).padStart(5),
    flip.evaluatedAt,
    flip.environment.padEnd(12),
    commitText(flip).padEnd(12),
    `${flip.before} -> ${flip.after ?? ""}`,
  ];
  return [head.join("  "), ...flip.gates.flatMap(changeLines)];
}

function changeLines(change: GateChange): readonly string[] {
  const { added, removed } = change.violations;
  return [
    `         ${change.id} (${change.enforcement}): ${changeLine(change)}`,
    ...added.first.map((violation) => `           + ${violationText(violation)}`),
    ...removed.first.map((violation) => `           - ${violationText(violation)}`),
  ];
}

function unknownLines(impact: Impact, effect: "not-reproducible" | "cannot-be-re-evaluated"): readonly string[] {
  return unknownByReason(impact, effect).map(({ reason, indexes }) => `  ${indexText(indexes)}: ${reason}`);
}
