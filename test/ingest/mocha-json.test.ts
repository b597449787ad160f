import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

interface Test {
  readonly title: string;
  readonly fullTitle: string;
  readonly duration?: number;
  readonly currentRetry?: number;
  readonly err?: object;
}

const PASS: Test = { title: "a", fullTitle: "s a", duration: 1, currentRetry: 0, err: {} };
const FAIL: Test = { ...PASS, title: "b", fullTitle: "s b", err: { message: "no" } };
const LATER: Test = { title: "c", fullTitle: "s c", currentRetry: 0, err: {} };
const HOOK: Test = { ...PASS, title: '"before all" hook', fullTitle: 's "before all" hook', err: { message: "no" } };

/** A report of tests by their lists, with the totals that mocha would write unless they are given. */
function report(passes: readonly Test[], failures: readonly Test[] = [], pending: readonly Test[] = [], more = {}) {
  const all = [...passes, ...failures.filter((test) => test !== HOOK), ...pending];
  const counts = { suites: 1, tests: all.length, passes: passes.length, failures: failures.length };
  const stats = { ...counts, pending: pending.length, end: "2026-01-01T00:00:00.000Z" };
  return JSON.stringify({ stats: { ...stats, ...more }, tests: all, pending, failures, passes });
}

function tests(content: string) {
  return readAs("tests", content, "mocha.json");
}

describe("the fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("tests", fixture("mocha.json"), "mocha.json", "integration-tests");
    expect(document).toMatchObject({
      status: "partial",
      producedAt: "2026-11-21T06:59:55.657Z",
      source: { format: "mocha-json" },
      quality: { warnings: [], inconsistencies: [] },
      summary: { suites: 2, total: 8, passed: 3, failed: 2, errored: 1, skipped: 2, flaky: 1, retried: 2 },
    });
    expect(document.statusReasons.map(({ code }) => code)).toEqual(["hook-failed"]);
    expect(document.body.cases.map(({ id, status, outcomes }) => [id, status, outcomes])).toEqual([
      ["shop > stores ünits", "passed", undefined],
      ["shop > refuses <none>", "failed", ["failed", "failed"]],
      ["shop > later", "skipped", undefined],
      ["shop > waits", "skipped", undefined],
      ["shop > flaky", "passed", ["failed", "passed"]],
      ["shop > twice", "passed", undefined],
      ["shop > twice #2", "failed", undefined],
      ['shop hooked > "before all" hook for "never"', "errored", undefined],
    ]);
  });
});

describe.each([
  ["a pass", report([PASS]), "complete", [], 0],
  ["a failure", report([PASS], [FAIL], [LATER]), "complete", [], 0],
  ["no end", report([PASS], [], [], { end: undefined }), "unknown", [], 0],
  ["no tests", report([]), "empty", ["no-tests"], 0],
  ["a hook that failed", report([PASS], [HOOK]), "partial", ["hook-failed"], 0],
  ["a hook that failed and no tests", report([], [HOOK]), "partial", ["hook-failed"], 0],
  ["fewer tests than it declares", report([PASS], [], [], { tests: 2 }), "partial", ["cases-missing"], 1],
  ["a failure in the stats alone", report([PASS], [], [], { failures: 1 }), "partial", ["cases-missing"], 1],
  ["tests that were not run", report([{ ...LATER, title: "d" }]), "empty", ["no-tests"], 0],
] as const)("a report with %s", (_, content, status, reasons, inconsistencies) => {
  it(`is ${status}`, () => {
    const document = tests(content);
    expect([document.status, document.quality.inconsistencies.length]).toEqual([status, inconsistencies]);
    expect(document.statusReasons.map(({ code }) => code)).toEqual(reasons);
  });
});

describe("a test", () => {
  it("of a dry run, which mocha calls passed, was not run", () => {
    const { summary } = tests(report([PASS, { ...LATER, title: "d", fullTitle: "s d" }]));
    expect(summary).toMatchObject({ total: 2, passed: 1, skipped: 1, notRun: 1 });
  });

  it("that is in none of the lists is an error", () => {
    const content = JSON.parse(report([PASS, { ...PASS, fullTitle: "s x" }]));
    content.passes.pop();
    expect(tests(JSON.stringify(content)).summary).toMatchObject({ passed: 1, errored: 1 });
  });

  it("that passed and failed as well, as one that calls done twice, has failed", () => {
    const { summary } = tests(report([FAIL], [FAIL]));
    expect(summary.failed).toBeGreaterThan(0);
  });

  it("of one name that failed is told from one that passed", () => {
    const { body } = tests(report([PASS], [{ ...PASS, err: { message: "no" } }]));
    expect(body.cases.map(({ status }) => status)).toEqual(["passed", "failed"]);
  });

  it("has no outcomes where it was run more often than can be kept", () => {
    const [found] = tests(report([{ ...PASS, currentRetry: 1e12 }])).body.cases;
    expect([found?.attempts, found?.outcomes, found?.flaky]).toEqual([1e12 + 1, undefined, true]);
  });
});

const EMPTY = {
  stats: { suites: 0, tests: 0, passes: 0, pending: 0, failures: 0 },
  tests: [],
  pending: [],
  failures: [],
};

describe.each([
  ["no list of passes", EMPTY, "malformed at /passes"],
  ["a test without title", { ...EMPTY, passes: [{}] }, "malformed at /passes/0"],
  ["no tests", { stats: EMPTY.stats }, "not-this-format"],
])("a report with %s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(JSON.stringify(content), "mocha.json")).toBe(refusal));
});

it("leaves a report of mochawesome alone", () => {
  const stats = { ...EMPTY.stats, passPercent: 100 };
  expect(() => tests(JSON.stringify({ stats, results: [] }))).toThrow("cannot tell");
});
