import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { claimsMore, createCases, type FoundCase, testsEvidence } from "../test-cases.ts";
import { countOf, instantOf, type JsonObject, kept, textOf } from "../values.ts";
import { fileOf, foundCase, isBad } from "./map.ts";
import { type RawReport, type RawTest, readReport } from "./parse.ts";

/** The JSON report of Playwright Test: `playwright test --reporter=json`. */
export const playwrightJson = {
  id: "playwright-json",
  title: "Playwright JSON",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const SIGNATURES = [
  ["forbidOnly", "fullyParallel", "globalSetup"],
  ["expected", "unexpected", "flaky", "skipped"],
] as const;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  const has = (name: string) => new RegExp(`"${name}"\\s*:`).test(text);
  if (SIGNATURES.some((names) => names.every(has))) {
    return { confidence: "certain", reason: "it has the configuration, or the totals, of Playwright" };
  }
  if (has("suites") && has("specs")) return { confidence: "likely", reason: "it has suites of specs" };
  return { confidence: "no", reason: "it has neither the configuration nor the totals of Playwright" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = readReport(bytes, context.limits);
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const list = createCases(context);
  const suites = new Set<string>();
  const tally: Tally = { tests: 0, unexpected: 0, flaky: 0, interrupted: 0, unstarted: 0 };
  const rootDir = textOf(report.config["rootDir"]) ?? "";
  for (const test of report.tests) {
    const found = foundCase(test, fileOf(test.file, rootDir, context.root));
    suites.add(found.suite);
    list.add(found);
    count(test, found, tally);
  }
  const version = textOf(report.config["version"]);
  return testsEvidence({
    cases: list.cases,
    suites: suites.size,
    suite: context.declared?.suite,
    status: statusOf(report, tally, reasons, inconsistencies),
    reasons,
    inconsistencies,
    tools: [{ name: "Playwright", ...(version === undefined ? {} : { version: kept(version, context.limits) }) }],
    producedAt: instantOf(report.stats?.["startTime"]),
  });
}

/** Everything counted anew from the tests, in the terms of `stats`. */
interface Tally {
  tests: number;
  unexpected: number;
  flaky: number;
  /** Tests that were stopped, and tests that were never started. */
  interrupted: number;
  unstarted: number;
}

function count(test: RawTest, { status, outcomes = [], flaky }: FoundCase, tally: Tally): void {
  tally.tests++;
  if (test.attempts.at(-1)?.status === "interrupted") tally.interrupted++;
  // To Playwright a test that did nothing but be stopped is skipped.
  if (isBad(status) && [...outcomes, status].includes("failed")) tally.unexpected++;
  if (flaky === true) tally.flaky++;
  if (test.attempts.length === 0) tally.unstarted++;
}

const OUTCOMES = ["expected", "unexpected", "flaky", "skipped"] as const;

function statusOf(
  { stats, errors }: RawReport,
  { tests, unexpected, flaky, interrupted, unstarted }: Tally,
  reasons: DiagnosticList,
  inconsistencies: DiagnosticList,
): EvidenceStatus {
  for (const error of errors) reasons.add("run-error", error);
  const lacking = [
    claimsMore("tests", totalOf(stats), tests, inconsistencies, "/stats"),
    claimsMore("failures", countOf(stats?.["unexpected"]), unexpected, inconsistencies, "/stats/unexpected"),
    claimsMore("flaky-tests", countOf(stats?.["flaky"]), flaky, inconsistencies, "/stats/flaky"),
  ].includes(true);
  if (lacking) reasons.add("cases-missing", "the totals claim more tests, failures or flaky tests than the report has");
  if (interrupted > 0) reasons.add("interrupted", `${interrupted} tests were interrupted`);
  if (unstarted > 0) reasons.add("tests-not-started", `${unstarted} tests were selected and never started`);
  if (tests === 0 && !lacking) {
    if (errors.length > 0) return "failed";
    reasons.add("no-tests", "the report has no tests");
    return "empty";
  }
  if (lacking || errors.length > 0 || interrupted > 0 || unstarted > 0) return "partial";
  // It is written when the run has ended.
  return totalOf(stats) === undefined ? "unknown" : "complete";
}

function totalOf(stats: JsonObject | undefined): number | undefined {
  const counts = OUTCOMES.map((outcome) => countOf(stats?.[outcome])).filter((found) => found !== undefined);
  return counts.length === OUTCOMES.length ? counts.reduce((sum, found) => sum + found, 0) : undefined;
}
