import { describe, expect, it } from "vitest";
import { goCover } from "../../src/ingest/go-cover/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { fixture, read, readAs, refusalOf } from "./support.ts";

function profile(...blocks: readonly string[]): string {
  return `mode: set\n${blocks.map((block) => `x.org/a.go:${block}\n`).join("")}`;
}

function coverage(...blocks: readonly string[]) {
  return readAs("coverage", profile(...blocks), "cover.out");
}

describe("the Go fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("coverage", fixture("cover.out"), "x", "integration-coverage");
    expect(document.summary).toEqual({
      suite: "integration",
      provider: "go-cover",
      lines: { covered: 3, total: 3 },
      statements: { covered: 1, total: 1 },
      files: 1,
    });
    expect(document.body.files).toEqual([
      {
        path: "example.org/sum/sumä.go",
        lines: { covered: 3, total: 3 },
        statements: { covered: 1, total: 1 },
        covered: "4-6",
        missed: "",
      },
    ]);
    expect([document.status, document.source.formatVersion]).toEqual(["unknown", "count"]);
  });
});

describe("a Go profile", () => {
  it.each([
    ["a block that was not run", ["1.1,2.2 3 0"], { covered: 0, total: 3 }, { covered: 0, total: 2 }],
    [
      "blocks weighted by statements",
      ["1.1,1.9 9 1", "2.1,9.9 1 0"],
      { covered: 9, total: 10 },
      { covered: 1, total: 9 },
    ],
    ["a block twice", ["1.1,2.2 3 0", "1.1,2.2 3 4"], { covered: 3, total: 3 }, { covered: 2, total: 2 }],
    ["a block twice, run first", ["1.1,2.2 3 4", "1.1,2.2 3 0"], { covered: 3, total: 3 }, { covered: 2, total: 2 }],
    ["blocks that share a line", ["1.1,3.2 1 1", "3.2,5.1 1 0"], { covered: 1, total: 2 }, { covered: 3, total: 5 }],
    ["a block in a block", ["1.1,9.2 1 0", "3.2,4.1 1 1"], { covered: 1, total: 2 }, { covered: 2, total: 9 }],
    ["two blocks of a line", ["1.1,1.2 1 0", "1.3,1.4 1 1"], { covered: 1, total: 2 }, { covered: 1, total: 1 }],
    ["a block without statements", ["1.1,2.2 1 1", "5.1,8.2 0 0"], { covered: 1, total: 1 }, { covered: 2, total: 2 }],
    ["a count beyond 2^53", ["1.1,1.2 1 99999999999999999999"], { covered: 1, total: 1 }, { covered: 1, total: 1 }],
    ["a count of zeros", ["1.1,1.2 1 00"], { covered: 0, total: 1 }, { covered: 0, total: 1 }],
    [
      "more lines than there can be",
      ["1.1,999999999.2 1 1"],
      { covered: 1, total: 1 },
      { covered: 999999999, total: 999999999 },
    ],
  ])("may have %s", (_, blocks, statements, lines) => {
    const { summary } = coverage(...blocks);
    expect([summary.statements, summary.lines]).toEqual([statements, lines]);
  });

  it("names a line that a block runs as covered, though another block on it was not run", () => {
    const text = "mode: set\na.go:1.1,5.2 3 0\na.go:3.5,4.9 1 1\na.go:9.1,9.9 0 1\n";
    expect(readAs("coverage", text, "cover.out").body.files).toMatchObject([{ covered: "3-4", missed: "1-2,5" }]);
  });

  it("has no branches and no functions", () => {
    expect(Object.keys(coverage("1.1,1.2 1 1").summary)).toEqual(["suite", "provider", "lines", "statements", "files"]);
  });

  it("keeps files apart, and import paths as they are", () => {
    const text = "mode: atomic\na.go:1.1,1.2 1 1\n/ci/x/b.go:1.1,1.2 1 0\nC:\\x\\c.go:1.1,1.2 1 0\n";
    const parsed = goCover.parse(Buffer.from(text), { limits: DEFAULT_LIMITS, root: "/ci/x" });
    expect(parsed.kind === "coverage" && parsed.body.files.map(({ path }) => path)).toEqual([
      "a.go",
      "b.go",
      "C:/x/c.go",
    ]);
  });

  it("may be joined to another one of its mode, with a warning", () => {
    const { summary, quality } = readAs("coverage", profile("1.1,1.2 1 0") + profile("1.1,1.2 1 1"), "x");
    expect([summary.statements, quality.warnings.map(({ code }) => code)]).toEqual([
      { covered: 1, total: 1 },
      ["profiles-joined"],
    ]);
  });

  it.each([
    ["blocks", "mode: set\n"],
    ["statements", profile("1.1,1.2 0 0")],
  ])("without %s is empty", (_, text) => expect(read(text, "x").status).toBe("empty"));

  it.each([
    ["a line that is no block", profile("1.1,1.2 1"), "malformed at line 2"],
    ["a block without a file", "mode: set\n:1.1,1.2 1 1\n", "malformed at line 2"],
    ["a block that ends before it starts", profile("1.1,1.2 1 1", "3.1,2.9 1 1"), "malformed at line 3"],
    ["a block that ends left of its start", profile("3.4,3.3 1 1"), "malformed at line 2"],
    ["line 0", profile("0.1,1.2 1 1"), "malformed at line 2"],
    ["a negative count", profile("1.1,1.2 1 -1"), "malformed at line 2"],
    ["a NUL character", profile("1.1,1.2 1 1\0"), "malformed at line 2"],
    ["a block of two sizes", profile("1.1,1.2 1 1", "1.1,1.2 2 1"), "malformed at line 3"],
    ["a profile of another mode behind it", `${profile("1.1,1.2 1 1")}mode: count\n`, "malformed at line 3"],
    ["a mode that is not known", "mode: region\nx.go:1.1,1.2 1 1\n", "unsupported-version at line 1"],
  ])("with %s is refused", (_, text, refusal) => expect(refusalOf(text, "x")).toBe(refusal));

  it.each([
    ["", "there is no mode"],
    ["x.go:1.1,1.2 1 1\n", "the first line is no mode"],
  ])("needs a mode, which %j has not", (text, message) => {
    expect(() => goCover.parse(Buffer.from(text), { limits: DEFAULT_LIMITS })).toThrow(message);
  });

  it("is limited", () => {
    const limits = { ...DEFAULT_LIMITS, elements: 3 };
    const many = read(profile("1.1,1.2 1 1", "2.1,2.2 1 1", "3.1,3.2 1 1"), "x", undefined, limits);
    expect(many.statusReasons[0]?.code).toBe("limit-exceeded");
  });

  it.each(["mode: ", "model: set", "mode: dark\nand more", "x.go:1.1,1.2 1 1"])("is not %j", (text) => {
    expect(goCover.detect({ text, name: "cover.out" }).confidence).toBe("no");
  });
});
