import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readAs } from "./support.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/ingest/", import.meta.url));
/** Reports from the wild, which are not part of this repository. */
const CORPUS = fileURLToPath(new URL("../../../shared/corpus/evidence/coverage/", import.meta.url));

function summaryOf(path: string) {
  return readAs("coverage", readFileSync(path), basename(path)).summary;
}

/** The lines of each file, by the last part of its path: some formats shorten the rest. */
function linesOf(path: string) {
  const { files } = readAs("coverage", readFileSync(path), basename(path)).body;
  return files.map(({ path: file, covered, missed }) => [basename(file), covered, missed].join(" ")).toSorted();
}

/** One run of one tool, in the formats that it can write; they count lines and branches in the same way. */
const RUNS = {
  "vitest with V8": [
    `${FIXTURES}coverage-final.json`,
    `${FIXTURES}clover.xml`,
    `${FIXTURES}same-run/js-cobertura.xml`,
    `${FIXTURES}same-run/js-coverage-summary.json`,
    `${FIXTURES}same-run/js-lcov.info`,
  ],
  "coverage.py": [`${FIXTURES}coverage-py.json`, `${FIXTURES}cobertura.xml`, `${FIXTURES}same-run/py-lcov.info`],
  "coverage.py over the standard library": [
    `${CORPUS}gen__coverage-stdlib.json`,
    `${CORPUS}gen__coverage-stdlib.xml`,
    `${CORPUS}gen__coverage-stdlib.lcov`,
  ],
  "vitest 3 with V8": [
    `${CORPUS}gen__cov-vitest_clover.xml`,
    `${CORPUS}gen__cov-vitest_cobertura-coverage.xml`,
    `${CORPUS}gen__cov-vitest_coverage-summary.json`,
  ],
  "jest in the wild": [
    `${CORPUS}jest-coverage-comment__coverage_1_coverage-final.json`,
    `${CORPUS}jest-coverage-comment__coverage_1_coverage-summary.json`,
  ],
  jest: [`${CORPUS}gen__cov-jest_coverage-final.json`, `${CORPUS}gen__cov-jest_coverage-summary.json`],
} as const;

describe.each(Object.entries(RUNS))("one run of %s", (_, [first, ...others]) => {
  it.skipIf(!existsSync(first)).each(others.map((path) => [basename(path), path] as const))(
    "counts the same in %s",
    (_name, path) => {
      const { lines, branches } = summaryOf(first);
      expect(lines.total).toBeGreaterThan(0);
      expect(summaryOf(path)).toMatchObject({ lines, branches });
    },
  );

  it
    .skipIf(!existsSync(first))
    .each(others.filter((path) => !path.endsWith("summary.json")).map((path) => [basename(path), path] as const))(
    "names the same lines in %s",
    (_name, path) => expect(linesOf(path)).toEqual(linesOf(first)),
  );
});

describe.skipIf(!existsSync(CORPUS))("the profile of Kubernetes", () => {
  it("has as many lines as the report that gocover-cobertura made of it, but for code outside functions", () => {
    const { lines, statements } = summaryOf(`${CORPUS}gocover-cobertura__v1.32.0_coverage.txt`);
    expect(statements).toEqual({ covered: 8222, total: 17885 });
    const golden = summaryOf(`${CORPUS}gocover-cobertura__v1.32.0_golden.xml`).lines;
    expect(Math.abs(lines.total - golden.total) / golden.total).toBeLessThan(0.001);
    expect(Math.abs(lines.covered - golden.covered) / golden.covered).toBeLessThan(0.001);
  });
});
