import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ingestBytes } from "../../src/ingest/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const CONFIG = { rootDir: "/srv/shop/e2e", forbidOnly: false, fullyParallel: false, globalSetup: null };

interface Attempts {
  readonly expected?: string;
  readonly outcome: string;
  readonly statuses: readonly string[];
}

function test({ expected = "passed", outcome, statuses }: Attempts) {
  const results = statuses.map((status, retry) => ({ status, retry, duration: 5 }));
  return { expectedStatus: expected, projectName: "", status: outcome, results };
}

/** A report of as many tests, with the totals that Playwright would write unless there are others. */
function report(all: readonly Attempts[], more: object = {}) {
  const stats: Record<string, number> = { expected: 0, skipped: 0, unexpected: 0, flaky: 0 };
  for (const { outcome } of all) stats[outcome] = (stats[outcome] ?? 0) + 1;
  const specs = all.map((one, index) => ({ title: `t${index}`, file: "a.spec.js", tests: [test(one)] }));
  return JSON.stringify({ config: CONFIG, suites: [{ title: "a", specs }], errors: [], stats, ...more });
}

function tests(content: string) {
  return readAs("tests", content, "results.json");
}

const PASS = { outcome: "expected", statuses: ["passed"] };
const FAIL = { outcome: "unexpected", statuses: ["failed"] };

describe("the fixture", () => {
  const document = readAs("tests", fixture("playwright.json"), "playwright.json", "e2e-tests");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "complete",
      producedAt: "2026-03-01T10:00:02.699Z",
      source: { tools: [{ name: "Playwright", version: "1.65.1" }] },
      quality: { warnings: [], inconsistencies: [] },
      summary: {
        suite: "e2e",
        suites: 1,
        total: 5,
        passed: 2,
        failed: 1,
        errored: 0,
        skipped: 2,
        flaky: 1,
        retried: 2,
        expectedFailures: 1,
        unexpectedPasses: 0,
        notRun: 0,
        durationMs: 45,
      },
    });
  });

  it("tells the cases with their projects, attempts and messages without colours", () => {
    const { cases } = document.body;
    expect(cases.map(({ id, status, outcomes }) => [id, status, outcomes])).toEqual([
      ["[api] order.spec.js > later", "skipped", undefined],
      ["[api] order.spec.js > known", "skipped", ["skipped"]],
      ["[api] order.spec.js > orders > stores ünits", "passed", ["passed"]],
      ["[api] order.spec.js > orders > refuses", "failed", ["failed", "failed"]],
      ["[api] order.spec.js > orders > settles", "passed", ["failed", "passed"]],
    ]);
    expect(cases[3]?.message).toMatch(/^Error: expect\(received\)\.toBe\(expected\)[^\u001b]*Received: 1$/);
  });

  it("has the files as they lie in the checkout", () => {
    const { body } = ingestBytes(fixture("playwright.json"), "playwright.json", undefined, {
      limits: DEFAULT_LIMITS,
      root: "/srv/shop",
    });
    expect(body).toMatchObject({ cases: [{ file: "e2e/order.spec.js" }, {}, {}, {}, {}] });
  });
});

