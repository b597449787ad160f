import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { conclude } from "../../src/decision/conclude.ts";
import {
  asksFor,
  type Environment,
  environmentDefaults,
  everyGate,
  type RiskLevel,
  type RiskRules,
} from "../../src/decision/environment.ts";
import { riskOf } from "../../src/decision/risk.ts";
import type { AppliedParameter, Decision, EnforcedGate } from "../../src/decision/types.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { type EvaluationSession, openEvaluation } from "../../src/policy/evaluate.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { defaultParameters, type GateDefinition } from "../../src/policy/gate.ts";
import { loadPolicies } from "../../src/policy/load.ts";
import { createRuntime, type PolicyRuntime } from "../../src/policy/runtime/runtime.ts";
import { installation, TEST_CACHE } from "../support.ts";
import { NOW, sampleGate, sampleInputs } from "./fixture.ts";

let runtime: PolicyRuntime;
let session: EvaluationSession;

beforeAll(async () => {
  const { policyWorker: worker, toolchain } = installation;
  runtime = createRuntime({ worker, toolchain: toolchain.wasm, timeLimitMs: 10_000, memoryLimitBytes: 1 << 28 });
  const services = { installation, variables: {}, cacheFolder: TEST_CACHE };
  session = await openEvaluation(runtime, await loadPolicies({ builtin: true, folders: [] }, services));
});

afterAll(() => runtime.close());

function enforced(gate: string, enforcement: EnforcedGate["enforcement"], values: object = {}): EnforcedGate {
  const parameters: Record<string, AppliedParameter> = {};
  for (const [name, value] of Object.entries({ ...defaultParameters(session.gate(gate)), ...values })) {
    parameters[name] = { value, source: "gate" };
  }
  return { gate, enforcement, parameters };
}

/** Low asks for tests; medium for licences as well, as advisory; high for both, for stricter tests and two approvals. */
function production(changes: Partial<RiskRules> = {}): Environment {
  const environment = { ...environmentDefaults("production"), integrity: "open" } as const;
  const { approvals } = environment;
  const gates = [enforced("tests", "mandatory")];
  const strict = enforced("tests", "mandatory", { minimum_executed: 2 });
  const risk: RiskRules = {
    gate: "change-risk",
    profiles: {
      low: { gates, approvals },
      medium: { gates: [...gates, enforced("licences", "advisory")], approvals },
      high: { gates: [strict, enforced("licences", "mandatory")], approvals: { ...approvals, quorum: 2 } },
    },
    ...changes,
  };
  return { ...environment, gates, risk };
}

const TESTS = exampleDocument({ kind: "tests", cases: [{}] }, 0);
const HISTORY = exampleDocument(
  { kind: "history", decisions: Array.from({ length: 9 }, () => ({ environment: "production" })) },
  1,
);

function change(path: string, subject = "Change it", additions = 1): EvidenceDocument {
  return exampleDocument({ kind: "change", files: [{ path, additions }], commits: [{ subject }] }, 2);
}

const DOCUMENTATION = change("docs/start.md");
const TERRAFORM = change("main.tf");
const MIGRATION = change("db/migrations/1.sql");

function decide(
  documents: readonly EvidenceDocument[],
  environment = production(),
  changes: Parameters<typeof sampleInputs>[0] = {},
): Promise<Decision> {
  return conclude(sampleInputs({ environment, evaluatedAt: NOW, ...changes }), documents, session);
}

const rank = (level: RiskLevel | undefined): number => ["low", "medium", "high"].indexOf(level ?? "low");

