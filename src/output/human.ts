import { isClosed, standsInTheWay } from "../decision/decide.ts";
import { reaches } from "../decision/integrity.ts";
import type { Decision, DecisionGate, IntegrityCode, SpoolReference, Violation } from "../decision/types.ts";
import { answerText, riskTexts } from "./answer.ts";
import { approvalLines, bypassLine, owedLines } from "./approvals.ts";
import { escapeTerminal } from "./escape.ts";
import {
  baselineLine,
  count,
  coverOf,
  gatesByUrgency,
  headline,
  nextSteps,
  placeOf,
  RESULT_WORDS,
  uncoveredFirst,
  waiverLines,
} from "./summary.ts";

/** Reasons of which each is about something else, so that none stands for the others. */
const TOLD_ONE_BY_ONE: ReadonlySet<string> = new Set<IntegrityCode>(["control-files-changed"]);
const LISTED_REASONS = 8;

/** Violations that are listed for one gate; the record has them all. */
const LISTED_VIOLATIONS = 10;

/** Approvals that are listed. */
const LISTED_APPROVALS = 20;

export interface HumanOptions {
  /** Whether ANSI colours may be used. */
  readonly color: boolean;
}

type Paint = (text: string, style: keyof typeof STYLES) => string;

const STYLES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** For a terminal: starts with the outcome and ends with what to do next. */
export function formatHuman(decision: Decision, options: HumanOptions): string {
  const paint: Paint = (text, style) => (options.color ? `\u001B[${STYLES[style]}m${text}\u001B[0m` : text);
  const lines = [
    paint(escapeTerminal(headline(decision)), "bold"),
    paint(subjectLine(decision), "dim"),
    ...(decision.risk === null ? [] : riskTexts(decision.risk).map(escapeTerminal)),
    ...bypassLines(decision, paint),
    "",
  ];
  const width = Math.max(...decision.gates.map(({ id }) => id.length));
  for (const gate of gatesByUrgency(decision)) lines.push(...gateLines(gate, width, decision, paint));
  lines.push(...wordLines(decision, paint), "", ...exceptionLines(decision, paint));
  lines.push(...integrityLines(decision, paint), ...auditLines(decision, paint));
  const steps = nextSteps(decision);
  if (steps.length > 0) {
    lines.push("", paint("What to do next", "bold"));
    steps.forEach((step, index) => lines.push(`  ${index + 1}. ${escapeTerminal(step)}`));
  }
  const gate = gatesByUrgency(decision).find(standsInTheWay);
  if (gate !== undefined && decision.audit !== null && !("spooled" in decision.audit)) {
    lines.push("", `\`gate explain ${gate.id}\` says why in full, and the least that would open it.`);
  }
  return `${lines.join("\n")}\n`;
}

function subjectLine({ subject, evidence, policy }: Decision): string {
  const commit = subject.commit === undefined ? "no known commit" : `commit ${subject.commit.slice(0, 12)}`;
  const repository = subject.repository === undefined ? "" : `${subject.repository}, `;
  const files = count(evidence.length, "evidence file");
  return escapeTerminal(`${repository}${commit}, ${files}, policy ${policy.digest.slice("sha256:".length, 19)}`);
}

function gateLines(gate: DecisionGate, width: number, decision: Decision, paint: Paint): readonly string[] {
  const closed = isClosed(gate);
  const mark = closed ? paint("x", gate.enforcement === "mandatory" ? "red" : "yellow") : paint("+", "green");
  const result = paint(RESULT_WORDS[gate.result], resultStyle(gate));
  const lines = [
    `${mark} ${gate.id.padEnd(width)}  ${gate.enforcement.padEnd(9)}  ${result}  ${paint(detail(gate), "dim")}`.trimEnd(),
  ];
  const answer = answerText(gate);
  if (answer !== undefined) lines.push(`    ${escapeTerminal(answer)}`);
  if (!closed && gate.result !== "waived") return lines;
  for (const violation of uncoveredFirst(gate.violations).slice(0, LISTED_VIOLATIONS))
    lines.push(`    ${violationLine(violation)}`);
  const more = gate.violations.length - LISTED_VIOLATIONS;
  if (more > 0) lines.push(`    and ${more} more; see the json output or \`gate audit show ${decision.id}\``);
  if (gate.reason !== undefined) {
    for (const reason of gate.reason.split("; ")) lines.push(`    ${escapeTerminal(reason)}`);
  }
  const files = decision.evidence.filter(({ id }) => gate.evidence.includes(id)).map(({ path }) => path);
  if (files.length > 0) lines.push(paint(`    evidence: ${escapeTerminal(files.join(", "))}`, "dim"));
  return lines;
}

