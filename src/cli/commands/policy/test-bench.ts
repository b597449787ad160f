import { runExamples } from "../../../decision/examples/tests.ts";
import { openEvaluation } from "../../../policy/evaluate.ts";
import { loadSources, openToolchain, type PolicyServices } from "../../../policy/load.ts";
import {
  createRuntime,
  DEFAULT_MEMORY_LIMIT_BYTES,
  DEFAULT_TIME_LIMIT_MS,
  type PolicyRuntime,
} from "../../../policy/runtime/runtime.ts";
import type { PolicySources } from "../../../policy/sources.ts";
import { type CompiledResult, runCompiledTests } from "../../../policy/testing/compiled.ts";
import type { Engine, PolicyTest, PolicyTestReport } from "../../../policy/testing/model.ts";
import { interpretRules, type RuleTestRequest, testsOfRules } from "../../../policy/testing/rules.ts";
import type { RegoToolchain } from "../../../policy/toolchain/protocol.ts";
import { GateError, messageOf } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";

/** What policy tests run in, for one run or, while files are watched, for many. */
export interface TestBench {
  run(sources: PolicySources, options: TestOptions): Promise<Pick<PolicyTestReport, "tests" | "coverage">>;
  close(): Promise<void>;
}

export interface TestOptions {
  readonly engine: Engine;
  /** A regular expression on the names of tests; default: all. */
  readonly run: string | undefined;
  readonly coverage: boolean;
  /** Is given what OPA's runner says of the rules, which is there before the rest. */
  readonly interpreted?: (tests: readonly PolicyTest[]) => void;
}

/** @param cacheFolder where compiled policies are kept; undefined turns that off */
export async function openTestBench(context: CommandContext, cacheFolder: string | undefined): Promise<TestBench> {
  const services = { ...context, cacheFolder };
  // Rules and examples are compiled at the same time. A compiler starts when it is first asked.
  const [rules, examples] = await Promise.all([openEngine(services), openEngine(services)]);
  return {
    async run(sources, { engine, run, coverage, interpreted }) {
      const selected = nameFilter(run);
      const modules = [...sources.modules, ...sources.tests].map(({ path, text }) => ({ path, source: text }));
      const request = { modules, ...(run === undefined ? {} : { run }) };
      const first = engine === "wasm" ? undefined : await interpretRules({ ...request, coverage }, rules.toolchain);
      if (first !== undefined) interpreted?.(testsOfRules(first.results, undefined));
      const [compiled, tested] = await Promise.all([
        engine === "opa" ? undefined : runCompiled(request, engine, rules),
        testExamples(sources, services, examples, selected),
      ]);
      return {
        tests: [...testsOfRules(first?.results, compiled), ...tested],
        ...(first?.coverage === undefined ? {} : { coverage: first.coverage }),
      };
    },
    async close() {
      await Promise.all([rules, examples].flatMap(({ toolchain, runtime }) => [toolchain.close(), runtime.close()]));
    },
  };
}

/** A compiler and what runs that which it compiled. */
interface CompilingEngine {
  readonly toolchain: RegoToolchain;
  readonly runtime: PolicyRuntime;
}

async function openEngine(services: PolicyServices): Promise<CompilingEngine> {
  const { installation } = services;
  const toolchain = await openToolchain(services);
  let capabilities: ReturnType<RegoToolchain["capabilities"]> | undefined;
  const runtime = createRuntime({
    worker: installation.policyWorker,
    timeLimitMs: DEFAULT_TIME_LIMIT_MS,
    memoryLimitBytes: DEFAULT_MEMORY_LIMIT_BYTES,
    toolchain: installation.toolchain.wasm,
  });
  return { toolchain: { ...toolchain, capabilities: () => (capabilities ??= toolchain.capabilities()) }, runtime };
}

async function runCompiled(
  request: RuleTestRequest,
  engine: Engine,
  { toolchain, runtime }: CompilingEngine,
): Promise<readonly CompiledResult[] | "cannot-compile"> {
  try {
    return await runCompiledTests(request, toolchain, runtime);
  } catch (error) {
    // An opa binary cannot compile tests. Each test then says that it was not compared.
    if (engine === "both" && error instanceof GateError && error.code === "toolchain-missing") return "cannot-compile";
    throw error;
  }
}

async function testExamples(
  sources: PolicySources,
  services: PolicyServices,
  { toolchain, runtime }: CompilingEngine,
  selected: (name: string) => boolean,
): Promise<readonly PolicyTest[]> {
  if (sources.examples.length === 0) return [];
  // What compiles a bundle closes its compiler; this one is used again.
  const kept = { ...toolchain, close: () => Promise.resolve() };
  const located = await loadSources(sources, services, () => Promise.resolve(kept));
  const session = await openEvaluation(runtime, located);
  return runExamples(sources.examples, session, selected);
}

/** Whether the name of a test matches `--run`. */
export function nameFilter(run: string | undefined): (name: string) => boolean {
  if (run === undefined) return () => true;
  try {
    const pattern = new RegExp(run, "u");
    return (name) => pattern.test(name);
  } catch (cause) {
    throw new GateError("usage", `--run is not a regular expression: ${messageOf(cause)}`, { cause });
  }
}
