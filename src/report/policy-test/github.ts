import { escapeWorkflowData, escapeWorkflowProperty } from "../../output/escape.ts";
import { hasPassed, isBelowThreshold, type PolicyTest, type PolicyTestReport } from "../../policy/testing/model.ts";
import { failureLines, failureSummary, uncoveredLines } from "./describe.ts";
import { countsLine } from "./human.ts";
import type { PolicyTestContext } from "./registry.ts";

/** GitHub shows ten annotations of a kind for a step; more only slow the log down. */
const ANNOTATIONS = 10;
const TITLE = escapeWorkflowProperty("gate policy test");

/**
 * GitHub Actions workflow commands: an error for each test that did not pass, a warning for each run of uncovered lines.
 *
 * Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function formatGithub(report: PolicyTestReport, context: PolicyTestContext): string {
  const failed = report.tests.filter(({ status }) => status === "failed" || status === "error");
  const uncovered = report.coverage === undefined ? [] : uncoveredLines(report.coverage, context.sources);
  const lines = [
    ...limited("error", failed.map(testCommand)),
    ...limited(
      "warning",
      uncovered.map(({ file, row, text }) =>
        command("warning", place(file, row), `no test reaches this line: ${text}`),
      ),
    ),
    ...(isBelowThreshold(report) ? [command("error", "", `coverage is below ${report.threshold} %`)] : []),
    command(hasPassed(report) ? "notice" : "error", "", countsLine(report)),
  ];
  return `${lines.join("\n")}\n`;
}

function limited(kind: string, lines: readonly string[]): readonly string[] {
  const more = lines.length - ANNOTATIONS;
  return more > 0 ? [...lines.slice(0, ANNOTATIONS), command(kind, "", `and ${more} more like this`)] : lines;
}

function testCommand(test: PolicyTest): string {
  const message = [`${test.name}: ${failureSummary(test)}`, ...failureLines(test)].join("\n");
  return command("error", place(test.file, test.failedAt?.file === test.file ? test.failedAt.row : test.row), message);
}

function place(file: string, row: number | undefined): string {
  return `,file=${escapeWorkflowProperty(file)}${row === undefined ? "" : `,line=${row}`}`;
}

function command(kind: string, where: string, message: string): string {
  return `::${kind} title=${TITLE}${where}::${escapeWorkflowData(message)}`;
}
