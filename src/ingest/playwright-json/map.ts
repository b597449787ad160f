import type { TestStatus } from "../../evidence/types.ts";
import { normalisePath, pathInCheckout, relativeTo } from "../paths.ts";
import type { FoundCase } from "../test-cases.ts";
import type { RawAttempt, RawTest } from "./parse.ts";

/** Paths are relative to a folder that is known to the run only, unless the run was in this checkout. */
export function fileOf(file: string, rootDir: string, root: string | undefined): string {
  const below = root === undefined ? undefined : relativeTo(root, normalisePath(`${rootDir}/${file}`));
  return below ?? pathInCheckout(file, root);
}

/** A test with what its attempts come to. */
export function foundCase(test: RawTest, file: string): FoundCase {
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
  { attempts, expectedStatus, outcome, toFix }: RawTest,
  last: RawAttempt | undefined,
  outcomes: readonly TestStatus[],
): Pick<FoundCase, "status" | "note" | "flaky"> {
  const status = outcomes.at(-1) ?? "skipped";
  if (status === "failed" && last?.status === "passed") return { status, note: "unexpected-pass" };
  if (outcome === "unexpected" && !isBad(status)) return { status: "failed" };
  if (last === undefined) {
    const wanted = expectedStatus === "skipped" && attempts.length > 0;
    if (!wanted) return { status, note: "not-run" };
    return toFix ? { status, note: "todo" } : { status };
  }
  if (status === "skipped") return { status, note: "expected-failure" };
  return { status, flaky: status === "passed" && outcomes.some(isBad) };
}

/** Whether it stands for something that went wrong. */
export function isBad(status: TestStatus | undefined): boolean {
  return status === "failed" || status === "errored";
}
