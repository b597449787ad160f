import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const PASS = { name: "a", status: "passed", duration: 1 };
const FAIL = { name: "b", status: "failed", duration: 1 };

/** A report of tests, without totals unless they are given. */
function report(list: readonly unknown[], summary: object = {}, more: object = {}): string {
  const results = { tool: { name: "runner" }, summary, tests: list };
  return JSON.stringify({ reportFormat: "CTRF", specVersion: "1.0.0", results, ...more });
}

function tests(content: string) {
  return readAs("tests", content, "report.json");
}

describe("the fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("tests", fixture("ctrf.json"), "ctrf.json", "unit-tests");
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-11-21T06:55:52.885Z",
      source: { format: "ctrf", formatVersion: "0.0.0", tools: [{ name: "jest" }] },
      quality: { warnings: [], inconsistencies: [] },
      summary: { suites: 1, total: 6, passed: 3, failed: 1, errored: 0, skipped: 2, flaky: 1, retried: 2, todo: 1 },
    });
    expect(document.body.cases.slice(3, 5)).toMatchObject([
      { id: "shop.test.js > shop > shop later", file: "/app/shop.test.js", status: "skipped", note: "todo" },
      { id: "shop.test.js > shop > shop flaky", status: "passed", attempts: 2, flaky: true, durationMs: 1 },
    ]);
    expect(document.body.cases[1]?.message).toContain("expect(received)");
  });
});

describe.each([
  ["passed", {}, "passed", undefined],
  ["failed", {}, "failed", undefined],
  ["skipped", {}, "skipped", undefined],
  ["pending", {}, "skipped", undefined],
  ["other", {}, "errored", undefined],
  ["other", { rawStatus: "todo" }, "skipped", "todo"],
  ["failed", { rawStatus: "todo" }, "failed", undefined],
])("a test that is %s with %j", (status, more, expected, note) => {
  it(`is ${expected}`, () => {
    const [found] = tests(report([{ ...PASS, status, ...more }])).body.cases;
    expect([found?.status, found?.note]).toEqual([expected, note]);
  });
});

const [F, P] = [{ status: "failed" }, { status: "passed" }];

describe.each([
  ["attempts with the last one", { retries: 2, retryAttempts: [F, F, P] }, ["failed", "failed", "passed"], 3, true],
  ["attempts without the last one", { retries: 2, retryAttempts: [F, F] }, ["failed", "failed", "passed"], 3, true],
  ["a number of retries alone", { retries: 2 }, undefined, 3, true],
  ["attempts alone", { retryAttempts: [F, P] }, undefined, 2, true],
  ["the word that it is flaky", { flaky: true }, undefined, 1, true],
  ["no retries", { retries: 0, flaky: false, retryAttempts: [] }, undefined, 1, false],
  ["more attempts than can be counted", { retries: Number.MAX_SAFE_INTEGER }, undefined, 9007199254740991, true],
])("a test that passed, with %s", (_, more, outcomes, attempts, flaky) => {
  it(`has ${attempts} attempts`, () => {
    const [found] = tests(report([{ ...PASS, ...more }])).body.cases;
    expect([found?.outcomes, found?.attempts, found?.flaky]).toEqual([outcomes, attempts, flaky]);
  });
});

describe.each([
  ["tests", report([PASS, FAIL], { tests: 2, failed: 1 }), "unknown", 0],
  ["no tests", report([], { tests: 0 }), "empty", 0],
  ["fewer tests than it declares", report([PASS], { tests: 2 }), "partial", 1],
  ["more tests than it declares", report([PASS, PASS], { tests: 1 }), "unknown", 1],
  ["a failure in the summary alone", report([PASS], { tests: 1, failed: 1 }), "partial", 1],
  ["no tests but a total", report([], { tests: 3 }), "partial", 1],
] as const)("a report with %s", (_, content, status, inconsistencies) => {
  it(`is ${status}`, () => {
    const document = tests(content);
    expect([document.status, document.quality.inconsistencies.length]).toEqual([status, inconsistencies]);
  });
});

function subjectOf(environment: unknown) {
  const results = { tool: { name: "runner" }, summary: {}, tests: [PASS], environment };
  return tests(JSON.stringify({ reportFormat: "CTRF", results })).subject;
}

describe("the environment", () => {
  it.each([
    [
      { commit: "A".repeat(40), branchName: "main" },
      { commit: "a".repeat(40), ref: "main" },
    ],
    [{ commit: "abc1234", branchName: "" }, {}],
    [{ commit: 7, branchName: 7 }, {}],
    [null, {}],
    [undefined, {}],
  ])("%j is about %j", (environment, expected) => expect(subjectOf(environment)).toEqual(expected));
});

it("takes the suite as a list or as a text, else the file", () => {
  const suites = [{ suite: ["a", "b"] }, { suite: "c" }, { filePath: "./d.ts" }, {}];
  const { body } = tests(report(suites.map((one) => ({ ...PASS, ...one }))));
  expect(body.cases.map(({ suite }) => suite)).toEqual(["a > b", "c", "./d.ts", "(no suite)"]);
});

describe.each([
  ["a version of the future", report([PASS], {}, { specVersion: "2.0.0" }), "unsupported-version at /specVersion"],
  ["no list of tests", report([]).replace("[]", "{}"), "malformed at /results/tests"],
  ["a test that is no object", report([PASS, null]), "malformed at /results/tests/1"],
  ["a status that nobody knows", report([{ ...PASS, status: "fine" }]), "malformed at /results/tests/0/status"],
  ["no status", report([{ name: "a" }]), "malformed at /results/tests/0/status"],
  [
    "an attempt that nobody knows",
    report([{ ...PASS, retryAttempts: [P, { status: "fine" }] }]),
    "malformed at /results/tests/0/retryAttempts/1/status",
  ],
  ["no results", '{"reportFormat":"CTRF"}', "not-this-format at /results"],
])("a report with %s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "report.json")).toBe(refusal));
});

it("is known without its reportFormat, as before version 1", () => {
  expect(tests(report([PASS], {}, { reportFormat: undefined })).source.format).toBe("ctrf");
});
