import { canonicalJson } from "../evidence/canonical.ts";
import { escapeTerminal } from "../output/escape.ts";
import { count } from "../output/summary.ts";
import type { Difference } from "./compare.ts";
import type { ReplayedDecision, ReplayReport, ReplayResult } from "./model.ts";

/** Places that are listed for one decision; the JSON form has more. */
const LISTED = 10;
const VALUE_LENGTH = 200;

const RESULT_WORDS = {
  identical: "identical",
  different: "DIFFERENT",
  "cannot-be-replayed": "cannot be replayed",
} as const satisfies Record<ReplayResult, string>;

/** For a terminal: a line for each decision, with what differs or what is missing below it. */
export function formatReplay(report: ReplayReport): string {
  const { decisions, engine } = report;
  const lines = decisions.flatMap((decision) => decisionLines(decision, engine));
  if (decisions.length > 1) lines.push(summaryLine(decisions));
  return `${lines.join("\n")}\n`;
}

function decisionLines(decision: ReplayedDecision, engine: string): readonly string[] {
  const { index, id, outcome, environment, evaluatedAt, result, reason, different } = decision;
  const version = decision.engine === engine ? "" : `, recorded by gate ${decision.engine}`;
  const about = `entry ${index}, ${evaluatedAt}, ${outcome} for ${environment}, ${id}${version}`;
  const lines = [escapeTerminal(`${RESULT_WORDS[result]}: ${about}`)];
  if (reason !== undefined) lines.push(`  ${escapeTerminal(reason)}`);
  for (const difference of decision.differences.slice(0, LISTED)) lines.push(...differenceLines(difference));
  if (different > LISTED) lines.push(`  and ${count(different - LISTED, "place")} more`);
  return lines;
}

function differenceLines({ path, ...values }: Difference): readonly string[] {
  return [
    `  ${escapeTerminal(path === "" ? "(the whole document)" : path)}`,
    `    recorded  ${valueText(values, "recorded")}`,
    `    now       ${valueText(values, "now")}`,
  ];
}

function valueText(values: Omit<Difference, "path">, name: "recorded" | "now"): string {
  if (values[name] === undefined) return "nothing";
  const text = canonicalJson(values[name]);
  return escapeTerminal(text.length <= VALUE_LENGTH ? text : `${text.slice(0, VALUE_LENGTH - 1).toWellFormed()}…`);
}

function summaryLine(decisions: readonly ReplayedDecision[]): string {
  const having = (wanted: ReplayResult) => decisions.filter(({ result }) => result === wanted).length;
  const parts = [`${having("identical")} identical`, `${having("different")} different`];
  return `${count(decisions.length, "decision")}: ${parts.join(", ")}, ${having("cannot-be-replayed")} cannot be replayed`;
}
