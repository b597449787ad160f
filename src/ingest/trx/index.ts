import type { EvidenceStatus, ParsedEvidence, TestStatus } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { type CaseList, claimsMore, createCases, testsEvidence } from "../test-cases.ts";
import { instantOf } from "../values.ts";
import { xmlRootOf } from "../xml-root.ts";
import { type RawRun, readRun } from "./parse.ts";

/** Visual Studio test results: `dotnet test --logger trx`, vstest, MSTest. */
export const trx = {
  id: "trx",
  title: "TRX",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** `TestOutcome` of vstest; what is not here, such as a test that is still in progress, is an error. */
const OUTCOMES = new Map<string, TestStatus>([
  ["passed", "passed"],
  ["passedbutrunaborted", "passed"],
  ["warning", "passed"],
  ["failed", "failed"],
  ["timeout", "failed"],
  ["notexecuted", "skipped"],
  ["notrunnable", "skipped"],
  ["inconclusive", "skipped"],
  ["completed", "skipped"],
]);

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (root.name !== "TestRun") return { confidence: "no", reason: "its root element is not TestRun" };
  if (root.attributes.includes("microsoft.com/schemas/VisualStudio/TeamTest/")) {
    return { confidence: "certain", reason: "its root element is TestRun of Visual Studio" };
  }
  return { confidence: "likely", reason: "its root element is TestRun" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const { run, warnings } = readRun(bytes, context.limits);
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const list = createCases(context);
  for (const { attributes, outer, message } of run.results) {
    if (outer) continue;
    // MSTest writes the assembly behind the name of the class.
    const suite = run.classes.get(attributes["testId"] ?? "")?.split(",")[0] ?? "";
    const name = attributes["testName"] ?? "";
    const outcome = attributes["outcome"]?.toLowerCase() ?? "";
    list.add({
      suite,
      name: suite !== "" && name.startsWith(`${suite}.`) ? name.slice(suite.length + 1) : name,
      status: OUTCOMES.get(outcome) ?? "errored",
      note: outcome === "notrunnable" ? "not-run" : undefined,
      message,
      durationMs: millisecondsOf(attributes["duration"]),
    });
  }
  return testsEvidence({
    cases: list.cases,
    suites: new Set(list.cases.map(({ suite }) => suite)).size,
    suite: context.declared?.suite,
    status: statusOf(run, list, reasons, inconsistencies),
    reasons,
    inconsistencies,
    warnings,
    producedAt: instantOf(run.times?.["start"] ?? run.times?.["creation"]),
  });
}

function statusOf(
  { results, summary, counters, errors }: RawRun,
  list: CaseList,
  reasons: DiagnosticList,
  inconsistencies: DiagnosticList,
): EvidenceStatus {
  const bad = list.count("failed") + list.count("errored");
  const totalOf = (...names: readonly string[]) => {
    const found = names.map((name) => counters?.attributes[name]).filter((value) => /^\d+$/.test(value ?? ""));
    return found.length === 0 ? undefined : found.reduce((sum, value) => sum + Number(value), 0);
  };
  const place = counters === undefined ? undefined : `line ${counters.line}`;
  const total = totalOf("total");
  const lacking = [
    // Some count a data-driven test beside its rows.
    total !== results.length && claimsMore("tests", total, list.cases.length, inconsistencies, place),
    claimsMore("failures", totalOf("failed", "error", "timeout", "aborted"), bad, inconsistencies, place),
  ].includes(true);
  if (lacking) reasons.add("cases-missing", "the counters claim more tests or failures than there are results");
  const outcome = summary?.["outcome"] ?? "";
  const finished = /^(?:Completed|Passed|Warning)$/i.test(outcome) || (/^Failed$/i.test(outcome) && bad > 0);
  if (!finished) reasons.add("run-failed", outcome === "" ? "the run has no outcome" : `the run is ${outcome}`);
  const abort = errors.find((text) => /\b(?:abort(?:ed|ing)|crash(?:ed)?)\b/i.test(text));
  if (abort !== undefined) reasons.add("run-aborted", abort);
  if (list.cases.length === 0 && !lacking) {
    if (!finished || abort !== undefined) return "failed";
    reasons.add("no-tests", "the report has no results");
    return "empty";
  }
  if (lacking || abort !== undefined) return "partial";
  if (!finished) return /^Failed$/i.test(outcome) ? "failed" : "partial";
  return "complete";
}

/** `[d.]hh:mm:ss[.fffffff]`, a .NET TimeSpan. */
function millisecondsOf(duration: string | undefined): number | undefined {
  const match = /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(duration?.trim() ?? "");
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}
