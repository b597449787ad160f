import type { Log, ReportingDescriptor, Result } from "sarif";
import type { Diagnostic, DiagnosticReport } from "../../policy/diagnostics.ts";

/**
 * SARIF 2.1.0, with a rule for each that found something.
 *
 * Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
 */
export function formatSarif({ diagnostics }: DiagnosticReport, version: string): string {
  const rules = new Map<string, ReportingDescriptor>();
  for (const { category, rule, docs } of diagnostics) {
    const id = `${category}/${rule}`;
    rules.set(id, { id, name: rule, ...(docs === undefined ? {} : { helpUri: docs }) });
  }
  const driver = {
    name: "gate policy lint",
    informationUri: "https://github.com/gate-engine/gate",
    version,
    rules: [...rules.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver }, columnKind: "unicodeCodePoints", results: diagnostics.map(toResult) }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function toResult(diagnostic: Diagnostic): Result {
  const { category, rule, level, message, hint, file, row, column, endRow, endColumn } = diagnostic;
  const result: Result = {
    ruleId: `${category}/${rule}`,
    level,
    message: { text: hint === undefined ? message : `${message}. ${hint}` },
  };
  if (file === undefined) return result;
  const region = {
    ...(row !== undefined && { startLine: row }),
    ...(row !== undefined && column !== undefined && { startColumn: column }),
    ...(row !== undefined && endRow !== undefined && { endLine: endRow }),
    ...(row !== undefined && endRow !== undefined && endColumn !== undefined && { endColumn }),
  };
  const location = {
    physicalLocation: {
      artifactLocation: { uri: file.toWellFormed().split("/").map(encodeURIComponent).join("/") },
      ...(row !== undefined && { region }),
    },
  };
  return { ...result, locations: [location] };
}
