import type { PolicyTestReport } from "../../policy/testing/model.ts";
import { formatGithub } from "./github.ts";
import { formatHuman } from "./human.ts";
import { formatJson } from "./json.ts";
import { formatJunit } from "./junit.ts";
import { formatLcov } from "./lcov.ts";

export interface PolicyTestContext {
  /** The text of each file of the policies, by its path. */
  readonly sources: ReadonlyMap<string, string>;
}

/** The outputs of `gate policy test` by name; the descriptions are the help text. */
export const POLICY_TEST_OUTPUTS = {
  human: { description: "for a terminal: what did not pass first", format: formatHuman },
  json: { description: "everything (policy-test.v1)", format: formatJson },
  junit: { description: "JUnit XML, a test case for each test", format: formatJunit },
  github: { description: "annotations for GitHub Actions", format: formatGithub },
  lcov: { description: "line coverage of the policies", format: formatLcov },
} as const satisfies Record<
  string,
  { readonly description: string; readonly format: (report: PolicyTestReport, context: PolicyTestContext) => string }
>;

export type PolicyTestOutput = keyof typeof POLICY_TEST_OUTPUTS;
