import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const NODE_TEST = readFileSync(new URL("../fixtures/ingest/same-run/node-test.tap", import.meta.url), "utf8");

function tests(content: string) {
  return readAs("tests", content, "run.tap");
}

/** A stream of version 14 of these lines. */
function stream(...lines: readonly string[]): string {
  return ["TAP version 14", ...lines, ""].join("\n");
}

describe("the fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("tests", fixture("run.tap"), "run.tap", "unit-tests");
    expect(document).toMatchObject({
      status: "complete",
      statusReasons: [],
      source: { format: "tap", formatVersion: "13", tools: [] },
      quality: { warnings: [], inconsistencies: [] },
      summary: { suites: 2, total: 6, passed: 3, failed: 1, errored: 0, skipped: 2, todo: 1, flaky: 0 },
    });
    expect(document.body.cases.map(({ id, status, note, message }) => [id, status, note, message])).toEqual([
      ["test/calc.test.ts > calc > adds ünits", "passed", undefined, undefined],
      ["test/calc.test.ts > calc > fails", "failed", undefined, "expected 1 to be 2 // Object.is equality"],
      ["test/calc.test.ts > calc > skips", "skipped", undefined, undefined],
      ["test/calc.test.ts > calc > later", "skipped", "todo", undefined],
      ["test/calc.test.ts > calc > flaky", "passed", undefined, undefined],
      ["test/calc.test.ts > calc > inner > works", "passed", undefined, undefined],
    ]);
    expect(document.body.cases[0]?.durationMs).toBe(2);
  });
});

describe("a stream of node:test", () => {
  it("has its subtests for tests, and not what is said of them", () => {
    const { status, summary, body } = tests(NODE_TEST);
    expect([status, summary]).toMatchObject(["complete", { total: 6, passed: 2, failed: 2, skipped: 2, todo: 1 }]);
    expect(body.cases.map(({ suite, name, message }) => [suite, name, message])).toEqual([
      ["(no suite)", "stores ünits", undefined],
      ["(no suite)", "refuses # none", "1 == 2"],
      ["(no suite)", "waits", "not now"],
      ["(no suite)", "later", "not yet"],
      ["orders", "one", undefined],
      ["orders", "two", "bad"],
    ]);
  });

  it("that is cut before its plan is never complete", () => {
    const end = NODE_TEST.indexOf("\n1..5") + 5;
    const outcomes = Array.from({ length: end }, (_, length) => {
      try {
        return readAs("tests", NODE_TEST.slice(0, length), "run.tap").status;
      } catch {
        return "refused";
      }
    });
    expect(new Set(outcomes)).toEqual(new Set(["refused", "partial"]));
  });
});

describe.each([
  ["ok 1 - a", "passed", undefined, "a"],
  ["ok", "passed", undefined, "(no name)"],
  ["ok - a", "passed", undefined, "a"],
  ["ok a", "passed", undefined, "a"],
  ["not ok 1 - a", "failed", undefined, "a"],
  ["not ok", "failed", undefined, "(no name)"],
  ["ok 1 - a # SKIP no need", "skipped", undefined, "a"],
  ["ok 1 - a # skipped: no need", "skipped", undefined, "a"],
  ["not ok 1 - a # SKIP no need", "failed", undefined, "a"],
  ["not ok 1 - a # TODO later", "skipped", "todo", "a"],
  ["ok 1 - a # todo", "skipped", "todo", "a"],
  ["not ok 1 # TODO later", "skipped", "todo", "(no name)"],
  ["not ok 1 - calls # todoist", "failed", undefined, "calls # todoist"],
  [String.raw`not ok 1 - a \# TODO later`, "failed", undefined, "a # TODO later"],
  [String.raw`not ok 1 - a \\# TODO`, "failed", undefined, String.raw`a \# TODO`],
  ["ok 1 - opens {", "passed", undefined, "opens {"],
  ["ok 1 - a # time=1.6ms", "passed", undefined, "a"],
])("the point %j", (line, status, note, name) => {
  it(`is ${status}`, () => {
    const [found] = tests(stream(line, "1..1")).body.cases;
    expect([found?.status, found?.note, found?.name]).toEqual([status, note, name]);
  });
});

const SUBTESTS = ["    ok 1 - x", "    not ok 2 - y", "    1..2"];

