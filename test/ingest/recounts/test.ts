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

/** By the id of the adapter. */
export const TEST_COUNTS: ReadonlyMap<string, Count> = new Map<string, Count>([["tap", countTap]]);
