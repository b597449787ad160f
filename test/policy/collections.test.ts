import { describe, expect, it } from "vitest";
import { type Collection, parseCollections } from "../../src/policy/collections.ts";
import type { GateError } from "../../src/util/errors.ts";
import { gates } from "../config/support.ts";

const WHOLE = `id: payments
title: Payments
description: What touches cards.
mandatory: [tests, sast]
advisory:
  - unit-coverage
parameters:
  unit-coverage:
    lines: 90
`;

function read(...texts: readonly string[]): readonly Collection[] {
  const files = texts.map((text, index) => ({ path: `policies/collections/${index + 1}.yaml`, text }));
  return parseCollections(files, gates);
}

function problemsOf(...texts: readonly string[]): readonly string[] {
  try {
    read(...texts);
  } catch (error) {
    const { message, issues } = error as GateError;
    if (issues.length === 0) return [message];
    return issues.map(({ file, row, message: problem }) => `${file}:${row}: ${problem}`);
  }
  throw new Error("it was accepted");
}

it("lists gates with their parameters, each with its line", () => {
  const path = "policies/collections/1.yaml";
  expect(read(WHOLE)).toEqual([
    {
      id: "payments",
      title: "Payments",
      description: "What touches cards.",
      path,
      gates: [
        { gate: "tests", enforcement: "mandatory", parameters: {}, source: `${path}:4` },
        { gate: "sast", enforcement: "mandatory", parameters: {}, source: `${path}:4` },
        {
          gate: "unit-coverage",
          enforcement: "advisory",
          parameters: { lines: { value: 90, source: `${path}:9` } },
          source: `${path}:6`,
        },
      ],
    },
  ]);
});

describe("is refused", () => {
  const first = "policies/collections/1.yaml";
  it.each([
    ["with a gate that does not exist", WHOLE.replace("sast]", "sats]"), `${first}:4: there is no gate "sats"`],
    [
      "with a parameter that does not exist",
      WHOLE.replace("lines", "line"),
      `${first}:9: parameters of unit-coverage must NOT have additional properties (line)`,
    ],
    [
      "with a value that the gate does not take",
      WHOLE.replace("90", "101"),
      `${first}:9: parameters of unit-coverage.lines must be <= 100`,
    ],
    [
      "with parameters of a gate that it does not list",
      WHOLE.replace("  - unit-coverage", "  - dast"),
      `${first}:9: there are parameters of "unit-coverage", which the collection does not list`,
    ],
    [
      "with parameters that are no object",
      WHOLE.replace("\n    lines: 90", " 90"),
      `${first}:8: the parameters of "unit-coverage" must be an object`,
    ],
    [
      "with a gate twice",
      WHOLE.replace("- unit-coverage", "- tests\n  - unit-coverage"),
      `${first}:1: the gate "tests" is listed twice`,
    ],
    ["without a gate", "id: a\ntitle: b\ndescription: c\n", `${first}:1: the collection lists no gate`],
    ["without an id", WHOLE.replace("id: payments\n", ""), `${first}:1: the collection needs a text \`id\``],
    ["with an unknown key", `${WHOLE}gates: []\n`, `${first}:1: the collection has an unknown key "gates"`],
    [
      "with a list that is none",
      WHOLE.replace("[tests, sast]", "tests"),
      `${first}:4: \`mandatory\` must be a list of gates`,
    ],
  ])("%s", (_, text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });

  it.each([
    ["with a key twice", `${WHOLE}title: Again\n`, "Map keys must be unique"],
    [
      "with an alias",
      "id: &a x\ntitle: *a\ndescription: c\nmandatory: [tests]\n",
      "1.yaml: Alias resolution is disabled",
    ],
    ["as a list", "- a\n", "is no collection"],
    ["where it is no YAML", "id: [", "1.yaml"],
  ])("%s", (_, text, problem) => {
    expect(() => read(text)).toThrow(problem);
  });

  it("with the id of another", () => {
    expect(problemsOf(WHOLE, WHOLE)).toEqual([
      'policies/collections/2.yaml:undefined: the collection "payments" is already in policies/collections/1.yaml',
    ]);
  });
});
