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
        outcomes: ["failed", "passed"],
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
  ["a skip and a failure", "", "<skipped/><failure/>", "failed", 1],
  ["a failure of what is still to be done", "", '<skipped type="todo"/><failure/>', "skipped", 1],
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

describe.each([
  ["node:test: a failing todo", "", '<skipped type="todo" message="later"/><failure message="x"/>', "skipped", "todo"],
  ["node:test: a passing todo", "", '<skipped type="todo" message="later"/>', "skipped", "todo"],
  ["pytest: an expected failure", "", '<skipped type="pytest.xfail" message=""/>', "skipped", "expected-failure"],
  ["unittest: an expected failure", "", '<skipped type="XFAIL" message="x"/>', "skipped", "expected-failure"],
  ["pytest: an unexpected pass", "", '<failure message="[XPASS(strict)] "/>', "failed", "unexpected-pass"],
  ["unittest: an unexpected success", "", '<error type="UnexpectedSuccess"/>', "failed", "unexpected-pass"],
  ["pytest: a file that did not load", "", '<error message="collection failure"/>', "errored", "load-error"],
  ["unittest: it", 'classname="unittest.loader._FailedTest"', "<error/>", "errored", "load-error"],
  ["jest-junit: it", 'classname="Test suite failed to run"', "<error>x</error>", "errored", "load-error"],
  ["GoogleTest: a disabled test", 'status="notrun" result="suppressed"', "", "skipped", "not-run"],
  ["CTest: a test without its program", 'status="notrun"', "<skipped/>", "skipped", "not-run"],
  ["a skip", "", '<skipped type="pytest.skip"/>', "skipped", undefined],
  ["a failure that says it is a todo", "", '<failure type="todo"/>', "failed", undefined],
])("%s", (_, attributes, content, status, note) => {
  it(`is ${status} and noted as ${note}`, () => {
    const { body } = tests(suite('name="s"', `<testcase name="a" ${attributes}>${content}</testcase>`));
    expect([body.cases[0]?.status, body.cases[0]?.note]).toEqual([status, note]);
  });
});

it("takes the case of vitest that is named as its file for a file that did not load", () => {
  const report = suite('name="a.ts"', '<testcase classname="a.ts" name="a.ts"><failure/></testcase>');
  expect(tests(`<testsuites name="vitest tests">${report}</testsuites>`).summary).toMatchObject({
    loadErrors: 1,
    errored: 1,
  });
  expect(tests(report).summary).toMatchObject({ loadErrors: 0, failed: 1 });
});

describe("attempts", () => {
  const RETRIED = '<testcase classname="c" name="r"/>';
  const FAILED = '<testcase classname="c" name="r"><failure/></testcase>';

  it.each([
    ["a flaky pass", "<flakyError/><flakyFailure/>", ["errored", "failed", "passed"]],
    ["a failure with reruns", "<failure/><rerunError/><rerunFailure/>", ["failed", "errored", "failed"]],
    ["a single run", "<failure/>", undefined],
  ])("of %s are told apart in their order", (_, content, outcomes) => {
    const [found] = tests(suite("", `<testcase name="a">${content}</testcase>`)).body.cases;
    expect([found?.outcomes, found?.attempts]).toEqual([outcomes, outcomes?.length ?? 1]);
  });

  it.each([
    ["that passed in the end", RETRIED + RETRIED, "passed", true, ["failed", "passed"]],
    ["that failed in the end", RETRIED + RETRIED + FAILED, "failed", false, ["failed", "failed", "failed"]],
  ])("of pytest-rerunfailures %s are one case", (_, content, status, flaky, outcomes) => {
    const { body, quality } = tests(suite('name="pytest" tests="1"', content));
    expect(body.cases).toMatchObject([{ id: "pytest > c > r", status, flaky, outcomes }]);
    expect(quality.inconsistencies).toEqual([]);
  });

  it.each([
    ["of another tool", suite('name="s" tests="1"', RETRIED + RETRIED), 2, 0],
    ["that the total counts", suite('name="pytest" tests="2"', RETRIED + RETRIED), 2, 0],
    ["that failed before it passed", suite('name="pytest" tests="1"', FAILED + RETRIED), 2, 1],
    [
      "in another file",
      suite('name="pytest" tests="1"', `${RETRIED}<testcase classname="c" name="r" file="f"/>`),
      2,
      0,
    ],
  ])("are not taken to be cases of one name %s", (_, report, total, failed) => {
    expect(tests(report).summary).toMatchObject({ total, failed, flaky: 0, retried: 0 });
  });

  it("of what is still to be done may be in the totals of failures", () => {
    const report = suite('tests="1" failures="1"', '<testcase name="a"><skipped type="todo"/><failure/></testcase>');
    expect(tests(report)).toMatchObject({ status: "unknown", summary: { failed: 0, skipped: 1, todo: 1 } });
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
