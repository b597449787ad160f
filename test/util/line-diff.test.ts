import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unifiedDiff } from "../../src/util/line-diff.ts";
import { git, temporaryFolder, writeFiles } from "../support.ts";

describe("a unified diff", () => {
  it("is empty for equal texts", () => {
    expect(unifiedDiff("a\nb\n", "a\nb\n")).toBe("");
  });

  it("shows three lines around a change, and joins changes that are close", () => {
    const before = Array.from({ length: 30 }, (_, index) => `${index}\n`);
    const after = before.with(5, "five\n").with(9, "nine\n").toSpliced(25, 1);
    expect(unifiedDiff(before.join(""), after.join(""))).toBe(`@@ -3,11 +3,11 @@
 2
 3
 4
-5
+five
 6
 7
 8
-9
+nine
 10
 11
 12
@@ -23,7 +23,6 @@
 22
 23
 24
-25
 26
 27
 28
`);
  });

  it("says where the last line does not end", () => {
    expect(unifiedDiff("a", "a\n")).toBe("@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n");
  });

  it("is what git makes the second text of the first with", () => {
    const folder = temporaryFolder();
    git(folder, "init", "-q");
    const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 20 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        fc.pre(before !== after && before !== "" && after !== "");
        writeFiles(folder, { "x.txt": before });
        const patch = `--- a/x.txt\n+++ b/x.txt\n${unifiedDiff(before, after)}`;
        writeFileSync(join(folder, "x.patch"), patch);
        git(folder, "apply", "--unidiff-zero", "x.patch");
        expect(readFileSync(join(folder, "x.txt"), "utf8")).toBe(after);
      }),
      { numRuns: 50 },
    );
  });
});
