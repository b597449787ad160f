import { sha256 } from "../../evidence/canonical.ts";
import { GateError, type Issue, messageOf } from "../../util/errors.ts";
import type { EvaluationResult, PolicyRuntime } from "../runtime/runtime.ts";
import { ToolchainError } from "../toolchain/error.ts";
import type { Capabilities, Mutant, RegoModule, RegoToolchain } from "../toolchain/protocol.ts";
import type { TestCase, TestSuite } from "./suite.ts";

/** What became of a mutant, in the words of the mutation testing report schema. */
export const MUTANT_STATUSES = [
  "Killed",
  "Survived",
  "NoCoverage",
  "Timeout",
  "CompileError",
  "RuntimeError",
  "Ignored",
] as const;
export type MutantStatus = (typeof MUTANT_STATUSES)[number];

export interface MutantResult {
  readonly mutant: Mutant;
  readonly status: MutantStatus;
  /** The test that noticed. */
  readonly killedBy?: TestCase;
  /** How many tests ran, the one that noticed included. */
  readonly testsCompleted: number;
  /** Why it was ignored, or what the compiler said. */
  readonly reason?: string;
}

/** What mutants are tested with. */
export interface Workbench {
  /** Starts a compiler; there is one for each worker. */
  readonly toolchain: () => Promise<RegoToolchain>;
  /** @param timeLimitMs for one evaluation */
  readonly runtime: (timeLimitMs: number) => PolicyRuntime;
  readonly capabilities: Capabilities;
  /** How many mutants are tested at the same time. */
  readonly concurrency: number;
  /** Called with each result as it comes, which is not the order of the mutants. */
  readonly onResult?: (result: MutantResult) => void;
}

/** What is tested. */
export interface MutationPlan {
  /** In the order of the results. */
  readonly mutants: readonly Mutant[];
  /** All tests; they have to pass without a mutation. */
  readonly suites: readonly TestSuite[];
  /** The tests of a mutant, the ones that are nearest to it first. */
  readonly suitesOf: (mutant: Mutant) => readonly TestSuite[];
  /**
   * Whether a test evaluates the lines of a mutant, as far as that is known. It says why a mutant survived, not that it
   * need not be tested: OPA's rule index leaves out a body that a test shows not to hold.
   */
  readonly isCovered: (mutant: Mutant) => boolean;
}

/** For the tests of the policies as they are, which have no measured time to go by. */
const DRY_RUN_LIMIT_MS = 30_000;
/** A mutant may take this many times as long as the longest test did, and what a busy machine takes on top of it. */
const SLOWER = 10;
const BUSY_MS = 2_000;

/** One compiler and one runtime, which take one mutant after the other. */
interface Worker {
  readonly toolchain: RegoToolchain;
  readonly runtime: PolicyRuntime;
}

/** The answers of the policies as they are. */
type DryRun = ReadonlyMap<TestCase, EvaluationResult>;

/**
 * Runs the tests of the policies as they are and then of each mutant, all of them compiled to WebAssembly and in the
 * runtime of a check. The tests of a mutant end with the first that fails.
 *
 * @returns a result for each mutant, in their order
 * @throws {GateError} `policy-tests-failed` where a test does not pass without a mutation
 */
export async function testMutants(plan: MutationPlan, workbench: Workbench): Promise<readonly MutantResult[]> {
  const toolchains = await Promise.all(Array.from({ length: workbench.concurrency }, () => workbench.toolchain()));
  try {
    const dryRun = await withWorkers(toolchains, workbench, DRY_RUN_LIMIT_MS, (workers) =>
      runUnmutated(plan.suites, workers, workbench.capabilities),
    );
    const longest = Math.max(0, ...[...dryRun.values()].map(({ durationMs }) => durationMs));
    return await withWorkers(toolchains, workbench, BUSY_MS + SLOWER * longest, (workers) =>
      inParallel(plan.mutants, workers, async (mutant, worker) => {
        const result = await testMutant(mutant, plan, worker, workbench.capabilities, dryRun);
        workbench.onResult?.(result);
        return result;
      }),
    );
  } finally {
    await Promise.all(toolchains.map((toolchain) => toolchain.close()));
  }
}

async function withWorkers<T>(
  toolchains: readonly RegoToolchain[],
  workbench: Workbench,
  timeLimitMs: number,
  work: (workers: readonly Worker[]) => Promise<T>,
): Promise<T> {
  const workers = toolchains.map((toolchain) => ({ toolchain, runtime: workbench.runtime(timeLimitMs) }));
  try {
    return await work(workers);
  } finally {
    await Promise.all(workers.map(({ runtime }) => runtime.close()));
  }
}

/** Gives each element to the next worker that is free; the results are in the order of the elements. */
async function inParallel<T, R>(
  elements: readonly T[],
  workers: readonly Worker[],
  work: (element: T, worker: Worker) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const rest = elements.entries();
  await Promise.all(
    workers.map(async (worker) => {
      for (const [index, element] of rest) results[index] = await work(element, worker);
    }),
  );
  return results;
}

