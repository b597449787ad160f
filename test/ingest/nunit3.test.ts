import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const PASS = '<test-case name="a" result="Passed"/>';
const FAIL = '<test-case name="b" result="Failed"><failure><message>no</message></failure></test-case>';
const ENDED = 'end-time="2026-03-01 10:00:01Z"';

function suite(content: string, attributes = 'type="TestFixture" name="F" fullname="N.F" result="Passed"') {
  return `<test-suite ${attributes}>${content}</test-suite>`;
}

function run(content: string, attributes = `result="Passed" ${ENDED}`) {
  return `<test-run id="0" ${attributes}>${content}</test-run>`;
}

function tests(content: string) {
  return readAs("tests", content, "TestResult.xml");
}

describe("the fixture", () => {
  const document = readAs("tests", fixture("nunit3.xml"), "nunit3.xml", "unit-tests");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "complete",
      producedAt: "2026-03-01T10:00:00.000Z",
      quality: { warnings: [], inconsistencies: [] },
      summary: { suites: 1, total: 7, passed: 3, failed: 1, errored: 1, skipped: 2, notRun: 1, durationMs: 180 },
    });
  });

  it("tells parametrised fixtures and methods apart, with the first message of each case", () => {
    expect(document.body.cases.map(({ id, status, message }) => [id, status, message])).toEqual([
      ["Shop.OrderTests(1) > Stores_ünits", "passed", undefined],
      ["Shop.OrderTests(1) > Divides", "errored", "System.DivideByZeroException : by zero"],
      ["Shop.OrderTests(1) > Later", "skipped", "not yet"],
      ["Shop.OrderTests(1) > ByHand", "skipped", undefined],
      ["Shop.OrderTests(1) > Warns", "passed", "slow"],
      ["Shop.OrderTests(1) > Adds(1)", "passed", undefined],
      ["Shop.OrderTests(1) > Adds(2)", "failed", "Expected: 3\n  But was:  2"],
    ]);
  });
});

describe.each([
  ['result="Passed"', "passed", undefined],
  ['result="Warning"', "passed", undefined],
  ['result="Failed"', "failed", undefined],
  ['result="Failed" label="Error"', "errored", undefined],
  ['result="Failed" label="Invalid" runstate="NotRunnable"', "errored", undefined],
  ['result="Failed" label="Cancelled"', "errored", undefined],
  ['result="Failed" label="Test exceeded Timeout value 1ms."', "failed", undefined],
  ['result="Failed" label="Error" site="Parent"', "errored", undefined],
  ['result="Skipped"', "skipped", undefined],
  ['result="Skipped" label="Ignored" runstate="Ignored"', "skipped", undefined],
  ['result="Skipped" label="Explicit" runstate="Explicit"', "skipped", "not-run"],
  ['result="Skipped" label="Invalid"', "errored", undefined],
  ['result="Skipped" runstate="NotRunnable"', "errored", undefined],
  ['result="Inconclusive"', "skipped", undefined],
  ['result="Sideways"', "errored", undefined],
  ["", "errored", undefined],
])("a case with %s", (attributes, status, note) => {
  it(`is ${status}`, () => {
    const [found] = tests(run(suite(`<test-case name="a" ${attributes}/>`))).body.cases;
    expect([found?.status, found?.note]).toEqual([status, note]);
  });
});

it("does not take a case with a failure for one that passed", () => {
  const content = run(suite('<test-case name="a" result="Passed"><failure><message>x</message></failure></test-case>'));
  expect(tests(content).summary).toMatchObject({ passed: 0, failed: 1 });
});

const failedSuite = (attributes: string, content: string, message = "") =>
  suite(
    `<failure><message>${message}</message></failure>${content}`,
    `type="TestFixture" name="F" fullname="N.F" result="Failed" ${attributes}`,
  );
const INVALID =
  'type="Assembly" name="x.dll" fullname="/srv/x.dll" runstate="NotRunnable" result="Failed" label="Invalid"';
const NOT_LOADED = `<test-suite ${INVALID}><reason><message>no such file</message></reason></test-suite>`;

