import { describe, expect, it } from "vitest";
import { clover } from "../../src/ingest/clover/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

function report(content: string): string {
  return `<coverage generated="1676462812" clover="4.3.1"><project timestamp="5">${content}</project></coverage>`;
}

function file(content: string, attributes = 'name="/ci/app/a.php"'): string {
  return `<file ${attributes}>${content}</file>`;
}

function line(num: number, count: number, type = "stmt"): string {
  return `<line num="${num}" type="${type}" count="${count}"/>`;
}

/** Such as `statements="2" coveredstatements="1"`, of `1/2`. */
function pair(name: string, counts: string): string {
  const [covered, total] = counts.split("/");
  return `${name}="${total}" covered${name}="${covered}"`;
}

function metrics(statements: string, conditionals = "0/0", methods = "0/0"): string {
  return `<metrics ${pair("statements", statements)} ${pair("conditionals", conditionals)} ${pair("methods", methods)}/>`;
}

function condition(num: number, outcomes: string): string {
  return `<line num="${num}" type="cond" ${outcomes}/>`;
}

function coverage(content: string) {
  return readAs("coverage", report(content), "clover.xml");
}

describe("the Clover fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("coverage", fixture("clover.xml"), "x.xml");
    expect(document.summary).toEqual({
      suite: "unit",
      provider: "clover",
      lines: { covered: 2, total: 4 },
      branches: { covered: 1, total: 2 },
      functions: { covered: 1, total: 2 },
      files: 1,
    });
    expect(document.body.files).toEqual([
      {
        path: "/ci/app/src/ä.js",
        lines: { covered: 2, total: 4 },
        branches: { covered: 1, total: 2 },
        functions: { covered: 1, total: 2 },
        covered: "2-3",
        missed: "5,9",
      },
    ]);
    expect([document.status, document.producedAt]).toEqual(["unknown", "2026-11-21T03:54:52.245Z"]);
    expect(document.quality).toEqual({ warnings: [], inconsistencies: [], redactions: 0 });
  });
});

