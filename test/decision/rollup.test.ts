import { expect, it } from "vitest";
import { type ComponentResult, rollUp } from "../../src/decision/rollup.ts";
import type { Decision, Outcome } from "../../src/decision/types.ts";
import { sampleDecide, sampleGate } from "./fixture.ts";
import { FAILED_ADVISORY } from "./statements.ts";

const DECIDED: Readonly<Record<Outcome, () => Decision>> = {
  allow: () => sampleDecide(),
  "allow-bypassed": () => ({ ...sampleDecide(), outcome: "allow-bypassed" }),
  "approval-required": () => sampleDecide({ gates: [FAILED_ADVISORY] }),
  block: () => sampleDecide({ gates: [sampleGate({ result: "fail" })] }),
};

it.each<[parts: readonly (Outcome | "untouched")[], outcome: Outcome, exitCode: number]>([
  [[], "allow", 0],
  [["untouched"], "allow", 0],
  [["allow", "untouched", "allow"], "allow", 0],
  [["untouched", "block"], "block", 1],
  [["untouched", "approval-required", "untouched"], "approval-required", 3],
  [["allow", "allow-bypassed"], "allow-bypassed", 0],
  [["allow-bypassed", "allow"], "allow-bypassed", 0],
  [["approval-required", "allow-bypassed"], "approval-required", 3],
  [["allow-bypassed", "approval-required"], "approval-required", 3],
  [["approval-required", "block", "allow"], "block", 1],
  [["block", "approval-required", "untouched"], "block", 1],
])("%j together are %s, exit %i", (parts, outcome, exitCode) => {
  const components = parts.map((part, index): ComponentResult => {
    const result = { name: `part ${index}`, because: "the change touches it" };
    return part === "untouched" ? result : { ...result, decision: DECIDED[part]() };
  });
  expect(rollUp("production", components)).toEqual({
    schema: "gate/rollup/v1",
    environment: "production",
    outcome,
    exitCode,
    components,
  });
});
