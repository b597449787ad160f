import { describe, expect, it } from "vitest";
import { fixture, read, readAs, refusalOf } from "./support.ts";

interface File {
  readonly name?: string;
  readonly status?: string;
  readonly message?: string;
  readonly assertionResults?: unknown;
}

const PASS = { ancestorTitles: ["a"], title: "passes", status: "passed" };
const FAIL = { ancestorTitles: [], title: "fails", status: "failed", failureMessages: ["no"] };

/** A report of test files, with the totals that a tool would write unless they are given. */
function report(files: readonly File[], totals: object = {}): string {
  const testResults = files.map((file) => ({ name: "a.test.ts", status: "passed", assertionResults: [], ...file }));
  return JSON.stringify({ numTotalTestSuites: files.length, success: true, testResults, ...totals });
}

function tests(content: string) {
  return readAs("tests", content, "report.json");
}

describe("the fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("tests", fixture("vitest.json"), "vitest.json", "integration-tests");
    expect(document).toMatchObject({
      status: "unknown",
      quality: { warnings: [], inconsistencies: [] },
      source: { format: "jest-json", tools: [] },
    });
    expect(document.producedAt).toMatch(/^2026-11-21T/);
    expect(document.summary).toMatchObject({
      suite: "integration",
      suites: 1,
      total: 6,
      passed: 3,
      failed: 1,
      errored: 0,
      skipped: 2,
      flaky: 1,
      todo: 1,
    });
    expect(document.body.cases.slice(0, 2)).toMatchObject([
      { name: "calc > adds ünits", status: "passed", attempts: 1, flaky: false },
      { name: "calc > fails", status: "failed", message: expect.stringContaining("expected 1 to be 2") },
    ]);
    expect(document.body.cases[4]).toMatchObject({ name: "calc > flaky", attempts: 2, flaky: true });
  });
});

describe.each([
  ["no tests", report([]), "empty", [], 0],
  ["files without tests", report([{}]), "empty", ["no-tests"], 0],
  ["tests of vitest", report([{ assertionResults: [PASS] }]), "unknown", [], 0],
  ["a failure", report([{ status: "failed", assertionResults: [FAIL] }], { success: false }), "unknown", [], 0],
  ["a run that jest finished", report([{ assertionResults: [PASS] }], { wasInterrupted: false }), "complete", [], 0],
  [
    "a run that was interrupted",
    report([{ assertionResults: [PASS] }], { wasInterrupted: true }),
    "partial",
    ["interrupted"],
    0,
  ],
  [
    "a file that did not load and no tests",
    report([{ status: "failed", message: "cannot load" }], { numTotalTests: 0, success: false }),
    "failed",
    ["suite-failed"],
    0,
  ],
  [
    "a file that did not load beside one that passed",
    report([{ assertionResults: [PASS] }, { status: "failed" }], { success: false, numRuntimeErrorTestSuites: 1 }),
    "partial",
    ["suite-failed"],
    0,
  ],
  [
    "a hook that failed behind tests that passed",
    report([{ status: "failed", assertionResults: [PASS] }]),
    "partial",
    ["suite-failed"],
    0,
  ],
  [
    "a failed file in the totals alone",
    report([{ assertionResults: [PASS] }], { numRuntimeErrorTestSuites: 1, wasInterrupted: false }),
    "partial",
    ["suite-failed"],
    0,
  ],
  [
    "a failed file in the totals beside one with a failure",
    report([{ status: "failed", assertionResults: [FAIL] }], { numRuntimeErrorTestSuites: 1 }),
    "partial",
    ["suite-failed"],
    0,
  ],
  [
    "fewer tests than it declares",
    report([{ assertionResults: [PASS] }], { numTotalTests: 2 }),
    "partial",
    ["cases-missing"],
    1,
  ],
  ["no tests but a total", report([], { numTotalTests: 2 }), "partial", ["cases-missing"], 1],
  ["more tests than it declares", report([{ assertionResults: [PASS] }], { numTotalTests: 0 }), "unknown", [], 1],
  [
    "a failure in the totals alone",
    report([{ assertionResults: [PASS] }], { numFailedTests: 1 }),
    "partial",
    ["cases-missing"],
    1,
  ],
  [
    "fewer files than jest declares",
    report([{ assertionResults: [PASS] }], { numTotalTestSuites: 2, wasInterrupted: false }),
    "partial",
    ["cases-missing"],
    1,
  ],
  [
    "no failure but a run that failed",
    report([{ assertionResults: [PASS] }], { success: false }),
    "failed",
    ["run-failed"],
    0,
  ],
] as const)("a report with %s", (_, content, status, reasons, inconsistencies) => {
  it(`is ${status}`, () => {
    const document = tests(content);
    expect([document.status, document.quality.inconsistencies.length]).toEqual([status, inconsistencies]);
    for (const reason of reasons) expect(document.statusReasons.map(({ code }) => code)).toContain(reason);
  });
});