describe("the risk of a change", () => {
  it("selects the gates and approvals of its level", async () => {
    const low = await decide([TESTS, HISTORY, DOCUMENTATION]);
    expect(low.risk).toMatchObject({ gate: "change-risk", level: "low", changes: [] });
    expect(low.gates.map(({ id }) => id)).toEqual(["tests"]);
    expect(low.outcome).toBe("allow");

    const medium = await decide([TESTS, HISTORY, TERRAFORM]);
    expect(medium.risk).toMatchObject({ level: "medium", changes: ["licences was added as advisory"] });
    expect(medium.outcome).toBe("approval-required");

    const high = await decide([TESTS, HISTORY, MIGRATION]);
    expect(high.risk).toMatchObject({
      level: "high",
      changes: ["minimum_executed of tests is 2 instead of 1", "licences was added as mandatory", "2 approvals"],
    });
    expect(high.gates.map(({ id, result }) => [id, result])).toEqual([
      ["licences", "not-evaluated"],
      ["tests", "not-evaluated"],
    ]);
    expect(high.outcome).toBe("block");
  });

  it("comes with its score, its recommendation and its weightiest factors first", async () => {
    const { risk } = await decide([TESTS, HISTORY, change("db/migrations/1.sql", "Drop it", 500)]);
    expect(risk?.score).toBeGreaterThan(0.3);
    expect(risk?.recommendation).toBe("standard");
    expect(risk?.factors.slice(0, 2)).toEqual(["kind of change: migration", "500 lines in 1 files"]);
    expect(risk?.factors).not.toContain("no dependency changes");
  });

  it.each([
    ["there is no change evidence", [], "there is no change evidence"],
    [
      "the change has no files",
      [exampleDocument({ kind: "change", commits: [{}] }, 3)],
      "no change evidence lists both",
    ],
    [
      "the change was cut",
      [exampleDocument({ kind: "change", files: [{ path: "a.md" }], commits: [{}], status: "partial" }, 3)],
      "cannot be used",
    ],
    ["two documents disagree", [DOCUMENTATION, MIGRATION], "do not list the same files"],
    [
      "the change is damaged",
      [exampleDocument({ kind: "unreadable", summary: { intended: "change" }, status: "malformed" }, 3)],
      "cannot be used",
    ],
  ])("is high where it cannot be told: %s", async (_, changes, factor) => {
    const { risk, outcome } = await decide([TESTS, HISTORY, ...changes]);
    expect(risk).toMatchObject({ level: "high", factors: expect.arrayContaining([expect.stringContaining(factor)]) });
    expect(risk).not.toHaveProperty("score");
    expect(outcome).toBe("block");
  });

  it("is high where there is no history", async () => {
    const { risk } = await decide([TESTS, DOCUMENTATION]);
    expect(risk).toMatchObject({ level: "high", factors: ["there is no history evidence"] });
  });

  it("is high where declared change evidence was not found, whatever else is there", async () => {
    const unmatched = [{ need: "change", description: "change.json (gate.yaml:4) matches nothing" }] as const;
    const { risk } = await decide([TESTS, HISTORY, DOCUMENTATION], production(), { unmatched });
    expect(risk).toMatchObject({ level: "high", factors: ["change.json (gate.yaml:4) matches nothing"] });
    const other = [{ need: "sbom", description: "sbom.json matches nothing" }] as const;
    expect((await decide([TESTS, HISTORY, DOCUMENTATION], production(), { unmatched: other })).risk?.level).toBe("low");
  });

  it("never sinks when evidence is taken away", async () => {
    const log = exampleDocument({ kind: "change", commits: Array.from({ length: 30 }, () => ({})) }, 4);
    for (const subject of [DOCUMENTATION, TERRAFORM, MIGRATION, change("src/a.ts", "feat!: drop it")]) {
      const twin = exampleDocument({ ...writtenAgain(subject), path: "twin.json" }, 5);
      const all = [TESTS, HISTORY, subject, twin, log];
      const whole = rank((await decide(all)).risk?.level);
      for (const left of subsets(all)) {
        expect(rank((await decide(left)).risk?.level), names(left)).toBeGreaterThanOrEqual(whole);
      }
    }
  });

  it.each([
    ["medium", { medium_at: 0 }],
    ["high", { high_at: 0 }],
  ])("is asked with the parameters of the environment: %s", async (level, values) => {
    const environment = production();
    const gates = [...environment.gates, enforced("change-risk", "advisory", values)];
    expect((await decide([TESTS, HISTORY, DOCUMENTATION], { ...environment, gates })).risk?.level).toBe(level);
  });

  it("does not change with the result of a gate that closes for it", async () => {
    const environment = production();
    const gates = [...environment.gates, enforced("change-risk", "mandatory", { maximum_level: "low" })];
    const { risk } = await decide([TESTS, HISTORY, TERRAFORM], { ...environment, gates });
    expect(risk?.level).toBe("medium");
  });

  it("is not looked at where the environment does not ask for it", async () => {
    const { risk: _, ...environment } = production();
    expect((await decide([TESTS, HISTORY, MIGRATION], environment)).risk).toBeNull();
  });

  it("is the same each time", async () => {
    const documents = [TESTS, HISTORY, MIGRATION];
    const [first, second] = [await decide(documents), await decide(documents)];
    expect(second.risk).toEqual(first.risk);
  });
});

function subsets<T>(values: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: 2 ** values.length }, (_, chosen) =>
    values.filter((__, position) => Math.floor(chosen / 2 ** position) % 2 === 1),
  );
}

function names(documents: readonly EvidenceDocument[]): string {
  return documents.map(({ source }) => source.path).join(", ");
}

function writtenAgain(document: EvidenceDocument): Readonly<Record<string, unknown>> {
  return { kind: document.kind, ...document.body };
}

const definition = (): GateDefinition => session.gate("change-risk");

describe("an answer", () => {
  it.each([
    ["no answer", {}],
    ["no level", { answer: { score: 0 } }],
    ["an unknown level", { answer: { level: "tiny" } }],
    ["an inherited name", { answer: { level: "constructor" } }],
    ["a reason", { answer: { level: "low" }, reason: "something is missing" }],
    ["no result", { answer: { level: "low" }, result: "not-evaluated" as const }],
    ["a gate that does not apply", { answer: { level: "low" }, result: "not-applicable" as const }],
  ])("that is not clean is high risk: %s", (_, changes) => {
    expect(riskOf(sampleGate(changes), definition(), []).level).toBe("high");
  });

  it("of another gate may name its factors in words, and need not have a score", () => {
    const answer = { level: "low", factors: ["small"], score: 7, recommendation: 3 };
    expect(riskOf(sampleGate({ answer }), definition(), [])).toEqual({
      gate: "change-risk",
      level: "low",
      factors: ["small"],
    });
  });
});

describe("an environment with risk", () => {
  it("can come to ask the gates of every profile, and the gate of the risk", () => {
    const environment = production();
    expect(new Set(everyGate(environment).map(({ gate }) => gate))).toEqual(new Set(["tests", "licences"]));
    const gates = ["tests", "licences", "change-risk", "sast"].map((id) => session.gate(id));
    expect(["sbom", "history", "findings"].map((kind) => asksFor(kind as "sbom", environment, gates))).toEqual([
      true,
      true,
      false,
    ]);
  });
});
