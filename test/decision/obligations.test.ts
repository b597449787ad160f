import { describe, expect, it } from "vitest";
import { type Obligation, obligationOf, obligationsGate, reviewerProblem } from "../../src/decision/obligations.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { COMMIT, sampleDecide, sampleEnvironment, sampleGate } from "./fixture.ts";

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

describe("the words of what is owed", () => {
  it("say what is due, and where", () => {
    expect(obligationsGate([OWED], new Date(OWED.createdAt))).toEqual({
      id: "obligations",
      title: "Reviews of emergency bypasses",
      enforcement: "mandatory",
      result: "pass",
      reason: `the review of the bypass of production (${OWED.id}) is due at ${OWED.dueAt}`,
      applicable: 1,
      durationMs: 0,
      parameters: {},
      evidence: [],
      violations: [],
      controls: [],
    });
  });

  it("name every overdue review in one order, and whoever is not known", () => {
    const same = { ...OWED, id: "01900000-0000-7000-8000-000000000000", requestedBy: "" };
    const late = new Date("2026-01-05T00:00:00Z");
    const gate = obligationsGate([LATER, OWED, same], late);
    expect(obligationsGate([same, LATER, OWED], late)).toEqual(gate);
    const line = ({ id, dueAt }: Obligation, who: string): string =>
      `the review of the bypass of production that ${who} asked for at ${OWED.createdAt} is overdue since ${dueAt} (\`gate review ${id}\`)`;
    expect(gate?.reason).toBe([line(same, "somebody"), line(OWED, "bob"), line(LATER, "bob")].join("; "));
    expect(gate?.remediation).toBe(
      `Look at what happened, and record it: \`gate review ${same.id}\`, \`gate review ${OWED.id}\`, \`gate review ${LATER.id}\`.`,
    );
  });

  it("are what a bypassed decision owes, with every name of whoever asked", () => {
    const bypass = {
      id: sha256("bypass"),
      reason: OWED.reason,
      ticket: OWED.ticket,
      requestedBy: "bob",
      approvers: ["alice"],
      expires: OWED.dueAt,
      gates: ["sast"],
      reviewDue: OWED.dueAt,
    };
    const people = [{ name: "bob", roles: [], identities: OWED.identities }];
    const { subject, ...decision } = sampleDecide();
    const of = (about: object) => obligationOf({ ...decision, bypass, subject: { ...subject, ...about } }, people);
    const { repository, ...owed } = { ...OWED, id: decision.id };
    expect(of({ repository })).toEqual({ ...owed, repository, commit: COMMIT });
    const { commit: _commit, ...unknown } = subject;
    expect(obligationOf({ ...decision, bypass, subject: unknown }, people)).toEqual(owed);
  });
});
