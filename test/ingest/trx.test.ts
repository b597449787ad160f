import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const NAMESPACE = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
const PASS = '<UnitTestResult testId="1" testName="a" outcome="Passed"/>';
const FAIL = '<UnitTestResult testId="2" testName="b" outcome="Failed"/>';

function run(results: string, outcome = "Completed", more = ""): string {
  const summary = outcome === "" ? "" : `<ResultSummary outcome="${outcome}">${more}</ResultSummary>`;
  return `<TestRun xmlns="${NAMESPACE}"><Results>${results}</Results>${summary}</TestRun>`;
}

function tests(content: string) {
  return readAs("tests", content, "run.trx");
}

describe("the fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("tests", fixture("run.trx"), "run.trx", "unit-tests");
    expect(document).toMatchObject({
      status: "complete",
      producedAt: "2026-03-01T10:00:00.123Z",
      quality: { warnings: [], inconsistencies: [] },
      summary: { suites: 1, total: 3, passed: 1, failed: 1, errored: 0, skipped: 1, flaky: 0, durationMs: 750 },
    });
    expect(document.body.cases).toEqual([
      {
        id: "Shop.OrderTests > Stores_ünits",
        suite: "Shop.OrderTests",
        name: "Stores_ünits",
        status: "passed",
        attempts: 1,
        flaky: false,
        durationMs: 500,
      },
      {
        id: "Shop.OrderTests > Refuses",
        suite: "Shop.OrderTests",
        name: "Refuses",
        status: "failed",
        attempts: 1,
        flaky: false,
        message: "expected 1",
        durationMs: 250,
      },
      {
        id: "Shop.OrderTests > Later",
        suite: "Shop.OrderTests",
        name: "Later",
        status: "skipped",
        attempts: 1,
        flaky: false,
      },
    ]);
  });
});

describe.each([
  ["Passed", "passed"],
  ["PassedButRunAborted", "passed"],
  ["Failed", "failed"],
  ["Timeout", "failed"],
  ["Error", "errored"],
  ["Aborted", "errored"],
  ["InProgress", "errored"],
  ["Disconnected", "errored"],
  ["Inconclusive", "skipped"],
  ["NotExecuted", "skipped"],
  ["NotRunnable", "skipped"],
  ["Completed", "skipped"],
  ["Sideways", "errored"],
])("the outcome %s", (outcome, status) => {
  it(`is ${status}`, () => {
    expect(tests(run(`<UnitTestResult outcome="${outcome}"/>`)).body.cases[0]?.status).toBe(status);
  });
});

it("notes a test that could not be run", () => {
  const { body } = tests(run(`<UnitTestResult outcome="NotRunnable"/><UnitTestResult outcome="NotExecuted"/>`));
  expect(body.cases.map(({ note }) => note)).toEqual(["not-run", undefined]);
});

describe.each([
  ["results", run(PASS), "complete", [], 0],
  ["no results", run(""), "empty", ["no-tests"], 0],
  ["no results of a run that failed", run("", "Failed"), "failed", ["run-failed"], 0],
  ["a failure", run(FAIL, "Failed"), "complete", [], 0],
  ["a failed run without a failure", run(PASS, "Failed"), "failed", ["run-failed"], 0],
  ["an aborted run", run(PASS, "Aborted"), "partial", ["run-failed"], 0],
  ["no summary", run(PASS, ""), "partial", ["run-failed"], 0],
  ["counters that agree", run(PASS + FAIL, "Failed", '<Counters total="2" failed="1"/>'), "complete", [], 0],
  ["a test in the counters alone", run(PASS, "Completed", '<Counters total="2"/>'), "partial", ["cases-missing"], 1],
  ["only counters", run("", "Completed", '<Counters total="2"/>'), "partial", ["cases-missing"], 1],
  [
    "a failure in the counters alone",
    run(PASS, "Completed", '<Counters total="1" failed="0" error="1"/>'),
    "partial",
    ["cases-missing"],
    1,
  ],
  ["more results than the counters say", run(PASS + PASS, "Completed", '<Counters total="1"/>'), "complete", [], 1],
  [
    "a host that crashed behind a failure",
    run(
      FAIL,
      "Failed",
      '<RunInfos><RunInfo outcome="Error"><Text>The active test run was aborted.</Text></RunInfo></RunInfos>',
    ),
    "partial",
    ["run-aborted"],
    0,
  ],
] as const)("a run with %s", (_, content, status, reasons, inconsistencies) => {
  it(`is ${status}`, () => {
    const document = tests(content);
    expect([document.status, document.quality.inconsistencies.length]).toEqual([status, inconsistencies]);
    expect(document.statusReasons.map(({ code }) => code)).toEqual(reasons);
  });
});

describe("a data-driven test", () => {
  const rows = `<UnitTestResult testName="d" outcome="Failed"><InnerResults>${PASS}${FAIL}</InnerResults></UnitTestResult>`;

  it.each([2, 3])("is counted by its rows, also where the counters say %i", (total) => {
    const document = tests(run(rows, "Failed", `<Counters total="${total}" failed="1"/>`));
    expect([document.summary.total, document.summary.failed, document.quality.inconsistencies]).toEqual([2, 1, []]);
  });
});

describe("durations", () => {
  it.each([
    ["00:00:01.5000000", 1500],
    ["1.00:00:00", 86_400_000],
    ["soon", undefined],
  ])("%s is %s ms", (duration, expected) => {
    const content = run(`<UnitTestResult outcome="Passed" duration="${duration}"/>`);
    expect(tests(content).body.cases[0]?.durationMs).toBe(expected);
  });
});

describe.each([
  ["the name space of 2006", run(PASS).replace("/2010", "/2006"), "unsupported-version at line 1"],
  ["no end", run(PASS).slice(0, -3), /^malformed at line 1/],
  ["another root", "<TestRunner/>", undefined],
] as const)("a file with %s", (_, content, refusal) => {
  it("is refused", () => {
    if (refusal === undefined) expect(() => readAs("tests", content, "run.trx")).toThrow("cannot tell");
    else expect(refusalOf(content, "run.trx")).toMatch(refusal);
  });
});

describe("detection", () => {
  it("takes a TestRun without a name space", () => {
    expect(tests(run(PASS).replace(/ xmlns="[^"]*"/, "")).source.format).toBe("trx");
  });

  it("leaves a TestRun of someone else alone", () => {
    expect(() => readAs("tests", '<TestRun xmlns="urn:x"/>', "x.xml")).toThrow("cannot tell");
  });
});
