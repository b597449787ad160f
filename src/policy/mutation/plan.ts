import { dirname } from "node:path/posix";
import type { Coverage, Mutant } from "../toolchain/protocol.ts";
import type { MutationPlan } from "./run.ts";
import type { TestSuite } from "./suite.ts";

/**
 * Chooses the tests of each mutant: all that reach the mutated module, those in its own folder first.
 *
 * @param unit the suites that `coverage` was measured with
 * @param other the suites that it was not measured with
 */
export function planMutants(
  mutants: readonly Mutant[],
  unit: readonly TestSuite[],
  other: readonly TestSuite[],
  coverage: Coverage | undefined,
): MutationPlan {
  const all = [...unit, ...other];
  const byFile = new Map<string, readonly TestSuite[]>();
  for (const { file } of mutants) {
    if (!byFile.has(file)) byFile.set(file, nearestFirst(all, file));
  }
  const suitesOf = ({ file }: Mutant): readonly TestSuite[] => byFile.get(file) ?? [];
  return {
    mutants,
    suites: all.filter((suite) => [...byFile.values()].some((suites) => suites.includes(suite))),
    suitesOf,
    isCovered: (mutant) => suitesOf(mutant).some((suite) => other.includes(suite)) || touchesCoverage(mutant, coverage),
  };
}

function nearestFirst(suites: readonly TestSuite[], file: string): readonly TestSuite[] {
  const reaching = suites.filter(({ modules }) => modules.some(({ path }) => path === file));
  const near = (suite: TestSuite): boolean => dirname(suite.file) === dirname(file);
  return [...reaching.filter(near), ...reaching.filter((suite) => !near(suite))];
}

/** OPA speaks of lines with an expression only; the others count as covered. */
function touchesCoverage({ file, start, end }: Mutant, coverage: Coverage | undefined): boolean {
  const touches = ([from, to]: readonly [number, number]): boolean => from <= end.row && start.row <= to;
  const lines = coverage?.files[file];
  return lines === undefined || lines.covered.some(touches) || !lines.notCovered.some(touches);
}
