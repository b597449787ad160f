import { availableParallelism } from "node:os";
import { exampleSuites } from "../../../decision/examples/suites.ts";
import { escapeTerminal } from "../../../output/escape.ts";
import { definedGates, readEvidenceSchemas } from "../../../policy/bundle.ts";
import { gateCapabilities } from "../../../policy/capabilities.ts";
import type { GateDefinition } from "../../../policy/gate.ts";
import { openToolchain, readSelectedSources } from "../../../policy/load.ts";
import { planMutants } from "../../../policy/mutation/plan.ts";
import { type MutantResult, type MutationPlan, testMutants } from "../../../policy/mutation/run.ts";
import { unitTestSuites } from "../../../policy/mutation/suite.ts";
import { reachOf } from "../../../policy/reach.ts";
import { createRuntime, DEFAULT_MEMORY_LIMIT_BYTES } from "../../../policy/runtime/runtime.ts";
import type { PolicyFile, PolicySources } from "../../../policy/sources.ts";
import type {
  BuiltTest,
  Capabilities,
  InspectedModule,
  Mutant,
  RegoModule,
} from "../../../policy/toolchain/protocol.ts";
import { renderHtml } from "../../../report/mutation/html.ts";
import { renderJson } from "../../../report/mutation/json.ts";
import { type MutationReport, mutationReport } from "../../../report/mutation/model.ts";
import { renderText } from "../../../report/mutation/text.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { parseOutputFlags, writeOutput } from "../../write-file.ts";
import { selectedPolicies } from "./selection.ts";
import { nameFilter } from "./test-bench.ts";

const RENDERERS = { text: renderText, json: renderJson, html: renderHtml } as const satisfies Record<
  string,
  (report: MutationReport) => string
>;

type MutationFormat = keyof typeof RENDERERS;

export interface PolicyMutateFlags {
  readonly file: readonly string[];
  readonly mutator: readonly string[];
  readonly run?: string;
  readonly threshold?: number;
  readonly concurrency?: number;
  readonly format: MutationFormat;
  readonly output: readonly string[];
}

/** `gate policy mutate`: exit 1 where the score is below the threshold. */
export async function mutate(
  folders: readonly string[],
  flags: PolicyMutateFlags,
  context: CommandContext,
): Promise<void> {
  const outputs = parseOutputFlags(flags.output, RENDERERS);
  const sources = await readSelectedSources(await selectedPolicies(folders, context), context.installation);
  const { plan, results } = await testAll(sources, flags, context);
  const cases = plan.suites.flatMap((suite) => suite.cases);
  const files = [...sources.modules, ...sources.tests, ...sources.examples];
  const report = mutationReport(results, cases, files, context.installation.version);
  for (const { format, path } of outputs) {
    await writeOutput(context.cwd, path, RENDERERS[format](report));
    context.err(`Wrote ${path}\n`);
  }
  context.out(RENDERERS[flags.format](report));
  finish(report, flags.threshold, context);
}

interface Tested {
  readonly plan: MutationPlan;
  readonly results: readonly MutantResult[];
}

async function testAll(sources: PolicySources, flags: PolicyMutateFlags, context: CommandContext): Promise<Tested> {
  const soFar: MutantResult[] = [];
  let mutants: number | undefined;
  const progress = tellProgress(() => stateOf(soFar, mutants), context);
  try {
    const { plan, capabilities } = await prepare(sources, flags, context);
    mutants = plan.mutants.length;
    const results = await testMutants(plan, {
      toolchain: () => openToolchain(context, true),
      runtime: (timeLimitMs) =>
        createRuntime({
          worker: context.installation.policyWorker,
          timeLimitMs,
          memoryLimitBytes: DEFAULT_MEMORY_LIMIT_BYTES,
          toolchain: context.installation.toolchain.wasm,
        }),
      capabilities,
      concurrency: Math.min(flags.concurrency ?? availableParallelism(), mutants),
      onResult: (result) => soFar.push(result),
    });
    return { plan, results };
  } finally {
    progress.end();
  }
}

/** How often somebody who waits is told how far it is. */
const PROGRESS_MS = 15_000;

