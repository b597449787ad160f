import { dirname } from "node:path/posix";
import type { Coverage, FileCoverage, Mutant } from "../toolchain/protocol.ts";
import type { TestSuite } from "./suite.ts";

/**
 * Chooses the tests of each mutant: all that reach the mutated module, those in its own folder first. A line that no
 * unit test covers is left to the other tests; without any, its mutants have none.
 *
 * @param unit the suites that `coverage` was measured with
 * @param other the suites that it was not measured with
 */
export function suitesByMutant(
  unit: readonly TestSuite[],
  other: readonly TestSuite[],
  coverage: Coverage | undefined,
): (mutant: Mutant) => readonly TestSuite[] {
  const byFile = new Map<string, readonly TestSuite[]>();
  return (mutant) => {
    const suites = byFile.get(mutant.file) ?? nearestFirst([...unit, ...other], mutant.file);
    byFile.set(mutant.file, suites);
    if (!isUncovered(mutant, coverage?.files[mutant.file])) return suites;
    return suites.filter((suite) => other.includes(suite));
  };
}

function nearestFirst(suites: readonly TestSuite[], file: string): readonly TestSuite[] {
  const reaching = suites.filter(({ modules }) => modules.some(({ path }) => path === file));
  const near = (suite: TestSuite): boolean => dirname(suite.file) === dirname(file);
  return [...reaching.filter(near), ...reaching.filter((suite) => !near(suite))];
}

/** OPA says so of lines with an expression only; of the others nothing is known. */
function isUncovered({ start, end }: Mutant, file: FileCoverage | undefined): boolean {
  const touches = ([from, to]: readonly [number, number]): boolean => from <= end.row && start.row <= to;
  return file !== undefined && file.notCovered.some(touches) && !file.covered.some(touches);
}
