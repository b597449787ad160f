import type { EvidenceStatus, ParsedEvidence, TestStatus } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { type CaseList, createCases, testsEvidence } from "../test-cases.ts";
import { type Level, type Point, type RawTap, readTap } from "./parse.ts";

/** The Test Anything Protocol, versions 12 to 14: node:test, tap, vitest, prove, bats. */
export const tap = {
  id: "tap",
  title: "TAP",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (/^TAP version \d/i.test(text)) return { confidence: "certain", reason: "it starts with a TAP version" };
  if (/^(?:1\.\.\d+(?:\s|$)|(?:not )?ok \d+\b|Bail out!)/.test(text)) {
    return { confidence: "likely", reason: "it starts with a plan or a test point" };
  }
  return { confidence: "no", reason: "it starts with neither a TAP version nor a plan" };
}

function parse(bytes: Uint8Array, context: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const stream = readTap(bytes, context.limits, warnings);
  const list = createCases(context);
  const planned = addLevel(stream.root, [], list, inconsistencies);
  return testsEvidence({
    cases: list.cases,
    suites: new Set(list.cases.map(({ suite }) => suite)).size,
    suite: context.declared?.suite,
    formatVersion: stream.version,
    status: statusOf(stream, planned, list, reasons),
    reasons,
    inconsistencies,
    warnings: warnings.list(),
  });
}

/**
 * Adds the tests of a level. A point with subtests is no test beside them, unless it failed and none of them did.
 *
 * @returns whether each level has as many points as it plans
 */
function addLevel(level: Level, path: readonly string[], list: CaseList, inconsistencies: DiagnosticList): boolean {
  const where = path.length === 0 ? "the stream" : path.join(" > ");
  let planned = level.plan === level.points.length;
  if (level.plan === undefined) inconsistencies.add("plan-missing", `${where} has no plan`);
  else if (!planned) inconsistencies.add("plan-differs", `${where} plans ${level.plan}, has ${level.points.length}`);
  for (const point of level.points) {
    const badBefore = list.count("failed");
    const before = list.cases.length;
    if (point.subtests !== undefined) {
      planned = addLevel(point.subtests, [...path, point.name], list, inconsistencies) && planned;
    }
    const tested = list.cases.length > before;
    if (tested && (statusOfPoint(point) !== "failed" || list.count("failed") > badBefore)) continue;
    list.add({
      suite: path.join(" > "),
      name: point.name,
      status: statusOfPoint(point),
      message: point.message ?? point.reason,
      durationMs: point.durationMs,
    });
  }
  return planned;
}

/** A test that is still to be done may fail; one that is skipped may not. */
function statusOfPoint({ ok, directive }: Point): TestStatus {
  if (directive === "todo") return "skipped";
  if (!ok) return "failed";
  return directive === "skip" ? "skipped" : "passed";
}

function statusOf({ bailOut }: RawTap, planned: boolean, list: CaseList, reasons: DiagnosticList): EvidenceStatus {
  if (bailOut !== undefined) reasons.add("bail-out", bailOut === "" ? "the run was given up" : bailOut);
  if (!planned) reasons.add("plan-differs", "the tests are not those that were planned");
  if (bailOut !== undefined || !planned) return "failed";
  if (list.cases.length > 0) return "complete";
  reasons.add("no-tests", "the plan is for no tests");
  return "empty";
}
