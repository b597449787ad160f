import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DecisionInputs, decide, isClosed } from "../../src/decision/decide.ts";
import { assessEvidence } from "../../src/decision/evidence.ts";
import { type DecisionGate, GATE_RESULTS, INTEGRITY_LEVELS } from "../../src/decision/types.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import { exampleDocument } from "../../src/policy/examples.ts";

const digest = sha256("");

function gate(changes: Partial<DecisionGate>): DecisionGate {
  return {
    id: "gate",
    title: "Gate",
    enforcement: "mandatory",
    result: "pass",
    applicable: 1,
    durationMs: 1,
    parameters: {},
    evidence: [],
    violations: [],
    controls: [],
    ...changes,
  };
}

function inputs(changes: Partial<DecisionInputs>): DecisionInputs {
  return {
    id: "01900000-0000-7000-8000-000000000000",
    evaluatedAt: "2026-01-01T00:00:00.000Z",
    engineVersion: "0.0.0",
    environment: "production",
    subject: { commit: "a".repeat(40), artifacts: [], source: "git", dirty: false },
    policy: { digest, wasm: digest, source: "builtin", gates: 1, toolchain: "opa" },
    config: { digest, path: "gate.yaml" },
    evidence: [],
    gates: [gate({})],
    requiredIntegrity: "open",
    trust: {},
    recorded: true,
    evidenceStored: false,
    ...changes,
  };
}

describe.each([
  { name: "every gate open", gates: [gate({})], outcome: "allow", exitCode: 0 },
  { name: "a waived gate", gates: [gate({ result: "waived" })], outcome: "allow", exitCode: 0 },
  { name: "a gate that does not apply", gates: [gate({ result: "not-applicable" })], outcome: "allow", exitCode: 0 },
  { name: "a mandatory gate failed", gates: [gate({ result: "fail" })], outcome: "block", exitCode: 1 },
  { name: "a mandatory gate not evaluated", gates: [gate({ result: "not-evaluated" })], outcome: "block", exitCode: 1 },
  {
    name: "an advisory gate failed",
    gates: [gate({}), gate({ id: "b", enforcement: "advisory", result: "fail" })],
    outcome: "approval-required",
    exitCode: 3,
  },
  {
    name: "an advisory gate not evaluated",
    gates: [gate({ enforcement: "advisory", result: "not-evaluated" })],
    outcome: "approval-required",
    exitCode: 3,
  },
  {
    name: "both closed",
    gates: [gate({ result: "fail" }), gate({ id: "b", enforcement: "advisory", result: "fail" })],
    outcome: "block",
    exitCode: 1,
  },
] as const)("$name", ({ gates, outcome, exitCode }) => {
  it(`is ${outcome}, exit ${exitCode}`, () => {
    expect(decide(inputs({ gates }))).toMatchObject({ outcome, exitCode });
  });
});

const document = exampleDocument({ kind: "tests", path: "junit.xml", cases: [{}] }, 0);
const commit = "a".repeat(40);
const boundDocument = { ...document, subject: { commit }, producedAt: "2026-01-01T00:00:00Z" };
const subject = inputs({}).subject;

describe.each([
  { name: "everything in order", changes: {}, level: "bound", codes: ["unsigned"] },
  {
    name: "an unknown commit",
    changes: { subject: { artifacts: [], source: "none" } },
    level: "open",
    codes: ["subject-unknown", "unsigned"],
  },
  {
    name: "a dirty checkout",
    changes: { subject: { ...subject, dirty: true } },
    level: "open",
    codes: ["worktree-dirty", "unsigned"],
  },
  {
    name: "evidence that states its commit",
    changes: { evidence: [assessEvidence(boundDocument, subject)] },
    level: "bound",
    codes: ["unsigned"],
  },
  {
    name: "evidence that does not",
    changes: { evidence: [assessEvidence(document, subject)] },
    level: "open",
    codes: ["evidence-unbound", "evidence-undated", "unsigned"],
  },
  {
    name: "a configuration from anywhere",
    changes: { trust: { config: "it is not committed" } },
    level: "open",
    codes: ["config-untrusted", "unsigned"],
  },
  {
    name: "policies from anywhere",
    changes: { trust: { policy: "it is not committed" } },
    level: "open",
    codes: ["policy-untrusted", "unsigned"],
  },
  { name: "no record", changes: { recorded: false }, level: "open", codes: ["no-audit", "unsigned"] },
] as const)("integrity with $name", ({ changes, level, codes }) => {
  it(`is ${level}`, () => {
    const { integrity } = decide(inputs(changes));
    expect(integrity.level).toBe(level);
    expect(integrity.reasons.map(({ code }) => code)).toEqual(codes);
  });
});

it("lists suppressions in the source at every level without lowering it", () => {
  const suppressed = exampleDocument(
    {
      kind: "findings",
      scans: [{ category: "sast" }],
      findings: [{ suppressed: true, suppressions: [{ kind: "in-source", status: "accepted" }] }],
    },
    0,
  );
  const evidence = [
    assessEvidence({ ...suppressed, subject: { commit }, producedAt: "2026-01-01T00:00:00Z" }, subject),
  ];
  const { integrity } = decide(inputs({ evidence }));
  expect(integrity.level).toBe("bound");
  expect(integrity.reasons.map(({ code }) => code)).toEqual(["in-source-suppressions", "unsigned"]);
});

it.each([
  ["open", "bound", "block"],
  ["bound", "bound", "allow"],
  ["bound", "sealed", "block"],
  ["open", "open", "allow"],
] as const)("%s where %s is required gives %s", (reached, requiredIntegrity, outcome) => {
  const trust = reached === "open" ? { config: "it is not committed" } : {};
  expect(decide(inputs({ requiredIntegrity, trust })).outcome).toBe(outcome);
});

it("does not take evidence of another commit for its own", () => {
  const other = assessEvidence({ ...document, subject: { commit: "b".repeat(40) } }, subject);
  expect(other).toMatchObject({ use: "unbound", bound: false });
  expect(other.reasons[0]).toContain("bbbbbbbbbbbb");
});

it("never allows while a gate is closed, and closing a gate never improves an outcome", () => {
  const rank = { allow: 0, "allow-bypassed": 1, "approval-required": 2, block: 3 } as const;
  const gates = fc.array(
    fc.record({ enforcement: fc.constantFrom("mandatory", "advisory"), result: fc.constantFrom(...GATE_RESULTS) }),
    { minLength: 1, maxLength: 5 },
  );
  fc.assert(
    fc.property(gates, fc.constantFrom(...INTEGRITY_LEVELS), fc.nat(4), (partial, requiredIntegrity, position) => {
      const before = partial.map((changes, index) => gate({ id: `g${index}`, ...changes }));
      const decision = decide(inputs({ gates: before, requiredIntegrity }));
      if (decision.outcome === "allow") expect(before.some(isClosed)).toBe(false);
      const after = before.map((one, index) =>
        index === position ? { ...one, result: "not-evaluated" as const } : one,
      );
      expect(rank[decide(inputs({ gates: after, requiredIntegrity })).outcome]).toBeGreaterThanOrEqual(
        rank[decision.outcome],
      );
    }),
  );
});

it("gives the same bytes whatever the order of the gates", () => {
  const gates = [gate({ id: "a" }), gate({ id: "b" }), gate({ id: "c", result: "fail" })];
  expect(canonicalJson(decide(inputs({ gates: gates.toReversed() })))).toBe(canonicalJson(decide(inputs({ gates }))));
});
