import { dirname, resolve } from "node:path";
import { findConfig, loadConfig } from "../../config/load.ts";
import { escapeTerminal } from "../../output/escape.ts";
import { count } from "../../output/summary.ts";
import { defaultParameters, type GateDefinition } from "../../policy/gate.ts";
import { loadPolicies, openToolchain, type PolicySelection, readSelectedSources } from "../../policy/load.ts";
import type { FileCoverage, RegoTestResult, TestReport } from "../../policy/toolchain/protocol.ts";
import { openCache } from "../../util/cache.ts";
import { GateError } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../exit-code.ts";

/** `gate policy list`: the gates that can be named in gate.yaml. */
export async function list(flags: { readonly config?: string }, context: CommandContext): Promise<void> {
  const { bundle } = await loadPolicies(await configuredPolicies(flags.config, context), context);
  for (const gate of bundle.gates.toSorted((a, b) => (a.id < b.id ? -1 : 1))) context.out(`${gateText(gate)}\n`);
}

function gateText(gate: GateDefinition): string {
  const lines = [`${gate.id}: ${gate.title}`, `  ${gate.description}`];
  const needs = gate.evidence.map(({ kind, category, suite }) => [suite, category, kind].filter(Boolean).join(" "));
  lines.push(`  evidence: ${needs.join(", ")}`);
  const properties = gate.parameters["properties"];
  for (const [name, value] of Object.entries(defaultParameters(gate))) {
    const schema = isRecord(properties) ? properties[name] : undefined;
    const description = isRecord(schema) ? String(schema["description"]) : "";
    lines.push(`  ${name} (default ${JSON.stringify(value)}): ${description}`);
  }
  return lines.map(escapeTerminal).join("\n");
}

export interface PolicyTestFlags {
  readonly run?: string;
  readonly threshold?: number;
}

/** `gate policy test`: exit 1 where a test fails, none runs, or coverage is below the threshold. */
export async function test(folders: readonly string[], flags: PolicyTestFlags, context: CommandContext): Promise<void> {
  const selection =
    folders.length === 0
      ? await configuredPolicies(undefined, context)
      : { builtin: false, folders: folders.map((label) => ({ path: resolve(context.cwd, label), label })) };
  const sources = await readSelectedSources(selection, context.installation);
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

async function configuredPolicies(given: string | undefined, context: CommandContext): Promise<PolicySelection> {
  try {
    const file = findConfig(context.cwd, given);
    const { policy } = await loadConfig(file, context.installation.schemas, openCache(context.cacheFolder));
    const folder = dirname(file.path);
    return {
      builtin: policy.builtin,
      folders: policy.paths.map(({ value }) => ({ path: resolve(folder, value), label: value })),
    };
  } catch (error) {
    if (given === undefined && error instanceof GateError && error.code === "config-not-found")
      return { builtin: true, folders: [] };
    throw error;
  }
}
