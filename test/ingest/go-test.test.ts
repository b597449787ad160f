import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

/** Events of one package, of which those of a test name it. */
function events(...list: readonly object[]): string {
  return list.map((event) => `${JSON.stringify({ Package: "p", ...event })}\n`).join("");
}

function tests(content: string) {
  return readAs("tests", content, "go.ndjson");
}

const PASS = [
  { Action: "run", Test: "TestA" },
  { Action: "pass", Test: "TestA", Elapsed: 0.25 },
];
const FAIL = [
  { Action: "run", Test: "TestB" },
  { Action: "output", Test: "TestB", Output: "=== RUN   TestB\n" },
  { Action: "output", Test: "TestB", Output: "    b_test.go:4: expected 2\n" },
  { Action: "fail", Test: "TestB" },
];

describe("the fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("tests", fixture("go-test.ndjson"), "go-test.ndjson", "unit-tests");
    expect(document).toMatchObject({
      status: "complete",
      statusReasons: [],
      quality: { warnings: [], inconsistencies: [] },
      source: { tools: [{ name: "go test" }] },
      summary: { suites: 1, total: 6, passed: 2, failed: 3, errored: 0, skipped: 1, flaky: 0 },
    });
    expect(document.producedAt).toMatch(/^2026-11-21T03:51:/);
    expect(document.body.cases.map(({ id, status, message }) => [id, status, message])).toEqual([
      ["example.org/calc > TestAdd", "passed", undefined],
      ["example.org/calc > TestFail", "failed", "calc_test.go:4: expected 2"],
      ["example.org/calc > TestSkip", "skipped", "calc_test.go:5: not now"],
      ["example.org/calc > TestGroup/one", "passed", undefined],
      ["example.org/calc > TestGroup/two_words", "failed", "calc_test.go:6: bad"],
      ["example.org/calc > TestGroup", "failed", undefined],
    ]);
  });
});

describe.each([
  ["a pass", events(...PASS, { Action: "pass" }), "complete", []],
  ["a failure", events(...PASS, ...FAIL, { Action: "fail" }), "complete", []],
  ["no test files", events({ Action: "start" }, { Action: "skip" }), "empty", ["no-tests"]],
  ["no tests", events({ Action: "start" }, { Action: "pass" }), "empty", ["no-tests"]],
  ["a package that failed without a test", events(...PASS, { Action: "fail" }), "partial", ["package-failed"]],
  ["nothing but a package that failed", events({ Action: "fail" }), "failed", ["package-failed"]],
  [
    "a build that failed",
    `{"ImportPath":"p [p.test]","Action":"build-fail"}\n${events({ Action: "fail", FailedBuild: "p [p.test]" })}`,
    "failed",
    ["build-failed"],
  ],
  [
    "a build that failed before Go 1.24",
    events({ Action: "output", Output: "FAIL\tp [build failed]\n" }, { Action: "fail" }),
    "failed",
    ["build-failed"],
  ],
  ["a build that failed and nothing else", '{"ImportPath":"p","Action":"build-fail"}\n', "failed", ["build-failed"]],
  [
    "a build that failed beside a package that passed",
    `${events(...PASS, { Action: "pass" })}{"ImportPath":"q","Action":"build-fail"}\n`,
    "partial",
    ["build-failed"],
  ],
  [
    "a panic",
    events(...FAIL.slice(0, 3), { Action: "output", Test: "TestB", Output: "panic: boom\n" }, FAIL[3] ?? {}, {
      Action: "fail",
    }),
    "partial",
    ["panicked"],
  ],
  [
    "a test that did not end",
    events(...PASS, { Action: "run", Test: "TestC" }, { Action: "fail" }),
    "partial",
    ["tests-unfinished"],
  ],
] as const)("a stream with %s", (_, content, status, reasons) => {
  it(`is ${status}`, () => {
    const document = tests(content);
    expect([document.status, document.statusReasons.map(({ code }) => code)]).toEqual([status, reasons]);
  });
});

describe("a test", () => {
  it("that was started and did not end is an error, whatever its package says", () => {
    const document = tests(events({ Action: "run", Test: "TestC" }, { Action: "pass" }));
    expect(document.body.cases[0]).toMatchObject({ status: "errored", message: "it was started and did not end" });
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(["failures-differ"]);
  });

  it("that is run several times is counted each time", () => {
    const { body } = tests(events(...PASS, ...PASS, { Action: "pass" }));
    expect(body.cases.map(({ id, durationMs }) => [id, durationMs])).toEqual([
      ["p > TestA", 250],
      ["p > TestA #2", 250],
    ]);
  });
});

describe("a package that could not be built", () => {
  it("is an error beside the tests", () => {
    const { summary, body } = tests(events({ Action: "fail", FailedBuild: "p [p.test]" }));
    expect(summary).toMatchObject({ suites: 1, total: 1, errored: 1, loadErrors: 1 });
    expect(body.cases[0]).toMatchObject({ id: "p > (load)", note: "load-error" });
  });
});

describe("a line", () => {
  it("that is no event is passed over with a warning", () => {
    const document = tests(`go: downloading example.org/x v1.0.0\n${events(...PASS, { Action: "pass" })}`);
    expect([document.summary.total, document.quality.warnings]).toMatchObject([1, [{ place: "line 1" }]]);
  });

  it("with an action that nobody knows is passed over", () => {
    expect(tests(events({ Action: "attr", Test: "TestA" }, ...PASS, { Action: "pass" })).summary.total).toBe(1);
  });
});

describe.each([
  ["a package that does not end", events(...PASS), "malformed"],
  ["half a line", `${events(...PASS)}{"Action":"pa`, "malformed at line 3"],
  ["an event without an action", events(...PASS, {}), "malformed at line 3"],
])("a stream with %s", (_, content, refusal) => {
  it("is refused", () => expect(refusalOf(content, "go.ndjson")).toBe(refusal));
});
