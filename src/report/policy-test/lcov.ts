import { escapeTerminal } from "../../output/escape.ts";
import type { PolicyTestReport } from "../../policy/testing/model.ts";
import type { FileCoverage, RowRange } from "../../policy/toolchain/protocol.ts";

/**
 * LCOV of the policies, without their tests. OPA counts no hits, so a line that was reached has one; a line that was reached in part
 * counts as not reached.
 *
 * Source: https://github.com/linux-test-project/lcov (geninfo, "TRACEFILE FORMAT")
 */
export function formatLcov({ coverage }: PolicyTestReport): string {
  const files = Object.entries(coverage?.files ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return files.map(([path, file]) => fileRecord(path, file)).join("");
}

function fileRecord(path: string, { covered, notCovered }: FileCoverage): string {
  const hits = new Map([
    ...rowsOf(covered).map((row) => [row, 1] as const),
    ...rowsOf(notCovered).map((row) => [row, 0] as const),
  ]);
  const rows = [...hits].toSorted(([a], [b]) => a - b);
  const hit = rows.filter(([, count]) => count > 0).length;
  const lines = rows.map(([row, count]) => `DA:${row},${count}\n`).join("");
  return `TN:\nSF:${escapeTerminal(path)}\n${lines}LF:${rows.length}\nLH:${hit}\nend_of_record\n`;
}

function rowsOf(ranges: readonly RowRange[]): readonly number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index));
}
