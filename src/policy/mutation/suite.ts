import { isDeepStrictEqual } from "node:util";
import type { Evaluation, EvaluationResult } from "../runtime/runtime.ts";
import type { InspectedModule, RegoModule } from "../toolchain/protocol.ts";

/** One question to compiled policies, and whether an answer is the right one. */
export interface TestCase {
  /** As a person would name it, such as `data.lib.ratio_test.test_less_is_below`. */
  readonly name: string;
  readonly file: string;
  /** 1-based; absent where it is not known. */
  readonly row?: number;
  readonly evaluation: Evaluation;
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
}

/** A test brings its own with `with`. */
const NO_INPUT = new TextEncoder().encode("{}");

/** The modules that some modules reach, themselves included, in the order of `all`. */
export type Reach = (from: readonly string[]) => readonly RegoModule[];

/**
 * Finds what modules reach by the references to `data` in their text. It may find too much, in a comment for example, and
 * never too little: a module left out would be undefined, not an error.
 */
export function reachOf(all: readonly RegoModule[], inspected: readonly InspectedModule[]): Reach {
  const packages = new Map(inspected.map((module) => [module.path, module.package]));
  const direct = new Map(all.map(({ path, source }) => [path, referencedPaths(path, source)]));

  function referencedPaths(path: string, source: string): readonly string[] {
    const own = packages.get(path);
    const references = [...source.matchAll(/\bdata(?:(?:\.\w+)+|(?=\[))/g)].map(([reference]) => reference);
    return [...packages].filter(([, name]) => name === own || references.some(overlaps(name))).map(([other]) => other);
  }

  return (from) => {
    const reached = new Set(from);
    // What is added while a set is gone through is gone through as well.
    for (const path of reached) for (const next of direct.get(path) ?? []) reached.add(next);
    return all.filter(({ path }) => reached.has(path));
  };
}

/** Whether a reference may lead into a package: one of the two is the start of the other. */
function overlaps(name: string): (reference: string) => boolean {
  const startsWith = (path: string, start: string): boolean =>
    path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`);
  return (reference) => startsWith(name, reference) || startsWith(reference, name);
}

/**
 * The unit tests of each file, as OPA's runner finds them: rules whose names start with `test_`.
 *
 * @param selected whether a test of this name is to run
 */
export function unitTestSuites(
  inspected: readonly InspectedModule[],
  reach: Reach,
  selected: (name: string) => boolean,
): readonly TestSuite[] {
  return inspected.flatMap((module) => {
    const rows = new Map<string, number>();
    for (const { name, row, kind } of module.rules) {
      const [rule = name] = name.split(/[.[]/);
      if (kind !== "function" && rule.startsWith("test_") && !rows.has(rule)) rows.set(rule, row);
    }
    const cases = [...rows].map(([rule, row]) => unitTest(module, rule, row)).filter(({ name }) => selected(name));
    return cases.length === 0 ? [] : [{ file: module.path, modules: reach([module.path]), cases }];
  });
}

function unitTest(module: InspectedModule, rule: string, row: number): TestCase {
  const path = `${module.package}.${rule}`.replace(/\["([^"]+)"\]/g, ".$1");
  return {
    name: `${module.package}.${rule}`,
    file: module.path,
    row,
    evaluation: {
      entrypoint: path.replace(/^data\./, "").replaceAll(".", "/"),
      input: NO_INPUT,
      data: {},
      nowMs: 0,
    },
    passes(answer, dry) {
      if (answer.status === "error" || answer.value === false) return false;
      // The cases of a test are the keys of an object, from which one that fails is missing.
      return dry === undefined || (dry.status === "value" && isDeepStrictEqual(answer.value, dry.value));
    },
  };
}
