import { describe, expect, it } from "vitest";
import { cobertura } from "../../src/ingest/cobertura/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { fixture, read, readAs, refusalOf } from "./support.ts";

interface ReportParts {
  readonly header?: string;
  readonly sources?: readonly string[];
}

/** A report of one class of `a.py`, around the lines. */
function report(lines: string, { header = "", sources = [] }: ReportParts = {}): string {
  const folders = sources.map((source) => `<source>${source}</source>`).join("");
  const one = `<class name="a" filename="a.py"><methods/><lines>${lines}</lines></class>`;
  return `<coverage line-rate="" ${header}><sources>${folders}</sources><packages><package><classes>${one}</classes></package></packages></coverage>`;
}

/** Line 1, with branches such as `1/2`. */
function branching(part: string): string {
  return `<line number="1" hits="1" branch="true" condition-coverage="x (${part})"/>`;
}

function coverage(content: string) {
  return readAs("coverage", content, "x.xml");
}

function pathOf(content: string, root?: string): string | undefined {
  const parsed = cobertura.parse(Buffer.from(content), {
    limits: DEFAULT_LIMITS,
    ...(root === undefined ? {} : { root }),
  });
  return parsed.kind === "coverage" ? parsed.body.files[0]?.path : undefined;
}

describe("the Cobertura fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("coverage", fixture("cobertura.xml"), "x.xml", "integration-coverage");
    expect(document.summary).toEqual({
      suite: "integration",
      provider: "cobertura",
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
    expect([document.status, document.producedAt]).toEqual(["unknown", "2026-11-21T03:54:50.623Z"]);
    expect(document.quality).toEqual({ warnings: [], inconsistencies: [], redactions: 0 });
  });
});

const LINE = '<line number="1" hits="1"/>';
const TWO = '<line number="1" hits="1"/><line number="2" hits="0"/>';