describe.each([
  ["passes", run(suite(PASS)), "complete", [], []],
  ["a failure", run(failedSuite('site="Child"', FAIL), `result="Failed" ${ENDED}`), "complete", [], []],
  ["the result of Unity", run(suite(FAIL), `result="Failed(Child)" ${ENDED}`), "complete", [], []],
  ["no end", run(suite(PASS), 'result="Passed"'), "unknown", [], []],
  ["no result", run(suite(PASS), `total="1" ${ENDED}`), "unknown", [], []],
  ["no cases", run(""), "empty", ["no-tests"], []],
  ["no cases, failed", run("", `result="Failed" ${ENDED}`), "failed", ["run-failed"], []],
  ["passes, failed", run(suite(PASS), `result="Failed" ${ENDED}`), "failed", ["run-failed"], []],
  ["a failure, passed", run(suite(FAIL)), "complete", [], ["result-differs"]],
  [
    "a tear-down that failed",
    run(failedSuite('site="TearDown" label="Error"', PASS, "TearDown : x"), `result="Failed" ${ENDED}`),
    "partial",
    ["suite-failed"],
    [],
  ],
  [
    "a tear-down that failed behind a failure",
    run(failedSuite('site="TearDown"', FAIL), `result="Failed" ${ENDED}`),
    "partial",
    ["suite-failed"],
    [],
  ],
  ["a set-up that failed", run(failedSuite('site="SetUp"', FAIL)), "partial", ["suite-failed"], ["result-differs"]],
  ["a suite that failed over nothing", run(failedSuite('site="Child"', PASS)), "partial", ["suite-failed"], []],
  [
    "an assembly that was not loaded beside another",
    run(NOT_LOADED + suite(PASS), `result="Failed" total="1" failed="0" ${ENDED}`),
    "partial",
    ["suite-failed"],
    [],
  ],
  ["nothing but such an assembly", run(NOT_LOADED, `result="Failed" ${ENDED}`), "failed", ["suite-failed"], []],
  [
    "a case that was cancelled",
    run(suite('<test-case name="a" result="Failed" label="Cancelled"/>'), `result="Failed" ${ENDED}`),
    "partial",
    ["run-cancelled"],
    [],
  ],
  [
    "the label Cancelled",
    run(suite(PASS), `result="Failed" label="Cancelled" ${ENDED}`),
    "partial",
    ["run-cancelled", "run-failed"],
    [],
  ],
  ["totals that agree", run(suite(PASS + FAIL), `result="Failed" total="2" failed="1" ${ENDED}`), "complete", [], []],
  [
    "a test in the totals alone",
    run(suite(PASS), `result="Passed" total="2" ${ENDED}`),
    "partial",
    ["cases-missing"],
    ["tests-differ"],
  ],
  [
    "a failure in the totals alone",
    run(suite(PASS), `result="Passed" total="1" failed="1" ${ENDED}`),
    "partial",
    ["cases-missing"],
    ["failures-differ"],
  ],
  ["only totals", run("", `result="Passed" total="2" ${ENDED}`), "partial", ["cases-missing"], ["tests-differ"]],
  [
    "more cases than the totals",
    run(suite(PASS + PASS), `result="Passed" total="1" ${ENDED}`),
    "complete",
    [],
    ["tests-differ"],
  ],
  [
    "tests that were not run",
    run(suite(PASS), `result="Passed" testcasecount="9" total="1" ${ENDED}`),
    "unknown",
    ["not-all-run"],
    [],
  ],
  [
    "tests that a filter left out",
    run(`<filter><cat>fast</cat></filter>${suite(PASS)}`, `result="Passed" testcasecount="9" total="1" ${ENDED}`),
    "complete",
    [],
    [],
  ],
] as const)("a run with %s", (_, content, status, reasons, inconsistencies) => {
  it(`is ${status}`, () => {
    const document = tests(content);
    expect(document.status).toBe(status);
    expect(document.statusReasons.map(({ code }) => code)).toEqual(reasons);
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(inconsistencies);
  });
});

it("counts an assembly that was not loaded, with why", () => {
  const document = tests(run(NOT_LOADED + suite(PASS), `result="Failed" ${ENDED}`));
  expect(document.summary).toMatchObject({ total: 2, errored: 1, loadErrors: 1 });
  expect(document.body.cases[0]).toMatchObject({ suite: "x.dll", note: "load-error", message: "no such file" });
  expect(document.statusReasons[0]?.message).toBe("x.dll failed outside its tests: no such file");
});

it("names suites by their fixture, else by the class, else by what is around the case", () => {
  const assembly = 'type="Assembly" name="x.dll" fullname="/srv/x.dll" result="Passed"';
  const classed = '<test-case name="c" classname="N.C" result="Passed"/>';
  const { body } = tests(run(suite(PASS) + suite(classed + PASS, assembly)));
  expect(body.cases.map(({ suite: name }) => name)).toEqual(["N.F", "N.C", "/srv/x.dll"]);
});

const startOf = (time: string) => tests(run(suite(PASS), `result="Passed" start-time="${time}"`)).producedAt;

it("takes the first day of the year 1 for no time", () => {
  expect(startOf("0001-01-01 00:00:00Z")).toBeUndefined();
  expect(startOf("2026-03-01 10:00:00")).toBeUndefined();
  expect(startOf("2026-03-01T11:00:00+01:00")).toBe("2026-03-01T10:00:00.000Z");
});

describe.each([
  ["no end", run(suite(PASS)).slice(0, -3), /^malformed at line 1/],
  [
    "a case inside a case",
    run('<test-case result="Passed"><test-case result="Failed"/></test-case>'),
    "malformed at line 1",
  ],
  ["a suite inside a case", run(`<test-case result="Passed">${suite(FAIL)}</test-case>`), "malformed at line 1"],
] as const)("a file with %s", (_, content, refusal) => {
  it("is refused", () => expect(refusalOf(content, "TestResult.xml")).toMatch(refusal));
});

it("leaves other roots alone", () => {
  expect(() => readAs("tests", "<test-runner result='Passed'/>", "x.xml")).toThrow("cannot tell");
  expect(tests("<test-run><test-case name='a' result='Passed'/></test-run>").source.format).toBe("nunit3");
});
