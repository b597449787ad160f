import { describe, expect, it } from "vitest";
import { conclude } from "../../src/decision/conclude.ts";
import type { DecisionInputs } from "../../src/decision/decide.ts";
import { type Environment, everyGate, type RiskProfile, type RiskRules } from "../../src/decision/environment.ts";
import { evaluateGates, proveMandatory } from "../../src/decision/evaluate.ts";
import { assessEvidence, bySubjectAlone } from "../../src/decision/evidence.ts";
import { changesOf, riskGate, riskOf, underRisk } from "../../src/decision/risk.ts";
import type { Decision, EnforcedGate } from "../../src/decision/types.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import type { BundledGate } from "../../src/policy/bundle.ts";
import type { EvaluationSession, GateEvaluation } from "../../src/policy/evaluate.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import type { GateContext } from "../../src/policy/input.ts";
import type { GateStatement } from "../../src/policy/statement.ts";
import { COMMIT, NOW, sampleEnvironment, sampleGate, sampleInputs } from "./fixture.ts";

/** What a session was asked. */
interface Question {
  readonly gate: string;
  readonly documents: readonly string[];
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly context: GateContext;
  readonly nowMs: number;
}

interface Policies {
  readonly session: EvaluationSession;
  readonly asked: Question[];
  readonly proved: string[];
}

/** Policies that say what they are told to; a gate's module is given by its name, such as `2/tests`. */
function policies(statements: Readonly<Record<string, Partial<GateStatement>>> = {}): Policies {
  const asked: Question[] = [];
  const proved: string[] = [];
  const session: EvaluationSession = {
    gate: (id): BundledGate => ({
      id,
      title: id,
      description: "",
      package: `data.gates.${id}`,
      evidence: [{ kind: id.endsWith("sast") ? "findings" : "tests", fields: [] }],
      parameters: { properties: { limit: { type: "integer", default: 7 } } },
      controls: [],
      remediation: "Mend it.",
      path: `${id}.rego`,
      severity: "unknown",
      resources: [],
      builtinErrors: "close",
      entrypoint: id,
      canary: null,
      module: Number(id.split("/")[0]) || 0,
      ...(id.startsWith("conftest") ? { conftest: { enforcement: "mandatory", unasked: [] } } : {}),
    }),
    proveCanary(gate) {
      proved.push(gate.id);
      return gate.id.endsWith("dead") ? Promise.reject(new Error(`${gate.id} cannot deny`)) : Promise.resolve();
    },
    evaluate(gate, documents, parameters, context, nowMs): Promise<GateEvaluation> {
      asked.push({ gate: gate.id, documents: documents.map(({ source }) => source.path), parameters, context, nowMs });
      const statement = { violations: [], applicable: 1, missing: [], ...statements[gate.id] };
      return Promise.resolve({ status: "stated", statement, durationMs: 1 });
    },
  };
  return { session, asked, proved };
}

function enforced(gate: string, changes: Partial<EnforcedGate> = {}): EnforcedGate {
  return { gate, enforcement: "mandatory", parameters: {}, ...changes };
}

const SUBJECT = { ...sampleInputs().subject, repository: "acme/payments" };
const TESTS = made("tests.xml", { subject: { commit: COMMIT }, producedAt: NOW });

function made(path: string, changes: Partial<EvidenceDocument> = {}): EvidenceDocument {
  const document = exampleDocument({ kind: "tests", path, cases: [{}] }, path.length);
  return { ...document, ...changes } as EvidenceDocument;
}

