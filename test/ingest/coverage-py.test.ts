import { describe, expect, it } from "vitest";
import { coveragePy } from "../../src/ingest/coverage-py/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const META = { format: 3, version: "7.17.3", timestamp: "2026-11-21T03:54:50.713743", branch_coverage: true };
const FILE = {
  executed_lines: [1, 2],
  missing_lines: [4],
  executed_branches: [[1, 2]],
  missing_branches: [
    [2, -1],
    [2, 4],
  ],
  summary: { covered_lines: 2, num_statements: 3, covered_branches: 1, num_branches: 3, percent_covered: 50 },
};

/** A report of `a.py`, with changes to `meta`, to the file, and to the totals that go with it. */
function report(meta: object, file: object = {}, totals: object = {}): string {
  const files = { "a.py": { ...FILE, ...file } };
  return JSON.stringify({ meta: { ...META, ...meta }, files, totals: { ...FILE.summary, ...totals } });
}

function coverage(...parts: Parameters<typeof report>) {
  return readAs("coverage", report(...parts), "coverage.json");
}

describe("the coverage.py fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("coverage", fixture("coverage-py.json"), "x.json");
    expect(document.summary).toEqual({
      suite: "unit",
      provider: "coverage.py",
      lines: { covered: 5, total: 7 },
      branches: { covered: 1, total: 2 },
      files: 1,
    });
    expect(document.body.files).toEqual([
      {
        path: "src/ä.py",
        lines: { covered: 5, total: 7 },
        branches: { covered: 1, total: 2 },
        covered: "1-3,7,11",
        missed: "4,8",
      },
    ]);
    expect(document.source).toMatchObject({
      formatVersion: "3",
      tools: [{ name: "coverage.py", version: "7.17.3" }],
    });
    expect([document.status, document.producedAt]).toEqual(["unknown", undefined]);
    expect(document.quality).toEqual({ warnings: [], inconsistencies: [], redactions: 0 });
  });
});

describe("a coverage.py report", () => {
  it("counts lines and branches apart from each other", () => {
    const { summary, quality } = coverage({});
    expect([summary.lines, summary.branches]).toEqual([
      { covered: 2, total: 3 },
      { covered: 1, total: 3 },
    ]);
    expect(quality.inconsistencies).toEqual([]);
  });

  it("without branches has none, whatever its totals say", () => {
    expect(coverage({ branch_coverage: false }).summary).not.toHaveProperty("branches");
  });

  it("of code without a branch has branches all the same, for they were measured", () => {
    const none = { covered_branches: 0, num_branches: 0 };
    const file = { executed_branches: [], missing_branches: [], summary: { ...FILE.summary, ...none } };
    const { summary, quality } = coverage({}, file, none);
    expect([summary.branches, quality.inconsistencies]).toEqual([{ covered: 0, total: 0 }, []]);
  });

  it("of coverage.py 5 has no format and the count of branches alone", () => {
    const document = coverage({ format: undefined }, { executed_branches: undefined, missing_branches: undefined });
    expect(document.summary.branches).toEqual({ covered: 1, total: 3 });
    expect(document.source.formatVersion).toBe("1");
  });

  it.each([
    ["lines of the report", {}, { covered_lines: 3 }, ["lines-differ at /totals"]],
    ["branches of the report", {}, { num_branches: 4 }, ["branches-differ at /totals"]],
    ["lines of a file", { summary: { ...FILE.summary, num_statements: 2 } }, {}, ["lines-differ at /files/a.py"]],
    ["nothing", { summary: {} }, {}, []],
  ])("is compared with what it declares: %s", (_, file, totals, differences) => {
    const { summary, quality } = coverage({}, file, totals);
    expect(summary.lines).toEqual({ covered: 2, total: 3 });
    expect(quality.inconsistencies.map(({ code, place }) => `${code} at ${place}`)).toEqual(differences);
  });

  it("counts a line once, and no line 0, which stands for a module without code", () => {
    const { body } = coverage({}, { executed_lines: [0, 1, 1], missing_lines: [1, 4] });
    expect(body.files).toMatchObject([{ lines: { covered: 1, total: 2 }, covered: "1", missed: "4" }]);
  });

  it("has a time where the time has an offset", () => {
    expect(coverage({ timestamp: "2026-11-21T03:54:50+01:00" }).producedAt).toBe("2026-11-21T02:54:50.000Z");
  });

  it("without lines is empty", () => {
    expect(readAs("coverage", JSON.stringify({ meta: META, files: {}, totals: {} }), "x").status).toBe("empty");
  });

  it("has paths in the checkout", () => {
    const text = report({}).replace("a.py", "/ci/app/a.py");
    const parsed = coveragePy.parse(Buffer.from(text), { limits: DEFAULT_LIMITS, root: "/ci/app" });
    expect(parsed.kind === "coverage" && parsed.body.files[0]?.path).toBe("a.py");
  });

  it.each([
    ["a later format", report({ format: 4 }), "unsupported-version at /meta/format"],
    ["a format that is text", report({ format: "3" }), "unsupported-version at /meta/format"],
    ["no lines", report({}, { executed_lines: undefined }), "malformed at /files/a.py/executed_lines"],
    ["missing lines that are a number", report({}, { missing_lines: 1 }), "malformed at /files/a.py/missing_lines"],
    ["a line that is text", report({}, { missing_lines: [1, "2"] }), "malformed at /files/a.py/missing_lines/1"],
    ["a line beyond all", report({}, { executed_lines: [1e9] }), "malformed at /files/a.py/executed_lines/0"],
    ["branches that are no list", report({}, { executed_branches: {} }), "malformed at /files/a.py/executed_branches"],
    [
      "a file that is none",
      JSON.stringify({ meta: META, files: { "a/b": 1 }, totals: {} }),
      "malformed at /files/a~1b",
    ],
    ["no files", JSON.stringify({ meta: META, totals: {} }), "malformed at /files"],
    ["no totals", JSON.stringify({ meta: META, files: {} }), "malformed at /totals"],
  ])("with %s is refused", (_, text, refusal) => expect(refusalOf(text, "coverage.json")).toBe(refusal));

  it.each([
    ["no word on branches", report({ branch_coverage: undefined }), "does not say whether branches"],
    ["no meta", '{"executed_lines":[]}', 'there is no "meta"'],
    ["a list", "[]", 'there is no "meta"'],
  ])("is none with %s", (_, text, message) => {
    expect(() => coveragePy.parse(Buffer.from(text), { limits: DEFAULT_LIMITS })).toThrow(message);
  });

  it.each([
    ["a report", report({}), "certain"],
    ["a report whose head is in a file", '{"files":{"a":{"executed_lines":[1', "likely"],
    ["another report with meta", '{"meta":{"version":"1"}}', "no"],
    ["a list", '["branch_coverage"]', "no"],
  ])("is told: %s", (_, text, confidence) => {
    expect(coveragePy.detect({ text, name: "coverage.json" }).confidence).toBe(confidence);
  });
});
