import type { Coverage, RegoModule, RegoTestResult, RegoToolchain, SubResult } from "../toolchain/protocol.ts";
import { type CompiledResult, caseName } from "./compiled.ts";
import type { EngineResult, PolicyTest, TestCaseResult } from "./model.ts";

export interface RuleTestRequest {
  /** Policies and tests together. */
  readonly modules: readonly RegoModule[];
  /** A regular expression in Go's syntax on `data.<package>.<rule>`; default: all tests. */
  readonly run?: string;
}

/** What OPA's runner said of the rules whose names start with `test_`. */
export interface InterpretedRules {
  readonly results: readonly RegoTestResult[];
  /** Of the policies, without their tests; absent where it was not asked for. */
  readonly coverage?: Coverage;
}

/** Runs the tests in OPA's runner. */
export async function interpretRules(
  request: RuleTestRequest & { readonly coverage: boolean },
  toolchain: RegoToolchain,
): Promise<InterpretedRules> {
  const { results, coverage } = await toolchain.test(request);
  return { results, ...(coverage === undefined ? {} : { coverage: withoutTests(coverage) }) };
}

/**
 * The tests of rules. A test that the two engines differ about has failed: it says nothing of what the gate will do.
 *
 * @param interpreted undefined where OPA's runner was not asked
 * @param compiled undefined where the runtime of the gates was not asked; `cannot-compile` where it could not be
 */
export function testsOfRules(
  interpreted: readonly RegoTestResult[] | undefined,
  compiled: readonly CompiledResult[] | "cannot-compile" | undefined,
): readonly PolicyTest[] {
  if (interpreted === undefined) return (compiled === "cannot-compile" ? [] : (compiled ?? [])).map(compiledOnly);
  if (compiled === undefined) return interpreted.map(interpretedTest);
  if (compiled === "cannot-compile") {
    return interpreted.map((result) => ({ ...interpretedTest(result), notCompared: NO_COMPILER }));
  }
  const byPlace = new Map(compiled.map((result) => [placeOf(result.test), result]));
  return interpreted.map((result) => compare(result, byPlace.get(placeOf(result))));
}

function compare(result: RegoTestResult, compiled: CompiledResult | undefined): PolicyTest {
  const test = interpretedTest(result);
  if (compiled?.outcome.status === "not-compiled") return { ...test, notCompared: compiled.outcome.reason };
  const opa = { status: test.status, ...(test.reason === undefined ? {} : { reason: test.reason }) };
  const wasm = wasmResult(result, compiled);
  if (opa.status !== wasm.status) return { ...test, status: "failed", disagreement: { opa, wasm } };
  // OPA's runner does not say what a value that is not true is.
  return opa.reason === NOT_TRUE ? { ...test, reason: wasm.reason ?? NOT_TRUE } : test;
}

const NO_COMPILER = "an opa binary stands in for the toolchain and cannot compile tests";

function placeOf({ file, row, col }: { readonly file: string; readonly row: number; readonly col: number }): string {
  return `${file}:${row}:${col}`;
}

function wasmResult(result: RegoTestResult, compiled: CompiledResult | undefined): EngineResult {
  if (compiled === undefined) return { status: "error", reason: "it was not found among the compiled tests" };
  const { outcome, failures } = compiled;
  const [failure] = failures;
  const because = failure === undefined ? "" : `; the built-in function ${failure.name} failed: ${failure.message}`;
  switch (outcome.status) {
    case "passed":
    case "skipped":
      return { status: outcome.status };
    case "failed":
      return { status: "failed", reason: `${valueReason(outcome)}${because}` };
    case "error":
      return { status: "error", reason: outcome.message };
    case "not-compiled":
      return { status: "error", reason: outcome.reason };
    case "cases":
      return casesResult(leavesOf(result.subResults ?? []), outcome.passed);
  }
}

/** Holds the cases that hold against each other: one that fails is missing from the value of a compiled test. */
function casesResult(cases: readonly TestCaseResult[], passed: readonly string[]): EngineResult {
  const lost = cases.filter((each) => each.passed && !passed.includes(each.name)).map(({ name }) => name);
  const won = passed.filter((name) => !cases.some((each) => each.passed && each.name === name));
  if (lost.length > 0) return { status: "failed", reason: `the cases do not hold: ${lost.join(", ")}` };
  if (won.length > 0) return { status: "error", reason: `more cases hold: ${won.join(", ")}` };
  return { status: cases.every((each) => each.passed) ? "passed" : "failed" };
}

function valueReason(outcome: { readonly value?: unknown }): string {
  return "value" in outcome ? `its value is ${JSON.stringify(outcome.value)}` : "it is undefined";
}

function interpretedTest(result: RegoTestResult): PolicyTest {
  const { package: name, file, row, error, failedAt, output } = result;
  const cases = leavesOf(result.subResults ?? []);
  const reason = error ?? (result.failed && failedAt === undefined && cases.length === 0 ? NOT_TRUE : undefined);
  return {
    kind: "rule",
    name: `${name}.${result.name}`,
    file,
    row,
    status: statusOf(result),
    durationMs: result.durationNs / 1_000_000,
    ...(reason === undefined ? {} : { reason }),
    ...(failedAt === undefined ? {} : { failedAt }),
    ...(cases.length === 0 ? {} : { cases }),
    ...(output === undefined ? {} : { output }),
  };
}

const NOT_TRUE = "its value is not true";

function statusOf({ passed, skipped, error }: RegoTestResult): PolicyTest["status"] {
  if (skipped) return "skipped";
  if (error !== undefined) return "error";
  return passed ? "passed" : "failed";
}

function leavesOf(results: readonly SubResult[]): readonly TestCaseResult[] {
  return results.flatMap(({ name, passed, failedAt, subResults = [] }) => {
    if (subResults.length === 0) return [{ name, passed, ...(failedAt === undefined ? {} : { failedAt }) }];
    return leavesOf(subResults).map((leaf) => ({ ...leaf, name: caseName(name, leaf.name) }));
  });
}

/** A test that only the runtime of the gates was asked about. */
function compiledOnly({ test, outcome, durationMs }: CompiledResult): PolicyTest {
  const known = {
    kind: "rule",
    name: `${test.package}.${test.name}`,
    file: test.file,
    row: test.row,
    durationMs,
  } as const;
  switch (outcome.status) {
    case "passed":
    case "skipped":
      return { ...known, status: outcome.status };
    case "failed":
      return { ...known, status: "failed", reason: valueReason(outcome) };
    case "error":
      return { ...known, status: "error", reason: outcome.message };
    case "not-compiled":
      return { ...known, status: "skipped", notCompared: outcome.reason };
    case "cases":
      return { ...known, status: "skipped", notCompared: "only OPA's runner knows which of its cases fail" };
  }
}

function withoutTests({ files }: Coverage): Coverage {
  const policies = Object.entries(files).filter(([path]) => !path.endsWith("_test.rego"));
  const covered = policies.reduce((sum, [, file]) => sum + file.coveredLines, 0);
  const lines = policies.reduce((sum, [, file]) => sum + file.coveredLines + file.notCoveredLines, 0);
  const percent = lines === 0 ? 100 : Math.round((covered / lines) * 10_000) / 100;
  // A line of a thousand must not be rounded away.
  return { files: Object.fromEntries(policies), percent: covered < lines ? Math.min(percent, 99.99) : percent };
}
