import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { fileNameOf, totalOf } from "../dotnet.ts";
import { isLoaded, type RawSuite, readRun, wordOf } from "../nunit.ts";
import { type CaseList, claimsMore, createCases, loadError, testsEvidence } from "../test-cases.ts";
import { xmlRootOf } from "../xml-root.ts";
import { fixtureOf, foundCase, isBroken } from "./map.ts";

/** The result file of NUnit 2, which NUnit 3 (`--result=x.xml;format=nunit2`), Pester and others write too. */
export const nunit2 = {
  id: "nunit2",
  title: "NUnit 2 XML",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root?.name !== "test-results") return { confidence: "no", reason: "its root element is not test-results" };
  if (/\s(?:not-run|failures)\s*=/.test(root.attributes)) {
    return { confidence: "certain", reason: "its root element is test-results of NUnit" };
  }
  return { confidence: "likely", reason: "its root element is test-results" };
}

/** What the suites of a run come to. */
interface Report {
  readonly list: CaseList;
  readonly reasons: DiagnosticList;
  /** Tests that NUnit does not count as executed. */
  unexecuted: number;
  /** Tests that could not be run, which have a total of their own. */
  invalid: number;
  broken: number;
  loadErrors: number;
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const { root, warnings } = readRun(bytes, context.limits, "test-results");
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const list = createCases(context);
  const report: Report = { list, reasons, unexecuted: 0, invalid: 0, broken: 0, loadErrors: 0 };
  addContent(root, "", report);
  const status = statusOf(root, report, inconsistencies);
  return testsEvidence({
    cases: list.cases,
    suites: new Set(list.cases.map(({ suite }) => suite)).size,
    suite: context.declared?.suite,
    status,
    reasons,
    inconsistencies,
    warnings,
  });
}

/** Adds the cases of a suite, and of those in it; says whether any of them has failed. */
function addContent(suite: RawSuite, fixture: string, report: Report): boolean {
  let bad = false;
  for (const raw of suite.cases) {
    const found = foundCase(raw, fixture);
    report.list.add(found);
    if (wordOf(raw, "executed") === "false") report.unexecuted++;
    if (wordOf(raw, "result") === "notrunnable") report.invalid++;
    if (found.status === "failed" || found.status === "errored") bad = true;
  }
  for (const inner of suite.suites) bad = addSuite(inner, fixture, report) || bad;
  return bad;
}

function addSuite(suite: RawSuite, outer: string, report: Report): boolean {
  const { list, reasons } = report;
  const before = list.cases.length;
  const fixture = fixtureOf(suite, outer);
  const bad = addContent(suite, fixture, report);
  if (!isBroken(suite, bad)) return bad;
  report.broken++;
  const name = fileNameOf(fixture);
  const message = suite.message === undefined ? "" : `: ${suite.message}`;
  reasons.add("suite-failed", `${name} failed outside its tests${message}`, `line ${suite.line}`);
  if (isLoaded(suite) && list.cases.length === before) {
    report.loadErrors++;
    list.add(loadError(name, suite.message));
  }
  return true;
}

/** The format cannot say that a run was complete, so the best it gets is `unknown`. */
function statusOf(root: RawSuite, report: Report, inconsistencies: DiagnosticList): EvidenceStatus {
  const { list, reasons, broken, loadErrors } = report;
  const place = `line ${root.line}`;
  const tests = list.cases.length - loadErrors;
  const bad = list.count("failed") + list.count("errored") - loadErrors;
  const total = totalOf(root.attributes["total"]);
  const failures = [root.attributes["failures"], root.attributes["errors"]].map(totalOf);
  const declaredBad = failures.every((count) => count === undefined)
    ? undefined
    : failures.reduce((sum: number, count) => sum + (count ?? 0), 0);
  const lacking = [
    // NUnit counts those that were executed, Pester and others all of them.
    total !== tests - report.unexecuted && claimsMore("tests", total, tests, inconsistencies, place),
    declaredBad !== bad - report.invalid && claimsMore("failures", declaredBad, bad, inconsistencies, place),
  ].includes(true);
  if (lacking) reasons.add("cases-missing", "the totals claim more tests or failures than the report has cases");
  if (tests === 0 && !lacking) {
    if (broken > 0) return "failed";
    reasons.add("no-tests", "the report has no test cases");
    return "empty";
  }
  return lacking || broken > 0 ? "partial" : "unknown";
}