describe("the gates of an environment", () => {
  const evidence = [
    TESTS,
    made("foreign.xml", { subject: { commit: "b".repeat(40) } }),
    made("failed.xml", { status: "failed" }),
  ].map((document) => assessEvidence(document, bySubjectAlone(SUBJECT)));
  const inputs = { environment: "production", evidence, unmatched: [], subject: SUBJECT, now: new Date(NOW) };

  it("come in the order of the environment, and are asked module by module, and by what they need", async () => {
    const { session, asked } = policies();
    const gates = ["2/a", "1/b", "1/sast", "1/c", "2/d"].map((id) => enforced(id));
    const results = await evaluateGates({ ...inputs, gates }, session);
    expect(results.map(({ id }) => id)).toEqual(["2/a", "1/b", "1/sast", "1/c", "2/d"]);
    expect(asked.map(({ gate }) => gate)).toEqual(["1/sast", "1/b", "1/c", "2/a", "2/d"]);
  });

  it("are shown all evidence but that of another commit, and no person and no run", async () => {
    const { session, asked } = policies();
    const subject = {
      ...SUBJECT,
      ref: "refs/heads/main",
      artifacts: [{ name: "app", digest: "sha256:1" }],
      change: { id: "7", base: "main", author: "alice" },
      run: { provider: "github", id: "6" },
    };
    const parameters = { limit: { value: 3, source: "gate.yaml:4" } };
    await evaluateGates({ ...inputs, subject, gates: [enforced("tests", { parameters })] }, session);
    expect(asked).toEqual([
      {
        gate: "tests",
        documents: ["tests.xml", "failed.xml"],
        parameters: { limit: 3 },
        nowMs: Date.parse(NOW),
        context: {
          environment: "production",
          time: NOW,
          subject: {
            repository: "acme/payments",
            commit: COMMIT,
            ref: "refs/heads/main",
            artifacts: [{ name: "app", digest: "sha256:1" }],
            change: { id: "7", base: "main" },
          },
        },
      },
    ]);
  });

  it("are told of no change where there is none", async () => {
    const { session, asked } = policies();
    await evaluateGates({ ...inputs, gates: [enforced("tests")] }, session);
    expect(asked[0]?.context.subject).toEqual({ repository: "acme/payments", commit: COMMIT, artifacts: [] });
  });

  it("show that they can deny, each mandatory one once", async () => {
    const { session, proved } = policies();
    const advisory = enforced("lint", { enforcement: "advisory" });
    await proveMandatory(session, [enforced("2/a"), advisory, enforced("1/b"), enforced("2/a")]);
    expect(proved).toEqual(["1/b", "2/a"]);
    await proveMandatory(session, [enforced("conftest-dead")]);
    await expect(proveMandatory(session, [enforced("1/b"), enforced("dead")])).rejects.toThrow("dead cannot deny");
  });
});

async function concluded(
  { session }: Policies,
  environment: Partial<Environment>,
  changes: Partial<DecisionInputs> = {},
  documents: readonly EvidenceDocument[] = [TESTS],
): Promise<Decision> {
  const inputs = sampleInputs({ subject: SUBJECT, environment: sampleEnvironment(environment), ...changes });
  return conclude(inputs, documents, session);
}

describe("a decision over documents", () => {
  const gates = [enforced("tests")];

  it("is made of what the gates say", async () => {
    const decision = await concluded(policies(), { gates });
    expect(decision).toMatchObject({ outcome: "allow", risk: null, gates: [{ id: "tests", result: "pass" }] });
    expect(decision.evidence).toMatchObject([{ path: "tests.xml", status: "usable" }]);
    const failed = await concluded(policies({ tests: { violations: [{ msg: "bad" }] } }), { gates });
    expect(failed).toMatchObject({ outcome: "block", gates: [{ result: "fail", violations: [{ message: "bad" }] }] });
  });

  it.each<[string, Partial<Environment>, Partial<DecisionInputs>, { producedAt?: string }, string]>([
    [
      "of another run, where only this one counts",
      { binding: "run" },
      { subject: { ...SUBJECT, run: { provider: "github", id: "6" } } },
      {},
      "unbound",
    ],
    ["too old", { freshness: { default: 1, kinds: {} } }, {}, { producedAt: "2025-12-31T00:00:00Z" }, "stale"],
    ["brought by the change", {}, { broughtByChange: ["tests.xml"] }, {}, "unbound"],
    ["that nobody signed who has to", {}, { signers: { "tests.xml": ["ci"] } }, {}, "unbound"],
    ["used before", {}, { recordedFor: { [TESTS.source.sha256]: "c".repeat(40) } }, {}, "unbound"],
  ])("blocks on evidence %s", async (_, environment, changes, document, status) => {
    const decision = await concluded(policies(), { gates, ...environment }, changes, [
      made("tests.xml", { subject: { commit: COMMIT }, producedAt: NOW, ...document }),
    ]);
    expect(decision).toMatchObject({ outcome: "block", evidence: [{ status }], gates: [{ result: "not-evaluated" }] });
  });

  it("says what was declared and is not there", async () => {
    const unmatched = [{ need: "tests", description: "junit.xml (gate.yaml:4) matches nothing" }] as const;
    const decision = await concluded(policies(), { gates }, { unmatched }, []);
    expect(decision.gates[0]?.reason).toContain("junit.xml (gate.yaml:4) matches nothing");
  });
});

