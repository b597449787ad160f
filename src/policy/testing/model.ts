import type { Coverage, FailedExpression } from "../toolchain/protocol.ts";

/** Where tests of rules run: OPA's own interpreter, the runtime of the gates, or both, which have to agree. */
export const ENGINES = ["both", "opa", "wasm"] as const;
export type Engine = (typeof ENGINES)[number];

export type TestStatus = "passed" | "failed" | "error" | "skipped";

/** What one engine made of a test. */
export interface EngineResult {
  readonly status: TestStatus;
  /** Why, in words; absent where it passed. */
  readonly reason?: string;
}

/** One case of a test rule that has cases, `test_x[case]`. */
export interface TestCaseResult {
  /** Names of cases of cases are joined with ` / `. */
  readonly name: string;
  readonly passed: boolean;
  readonly failedAt?: FailedExpression;
}

/** What an example expects of a gate, or what the gate said. */
export interface ExampleAnswer {
  readonly result: string;
  /** The messages, in the order of the decision; absent where the example leaves them open. */
  readonly violations?: readonly string[];
  readonly reason?: string;
}

/** One test: a rule `test_...`, an example of a gate, or the proof that a gate denies its known-bad example. */
export interface PolicyTest {
  readonly kind: "rule" | "example" | "canary";
  /** As in `data.lib.ratio_test.test_less` and `examples/unit-coverage/lines below the threshold`. */
  readonly name: string;
  readonly file: string;
  /** 1-based; absent where it is not known. */
  readonly row?: number;
  readonly status: TestStatus;
  readonly durationMs: number;
  /** Why it did not pass, in lines; absent where `failedAt` or `cases` say it. */
  readonly reason?: string;
  /** Set where the two engines differ, which is a failure. */
  readonly disagreement?: { readonly opa: EngineResult; readonly wasm: EngineResult };
  /** Why only one of the two engines was asked, where both should have been. */
  readonly notCompared?: string;
  readonly failedAt?: FailedExpression;
  readonly cases?: readonly TestCaseResult[];
  /** What `print` wrote. */
  readonly output?: string;
  readonly expected?: ExampleAnswer;
  readonly actual?: ExampleAnswer;
}

/** Everything that `gate policy test` found out. */
export interface PolicyTestReport {
  readonly engine: Engine;
  /** Tests of rules in the order of the sources, then examples. */
  readonly tests: readonly PolicyTest[];
  /** Of the policies, without their tests; absent where OPA's runner was not asked. */
  readonly coverage?: Coverage;
  /** The coverage that was asked for, in percent. */
  readonly threshold?: number;
}

/** How many tests there are of each status. */
export function countTests(tests: readonly PolicyTest[]): Readonly<Record<TestStatus, number>> {
  const counts = { passed: 0, failed: 0, error: 0, skipped: 0 };
  for (const { status } of tests) counts[status] += 1;
  return counts;
}

/** Whether less was covered than was asked for. */
export function isBelowThreshold({ coverage, threshold }: PolicyTestReport): boolean {
  return threshold !== undefined && (coverage?.percent ?? 0) < threshold;
}

/** Whether everything passed and enough was covered. */
export function hasPassed(report: PolicyTestReport): boolean {
  const { failed, error } = countTests(report.tests);
  return failed === 0 && error === 0 && !isBelowThreshold(report);
}
