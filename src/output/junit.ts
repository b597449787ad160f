import { reaches } from "../decision/integrity.ts";
import type { Decision, DecisionGate, Violation } from "../decision/types.ts";
import { approvalLines, bypassLine } from "./approvals.ts";
import { escapeHtml, escapeTerminal } from "./escape.ts";
import { baselineLine, count, placeOf, RESULT_WORDS, textOfViolation, waiverLines } from "./summary.ts";

/**
 * JUnit XML: a test case for each gate. A gate that failed is a failure, one that could not be evaluated an error, one
 * that does not apply is skipped. The integrity of the decision is a test case of its own.
 */
export function formatJunit(decision: Decision): string {
  return junitDocument([junitSuite(decision)]);
}

/** The test suite of one decision. */
export interface JunitSuite {
  readonly lines: readonly string[];
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly seconds: number;
}

/** A document of suites. */
export function junitDocument(suites: readonly JunitSuite[]): string {
  const sum = (figure: "tests" | "failures" | "errors" | "seconds"): number =>
    suites.reduce((total, suite) => total + suite[figure], 0);
  const counts = `tests="${sum("tests")}" failures="${sum("failures")}" errors="${sum("errors")}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="gate" ${counts} time="${sum("seconds").toFixed(3)}">`,
    ...suites.flatMap(({ lines }) => lines),
    "</testsuites>",
    "",
  ].join("\n");
}

export function junitSuite(decision: Decision): JunitSuite {
  const cases = decision.gates.map((gate) => gateCase(gate));
  const lines = [...cases, ...exceptionCases(decision), ...wordCases(decision), integrityCase(decision)];
  const holding = (name: string): number => lines.filter((test) => test.includes(`<${name}`)).length;
  const [failures, errors, skipped] = [holding("failure"), holding("error"), holding("skipped")];
  const seconds = decision.gates.reduce((total, { durationMs }) => total + durationMs, 0) / 1_000;
  const counts = `tests="${lines.length}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
  const { component } = decision.subject;
  const suite = escapeHtml(["gate", component, decision.environment].filter((part) => part !== undefined).join(" "));
  const open = `  <testsuite name="${suite}" ${counts} time="${seconds.toFixed(3)}" timestamp="${decision.evaluatedAt}">`;
  return { lines: [open, ...lines, "  </testsuite>"], tests: lines.length, failures, errors, seconds };
}

function gateCase(gate: DecisionGate): string {
  return testCase(gate.id, `gate.${gate.enforcement}`, gate.durationMs, gateOutcome(gate));
}

function gateOutcome(gate: DecisionGate): string | undefined {
  const reason = gate.reason ?? "";
  switch (gate.result) {
    case "fail":
      return element("failure", count(gate.violations.length, "violation"), [
        ...gate.violations.map(violationText),
        reason,
      ]);
    case "not-evaluated":
      return element("error", RESULT_WORDS[gate.result], reason.split("; "));
    case "not-applicable":
      return element("skipped", reason, []);
    case "waived":
      return systemOut(gate.violations.map(violationText));
    case "pass":
      return undefined;
  }
}

/** What is let through although it is wrong, and what no longer is. */
function exceptionCases(decision: Decision): readonly string[] {
  const waivers = waiverLines(decision);
  const baseline = baselineLine(decision);
  return [
    ...(waivers.length === 0 ? [] : [testCase("waivers", "gate", 0, systemOut(waivers))]),
    ...(baseline === undefined ? [] : [testCase("baseline", "gate", 0, systemOut([baseline]))]),
  ];
}

/** What people said of closed gates. No failure, and never a pass. */
function wordCases(decision: Decision): readonly string[] {
  const bypass = bypassLine(decision);
  const lines = approvalLines(decision, decision.approvals.length);
  const words = count(lines.length, "approval");
  return [
    ...(bypass === undefined ? [] : [testCase("bypass", "gate", 0, element("skipped", bypass, []))]),
    ...(lines.length === 0 ? [] : [testCase("approvals", "gate", 0, element("skipped", words, lines))]),
  ];
}

function integrityCase({ integrity }: Decision): string {
  const { level, required, reasons } = integrity;
  if (reaches(level, required)) return testCase("integrity", "gate", 0, undefined);
  const text = reasons.map(({ code, message, remedy }) => `${code}: ${message}. ${remedy}`);
  return testCase("integrity", "gate", 0, element("failure", `${level}, but ${required} is required`, text));
}

/** A test case; `outcome` is an {@link element} or what it prints; undefined for one that passed without a word. */
export function testCase(name: string, className: string, durationMs: number, outcome: string | undefined): string {
  const open = `    <testcase name="${escapeHtml(name)}" classname="${escapeHtml(className)}" time="${(durationMs / 1_000).toFixed(3)}"`;
  return outcome === undefined ? `${open}/>` : `${open}>\n      ${outcome}\n    </testcase>`;
}

/** What a test case came to: `failure`, `error` or `skipped`, with a message and lines of text. */
export function element(name: string, message: string, lines: readonly string[]): string {
  const open = `<${name} message="${escapeHtml(escapeTerminal(message))}"`;
  const text = lines.map(escapeTerminal).join("\n").trimEnd();
  return text === "" ? `${open}/>` : `${open}>${escapeHtml(text)}</${name}>`;
}

/** What a test case that passed has to say. */
function systemOut(lines: readonly string[]): string {
  return `<system-out>${escapeHtml(lines.map(escapeTerminal).join("\n"))}</system-out>`;
}

function violationText(violation: Violation): string {
  return textOfViolation(violation, placeOf(violation));
}