const { approvals } = sampleEnvironment();
const PROFILES: RiskRules["profiles"] = {
  low: { gates: [enforced("tests")], approvals },
  medium: { gates: [enforced("tests"), enforced("lint", { enforcement: "advisory" })], approvals },
  high: { gates: [enforced("tests"), enforced("lint")], approvals: { ...approvals, quorum: 2 } },
};
const RULES: RiskRules = { gate: "risk", profiles: PROFILES };
const RISKY = sampleEnvironment({ gates: [enforced("tests")], risk: RULES });

describe("a decision under risk", () => {
  it.each([
    ["low", ["tests"], []],
    ["medium", ["lint", "tests"], ["lint was added as advisory"]],
    ["high", ["lint", "tests"], ["lint was added as mandatory", "2 approvals"]],
  ] as const)("that is %s asks the gates of that level", async (level, ids, changes) => {
    const asked = policies({ risk: { answer: { level } } });
    const decision = await concluded(asked, RISKY);
    expect(asked.asked[0]).toMatchObject({ gate: "risk", parameters: { limit: 7 } });
    expect(decision.gates.map(({ id }) => id)).toEqual(ids);
    expect(decision.risk).toEqual({ gate: "risk", level, factors: [], changes });
  });

  it("that cannot be told is high", async () => {
    const decision = await concluded(policies(), RISKY);
    expect(decision.risk).toMatchObject({ level: "high", factors: ["the gate says no level of risk"] });
    expect(decision.gates.map(({ enforcement }) => enforcement)).toEqual(["mandatory", "mandatory"]);
  });

  it("asks with the parameters of the environment, where it enforces the gate", async () => {
    const asked = policies({ risk: { answer: { level: "low" } } });
    const own = enforced("risk", { parameters: { limit: { value: 1, source: "gate.yaml:9" } } });
    await concluded(asked, { ...RISKY, gates: [enforced("tests"), own] });
    expect(asked.asked[0]).toMatchObject({ gate: "risk", parameters: { limit: 1 } });
  });

  it("enforces a gate of its own as advisory, with its own defaults", () => {
    const definition = policies().session.gate("risk");
    expect(riskGate(RISKY, RULES, definition)).toEqual({
      gate: "risk",
      enforcement: "advisory",
      parameters: { limit: { value: 7, source: "gate" } },
    });
  });

  it("can come to ask every gate of every level", () => {
    expect(everyGate(RISKY).map(({ gate }) => gate)).toEqual(["tests", "tests", "tests", "lint", "tests", "lint"]);
    expect(underRisk(RISKY, RULES, "high")).toEqual({ ...RISKY, ...PROFILES.high });
  });
});