async function runUnmutated(
  suites: readonly TestSuite[],
  workers: readonly Worker[],
  capabilities: Capabilities,
): Promise<DryRun> {
  const answers = new Map<TestCase, EvaluationResult>();
  const failures: Issue[] = [];
  await inParallel(suites, workers, async (suite, worker) => {
    const ask = await compileInto(worker, suite, suite.modules, capabilities);
    for (const test of suite.cases) {
      const answer = await ask(test);
      if (!test.passes(answer, undefined)) failures.push(failureOf(test, answer));
      answers.set(test, answer);
    }
  });
  if (failures.length === 0) return answers;
  throw new GateError("policy-tests-failed", "there are tests that fail without a mutation", {
    issues: failures.toSorted((a, b) => (a.message < b.message ? -1 : 1)),
    hint: "Run `gate policy test` and mend them first.",
  });
}

function failureOf({ name, file, row }: TestCase, answer: EvaluationResult): Issue {
  const why = answer.status === "error" ? `: ${answer.message}` : "";
  return { message: `${name} fails${why}`, file, ...(row === undefined ? {} : { row }) };
}

async function testMutant(
  mutant: Mutant,
  plan: MutationPlan,
  worker: Worker,
  capabilities: Capabilities,
  dryRun: DryRun,
): Promise<MutantResult> {
  if (mutant.ignored !== undefined) return { mutant, status: "Ignored", testsCompleted: 0, reason: mutant.ignored };
  let testsCompleted = 0;
  let refused: MutantResult | undefined;
  const suites = plan.suitesOf(mutant);
  for (const suite of suites) {
    let ask: (test: TestCase) => Promise<EvaluationResult>;
    try {
      ask = await compileInto(worker, suite, mutated(suite.modules, mutant), capabilities);
    } catch (error) {
      refused = { mutant, status: statusOfFailure(error), testsCompleted, reason: messageOf(error) };
      // Where it is only the tests that do not fit the mutant, others may.
      if (isAbout(suite.file, error)) continue;
      return refused;
    }
    for (const test of suite.cases) {
      const answer = await ask(test);
      testsCompleted += 1;
      if (answer.status === "error" && answer.timedOut) {
        return { mutant, status: "Timeout", testsCompleted, killedBy: test };
      }
      if (!test.passes(answer, dryRun.get(test))) return { mutant, status: "Killed", testsCompleted, killedBy: test };
    }
  }
  const isCovered = suites.length > 0 && plan.isCovered(mutant);
  return refused ?? { mutant, status: isCovered ? "Survived" : "NoCoverage", testsCompleted };
}

/** Whether everything that the compiler refused is in one file. */
function isAbout(path: string, error: unknown): boolean {
  return (
    error instanceof ToolchainError &&
    error.regoIssues.length > 0 &&
    error.regoIssues.every(({ file }) => file === path)
  );
}

/** Compiles a suite and loads it; the result asks one of its tests. */
async function compileInto(
  { toolchain, runtime }: Worker,
  suite: TestSuite,
  modules: readonly RegoModule[],
  capabilities: Capabilities,
): Promise<(test: TestCase) => Promise<EvaluationResult>> {
  const built = await patiently(() => suite.build(toolchain, modules, capabilities));
  const { wasm, builtins } = built;
  await runtime.load([{ wasm, digest: sha256(wasm), builtins }]);
  return (test) => {
    const entrypoint = built.entrypointOf(test);
    if (entrypoint === undefined) throw new GateError("internal", `${test.name} was not compiled`);
    const { input, data, nowMs } = test;
    return runtime.evaluate({ policy: 0, entrypoint, input, data, nowMs });
  };
}

/** Compiles once more where that took too long: mostly it is the machine that was busy, and not the mutant. */
async function patiently<T>(build: () => Promise<T>): Promise<T> {
  try {
    return await build();
  } catch (error) {
    if (!(error instanceof GateError) || error.code !== "toolchain-timeout") throw error;
    return build();
  }
}

/** What the compiler refuses is no mutant; anything else that keeps one from being tested is said to be that. */
function statusOfFailure(error: unknown): "CompileError" | "RuntimeError" {
  if (!(error instanceof GateError)) throw error;
  if (error.code === "policy-invalid" || error.code === "policy-build-failed") return "CompileError";
  if (error.code === "toolchain-failed" || error.code === "toolchain-timeout" || error.code === "policy-engine") {
    return "RuntimeError";
  }
  throw error;
}

function mutated(modules: readonly RegoModule[], mutant: Mutant): readonly RegoModule[] {
  return modules.map((module) =>
    module.path === mutant.file ? { path: module.path, source: applyMutant(module.source, mutant) } : module,
  );
}

/** The source with a mutant's change. */
export function applyMutant(source: string, { start, end, replacement }: Mutant): string {
  const bytes = Buffer.from(source);
  return `${bytes.toString("utf8", 0, start.offset)}${replacement}${bytes.toString("utf8", end.offset)}`;
}
