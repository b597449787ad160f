import { isDeepStrictEqual } from "node:util";
import type { Reach } from "../reach.ts";
import type { Evaluation, EvaluationResult } from "../runtime/runtime.ts";
import type { BuiltPolicy, BuiltTest, Capabilities, RegoModule, RegoToolchain } from "../toolchain/protocol.ts";

/** One question to compiled policies, and whether an answer is the right one. */
export interface TestCase extends Omit<Evaluation, "entrypoint" | "policy"> {
  /** As a person would name it, such as `data.lib.ratio_test.test_less_is_below`. */
  readonly name: string;
  readonly file: string;
  /** 1-based; absent where it is not known. */
  readonly row?: number;
  /**
   * Whether the answer is right.
   *
   * @param dry the answer of the policies as they are; undefined while that is asked for
   */
  passes(answer: EvaluationResult, dry: EvaluationResult | undefined): boolean;
}

/** Tests that are compiled together, with no more of the policies than they reach. */
export interface TestSuite {
  /** The file that the tests are in. */
  readonly file: string;
  readonly modules: readonly RegoModule[];
  /** Never empty. */
  readonly cases: readonly TestCase[];
  /** @param modules those of the suite, of which one may be changed */
  build(toolchain: RegoToolchain, modules: readonly RegoModule[], capabilities: Capabilities): Promise<BuiltSuite>;
}

export interface BuiltSuite extends Pick<BuiltPolicy, "wasm" | "builtins"> {
  entrypointOf(test: TestCase): string | undefined;
}

/** A test brings its own with `with`. */
const NO_INPUT = new TextEncoder().encode("{}");

/**
 * The unit tests of each file.
 *
 * @param tests as the toolchain finds them; the ones that are skipped or that cannot be compiled are left out
 * @param run what they were selected with, in Go's syntax
 */
export function unitTestSuites(
  tests: readonly BuiltTest[],
  reach: Reach,
  run: string | undefined,
): readonly TestSuite[] {
  const compiled = tests.filter(({ entrypoint }) => entrypoint !== undefined);
  return [...Map.groupBy(compiled, ({ file }) => file)].map(([file, own]) => ({
    file,
    modules: reach([file]),
    cases: own.map(unitTest),
    async build(toolchain, modules, capabilities) {
      const selection = run === undefined ? {} : { run };
      const built = await toolchain.buildTests({ modules, capabilities, ...selection });
      const entrypoints = new Map(built.tests.map((test) => [nameOf(test), test.entrypoint]));
      return { ...built, entrypointOf: ({ name }) => entrypoints.get(name) };
    },
  }));
}

function nameOf(test: BuiltTest): string {
  return `${test.package}.${test.name}`;
}

function unitTest(test: BuiltTest): TestCase {
  return {
    name: nameOf(test),
    file: test.file,
    row: test.row,
    input: NO_INPUT,
    data: {},
    nowMs: 0,
    passes(answer, dry) {
      const value = valueOf(answer);
      if (!test.cases) return value === true;
      // The value of a test with cases is an object, from which a case that fails is missing.
      return value !== undefined && (dry === undefined || isDeepStrictEqual(value, valueOf(dry)));
    },
  };
}

/** The entry point of a test gives a list with its value, which is empty where the test is undefined. */
function valueOf(answer: EvaluationResult): unknown {
  return answer.status === "value" && Array.isArray(answer.value) ? answer.value[0] : undefined;
}
