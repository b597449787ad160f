import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CoverageFile } from "../../src/evidence/types.ts";
import { detectFormat } from "../../src/ingest/index.ts";
import { createLineMarks } from "../../src/ingest/line-marks.ts";
import { countLines, parseRanges } from "../../src/util/line-ranges.ts";
import { readAs } from "./support.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures/ingest/", import.meta.url));
/** Reports from the wild, which are not part of this repository. */
const CORPUS = fileURLToPath(new URL("../../../shared/corpus/evidence/coverage/", import.meta.url));

const notes = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.boolean()), { maxLength: 60 });

describe("the marks of lines", () => {
  it("are those of a map of lines", () => {
    fc.assert(
      fc.property(notes, notes, (own, others) => {
        const marks = createLineMarks();
        for (const [line, hit] of own) marks.add(line, hit);
        const other = createLineMarks();
        for (const [line, hit] of others) other.add(line, hit);
        marks.addAll(other);
        const all = [...own, ...others];
        const total = new Set(all.map(([line]) => line));
        const covered = new Set(all.filter(([, hit]) => hit).map(([line]) => line));
        expect(marks.measured()).toEqual({
          lines: { covered: covered.size, total: total.size },
          covered: listed(covered),
          missed: listed(new Set([...total].filter((line) => !covered.has(line)))),
        });
      }),
      { numRuns: 1_000, seed: 1 },
    );
  });

  it("stay few where a report names few lines often", () => {
    const marks = createLineMarks();
    for (let round = 0; round < 3_000_000; round++) marks.add(999_999_999 - (round % 3), round === 5);
    expect(marks.measured()).toEqual({
      lines: { covered: 1, total: 3 },
      covered: "999999997",
      missed: "999999998-999999999",
    });
  });
});

/** As simply as can be. */
function listed(lines: ReadonlySet<number>): string {
  const sorted = [...lines].toSorted((a, b) => a - b);
  const starts = sorted.filter((line) => !lines.has(line - 1));
  const ends = sorted.filter((line) => !lines.has(line + 1));
  return starts.map((start, index) => (start === ends[index] ? start : `${start}-${ends[index]}`)).join();
}

/** The numbers of covered and of all lines that are named, where they are. */
function named({ covered, missed }: CoverageFile): { covered: number; total: number } | undefined {
  if (covered === undefined || missed === undefined) return undefined;
  const [hit, not] = [parseRanges(covered), parseRanges(missed)];
  if (hit === undefined || not === undefined) throw new Error(`not lines: ${covered} / ${missed}`);
  return { covered: countLines(hit), total: countLines(hit) + countLines(not) };
}

const REPORTS = [FIXTURES, CORPUS]
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => [entry.name, `${entry.parentPath}${entry.name}`] as const)
  .filter(([name, path]) => {
    const { found } = detectFormat(readFileSync(path), name);
    return found?.confidence === "certain" && found.adapter.kind === "coverage";
  });

describe.each(REPORTS)("%s", (name, path) => {
  const { body, source, summary } = readAs("coverage", readFileSync(path), name);

  it("names as many lines as it counts", () => {
    const counted = body.files.filter((file) => named(file) !== undefined);
    expect(counted.map(named)).toEqual(counted.map(({ lines }) => lines));
  });

  it.skipIf(source.format === "istanbul-summary")("names the lines of every file that has some", () => {
    const nameless = body.files.filter((file) => file.lines.total > 0 && named(file) === undefined);
    expect(nameless.map(({ path: file }) => file)).toEqual([]);
  });

  it("has metrics of files that add up to those of the report", () => {
    for (const metric of ["branches", "functions", "statements"] as const) {
      const counters = body.files.map((file) => file[metric]).filter((counter) => counter !== undefined);
      if (counters.length === 0 || summary[metric] === undefined) continue;
      const total = counters.reduce((sum, counter) => sum + counter.total, 0);
      expect(total, metric).toBe(summary[metric].total);
    }
  });
});

/** Reports of 1,000 files of 1,000 lines, of which each third was not run. */
const FILES = 1_000;
const LINES = Array.from({ length: 1_000 }, (_, index) => ({ line: index + 1, count: index % 3 }));

function manyFiles(file: (index: number) => string, separator = ""): string {
  return Array.from({ length: FILES }, (_, index) => file(index)).join(separator);
}

const LARGE: Readonly<Record<string, () => string>> = {
  lcov: () =>
    manyFiles(
      (index) =>
        `SF:src/${index}.ts\n${LINES.map(({ line, count }) => `DA:${line},${count}`).join("\n")}\nend_of_record\n`,
    ),
  cobertura: () =>
    `<coverage line-rate="0.5"><packages>${manyFiles(
      (index) =>
        `<class filename="src/${index}.ts"><lines>${LINES.map(({ line, count }) => `<line number="${line}" hits="${count}"/>`).join("")}</lines></class>`,
    )}</packages></coverage>`,
  "go-cover": () =>
    `mode: count\n${manyFiles((index) => LINES.map(({ line, count }) => `src/${index}.ts:${line}.1,${line}.9 1 ${count}\n`).join(""))}`,
  "coverage-py": () =>
    `{"meta":{"branch_coverage":false},"files":{${manyFiles(
      (index) =>
        `"src/${index}.ts":{"executed_lines":[${LINES.flatMap(({ line, count }) => (count > 0 ? [line] : [])).join()}],"missing_lines":[${LINES.flatMap(({ line, count }) => (count > 0 ? [] : [line])).join()}]}`,
      ",",
    )}},"totals":{}}`,
};

describe.each(Object.entries(LARGE))("a report of a million lines as %s", (format, reportOf) => {
  it("is read in seconds, with every line", () => {
    const text = reportOf();
    const start = performance.now();
    const { body, source, summary } = readAs("coverage", text, "x");
    expect(performance.now() - start).toBeLessThan(20_000);
    expect([source.format, summary.lines]).toEqual([format, { covered: 666_000, total: 1_000_000 }]);
    const [first] = body.files;
    expect(first?.covered?.startsWith("2-3,5-6,8-9,")).toBe(true);
    expect(first?.missed?.endsWith("994,997,1000")).toBe(true);
  });
});