describe("a Cobertura report", () => {
  it("counts the lines of classes and not those of methods", () => {
    const text = report(TWO).replace(
      "<methods/>",
      '<methods><method name="m"><lines><line number="9" hits="1"/></lines></method></methods>',
    );
    expect(coverage(text).summary.lines).toEqual({ covered: 1, total: 2 });
  });

  it("takes the classes of one file together", () => {
    const again =
      '<class name="b" filename="./a.py"><lines><line number="2" hits="3"/><line number="3" hits="0"/></lines></class>';
    const { summary } = coverage(report(TWO).replace("</classes>", `${again}</classes>`));
    expect([summary.files, summary.lines]).toEqual([1, { covered: 2, total: 3 }]);
  });

  it("takes the branches of a line in two classes once", () => {
    expect(coverage(report(branching("1/2") + branching("0/4"))).summary.branches).toEqual({ covered: 1, total: 4 });
  });

  it.each([
    ["without any", LINE],
    ["with a rate alone", '<line number="1" hits="1" branch="true" condition-coverage="50%"/>'],
    [
      "with conditions alone",
      '<line number="1" hits="1" branch="True"><conditions><condition coverage="50%"/></conditions></line>',
    ],
  ])("%s has no branches", (_, lines) => {
    const document = coverage(report(lines));
    expect(document.summary).not.toHaveProperty("branches");
    expect(document.body.files).toEqual([{ path: "a.py", lines: { covered: 1, total: 1 }, covered: "1", missed: "" }]);
  });

  it.each([
    ["a count beyond 2^53", "99999999999999999999", 1],
    ["a negative count", "-1", 0],
    ["a count of zeros", "00", 0],
  ])("may have %s", (_, hits, covered) => {
    expect(coverage(report(`<line number="1" hits="${hits}"/>`)).summary.lines).toEqual({ covered, total: 1 });
  });

  it("without lines is empty", () => {
    const document = coverage(report("", { header: 'lines-valid="4" lines-covered="4"' }));
    expect([document.status, document.quality.inconsistencies[0]?.code]).toEqual(["empty", "lines-differ"]);
  });

  it("leaves line 0 out and says so", () => {
    const { summary, quality } = coverage(report(`${LINE}<line number="0" hits="1"/>`));
    expect([summary.lines, quality.warnings[0]?.code]).toEqual([{ covered: 1, total: 1 }, "line-0"]);
  });

  it.each([
    ["that agrees", 'lines-valid="2" lines-covered="1"', []],
    ["with more lines", 'lines-valid="3" lines-covered="1"', ["lines-differ"]],
    ["with more lines covered", 'lines-valid="2" lines-covered="2"', ["lines-differ"]],
    ["with branches that are not there", 'branches-valid="2" branches-covered="1"', ["branches-differ"]],
    ["without branches", 'branches-valid="0" branches-covered="0"', []],
    ["that makes no sense", 'lines-valid="x" lines-covered=""', []],
  ])("is compared with a header %s", (_, header, codes) => {
    const { summary, quality } = coverage(report(TWO, { header }));
    expect(summary.lines).toEqual({ covered: 1, total: 2 });
    expect(quality.inconsistencies.map(({ code }) => code)).toEqual(codes);
  });

  it("may declare a line once for each class", () => {
    const text = report(TWO + LINE, { header: 'lines-valid="3" lines-covered="2"' });
    expect(coverage(text).quality.inconsistencies).toEqual([]);
  });

  it.each([
    ["0.5", []],
    ["0.503", []],
    ["0.52", ["lines-differ"]],
    ["NaN", []],
  ])("is compared with a line rate of %s where there is no count", (rate, codes) => {
    const text = report(TWO).replace('line-rate=""', `line-rate="${rate}"`);
    expect(coverage(text).quality.inconsistencies.map(({ code }) => code)).toEqual(codes);
  });

  it.each([
    ["milliseconds", "1761768810000", "2025-10-29T20:13:30.000Z"],
    ["seconds", "1761768810", "2025-10-29T20:13:30.000Z"],
    ["nothing", "0", undefined],
    ["a date", "Wed Oct 29", undefined],
    ["more than there is", "999999999999999", undefined],
  ])("has a time in %s", (_, timestamp, at) => {
    expect(coverage(report(LINE, { header: `timestamp="${timestamp}"` })).producedAt).toBe(at);
  });

  it.each([
    ["below the checkout", ["/ci/repo/src"], "/ci/repo", "src/a.py"],
    ["that is the checkout", ["/ci/repo"], "/ci/repo", "a.py"],
    ["outside the checkout", ["/other/src"], "/ci/repo", "a.py"],
    ["of no known checkout", ["/ci/repo/src"], undefined, "a.py"],
    ["that is relative", ["./src/"], "/ci/repo", "src/a.py"],
    ["that is here", ["."], "/ci/repo", "a.py"],
    ["above", ["../lib"], "/ci/repo", "a.py"],
    ["that is a variable", ["$GOMODCACHE"], "/ci/repo", "a.py"],
    ["that is empty", [""], "/ci/repo", "a.py"],
    ["of two", ["/ci/repo/src", "/ci/repo/lib"], "/ci/repo", "a.py"],
  ])("with a source folder %s has paths in the checkout", (_, sources, root, path) => {
    expect(pathOf(report(LINE, { sources }), root)).toBe(path);
  });

  it("may have absolute paths, and several source folders with a warning", () => {
    const text = report(LINE, { sources: ["/x", "/y"] }).replace("a.py", String.raw`C:\ci\repo\src\a.py`);
    expect(pathOf(text, "C:/ci/repo")).toBe("src/a.py");
    expect(coverage(text).quality.warnings.map(({ code }) => code)).toEqual(["sources"]);
  });

  it("has its DTD passed over", () => {
    const text = `<?xml version="1.0"?>\n<!-- x --><!DOCTYPE coverage SYSTEM "http://cobertura.example/coverage-04.dtd">\n${report(LINE)}`;
    expect(coverage(text).status).toBe("unknown");
  });

  it.each([
    ["a class without a file", report(LINE).replace(' filename="a.py"', ""), "malformed at line 1"],
    ["a line without a number", report('\n<line hits="1"/>'), "malformed at line 2"],
    ["a line that is no number", report('<line number="-1" hits="1"/>'), "malformed at line 1"],
    ["a line without a count", report('<line number="1"/>'), "malformed at line 1"],
    ["a count that is no integer", report('<line number="1" hits="1.5"/>'), "malformed at line 1"],
    [
      "more branches than there are",
      report('<line number="1" hits="1" condition-coverage="150% (3/2)"/>'),
      "malformed at line 1",
    ],
    ["neither rates nor packages", "<coverage/>", "not-this-format"],
    ["another root", "<testsuite/>", "not-this-format"],
  ])("with %s is refused", (_, text, refusal) => expect(refusalOf(text, "x.xml", "coverage")).toBe(refusal));
});

describe("a document with the root coverage", () => {
  it.each([
    ["rates", '<coverage line-rate="1"></coverage>', "certain"],
    ["packages", "<coverage><packages/></coverage>", "certain"],
    ["a prefix", '<c:coverage lines-valid="1"/>', "certain"],
    ["the marks of Clover", '<coverage generated="1" clover="3.2.0"><project><packages/></project></coverage>', "no"],
    ["files of SonarQube", '<coverage version="1"><file path="a"/></coverage>', "no"],
    ["white space without an end", `<?xml?>${" ".repeat(8_000)}`, "no"],
  ])("and %s is told apart", (_, text, confidence) => {
    expect(cobertura.detect({ text, name: "x.xml" }).confidence).toBe(confidence);
  });

  it("is parsed only if it is Cobertura", () => {
    const context = { limits: DEFAULT_LIMITS };
    const parse = (text: string) => () => cobertura.parse(Buffer.from(text), context);
    expect(parse('<coverage clover="3.2.0"/>')).toThrow("that of a Clover report");
    expect(parse("<coverage/>")).toThrow("neither rates nor packages");
    expect(parse("<report/>")).toThrow("the root element is report");
    expect(read(report(LINE), "x.xml").source.format).toBe("cobertura");
  });
});
