import { describe, expect, it } from "vitest";
import { type Obligation, obligationOf, obligationsGate, reviewerProblem } from "../../src/decision/obligations.ts";
import { sampleDecide, sampleEnvironment, sampleGate } from "./fixture.ts";

const OWED: Obligation = {
  id: "01900000-0000-7000-8000-000000000001",
  repository: "acme/payments",
  environment: "production",
  gates: ["sast"],
  reason: "the shop was down",
  ticket: "INC-1",
  requestedBy: "bob",
  identities: ["bob@example.com", "github:bob-gh"],
  approvers: ["alice"],
  createdAt: "2026-01-01T00:00:00.000Z",
  dueAt: "2026-01-04T00:00:00.000Z",
};
const LATER = { ...OWED, id: "01900000-0000-7000-8000-000000000002", dueAt: "2026-01-05T00:00:00.000Z" };

describe("the gate of what is owed", () => {
  it("is not there where nothing is", () => {
    expect(obligationsGate([], new Date("2026-01-01"))).toBeUndefined();
  });

  it.each([
    { name: "before it is due", now: "2026-01-03T23:59:59.999Z", open: [LATER, OWED], result: "pass" },
    { name: "when it is due", now: OWED.dueAt, open: [LATER, OWED], result: "not-evaluated" },
    {
      name: "where nobody can read when it is due",
      now: OWED.createdAt,
      open: [{ ...OWED, dueAt: "soon" }],
      result: "not-evaluated",
    },
  ])("$name: $result", ({ now, open, result }) => {
    expect(obligationsGate(open, new Date(now))).toMatchObject({
      id: "obligations",
      enforcement: "mandatory",
      result,
      applicable: open.length,
    });
  });

  it("says what is due when, the most urgent first", () => {
    const { reason = "" } = obligationsGate([LATER, OWED], new Date("2026-01-02")) ?? {};
    expect(reason.split("; ").map((line) => line.slice(-24))).toEqual([OWED.dueAt, LATER.dueAt]);
  });

  it("names each overdue review, who asked, since when, and what to run", () => {
    const gate = obligationsGate([LATER, OWED], new Date("2026-01-04T12:00:00Z"));
    expect(gate?.reason).toBe(
      `the review of the bypass of production that bob asked for at ${OWED.createdAt} is overdue since ${OWED.dueAt} (\`gate review ${OWED.id}\`)`,
    );
    expect(gate?.remediation).toContain(`gate review ${OWED.id}`);
  });

  it.each([
    { audit: "required", outcome: "block" },
    { audit: "optional", outcome: "allow" },
  ] as const)("where the audit is $audit: $outcome", ({ audit, outcome }) => {
    const environment = sampleEnvironment({ audit });
    const overdue = { ...OWED, dueAt: "2025-12-31" };
    expect(sampleDecide({ gates: [sampleGate()] }, { environment, obligations: [overdue] }).outcome).toBe(outcome);
    expect(sampleDecide({ gates: [sampleGate()] }, { environment, obligations: [OWED] }).outcome).toBe("allow");
  });
});

describe("what a decision owes", () => {
  it("is nothing without a bypass", () => {
    expect(obligationOf(sampleDecide(), [])).toBeUndefined();
  });
});

describe("who reviews", () => {
  it.each([
    "bob",
    "Bob",
    "bob@example.com",
    "Robert <BOB@example.com>",
    "github:bob-gh",
    "bob-gh",
    "Bob <else@example.org>",
  ])("is not %s, who asked for the bypass", (reviewer) => {
    expect(reviewerProblem(OWED, reviewer)).toContain("asked for the bypass");
  });

  it.each(["alice", "dave@example.com", "bobby"])("can be %s", (reviewer) => {
    expect(reviewerProblem(OWED, reviewer)).toBeUndefined();
  });

  it("is nobody where the record no longer says who asked", () => {
    expect(reviewerProblem({ ...OWED, requestedBy: "", identities: [] }, "alice")).toContain("no longer says");
  });
});
