import { describe, expect, it } from "vitest";
import { peopleOf } from "../../src/decision/people.ts";
import type { Decision, DecisionGate } from "../../src/decision/types.ts";
import { applyWaivers, type Waiver } from "../../src/decision/waivers.ts";
import { excusesOfGate, excusesOfViolation } from "../../src/explain/excuses.ts";
import {
  NOW,
  sampleDecide,
  sampleEnvironment,
  sampleGate,
  sampleInputs,
  sampleViolation,
} from "../decision/fixture.ts";

const SQL = sampleViolation({ message: "SQL injection", rule: "sql" });
const SHELL = sampleViolation({ message: "a shell", rule: "shell" });
const FAILED: DecisionGate = sampleGate({ id: "sast", result: "fail", violations: [SQL, SHELL] });

const WAIVER: Waiver = {
  id: "W-1",
  gate: "sast",
  fingerprint: SQL.fingerprint,
  severity: "critical",
  occurrences: 1,
  reason: "it is behind a flag",
  ticket: "T-1",
  owner: "carol",
  requestedBy: "carol",
  approvedBy: ["ada", "bob"],
  created: "2025-12-20",
  expires: "2026-01-10",
  scope: { environments: [], paths: [] },
  source: "waivers.yaml:2",
};

/** A decision of one failed gate, with a waiver as it is. */
function decided(waiver: Waiver): { readonly decision: Decision; readonly gate: DecisionGate } {
  const subject = sampleInputs().subject;
  const people = peopleOf(["ada", "bob"].map((name) => ({ name, roles: [], identities: [] })));
  const context = { environment: "production", rules: sampleEnvironment().waivers, people, authors: ["dave"], subject };
  const { gates, report } = applyWaivers([FAILED], [waiver], { ...context, now: new Date(NOW) });
  const [gate = FAILED] = gates;
  return { decision: { ...sampleDecide(), gates, waivers: report }, gate };
}

describe("what people decided about a violation", () => {
  it.each([
    { name: "covers it", waiver: WAIVER, counts: true, text: /^it covers 1 until 2026-01-10/ },
    { name: "has expired", waiver: { ...WAIVER, expires: "2025-12-31" }, counts: false, text: /expired/ },
    { name: "was approved by too few", waiver: { ...WAIVER, approvedBy: ["ada"] }, counts: false, text: /approv/ },
    {
      name: "is for a finding that is less grave",
      waiver: { ...WAIVER, severity: "low" as const },
      counts: false,
      text: /graver/,
    },
  ])("names a waiver that $name", ({ waiver, counts, text }) => {
    const { decision, gate } = decided(waiver);
    const inputs = sampleInputs({ waivers: [waiver] });
    const [excused, other] = gate.violations;
    if (excused === undefined || other === undefined) throw new Error("there are two violations");
    expect(excusesOfViolation(decision, gate, excused, inputs)).toEqual([
      { kind: "waiver", id: "W-1", source: "waivers.yaml:2", counts, text: expect.stringMatching(text) },
    ]);
    expect(excusesOfViolation(decision, gate, other, inputs)).toEqual([]);
    expect(excusesOfGate(decision, gate)).toHaveLength(1);
    expect(excusesOfGate(decision, sampleGate({ id: "secrets" }))).toEqual([]);
  });

  it.each([
    {
      name: "an old one",
      violation: { ...SQL, baseline: true as const },
      counts: true,
      text: /was there at the decision D/,
    },
    { name: "a new one", violation: SQL, counts: false, text: /new/ },
  ])("says whether the baseline has it: $name", ({ violation, counts, text }) => {
    const gate = { ...FAILED, violations: [violation] };
    const baseline = { ...sampleDecide().baseline, decision: "D", path: "baseline.json", covers: 1, gone: 0 };
    const decision = { ...sampleDecide(), gates: [gate], baseline };
    expect(excusesOfViolation(decision, gate, violation, sampleInputs())).toEqual([
      { kind: "baseline", source: "baseline.json", counts, text: expect.stringMatching(text) },
    ]);
  });

  it("names approvals that do not count, with the reason", () => {
    const note = {
      id: SQL.fingerprint,
      kind: "approval" as const,
      gate: "sast",
      approver: "ada",
      roles: [],
      via: "ssh",
      reason: "fine",
      expires: "2026-01-10",
      counts: false,
      problem: "ada is an author of the change",
    };
    const decision = { ...sampleDecide(), gates: [FAILED], approvals: [note] };
    expect(excusesOfGate(decision, FAILED)).toMatchObject([
      { kind: "approval", counts: false, text: expect.stringContaining("ada is an author of the change") },
    ]);
  });
});
