import { escapeTerminal } from "../../output/escape.ts";
import { count } from "../../output/summary.ts";
import type { Diagnostic, DiagnosticReport } from "../../policy/diagnostics.ts";

/** For a terminal: a block for each file, what to do, where to read about each rule once, and a line that counts. */
export function formatHuman({ files, diagnostics }: DiagnosticReport): string {
  const lines: string[] = [];
  const explained = new Set<string>();
  let previous: string | undefined;
  for (const diagnostic of diagnostics) {
    const { file = "", hint, docs = "" } = diagnostic;
    if (file !== previous && file !== "") lines.push(escapeTerminal(file));
    previous = file;
    lines.push(`  ${escapeTerminal(headline(diagnostic))}`);
    if (hint !== undefined) lines.push(`    ${escapeTerminal(hint)}`);
    if (docs !== "" && !explained.has(docs)) lines.push(`    ${escapeTerminal(docs)}`);
    explained.add(docs);
  }
  const errors = diagnostics.filter(({ level }) => level === "error").length;
  const counts = `${count(errors, "error")}, ${count(diagnostics.length - errors, "warning")}`;
  lines.push(`${count(files, "file")}: ${diagnostics.length === 0 ? "nothing found" : counts}`);
  return `${lines.join("\n")}\n`;
}

function headline({ row, column, level, category, rule, message }: Diagnostic): string {
  const place = [row, column].filter((part) => part !== undefined).join(":");
  return `${place === "" ? "" : `${place} `}${level}: ${message} [${category}/${rule}]`;
}
