import { describe, expect, it } from "vitest";
import type { GateError } from "../../src/util/errors.ts";
import { CANARY, compile, DENY_FAILED, gateSource } from "./compile.ts";

async function problems(files: Readonly<Record<string, string>>): Promise<string> {
  const error = (await compile(files).then(
    () => {
      throw new Error("it was compiled");
    },
    (reason: unknown) => reason,
  )) as GateError;
  return [
    error.message,
    ...error.issues.map(({ file, row, message, hint }) => [file, row, message, hint].join(" ")),
  ].join("\n");
}

describe("a gate does not compile with", () => {
  it.each([
    ["a field that the evidence does not have", DENY_FAILED.replace("case.status", "case.stauts"), "stauts"],
    ["a field that it did not declare", DENY_FAILED.replace("case.status", "case.durationMs"), "durationMs"],
    ["a kind that it did not declare", DENY_FAILED.replaceAll("evidence.tests", "evidence.sbom"), "sbom"],
    [
      "the network",
      `${DENY_FAILED}\n\nmissing contains "x" if http.send({"method": "get", "url": "http://localhost"})`,
      "http.send",
    ],
    ["a random number", `${DENY_FAILED}\n\nmissing contains "x" if rand.intn("x", 2) == 1`, "rand.intn"],
    ["an unused variable", `${DENY_FAILED}\n\nmissing contains "x" if {\n\tnever := 1\n\ttrue\n}`, "never"],
    ["no deny rule", "applicable := 1", 'no rule "deny"'],
    ["no applicable rule", 'deny contains {"msg": "x"}', 'no rule "applicable"'],
  ])("%s", async (_, rules, message) => {
    const text = await problems({ "gate.rego": gateSource("gate", rules) });
    expect(text).toContain(message);
    expect(text).toMatch(/policies\/gate\.rego \d+/);
  });

  it("an unknown key in its metadata", async () => {
    const text = await problems({ "gate.rego": gateSource("gate", DENY_FAILED, "#   contrls: [a]\n") });
    expect(text).toContain('unknown key "contrls"');
    expect(text).toContain('Did you mean "controls"?');
  });

  it("the id of another gate", async () => {
    const other = gateSource("gate", DENY_FAILED).replace("package gates.gate", "package gates.other");
    expect(await problems({ "a.rego": gateSource("gate", DENY_FAILED), "b.rego": other })).toContain(
      '"gate" is already used',
    );
  });

  it("a field of evidence that no schema has", async () => {
    const source = gateSource("gate", DENY_FAILED).replace("[status]", "[status, colour]");
    expect(await problems({ "gate.rego": source })).toContain('no field "colour"');
  });
});

/** What somebody who knows Rego gets wrong in a first gate, and what the error says to do. */
describe("the error of a first gate says what to write", () => {
  const valid = gateSource("few-failed", DENY_FAILED);
  it.each([
    {
      name: "without METADATA",
      source: valid.replaceAll(/^#.*\n/gm, ""),
      advice: "`# METADATA` directly above `package`",
    },
    {
      name: "with METADATA that is no YAML",
      source: valid.replace("# title: ", '# title: "'),
      advice: "look at its quotes and its indentation",
    },
    {
      name: "with an id in snake case",
      source: valid.replace("id: few-failed", "id: few_failed"),
      advice: '"few-failed"',
    },
    {
      name: "with parameters that stand too high",
      source: gateSource("few-failed", DENY_FAILED, "#   parameters: {most: {default: 1}}\n"),
      advice: "below its key `properties`",
    },
    {
      name: "with a misspelt field",
      source: valid.replace("[status]", "[status, massage]"),
      advice: 'Did you mean "message"?',
    },
    {
      name: "that reads items and declared no fields",
      source: valid.replace("#       fields: [status]\n", ""),
      advice: "To read cases, declare their fields in METADATA custom.evidence",
    },
    {
      name: "that reads a field it did not declare",
      source: valid.replace("case.status", "case.name"),
      advice: "has to be declared in METADATA custom.evidence under `fields`",
    },
    {
      name: "that takes the documents for one",
      source: valid.replace("count(input.evidence.tests)", "count(input.evidence.tests.cases)"),
      advice: '`some document in input.evidence["tests"]`',
    },
    {
      name: "that looks for evidence at the top of the input",
      source: valid.replace("count(input.evidence.tests)", "count(input.tests)"),
      advice: 'Evidence is in input.evidence["tests"]',
    },
    {
      name: "that reads parameters with a hyphen",
      source: valid.replace('case.status == "failed"', "case.status == data.params.few-failed.status"),
      advice: 'write data.params["few-failed"]',
    },
    {
      name: "in a package where nobody asks for gates",
      source: valid.replace("package gates.", "package policies."),
      advice: "Write `package gates.few_failed`.",
    },
  ])("$name", async ({ source, advice }) => {
    expect(source).not.toBe(valid);
    expect(await problems({ "gate.rego": source })).toContain(advice);
  });

  const examples = `gate: few-failed\n${CANARY}`;
  it.each([
    {
      name: "of a gate that does not exist",
      text: examples.replace("few-failed", "few-faild"),
      advice: 'did you mean "few-failed"',
    },
    { name: "with a misspelt key", text: examples.replace("canary", "canry"), advice: 'Did you mean "canary"?' },
    { name: "with a misspelt list", text: examples.replace("cases: [{", "case: [{"), advice: 'Did you mean "cases"?' },
    {
      name: "of evidence that does not exist",
      text: examples.replace("kind: tests", "kind: test"),
      advice: 'Did you mean "tests"?',
    },
    {
      name: "with a value that evidence cannot have",
      text: examples.replace("status: failed", "status: broken"),
      advice: "/body/cases/0/status: it is none of",
    },
    {
      name: "with an unknown result",
      text: examples.replace("result: fail", "result: failed"),
      advice: "one of pass, fail,",
    },
  ])("and of examples $name", async ({ text, advice }) => {
    expect(text).not.toBe(examples);
    expect(await problems({ "gate.rego": valid, "examples.yaml": text })).toContain(advice);
  });
});

it("compiles the same sources once", async () => {
  const files = { "gate.rego": gateSource("gate", `${DENY_FAILED}\n\n# ${Math.random()}`) };
  expect((await compile(files)).compiled).toBe(true);
  expect((await compile(files)).compiled).toBe(false);
});

it("gives other sources another digest", async () => {
  const one = await compile({ "gate.rego": gateSource("gate", DENY_FAILED) });
  const two = await compile({ "gate.rego": gateSource("gate", DENY_FAILED.replace("failed", "errored")) });
  expect(one.bundle.digest).not.toBe(two.bundle.digest);
});
