import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const PASS = '<test name="N.C.a" type="N.C" result="Pass"/>';
const FAIL = '<test name="N.C.b" type="N.C" result="Fail"><failure><message>no</message></failure></test>';
const ERROR =
  '<errors><error type="assembly-cleanup" name="x.dll"><failure><message>x</message></failure></error></errors>';
const FATAL = '<errors><error type="fatal"/></errors>';

function assembly(content: string, attributes = "") {
  const inside = content.startsWith("<errors") ? content : `<collection name="c">${content}</collection>`;
  return `<assembly name="C:\\shop\\x.dll" ${attributes}>${inside}</assembly>`;
}

function report(...assemblies: readonly string[]) {
  return `<assemblies timestamp="03/01/2026 10:00:00">${assemblies.join("")}</assemblies>`;
}

function tests(content: string) {
  return readAs("tests", content, "results.xml");
}

describe("the fixture", () => {
  const document = readAs("tests", fixture("xunit.xml"), "xunit.xml", "unit-tests");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "complete",
      producedAt: "2026-03-01T10:00:00.123Z",
      source: { tools: [{ name: "xUnit.net v3", version: "3.0.0" }], formatVersion: "3" },
      quality: { warnings: [], inconsistencies: [] },
      summary: { suites: 1, total: 4, passed: 1, failed: 1, errored: 0, skipped: 2, notRun: 1, durationMs: 200 },
    });
  });

  it("has the cases with their files and messages", () => {
    expect(document.body.cases.map(({ id, status, file, message }) => [id, status, file, message])).toEqual([
      ["Shop.OrderTests > Stores_ünits", "passed", "/srv/shop/test/OrderTests.cs", undefined],
      [
        "Shop.OrderTests > Adds(n: 2)",
        "failed",
        undefined,
        "Assert.Equal() Failure: Values differ\nExpected: 3\nActual:   2",
      ],
      ["Shop.OrderTests > Named by hand", "skipped", undefined, "not yet"],
      ["Shop.OrderTests > ByHand", "skipped", undefined, undefined],
    ]);
  });
});

describe.each([
  ['result="Pass"', "", "passed", undefined],
  ['result="Pass"', "<failure/>", "failed", undefined],
  ['result="Fail"', "", "failed", undefined],
  ['result="Skip"', "<reason>x</reason>", "skipped", undefined],
  ['result="NotRun"', "", "skipped", "not-run"],
  ['result="Sideways"', "", "errored", undefined],
  ["", "", "errored", undefined],
])("a test with %s %s", (attributes, content, status, note) => {
  it(`is ${status}`, () => {
    const [found] = tests(report(assembly(`<test name="a" ${attributes}>${content}</test>`))).body.cases;
    expect([found?.status, found?.note]).toEqual([status, note]);
  });
});

const ONE = 'total="1" failed="0" errors="0"';

describe.each([
  ["passes", report(assembly(PASS, ONE)), "complete", [], []],
  ["a failure", report(assembly(PASS + FAIL, 'total="2" failed="1"')), "complete", [], []],
  ["two assemblies", report(assembly(PASS, ONE), assembly(FAIL, 'total="1" failed="1"')), "complete", [], []],
  [
    "an assembly without tests beside another",
    report(assembly("", 'total="0"'), assembly(PASS, ONE)),
    "complete",
    [],
    [],
  ],
  ["no totals", report(assembly(PASS)), "unknown", [], []],
  ["no assemblies", report(), "empty", ["no-tests"], []],
  ["no tests", report(assembly("", 'total="0"')), "empty", ["no-tests"], []],
  ["an assembly that was only started", report(assembly("")), "failed", ["run-unfinished"], []],
  ["such an assembly beside another", report(assembly(""), assembly(PASS, ONE)), "partial", ["run-unfinished"], []],
  [
    "an error beside the tests",
    report(assembly(`${ERROR}<collection>${PASS}</collection>`, 'total="1" errors="1"')),
    "partial",
    ["assembly-error"],
    [],
  ],
  ["nothing but an error", report(assembly(FATAL, 'total="0" errors="1"')), "failed", ["assembly-error"], []],
  [
    "an error in the totals alone",
    report(assembly(PASS, 'total="1" errors="1"')),
    "partial",
    ["cases-missing"],
    ["errors-differ"],
  ],
  ["a test in the totals alone", report(assembly(PASS, 'total="2"')), "partial", ["cases-missing"], ["tests-differ"]],
  [
    "a failure in the totals alone",
    report(assembly(PASS, 'total="1" failed="1"')),
    "partial",
    ["cases-missing"],
    ["failures-differ"],
  ],
  ["only totals", report(assembly("", 'total="2"')), "partial", ["cases-missing"], ["tests-differ"]],
  ["more tests than the totals", report(assembly(PASS + PASS, 'total="1"')), "complete", [], ["tests-differ"]],
] as const)("a report with %s", (_, content, status, reasons, inconsistencies) => {
  it(`is ${status}`, () => {
    const document = tests(content);
    expect(document.status).toBe(status);
    expect(document.statusReasons.map(({ code }) => code)).toEqual(reasons);
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(inconsistencies);
  });
});