describe("the risk that a gate states", () => {
  const definition = policies().session.gate("risk");
  const factors = [
    { because: "light", value: 1, weight: 0.1 },
    { because: "heavy", value: 0.5 },
    { name: "named", value: 0.2, weight: 1 },
    { because: "b alike", value: 0.3 },
    { because: "a alike", value: 0.3 },
    { because: "nothing", value: 0 },
    { because: 7, value: 1 },
    { because: "no value" },
    { because: "no weight", value: 1, weight: "1" },
    "no record",
  ];

  it.each([
    ["its factors, the weightiest first", { factors }, { factors: ["heavy", "a alike", "b alike", "named", "light"] }],
    ["factors in words", { factors: ["one", "two"] }, { factors: ["one", "two"] }],
    ["factors that are no list", { factors: "many" }, { factors: [] }],
    ["a score of 0", { score: 0 }, { factors: [], score: 0 }],
    ["a score of 1", { score: 1 }, { factors: [], score: 1 }],
    ["a score below 0", { score: -0.1 }, { factors: [] }],
    ["a score above 1", { score: 1.1 }, { factors: [] }],
    ["a score in words", { score: "0.5" }, { factors: [] }],
    ["a recommendation", { recommendation: "fast-track" }, { factors: [], recommendation: "fast-track" }],
    ["a recommendation that is no text", { recommendation: 1 }, { factors: [] }],
  ])("has %s", (_, answer, expected) => {
    const note = riskOf(sampleGate({ answer: { level: "low", ...answer } }), definition, []);
    expect(note).toEqual({ gate: "risk", level: "low", ...expected });
  });

  const absent = [{ need: "tests", description: "junit.xml matches nothing" }] as const;
  it.each([
    ["no answer", {}, [], ["the gate says no level of risk"]],
    ["an unknown level", { answer: { level: "tiny" } }, [], ["the gate says no level of risk"]],
    ["reasons", { answer: { level: "low" }, reason: "no a; no b" }, [], ["no a", "no b"]],
    ["a reason and no level", { reason: "no a" }, [], ["no a"]],
    ["evidence that is not there", { answer: { level: "low" } }, absent, ["junit.xml matches nothing"]],
    ["no result", { answer: { level: "low" }, result: "not-evaluated" }, [], []],
    ["a gate that does not apply", { answer: { level: "low" }, result: "not-applicable" }, [], []],
  ] as const)("is high with %s", (_, changes, unmatched, expected) => {
    expect(riskOf(sampleGate(changes), definition, unmatched)).toEqual({
      gate: "risk",
      level: "high",
      factors: expected,
    });
  });

  it("is high where one of several kinds of evidence is not there", () => {
    const needs = [...definition.evidence, { kind: "sbom", fields: [] } as const];
    const { level } = riskOf(sampleGate({ answer: { level: "low" } }), { ...definition, evidence: needs }, absent);
    expect(level).toBe("high");
  });

  it("is believed of a gate that closes, and where other evidence is not there", () => {
    const answer = { level: "medium" };
    expect(riskOf(sampleGate({ answer, result: "fail" }), definition, []).level).toBe("medium");
    const other = [{ need: "sbom", description: "sbom.json matches nothing" }] as const;
    expect(riskOf(sampleGate({ answer }), definition, other).level).toBe("medium");
  });
});

describe("what a level asks for beyond the environment", () => {
  const strict = { limit: { value: 9, source: "gate.yaml:9" } };
  it.each<[string, Partial<RiskProfile>, readonly string[]]>([
    ["nothing", {}, []],
    ["a gate", { gates: [enforced("tests"), enforced("lint")] }, ["lint was added as mandatory"]],
    ["another enforcement", { gates: [enforced("tests", { enforcement: "advisory" })] }, ["tests became advisory"]],
    ["a parameter", { gates: [enforced("tests", { parameters: strict })] }, ["limit of tests is 9 instead of nothing"]],
    ["one approval", { approvals: { ...approvals, quorum: 1 } }, []],
    ["two approvals", { approvals: { ...approvals, quorum: 2 } }, ["2 approvals"]],
    ["a role", { approvals: { ...approvals, roles: ["a", "b"] } }, ["approvals by a or b"]],
    [
      "a source",
      { approvals: { ...approvals, from: ["review", "deployment"] } },
      ["approvals by review or deployment only"],
    ],
    ["a lifetime", { approvals: { ...approvals, lifetimeMs: 7_200_000 } }, ["approvals of at most 2 hours"]],
  ])("%s", (_, changes, expected) => {
    expect(changesOf(RISKY, { ...PROFILES.low, ...changes })).toEqual(expected);
  });

  it("is told apart from what the environment has", () => {
    const own = {
      ...RISKY,
      gates: [enforced("tests", { parameters: strict })],
      approvals: { ...approvals, quorum: 3, roles: ["a"] },
    };
    const looser = { limit: { value: 8, source: "gate" } };
    const profile = { gates: [enforced("tests", { parameters: looser })], approvals: { ...approvals, quorum: 1 } };
    expect(changesOf(own, profile)).toEqual(["limit of tests is 8 instead of 9", "1 approval"]);
    expect(changesOf(own, { ...own, gates: own.gates })).toEqual([]);
  });
});
