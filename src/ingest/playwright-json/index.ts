import type { EvidenceStatus, ParsedEvidence, TestStatus } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { normalisePath, pathInCheckout, relativeTo } from "../paths.ts";
import { claimsMore, createCases, type FoundCase, testsEvidence } from "../test-cases.ts";
import { countOf, instantOf, type JsonObject, textOf } from "../values.ts";
import { type RawAttempt, type RawReport, type RawTest, readReport } from "./parse.ts";

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
    tools: [{ name: "Playwright", ...(version === undefined ? {} : { version }) }],
    producedAt: instantOf(report.stats?.["startTime"]),
  });
}

/** Paths are relative to a folder that is known to the run only, unless the run was in this checkout. */
function fileOf(file: string, rootDir: string, root: string | undefined): string {
  const below = root === undefined ? undefined : relativeTo(root, normalisePath(`${rootDir}/${file}`));
  return below ?? pathInCheckout(file, root);
}

function foundCase(test: RawTest, file: string): FoundCase {
  const { project } = test;
  // An attempt is skipped where the attempt of another test was to be repeated with it.
  const started = test.attempts.filter(({ status }) => status !== "skipped");
  const outcomes = started.map(({ status }) => outcomeOf(status, test.expectedStatus));
  const bad = started.findLast((_, index) => isBad(outcomes[index]));
  const durations = started.map(({ duration }) => duration).filter((duration) => duration !== undefined);
  return {
    suite: project === "" ? test.file : `[${project}] ${test.file}`,
    name: test.titles.join(" > "),
    file,
    ...verdictOf(test, started.at(-1), outcomes),
    ...(outcomes.length === 0 ? {} : { outcomes }),
    message: (bad ?? started.at(-1))?.message,
    durationMs: durations.length === 0 ? undefined : durations.reduce((sum, duration) => sum + duration, 0),
  };
}

const FAILURES: ReadonlySet<string> = new Set(["failed", "timedOut"]);

/** What an attempt that was started comes to: passed if it ended as expected, but for a failure that was expected. */
function outcomeOf(status: string, expected: string): TestStatus {
  if (status === "passed") return FAILURES.has(expected) ? "failed" : "passed";
  if (!FAILURES.has(status)) return "errored";
  return status === expected ? "skipped" : "failed";
}

/** The last attempt decides; the word that Playwright has for all of them can only make it worse. */
function verdictOf(
  { attempts, expectedStatus, outcome }: RawTest,
  last: RawAttempt | undefined,
  outcomes: readonly TestStatus[],
): Pick<FoundCase, "status" | "note" | "flaky"> {
  const status = outcomes.at(-1) ?? "skipped";
  if (status === "failed" && last?.status === "passed") return { status, note: "unexpected-pass" };
  if (outcome === "unexpected" && !isBad(status)) return { status: "failed" };
  if (last === undefined) {
    const wanted = expectedStatus === "skipped" && attempts.length > 0;
    return wanted ? { status } : { status, note: "not-run" };
  }
  if (status === "skipped") return { status, note: "expected-failure" };
  return { status, flaky: status === "passed" && outcomes.some(isBad) };
}

function isBad(status: TestStatus | undefined): boolean {
  return status === "failed" || status === "errored";
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
