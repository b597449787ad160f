import { describe, expect, it } from "vitest";
import { istanbulFinal } from "../../src/ingest/istanbul-final/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

function at(line: unknown) {
  return { start: { line, column: 0 }, end: { line, column: 9 } };
}

/** A file with two statements on line 1 and one on line 2. */
const FILE = {
  path: "/ci/app/a.js",
  statementMap: { 0: at(1), 1: at(1), 2: at(2) },
  fnMap: {},
  branchMap: {},
  s: { 0: 0, 1: 3, 2: 0 },
  f: { 0: 1 },
  b: { 0: [1, 0] },
};

function coverage(...files: readonly object[]) {
  const document = Object.fromEntries(files.map((file, index) => [`${index}.js`, { ...FILE, ...file }]));
  return readAs("coverage", JSON.stringify(document), "x.json");
}

describe("the coverage map fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("coverage", fixture("coverage-final.json"), "x.json");
    expect(document.summary).toEqual({
      suite: "unit",
      provider: "istanbul",
      lines: { covered: 2, total: 4 },
      branches: { covered: 1, total: 2 },
      functions: { covered: 1, total: 2 },
      statements: { covered: 2, total: 4 },
      files: 1,
    });
    expect(document.body.files).toEqual([
      {
        path: "/ci/app/src/ä.js",
        lines: { covered: 2, total: 4 },
        branches: { covered: 1, total: 2 },
        functions: { covered: 1, total: 2 },
        statements: { covered: 2, total: 4 },
        covered: "2-3",
        missed: "5,9",
      },
    ]);
    expect(document.status).toBe("unknown");
  });
});

describe("a coverage map", () => {
  it("counts a line once, as run if one of its statements was", () => {
    const { summary } = coverage({});
    expect([summary.lines, summary.statements]).toEqual([
      { covered: 1, total: 2 },
      { covered: 1, total: 3 },
    ]);
  });

  it("adds up its files", () => {
    const { summary, body } = coverage({}, { path: String.raw`C:\app\b.js`, b: { 0: [1, 1, 0], 1: [0] } });
    expect([summary.files, summary.lines, summary.branches]).toEqual([
      2,
      { covered: 2, total: 4 },
      { covered: 3, total: 6 },
    ]);
    expect(body.files.map(({ path }) => path)).toEqual(["/ci/app/a.js", "C:/app/b.js"]);
  });

  it("has paths in the checkout, and those of its members where files have none", () => {
    const text = JSON.stringify({ "/ci/app/x.js": { ...FILE, path: undefined }, "/ci/app/a.js": FILE });
    const parsed = istanbulFinal.parse(Buffer.from(text), { limits: DEFAULT_LIMITS, root: "/ci/app" });
    expect(parsed.kind === "coverage" && parsed.body.files.map(({ path }) => path)).toEqual(["x.js", "a.js"]);
  });

  it("of code without a branch has branches all the same, for they were measured", () => {
    expect(coverage({ b: {} }).summary.branches).toEqual({ covered: 0, total: 0 });
  });

  it("without statements is empty", () => {
    expect(coverage({ statementMap: {}, s: {} }).status).toBe("empty");
    expect(readAs("coverage", "{}", "coverage-final.json").status).toBe("empty");
  });

  it.each([
    ["a statement without a count", { s: { 0: 1, 1: 1 } }, "malformed at /0.js/statementMap/2"],
    ["a statement without a line", { statementMap: { 0: { start: {} } } }, "malformed at /0.js/statementMap/0"],
    ["a statement on line 0", { statementMap: { 0: at(0) } }, "malformed at /0.js/statementMap/0"],
    ["a count that is text", { s: { 0: "1", 1: 1, 2: 1 } }, "malformed at /0.js/s/0"],
    ["an arm that is null", { b: { "a/b": [1, null] } }, "malformed at /0.js/b/a~1b"],
    ["functions that are none", { f: [] }, "malformed at /0.js/f"],
    ["no counts", { s: undefined }, "malformed at /0.js/s"],
  ])("with %s is refused", (_, change, refusal) => {
    const text = JSON.stringify({ "0.js": { ...FILE, ...change } });
    expect(refusalOf(text, "coverage-final.json")).toBe(refusal);
  });

  it.each([
    ["[]", "no object"],
    ["null", "no object"],
    ['{"a":3}', "no file with a statement map"],
    ['{"a":{"statementMap":[]}}', "no file with a statement map"],
  ])("is not %s", (text, message) => {
    expect(() => istanbulFinal.parse(Buffer.from(text), { limits: DEFAULT_LIMITS })).toThrow(message);
  });

  it.each([
    ["a summary", '{"total":{"lines":{}}}', "x.json", "no"],
    ["a report of jest", '{"numTotalTests":1,"coverageMap":{"a":{"path":"a","statementMap":{}}}}', "x.json", "no"],
    ["anything of its name", "{}", "coverage-final.json", "likely"],
    ["a map", '{"a\\"b":{"path":"a","statementMap":{}}}', "x.json", "certain"],
  ])("is told apart from %s", (_, text, name, confidence) => {
    expect(istanbulFinal.detect({ text, name }).confidence).toBe(confidence);
  });
});
