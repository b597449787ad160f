import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { type CaseList, createCases, testsEvidence } from "../test-cases.ts";
import { earlierOf, instantOf } from "../values.ts";
import { xmlRootOf } from "../xml-root.ts";
import { attemptsIn, foundCase, type SuiteOfCase, totalOf } from "./map.ts";
import { type RawSuite, readReport } from "./parse.ts";

/** JUnit XML in the dialects of Surefire, Gradle, pytest, jest-junit, vitest, node:test, GoogleTest and others. */
export const junit = {
  id: "junit",
  title: "JUnit XML",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text)?.name;
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (/^testsuites?$/.test(root)) return { confidence: "certain", reason: `its root element is ${root}` };
  return { confidence: "no", reason: `its root element is ${root.slice(0, 64)}, and not testsuites or testsuite` };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const { root, warnings } = readReport(bytes, context.limits);
  const inconsistencies = createDiagnostics();
  const list = createCases(context);
  const report: Report = { list, inconsistencies, suites: 0, producedAt: undefined, lacking: false };
  countSuite(root, { dialect: root.attributes["name"] ?? "", name: "", file: undefined }, report);
  const reasons = createDiagnostics();
  const status = statusOf(report, troublesOf(root));
  if (status === "empty") reasons.add("no-tests", "the report has no test cases");
  if (report.lacking) reasons.add("cases-missing", "the totals claim more tests or failures than the report has cases");
  if (troublesOf(root) > 0) reasons.add("suite-failed", "a suite failed outside its test cases");
  return testsEvidence({
    cases: list.cases,
    suites: report.suites,
    suite: context.declared?.suite,
    status,
    reasons,
    inconsistencies,
    warnings,
    producedAt: report.producedAt,
  });
}

/** Everything counted anew from the cases of a report. */
interface Report {
  readonly list: CaseList;
  readonly inconsistencies: DiagnosticList;
  suites: number;
  producedAt: string | undefined;
  /** Whether the report itself says that more went wrong, or more was run, than its cases show. */
  lacking: boolean;
}

/** What a suite holds, as cases and as attempts, in itself and with the suites in it. */
interface Tally {
  tests: number;
  attempts: number;
  failed: number;
  failedAttempts: number;
}

/** The format cannot say that a run was complete, so the best it gets is `unknown`. */
function statusOf({ list, lacking }: Report, troubles: number): EvidenceStatus {
  if (lacking || troubles > 0) return "partial";
  return list.cases.length === 0 ? "empty" : "unknown";
}

function troublesOf(suite: RawSuite): number {
  return suite.suites.reduce((sum, inner) => sum + troublesOf(inner), suite.troubles);
}

function countSuite(suite: RawSuite, parent: SuiteOfCase, into: Report): Tally {
  const { attributes } = suite;
  const name = attributes["name"]?.trim() || parent.name;
  const own: SuiteOfCase = { ...parent, name, file: attributes["file"] ?? attributes["filepath"] ?? parent.file };
  if (suite.element === "testsuite") into.suites++;
  into.producedAt = earlierOf(into.producedAt, instantOf(attributes["timestamp"]));
  const tally: Tally = { tests: 0, attempts: 0, failed: 0, failedAttempts: 0 };
  for (const { raw, before } of attemptsIn(suite, own)) {
    const found = foundCase(raw, before, own);
    into.list.add(found);
    const bad = found.status === "failed" || found.status === "errored" ? 1 : 0;
    const retried = before + raw.flaky.length + raw.reruns.length;
    const failedAttempts = retried + Math.max(bad, raw.failures + raw.errors);
    add(tally, { tests: 1, attempts: 1 + retried, failed: bad, failedAttempts });
  }
  const direct = { ...tally };
  for (const inner of suite.suites) add(tally, countSuite(inner, own, into));
  compareTotals(suite, direct, tally, into);
  return tally;
}

function add(to: Tally, from: Tally): void {
  to.tests += from.tests;
  to.attempts += from.attempts;
  to.failed += from.failed;
  to.failedAttempts += from.failedAttempts;
}

/**
 * Compares the totals that a suite declares with the count. The count is what is used; but totals that claim more tests
 * or failures than there are cases mean that cases are missing, so such a report is never clean. Tools count cases or
 * attempts, and a suite with or without those in it; any of these agrees.
 */
function compareTotals(suite: RawSuite, direct: Tally, all: Tally, into: Report): void {
  const place = `line ${suite.line}`;
  const tests = totalOf(suite.attributes["tests"]);
  const failures = totalOf(suite.attributes["failures"]);
  const errors = totalOf(suite.attributes["errors"]);
  if (tests !== undefined && ![direct.tests, direct.attempts, all.tests, all.attempts].includes(tests)) {
    into.inconsistencies.add("tests-differ", `declares ${tests} tests, has ${all.tests}`, place);
    if (tests > all.attempts) into.lacking = true;
  }
  if (failures === undefined && errors === undefined) return;
  const bad = (failures ?? 0) + (errors ?? 0);
  if ([direct.failed, direct.failedAttempts, all.failed, all.failedAttempts].includes(bad)) return;
  into.inconsistencies.add("failures-differ", `declares ${bad} failures and errors, has ${all.failed}`, place);
  if (bad > all.failedAttempts) into.lacking = true;
}
