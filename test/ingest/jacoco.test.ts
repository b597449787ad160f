import { describe, expect, it } from "vitest";
import { jacoco } from "../../src/ingest/jacoco/index.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const SESSION = '<sessioninfo id="a" start="1538234462781" dump="1538234463280"/>';

function report(content: string): string {
  return `<report name="r">${SESSION}${content}</report>`;
}

function file(content: string, name = "A.java"): string {
  return `<package name="org/example"><sourcefile name="${name}">${content}</sourcefile></package>`;
}

function line(nr: number, missed: number, covered: number, branches = 'mb="0" cb="0"'): string {
  return `<line nr="${nr}" mi="${missed}" ci="${covered}" ${branches}/>`;
}

function counter(type: string, missed: number, covered: number): string {
  return `<counter type="${type}" missed="${missed}" covered="${covered}"/>`;
}

/** Of one file with one line. */
function group(covered: number): string {
  return `<group name="g">${file(line(1, 1, covered))}</group>`;
}

function coverage(content: string) {
  return readAs("coverage", report(content), "x.xml");
}

describe("the JaCoCo fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("coverage", fixture("jacoco.xml"), "x.xml");
    expect(document.summary).toEqual({
      suite: "unit",
      provider: "jacoco",
      lines: { covered: 2, total: 4 },
      branches: { covered: 1, total: 2 },
      functions: { covered: 1, total: 2 },
      files: 1,
    });
    expect(document.body.files).toEqual([
      {
        path: "org/example/Pick.java",
        lines: { covered: 2, total: 4 },
        branches: { covered: 1, total: 2 },
        functions: { covered: 1, total: 2 },
        covered: "5-6",
        missed: "3,8",
      },
    ]);
    expect([document.status, document.producedAt]).toEqual(["unknown", "2026-11-21T03:56:54.213Z"]);
    expect(document.quality).toEqual({ warnings: [], inconsistencies: [], redactions: 0 });
  });
});

