import type { EvidenceStatus, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { type CaseList, claimsMore, createCases, testsEvidence } from "../test-cases.ts";
import { countOf, instantOf } from "../values.ts";
import { type RawReport, readReport } from "./parse.ts";

/** The report of `mocha --reporter json`. */
export const mochaJson = {
  id: "mocha-json",
  title: "mocha JSON",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  const [, stats = ""] = /"stats"\s*:\s*\{([^{}]*)\}/.exec(text) ?? [];
  const totals = ["suites", "tests", "passes", "pending", "failures"].every((name) => stats.includes(`"${name}"`));
  if (!totals) return { confidence: "no", reason: "it has no stats with passes, pending and failures" };
  // mochawesome has these too, and its tests elsewhere.
  if (stats.includes('"passPercent"')) return { confidence: "no", reason: "its stats are those of mochawesome" };
  return { confidence: "certain", reason: "it has the stats of mocha" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = readReport(bytes, context.limits);
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const list = createCases(context);
  for (const found of [...report.tests, ...report.others]) list.add(found);
  return testsEvidence({
    cases: list.cases,
    suites: new Set(list.cases.map(({ suite }) => suite)).size,
    suite: context.declared?.suite,
    status: statusOf(report, list, reasons, inconsistencies),
    reasons,
    inconsistencies,
    producedAt: instantOf(report.stats["start"]),
  });
}

function statusOf(
  { stats, tests, others }: RawReport,
  list: CaseList,
  reasons: DiagnosticList,
  inconsistencies: DiagnosticList,
): EvidenceStatus {
  const bad = list.count("failed") + list.count("errored");
  const lacking = [
    claimsMore("tests", countOf(stats["tests"]), tests.length, inconsistencies, "/stats/tests"),
    claimsMore("failures", countOf(stats["failures"]), bad, inconsistencies, "/stats/failures"),
  ].includes(true);
  if (lacking) reasons.add("cases-missing", "the stats claim more tests or failures than there are");
  // The tests behind a hook that failed are in no list.
  for (const { name } of others) reasons.add("hook-failed", `${name} failed, so tests may not have been run`);
  if (lacking || others.length > 0) return "partial";
  if (list.cases.every(({ note }) => note === "not-run")) {
    reasons.add("no-tests", list.cases.length === 0 ? "the report has no tests" : "no test was run: a dry run");
    return "empty";
  }
  return instantOf(stats["end"]) === undefined ? "unknown" : "complete";
}
