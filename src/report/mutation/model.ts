import { MUTANT_STATUSES, type MutantResult, type MutantStatus } from "../../policy/mutation/run.ts";
import type { TestCase } from "../../policy/mutation/suite.ts";
import type { PolicyFile } from "../../policy/sources.ts";
import type { Mutant } from "../../policy/toolchain/protocol.ts";

export type MutantCounts = Readonly<Record<MutantStatus, number>>;

export interface MutatedFile {
  readonly path: string;
  readonly source: string;
  /** In the order of the source. */
  readonly results: readonly MutantResult[];
  readonly counts: MutantCounts;
  /** {@link scoreOf} its counts. */
  readonly score: number | undefined;
}

/** What the tests of some policies noticed of their mutants. It has no times: the same policies give the same report. */
export interface MutationReport {
  /** The version of this program. */
  readonly version: string;
  /** Those that have mutants, by path. */
  readonly files: readonly MutatedFile[];
  /** The files with tests, by path, with the tests that ran. */
  readonly testFiles: readonly {
    readonly path: string;
    readonly source: string;
    readonly tests: readonly TestCase[];
  }[];
  readonly counts: MutantCounts;
  readonly score: number | undefined;
}

/** @param sources the files that were mutated and those with the tests, in the order in which the report has them */
export function mutationReport(
  results: readonly MutantResult[],
  tests: readonly TestCase[],
  sources: readonly PolicyFile[],
  version: string,
): MutationReport {
  const resultsByFile = Map.groupBy(results, ({ mutant }) => mutant.file);
  const testsByFile = Map.groupBy(tests, ({ file }) => file);
  const files = sources.flatMap(({ path, text }) => {
    const own = resultsByFile.get(path);
    return own === undefined ? [] : [{ path, source: text, results: own, ...figuresOf(own) }];
  });
  const testFiles = sources.flatMap(({ path, text }) => {
    const own = testsByFile.get(path);
    return own === undefined ? [] : [{ path, source: text, tests: own }];
  });
  return { version, files, testFiles, ...figuresOf(results) };
}

function figuresOf(results: readonly MutantResult[]): Pick<MutatedFile, "counts" | "score"> {
  const number = (status: MutantStatus): number => results.filter((result) => result.status === status).length;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- there is an entry for each status
  const counts = Object.fromEntries(MUTANT_STATUSES.map((status) => [status, number(status)])) as MutantCounts;
  return { counts, score: scoreOf(counts) };
}

/**
 * Percent of the mutants that a test noticed, of those that could be noticed: without the ignored ones and those that did
 * not compile. In hundredths, cut and never rounded up; undefined where there are none.
 */
export function scoreOf(counts: MutantCounts): number | undefined {
  const noticed = counts.Killed + counts.Timeout;
  const valid = noticed + counts.Survived + counts.NoCoverage;
  return valid === 0 ? undefined : Math.floor((noticed * 10_000) / valid) / 100;
}

/** Whether it is a mutant that no test noticed. */
export function isUndetected({ status }: MutantResult): boolean {
  return status === "Survived" || status === "NoCoverage";
}

/** The lines that a mutant changes, as they are and as it makes them; `after` is empty where it removes them. */
export interface MutantDiff {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export function diffOf(source: string, { start, end, replacement }: Mutant): MutantDiff {
  const before = source.split("\n").slice(start.row - 1, end.row);
  const head = before.at(0)?.slice(0, start.col - 1) ?? "";
  const tail = before.at(-1)?.slice(end.col - 1) ?? "";
  const text = head + replacement + tail;
  return { before, after: text.trim() === "" ? [] : text.split("\n") };
}

/** The first line that a mutant changes, and what it makes of it. */
export function shortDiffOf(source: string, mutant: Mutant): { readonly before: string; readonly after: string } {
  const { before, after } = diffOf(source, mutant);
  // A definition is removed with its METADATA, by which nobody would know it.
  const index = before.findIndex((line, at) => line !== after[at] && !line.trimStart().startsWith("#"));
  return { before: before[index] ?? "", after: after[index] ?? "" };
}