function resultStyle(gate: DecisionGate): keyof typeof STYLES {
  if (!isClosed(gate)) return gate.result === "pass" ? "green" : "yellow";
  return gate.enforcement === "mandatory" ? "red" : "yellow";
}

function detail(gate: DecisionGate): string {
  if (gate.violations.length > 0) return count(gate.violations.length, "violation");
  return gate.result === "pass" ? `looked at ${gate.applicable}` : "";
}

function violationLine(violation: Violation): string {
  const place = placeOf(violation);
  const rule = violation.rule === undefined ? "" : `  [${violation.rule}]`;
  const where = place === "" ? "" : `${place}  `;
  return escapeTerminal(`${violation.severity.padEnd(8)}  ${where}${violation.message}${rule}${coverOf(violation)}`);
}

/** What is let through although it is wrong, and until when. */
function exceptionLines(decision: Decision, paint: Paint): readonly string[] {
  const waivers = waiverLines(decision);
  const baseline = baselineLine(decision);
  const needsCare = decision.waivers.refused.length + decision.waivers.expired.length > 0;
  return [
    ...(waivers.length === 0 ? [] : [paint("Waivers:", needsCare ? "yellow" : "bold")]),
    ...waivers.map((line) => `  ${escapeTerminal(line)}`),
    ...(baseline === undefined ? [] : [escapeTerminal(baseline)]),
  ];
}

function bypassLines(decision: Decision, paint: Paint): readonly string[] {
  const line = bypassLine(decision);
  return line === undefined ? [] : [paint(escapeTerminal(line), "red")];
}

/** What people said of closed gates, and what is owed for it. */
function wordLines(decision: Decision, paint: Paint): readonly string[] {
  const approvals = approvalLines(decision, LISTED_APPROVALS);
  const owed = owedLines(decision);
  return [
    ...(approvals.length === 0 ? [] : ["", "Approvals"]),
    ...approvals.map((line) => `  ${escapeTerminal(line)}`),
    ...owed.map((line) => paint(escapeTerminal(`Owed: ${line}`), "yellow")),
  ];
}

function integrityLines({ integrity }: Decision, paint: Paint): readonly string[] {
  const { level, required, reasons } = integrity;
  const enough = reaches(level, required);
  const lines = [
    `Integrity: ${paint(level, enough ? "green" : "red")}${enough ? "" : `, but ${required} is required`}`,
  ];
  for (const [code, messages] of groupReasons(reasons)) {
    const shown = TOLD_ONE_BY_ONE.has(code) ? messages.slice(0, LISTED_REASONS) : messages.slice(0, 1);
    const more = messages.length - shown.length;
    lines.push(...shown.map((message) => `  ${code}: ${escapeTerminal(message)}`));
    if (more > 0) lines[lines.length - 1] += `, and ${more} more like this`;
  }
  return lines;
}

function groupReasons(reasons: Decision["integrity"]["reasons"]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { code, message } of reasons) groups.set(code, [...(groups.get(code) ?? []), message]);
  return groups;
}

function spoolLines({ spooled, signed, sha256 }: SpoolReference, id: string, paint: Paint): readonly string[] {
  const kind = signed ? "signed" : "not signed";
  return [
    escapeTerminal(`Spooled, and not in the log yet: decision ${id} in ${spooled} (${kind})`),
    paint(`\`gate audit collect\` appends it where that is allowed. ${sha256}`, "dim"),
  ];
}

function auditLines({ id, audit }: Decision, paint: Paint): readonly string[] {
  if (audit === null) return [paint("Not recorded (--no-audit).", "yellow")];
  if ("spooled" in audit) return spoolLines(audit, id, paint);
  return [
    `Recorded: entry ${audit.index} of ${audit.log}, decision ${id}`,
    paint(`Checkpoint: ${audit.checkpoint}`, "dim"),
  ];
}