describe.each([
  ["passed", {}, "passed", 1, false],
  ["passed", { invocations: 3 }, "passed", 3, true],
  ["passed", { failureMessages: ["once"] }, "passed", 2, true],
  ["failed", { invocations: 4 }, "failed", 4, false],
  ["pending", {}, "skipped", 1, false],
  ["skipped", {}, "skipped", 1, false],
  ["todo", {}, "skipped", 1, false],
  ["disabled", {}, "skipped", 1, false],
])("a test that is %s with %j", (status, more, expected, attempts, flaky) => {
  it(`is ${expected}`, () => {
    const [found] = tests(report([{ assertionResults: [{ title: "t", status, ...more }] }])).body.cases;
    expect([found?.status, found?.attempts, found?.flaky]).toEqual([expected, attempts, flaky]);
  });
});

describe("what a test or a file is noted for", () => {
  it("is that it is still to be done", () => {
    const { body } = tests(report([{ assertionResults: [{ title: "t", status: "todo" }, PASS] }]));
    expect(body.cases.map(({ note }) => note)).toEqual(["todo", undefined]);
  });

  it("is that it did not load, which no other total has", () => {
    const content = report([{ assertionResults: [PASS] }, { name: "b.ts", status: "failed", message: "cannot load" }], {
      numTotalTests: 1,
    });
    const { summary, body, quality } = tests(content);
    expect(summary).toMatchObject({ total: 2, passed: 1, errored: 1, loadErrors: 1 });
    expect(body.cases[1]).toMatchObject({
      id: "b.ts > (load)",
      file: "b.ts",
      note: "load-error",
      message: "cannot load",
    });
    expect(quality.inconsistencies).toEqual([]);
  });

  it("are its attempts, of which jest repeats only those that failed", () => {
    const more = [
      { status: "passed", invocations: 3 },
      { status: "failed", invocations: 2 },
      { status: "passed", invocations: 1 },
      { status: "passed", invocations: 1e15 },
      { status: "passed", failureMessages: ["once"] },
    ];
    const { body } = tests(report([{ assertionResults: more.map((one) => ({ ...PASS, ...one })) }]));
    expect(body.cases.map(({ outcomes, attempts }) => [outcomes, attempts])).toEqual([
      [["failed", "failed", "passed"], 3],
      [["failed", "failed"], 2],
      [undefined, 1],
      [undefined, 1e15],
      [undefined, 2],
    ]);
  });
});

describe("cases", () => {
  it("of one name in two files are told apart by the file, and in one file by an ordinal", () => {
    const { body } = tests(
      report([{ assertionResults: [PASS, PASS] }, { name: ".\\b\\c.test.ts", assertionResults: [PASS] }]),
    );
    expect(body.cases.map(({ id }) => id)).toEqual([
      "a.test.ts > a > passes",
      "a.test.ts > a > passes #2",
      "b/c.test.ts > a > passes",
    ]);
  });

  it("have a duration where the file has one that makes sense", () => {
    const durations = [1.6, -1, null, "1", 1e300].map((duration) => ({ ...PASS, duration }));
    expect(tests(report([{ assertionResults: durations }])).body.cases.map(({ durationMs }) => durationMs)).toEqual([
      2,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe.each([
  ["results that are no array", '{"numTotalTests":1,"testResults":{}}', "malformed at /testResults"],
  ["no results", '{"numTotalTests":1}', "malformed at /testResults"],
  ["a file that is no object", '{"numTotalTests":1,"testResults":[1]}', "malformed at /testResults/0"],
  ["a file without status", report([{ status: undefined as never }]), "malformed at /testResults/0/status"],
  ["a file without tests", report([{ assertionResults: undefined }]), "malformed at /testResults/0/assertionResults"],
  [
    "a test that is no object",
    report([{ assertionResults: [PASS, null] }]),
    "malformed at /testResults/0/assertionResults/1",
  ],
  [
    "a status that nobody knows",
    report([{ assertionResults: [{ ...PASS, status: "fine" }] }]),
    "malformed at /testResults/0/assertionResults/0/status",
  ],
])("a report with %s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "report.json")).toBe(refusal));
});

describe("detection", () => {
  it.each([
    ["totals", '{"numTotalTests":0,"testResults":[]}'],
    ["its results alone", '{"testResults":[{"name":"a","status":"passed","assertionResults":[]}]}'],
  ])("goes by %s", (_, content) => expect(read(content, "x").source.format).toBe("jest-json"));
});
