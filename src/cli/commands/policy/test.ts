import { escapeTerminal } from "../../../output/escape.ts";
import { count } from "../../../output/summary.ts";
import { openToolchain, readSelectedSources } from "../../../policy/load.ts";
import type { FileCoverage, RegoTestResult, TestReport } from "../../../policy/toolchain/protocol.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { selectedPolicies } from "./selection.ts";

export interface PolicyTestFlags {
  readonly run?: string;
  readonly threshold?: number;
}

/** `gate policy test`: exit 1 where a test fails, none runs, or coverage is below the threshold. */
export async function test(folders: readonly string[], flags: PolicyTestFlags, context: CommandContext): Promise<void> {
  const sources = await readSelectedSources(await selectedPolicies(folders, context), context.installation);
  const modules = [...sources.modules, ...sources.tests].map(({ path, text }) => ({ path, source: text }));
  const toolchain = await openToolchain(context);
  try {
    const run = flags.run === undefined ? {} : { run: flags.run };
    const report = await toolchain.test({ modules, coverage: true, ...run });
    if (report.results.length === 0) {
      throw new GateError("usage", "no test ran", {
        hint: "Tests are rules named test_... in files named *_test.rego.",
      });
    }
    context.out(testText(report));
    const tooLow = flags.threshold !== undefined && (report.coverage?.percent ?? 0) < flags.threshold;
    if (tooLow) context.err(`Coverage is below the threshold of ${flags.threshold} %.\n`);
    if (tooLow || report.results.some(({ passed, skipped }) => !passed && !skipped)) context.exit(EXIT.negative);
  } finally {
    await toolchain.close();
  }
}

function testText({ results, coverage }: TestReport): string {
  const failed = results.filter(({ passed, skipped }) => !passed && !skipped);
  const skipped = results.filter((result) => result.skipped).length;
  const lines = failed.flatMap(failureLines);
  for (const [path, file] of Object.entries(coverage?.files ?? {})) lines.push(...uncoveredLines(path, file));
  if (coverage !== undefined) lines.push(`Coverage: ${coverage.percent} % of lines`);
  lines.push(
    `${count(results.length, "test")}: ${results.length - failed.length - skipped} passed, ${failed.length} failed, ${skipped} skipped`,
  );
  return `${lines.join("\n")}\n`;
}

function failureLines(result: RegoTestResult): readonly string[] {
  const lines = [`FAIL ${result.file}:${result.row} ${result.package}.${result.name}`];
  if (result.failedAt !== undefined) lines.push(`  line ${result.failedAt.row} was not true: ${result.failedAt.text}`);
  if (result.error !== undefined) lines.push(`  ${result.error}`);
  if (result.output !== undefined)
    lines.push(
      ...result.output
        .trimEnd()
        .split("\n")
        .map((line) => `  print: ${line}`),
    );
  return lines.map(escapeTerminal);
}

function uncoveredLines(path: string, file: FileCoverage): readonly string[] {
  if (file.notCovered.length === 0 || path.endsWith("_test.rego")) return [];
  const ranges = file.notCovered.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
  return [escapeTerminal(`not covered: ${path}: ${ranges.join(", ")}`)];
}
