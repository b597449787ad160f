import { describe, expect, it } from "vitest";
import { compareWithCollections, loosenedDiagnostics } from "../../src/config/lint.ts";
import { collectedGatesOf, resolveEnvironments } from "../../src/config/resolve.ts";
import type { Environment } from "../../src/decision/environment.ts";
import type { Collection } from "../../src/policy/collections.ts";
import { collections, gates, parse, problems, resolve } from "./support.ts";

/** What an environment asks for, a gate each: how, from where, and the parameters that are not the gate's own. */
function asked(text: string, name: string): Readonly<Record<string, string>> {
  const environment = resolve(text)[name];
  return Object.fromEntries(
    (environment?.gates ?? []).map(({ gate, enforcement, source, parameters }) => {
      const given = Object.entries(parameters).filter((entry) => entry[1].source !== "gate");
      const texts = given.map(([key, { value, source: place }]) => `${key}=${JSON.stringify(value)} ${place}`);
      return [gate, [enforcement, source, ...texts].join(", ")];
    }),
  );
}

function environments(...lines: readonly string[]): string {
  return ["version: 1", "environments:", ...lines.map((line) => `  ${line}`), ""].join("\n");
}

/** The label of sast in staging with other collections. */
function collectedFrom(text: string, known: readonly Collection[]): unknown {
  const staging: Environment | undefined = resolveEnvironments(parse(text), { gates, collections: known })["staging"];
  return staging?.gates.find(({ gate }) => gate === "sast")?.parameters["label"]?.value;
}

describe("an environment takes from its collections", () => {
  it("gates and parameters, with the place in the collection", () => {
    expect(asked(environments("staging:", "  collections: [careful]"), "staging")).toEqual({
      "unit-coverage": "mandatory, careful.yaml:5, lines=70 careful.yaml:9",
      tests: "advisory, careful.yaml:6",
    });
  });

  it("of several the stricter of each", () => {
    expect(asked(environments("staging:", "  collections: [strict, careful]"), "staging")).toEqual({
      "unit-coverage": "mandatory, careful.yaml:5, lines=90 strict.yaml:9",
      tests: "mandatory, strict.yaml:6",
      sast: 'mandatory, strict.yaml:7, label="b" strict.yaml:11',
    });
  });

  it("nothing that gate.yaml says otherwise", () => {
    const text = environments(
      "staging:",
      "  collections: [careful]",
      "  mandatory: [tests, dast]",
      "  parameters: { unit-coverage: { lines: 60 } }",
    );
    expect(asked(text, "staging")).toEqual({
      "unit-coverage": "mandatory, careful.yaml:5, lines=60 gate.yaml:6",
      tests: "mandatory, gate.yaml:5",
      dast: "mandatory, gate.yaml:5",
    });
  });

  it("no gate that it turns off, and the decision says so", () => {
    const text = environments("staging:", "  collections: [careful]", "  disabled: [unit-coverage]");
    expect(asked(text, "staging")).toEqual({ tests: "advisory, careful.yaml:6" });
    expect(resolve(text)["staging"]?.disabled).toEqual([{ gate: "unit-coverage", source: "gate.yaml:5" }]);
  });

  it("those of the environment that it extends, without what it turns off itself", () => {
    const text = environments(
      "staging:",
      "  collections: [careful]",
      "production:",
      "  extends: staging",
      "  disabled: [tests]",
    );
    expect(asked(text, "production")).toEqual({
      "unit-coverage": "mandatory, careful.yaml:5, lines=70 careful.yaml:9",
    });
  });

  it("a gate that was turned off above, once it takes a collection that has it", () => {
    const text = environments(
      "staging:",
      "  collections: [careful]",
      "  disabled: [tests]",
      "production:",
      "  extends: staging",
      "  collections: [strict]",
    );
    expect(asked(text, "production")).toMatchObject({ tests: "mandatory, strict.yaml:6" });
    expect(resolve(text)["production"]?.disabled).toEqual([]);
  });
});

describe("gate.yaml is refused", () => {
  it.each([
    [
      "with a collection that does not exist",
      environments("staging:", "  collections: [stric]"),
      'gate.yaml:4: there is no collection "stric" Did you mean "strict"?',
    ],
    [
      "with a gate turned off that nothing has",
      environments("staging:", "  collections: [careful]", "  disabled: [sats]"),
      'gate.yaml:5: there is no gate "sats" Did you mean "sast"?',
    ],
  ])("%s", (_, text, message) => {
    expect(problems(text)).toContain(message);
  });

  it("where collections give values that nobody can compare, unless it says one", () => {
    const other = { ...collections[1], id: "other", path: "other.yaml" } as (typeof collections)[number];
    const differing = {
      ...other,
      gates: other.gates.map((gate) =>
        gate.gate === "sast" ? { ...gate, parameters: { label: { value: "a", source: "other.yaml:3" } } } : gate,
      ),
    };
    const all = [...collections, differing];
    const text = environments("staging:", "  collections: [strict, other]");
    const refused = (): unknown => collectedFrom(text, all);
    expect(refused).toThrow(
      expect.objectContaining({
        issues: [
          expect.objectContaining({
            message:
              'collections give sast.label values of which neither is stricter, "b" (strict.yaml:11) and "a" (other.yaml:3)',
          }),
        ],
      }),
    );
    expect(collectedFrom(`${text}    parameters: { sast: { label: c } }\n`, all)).toBe("c");
  });
});

it("is told where it is looser than its collections", () => {
  const config = parse(
    environments(
      "staging:",
      "  collections: [strict]",
      "  advisory: [sast]",
      "  disabled: [tests]",
      "  parameters: { unit-coverage: { lines: 60 } }",
    ),
  );
  const policies = { gates, collections };
  const resolved = resolveEnvironments(config, policies);
  const found = loosenedDiagnostics(
    compareWithCollections(resolved, collectedGatesOf(config, policies), gates),
    "gate.yaml",
  );
  expect(found.map(({ rule, level, row, message }) => ({ rule, level, row, message }))).toEqual([
    {
      rule: "loosened",
      level: "warning",
      row: 6,
      message:
        "the gate tests is looser: disabled (gate.yaml:6) in staging, mandatory (strict.yaml:6) in its collections",
    },
    {
      rule: "loosened",
      level: "warning",
      row: 5,
      message:
        "the gate sast is looser: advisory (gate.yaml:5) in staging, mandatory (strict.yaml:7) in its collections",
    },
    {
      rule: "loosened",
      level: "warning",
      row: 7,
      message: "unit-coverage.lines is looser: 60 (gate.yaml:7) in staging, 90 (strict.yaml:9) in its collections",
    },
  ]);
});