describe("a JaCoCo report", () => {
  it("counts a line of which a part was run as covered", () => {
    const { summary } = coverage(file(line(1, 3, 1) + line(2, 4, 0) + line(3, 0, 2)));
    expect(summary.lines).toEqual({ covered: 2, total: 3 });
    expect(summary).not.toHaveProperty("branches");
    expect(summary).not.toHaveProperty("functions");
  });

  it("does not add up the counters of its levels", () => {
    const counters = counter("LINE", 1, 1) + counter("METHOD", 1, 2);
    const method = `<method name="m" desc="()V" line="1">${counters}</method>`;
    const text = `<group name="g"><package name="p"><class name="p/A">${method}${counters}</class><sourcefile name="A.java">${line(1, 0, 1)}${line(2, 1, 0)}${counters}</sourcefile>${counters}</package>${counters}</group>${counters}`;
    const { summary, quality } = coverage(text);
    expect([summary.lines, summary.functions]).toEqual([
      { covered: 1, total: 2 },
      { covered: 2, total: 3 },
    ]);
    expect(quality.inconsistencies).toEqual([]);
  });

  it("may have files of one name in several groups", () => {
    const { summary, body } = coverage(`<group name="all">${group(0)}${group(1)}</group>`);
    expect([summary.files, summary.lines]).toEqual([2, { covered: 1, total: 2 }]);
    expect(body.files.map(({ path }) => path)).toEqual(["org/example/A.java", "org/example/A.java"]);
  });

  it.each([
    ["the report", file(line(1, 0, 1)) + counter("LINE", 1, 1), "line 1"],
    ["a file", file(line(1, 0, 1) + counter("LINE", 1, 1)), "line 1"],
  ])("whose lines are not those that %s declares is recounted", (_, text, place) => {
    const { summary, quality } = coverage(text);
    expect(summary.lines).toEqual({ covered: 1, total: 1 });
    expect(quality.inconsistencies).toMatchObject([{ code: "lines-differ", place }]);
  });

  it("whose branches are not those that it declares is recounted", () => {
    const text = file(line(1, 0, 1, 'mb="1" cb="1"')) + counter("BRANCH", 0, 2);
    const { summary, quality } = coverage(text);
    expect(summary.branches).toEqual({ covered: 1, total: 2 });
    expect(quality.inconsistencies.map(({ code }) => code)).toEqual(["branches-differ"]);
  });

  it("without lines in its files has their counters", () => {
    const { summary, body } = coverage(file(counter("LINE", 1, 3) + counter("BRANCH", 1, 1)));
    expect([summary.lines, summary.branches]).toEqual([
      { covered: 3, total: 4 },
      { covered: 1, total: 2 },
    ]);
    expect(body.files[0]?.lines).toEqual({ covered: 3, total: 4 });
    expect(body.files[0]).not.toHaveProperty("covered");
  });

  it("without files has its own counters", () => {
    const { summary, status } = coverage(counter("LINE", 1, 3) + counter("BRANCH", 1, 1));
    expect([summary.lines, summary.branches, summary.files, status]).toEqual([
      { covered: 3, total: 4 },
      { covered: 1, total: 2 },
      0,
      "unknown",
    ]);
  });

  it.each([
    ["nothing", ""],
    ["a file without lines", file("")],
    ["a line without instructions", file(line(3, 0, 0))],
  ])("of %s is empty", (_, text) => expect(coverage(text).status).toBe("empty"));

  it("leaves line 0 out and says so", () => {
    const { summary, quality } = coverage(file(line(0, 1, 0) + line(1, 0, 1)));
    expect([summary.lines, quality.warnings[0]?.code]).toEqual([{ covered: 1, total: 1 }, "line-0"]);
  });

  it.each([
    ["the default package", '<package name="">', "A.java"],
    ["a package that is a folder", '<package name=".">', "A.java"],
  ])("may have %s", (_, tag, path) => {
    expect(coverage(file(line(1, 0, 1)).replace(/<package[^>]*>/, tag)).body.files[0]?.path).toBe(path);
  });

  it("has its DTD passed over", () => {
    const text = `\ufeff<?xml version="1.0"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"[]>${report(file(line(1, 0, 1)))}`;
    expect(readAs("coverage", text, "x.xml").status).toBe("unknown");
  });

  it.each([
    ["a file without a name", file("").replace('name="A.java"', ""), "malformed at line 1"],
    ["a line without a number", file('\n<line mi="0" ci="1"/>'), "malformed at line 2"],
    ["a line without instructions", file('<line nr="1"/>'), "malformed at line 1"],
    ["a count that is none", file('<line nr="1" mi="0" ci="x"/>'), "malformed at line 1"],
    ["branches that are no count", file(line(1, 0, 1, 'mb="-1" cb="0"')), "malformed at line 1"],
    ["half a counter", '<counter type="LINE" missed="1"/>', "malformed at line 1"],
  ])("with %s is refused", (_, text, refusal) => expect(refusalOf(report(text), "x.xml")).toBe(refusal));
});

describe("a document with the root report", () => {
  it.each([
    [
      "the DOCTYPE of JaCoCo",
      '<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.0//EN" "report.dtd"><report/>',
      "certain",
    ],
    ["a group", "<report name='x'>\n <group name='a'/></report>", "certain"],
    ["anything else", "<report><finding/></report>", "no"],
    ["another name", "<reports><group/></reports>", "no"],
  ])("and %s is told apart", (_, text, confidence) => {
    expect(jacoco.detect({ text, name: "x.xml" }).confidence).toBe(confidence);
  });

  it("is refused under another root", () => {
    const text = '<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd"><report></report>';
    expect(refusalOf(text.replaceAll(/<(\/?)report>/g, "<$1coverage line-rate='1'>"), "x.xml", "coverage")).toMatch(
      /malformed/,
    );
  });
});
