import type { EvidenceStatus, ParsedEvidence, TestNote, TestStatus } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { type CaseList, createCases, testsEvidence } from "../test-cases.ts";
import { type RawTap, readTap } from "./parse.ts";
import type { Level, Point } from "./points.ts";

/** The Test Anything Protocol, versions 12 to 14: node:test, tap, tape, vitest, prove, bats. */
export const tap = {
  id: "tap",
  title: "TAP",
  kind: "tests",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (/^TAP version \d/i.test(text)) return { confidence: "certain", reason: "it starts with a TAP version" };
  if (/^TAP version \d+\r?$/m.test(text)) return { confidence: "likely", reason: "it has a TAP version" };
  if (/^(?:1\.\.\d+(?:\s|$)|(?:not )?ok \d+\b|Bail out!)/.test(text)) {
    return { confidence: "likely", reason: "it starts with a plan or a test point" };
  }
  return { confidence: "no", reason: "it starts with neither a TAP version nor a plan" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  const stream = readTap(bytes, context.limits, warnings);
  const list = createCases(context);
  const added = addLevel(stream.root, { path: [], todo: false }, list, inconsistencies);
  return testsEvidence({
    cases: list.cases,
    suites: new Set(list.cases.map(({ suite }) => suite)).size,
    suite: context.declared?.suite,
    formatVersion: stream.version,
    status: statusOf(stream, added, reasons, inconsistencies),
    reasons,
    inconsistencies,
    warnings: warnings.list(),
  });
}

/** Where a level is: the names of the points around it, and whether one of them is a todo. */
interface Surroundings {
  readonly path: readonly string[];
  readonly todo: boolean;
}

/** What was added of a level, and whether each level in it has the points that it plans. */
interface Added {
  tests: number;
  failed: number;
  planned: boolean;
}

/** Adds the tests of a level. A point with subtests is no test beside them, unless it failed and none of them did. */
function addLevel(level: Level, around: Surroundings, list: CaseList, inconsistencies: DiagnosticList): Added {
  const added: Added = { tests: 0, failed: 0, planned: isAsPlanned(level, around.path, inconsistencies) };
  for (const point of level.points) {
    const { name, subtests, message, duration } = point;
    const todo = around.todo || point.directive === "todo";
    const within = { path: [...around.path, name], todo };
    const inner = subtests === undefined ? undefined : addLevel(subtests, within, list, inconsistencies);
    added.tests += inner?.tests ?? 0;
    added.failed += inner?.failed ?? 0;
    added.planned &&= inner?.planned ?? true;
    const outcome = outcomeOf(point, todo);
    if (inner !== undefined && inner.tests > 0 && (outcome.status !== "failed" || inner.failed > 0)) continue;
    list.add({ suite: around.path.join(" > "), name, ...outcome, message, durationMs: duration });
    added.tests++;
    if (outcome.status === "failed") added.failed++;
  }
  return added;
}

function isAsPlanned({ plan, points }: Level, path: readonly string[], inconsistencies: DiagnosticList): boolean {
  const where = path.length === 0 ? "the stream" : path.join(" > ");
  if (plan === undefined) {
    inconsistencies.add("plan-missing", `${where} has no plan`);
    return false;
  }
  if (plan !== points.length) {
    inconsistencies.add("plan-differs", `${where} plans ${plan} tests, has ${points.length}`);
    return false;
  }
  const numbers = points.map(({ number }) => number).filter((number) => number !== undefined);
  if (new Set(numbers).size === numbers.length && numbers.every((number) => number >= 1 && number <= plan)) return true;
  inconsistencies.add("numbers-differ", `${where} has test numbers that are doubled or outside its plan`);
  return false;
}

/** A test that is still to be done may fail; one that is skipped may not. */
function outcomeOf({ ok, directive }: Point, todo: boolean): { status: TestStatus; note?: TestNote } {
  if (todo) return { status: "skipped", note: "todo" };
  if (!ok) return { status: "failed" };
  return { status: directive === "skip" ? "skipped" : "passed" };
}

function statusOf(
  { bailOut, failed, cutOff }: RawTap,
  { tests, failed: failures, planned }: Added,
  reasons: DiagnosticList,
  inconsistencies: DiagnosticList,
): EvidenceStatus {
  if (bailOut !== undefined) {
    reasons.add("bail-out", bailOut === "" ? "the run was given up" : `the run was given up: ${bailOut}`);
    return "failed";
  }
  const hidden = failed && failures === 0;
  if (hidden) inconsistencies.add("failures-differ", "the comments at the end count failures, and no test failed");
  if (!planned) reasons.add("plan-differs", "the tests are not those that were planned, or there is no plan");
  if (hidden) reasons.add("cases-missing", "the totals claim more failures than there are");
  if (cutOff) reasons.add("cut-off", "the last line is a test and has no end");
  if (!planned || hidden || cutOff) return "partial";
  if (tests > 0) return "complete";
  reasons.add("no-tests", "the plan is for no tests");
  return "empty";
}