/** Says every now and then how far it is, until it is ended. */
function tellProgress(state: () => string, context: CommandContext): { end(): void } {
  const timer = setInterval(() => context.err(`${state()}\n`), PROGRESS_MS);
  return { end: () => clearInterval(timer) };
}

function stateOf(results: readonly MutantResult[], mutants: number | undefined): string {
  if (mutants === undefined) return "Looking for mutants and tests";
  if (results.length === 0) return "Running the tests without a mutation";
  const survived = results.filter(({ status }) => status === "Survived" || status === "NoCoverage");
  return `Tried ${results.length} of ${mutants} mutants, ${survived.length} survived`;
}

function finish({ score }: MutationReport, threshold: number | undefined, context: CommandContext): void {
  if (threshold === undefined || (score !== undefined && score >= threshold)) return;
  context.err(`The mutation score is below the threshold of ${threshold} %.\n`);
  context.exit(EXIT.negative);
}

interface Prepared {
  readonly plan: MutationPlan;
  readonly capabilities: Capabilities;
}

/** Finds the mutants and the tests, with one compiler that is gone before those that test are started. */
async function prepare(sources: PolicySources, flags: PolicyMutateFlags, context: CommandContext): Promise<Prepared> {
  const isSelected = nameFilter(flags.run);
  const run = flags.run === undefined ? {} : { run: flags.run };
  const toolchain = await openToolchain(context, true);
  try {
    const policies = sources.modules.map(moduleOf);
    const modules = [...policies, ...sources.tests.map(moduleOf)];
    // One request for each, for the time limit is that of a request.
    const mutants = await Promise.all(selectedModules(policies, flags).map((module) => toolchain.mutants([module])));
    const inspected = await toolchain.inspect(modules);
    const reach = reachOf(modules, new Map(inspected.map((module) => [module.path, module.package])));
    const capabilities = gateCapabilities(await toolchain.capabilities());
    const { tests } = await toolchain.buildTests({ modules, capabilities, ...run });
    reportUncompiled(tests, context);
    const unit = unitTestSuites(tests, reach, flags.run);
    const paths = new Set(policies.map(({ path }) => path));
    const gates = await gatesOf(
      sources,
      inspected.filter(({ path }) => paths.has(path)),
      context,
    );
    const examples = exampleSuites(sources.examples, gates, inspected, reach, isSelected);
    if (unit.length + examples.length === 0) {
      throw new GateError("usage", "there is no test to notice a mutant", {
        hint: "Tests are rules named test_... in files named *_test.rego, and cases of an examples.yaml.",
      });
    }
    const { coverage } = await toolchain.test({ modules, coverage: true, ...run });
    return { plan: planMutants(selectedMutants(mutants.flat(), flags), unit, examples, coverage), capabilities };
  } finally {
    await toolchain.close();
  }
}

function reportUncompiled(tests: readonly BuiltTest[], context: CommandContext): void {
  for (const { file, row, name, reason } of tests) {
    if (reason !== undefined) context.err(`${escapeTerminal(`Left out: ${file}:${row} ${name}: ${reason}`)}\n`);
  }
}

/** Policies without examples need not be gates. */
async function gatesOf(
  { examples }: PolicySources,
  modules: readonly InspectedModule[],
  { installation }: CommandContext,
): Promise<readonly GateDefinition[]> {
  return examples.length === 0 ? [] : definedGates(modules, await readEvidenceSchemas(installation.schemas));
}

function moduleOf({ path, text }: PolicyFile): RegoModule {
  return { path, source: text };
}

function selectedModules(policies: readonly RegoModule[], { file: files }: PolicyMutateFlags): readonly RegoModule[] {
  return policies.filter(({ path }) => files.length === 0 || files.some((part) => path.includes(part)));
}

function selectedMutants(mutants: readonly Mutant[], { mutator: mutators }: PolicyMutateFlags): readonly Mutant[] {
  const selected = mutants.filter(({ mutator }) => mutators.length === 0 || mutators.includes(mutator));
  if (selected.length > 0) return selected;
  const known = [...new Set(mutants.map(({ mutator }) => mutator))].toSorted();
  throw new GateError("usage", "there is nothing to mutate", {
    hint:
      known.length === 0
        ? "Name a folder with policies, and with --file a part of their paths."
        : `These policies have mutants of ${known.join(", ")}.`,
  });
}