describe.each([
  ["a plan first", stream("1..2", "ok 1", "ok 2"), "complete", [], 2],
  ["a plan last", stream("ok 1", "not ok 2", "1..2"), "complete", [], 2],
  ["a plan for none", stream("1..0 # SKIP no database"), "empty", ["no-tests"], 0],
  ["no plan", stream("ok 1", "ok 2"), "partial", ["plan-differs"], 2],
  ["nothing but its version", stream(), "partial", ["plan-differs"], 0],
  ["fewer tests than planned", stream("1..3", "ok 1", "ok 2"), "partial", ["plan-differs"], 2],
  ["more tests than planned", stream("1..1", "ok 1", "ok 2"), "partial", ["plan-differs"], 2],
  ["a number twice", stream("1..2", "ok 1", "ok 1"), "partial", ["plan-differs"], 2],
  ["a number outside the plan", stream("1..2", "ok 1", "ok 3"), "partial", ["plan-differs"], 2],
  ["a last line that may go on in a brace", "1..1\nok 1 - a.test.ts", "partial", ["cut-off"], 1],
  ["a bail out", stream("1..1", "ok 1", "Bail out! no database"), "failed", ["bail-out"], 1],
  ["a bail out in a subtest", stream("1..1", "    ok 1", "    Bail out!"), "failed", ["bail-out"], 1],
  ["a bail out in a block", stream("1..1", "ok 1 {", "    not ok 1", "Bail out!"), "failed", ["bail-out"], 1],
  ["subtests", stream(...SUBTESTS, "not ok 1 - s", "1..1"), "complete", [], 2],
  ["subtests without a plan", stream("    ok 1 - x", "ok 1 - s", "1..1"), "partial", ["plan-differs"], 1],
  ["too few subtests", stream("    1..2", "    ok 1 - x", "ok 1 - s", "1..1"), "partial", ["plan-differs"], 1],
  [
    "a failure in the comments alone",
    stream("ok 1", "1..1", "# tests 2", "# fail  1"),
    "partial",
    ["cases-missing"],
    1,
  ],
  ["comments that count none", stream("ok 1", "1..1", "# fail 0"), "complete", [], 1],
] as const)("a stream with %s", (_, content, status, reasons, total) => {
  it(`is ${status}`, () => {
    const document = tests(content);
    expect([document.status, document.summary.total]).toEqual([status, total]);
    expect(document.statusReasons.map(({ code }) => code)).toEqual(reasons);
  });
});

describe("a point with subtests", () => {
  it("is a test where it failed and none of them did", () => {
    const { body } = tests(stream("    ok 1 - x", "    1..1", "not ok 1 - s", "1..1"));
    expect(body.cases.map(({ id, status }) => [id, status])).toEqual([
      ["s > x", "passed"],
      ["(no suite) > s", "failed"],
    ]);
  });

  it("is a test where there are none of them", () => {
    expect(tests(stream("    1..0", "ok 1 - s", "1..1")).body.cases).toMatchObject([{ name: "s", status: "passed" }]);
  });

  it("that is still to be done makes all of them so", () => {
    const { summary } = tests(stream(...SUBTESTS, "not ok 1 - s # TODO", "1..1"));
    expect(summary).toMatchObject({ total: 2, failed: 0, skipped: 2, todo: 2 });
  });

  it("may have more of them inside", () => {
    const deep = ["        ok 1 - z", "        1..1", "    ok 1 - y", "    1..1", "ok 1 - x", "1..1"];
    expect(tests(stream(...deep)).body.cases.map(({ id }) => id)).toEqual(["x > y > z"]);
  });
});

describe("diagnostics", () => {
  it.each([
    ["a quoted message", ["  message: 'no \"such\" host'"], 'no "such" host'],
    ["an error of several lines", ["  error: |-", "    one", "", "      two", "  code: 'X'"], "one\n\ntwo"],
    ["a nested message", ["  error:", "    message: deep"], "deep"],
    ["lines that look like points", ["  stack: |-", "    not ok 2", "    ...", "  message: seen"], "seen"],
  ])("give %s", (_, block, message) => {
    const { body, status } = tests(stream("not ok 1 - a", "  ---", ...block, "  ...", "1..1"));
    expect([status, body.cases.length, body.cases[0]?.message]).toEqual(["complete", 1, message]);
  });

  it("give a duration", () => {
    const { body } = tests(stream("ok 1 - a", "  ---", "  duration_ms: 1.6", "  ...", "ok 2 # time=2s", "1..2"));
    expect(body.cases.map(({ durationMs }) => durationMs)).toEqual([2, 2000]);
  });
});

it("passes over lines that are no TAP, with a warning", () => {
  const document = tests(`> npm test\n\n${stream("hello", "  ok then", "pragma +strict", "ok 1", "1..1")}`);
  expect([document.status, document.summary.total]).toEqual(["complete", 1]);
  expect(document.quality.warnings.map(({ place }) => place)).toEqual(["line 1", "line 4", "line 5"]);
});

describe.each([
  ["version 15", "TAP version 15\n1..0\n", "unsupported-version at line 1"],
  ["two plans", stream("1..1", "ok 1", "1..1"), "malformed at line 4"],
  ["a second stream", stream("1..1", "ok 1", "TAP version 14"), "malformed at line 4"],
  ["a YAML block without end", stream("1..1", "ok 1", "  ---", "  a: 1"), "malformed at line 4"],
  ["a block without end", stream("1..1", "ok 1 {", "    1..1", "    ok 1"), "malformed at line 3"],
  ["a block that is cut at its brace", stream("1..1", "ok 1 {"), "malformed at line 3"],
  ["a line outside its block", stream("1..1", "ok 1 {", "    ok 1", "ok 2", "}"), "malformed at line 5"],
  ["subtests without their point", stream("    ok 1", "    1..1"), "malformed"],
  ["subtests in front of a plan", stream("    ok 1", "    1..1", "1..1"), "malformed at line 4"],
  ["subtests two levels deeper", stream("    ok 1", "        ok 1", "ok 1", "1..1"), "malformed at line 4"],
])("a stream with %s", (_, content, refusal) => {
  it("is refused", () => expect(refusalOf(content, "run.tap")).toBe(refusal));
});

describe("detection", () => {
  it.each(["1..1\nok 1\n", "ok 1 - a\n1..1\n", "not ok 1\n1..1\n", "Bail out! no\n"])("takes %j", (content) => {
    expect(tests(content).source.format).toBe("tap");
  });

  it("leaves other text alone", () => expect(() => tests("okay\n1.2\n")).toThrow("cannot tell"));
});
