import { escapeTerminal } from "../../output/escape.ts";
import { count } from "../../output/summary.ts";
import { countTests, isBelowThreshold, type PolicyTest, type PolicyTestReport } from "../../policy/testing/model.ts";
import type { Coverage } from "../../policy/toolchain/protocol.ts";
import { failureLines, uncoveredLines } from "./describe.ts";
import type { PolicyTestContext } from "./registry.ts";

const SHOWN_UNCOVERED = 50;

/** For a terminal: what did not pass and why, what was not covered, and the counts last. */
export function formatHuman(report: PolicyTestReport, context: PolicyTestContext): string {
  const lines = [
    ...problemLines(report.tests),
    ...report.tests.flatMap(notComparedLine),
    ...(report.coverage === undefined ? [] : coverageLines(report.coverage, context)),
  ];
  if (isBelowThreshold(report)) lines.push(`Coverage is below the threshold of ${report.threshold} %.`);
  lines.push(countsLine(report));
  return `${lines.map(escapeTerminal).join("\n")}\n`;
}

/** The tests that did not pass, and why; not escaped. */
export function problemLines(tests: readonly PolicyTest[]): readonly string[] {
  return tests.filter(isShown).flatMap(testLines);
}

/** The counts in one line. */
export function countsLine({ tests, engine }: Pick<PolicyTestReport, "tests" | "engine">): string {
  const { passed, failed, error, skipped } = countTests(tests);
  const words = [`${passed} passed`, `${failed} failed`];
  if (error > 0) words.push(`${error} could not run`);
  words.push(`${skipped} skipped`);
  const differing = tests.filter(({ disagreement }) => disagreement !== undefined).length;
  const compared = tests.filter(({ kind, status, notCompared }) => {
    return kind === "rule" && status !== "skipped" && notCompared === undefined;
  }).length;
  const where = {
    both: `${compared} compared with how a gate runs`,
    opa: "in OPA's runner only",
    wasm: "as a gate runs",
  };
  const differ = differing === 0 ? "" : `, ${differing} of them differ`;
  return `${count(tests.length, "test")}: ${words.join(", ")}; ${where[engine]}${differ}`;
}

function isShown({ status, kind }: PolicyTest): boolean {
  return status === "failed" || status === "error" || (status === "skipped" && kind === "canary");
}

function testLines(test: PolicyTest): readonly string[] {
  const place = test.row === undefined ? test.file : `${test.file}:${test.row}`;
  return [`${verdict(test)} ${place} ${test.name}`, ...failureLines(test).map((line) => `  ${line}`)];
}

function verdict({ status, disagreement }: PolicyTest): string {
  if (disagreement !== undefined) return "DIFFERS";
  return { passed: "PASS", failed: "FAIL", error: "ERROR", skipped: "NO CANARY" }[status];
}

function notComparedLine({ name, notCompared }: PolicyTest): readonly string[] {
  return notCompared === undefined ? [] : [`not compared: ${name}: ${notCompared}`];
}

function coverageLines(coverage: Coverage, { sources }: PolicyTestContext): readonly string[] {
  const uncovered = uncoveredLines(coverage, sources);
  const lines = uncovered
    .slice(0, SHOWN_UNCOVERED)
    .map(({ file, row, text }) => `not covered: ${file}:${row} | ${text}`);
  if (uncovered.length > SHOWN_UNCOVERED) lines.push(`and ${count(uncovered.length - SHOWN_UNCOVERED, "more line")}`);
  const files = Object.entries(coverage.files).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const partly = files.filter(([, { notCoveredLines }]) => notCoveredLines > 0);
  for (const [path, { percent, coveredLines, notCoveredLines }] of partly) {
    lines.push(`${percent.toFixed(2).padStart(6)} %  ${coveredLines} of ${coveredLines + notCoveredLines}  ${path}`);
  }
  const whole = files.length - partly.length;
  lines.push(`Coverage: ${coverage.percent} % of lines; ${whole} of ${count(files.length, "file")} covered wholly`);
  return lines;
}
