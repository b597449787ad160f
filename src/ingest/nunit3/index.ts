import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { instantOfDotnet, totalOf } from "../dotnet.ts";
import { isLoaded, type RawNode, type RawRun, type RawSuite, readRun, wordOf } from "../nunit.ts";
import { type CaseList, claimsMore, createCases, loadError, testsEvidence } from "../test-cases.ts";
import { xmlRootOf } from "../xml-root.ts";
import { foundCase, isBroken, nameOf, resultOf } from "./map.ts";

/** The result file of NUnit 3 and 4, of its adapter for vstest, of Unity and of Pester. */
export const nunit3 = {
  id: "nunit3",
  title: "NUnit 3 XML",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root?.name !== "test-run") return { confidence: "no", reason: "its root element is not test-run" };
  const own = /\s(?:testcasecount|engine-version|inconclusive|result)\s*=/.test(root.attributes);
  if (own) return { confidence: "certain", reason: "its root element is test-run of NUnit" };
  return { confidence: "likely", reason: "its root element is test-run" };
}

/** What the suites of a run come to. */
interface Report {
  readonly list: CaseList;
  readonly reasons: DiagnosticList;
  broken: number;
  loadErrors: number;
  cancelled: boolean;
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const run = readRun(bytes, context.limits, "test-run");
  const { attributes } = run.root;
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const list = createCases(context);
  const report: Report = { list, reasons, broken: 0, loadErrors: 0, cancelled: isCancelled(run.root) };
  addContent(run.root, "", report);
  const status = statusOf(run, report, inconsistencies);
  return testsEvidence({
    cases: list.cases,
    suites: new Set(list.cases.map(({ suite }) => suite)).size,
    suite: context.declared?.suite,
    status,
    reasons,
    inconsistencies,
    warnings: run.warnings,
    producedAt: instantOfDotnet(attributes["start-time"]),
  });
}

/**
 * Adds the cases of a suite, and of those in it.
 *
 * @param fixture the name of the fixture around it
 * @returns whether anything in it has failed
 */
function addContent(suite: RawSuite, fixture: string, report: Report): boolean {
  const { list } = report;
  let bad = false;
  for (const raw of suite.cases) {
    const found = foundCase(raw, fixture || raw.attributes["classname"]?.trim() || nameOf(suite));
    list.add(found);
    if (isCancelled(raw)) report.cancelled = true;
    if (found.status === "failed" || found.status === "errored") bad = true;
  }
  for (const inner of suite.suites) bad = addSuite(inner, fixture, report) || bad;
  return bad;
}

function addSuite(suite: RawSuite, outer: string, report: Report): boolean {
  const { list, reasons } = report;
  const before = list.cases.length;
  // The class of a parametrised fixture is that of its cases too, but not what tells two of it apart.
  const fixture = wordOf(suite, "type").endsWith("fixture") ? nameOf(suite) : outer;
  const bad = addContent(suite, fixture, report);
  if (isCancelled(suite)) report.cancelled = true;
  if (!isBroken(suite, bad)) return bad;
  report.broken++;
  const name = suite.attributes["name"]?.trim() || nameOf(suite);
  const message = suite.message === undefined ? "" : `: ${suite.message}`;
  reasons.add("suite-failed", `${name} failed outside its tests${message}`, `line ${suite.line}`);
  if (isLoaded(suite) && list.cases.length === before) {
    report.loadErrors++;
    list.add(loadError(name, suite.message));
  }
  return true;
}

function isCancelled(node: RawNode): boolean {
  return wordOf(node, "label") === "cancelled";
}

const FINISHED: ReadonlySet<string> = new Set(["passed", "failed", "skipped", "inconclusive", "warning"]);

function statusOf({ root, filtered }: RawRun, report: Report, inconsistencies: DiagnosticList): EvidenceStatus {
  const { list, reasons, broken, loadErrors, cancelled } = report;
  const { attributes } = root;
  const place = `line ${root.line}`;
  const result = resultOf(root);
  const tests = list.cases.length - loadErrors;
  const bad = list.count("failed") + list.count("errored") - loadErrors;
  const lacking = [
    claimsMore("tests", totalOf(attributes["total"]), tests, inconsistencies, place),
    claimsMore("failures", totalOf(attributes["failed"]), bad, inconsistencies, place),
  ].includes(true);
  if (result === "passed" && bad > 0) inconsistencies.add("result-differs", "the run passed, and tests failed", place);
  if (lacking) reasons.add("cases-missing", "the totals claim more tests or failures than the report has cases");
  if (cancelled) reasons.add("run-cancelled", "the run was cancelled");
  const failed = result === "failed" && bad + broken === 0;
  if (failed) reasons.add("run-failed", "the run failed, and none of its tests did");
  if (tests === 0 && !lacking) {
    if (failed || broken > 0 || cancelled) return "failed";
    reasons.add("no-tests", "the report has no test cases");
    return "empty";
  }
  if (lacking || cancelled || broken > 0) return "partial";
  if (failed) return "failed";
  const unrun = (totalOf(attributes["testcasecount"]) ?? 0) - tests;
  if (unrun > 0 && !filtered) {
    reasons.add("not-all-run", `${unrun} of the tests were not run, and the report names no filter`);
    return "unknown";
  }
  return FINISHED.has(result) && attributes["end-time"] !== undefined ? "complete" : "unknown";
}
