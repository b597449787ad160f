import { describe, expect, it } from "vitest";
import { type AssessedEvidence, assessEvidence, bySubjectAlone } from "../../src/decision/evidence.ts";
import { type GateInputs, gateResult } from "../../src/decision/gate-result.ts";
import type { GateEvaluation } from "../../src/policy/evaluate.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import type { GateDefinition } from "../../src/policy/gate.ts";
import type { GateStatement } from "../../src/policy/statement.ts";

const definition: GateDefinition = {
  id: "sast",
  title: "Static analysis",
  description: "",
  package: "data.gates.sast",
  evidence: [{ kind: "findings", category: "sast", fields: [] }],
  parameters: {},
  controls: ["ssdf:PW.7.2"],
  remediation: "mend it",
  path: "sast.rego",
  severity: "unknown",
  resources: [],
  builtinErrors: "close",
};

function scan(changes: Readonly<Record<string, unknown>> = {}): AssessedEvidence {
  const document = exampleDocument(
    { kind: "findings", path: "scan.sarif", scans: [{ category: "sast" }], ...changes },
    0,
  );
  return assessEvidence(document, bySubjectAlone({ artifacts: [], source: "none" }));
}

function stated(statement: Partial<GateStatement>): GateEvaluation {
  return { status: "stated", statement: { violations: [], applicable: 1, missing: [], ...statement }, durationMs: 1.4 };
}

const unreadable: AssessedEvidence = assessEvidence(
  exampleDocument(
    { kind: "unreadable", path: "broken.sarif", status: "malformed", summary: { intended: "findings" } },
    0,
  ),
  bySubjectAlone({ artifacts: [], source: "none" }),
);

describe.each([
  { name: "no violation", evidence: [scan()], evaluation: stated({}), result: "pass", reason: undefined },
  {
    name: "a violation",
    evidence: [scan()],
    evaluation: stated({ violations: [{ msg: "bad" }] }),
    result: "fail",
    reason: undefined,
  },
  {
    name: "no evidence",
    evidence: [],
    evaluation: stated({ applicable: 0 }),
    result: "not-evaluated",
    reason: "there is no sast findings evidence",
  },
  {
    name: "a failed scanner",
    evidence: [scan({ status: "failed" })],
    evaluation: stated({}),
    result: "not-evaluated",
    reason: "scan.sarif cannot be used",
  },
  {
    name: "a scanner with errors of its own",
    evidence: [scan({ status: "partial" })],
    evaluation: stated({}),
    result: "not-evaluated",
    reason: "scan.sarif cannot be used",
  },
  {
    name: "a tool that measured nothing",
    evidence: [scan({ status: "empty" })],
    evaluation: stated({}),
    result: "not-evaluated",
    reason: "scan.sarif cannot be used",
  },
  {
    name: "a damaged file beside a good one",
    evidence: [scan(), unreadable],
    evaluation: stated({}),
    result: "not-evaluated",
    reason: "broken.sarif cannot be used",
  },
  {
    name: "violations in what a failed scanner found",
    evidence: [scan({ status: "failed" })],
    evaluation: stated({ violations: [{ msg: "bad" }] }),
    result: "fail",
    reason: "scan.sarif cannot be used",
  },
  {
    name: "an engine error",
    evidence: [scan()],
    evaluation: { status: "error", message: "no result within 5 ms", durationMs: 5 },
    result: "not-evaluated",
    reason: "no result within 5 ms",
  },
  {
    name: "a gate that looked at nothing",
    evidence: [scan()],
    evaluation: stated({ applicable: 0 }),
    result: "not-evaluated",
    reason: "the gate looked at nothing",
  },
  {
    name: "a gate that misses something",
    evidence: [scan()],
    evaluation: stated({ missing: ["no branch counts"] }),
    result: "not-evaluated",
    reason: "no branch counts",
  },
  {
    name: "a gate that does not apply",
    evidence: [scan()],
    evaluation: stated({ applicable: 0, notApplicable: "no code" }),
    result: "not-applicable",
    reason: "no code",
  },
  {
    name: "a gate that claims both",
    evidence: [scan()],
    evaluation: stated({ applicable: 2, notApplicable: "no code" }),
    result: "not-evaluated",
    reason: "yet it looked at 2 items",
  },
  {
    name: "a gate that does not apply without evidence",
    evidence: [],
    evaluation: stated({ applicable: 0, notApplicable: "no code" }),
    result: "not-evaluated",
    reason: "there is no sast findings evidence",
  },
] as const)("$name", ({ evidence, evaluation, result, reason }) => {
  it(`is ${result}`, () => {
    const gate = gateResult({
      definition,
      enforcement: "mandatory",
      parameters: {},
      evidence,
      unmatched: [],
      evaluation,
    });
    expect(gate.result).toBe(result);
    if (reason === undefined) expect(gate.reason).toBeUndefined();
    else expect(gate.reason).toContain(reason);
  });
});

