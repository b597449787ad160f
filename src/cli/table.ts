import { escapeTerminal } from "../output/escape.ts";

/** No column but the last is wider than this. */
const MAX_WIDTH = 48;

/**
 * Rows of text in columns, one line each. What is too long for a column is cut, with a mark; texts come from scanners, so
 * control characters are shown and never sent.
 */
export function tableText(rows: readonly (readonly string[])[], indent = ""): string {
  const cells = rows.map((row) => row.map((text) => escapeTerminal(text).replaceAll("\n", " ")));
  const columns = Math.max(0, ...cells.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) => {
    const longest = cells.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0);
    return Math.min(longest, MAX_WIDTH);
  });
  const lines = cells.map((row) => {
    const padded = row.map((text, column) => {
      return column === columns - 1 ? cut(text, 2 * MAX_WIDTH) : cut(text, MAX_WIDTH).padEnd(widths[column] ?? 0);
    });
    return `${indent}${padded.join("  ").trimEnd()}\n`;
  });
  return lines.join("");
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1).toWellFormed()}…`;
}
