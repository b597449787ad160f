import { escapeWorkflowData, escapeWorkflowProperty } from "../../output/escape.ts";
import type { Diagnostic, DiagnosticReport } from "../../policy/diagnostics.ts";

/**
 * GitHub Actions workflow commands: an annotation for each diagnostic.
 *
 * Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function formatGithub({ diagnostics }: DiagnosticReport): string {
  return diagnostics.map((diagnostic) => `${command(diagnostic)}\n`).join("");
}

function command(diagnostic: Diagnostic): string {
  const { file, row, column, endRow, level, category, rule, message, hint } = diagnostic;
  const properties = [`title=${escapeWorkflowProperty(`${category}/${rule}`)}`];
  if (file !== undefined) {
    properties.push(`file=${escapeWorkflowProperty(file)}`);
    if (row !== undefined) properties.push(`line=${row}`);
    if (column !== undefined) properties.push(`col=${column}`);
    if (endRow !== undefined) properties.push(`endLine=${endRow}`);
  }
  return `::${level} ${properties.join(",")}::${escapeWorkflowData(hint === undefined ? message : `${message}. ${hint}`)}`;
}