it("does not miss evidence that is optional, and needs it to be usable where it is there", () => {
  const optional: GateDefinition = {
    ...definition,
    evidence: [...definition.evidence, { kind: "change", fields: [], optional: true }],
  };
  const inputs = { definition: optional, enforcement: "mandatory", parameters: {}, unmatched: [] } as const;
  const damaged = assessEvidence(
    exampleDocument(
      { kind: "unreadable", path: "change.json", status: "malformed", summary: { intended: "change" } },
      0,
    ),
    bySubjectAlone({ artifacts: [], source: "none" }),
  );
  expect(gateResult({ ...inputs, evidence: [scan()], evaluation: stated({}) })).toMatchObject({ result: "pass" });
  expect(gateResult({ ...inputs, evidence: [scan(), damaged], evaluation: stated({}) })).toMatchObject({
    result: "not-evaluated",
    reason: expect.stringContaining("change.json cannot be used"),
  });
});

it("gives a violation without a severity that of the gate", () => {
  const inputs = { enforcement: "mandatory", parameters: {}, unmatched: [], evidence: [scan()] } as const;
  const evaluation = stated({ violations: [{ msg: "bad" }, { msg: "worse", severity: "critical" }] });
  const severities = (gate: GateDefinition): readonly string[] =>
    gateResult({ ...inputs, definition: gate, evaluation }).violations.map(({ severity }) => severity);
  expect(severities({ ...definition, severity: "low" })).toEqual(["critical", "low"]);
  expect(severities(definition)).toEqual(["critical", "unknown"]);
});

it("names the pattern that matched nothing", () => {
  const gate = gateResult({
    definition,
    enforcement: "mandatory",
    parameters: {},
    evidence: [],
    unmatched: [
      { need: "findings", description: "reports/*.sarif (gate.yaml:4) matches nothing" },
      { need: "tests", description: "junit.xml (gate.yaml:6) matches nothing" },
    ],
    evaluation: stated({ applicable: 0 }),
  });
  expect(gate.reason).toContain("reports/*.sarif (gate.yaml:4) matches nothing");
  expect(gate.reason).not.toContain("junit.xml");
});

it("says what to do about a closed gate only", () => {
  const inputs = { definition, enforcement: "mandatory", parameters: {}, evidence: [scan()], unmatched: [] } as const;
  expect(gateResult({ ...inputs, evaluation: stated({ violations: [{ msg: "bad" }] }) }).remediation).toBe("mend it");
  expect(gateResult({ ...inputs, evaluation: stated({}) }).remediation).toBeUndefined();
});

describe("an answer", () => {
  const answer = { verdict: "promote" };
  const answered = (statement: Partial<GateStatement>, ...evidence: readonly AssessedEvidence[]) =>
    gateResult({
      definition,
      enforcement: "mandatory",
      parameters: {},
      evidence,
      unmatched: [],
      evaluation: stated({ answer, ...statement }),
    }).answer;

  it.each([
    ["of an open gate", {}, [scan()]],
    ["of a gate that misses something itself", { missing: ["more"] }, [scan()]],
    ["of a gate that denies, whatever else there is", { violations: [{ msg: "bad" }] }, [scan(), unreadable]],
  ])("%s is kept", (_, statement, evidence) => {
    expect(answered(statement, ...evidence)).toEqual(answer);
  });

  it.each([
    ["beside evidence that cannot be used", {}, [scan(), unreadable]],
    ["without evidence", {}, []],
    ["of a gate that looked at nothing", { applicable: 0 }, [scan()]],
  ])("%s is not one to act upon", (_, statement, evidence) => {
    expect(answered(statement, ...evidence)).toBeUndefined();
  });
});

