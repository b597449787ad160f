import { escapeMarkdown } from "../output/escape.ts";
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

/** Flips that are listed, so that the text fits into a comment; the json output has them all. */
const LISTED = 50;

/** As GitHub-flavoured Markdown for a pull request. Each value is escaped where it is inserted. */
export function renderImpact(impact: Impact): string {
  const { summary, policy, environment, since } = impact;
  const flips = flipped(impact);
  const blocks = [
    "### Impact of the policies",
    `${text(policy.source)} on ${count(summary.decisions, "recorded decision")}${environment === undefined ? "" : ` for ${text(environment)}`} since ${text(since)}.`,
    table(
      ["Decisions", "that"],
      EFFECTS.map((effect) => [String(summary.effects[effect]), EFFECT_WORDS[effect]]),
    ),
    summary.decisions === 0 ? "The log holds no such decision, so nothing is known." : checkedLine(summary),
    ...section("Gates", gateRows(impact)),
    ...section(
      "Would flip",
      flips.length === 0
        ? ""
        : table(["Entry", "Time", "Environment", "Commit", "Verdict", "Why"], flips.slice(0, LISTED).map(flipRow)),
    ),
    flips.length > LISTED ? `And ${flips.length - LISTED} more.` : "",
    ...section("Not reproducible", unknownRows(impact, "not-reproducible")),
    ...section("Cannot be re-evaluated", unknownRows(impact, "cannot-be-re-evaluated")),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function section(title: string, block: string): readonly string[] {
  return block === "" ? [] : [`#### ${title}`, block];
}

function gateRows({ added, removed }: Impact): string {
  const rows = [
    ...added.map((gate) => [text(gate.id), "added", text(addedLine(gate))]),
    ...removed.map(({ id, decisions }) => [text(id), "removed", `${count(decisions, "decision")} had it`]),
  ];
  return rows.length === 0 ? "" : table(["Gate", "", "Decisions"], rows);
}

function flipRow(flip: DecisionImpact): readonly string[] {
  const why = flip.gates.flatMap(whyLines).join("<br>");
  const verdict = `${flip.before} → **${flip.after ?? ""}**`;
  return [String(flip.index), text(flip.evaluatedAt), text(flip.environment), text(commitText(flip)), verdict, why];
}

function whyLines(change: GateChange): readonly string[] {
  const { added, removed } = change.violations;
  return [
    `**${text(change.id)}**: ${text(changeLine(change))}`,
    ...added.first.map((violation) => `+ ${text(violationText(violation))}`),
    ...removed.first.map((violation) => `− ${text(violationText(violation))}`),
  ];
}

function unknownRows(impact: Impact, effect: "not-reproducible" | "cannot-be-re-evaluated"): string {
  const rows = unknownByReason(impact, effect).map(({ reason, indexes }) => [indexText(indexes), text(reason)]);
  return rows.length === 0 ? "" : table(["Entries", "Why"], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function text(value: string): string {
  return escapeMarkdown(value);
}
