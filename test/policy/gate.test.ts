import { describe, expect, it } from "vitest";
import { type GateDefinition, parseGate, strictnessOf } from "../../src/policy/gate.ts";
import type { GateError } from "../../src/util/errors.ts";

function gateWith(parameter: Readonly<Record<string, unknown>>): GateDefinition {
  const properties = { most: { description: "The most.", default: 1, ...parameter } };
  return parseGate({
    path: "few.rego",
    package: "data.gates.few",
    row: 1,
    title: "Few",
    description: "Few fail.",
    custom: {
      id: "few",
      evidence: [{ kind: "tests" }],
      remediation: "Mend it.",
      parameters: { type: "object", additionalProperties: false, properties },
    },
    resources: [],
    rules: ["deny", "applicable"],
  });
}

describe("which values of a parameter are stricter", () => {
  it.each([
    ["higher numbers", { type: "number", stricter: "higher" }],
    ["lower whole numbers", { type: "integer", stricter: "lower" }],
    ["longer lists", { type: "array", stricter: "more" }],
    ["shorter lists", { type: "array", stricter: "fewer" }],
    ["words in their order", { enum: ["block", "allow"], stricter: ["allow", "block"] }],
    ["true", { type: "boolean", stricter: [false, true] }],
    ["unknown", { type: "string" }],
  ])("%s", (_, parameter: Readonly<Record<string, unknown>>) => {
    expect(strictnessOf(gateWith(parameter), "most")).toEqual(parameter["stricter"]);
  });

  it.each([
    [
      "in another word",
      { type: "number", stricter: "larger" },
      "must be higher, lower, more, fewer, or a list of its values",
    ],
    ["as a number", { type: "number", stricter: 1 }, "must be higher, lower, more, fewer"],
    ["numbers for a list", { type: "array", stricter: "higher" }, "is for parameters of type number or integer"],
    ["lists for a number", { type: "number", stricter: "more" }, "is for parameters of type array"],
    ["numbers for what has no type", { stricter: "higher" }, "is for parameters of type number or integer"],
    ["a word that is missing", { enum: ["a", "b", "c"], stricter: ["a", "b"] }, "must list each value"],
    ["a word that there is not", { enum: ["a", "b"], stricter: ["a", "c"] }, "must list each value"],
    ["a word twice", { enum: ["a", "b"], stricter: ["a", "b", "b"] }, "must list each value"],
    ["an order of any text", { type: "string", stricter: ["a", "b"] }, "must list each value"],
    ["half of a choice", { type: "boolean", stricter: [true] }, "must list each value"],
  ])("cannot be %s", (_, parameter, problem) => {
    expect(() => gateWith(parameter)).toThrow(
      expect.objectContaining({
        code: "policy-invalid" satisfies GateError["code"],
        issues: [
          expect.objectContaining({
            message: expect.stringContaining(`\`stricter\` of the parameter "most" ${problem}`),
          }),
        ],
      }),
    );
  });
});

function needing(evidence: readonly object[]): GateDefinition {
  return parseGate({
    path: "few.rego",
    package: "data.gates.few",
    row: 1,
    title: "Few",
    description: "Few fail.",
    custom: { id: "few", evidence, remediation: "Mend it.", severity: "low" },
    resources: [{ ref: "https://example.com/few" }],
    rules: ["deny", "applicable"],
  });
}

describe("what a gate needs", () => {
  it("can be optional", () => {
    const gate = needing([{ kind: "tests" }, { kind: "change", optional: true }]);
    expect(gate.evidence).toEqual([
      { kind: "tests", fields: [] },
      { kind: "change", fields: [], optional: true },
    ]);
    expect(gate).toMatchObject({ severity: "low", resources: [{ ref: "https://example.com/few" }] });
  });

  it.each([
    ["a kind twice", [{ kind: "tests" }, { kind: "tests", suite: "smoke" }], "names the kind tests twice"],
    ["optional in another word", [{ kind: "tests", optional: "yes" }], "optional must be true or left out"],
  ])("cannot be %s", (_, evidence, message) => {
    const issues = [expect.objectContaining({ message: expect.stringContaining(message) })];
    expect(() => needing(evidence)).toThrow(expect.objectContaining({ issues }));
  });
});
