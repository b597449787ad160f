import { describe, expect, it } from "vitest";
import { readFilePatch, readPatch } from "../../src/util/patch.ts";

function ofFile(...lines: readonly string[]) {
  return readFilePatch(Buffer.from(lines.join("\n")));
}

it("reads a patch of text that looks like a patch", () => {
  const patch = [
    "diff --git a/x b/x",
    "@@ -1,2 +1,2 @@",
    "-diff --git a/y b/y",
    "-@@ -1 +1 @@",
    "+diff --git a/y b/y",
    "\\ No newline at end of file",
    "+b",
    "diff --git a/z b/z",
    "@@ -0,0 +1 @@",
    "+z",
  ];
  expect(readPatch(Buffer.from(patch.join("\n")))).toEqual([
    { additions: 2, deletions: 2, addedLines: "1-2", binary: false, whole: true },
    { additions: 1, deletions: 0, addedLines: "1", binary: false, whole: true },
  ]);
});

describe("the diff of one file", () => {
  it("has context, which counts for nothing", () => {
    expect(ofFile("@@ -1,4 +1,5 @@ head", " a", "-b", "+b", "+c", "", " d", "@@ -9 +10,2 @@", " x", "+y", "")).toEqual({
      additions: 3,
      deletions: 1,
      addedLines: "2-3,11",
      binary: false,
      whole: true,
    });
  });

  it("may have the names of the file in front, which are no lines of it", () => {
    expect(ofFile("--- a/x", "+++ b/x", "@@ -1,2 +1,2 @@", "--- a", "-- b", "+++ a", "+++ b", "")).toMatchObject({
      additions: 2,
      deletions: 2,
      addedLines: "1-2",
      whole: true,
    });
  });

  it("is binary where a line holds a NUL", () => {
    expect(ofFile("@@ -0,0 +1 @@", "+a\0b")).toMatchObject({ binary: true, whole: true });
  });

  it.each([
    ["is cut inside a hunk", ["@@ -0,0 +1,3 @@", "+a", "+b", ""], 2],
    ["has something else in a hunk", ["@@ -0,0 +1,3 @@", "+a", "?", "+b", "+c"], 1],
    ["has more before than it says", ["@@ -0,0 +1,2 @@", "+a", "-b", "+c"], 2],
    ["has a hunk that says nothing", ["@@ -1 @@", "+a"], 0],
    ["has a line beyond every file", ["@@ -0,0 +1234567890 @@", "+a"], 0],
  ])("%s, and is not whole", (_, lines, additions) => {
    expect(ofFile(...lines)).toMatchObject({ whole: false, additions });
  });

  it("of very many hunks is read", () => {
    const hunks = Array.from({ length: 200_000 }, (_, index) => `@@ -${2 * index + 1},0 +${2 * index + 1} @@\n+a\n`);
    const { additions, whole } = readFilePatch(Buffer.from(hunks.join("")));
    expect([additions, whole]).toEqual([200_000, true]);
  });
});