describe("a Clover report", () => {
  it("of PHPUnit counts statements and not the lines of methods, and has no branches", () => {
    const { summary, quality, producedAt } = coverage(
      file(
        `<class name="A">${metrics("9/9")}</class>${line(1, 2, "method")}${line(2, 2)}${line(3, 0)}${metrics("1/2", "0/0", "1/1")}`,
      ) + metrics("1/2", "0/0", "1/1"),
    );
    expect([summary.lines, summary.functions]).toEqual([
      { covered: 1, total: 2 },
      { covered: 1, total: 1 },
    ]);
    expect(summary).not.toHaveProperty("branches");
    expect([quality.inconsistencies, producedAt]).toEqual([[], "2023-02-15T12:06:52.000Z"]);
  });

  it("of OpenClover has conditions without a count", () => {
    const lines =
      condition(1, 'truecount="0" falsecount="2"') +
      condition(2, 'truecount="0" falsecount="0"') +
      line(1, 0) +
      line(3, 1);
    const { summary, quality } = coverage(file(lines + metrics("1/2", "1/4")) + metrics("1/2", "1/4"));
    expect([summary.lines, summary.branches]).toEqual([
      { covered: 2, total: 3 },
      { covered: 1, total: 4 },
    ]);
    expect(quality.inconsistencies).toEqual([]);
  });

  it("does not count the code of tests", () => {
    const text = report(file(line(1, 1))).replace(
      "</coverage>",
      `<testproject>${file(line(1, 0))}</testproject></coverage>`,
    );
    expect(readAs("coverage", text, "x.xml").summary).toMatchObject({ files: 1, lines: { covered: 1, total: 1 } });
  });

  it("has paths in the checkout, of the path if there is one", () => {
    const text = report(
      file(line(1, 1)) +
        `<package name="p">${file(line(1, 1), String.raw`name="B.java" path="C:\ci\app\p\B.java"`)}</package>`,
    );
    const paths = (root: string) => {
      const parsed = clover.parse(Buffer.from(text), { limits: DEFAULT_LIMITS, root });
      return parsed.kind === "coverage" && parsed.body.files.map(({ path }) => path);
    };
    expect(paths("/ci/app")).toEqual(["a.php", "C:/ci/app/p/B.java"]);
    expect(paths("C:/ci/app")).toEqual(["/ci/app/a.php", "p/B.java"]);
  });

  it.each([
    ["the lines of the project", file(line(1, 1)) + metrics("1/2"), ["lines-differ at line 1"]],
    ["the lines of a file", file(`\n${line(1, 1)}${metrics("0/1")}`), ["lines-differ at line 1"]],
    [
      "the branches of the project",
      file(line(1, 1) + metrics("1/1", "1/2")) + metrics("1/1", "2/2"),
      ["branches-differ at line 1"],
    ],
    [
      "the methods of the project",
      file(line(1, 1) + metrics("1/1")) + metrics("1/1", "0/0", "2/4"),
      ["functions-differ at line 1"],
    ],
    ["metrics that make no sense", file(line(1, 1) + metrics("2/1")) + metrics("x/1"), []],
  ])("is compared with %s", (_, text, differences) => {
    const { summary, quality } = coverage(text);
    expect(summary.lines).toEqual({ covered: 1, total: 1 });
    expect(quality.inconsistencies.map(({ code, place }) => `${code} at ${place}`)).toEqual(differences);
  });

  it("without lines in its files has their metrics", () => {
    const { summary, quality } = coverage(file(metrics("3/4", "1/2")) + metrics("3/4", "1/2"));
    expect([summary.lines, summary.branches, quality.inconsistencies]).toEqual([
      { covered: 3, total: 4 },
      { covered: 1, total: 2 },
      [],
    ]);
  });

  it.each([
    ["files", ""],
    ["lines", file("")],
    ["anything but methods", file(line(1, 1, "method"))],
  ])("without %s is empty", (_, text) => expect(coverage(text).status).toBe("empty"));

  it("without files does not believe its metrics", () => {
    const { status, quality } = coverage(metrics("9/9"));
    expect([status, quality.inconsistencies[0]?.code]).toEqual(["empty", "lines-differ"]);
  });

  it("leaves line 0 out and says so", () => {
    const { summary, quality } = coverage(file(line(0, 1) + line(1, 0)));
    expect([summary.lines, quality.warnings[0]?.code]).toEqual([{ covered: 0, total: 1 }, "line-0"]);
  });

  it.each([
    ["a file without a path", file("", ""), "malformed at line 1"],
    ["a line without a number", file('\n<line type="stmt" count="1"/>'), "malformed at line 2"],
    ["a statement without a count", file('<line num="1" type="stmt"/>'), "malformed at line 1"],
    ["a count that is a template", file('<line num="1" type="stmt" count="%i"/>'), "malformed at line 1"],
    ["a condition without outcomes", file('<line num="1" type="cond" truecount="0"/>'), "malformed at line 1"],
  ])("with %s is refused", (_, text, refusal) => expect(refusalOf(report(text), "x.xml")).toBe(refusal));

  it.each([
    ["<report/>", "the root element is report"],
    ['<coverage line-rate="1"><packages/></coverage>', "there is no project"],
  ])("is not %s", (text, message) => {
    expect(() => clover.parse(Buffer.from(text), { limits: DEFAULT_LIMITS })).toThrow(message);
  });

  it.each([
    ["a version", '<coverage clover="3.2.0">', "certain"],
    ["a time", '<coverage generated="1">', "certain"],
    ["a project", "<coverage>\n <project/>", "certain"],
    ["rates", '<coverage line-rate="1"><packages/>', "no"],
    ["another root", '<report generated="1"/>', "no"],
    ["no root", "coverage", "no"],
  ])("is told by %s", (_, text, confidence) => {
    expect(clover.detect({ text, name: "clover.xml" }).confidence).toBe(confidence);
  });
});
