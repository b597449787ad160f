import { runExamples } from "../../../decision/examples.ts";
import { openEvaluation } from "../../../policy/evaluate.ts";
import { loadSources, openToolchain } from "../../../policy/load.ts";
import {
  createRuntime,
  DEFAULT_MEMORY_LIMIT_BYTES,
  DEFAULT_TIME_LIMIT_MS,
  type PolicyRuntime,
} from "../../../policy/runtime/runtime.ts";
import type { PolicySources } from "../../../policy/sources.ts";
import type { Engine, PolicyTest } from "../../../policy/testing/model.ts";
import { type RuleTests, runRuleTests } from "../../../policy/testing/rules.ts";
import type { RegoToolchain } from "../../../policy/toolchain/protocol.ts";
import { GateError, messageOf } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";

/** What policy tests run in: a compiler and a runtime, for one run or, while files are watched, for many. */
export interface TestBench {
  run(sources: PolicySources, options: TestOptions): Promise<RuleTests>;
  close(): Promise<void>;
}

export interface TestOptions {
  readonly engine: Engine;
  /** A regular expression on the names of tests; default: all. */
  readonly run: string | undefined;
  readonly coverage: boolean;
}

/** @param cacheFolder where compiled policies are kept; undefined turns that off */
export async function openTestBench(context: CommandContext, cacheFolder: string | undefined): Promise<TestBench> {
  const { installation } = context;
  const toolchain = await openToolchain(context);
  const runtime = createRuntime({
    worker: installation.policyWorker,
    timeLimitMs: DEFAULT_TIME_LIMIT_MS,
    memoryLimitBytes: DEFAULT_MEMORY_LIMIT_BYTES,
    toolchain: installation.toolchain.wasm,
  });
  return {
    async run(sources, { engine, run, coverage }) {
      const modules = [...sources.modules, ...sources.tests].map(({ path, text }) => ({ path, source: text }));
      const filter = run === undefined ? {} : { run };
      const rules = await runRuleTests({ modules, engine, coverage, ...filter }, toolchain, runtime);
      const services = { ...context, cacheFolder };
      const examples = await testExamples(sources, services, keptOpen(toolchain), runtime, nameFilter(run));
      return { ...rules, tests: [...rules.tests, ...examples] };
    },
    async close() {
      await Promise.all([toolchain.close(), runtime.close()]);
    },
  };
}

async function testExamples(
  sources: PolicySources,
  services: Pick<CommandContext, "installation" | "variables" | "cacheFolder">,
  toolchain: RegoToolchain,
  runtime: PolicyRuntime,
  selected: (name: string) => boolean,
): Promise<readonly PolicyTest[]> {
  if (sources.examples.length === 0) return [];
  const located = await loadSources(sources, services, () => Promise.resolve(toolchain));
  const session = await openEvaluation(runtime, located);
  return runExamples(sources.examples, located.bundle.gates, session, selected);
}

/** What compiles a bundle closes its compiler; this one is used again. */
function keptOpen(toolchain: RegoToolchain): RegoToolchain {
  return { ...toolchain, close: () => Promise.resolve() };
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
