import type { TestCase, TestStatus } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { normalisePath } from "../paths.ts";
import { earlierOf, instantOf, kept } from "../values.ts";
import type { RawCase, RawSuite } from "./parse.ts";

/** Everything counted anew from the cases of a report. */
export interface CountedReport {
  readonly cases: readonly TestCase[];
  readonly suites: number;
  readonly producedAt: string | undefined;
  /** Whether the report itself says that more went wrong, or more was run, than its cases show. */
  readonly lacking: boolean;
}

/** What a suite holds, as cases and as attempts, in itself and with the suites in it. */
interface Tally {
  tests: number;
  attempts: number;
  failed: number;
  failedAttempts: number;
  skipped: number;
}

interface Collected {
  readonly cases: TestCase[];
  readonly seen: Map<string, number>;
  readonly limits: Limits;
  readonly inconsistencies: DiagnosticList;
  suites: number;
  producedAt: string | undefined;
  lacking: boolean;
}

/**
 * Counts a report and compares the totals it declares with the count. The count is what is used; but totals that claim
 * more failures or more tests than there are cases mean that cases are missing, so such a report is never clean.
 */
export function countReport(root: RawSuite, limits: Limits, inconsistencies: DiagnosticList): CountedReport {
  const collected: Collected = {
    cases: [],
    seen: new Map(),
    limits,
    inconsistencies,
    suites: 0,
    producedAt: undefined,
    lacking: false,
  };
  countSuite(root, "", undefined, collected);
  return collected;
}

function countSuite(suite: RawSuite, parentName: string, parentFile: string | undefined, into: Collected): Tally {
  const name = suite.attributes["name"]?.trim() || parentName;
  const file = suite.attributes["file"] ?? suite.attributes["filepath"] ?? parentFile;
  if (suite.element === "testsuite") into.suites++;
  into.producedAt = earlierOf(into.producedAt, instantOf(suite.attributes["timestamp"]));
  const tally: Tally = { tests: 0, attempts: 0, failed: 0, failedAttempts: 0, skipped: 0 };
  for (const raw of suite.cases) {
    const found = caseOf(raw, name, file, into);
    into.cases.push(found);
    const bad = found.status === "failed" || found.status === "errored";
    const retried = raw.flaky + raw.reruns;
    add(tally, {
      tests: 1,
      attempts: found.attempts,
      failed: bad ? 1 : 0,
      failedAttempts: retried + (bad ? Math.max(1, raw.failures + raw.errors) : 0),
      skipped: found.status === "skipped" ? 1 : 0,
    });
  }
  const direct = { ...tally };
  for (const inner of suite.suites) add(tally, countSuite(inner, name, file, into));
  compareTotals(suite, direct, tally, into);
  return tally;
}

function add(to: Tally, from: Tally): void {
  to.tests += from.tests;
  to.attempts += from.attempts;
  to.failed += from.failed;
  to.failedAttempts += from.failedAttempts;
  to.skipped += from.skipped;
}

/** Tools count cases or attempts, and a suite with or without those in it; any of these agrees. */
function compareTotals(suite: RawSuite, direct: Tally, all: Tally, into: Collected): void {
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

/** A declared total; some tools write thousands separators, and some write nothing. */
function totalOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d[\d,]*$/.test(text.trim()) ? Number(text.replaceAll(",", "")) : undefined;
}

function caseOf(raw: RawCase, suiteName: string, suiteFile: string | undefined, into: Collected): TestCase {
  const { attributes } = raw;
  const { limits } = into;
  const className = attributes["classname"]?.trim() ?? "";
  const suite = kept(suiteName || className || "(no suite)", limits);
  const name = kept(attributes["name"]?.trim() || "(no name)", limits);
  const file = attributes["file"] ?? suiteFile;
  const seconds = Number(attributes["time"]?.trim().replaceAll(",", "") || Number.NaN);
  const status = statusOf(raw);
  return {
    id: uniqueId(
      [suite, ...(className === "" || className === suite ? [] : [kept(className, limits)]), name],
      into.seen,
    ),
    suite,
    name,
    ...(file?.trim() ? { file: kept(normalisePath(file), limits) } : {}),
    status,
    attempts: 1 + raw.flaky + raw.reruns,
    flaky: raw.flaky > 0 && status === "passed",
    ...(raw.message === undefined ? {} : { message: kept(raw.message, limits) }),
    ...(seconds >= 0 ? { durationMs: Math.round(seconds * 1000) } : {}),
  };
}

/** The worst that the case says about itself: by its children, else by the attributes of GoogleTest and CTest. */
function statusOf(raw: RawCase): TestStatus {
  if (raw.failures > 0 || raw.reruns > 0) return "failed";
  if (raw.errors > 0) return "errored";
  const words = [raw.attributes["status"], raw.attributes["result"]].map((word) => word?.toLowerCase() ?? "");
  if (words.some((word) => /^(fail(ed|ure)?|broken|timed ?out|timeout)$/.test(word))) return "failed";
  if (words.some((word) => /^errore?d?$/.test(word))) return "errored";
  const skipped = words.some((word) => /^(notrun|disabled|skipped|suppressed|ignored)$/.test(word));
  return raw.skips > 0 || skipped ? "skipped" : "passed";
}

/** Parametrised tests without ids share a name, so later ones get an ordinal. */
function uniqueId(parts: readonly string[], seen: Map<string, number>): string {
  const id = parts.join(" > ");
  const before = seen.get(id) ?? 0;
  seen.set(id, before + 1);
  return before === 0 ? id : uniqueId([`${id} #${before + 1}`], seen);
}
