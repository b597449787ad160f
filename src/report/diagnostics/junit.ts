import { escapeHtml, escapeTerminal } from "../../output/escape.ts";
import type { Diagnostic, DiagnosticReport } from "../../policy/diagnostics.ts";

/** JUnit XML: a failed test case for each diagnostic, and one that passed where there is none. */
export function formatJunit({ diagnostics }: DiagnosticReport): string {
  const cases =
    diagnostics.length === 0 ? ['    <testcase name="lint" classname="gate"/>'] : diagnostics.map(failedCase);
  const counts = `tests="${cases.length}" failures="${diagnostics.length}" errors="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="gate policy lint" ${counts}>`,
    `  <testsuite name="lint" ${counts} skipped="0">`,
    ...cases,
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function failedCase({ file, row, column, level, category, rule, message, hint }: Diagnostic): string {
  const place = [file, row, column].filter((part) => part !== undefined).join(":");
  const text = escapeHtml([`${level}: ${message}`, hint ?? ""].map(escapeTerminal).join("\n").trimEnd());
  return [
    `    <testcase name="${escapeHtml(escapeTerminal(place === "" ? rule : place))}" classname="${escapeHtml(escapeTerminal(`${category}/${rule}`))}">`,
    `      <failure message="${escapeHtml(escapeTerminal(message))}" type="${level}">${text}</failure>`,
    "    </testcase>",
  ].join("\n");
}
