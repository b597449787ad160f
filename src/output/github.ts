import { isCovered } from "../decision/covered.ts";
import { isClosed } from "../decision/decide.ts";
import type { Decision, DecisionGate, RiskNote, Violation } from "../decision/types.ts";
import { answerText, riskTexts } from "./answer.ts";
import { approvalLines, bypassLine, owedLines } from "./approvals.ts";
import { escapeWorkflowData, escapeWorkflowProperty } from "./escape.ts";
import {
  baselineLine,
  count,
  gatesByUrgency,
  headline,
  textOfViolation,
  uncoveredFirst,
  waiverLines,
} from "./summary.ts";

/** GitHub shows ten annotations of a kind for a step; more only slow the log down. */
const ANNOTATIONS_PER_GATE = 10;

/**
 * GitHub Actions workflow commands: an annotation for each violation and each gate that could not be evaluated.
 *
 * Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function formatGithub(decision: Decision): string {
  const lines = gatesByUrgency(decision).flatMap((gate) => [
    ...answerCommands(gate),
    ...(isClosed(gate) || gate.result === "waived" ? gateCommands(gate) : []),
  ]);
  if (decision.risk !== null) lines.push(riskCommand(decision.risk));
  lines.push(...exceptionCommands(decision), ...wordCommands(decision));
  const passed = decision.bypass === null ? "notice" : "warning";
  const command = decision.exitCode === 0 ? passed : "error";
  lines.push(`::${command} title=${escapeWorkflowProperty("gate")}::${escapeWorkflowData(headline(decision))}`);
  return `${lines.join("\n")}\n`;
}

/** What people said of closed gates. A bypass is a warning, for nobody is to take it for a pass. */
function wordCommands(decision: Decision): readonly string[] {
  const bypass = bypassLine(decision);
  return [
    ...(bypass === undefined ? [] : [`::warning title=gate bypass::${escapeWorkflowData(bypass)}`]),
    ...approvalLines(decision, ANNOTATIONS_PER_GATE).map(
      (line) => `::notice title=gate approvals::${escapeWorkflowData(line)}`,
    ),
    ...owedLines(decision).map((line) => `::warning title=gate obligations::${escapeWorkflowData(line)}`),
  ];
}

function answerCommands(gate: DecisionGate): readonly string[] {
  const answer = answerText(gate);
  if (answer === undefined) return [];
  const command = !isClosed(gate) ? "notice" : gate.enforcement === "mandatory" ? "error" : "warning";
  return [`::${command} title=${title(gate)}::${escapeWorkflowData(answer)}`];
}

function riskCommand(risk: RiskNote): string {
  const command = risk.level === "high" ? "warning" : "notice";
  const name = escapeWorkflowProperty(`gate ${risk.gate}`);
  return `::${command} title=${name}::${escapeWorkflowData(riskTexts(risk).join("\n"))}`;
}

function gateCommands(gate: DecisionGate): readonly string[] {
  const command = gate.enforcement === "mandatory" ? "error" : "warning";
  const lines = uncoveredFirst(gate.violations)
    .slice(0, ANNOTATIONS_PER_GATE)
    .map((violation) => violationCommand(isCovered(violation) ? "notice" : command, gate, violation));
  const more = gate.violations.length - ANNOTATIONS_PER_GATE;
  if (more > 0)
    lines.push(`::${isClosed(gate) ? command : "notice"} title=${title(gate)}::and ${count(more, "more violation")}`);
  if (gate.reason !== undefined) lines.push(`::${command} title=${title(gate)}::${escapeWorkflowData(gate.reason)}`);
  return lines;
}

/** Waivers and the baseline: what no longer counts is a warning, everything else a notice. */
function exceptionCommands(decision: Decision): readonly string[] {
  const baseline = baselineLine(decision);
  return [
    ...waiverLines(decision).map((line) => {
      const command = /^(?:refused|expired|expiring):/.test(line) ? "warning" : "notice";
      return `::${command} title=${escapeWorkflowProperty("gate waiver")}::${escapeWorkflowData(line)}`;
    }),
    ...(baseline === undefined
      ? []
      : [`::notice title=${escapeWorkflowProperty("gate baseline")}::${escapeWorkflowData(baseline)}`]),
  ];
}

function violationCommand(command: string, gate: DecisionGate, violation: Violation): string {
  const { location } = violation;
  const properties = [`title=${title(gate)}`];
  if (location !== undefined) {
    properties.push(`file=${escapeWorkflowProperty(location.path)}`);
    if (location.line !== undefined) properties.push(`line=${location.line}`);
    if (location.column !== undefined) properties.push(`col=${location.column}`);
    if (location.endLine !== undefined) properties.push(`endLine=${location.endLine}`);
  }
  return `::${command} ${properties.join(",")}::${escapeWorkflowData(textOfViolation(violation))}`;
}

function title(gate: DecisionGate): string {
  return escapeWorkflowProperty(`gate ${gate.id}`);
}
