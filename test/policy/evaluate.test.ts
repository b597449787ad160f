import { readFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { evaluateGates } from "../../src/decision/evaluate.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import type { EvaluationSession } from "../../src/policy/evaluate.ts";
import { type GateEvaluation, openEvaluation } from "../../src/policy/evaluate.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { EXAMPLE_CONTEXT } from "../../src/policy/input.ts";
import { createRuntime } from "../../src/policy/runtime/runtime.ts";
import { installation, temporaryFolder } from "../support.ts";
import { CANARY, compile, DENY_FAILED, gateSource, session } from "./compile.ts";

const failed = exampleDocument({ kind: "tests", cases: [{ status: "failed" }] }, 0);

function ask(
  opened: EvaluationSession,
  gate: string,
  documents: readonly EvidenceDocument[] = [failed],
  nowMs = 0,
): Promise<GateEvaluation> {
  return opened.evaluate(opened.gate(gate), documents, {}, EXAMPLE_CONTEXT, nowMs);
}

const ENDLESS = `applicable := 1

deny contains {"msg": "never"} if {
	count([1 | some a in numbers.range(1, 4000); some b in numbers.range(1, 4000); a * b == -1]) > 0
}`;

/** Rules that deny with a value as the message. */
function says(value: string): string {
  return `applicable := 1\n\ndeny contains {"msg": $"{${value}}"}`;
}

describe("an evaluation", () => {
  it("is ended at its time limit, and the next gate is not harmed", async () => {
    const opened = await session(
      { "slow.rego": gateSource("slow", ENDLESS), "quick.rego": gateSource("quick", DENY_FAILED) },
      { timeLimitMs: 500 },
    );
    expect(await ask(opened, "slow")).toMatchObject({ status: "error", message: "no result within 500 ms" });
    expect(await ask(opened, "quick")).toMatchObject({
      status: "stated",
      statement: { violations: [{ item: 0 }] },
    });
  });

  it("refuses an input that its memory limit cannot hold", async () => {
    const opened = await session({ "gate.rego": gateSource("gate", DENY_FAILED) }, { memoryLimitBytes: 8 << 20 });
    const many = exampleDocument(
      { kind: "tests", cases: Array.from({ length: 20_000 }, () => ({ status: "failed" })) },
      0,
    );
    expect(await ask(opened, "gate", [many])).toMatchObject({
      status: "error",
      message: expect.stringContaining("the limit is 8 MiB"),
    });
    expect(await ask(opened, "gate")).toMatchObject({ status: "stated" });
  });

  it("takes a conflict between rules for an error of this gate alone", async () => {
    const conflict = `${DENY_FAILED}\n\nanswer := 1 if input.environment\n\nanswer := 2 if input.environment\n\nmissing contains "it" if answer == 3`;
    const opened = await session({
      "bad.rego": gateSource("bad", conflict),
      "good.rego": gateSource("good", DENY_FAILED),
    });
    expect(await ask(opened, "bad")).toMatchObject({ status: "error", message: expect.stringContaining("conflict") });
    expect(await ask(opened, "good")).toMatchObject({ status: "stated" });
  });

  it.each([
    ["an object", 'answer := {"level": "low", "factors": [1]}', { level: "low", factors: [1] }],
    ["none", "", undefined],
    ["undefined", 'answer := {"level": "low"} if input.environment == "other"', undefined],
  ])("states an answer besides its violations: %s", async (_, rule, answer) => {
    const opened = await session({ "gate.rego": gateSource("gate", `${DENY_FAILED}\n\n${rule}`) });
    const evaluation = await ask(opened, "gate");
    expect(evaluation.status === "stated" ? evaluation.statement.answer : evaluation).toEqual(answer);
  });

  it.each([
    ["a text", 'answer := "low"', "the rule `answer` is not an object"],
    ["a list", 'answer := ["low"]', "the rule `answer` is not an object"],
    [
      "more than anybody reads",
      'answer := {"text": concat("", [c | some _ in numbers.range(1, 16384); c := "x"])}',
      "the rule `answer` takes more than 16384 bytes",
    ],
  ])("is an error where its answer is %s", async (_, rule, message) => {
    const opened = await session({ "gate.rego": gateSource("gate", `${DENY_FAILED}\n\n${rule}`) });
    expect(await ask(opened, "gate")).toMatchObject({ status: "error", message });
  });

  it("sees the artifacts and the change that are gated, and no person", async () => {
    const rules = `applicable := 1\n\ndeny contains {"msg": json.marshal(input.subject)}`;
    const opened = await session({ "gate.rego": gateSource("gate", rules) });
    const subject = {
      commit: "a".repeat(40),
      artifacts: [{ name: "shop", digest: "sha256:1" }],
      change: { id: "7", base: "main", author: "ada" },
      source: "ci",
    } as const;
    const gates = [{ gate: "gate", enforcement: "mandatory", parameters: {} }] as const;
    const [result] = await evaluateGates(
      { environment: "production", gates, evidence: [], unmatched: [], subject, now: new Date(0) },
      opened,
    );
    const { artifacts, commit } = subject;
    expect(JSON.parse(result?.violations[0]?.message ?? "")).toEqual({
      artifacts,
      commit,
      change: { id: "7", base: "main" },
    });
  });

  it("sees the frozen clock", async () => {
    const clock = `applicable := 1\n\ndeny contains {"msg": $"{time.now_ns()}"}`;
    const opened = await session({ "clock.rego": gateSource("clock", clock) });
    const evaluation = await ask(opened, "clock", [failed], 1_795_225_278_123);
    expect(evaluation).toMatchObject({ statement: { violations: [{ msg: "1795225278123000000" }] } });
  });

  it("is an error where a built-in fails, for a rule that did not fire looks like a clean scan", async () => {
    const rules = `applicable := 1\n\ndeny contains {"msg": "old"} if time.parse_rfc3339_ns(input.environment) < time.now_ns()`;
    const opened = await session({
      "strict.rego": gateSource("strict", rules),
      "lenient.rego": gateSource("lenient", rules, "#   builtin_errors: undefined\n"),
    });
    expect(await ask(opened, "strict")).toMatchObject({
      status: "error",
      message: expect.stringMatching(/time\.parse_rfc3339_ns failed, so a rule may not have fired: .*"example"/),
    });
    expect(await ask(opened, "lenient")).toMatchObject({ status: "stated", statement: { violations: [] } });
  });

  it("calls the built-ins of OPA that compiled policies do not have", async () => {
    const rules = `applicable := 1\n\ndeny contains {"msg": regex.replace("a1b22", "[0-9]+", "#")}`;
    const opened = await session({ "gate.rego": gateSource("gate", rules) });
    expect(await ask(opened, "gate")).toMatchObject({ statement: { violations: [{ msg: "a#b#" }] } });
  });

  it("gives gates with the same needs the same input, and others theirs", async () => {
    const cases = "[case.status | some document in input.evidence.tests; some case in document.cases]";
    const opened = await session({
      "a.rego": gateSource("a", says(cases)),
      "b.rego": gateSource("b", says("input.environment")),
      "c.rego": gateSource("c", says("count(input.evidence.tests)")).replace("[status]", "[name]"),
    });
    const messages: unknown[] = [];
    for (const [gate, documents] of [
      ["a", [failed]],
      ["b", [failed]],
      ["c", [failed]],
      ["a", [failed, failed]],
      ["a", []],
    ] as const) {
      const evaluation = await ask(opened, gate, documents);
      messages.push(evaluation.status === "stated" ? evaluation.statement.violations[0]?.msg : evaluation.message);
    }
    expect(messages).toEqual(['["failed"]', "example", "1", '["failed", "failed"]', "[]"]);
  });

  it.each([
    ["a number for a set", `applicable := 1\n\ndeny := 5`, "the rule `deny` is not a set"],
    ["no count", `applicable := "many"\n\ndeny contains {"msg": "x"}`, "`applicable` is undefined or no count"],
    [
      "an undefined count",
      `applicable := 1 if input.environment == "nowhere"\n\ndeny contains {"msg": "x"}`,
      "`applicable` is undefined or no count",
    ],
    ["a count below zero", `applicable := -1\n\ndeny contains {"msg": "x"}`, "`applicable` is undefined or no count"],
    ["a violation without words", `applicable := 1\n\ndeny contains {"severity": "high"}`, "neither `msg` nor `item`"],
    [
      "an unknown severity",
      `applicable := 1\n\ndeny contains {"msg": "x", "severity": "huge"}`,
      '"severity" must be one of',
    ],
    ["an unknown member", `applicable := 1\n\ndeny contains {"msg": "x", "sevrity": "high"}`, 'the member "sevrity"'],
  ])("takes %s for a defect of the gate", async (_, rules, message) => {
    const opened = await session({ "gate.rego": gateSource("gate", rules) });
    expect(await ask(opened, "gate")).toMatchObject({ status: "error", message: expect.stringContaining(message) });
  });
});

describe("a canary", () => {
  it("proves that the gate can deny", async () => {
    const opened = await session({
      "gate.rego": gateSource("gate", DENY_FAILED),
      "examples.yaml": `gate: gate\n${CANARY}`,
    });
    await expect(opened.proveCanary(opened.gate("gate"))).resolves.toBeUndefined();
  });

  it("shows that a rule is dead", async () => {
    const dead = `applicable := 1\n\ndeny contains {"msg": "x"} if input.environment == "nowhere"`;
    const opened = await session({ "gate.rego": gateSource("gate", dead), "examples.yaml": `gate: gate\n${CANARY}` });
    await expect(opened.proveCanary(opened.gate("gate"))).rejects.toMatchObject({ code: "policy-engine" });
  });

  it("is asked of every mandatory gate", async () => {
    const opened = await session({ "gate.rego": gateSource("gate", DENY_FAILED) });
    await expect(opened.proveCanary(opened.gate("gate"))).rejects.toMatchObject({ code: "policy-invalid" });
  });
});

it("does not run a module that is not the one that was compiled", async () => {
  const located = await compile({ "gate.rego": gateSource("gate", DENY_FAILED) });
  const other = `${temporaryFolder()}/policy.wasm`;
  const bytes = await readFile(String(located.wasmSources[0]));
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await writeFile(other, bytes);
  const runtime = createRuntime({ worker: installation.policyWorker, timeLimitMs: 5_000, memoryLimitBytes: 1 << 28 });
  await expect(openEvaluation(runtime, { ...located, wasmSources: [other] })).rejects.toMatchObject({
    code: "policy-engine",
  });
  await runtime.close();
});

it("does not run a module whose host functions are missing", async () => {
  const located = await compile({ "gate.rego": gateSource("gate", DENY_FAILED) });
  const modules = located.bundle.modules.map((module) => ({ ...module, builtins: ["gate.unheard_of"] }));
  const bundle = { ...located.bundle, modules };
  const runtime = createRuntime({ worker: installation.policyWorker, timeLimitMs: 5_000, memoryLimitBytes: 1 << 28 });
  await expect(openEvaluation(runtime, { ...located, bundle })).rejects.toThrow("gate.unheard_of");
  await runtime.close();
});
