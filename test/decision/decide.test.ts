import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DecisionInputs, type GateResults, isClosed } from "../../src/decision/decide.ts";
import { assessEvidence, bySubjectAlone } from "../../src/decision/evidence.ts";
import { GATE_RESULTS, INTEGRITY_LEVELS } from "../../src/decision/types.ts";
import { canonicalJson } from "../../src/evidence/canonical.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { COMMIT, sampleDecide, sampleEnvironment, sampleGate, sampleInputs } from "./fixture.ts";

describe.each([
  { name: "every gate open", gates: [sampleGate({})], outcome: "allow", exitCode: 0 },
  { name: "a waived gate", gates: [sampleGate({ result: "waived" })], outcome: "allow", exitCode: 0 },
  {
    name: "a gate that does not apply",
    gates: [sampleGate({ result: "not-applicable" })],
    outcome: "allow",
    exitCode: 0,
  },
  { name: "a mandatory gate failed", gates: [sampleGate({ result: "fail" })], outcome: "block", exitCode: 1 },
  {
    name: "a mandatory gate not evaluated",
    gates: [sampleGate({ result: "not-evaluated" })],
    outcome: "block",
    exitCode: 1,
  },
  {
    name: "an advisory gate failed",
    gates: [sampleGate({}), sampleGate({ id: "b", enforcement: "advisory", result: "fail" })],
    outcome: "approval-required",
    exitCode: 3,
  },
  {
    name: "an advisory gate not evaluated",
    gates: [sampleGate({ enforcement: "advisory", result: "not-evaluated" })],
    outcome: "approval-required",
    exitCode: 3,
  },
  {
    name: "both closed",
    gates: [sampleGate({ result: "fail" }), sampleGate({ id: "b", enforcement: "advisory", result: "fail" })],
    outcome: "block",
    exitCode: 1,
  },
] as const)("$name", ({ gates, outcome, exitCode }) => {
  it(`is ${outcome}, exit ${exitCode}`, () => {
    expect(sampleDecide({ gates })).toMatchObject({ outcome, exitCode });
  });
});

const document = exampleDocument({ kind: "tests", path: "junit.xml", cases: [{}] }, 0);
const boundDocument = { ...document, subject: { commit: COMMIT }, producedAt: "2026-01-01T00:00:00Z" };
const { subject } = sampleInputs();

describe.each([
  { name: "everything in order", level: "bound", codes: ["unsigned"] },
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
    results: { evidence: [assessEvidence(boundDocument, bySubjectAlone(subject))] },
    level: "bound",
    codes: ["unsigned"],
  },
  {
    name: "evidence that does not",
    results: { evidence: [assessEvidence(document, bySubjectAlone(subject))] },
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
] satisfies readonly {
  readonly name: string;
  readonly results?: Partial<GateResults>;
  readonly changes?: Partial<DecisionInputs>;
  readonly level: string;
  readonly codes: readonly string[];
}[])("integrity with $name", ({ results, changes, level, codes }) => {
  it(`is ${level}`, () => {
    const { integrity } = sampleDecide(results, changes);
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
    assessEvidence(
      { ...suppressed, subject: { commit: COMMIT }, producedAt: "2026-01-01T00:00:00Z" },
      bySubjectAlone(subject),
    ),
  ];
  const { integrity } = sampleDecide({ evidence });
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
  expect(sampleDecide({}, { environment: sampleEnvironment({ integrity: requiredIntegrity }), trust }).outcome).toBe(
    outcome,
  );
});

it("does not take evidence of another commit for its own", () => {
  const other = assessEvidence({ ...document, subject: { commit: "b".repeat(40) } }, bySubjectAlone(subject));
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
      const before = partial.map((changes, index) => sampleGate({ id: `g${index}`, ...changes }));
      const environment = sampleEnvironment({ integrity: requiredIntegrity });
      const decision = sampleDecide({ gates: before }, { environment });
      if (decision.outcome === "allow") expect(before.some(isClosed)).toBe(false);
      const after = before.map((one, index) =>
        index === position ? { ...one, result: "not-evaluated" as const } : one,
      );
      expect(rank[sampleDecide({ gates: after }, { environment }).outcome]).toBeGreaterThanOrEqual(
        rank[decision.outcome],
      );
    }),
  );
});

it("gives the same bytes whatever the order of the gates", () => {
  const gates = [sampleGate({ id: "a" }), sampleGate({ id: "b" }), sampleGate({ id: "c", result: "fail" })];
  expect(canonicalJson(sampleDecide({ gates: gates.toReversed() }))).toBe(canonicalJson(sampleDecide({ gates })));
});

it("says which form its documents have, and what made them", () => {
  const decision = sampleDecide();
  expect(decision).toMatchObject({ schema: "gate/decision/v1", engine: { name: "gate", version: "0.0.0" } });
  expect(sampleInputs().schema).toBe("gate/inputs/v1");
});

it("says of evidence that it is stored where it is", () => {
  const evidence = [assessEvidence(document, bySubjectAlone(subject))];
  expect(sampleDecide({ evidence }, { evidenceStored: true }).evidence).toEqual([
    expect.objectContaining({ id: document.id, path: "junit.xml", stored: true }),
  ]);
  expect(sampleDecide({ evidence }).evidence[0]).not.toHaveProperty("stored");
});