it("says what failed outside the tests, and counts an assembly of which nothing was run", () => {
  const beside = tests(report(assembly(`${ERROR}<collection>${PASS}</collection>`, 'total="1" errors="1"')));
  expect(beside.statusReasons).toEqual([
    { code: "assembly-error", message: "assembly-cleanup x.dll: x", place: "line 1" },
  ]);
  expect(beside.summary).toMatchObject({ total: 1, passed: 1, loadErrors: 0 });
  const alone = tests(report(assembly(FATAL, 'total="0" errors="1"'), assembly(PASS, ONE)));
  expect(alone.summary).toMatchObject({ total: 2, errored: 1, loadErrors: 1 });
  expect(alone.body.cases[0]?.suite).toBe("x.dll");
});

describe("times", () => {
  it.each([
    [
      "a local one",
      '<assemblies timestamp="2026-03-01T10:00:00">',
      'run-date="2026-03-01" run-time="10:00:00"',
      undefined,
    ],
    ["the first day of the year 1", '<assemblies start-rtf="0001-01-01T00:00:00.0000000+00:00">', "", undefined],
    ["one with an offset", '<assemblies timestamp="2026-03-01T10:00:00Z">', "", "2026-03-01T10:00:00.000Z"],
    [
      "that of the assembly",
      '<assemblies timestamp="x">',
      'start-rtf="2026-03-01T10:00:00Z"',
      "2026-03-01T10:00:00.000Z",
    ],
  ])("%s", (_, root, attributes, expected) => {
    expect(tests(`${root}${assembly(PASS, attributes)}</assemblies>`).producedAt).toBe(expected);
  });
});

const v1 = (content: string) =>
  `<assembly name="x.dll" test-framework="xUnit.net 1.9.2" passed="1" failed="0" skipped="0"><class name="N.C">${content}</class></assembly>`;

describe("the format of version 1", () => {
  it("is read too", () => {
    const document = tests(v1(PASS));
    expect([document.status, document.summary.total]).toEqual(["complete", 1]);
    expect(document.source.tools).toEqual([{ name: "xUnit.net", version: "1.9.2" }]);
  });

  it("has failures of classes", () => {
    const document = tests(v1(`<failure><message>fixture</message></failure>${PASS}`));
    expect([document.status, document.statusReasons[0]?.message]).toEqual(["partial", "N.C: fixture"]);
  });
});

describe("detection", () => {
  it("knows the root with an assembly of tests in it", () => {
    expect(tests('<assemblies><assembly run-date="2026-03-01"/></assemblies>').source.format).toBe("xunit");
  });

  it.each(['<assembly xmlns="urn:schemas-microsoft-com:asm.v1"/>', "<test/>"])("leaves %s alone", (content) => {
    expect(() => readAs("tests", content, "x.xml")).toThrow("cannot tell");
  });

  it("refuses a file without an end", () => {
    expect(refusalOf(report(assembly(PASS)).slice(0, -3), "x.xml")).toMatch(/^malformed at line 1/);
  });
});