describe.each([
  ["passed", PASS, "passed", undefined, 1, false],
  ["failed", FAIL, "failed", undefined, 1, false],
  ["timed out", { outcome: "unexpected", statuses: ["timedOut", "timedOut"] }, "failed", undefined, 2, false],
  ["was flaky", { outcome: "flaky", statuses: ["timedOut", "passed"] }, "passed", undefined, 2, true],
  ["was interrupted", { outcome: "skipped", statuses: ["interrupted"] }, "errored", undefined, 1, false],
  [
    "failed, and was interrupted",
    { outcome: "unexpected", statuses: ["failed", "interrupted"] },
    "errored",
    undefined,
    2,
    false,
  ],
  ["was skipped", { expected: "skipped", outcome: "skipped", statuses: ["skipped"] }, "skipped", undefined, 1, false],
  ["did not run behind a failure", { outcome: "skipped", statuses: ["skipped"] }, "skipped", "not-run", 1, false],
  ["was never started", { outcome: "skipped", statuses: [] }, "skipped", "not-run", 1, false],
  [
    "ran at the second attempt only",
    { outcome: "expected", statuses: ["skipped", "passed"] },
    "passed",
    undefined,
    1,
    false,
  ],
  [
    "failed as expected",
    { expected: "failed", outcome: "expected", statuses: ["failed"] },
    "skipped",
    "expected-failure",
    1,
    false,
  ],
  [
    "passed though it was expected to fail",
    { expected: "failed", outcome: "unexpected", statuses: ["passed", "passed"] },
    "failed",
    "unexpected-pass",
    2,
    false,
  ],
  [
    "timed out though it was expected to fail",
    { expected: "failed", outcome: "unexpected", statuses: ["timedOut"] },
    "failed",
    undefined,
    1,
    false,
  ],
  ["passed, and then failed", { outcome: "flaky", statuses: ["passed", "failed"] }, "failed", undefined, 2, false],
  ["passed, to Playwright's surprise", { outcome: "unexpected", statuses: ["passed"] }, "failed", undefined, 1, false],
  ["ended in a way of the future", { outcome: "expected", statuses: ["exploded"] }, "errored", undefined, 1, false],
] as const)("a test that %s", (_, raw, status, note, attempts, flaky) => {
  it(`is ${status}`, () => {
    expect(tests(report([raw])).body.cases[0]).toMatchObject({ status, attempts, flaky });
    expect(tests(report([raw])).body.cases[0]?.note).toBe(note);
  });
});

/** As `test.fixme` marks it. */
function noteOf(raw: Attempts) {
  const marked = { ...test(raw), annotations: [{ type: "slow" }, { type: "fixme", description: "flaky" }] };
  const suites = [{ title: "a", specs: [{ title: "t", file: "a.spec.js", tests: [marked] }] }];
  const { summary, body } = tests(JSON.stringify({ config: CONFIG, suites, errors: [] }));
  return [body.cases[0]?.status, body.cases[0]?.note, summary.todo];
}

describe("a test to be fixed", () => {
  it("is a todo where it was skipped", () => {
    expect(noteOf({ expected: "skipped", outcome: "skipped", statuses: ["skipped"] })).toEqual(["skipped", "todo", 1]);
  });

  it("is a todo where the test says so while it runs", () => {
    const results = [{ status: "skipped", retry: 0, annotations: [{ type: "fixme" }] }];
    const raw = { expectedStatus: "skipped", projectName: "", status: "skipped", annotations: [], results };
    const suites = [{ title: "a", specs: [{ title: "t", file: "a.spec.js", tests: [raw] }] }];
    expect(tests(JSON.stringify({ config: CONFIG, suites, errors: [] })).body.cases[0]?.note).toBe("todo");
  });

  it("is none where it failed or was not run", () => {
    expect(noteOf(FAIL)).toEqual(["failed", undefined, 0]);
    expect(noteOf({ expected: "skipped", outcome: "skipped", statuses: [] })).toEqual(["skipped", "not-run", 0]);
  });
});

const STATS = { expected: 1, skipped: 0, unexpected: 0, flaky: 0 };

