import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const PASS = '<test-case name="N.F.a" executed="True" result="Success" success="True"/>';
const FAIL = '<test-case name="N.F.b" executed="True" result="Failure" success="False"/>';

function suite(content: string, attributes = 'type="TestFixture" name="F" result="Success"') {
  return `<test-suite ${attributes}>${content.startsWith("<failure") ? content : `<results>${content}</results>`}</test-suite>`;
}

function run(content: string, attributes = 'not-run="0"') {
  return `<test-results name="x" ${attributes}>${content}</test-results>`;
}

function tests(content: string) {
  return readAs("tests", content, "TestResult.xml");
}

describe("the fixture", () => {
  const document = readAs("tests", fixture("nunit2.xml"), "nunit2.xml", "unit-tests");

  it("is normalised in full; its time has no offset", () => {
    expect(document).toMatchObject({
      status: "unknown",
      quality: { warnings: [], inconsistencies: [] },
      summary: { suites: 1, total: 6, passed: 1, failed: 1, errored: 2, skipped: 2, durationMs: 160 },
    });
    expect(document.producedAt).toBeUndefined();
  });

  it("has the cases without the name space in front of their names", () => {
    expect(document.body.cases.map(({ id, status, message }) => [id, status, message])).toEqual([
      ["Shop.OrderTests > Stores_ünits", "passed", undefined],
      ["Shop.OrderTests > Divides", "errored", "System.DivideByZeroException : by zero"],
      ["Shop.OrderTests > Assumes", "skipped", undefined],
      ["Shop.OrderTests > Later", "skipped", "not yet"],
      ["Shop.OrderTests > Wrong", "errored", "No arguments were provided"],
      ['Shop.OrderTests > Adds(2,"a.b")', "failed", "Expected: 3\n  But was:  2"],
    ]);
  });
});

describe.each([
  ['executed="True" result="Success" success="True"', "", "passed"],
  ['executed="True" result="Success" success="False"', "", "passed"],
  ['executed="True" result="Success" success="True"', "<failure/>", "failed"],
  ['executed="True" result="Failure" success="False"', "<failure/>", "failed"],
  ['executed="True" result="Error" success="False"', "<failure/>", "errored"],
  ['executed="True" result="Cancelled" success="False"', "", "errored"],
  ['executed="True" result="Inconclusive" success="False"', "", "skipped"],
  ['executed="False" result="Ignored"', "", "skipped"],
  ['executed="False" result="Skipped"', "", "skipped"],
  ['executed="False" result="NotRunnable"', "", "errored"],
  ['executed="True" result="Sideways" success="True"', "", "errored"],
  ['executed="True" success="True"', "", "passed"],
  ['executed="True" success="False"', "", "failed"],
  ['executed="False"', "", "skipped"],
  ["", "", "errored"],
])("a case with %s %s", (attributes, content, status) => {
  it(`is ${status}`, () => {
    const { body } = tests(run(suite(`<test-case name="a" ${attributes}>${content}</test-case>`)));
    expect(body.cases[0]?.status).toBe(status);
  });
});

const FAILED = 'type="TestFixture" name="F" executed="True" result="Failure" success="False"';
const NOT_LOADED = suite("", 'type="Assembly" name="C:\\shop\\x.dll" executed="False" result="NotRunnable"');
const CHILDREN = "<failure><message>One or more child tests had errors</message></failure>";

describe.each([
  ["passes", run(suite(PASS)), "unknown", [], []],
  ["a failure", run(suite(FAIL, FAILED)), "unknown", [], []],
  ["no cases", run(""), "empty", ["no-tests"], []],
  ["a suite that failed over nothing", run(suite(PASS, FAILED)), "partial", ["suite-failed"], []],
  [
    "a suite without a result that failed over nothing",
    run(suite(PASS, 'name="F" success="False"')),
    "partial",
    ["suite-failed"],
    [],
  ],
  [
    "a suite with nothing but a skip",
    run(
      suite(
        '<test-case name="a" executed="False" result="Ignored"/>',
        'name="F" result="Inconclusive" success="False"',
      ),
    ),
    "unknown",
    [],
    [],
  ],
  [
    "a set-up that failed",
    run(suite(`<failure><message>x</message></failure><results>${FAIL}</results>`, FAILED)),
    "partial",
    ["suite-failed"],
    [],
  ],
  ["the failure that NUnit 3 writes", run(suite(`${CHILDREN}<results>${FAIL}</results>`, FAILED)), "unknown", [], []],
  [
    "that failure over nothing",
    run(suite(`${CHILDREN}<results>${PASS}</results>`, FAILED)),
    "partial",
    ["suite-failed"],
    [],
  ],
  ["an assembly that was not loaded", run(NOT_LOADED), "failed", ["suite-failed"], []],
  ["such an assembly beside another", run(NOT_LOADED + suite(PASS)), "partial", ["suite-failed"], []],
  ["totals of all cases", run(suite(PASS + FAIL), 'total="2" failures="1" errors="0"'), "unknown", [], []],
  [
    "totals of those executed",
    run(suite(`${PASS}<test-case name="b" executed="False" result="Ignored"/>`), 'total="1" not-run="1"'),
    "unknown",
    [],
    [],
  ],
  [
    "a test in the totals alone",
    run(suite(PASS), 'total="2" failures="0"'),
    "partial",
    ["cases-missing"],
    ["tests-differ"],
  ],
  [
    "a failure in the totals alone",
    run(suite(PASS), 'total="1" failures="1"'),
    "partial",
    ["cases-missing"],
    ["failures-differ"],
  ],
  [
    "an error in the totals alone",
    run(suite(PASS), 'total="1" failures="0" errors="1"'),
    "partial",
    ["cases-missing"],
    ["failures-differ"],
  ],
  ["only totals", run("", 'total="2" failures="0"'), "partial", ["cases-missing"], ["tests-differ"]],
  ["more cases than the totals", run(suite(PASS + PASS), 'total="1" failures="0"'), "unknown", [], ["tests-differ"]],
] as const)("a run with %s", (_, content, status, reasons, inconsistencies) => {
  it(`is ${status}`, () => {
    const document = tests(content);
    expect(document.status).toBe(status);
    expect(document.statusReasons.map(({ code }) => code)).toEqual(reasons);
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(inconsistencies);
  });
});

it("counts an assembly that was not loaded, without the folder of the machine", () => {
  const document = tests(run(NOT_LOADED + suite(PASS)));
  expect(document.summary).toMatchObject({ total: 2, errored: 1, loadErrors: 1 });
  expect(document.body.cases[0]?.suite).toBe("x.dll");
});

it.each([
  ["N.F.a", "N.F", "a"],
  ["F.a", "F", "a"],
  ["N.FF.a", "F", "N.FF.a"],
  ['N.F.a("F.x")', "N.F", 'a("F.x")'],
  ["a", "F", "a"],
])("takes %s for the case of %s that is called %s", (name, suiteName, caseName) => {
  const { body } = tests(run(suite(PASS.replace("N.F.a", name.replaceAll('"', "&quot;")))));
  expect([body.cases[0]?.suite, body.cases[0]?.name]).toEqual([suiteName, caseName]);
});

it("refuses a file without an end, and leaves other roots alone", () => {
  expect(refusalOf(run(suite(PASS)).slice(0, -3), "TestResult.xml")).toMatch(/^malformed at line 1/);
  expect(() => readAs("tests", "<testResultList version='1.2'/>", "x.xml")).toThrow("cannot tell");
  expect(tests("<test-results/>").source.format).toBe("nunit2");
});
