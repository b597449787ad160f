import { type Difference, differences } from "../../policy/testing/difference.ts";
import type { EngineResult, PolicyTest } from "../../policy/testing/model.ts";
import type { Coverage, FailedExpression } from "../../policy/toolchain/protocol.ts";

/** Characters of one value that are shown; the rest is cut, with a mark. */
const SHOWN_VALUE = 240;
const SHOWN_LINES = 10;
const SHOWN_DIFFERENCES = 20;

/** Why a test did not pass, a line each, without escapes: expressions, values and differences, indented by what they belong to. */
export function failureLines(test: PolicyTest): readonly string[] {
  const lines: string[] = [];
  const { disagreement, reason, failedAt, cases, output } = test;
  if (disagreement !== undefined) {
    lines.push(`OPA's runner: ${engineText(disagreement.opa)}`, `as a gate runs: ${engineText(disagreement.wasm)}`);
  }
  if (reason !== undefined && disagreement === undefined) lines.push(...reason.trimEnd().split("\n"));
  const failedCases = (cases ?? []).filter(({ passed }) => !passed);
  for (const each of failedCases) {
    lines.push(`case ${each.name}`, ...indent(each.failedAt === undefined ? [] : expressionLines(each.failedAt)));
  }
  if (failedAt !== undefined && failedCases.length === 0) lines.push(...expressionLines(failedAt));
  if (output !== undefined) {
    lines.push(
      ...output
        .trimEnd()
        .split("\n")
        .map((line) => `print: ${line}`),
    );
  }
  return lines;
}

/** One line that says why a test did not pass. */
export function failureSummary(test: PolicyTest): string {
  const { disagreement, reason, failedAt, cases } = test;
  if (disagreement !== undefined) {
    return `OPA's runner: ${engineText(disagreement.opa)}; as a gate runs: ${engineText(disagreement.wasm)}`;
  }
  const failedCases = (cases ?? []).filter(({ passed }) => !passed).map(({ name }) => name);
  if (failedCases.length > 0) return `these cases fail: ${failedCases.join(", ")}`;
  if (failedAt !== undefined) return `line ${failedAt.row} is not true: ${failedAt.text}`;
  return reason?.trimEnd().replaceAll("\n", "; ") ?? test.status;
}

function engineText({ status, reason }: EngineResult): string {
  return reason === undefined ? status : `${status} (${reason})`;
}

function expressionLines({ file, row, text, variables, comparison, inner }: FailedExpression): readonly string[] {
  const source = text.split("\n");
  const lines = source.slice(0, SHOWN_LINES).map((line, index) => `${file}:${row + index} | ${line.trimEnd()}`);
  if (source.length > SHOWN_LINES) lines.push(`and ${source.length - SHOWN_LINES} more lines`);
  const values = variables.map(({ name, value }) => `${cut(name)} = ${cut(value)}`);
  if (comparison !== undefined) values.push(...comparisonLines(comparison));
  if (inner !== undefined) values.push("because of", ...indent(expressionLines(inner)));
  return [...lines, ...indent(values)];
}

function comparisonLines({
  actual,
  expected,
}: {
  readonly actual: string;
  readonly expected: string;
}): readonly string[] {
  const found = differences(actual, expected);
  const lines = [`expected ${cut(expected)}`, `actual   ${cut(actual)}`];
  if (found.length === 1 && found[0]?.path === "" && "expected" in found[0] && "actual" in found[0]) return lines;
  const more = found.length - SHOWN_DIFFERENCES;
  lines.push(...indent(found.slice(0, SHOWN_DIFFERENCES).map(differenceText)));
  if (more > 0) lines.push(`  and ${more} more differences`);
  return lines;
}

function differenceText({ path, expected, actual }: Difference): string {
  const where = path === "" ? "" : `${path}: `;
  if (actual === undefined) return `${where}missing ${cut(expected ?? "")}`;
  if (expected === undefined) return `${where}not expected ${cut(actual)}`;
  return `${where}expected ${cut(expected)}, actual ${cut(actual)}`;
}

/** A line of a policy that no test reached. */
export interface UncoveredLine {
  readonly file: string;
  readonly row: number;
  readonly text: string;
}

/** The lines that no test reached, with their text where their source is known. */
export function uncoveredLines(coverage: Coverage, sources: ReadonlyMap<string, string>): readonly UncoveredLine[] {
  return Object.entries(coverage.files)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([file, { notCovered }]) => {
      const lines = sources.get(file)?.split("\n") ?? [];
      return notCovered.flatMap(([from, to]) =>
        Array.from({ length: to - from + 1 }, (_, index) => {
          const row = from + index;
          return { file, row, text: (lines[row - 1] ?? "").trimEnd() };
        }),
      );
    });
}

function cut(text: string): string {
  if (text.length <= SHOWN_VALUE) return text;
  return `${text.slice(0, SHOWN_VALUE).toWellFormed()}… (${text.length} characters)`;
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
