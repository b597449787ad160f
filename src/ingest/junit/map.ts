import type { TestNote, TestStatus } from "../../evidence/types.ts";
import type { FoundCase } from "../test-cases.ts";
import type { RawCase, RawSuite } from "./parse.ts";

/** What a case takes from the suites around it. */
export interface SuiteOfCase {
  /** The name of the root element, by which some tools can be told. */
  readonly dialect: string;
  /** Of the suite, or of the nearest one around it that has a name. */
  readonly name: string;
  readonly file: string | undefined;
}

/** A case, and how many attempts before it are elements of their own. */
export interface AttemptedCase {
  readonly raw: RawCase;
  readonly before: number;
}

/** A declared total; some tools write thousands separators, and some write nothing. */
export function totalOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d[\d,]*$/.test(text.trim()) ? Number(text.replaceAll(",", "")) : undefined;
}

/**
 * The cases of a suite. pytest-rerunfailures writes each attempt that it repeats as a case of the same name without an
 * outcome, and leaves it out of the suite's total: that is how it is told from a parametrised test without ids, whose
 * cases all count. A case with an outcome is never taken for such an attempt, so nothing that failed can go unseen.
 */
export function attemptsIn({ cases, attributes }: RawSuite, suite: SuiteOfCase): readonly AttemptedCase[] {
  const pytest = suite.dialect === "pytest tests" || suite.name === "pytest";
  const groups = Map.groupBy(cases, ({ attributes: { classname, name, file, line } }) => {
    return JSON.stringify([classname, name, file, line]);
  });
  if (!pytest || groups.size === cases.length || groups.size !== totalOf(attributes["tests"])) {
    return cases.map((raw) => ({ raw, before: 0 }));
  }
  const before = new Map<RawCase, number>();
  for (const group of groups.values()) {
    const repeated = group.slice(0, -1).every(isPlain);
    for (const raw of repeated ? group.slice(-1) : group) before.set(raw, repeated ? group.length - 1 : 0);
  }
  return [...before].map(([raw, count]) => ({ raw, before: count }));
}

function isPlain({ failures, errors, skips, flaky, reruns }: RawCase): boolean {
  return failures + errors + skips + flaky.length + reruns.length === 0;
}

/**
 * A case with what its element says.
 *
 * @param before attempts before it that are elements of their own; all of them failed
 */
export function foundCase(raw: RawCase, before: number, suite: SuiteOfCase): FoundCase {
  const { attributes, flaky, reruns, message } = raw;
  const className = attributes["classname"]?.trim() ?? "";
  const outcome = outcomeOf(raw, suite);
  const failedBefore = [...Array.from({ length: before }, () => "failed" as const), ...flaky];
  return {
    suite: suite.name || className,
    className,
    name: attributes["name"] ?? "",
    file: attributes["file"] ?? suite.file,
    ...outcome,
    ...(failedBefore.length + reruns.length === 0 ? {} : { outcomes: [...failedBefore, outcome.status, ...reruns] }),
    flaky: failedBefore.length > 0,
    message,
    durationMs: Number(attributes["time"]?.trim().replaceAll(",", "") || Number.NaN) * 1000,
  };
}

interface Outcome {
  readonly status: TestStatus;
  readonly note?: TestNote;
}

/** The worst that the case says about itself: by its children, else by the attributes of GoogleTest and CTest. */
function outcomeOf(raw: RawCase, suite: SuiteOfCase): Outcome {
  if (isLoadError(raw, suite)) return { status: "errored", note: "load-error" };
  // node:test: what is still to be done may fail.
  if (raw.skipType === "todo") return { status: "skipped", note: "todo" };
  const status = raw.failures > 0 || raw.reruns.length > 0 ? "failed" : raw.errors > 0 ? "errored" : undefined;
  // pytest and unittest-xml-reporting.
  const unexpected = raw.message?.startsWith("[XPASS(strict)]") === true || raw.failureType === "UnexpectedSuccess";
  if (status !== undefined) return unexpected ? { status: "failed", note: "unexpected-pass" } : { status };
  const words = [raw.attributes["status"], raw.attributes["result"]].map((word) => word?.toLowerCase() ?? "");
  if (words.some((word) => /^(fail(ed|ure)?|broken|timed ?out|timeout)$/.test(word))) return { status: "failed" };
  if (words.some((word) => /^errore?d?$/.test(word))) return { status: "errored" };
  if (/^(?:pytest\.)?xfail$/i.test(raw.skipType ?? "")) return { status: "skipped", note: "expected-failure" };
  if (words.includes("notrun")) return { status: "skipped", note: "not-run" };
  const skipped = words.some((word) => /^(disabled|skipped|suppressed|ignored)$/.test(word));
  return { status: raw.skips > 0 || skipped ? "skipped" : "passed" };
}

/** A test file that pytest, unittest, jest-junit or vitest could not load, and wrote as if it were a case. */
function isLoadError({ attributes, failures, errors, message }: RawCase, suite: SuiteOfCase): boolean {
  const { classname, name } = attributes;
  if (errors > 0 && (message === "collection failure" || classname === "Test suite failed to run")) return true;
  if (failures + errors > 0 && classname === "unittest.loader._FailedTest") return true;
  return failures > 0 && suite.dialect === "vitest tests" && name === classname && name === suite.name;
}
