import { isClosed } from "../decision/decide.ts";
import type { Decision, DecisionGate, RiskNote, Violation } from "../decision/types.ts";
import { answerText, riskTexts } from "./answer.ts";
import { escapeWorkflowData, escapeWorkflowProperty } from "./escape.ts";
import { count, gatesByUrgency, headline } from "./summary.ts";

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
    ...(isClosed(gate) ? gateCommands(gate) : []),
  ]);
  if (decision.risk !== null) lines.push(riskCommand(decision.risk));
  const command = decision.exitCode === 0 ? "notice" : "error";
  lines.push(`::${command} title=${escapeWorkflowProperty("gate")}::${escapeWorkflowData(headline(decision))}`);
  return `${lines.join("\n")}\n`;
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
  const lines = gate.violations
    .slice(0, ANNOTATIONS_PER_GATE)
    .map((violation) => violationCommand(command, gate, violation));
  const more = gate.violations.length - ANNOTATIONS_PER_GATE;
  if (more > 0) lines.push(`::${command} title=${title(gate)}::and ${count(more, "more violation")}`);
  if (gate.reason !== undefined) lines.push(`::${command} title=${title(gate)}::${escapeWorkflowData(gate.reason)}`);
  return lines;
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
  const rule = violation.rule === undefined ? "" : ` [${violation.rule}]`;
  return `::${command} ${properties.join(",")}::${escapeWorkflowData(`${violation.severity}: ${violation.message}${rule}`)}`;
}

function title(gate: DecisionGate): string {
  return escapeWorkflowProperty(`gate ${gate.id}`);
}
