import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { pathInCheckout } from "../paths.ts";
import {
  attemptsOf,
  type CaseList,
  claimsMore,
  createCases,
  type FoundCase,
  instantOfMilliseconds,
  loadError,
  testsEvidence,
} from "../test-cases.ts";
import { countOf } from "../values.ts";
import { type RawFile, type RawReport, type RawTest, readReport } from "./parse.ts";

/** The JSON report of jest (`--json`) and of vitest (`--reporter=json`). */
export const jestJson = {
  id: "jest-json",
  title: "jest and vitest JSON",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  const total = /"num(?:Total|Failed|Passed|Pending)(?:Tests|TestSuites)"\s*:/.exec(text);
  if (total !== null) return { confidence: "certain", reason: "it has the totals of jest, such as numTotalTests" };
  if (/"assertionResults"\s*:/.test(text)) return { confidence: "likely", reason: "it has assertionResults" };
  return { confidence: "no", reason: "it has no numTotalTests" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = readReport(bytes, context.limits);
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const list = createCases(context);
  for (const file of report.files) {
    const suite = pathInCheckout(file.path, context.root);
    if (isUnloaded(file)) list.add(loadError(suite, file.message, file.path));
    for (const test of file.tests) {
      list.add({
        suite,
        name: test.titles.join(" > "),
        file: file.path,
        status: test.status,
        note: test.todo ? "todo" : undefined,
        ...repeatsOf(test),
        message: test.messages[0],
        durationMs: test.duration,
      });
    }
  }
  const status = statusOf(report, list, reasons, inconsistencies);
  return testsEvidence({
    cases: list.cases,
    suites: report.files.length,
    suite: context.declared?.suite,
    status,
    reasons,
    inconsistencies,
    producedAt: instantOfMilliseconds(report.totals["startTime"]),
  });
}

/** vitest has no count of attempts, but keeps the errors of those before the one that passed. */
function repeatsOf({ status, invocations, messages }: RawTest): Partial<FoundCase> {
  if (invocations !== undefined && invocations > 0) return attemptsOf(status, invocations - 1);
  return status === "passed" && messages.length > 0 ? { attempts: 2, flaky: true } : {};
}

/** A file without a test that failed: it did not load. */
function isUnloaded({ failed, tests }: RawFile): boolean {
  return failed && tests.length === 0;
}

/** A file that failed outside its tests: it did not load, or a hook of it failed. */
function isBroken({ failed, tests }: RawFile): boolean {
  return failed && !tests.some(({ status }) => status === "failed");
}

function statusOf(
  { totals, files }: RawReport,
  list: CaseList,
  reasons: DiagnosticList,
  inconsistencies: DiagnosticList,
): EvidenceStatus {
  const broken = files.filter(isBroken);
  const tests = list.cases.length - files.filter(isUnloaded).length;
  for (const { path, message } of broken) {
    reasons.add("suite-failed", `${path} failed outside its tests${message === undefined ? "" : `: ${message}`}`);
  }
  const unlisted = (countOf(totals["numRuntimeErrorTestSuites"]) ?? 0) > files.filter(({ failed }) => failed).length;
  if (unlisted) reasons.add("suite-failed", "more test files failed to run than are listed");
  const lacking = [
    claimsMore("tests", countOf(totals["numTotalTests"]), tests, inconsistencies, "/numTotalTests"),
    claimsMore("failures", countOf(totals["numFailedTests"]), list.count("failed"), inconsistencies, "/numFailedTests"),
    // vitest counts describe blocks as suites; only jest has a word for interruptions, and counts files.
    totals["wasInterrupted"] !== undefined &&
      claimsMore("files", countOf(totals["numTotalTestSuites"]), files.length, inconsistencies, "/numTotalTestSuites"),
  ].includes(true);
  if (lacking) reasons.add("cases-missing", "the totals claim more tests or failures than the report has cases");
  const interrupted = totals["wasInterrupted"] === true;
  if (interrupted) reasons.add("interrupted", "the run was interrupted");
  const troubled = broken.length > 0 || unlisted || (countOf(totals["numRuntimeErrorTestSuites"]) ?? 0) > 0;
  if (tests === 0 && !lacking) {
    if (!troubled) reasons.add("no-tests", "the report has no test cases");
    return troubled ? "failed" : "empty";
  }
  if (lacking || interrupted || troubled) {
    if (reasons.list().length === 0) reasons.add("suite-failed", "a test file failed to run");
    return "partial";
  }
  if (totals["success"] === false && list.count("failed") === 0) {
    reasons.add("run-failed", "the run failed, and none of its tests did");
    return "failed";
  }
  return totals["wasInterrupted"] === false ? "complete" : "unknown";
}
