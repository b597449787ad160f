import { describe, expect, it } from "vitest";
import { parse, problems, resolve } from "./support.ts";

describe("a configuration is refused for", () => {
  it.each([
    [
      "an unknown key",
      "version: 1\nenvironmets: {}",
      'gate.yaml:2: unknown key "environmets" in the document Did you mean "environments"?',
    ],
    ["a missing key", "version: 1", '"environments" is missing in the document'],
    [
      "a version of the future",
      "version: 2\nenvironments: {a: {mandatory: [tests]}}",
      'gate.yaml:1: "version" must be 1, not 2',
    ],
    ["a key twice", "version: 1\nversion: 1\nenvironments: {}", "gate.yaml:2: Map keys must be unique"],
    ["a broken document", "version: 1\nenvironments: {a: [", "gate.yaml:2"],
    [
      "an alias",
      "version: 1\nenvironments: {a: &x {mandatory: [tests]}, b: *x}",
      "gate.yaml:2: aliases are not supported",
    ],
    [
      "a kind that does not exist",
      "version: 1\nevidence: [{path: a, kind: sats}]\nenvironments: {a: {mandatory: [tests]}}",
      'Did you mean "sast"?',
    ],
    [
      "a path that is empty",
      "version: 1\nevidence: [{path: ''}]\nenvironments: {a: {mandatory: [tests]}}",
      '"evidence.0.path"',
    ],
    [
      "an environment's name",
      "version: 1\nenvironments: {Production: {mandatory: [tests]}}",
      '"Production" is not a valid name',
    ],
    [
      "a gate that does not exist",
      "version: 1\nenvironments:\n  a:\n    mandatory: [test]",
      'gate.yaml:4: there is no gate "test" Did you mean "tests"?',
    ],
    [
      "a gate that is both",
      "version: 1\nenvironments: {a: {mandatory: [tests], advisory: [tests]}}",
      "both mandatory and advisory",
    ],
    ["an environment without gates", "version: 1\nenvironments: {a: {}}", "it would allow everything"],
    [
      "a parameter that does not exist",
      "version: 1\nenvironments:\n  a:\n    mandatory: [unit-coverage]\n    parameters:\n      unit-coverage:\n        line: 90",
      'gate.yaml:7: parameters of unit-coverage: unknown key "line" in the document Did you mean "lines"?',
    ],
    [
      "a parameter of the wrong type",
      "version: 1\nenvironments:\n  a:\n    mandatory: [unit-coverage]\n    parameters:\n      unit-coverage:\n        lines: '90'",
      'gate.yaml:7: parameters of unit-coverage: "lines" must be number',
    ],
    [
      "a parameter out of range",
      "version: 1\nenvironments:\n  a:\n    mandatory: [unit-coverage]\n    parameters:\n      unit-coverage: {lines: 101}",
      '"lines" must be <= 100',
    ],
    [
      "parameters of a gate that is not used",
      "version: 1\nenvironments:\n  a:\n    mandatory: [tests]\n    parameters:\n      unit-coverage: {lines: 90}",
      "neither mandatory nor advisory",
    ],
  ])("%s", (_, text, message) => {
    expect(problems(text)).toContain(message);
  });

  it("every problem at once", () => {
    expect(problems("version: 2\nenvironmets: {}\n").split("\n").length).toBeGreaterThanOrEqual(2);
  });

  it("bytes that are no text", () => {
    expect(() => parse(new Uint8Array([0xff, 0xfe, 0xff]))).toThrow("not UTF-8");
  });
});

it("says for each parameter where its value came from", () => {
  const { a } = resolve(
    "version: 1\nenvironments:\n  a:\n    mandatory: [unit-coverage]\n    parameters:\n      unit-coverage:\n        lines: 90\n",
  );
  expect(a?.gates[0]?.parameters).toEqual({
    lines: { value: 90, source: "gate.yaml:7" },
    branches: { value: 75, source: "gate" },
  });
});

it("is stricter outside of development", () => {
  const environments = resolve(
    "version: 1\nenvironments: {development: {mandatory: [tests]}, production: {mandatory: [tests]}}",
  );
  expect(environments["development"]).toMatchObject({ integrity: "open", audit: "optional" });
  expect(environments["production"]).toMatchObject({ integrity: "bound", audit: "required" });
});
