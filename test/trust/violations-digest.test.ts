import { describe, expect, it } from "vitest";
import { violationsDigest } from "../../src/decision/approvals.ts";
import { sampleGate, sampleViolation } from "../decision/fixture.ts";

/** What an approval is bound to. */
describe("what is wrong with a gate", () => {
  const [first, second] = [sampleViolation({ message: "one" }), sampleViolation({ message: "two" })];
  const gate = sampleGate({ result: "fail", violations: [first, second] });

  it.each([
    ["the order of violations", { ...gate, violations: [second, first] }],
    ["what a waiver covers", { ...gate, violations: [first, { ...second, waiver: "W-1" }] }],
    ["what the baseline has", { ...gate, violations: [{ ...first, baseline: true as const }, second] }],
    ["how long it took", { ...gate, durationMs: 99 }],
    ["where it is", { ...gate, violations: [first, { ...second, location: { path: "a.js", line: 9 } }] }],
  ])("is the same, whatever is %s", (_, other) => {
    expect(violationsDigest(other)).toBe(violationsDigest(gate));
  });

  it.each([
    ["one violation more", { ...gate, violations: [first, second, sampleViolation({ message: "three" })] }],
    ["one violation less", { ...gate, violations: [first] }],
    ["the same violation twice", { ...gate, violations: [first, second, second] }],
    ["a graver violation", { ...gate, violations: [first, { ...second, severity: "critical" as const }] }],
    ["another reason", { ...gate, reason: "the scan failed" }],
  ])("is something else with %s", (_, other) => {
    expect(violationsDigest(other)).not.toBe(violationsDigest(gate));
  });
});
