import { describe, expect, it } from "vitest";
import { fixture, read, readAs, refusalOf } from "./support.ts";

function tests(content: string) {
  return readAs("tests", content, "junit.xml");
}

/** A report of one suite. */
function suite(attributes: string, content: string): string {
  return `<testsuite ${attributes}>${content}</testsuite>`;
}

describe("the fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("tests", fixture("tests.xml"), "tests.xml", "e2e-tests");
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.000Z",
      quality: { warnings: [], inconsistencies: [] },
      summary: {
        suite: "e2e",
        suites: 1,
        total: 4,
        passed: 2,
        failed: 1,
        errored: 0,
        skipped: 1,
        flaky: 1,
        durationMs: 1500,
      },
    });
    expect(document.body.cases).toEqual([
      {
        id: "orders > orders.Create > stores ünits",
        suite: "orders",
        name: "stores ünits",
        status: "passed",
        attempts: 1,
        flaky: false,
        durationMs: 500,
      },
      {
        id: "orders > orders.Create > refuses <none>",
        suite: "orders",
        name: "refuses <none>",
        status: "failed",
        attempts: 1,
        flaky: false,
        message: "expected 1",
        durationMs: 250,
      },
      {
        id: "orders > orders.Create > later",
        suite: "orders",
        name: "later",
        status: "skipped",
        attempts: 1,
        flaky: false,
      },
      {
        id: "orders > orders.Create > slow",
        suite: "orders",
        name: "slow",
        status: "passed",
        attempts: 2,
        flaky: true,
        durationMs: 750,
      },
    ]);
  });
});

describe.each([
  ["nothing", "", "", "passed", 1],
  ["a failure", "", "<failure/>", "failed", 1],
  ["an error", "", "<error/>", "errored", 1],
  ["a skip", "", "<skipped/>", "skipped", 1],
  ["a skip and a failure, as node:test writes", "", "<skipped/><failure/>", "failed", 1],
  ["two failures", "", "<failure/><failure/>", "failed", 1],
  ["a failure and an error", "", "<error/><failure/>", "failed", 1],
  ["a failure deeper down", "", "<details><failure/></details>", "failed", 1],
  ["flaky attempts", "", "<flakyFailure/><flakyError/>", "passed", 3],
  ["reruns that failed", "", "<failure/><rerunFailure/><rerunError/>", "failed", 3],
  ["reruns without a failure", "", "<rerunFailure/>", "failed", 2],
  ["a status that it was not run", 'status="notrun"', "", "skipped", 1],
  ["a result that is suppressed", 'result="suppressed"', "", "skipped", 1],
  ["a status that it failed", 'status="failed"', "", "failed", 1],
  ["a namespace", "", '<x:failure xmlns:x="urn:x"/>', "failed", 1],
])("a case with %s", (_, attributes, content, status, attempts) => {
  it(`is ${status}`, () => {
    const { body } = tests(suite("", `<testcase name="a" ${attributes}>${content}</testcase>`));
    expect([body.cases[0]?.status, body.cases[0]?.attempts]).toEqual([status, attempts]);
  });
});

const PASS = '<testcase name="a"/>';
const FAIL = '<testcase name="b"><failure/></testcase>';

