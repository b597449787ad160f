import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const LINES = { total: 4, covered: 2 };

function summary(value: object) {
  return readAs("coverage", JSON.stringify(value), "coverage-summary.json");
}

function trace(...lines: string[]) {
  return readAs("coverage", `SF:a.ts\n${lines.join("\n")}\nend_of_record\n`, "lcov.info");
}

function traceRefusal(...lines: string[]): string {
  return refusalOf(`SF:a.ts\n${lines.join("\n")}\nend_of_record\n`, "lcov.info");
}

describe("the Istanbul fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("coverage", fixture("coverage-summary.json"), "x.json", "integration-coverage");
    expect(document.summary).toEqual({
      suite: "integration",
      provider: "istanbul-summary",
      lines: { covered: 7, total: 10 },
      branches: { covered: 0, total: 0 },
      functions: { covered: 2, total: 3 },
      statements: { covered: 8, total: 12 },
      files: 2,
    });
    expect(document.body.files.map(({ path }) => path)).toEqual(["/ci/src/ä.ts", "C:/ci/src/b.ts"]);
    expect([document.status, document.quality.inconsistencies]).toEqual(["unknown", []]);
  });
});

describe("an Istanbul summary", () => {
  it("without files is taken at its word", () => {
    expect(summary({ total: { lines: LINES } })).toMatchObject({
      status: "unknown",
      summary: { lines: LINES, files: 0 },
    });
  });

  it("without lines is empty", () => {
    expect(summary({ total: { lines: { total: 0, covered: 0, pct: "Unknown" } } }).status).toBe("empty");
  });

  it("whose files do not add up is recounted", () => {
    const document = summary({ total: { lines: { total: 4, covered: 4 } }, "a.ts": { lines: LINES } });
    expect([document.summary.lines, document.quality.inconsistencies[0]?.code]).toEqual([LINES, "lines-differ"]);
  });

  it("keeps a total that not every file has", () => {
    const document = summary({ total: { lines: LINES, branches: LINES }, "a.ts": { lines: LINES } });
    expect(document.summary.branches).toEqual(LINES);
  });

  it("may have files of any name", () => {
    const text = '{"total":{"lines":{"total":2,"covered":1}},"__proto__":{"lines":{"total":2,"covered":1}}}';
    expect(readAs("coverage", text, "x.json").body.files[0]?.path).toBe("__proto__");
  });

  it.each([
    ["no total", { "a.ts": { lines: { total: 1, covered: 1, pct: 1 } } }, "not-this-format"],
    ["a total of null", { total: null, x: { lines: { pct: 1 } } }, "not-this-format"],
    ["no lines", { total: { branches: LINES } }, "malformed at /total"],
    ["a count that is no integer", { total: { lines: { total: 1.5, covered: 1 } } }, "malformed at /total/lines"],
    ["a count that is text", { total: { lines: { total: "4", covered: 1 } } }, "malformed at /total/lines"],
    ["a negative count", { total: { lines: { total: 4, covered: -1 } } }, "malformed at /total/lines"],
    ["more covered than there is", { total: { lines: { total: 4, covered: 5 } } }, "malformed at /total/lines"],
    ["a file that is no object", { total: { lines: LINES }, "a/b": 3 }, "malformed at /a~1b"],
  ])("with %s is refused", (_, value, refusal) => {
    expect(refusalOf(JSON.stringify(value), "coverage-summary.json", "coverage")).toBe(refusal);
  });
});

describe("the LCOV fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("coverage", fixture("trace.info"), "trace.info");
    expect(document.summary).toEqual({
      suite: "unit",
      provider: "lcov",
      lines: { covered: 2, total: 3 },
      branches: { covered: 1, total: 2 },
      functions: { covered: 1, total: 2 },
      files: 1,
    });
    expect(document.body.files).toEqual([
      {
        path: "src/ä.ts",
        lines: { covered: 2, total: 3 },
        branches: { covered: 1, total: 2 },
        functions: { covered: 1, total: 2 },
        covered: "1-2",
        missed: "5",
      },
    ]);
  });
});

describe("an LCOV trace", () => {
  it("adds up the records of one file", () => {
    const text =
      "SF:a.ts\nDA:1,0\nDA:2,1\nend_of_record\nSF:./a.ts\nDA:9,1\nend_of_record\nSF:a.ts\nDA:1,5\nDA:3,0\nend_of_record\n";
    const { summary: counts, body } = readAs("coverage", text, "x.info");
    expect([counts.files, counts.lines]).toEqual([2, { covered: 3, total: 4 }]);
    expect(body.files).toMatchObject([
      { covered: "1-2", missed: "3" },
      { covered: "9", missed: "" },
    ]);
  });

  it.each([
    [
      "comments, blank lines and keywords of lcov 2",
      ["# note", "", "VER:1", "FNL:0,1", "MCDC:1,2,t,1,0,0", "DA:1,1"],
      { covered: 1, total: 1 },
    ],
    ["checksums", ["DA:1,1,abc=="], { covered: 1, total: 1 }],
    ["a line twice", ["DA:1,0", "DA:1,2", "DA:2,2", "DA:2,0"], { covered: 2, total: 2 }],
    ["negative counts", ["DA:1,-3"], { covered: 0, total: 1 }],
    ["a count of zeros", ["DA:1,000"], { covered: 0, total: 1 }],
    ["a count in the way of floating point", ["DA:1,1e+19", "DA:2,0.0"], { covered: 1, total: 2 }],
    ["line 0", ["DA:0,5", "DA:1,1"], { covered: 1, total: 1 }],
    ["exception branches", ["DA:1,1", "BRDA:1,e0,0,1"], { covered: 1, total: 1 }],
  ])("may have %s", (_, lines, counter) => expect(trace(...lines).summary.lines).toEqual(counter));

  it("whose last record is cut is refused, even behind a whole one", () => {
    const text = "SF:a.ts\nDA:1,1\nend_of_record\nSF:b.ts\nDA:1,0\n";
    expect(refusalOf(text, "lcov.info")).toBe("malformed at line 5");
  });

  it("without a count of branches has no branches", () => {
    expect(trace("DA:1,1").summary).not.toHaveProperty("branches");
  });

  it("without lines is empty", () => {
    const { status, quality } = trace("LF:9", "LH:9");
    expect([status, quality.inconsistencies[0]?.code]).toEqual(["empty", "lines-differ"]);
  });

  it.each([
    ["a word that is none", ["DB:1,1"], "malformed at line 2"],
    ["half a keyword", ["end_of_"], "malformed at line 2"],
    ["a line without a count", ["DA:1"], "malformed at line 2"],
    ["a line that is no number", ["DA:x,1"], "malformed at line 2"],
    ["a count without a line", ["DA:,1"], "malformed at line 2"],
    ["a count that is no number", ["DA:1,x"], "malformed at line 2"],
    ["half a branch", ["BRDA:1,0"], "malformed at line 2"],
    ["a NUL character", ["DA:1,1\0"], "malformed at line 2"],
    ["a record in a record", ["SF:b.ts"], "malformed at line 2"],
    ["a record without a file", ["end_of_record", "SF:"], "malformed at line 3"],
    ["a count outside a record", ["end_of_record", "DA:1,1"], "malformed at line 3"],
  ])("with %s is refused", (_, lines, refusal) => expect(traceRefusal(...lines)).toBe(refusal));
});
