import { countTests, hasPassed, type PolicyTestReport } from "../../policy/testing/model.ts";

/** Everything, in the order it ran: `schemas/policy-test.v1.schema.json`. */
export function formatJson(report: PolicyTestReport): string {
  const { tests, coverage, threshold, engine } = report;
  const document = {
    schema: "gate/policy-test/v1",
    passed: hasPassed(report),
    engine,
    counts: countTests(tests),
    tests,
    ...(coverage === undefined ? {} : { coverage: { ...coverage, ...(threshold === undefined ? {} : { threshold }) } }),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
