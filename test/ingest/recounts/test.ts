import { readFileSync } from "node:fs";

/** A report of tests in the corpus, counted as simply as can be. */
type Count = (path: string) => object;

function textOf(path: string): string {
  return readFileSync(path, "utf8").replace(/^\ufeff/, "");
}

function depthOf(line = ""): number {
  return line.length - line.trimStart().length;
}

/** A point is no test where points in front of it are deeper, or where it opens a block. */
function countTap(path: string) {
  const text = textOf(path).replaceAll(/^ +---\n[\s\S]*?^ +\.\.\.\n/gm, "");
  const points = text.split("\n").filter((line) => /^ *(?:not )?ok\b/.test(line));
  const braces = points.some((line) => line.endsWith(" {"));
  const tests = points.filter((line, index) => {
    return braces ? !line.endsWith(" {") : depthOf(points[index - 1]) <= depthOf(line);
  });
  const todo = tests.filter((line) => line.includes("# TODO")).length;
  const skips = tests.filter((line) => line.includes("# SKIP")).length;
  const failed = tests.filter((line) => line.trimStart().startsWith("not ok") && !line.includes("# TODO")).length;
  return { total: tests.length, failed, todo, skipped: todo + skips };
}

function countCtrf(path: string) {
  const tests: readonly { status: string; retries?: number }[] = JSON.parse(textOf(path)).results.tests;
  const countOf = (status: string) => tests.filter((test) => test.status === status).length;
  const retried = tests.filter(({ retries = 0 }) => retries > 0).length;
  return { total: tests.length, passed: countOf("passed"), failed: countOf("failed"), retried };
}

/** Hooks that failed are in the list of failures only. */
function countMocha(path: string) {
  const { tests, passes, pending, failures } = JSON.parse(textOf(path));
  const hooks = failures.length + passes.length + pending.length - tests.length;
  const retried = tests.filter((test: { currentRetry: number }) => test.currentRetry > 0).length;
  const failed = failures.length - hooks;
  return {
    total: tests.length + hooks,
    passed: passes.length,
    failed,
    errored: hooks,
    skipped: pending.length,
    retried,
  };
}

/** By the id of the adapter. */
export const TEST_COUNTS: ReadonlyMap<string, Count> = new Map<string, Count>([
  ["ctrf", countCtrf],
  ["mocha-json", countMocha],
  ["tap", countTap],
]);