describe.each([
  ["no cases", suite('tests="0"', ""), "empty", 0],
  ["no suites", "<testsuites/>", "empty", 0],
  ["totals that agree", suite('tests="2" failures="1" errors="0"', PASS + FAIL), "unknown", 0],
  ["a failure that is called an error", suite('tests="1" failures="0" errors="1"', FAIL), "unknown", 0],
  ["more cases than it declares", suite('tests="1" failures="0"', PASS + PASS), "unknown", 1],
  ["fewer cases than it declares", suite('tests="3"', PASS), "partial", 1],
  ["no cases but a total", suite('tests="3"', ""), "partial", 1],
  ["a failure in the totals alone", suite('tests="1" failures="1"', PASS), "partial", 1],
  ["an error in the totals of the root alone", `<testsuites errors="1">${suite("", PASS)}</testsuites>`, "partial", 1],
  ["a failure that the totals do not have", suite('tests="1" failures="0" errors="0"', FAIL), "unknown", 1],
  [
    "attempts for tests",
    suite('tests="3" failures="2"', '<testcase name="a"><flakyFailure/><flakyFailure/></testcase>'),
    "unknown",
    0,
  ],
  ["totals of its own cases only", suite('tests="1"', PASS + suite('tests="1"', PASS)), "unknown", 0],
  ["totals with thousands separators", suite('tests="1,000"', PASS), "partial", 1],
  ["an error outside its cases", suite("", `${PASS}<error message="setup"/>`), "partial", 0],
])("a report with %s", (_, report, status, inconsistencies) => {
  it(`is ${status}`, () => {
    const document = tests(report);
    expect([document.status, document.quality.inconsistencies.length]).toEqual([status, inconsistencies]);
  });
});

describe("cases", () => {
  it("outside a suite are counted, as node:test writes them", () => {
    const { summary, body } = tests(`<testsuites>${PASS}${suite('name="s"', FAIL)}</testsuites>`);
    expect([summary.total, summary.failed, body.cases.map(({ suite: name }) => name)]).toEqual([
      2,
      1,
      ["(no suite)", "s"],
    ]);
  });

  it("of one name are counted each, with ids of their own", () => {
    const { body } = tests(suite('name="s"', PASS + PASS + '<testcase name="a #2"/>'));
    expect(body.cases.map(({ id }) => id)).toEqual(["s > a", "s > a #2", "s > a #2 #2"]);
  });

  it("have no time where the file has none, and times with separators", () => {
    const times = ["", "<<computed>>", "1,234.5", "-1"].map(
      (time) => `<testcase name="a" time="${time.replaceAll("<", "&lt;")}"/>`,
    );
    expect(tests(suite("", times.join(""))).body.cases.map(({ durationMs }) => durationMs)).toEqual([
      undefined,
      undefined,
      1_234_500,
      undefined,
    ]);
  });

  it("take the text of a failure where it has no message, and the first of two", () => {
    const failures = "<failure>\n<![CDATA[a < b]]> &amp; c</failure><failure message='later'/>";
    expect(tests(suite("", `<testcase name="a">${failures}</testcase>`)).body.cases[0]?.message).toBe("a < b & c");
  });

  it("take the file of their suite, with one kind of separator", () => {
    const { body } = tests(suite('file="src\\a.ts"', `${PASS}<testcase name="b" file="./b.ts"/>`));
    expect(body.cases.map(({ file }) => file)).toEqual(["src/a.ts", "b.ts"]);
  });

  it("do not nest", () => {
    expect(refusalOf(suite("", `<testcase name="a">${FAIL}</testcase>`), "x.xml")).toBe("malformed at line 1");
  });
});

describe("the time of a report", () => {
  it.each([
    ["2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00.000Z"],
    ["2026-03-01T10:00:00", undefined],
    ["Sat, 21 Nov 2026 00:39:46 GMT", undefined],
    ["", undefined],
  ])("%s is %s", (timestamp, producedAt) => {
    expect(tests(suite(`timestamp="${timestamp}"`, PASS)).producedAt).toBe(producedAt);
  });
});

describe("detection", () => {
  it.each([
    ["a comment first", "<?xml version='1.0'?><!-- <x> --><testsuites/>"],
    ["a DOCTYPE first", '<!DOCTYPE testsuites SYSTEM "http://127.0.0.1:1/x.dtd" [<!ENTITY a "b">]>\n<testsuites/>'],
    ["white space before the declaration", " \n<?xml version='1.0'?><testsuites/>"],
    ["a prefix", "<j:testsuites xmlns:j='urn:j'/>"],
  ])("passes over %s", (_, text) => expect(read(text, "x.xml").kind).toBe("tests"));
});
