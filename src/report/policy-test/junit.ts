import { escapeHtml } from "../../output/escape.ts";
import { element, testCase } from "../../output/junit.ts";
import { countTests, isBelowThreshold, type PolicyTest, type PolicyTestReport } from "../../policy/testing/model.ts";
import { failureLines, failureSummary } from "./describe.ts";

/** JUnit XML: a suite for each file of tests or examples, and one for the coverage where a threshold was set. */
export function formatJunit(report: PolicyTestReport): string {
  const files = [...new Set(report.tests.map(({ file }) => file))];
  const suites = files.map((file) =>
    fileSuite(
      file,
      report.tests.filter((test) => test.file === file),
    ),
  );
  if (report.threshold !== undefined) suites.push(coverageSuite(report));
  const counts = countTests(report.tests);
  const own = report.threshold === undefined ? 0 : 1;
  const failed = counts.failed + (isBelowThreshold(report) ? 1 : 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="gate policy test" ${countsText(report.tests.length + own, failed, counts.error)} time="${seconds(report.tests)}">`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function fileSuite(file: string, tests: readonly PolicyTest[]): string {
  const { failed, error, skipped } = countTests(tests);
  const counts = countsText(tests.length, failed, error);
  return [
    `  <testsuite name="${escapeHtml(file)}" ${counts} skipped="${skipped}" time="${seconds(tests)}">`,
    ...tests.map((test) => testCase(test.name, className(test), test.durationMs, outcome(test))),
    "  </testsuite>",
  ].join("\n");
}

function coverageSuite(report: PolicyTestReport): string {
  const { coverage, threshold } = report;
  const tooLow = isBelowThreshold(report);
  const text = `${coverage?.percent ?? 0} % of lines are covered, ${threshold} % are required`;
  return [
    `  <testsuite name="coverage" ${countsText(1, tooLow ? 1 : 0, 0)} skipped="0" time="0.000">`,
    testCase("coverage", "gate", 0, tooLow ? element("failure", text, []) : undefined),
    "  </testsuite>",
  ].join("\n");
}

function className({ file }: PolicyTest): string {
  return file.replaceAll("/", ".");
}

function outcome(test: PolicyTest): string | undefined {
  switch (test.status) {
    case "failed":
      return element("failure", failureSummary(test), failureLines(test));
    case "error":
      return element("error", failureSummary(test), failureLines(test));
    case "skipped":
      return element("skipped", test.reason ?? test.notCompared ?? "to be done", []);
    case "passed":
      return undefined;
  }
}

function countsText(tests: number, failures: number, errors: number): string {
  return `tests="${tests}" failures="${failures}" errors="${errors}"`;
}

function seconds(tests: readonly PolicyTest[]): string {
  return (tests.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1_000).toFixed(3);
}