describe("what a gate says in words", () => {
  const inputs = {
    definition,
    enforcement: "advisory",
    parameters: { limit: { value: 3, source: "gate.yaml:4" } },
    evidence: [scan()],
    unmatched: [],
  } as const;
  const reasonOf = (changes: Partial<GateInputs>): string | undefined =>
    gateResult({ ...inputs, evaluation: stated({}), ...changes }).reason;

  it("is everything that the gate gave, and what it looked at", () => {
    const evaluation = stated({ violations: [{ msg: "bad" }], applicable: 7, answer: { level: "low" } });
    expect(gateResult({ ...inputs, evaluation })).toEqual({
      id: "sast",
      title: "Static analysis",
      enforcement: "advisory",
      result: "fail",
      applicable: 7,
      durationMs: 1,
      remediation: "mend it",
      parameters: { limit: { value: 3, source: "gate.yaml:4" } },
      evidence: [scan().document.id],
      violations: [expect.objectContaining({ message: "bad" })],
      answer: { level: "low" },
      controls: ["ssdf:PW.7.2"],
    });
  });

  it("names no evidence that it does not need", () => {
    const other = assessEvidence(
      exampleDocument({ kind: "tests", path: "junit.xml", cases: [{}] }, 3),
      bySubjectAlone({ artifacts: [], source: "none" }),
    );
    const { evidence } = gateResult({ ...inputs, evidence: [other, scan()], evaluation: stated({}) });
    expect(evidence).toEqual([scan().document.id]);
  });

  it("says of a policy of Conftest that nothing shows it can deny, and which rules nobody asks", () => {
    const result = (unasked: readonly string[]) =>
      gateResult({
        ...inputs,
        definition: { ...definition, conftest: { enforcement: "mandatory", unasked } },
        evaluation: stated({}),
      });
    expect(result([])).toMatchObject({ result: "pass", unproven: true });
    expect(result([])).not.toHaveProperty("unasked");
    expect(result(["other"])).toMatchObject({ unproven: true, unasked: ["other"] });
    expect(gateResult({ ...inputs, evaluation: stated({}) })).not.toHaveProperty("unproven");
  });

  it.each<[string, Partial<GateInputs>, string | undefined]>([
    ["nothing of a gate that passes", {}, undefined],
    ["why it does not apply", { evaluation: stated({ applicable: 0, notApplicable: "no code" }) }, "no code"],
    [
      "that it contradicts itself",
      { evaluation: stated({ applicable: 2, notApplicable: "no code" }) },
      "the gate says that it does not apply (no code), yet it looked at 2 items",
    ],
    ["that it looked at nothing", { evaluation: stated({ applicable: 0 }) }, "the gate looked at nothing"],
    [
      "an error",
      { evaluation: { status: "error", message: "no result within 5 ms", durationMs: 5 } },
      "the gate could not be evaluated: no result within 5 ms",
    ],
    ["what it misses, in order", { evaluation: stated({ missing: ["b", "a"], applicable: 0 }) }, "a; b"],
    ["that there is no evidence", { evidence: [] }, "there is no sast findings evidence"],
    [
      "of which suite there is none",
      { evidence: [], definition: { ...definition, evidence: [{ kind: "tests", suite: "unit", fields: [] }] } },
      "there is no unit tests evidence",
    ],
    [
      "where it was looked for",
      {
        evidence: [],
        unmatched: [
          { need: undefined, description: "a" },
          { need: "findings", description: "b" },
          { need: "tests", description: "c" },
        ],
      },
      "there is no sast findings evidence (a, b)",
    ],
    [
      "that a file holds no scan",
      { evidence: [scan({ scans: [] })] },
      "there is no sast findings evidence (scan.sarif holds no scan)",
    ],
    [
      "why a file holds no scan",
      { evidence: [{ ...scan({ scans: [] }), reasons: ["x", "y"] }] },
      "there is no sast findings evidence (scan.sarif holds no scan: x, y)",
    ],
    [
      "nothing of other files without findings",
      { evidence: [], definition: { ...definition, evidence: [{ kind: "tests", fields: [] }] } },
      "there is no tests evidence",
    ],
    [
      "why a file cannot be used",
      { evidence: [{ ...scan(), use: "stale", reasons: ["x", "y"] }] },
      "scan.sarif cannot be used: x, y",
    ],
    [
      "that a file cannot be used, for no reason",
      { evidence: [{ ...scan(), use: "stale" }] },
      "scan.sarif cannot be used: stale",
    ],
  ])("is %s", (_, changes, reason) => {
    expect(reasonOf(changes)).toBe(reason);
  });

  it("is how to get the evidence, where that is what is wrong", () => {
    const { remediation } = gateResult({ ...inputs, evidence: [], evaluation: stated({}) });
    expect(remediation).toBe(
      "Run the tool that produces this evidence for this commit, let it finish, and pass its file with `--evidence` or in gate.yaml.",
    );
  });

  it("is about nothing where the gate could not be asked", () => {
    const evaluation = { status: "error", message: "x", durationMs: 5.6 } as const;
    expect(gateResult({ ...inputs, evaluation })).toMatchObject({ applicable: 0, violations: [], durationMs: 6 });
  });

  it("is no answer from evidence that cannot be used", () => {
    const evaluation = stated({ answer: { action: "promote" } });
    const unusable: AssessedEvidence = { ...scan(), use: "stale" };
    expect(gateResult({ ...inputs, evaluation })).toHaveProperty("answer");
    expect(gateResult({ ...inputs, evaluation, evidence: [unusable] })).not.toHaveProperty("answer");
    const missing = stated({ answer: { action: "hold" }, missing: ["the second phase"] });
    expect(gateResult({ ...inputs, evaluation: missing })).toHaveProperty("answer");
    expect(gateResult({ ...inputs, evaluation: missing, evidence: [unusable] })).not.toHaveProperty("answer");
    const failing = stated({ answer: { action: "roll back" }, violations: [{ msg: "bad" }] });
    expect(gateResult({ ...inputs, evaluation: failing, evidence: [unusable] })).toHaveProperty("answer");
  });
});
