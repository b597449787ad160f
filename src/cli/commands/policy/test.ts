import { readSelectedSources } from "../../../policy/load.ts";
import type { PolicySources } from "../../../policy/sources.ts";
import { type Engine, hasPassed, type PolicyTestReport } from "../../../policy/testing/model.ts";
import { POLICY_TEST_OUTPUTS, type PolicyTestOutput } from "../../../report/policy-test/registry.ts";
import { GateError } from "../../../util/errors.ts";
import type { CommandContext } from "../../context.ts";
import { EXIT } from "../../exit-code.ts";
import { parseOutputFlags, writeOutput } from "../../write-file.ts";
import { selectedPolicies } from "./selection.ts";
import { openTestBench } from "./test-bench.ts";

export interface PolicyTestFlags {
  readonly run?: string;
  readonly threshold?: number;
  readonly engine: Engine;
  readonly format: PolicyTestOutput;
  readonly output: readonly string[];
  readonly watch: boolean;
}

/**
 * `gate policy test`: exit 1 where a test does not pass, where OPA's runner and the runtime of the gates differ about one, or
 * where coverage is below the threshold; exit 2 where no test ran.
 */
export async function test(folders: readonly string[], flags: PolicyTestFlags, context: CommandContext): Promise<void> {
  checkFlags(flags);
  const files = parseOutputFlags(flags.output, POLICY_TEST_OUTPUTS);
  const selection = await selectedPolicies(folders, context);
  if (flags.watch) return (await import("./watch.ts")).watch(selection, flags, context);
  const sources = await readSelectedSources(selection, context.installation);
  const formats = [flags.format, ...files.map(({ format }) => format)];
  const report = await runTests(sources, flags, wantsCoverage(flags, formats), context);
  const rendering = { sources: textByPath(sources) };
  for (const file of files) {
    await writeOutput(context.cwd, file.path, POLICY_TEST_OUTPUTS[file.format].format(report, rendering));
  }
  context.out(POLICY_TEST_OUTPUTS[flags.format].format(report, rendering));
  if (!hasPassed(report)) context.exit(EXIT.negative);
}

function checkFlags({ engine, threshold, format, watch, output }: PolicyTestFlags): void {
  if (engine === "wasm" && (threshold !== undefined || format === "lcov")) {
    throw new GateError("usage", "coverage is measured in OPA's runner", { hint: "Leave out --engine wasm." });
  }
  if (watch && (threshold !== undefined || output.length > 0 || format !== "human")) {
    throw new GateError("usage", "--watch prints what changed, and nothing else", {
      hint: "Leave out --threshold, --format and --output.",
    });
  }
}

async function runTests(
  sources: PolicySources,
  { engine, run, threshold }: PolicyTestFlags,
  coverage: boolean,
  context: CommandContext,
): Promise<PolicyTestReport> {
  const bench = await openTestBench(context, context.cacheFolder);
  try {
    const result = await bench.run(sources, { engine, run, coverage });
    if (result.tests.every(({ status }) => status === "skipped")) {
      throw new GateError("usage", "no test ran", {
        hint:
          run === undefined
            ? "Tests are rules named test_... in files named *_test.rego, and the cases of examples.yaml."
            : "No test has a name that --run matches.",
      });
    }
    return { engine, ...result, ...(threshold === undefined ? {} : { threshold }) };
  } finally {
    await bench.close();
  }
}

/** What some picked tests leave uncovered tells nothing, unless it is asked for. */
function wantsCoverage({ run, threshold }: PolicyTestFlags, formats: readonly PolicyTestOutput[]): boolean {
  return run === undefined || threshold !== undefined || formats.includes("lcov");
}

function textByPath({ modules, tests }: PolicySources): ReadonlyMap<string, string> {
  return new Map([...modules, ...tests].map(({ path, text }) => [path, text]));
}