describe.each([
  ["passes", report([PASS]), "complete", [], []],
  ["a failure", report([PASS, FAIL]), "complete", [], []],
  ["no totals", report([PASS], { stats: undefined }), "unknown", [], []],
  ["no tests", report([]), "empty", ["no-tests"], []],
  ["errors alone", report([], { errors: [{ message: "SyntaxError" }] }), "failed", ["run-error"], []],
  ["an error beside the tests", report([PASS], { errors: [{ value: "x" }] }), "partial", ["run-error"], []],
  ["an error of another shape", report([PASS], { errors: [null] }), "partial", ["run-error"], []],
  [
    "an interrupted test",
    report([PASS, { outcome: "skipped", statuses: ["interrupted"] }]),
    "partial",
    ["interrupted"],
    [],
  ],
  [
    "a test that was never started",
    report([PASS, { outcome: "skipped", statuses: [] }]),
    "partial",
    ["tests-not-started"],
    [],
  ],
  [
    "a test in the totals alone",
    report([PASS], { stats: { ...STATS, expected: 2 } }),
    "partial",
    ["cases-missing"],
    ["tests-differ"],
  ],
  [
    "a failure in the totals alone",
    report([PASS], { stats: { ...STATS, expected: 0, unexpected: 1 } }),
    "partial",
    ["cases-missing"],
    ["failures-differ"],
  ],
  [
    "a flaky test in the totals alone",
    report([PASS], { stats: { ...STATS, expected: 0, flaky: 1 } }),
    "partial",
    ["cases-missing"],
    ["flaky-tests-differ"],
  ],
  ["more tests than the totals say", report([PASS, PASS], { stats: STATS }), "complete", [], ["tests-differ"]],
  ["only totals", report([], { stats: STATS }), "partial", ["cases-missing"], ["tests-differ"]],
] as const)("a report with %s", (_, content, status, reasons, inconsistencies) => {
  it(`is ${status}`, () => {
    const document = tests(content);
    expect(document.status).toBe(status);
    expect(document.statusReasons.map(({ code }) => code)).toEqual(reasons);
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(inconsistencies);
  });
});

describe.each([
  ["suites that are no array", { suites: {} }, "malformed at /suites"],
  ["errors that are no array", { errors: {} }, "malformed at /errors"],
  ["a suite without specs", { suites: [{ title: "a" }] }, "malformed at /suites/0/specs"],
  ["a suite that is none", { suites: [1] }, "malformed at /suites/0"],
  ["inner suites that are no array", { suites: [{ specs: [], suites: 1 }] }, "malformed at /suites/0/suites"],
  ["a spec without tests", { suites: [{ specs: [{}] }] }, "malformed at /suites/0/specs/0/tests"],
  [
    "a test without results",
    { suites: [{ specs: [{ tests: [{ status: "expected" }] }] }] },
    "malformed at /suites/0/specs/0/tests/0/results",
  ],
  [
    "a test without a status",
    { suites: [{ specs: [{ tests: [{ results: [] }] }] }] },
    "malformed at /suites/0/specs/0/tests/0/status",
  ],
  [
    "a result without a status",
    { suites: [{ specs: [{ tests: [{ status: "expected", results: [{}] }] }] }] },
    "malformed at /suites/0/specs/0/tests/0/results/0/status",
  ],
  ["no suites", { suites: undefined }, "not-this-format"],
] as const)("a report with %s", (_, more, refusal) => {
  it("is refused", () => expect(refusalOf(report([PASS], more), "results.json")).toBe(refusal));
});

const CORPUS = fileURLToPath(new URL("../../../shared/corpus/evidence/tests/gen__playwright", import.meta.url));

function corpus(end: string) {
  return readAs("tests", readFileSync(`${CORPUS}${end}`), `playwright${end}`).body.cases;
}

it.skipIf(!existsSync(`${CORPUS}.json`))(
  "has the cases of the JUnit report of the same run, as far as that can tell",
  () => {
    // It goes project by project, has a timeout for an error, and a failure that was expected for a pass.
    const told = Map.groupBy(corpus(".json"), ({ suite }) => suite);
    expect([...told.keys()]).toEqual(["[p1] a.spec.js", "[p2] a.spec.js"]);
    const expected = [...told.values()]
      .flat()
      .map(({ name, status, note, message, durationMs }) => [
        name,
        note === "expected-failure" ? "passed" : message?.startsWith("Test timeout") ? "errored" : status,
        durationMs,
      ]);
    expect(corpus("-junit.xml").map(({ name, status, durationMs }) => [name, status, durationMs])).toEqual(expected);
  },
);
