import { expect, it } from "vitest";
import { isBlocking, isClosed, standsInTheWay } from "../../src/decision/closed.ts";
import { isCovered, settleGate } from "../../src/decision/covered.ts";
import type { DecisionGate } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { sampleGate, sampleViolation } from "./fixture.ts";

const APPROVED = { approvedBy: [sha256("approval")] } as const;

it.each<[string, Partial<DecisionGate>, closed: boolean, inTheWay: boolean, blocking: boolean, warning: boolean]>([
  ["a mandatory gate that fails", { result: "fail" }, true, true, true, true],
  ["one that was not evaluated", { result: "not-evaluated" }, true, true, true, true],
  [
    "a mandatory gate that somebody approved, which nobody can",
    { result: "fail", ...APPROVED },
    true,
    true,
    true,
    true,
  ],
  ["an advisory gate that fails", { enforcement: "advisory", result: "fail" }, true, true, true, false],
  ["one that was approved", { enforcement: "advisory", result: "fail", ...APPROVED }, true, false, false, false],
  ["a gate that passes", {}, false, false, false, false],
  ["a gate that is waived", { result: "waived" }, false, false, false, false],
  ["a gate that does not apply", { result: "not-applicable" }, false, false, false, false],
])("%s", (_, changes, closed, inTheWay, blocking, warning) => {
  const gate = sampleGate(changes);
  expect(isClosed(gate)).toBe(closed);
  expect(standsInTheWay(gate)).toBe(inTheWay);
  expect(isBlocking(gate, "approval")).toBe(blocking);
  expect(isBlocking(gate, "warning")).toBe(warning);
});

it.each<[DecisionGate["result"], DecisionGate["result"]]>([
  ["fail", "waived"],
  ["not-evaluated", "not-evaluated"],
  ["pass", "pass"],
  ["not-applicable", "not-applicable"],
])("a gate that is %s, and of which every violation is covered, is %s", (result, settled) => {
  const violations = [
    sampleViolation({ waiver: "w1" }),
    sampleViolation({ baseline: true }),
    sampleViolation({ exception: "rule" }),
  ];
  expect(violations.map(isCovered)).toEqual([true, true, true]);
  expect(settleGate(sampleGate({ result, violations })).result).toBe(settled);
});

it.each([
  ["nothing", {}],
  ["a baseline that does not have it", { baseline: false }],
])("a violation that has %s keeps its gate closed", (_, changes) => {
  const violations = [sampleViolation({ waiver: "w1" }), sampleViolation({ message: "other", ...changes } as object)];
  expect(settleGate(sampleGate({ result: "fail", violations })).result).toBe("fail");
});
