import { sha256 } from "../../evidence/canonical.ts";
import { isRecord } from "../../util/json.ts";
import { gateCapabilities } from "../capabilities.ts";
import { packagesOf, reachOf } from "../reach.ts";
import type { BuiltinFailure } from "../runtime/instance.ts";
import type { EvaluationResult, PolicyRuntime } from "../runtime/runtime.ts";
import type { BuiltTest, Capabilities, RegoModule, RegoToolchain } from "../toolchain/protocol.ts";

/** What a test came to as WebAssembly. */
export type CompiledOutcome =
  /** Its value is true. */
  | { readonly status: "passed" }
  /** It is undefined, or its value, as given, is not true. */
  | { readonly status: "failed"; readonly value?: unknown }
  /**
   * The test has cases, `test_x[case]`. A case that fails is missing from the value of the rule, so that only the ones that
   * hold, and the ones that were set to something other than true, are known here; OPA's runner knows the others.
   */
  | { readonly status: "cases"; readonly passed: readonly string[]; readonly failed: readonly string[] }
  /** It could not be evaluated. */
  | { readonly status: "error"; readonly message: string }
  | { readonly status: "skipped" }
  /** It needs what gates cannot have; nothing is known of it here. */
  | { readonly status: "not-compiled"; readonly reason: string };

export interface CompiledResult {
  readonly test: BuiltTest;
  readonly outcome: CompiledOutcome;
  readonly durationMs: number;
  /** Calls of built-ins that were errors. They are undefined to a test, and close a gate. */
  readonly failures: readonly BuiltinFailure[];
}

export interface CompiledTestRequest {
  /** Policies and tests together. */
  readonly modules: readonly RegoModule[];
  /** The document below `data`; default: empty. */
  readonly data?: object;
  /** A regular expression in Go's syntax on `data.<package>.<rule>`; default: all tests. */
  readonly run?: string;
  /** The toolchain's own, for a caller that has asked already. */
  readonly capabilities?: Capabilities;
}

/** The `input` of a test that gives none. Gates always have an object. */
const NO_INPUT = new TextEncoder().encode("{}");

/** Names of cases below others are joined with this, as `opa test` indents them. */
const CASE_SEPARATOR = " / ";

/**
 * Compiles tests as gates are compiled and runs them in the runtime of the gates: the same capabilities, limits and host.
 *
 * @param runtime whose policy is replaced by the compiled tests
 * @returns a result for each test, in the order of the sources
 * @throws {GateError} `policy-invalid` where the sources are, `toolchain-*`, or `policy-engine` where the compiled tests
 *   cannot be loaded
 */
export async function runCompiledTests(
  { modules, data = {}, run, capabilities }: CompiledTestRequest,
  toolchain: RegoToolchain,
  runtime: PolicyRuntime,
): Promise<readonly CompiledResult[]> {
  const request = {
    capabilities: gateCapabilities(capabilities ?? (await toolchain.capabilities())),
    ...(run === undefined ? {} : { run }),
  };
  const results: CompiledResult[] = [];
  for (const shard of shardsOf(modules)) {
    const { wasm, builtins, tests } = await toolchain.buildTests({ ...request, ...shard });
    if (wasm.length > 0) await runtime.load([{ wasm, digest: sha256(wasm), builtins }]);
    for (const test of tests) results.push(await runTest(test, data, runtime));
  }
  return results;
}

/** Tests of some files, with what they reach. */
interface Shard {
  readonly modules: readonly RegoModule[];
  readonly testFiles: readonly string[];
}

/** Compiling and running 2,000 tests takes 29 s at once and 9 s in parts of this size. */
const SHARD_TESTS = 200;

function shardsOf(modules: readonly RegoModule[]): readonly Shard[] {
  const groups: string[][] = [];
  let size = 0;
  for (const { path, source } of modules.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    // Too many at most: the word may be in a comment. A file without it has no tests.
    const count = source.match(/test_/g)?.length ?? 0;
    if (count === 0) continue;
    const last = groups.at(-1);
    size += count;
    if (last === undefined || size > SHARD_TESTS) {
      groups.push([path]);
      size = count;
    } else last.push(path);
  }
  const reach = reachOf(modules, packagesOf(modules));
  return groups.map((testFiles) => ({ testFiles, modules: reach(testFiles) }));
}

async function runTest(test: BuiltTest, data: object, runtime: PolicyRuntime): Promise<CompiledResult> {
  const { entrypoint, skipped, reason = "it has no entry point" } = test;
  const notRun = { test, durationMs: 0, failures: [] };
  if (skipped) return { ...notRun, outcome: { status: "skipped" } };
  if (entrypoint === undefined) return { ...notRun, outcome: { status: "not-compiled", reason } };
  const answer = await runtime.evaluate({ policy: 0, entrypoint, input: NO_INPUT, data, nowMs: 0 });
  return {
    test,
    outcome: outcomeOf(test, answer),
    durationMs: answer.durationMs,
    failures: answer.status === "value" ? answer.failures : [],
  };
}

function outcomeOf(test: BuiltTest, answer: EvaluationResult): CompiledOutcome {
  if (answer.status === "error") return { status: "error", message: answer.message };
  if (!Array.isArray(answer.value)) return { status: "error", message: "the entry point of the test is no list" };
  const values: readonly unknown[] = answer.value;
  if (values.length === 0) return { status: "failed" };
  const [value] = values;
  if (test.cases && isRecord(value)) return { status: "cases", ...casesOf(value) };
  return value === true ? { status: "passed" } : { status: "failed", value };
}

function casesOf(cases: Readonly<Record<string, unknown>>): {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
} {
  const passed: string[] = [];
  const failed: string[] = [];
  for (const [name, value] of Object.entries(cases)) {
    if (isRecord(value)) {
      const inner = casesOf(value);
      passed.push(...inner.passed.map((below) => caseName(name, below)));
      failed.push(...inner.failed.map((below) => caseName(name, below)));
    } else if (value === true) passed.push(name);
    else failed.push(name);
  }
  return { passed: passed.toSorted(), failed: failed.toSorted() };
}

/** The name of a case below another. */
export function caseName(above: string, below: string): string {
  return `${above}${CASE_SEPARATOR}${below}`;
}
