import type { DiagnosticReport } from "../../policy/diagnostics.ts";

/** The report itself, with how many there are of each level. */
export function formatJson({ files, diagnostics }: DiagnosticReport): string {
  const errors = diagnostics.filter(({ level }) => level === "error").length;
  return `${JSON.stringify({ files, errors, warnings: diagnostics.length - errors, diagnostics }, null, 2)}\n`;
}
