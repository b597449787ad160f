import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openToolchain } from "../../src/policy/load.ts";
import type { Mutant, RegoToolchain } from "../../src/policy/toolchain/protocol.ts";
import { installation } from "../support.ts";

let toolchain: RegoToolchain;

beforeAll(async () => {
  toolchain = await openToolchain({ installation, variables: {}, cacheFolder: undefined });
});

afterAll(() => toolchain.close());

function mutantsOf(source: string): Promise<readonly Mutant[]> {
  return toolchain.mutants([{ path: "p.rego", source }]);
}

function brief({ mutator, original, replacement }: Mutant): string {
  return `${mutator}: ${original} → ${replacement}`;
}

/** All mutants of some rules, but those of a mutator that is in every example and has its own. */
async function briefs(rules: string, without = "ConditionalExpression"): Promise<readonly string[]> {
  const found = await mutantsOf(`package p\n\n${rules}\n`);
  return found.filter(({ mutator }) => mutator !== without).map(brief);
}

describe("changes", () => {
  it.each<[name: string, rules: string, expected: readonly string[]]>([
    ["equality", "a if input.x == input.y", ["EqualityOperator: == → !="]],
    ["inequality", "a if input.x != input.y", ["EqualityOperator: != → =="]],
    ["less", "a if input.x < input.y", ["EqualityOperator: < → <=", "EqualityOperator: < → >="]],
    ["less or equal", "a if input.x <= input.y", ["EqualityOperator: <= → <", "EqualityOperator: <= → >"]],
    ["greater", "a if input.x > input.y", ["EqualityOperator: > → >=", "EqualityOperator: > → <="]],
    ["greater or equal", "a if input.x >= input.y", ["EqualityOperator: >= → >", "EqualityOperator: >= → <"]],
    [
      "a threshold",
      "a if input.x != 80",
      ["EqualityOperator: != → ==", "NumberLiteral: 80 → 81", "NumberLiteral: 80 → 79"],
    ],
    [
      "a threshold with decimals by its last one, and a negative one",
      "a := [0.95, -1]",
      [
        "NumberLiteral: 0.95 → 0.96",
        "NumberLiteral: 0.95 → 0.94",
        "ArrayDeclaration: 0.95,  → ",
        "ArrayDeclaration: , -1 → ",
        "NumberLiteral: -1 → 0",
        "NumberLiteral: -1 → -2",
      ],
    ],
    [
      "a count that must not be zero, without what comes to the same for whole numbers",
      "a if count(input.x) > 0",
      ["EqualityOperator: > → >=", "EqualityOperator: > → ==", "NumberLiteral: 0 → 1"],
    ],
    ["a count that must be zero", "a if count(input.x) == 0", ["EqualityOperator: == → >", "NumberLiteral: 0 → 1"]],
    [
      "a threshold on the left of a count",
      "a if 2 < count(input.x)",
      ["NumberLiteral: 2 → 3", "EqualityOperator: < → <=", "EqualityOperator: < → >="],
    ],
    ["a condition", "a if input.x", ["Negation:  → not "]],
    ["a condition that is negated", "a if not input.x", ["Negation: not  → "]],
    ["membership", "a if input.x in input.y", ["Negation:  → not "]],
    ["addition", "a := input.x + input.y", ["ArithmeticOperator: + → -"]],
    ["subtraction", "a := input.x - input.y", ["ArithmeticOperator: - → +"]],
    [
      "multiplication in brackets",
      "a := (input.x * input.y) / input.z",
      ["ArithmeticOperator: * → /", "ArithmeticOperator: / → *"],
    ],
    ["remainder", "a := input.x % input.y", ["ArithmeticOperator: % → *"]],
    ["intersection and union", "a := (input.x & input.y) | input.z", ["SetOperator: & → |", "SetOperator: | → &"]],
    ["difference of sets", "a := {x | some x in input.x} - input.y", ["SetOperator: - → &"]],
    ["booleans", "a := f(true)\n\nf(x) := x", ["BooleanLiteral: true → false"]],
    [
      "a text that is compared with",
      'a if input.x == "block"',
      ["EqualityOperator: == → !=", 'StringLiteral: "block" → ""'],
    ],
    ["an empty text", 'a if input.x != ""', ["EqualityOperator: != → ==", 'StringLiteral: "" → "mutated"']],
    ["a text in the head of a function", 'a("x") if input.x', ['StringLiteral: "x" → ""', "Negation:  → not "]],
    [
      "severities",
      'a := {"x": "critical", "y": "high", "z": "info"}',
      ['StringLiteral: "critical" → "high"', 'StringLiteral: "high" → "critical"', 'StringLiteral: "info" → "low"'],
    ],
    ["elements of a set", 'a := {"x", "y"}', ['ArrayDeclaration: "x",  → ', 'ArrayDeclaration: , "y" → ']],
    [
      "the only element",
      'a := [["x"], {"y"}]',
      [
        'ArrayDeclaration: ["x"] → []',
        'ArrayDeclaration: ["x"],  → ',
        'ArrayDeclaration: , {"y"} → ',
        'ArrayDeclaration: {"y"} → set()',
      ],
    ],
    [
      "defaults",
      'default a := false\n\ndefault b := 3\n\ndefault c := "x"',
      ["DefaultValue: false → true", "DefaultValue: 3 → 4", "DefaultValue: 3 → 2", 'DefaultValue: "x" → ""'],
    ],
    ["the default of object.get", 'a := object.get(input, "x", true)', ["DefaultValue: true → false"]],
    [
      "min and max",
      "a := min(input.x) + max(input.y)",
      ["MethodExpression: min → max", "ArithmeticOperator: + → -", "MethodExpression: max → min"],
    ],
    [
      "the end of a text that is looked at",
      'a if endswith(input.x, "*")',
      ["Negation:  → not ", "MethodExpression: endswith → startswith", 'StringLiteral: "*" → ""'],
    ],
    [
      "a part of a text",
      'a if contains(input.x, "y")',
      ["Negation:  → not ", "MethodExpression: contains → startswith", 'StringLiteral: "y" → ""'],
    ],
    [
      "calls that smooth a text",
      "a := trim_space(lower(input.x))",
      ["MethodExpression: trim_space(lower(input.x)) → lower(input.x)", "MethodExpression: lower(input.x) → input.x"],
    ],
    [
      "every",
      "a if {\n\tevery x in input.x {\n\t\tx.y\n\t}\n}",
      ["Quantifier: every x in input.x {\n\t\tx.y\n\t} → some x in input.x\n\t\tx.y", "Negation:  → not "],
    ],
    [
      "every as the whole body",
      "a if every x in input.x { x.y }",
      ["Quantifier: every x in input.x { x.y } → { some x in input.x; x.y\n}", "Negation:  → not "],
    ],
    [
      "some",
      "a if {\n\tsome x in input.x\n\tx.y == input.z\n}",
      [
        "Quantifier: some x in input.x\n\tx.y == input.z → every x in input.x {\n\tx.y == input.z\n}",
        "EqualityOperator: == → !=",
      ],
    ],
    [
      "one of several definitions",
      'a contains "x" if input.x == input.y\n\na contains "y"',
      [
        'RuleRemoval: a contains "x" if input.x == input.y → ',
        "EqualityOperator: == → !=",
        'RuleRemoval: a contains "y" → ',
      ],
    ],
    [
      "else",
      'a := "x" if {\n\tinput.x > input.y\n} else := "low" if input.z == "é"',
      [
        "EqualityOperator: > → >=",
        "EqualityOperator: > → <=",
        'StringLiteral: "low" → "medium"',
        "EqualityOperator: == → !=",
        'StringLiteral: "é" → ""',
      ],
    ],
    [
      "what a template computes",
      'a := $"{input.x + 1} high"',
      ["ArithmeticOperator: + → -", "NumberLiteral: 1 → 2", "NumberLiteral: 1 → 0"],
    ],
  ])("%s", async (_, rules, expected) => {
    expect(await briefs(rules)).toEqual(expected);
  });

  it.each<[name: string, rules: string, expected: readonly string[]]>([
    ["conditions of a body", "a if {\n\tx := input.x\n\tx.y\n\tnot x.z\n}", ["x.y → true", "not x.z → true"]],
    ["the only condition", "a if input.x", ["input.x → true"]],
    ["conditions of a comprehension", "a := [x | some x in input.x; x.y]", ["x.y → true"]],
    [
      "conditions of every",
      "a if every x in input.x { x.y; x.z }",
      ["every x in input.x { x.y; x.z } → true", "x.y → true", "x.z → true"],
    ],
    [
      "a declaration that nothing uses",
      "a if {\n\tsome _ in input.x\n\tsome y in input.y\n\ty\n}",
      ["some _ in input.x → true", "y → true"],
    ],
    ["nothing of a rule without a body", "a := input.x", []],
  ])("removes %s", async (_, rules, expected) => {
    const found = await mutantsOf(`package p\n\n${rules}\n`);
    const removed = found.filter(({ mutator }) => mutator === "ConditionalExpression");
    expect(removed.map(({ original, replacement }) => `${original} → ${replacement}`)).toEqual(expected);
  });

  it.each([
    ["METADATA, package and imports", "# METADATA\n# title: 1 == 2\n# custom:\n#   n: 3\npackage p\n\nimport data.x\n"],
    ["messages and names of members", 'package p\n\na := {"n 1": "text == 1"}\n\nb := input.x[0].y["z"]\n'],
    ["a rule that has the name of a built-in", "package p\n\nlower(x) := x\n\na := lower(input.x)\n"],
  ])("leaves alone %s", async (_, source) => {
    expect(await mutantsOf(source)).toEqual([]);
  });

  it("removes a definition with the METADATA of it alone", async () => {
    const source = 'package p\n\na contains "x"\n\n# METADATA\n# title: y\na contains "y"\n';
    const removed = (await mutantsOf(source)).filter(({ mutator }) => mutator === "RuleRemoval");
    expect(removed.map(({ original }) => original)).toEqual([
      'a contains "x"',
      '# METADATA\n# title: y\na contains "y"',
    ]);
  });
});

it("says where a mutant is, in the rows and columns of an editor and in bytes", async () => {
  const [first] = await mutantsOf('package p\n\na := "😀é" if input.x == input.y\n').then((found) =>
    found.filter(({ mutator }) => mutator === "EqualityOperator"),
  );
  expect(first).toMatchObject({
    file: "p.rego",
    start: { row: 3, col: 23, offset: 36 },
    end: { row: 3, col: 25, offset: 38 },
    description: "== → !=",
  });
});

it("gives a mutant the same id after a change elsewhere in the file, and each its own", async () => {
  const rules = "a if input.x == 1\n\nb if input.y == 1\n";
  const before = (await mutantsOf(`package p\n\n${rules}`)).map(({ id }) => id);
  const after = (await mutantsOf(`package p\n\n# a comment\nc := input.z\n\n${rules}`)).map(({ id }) => id);
  expect(after).toEqual(before);
  expect(new Set(before).size).toBe(before.length);
});

async function ignored(rules: string): Promise<readonly string[]> {
  const found = await mutantsOf(`package p\n\n${rules}\n`);
  return found.flatMap((mutant) => (mutant.ignored === undefined ? [] : [`${brief(mutant)}: ${mutant.ignored}`]));
}

describe("ignores", () => {
  it.each<[name: string, rules: string, expected: readonly string[]]>([
    [
      "on the line",
      "a if input.x > 1 # mutate: ignore NumberLiteral - it is either 0 or 2 - always",
      ["NumberLiteral: 1 → 2: it is either 0 or 2 - always", "NumberLiteral: 1 → 0: it is either 0 or 2 - always"],
    ],
    [
      "on the line above, with comments between",
      "a if {\n\t# mutate: ignore Negation, ConditionalExpression - a\n\t# b\n\tinput.x\n}",
      ["Negation:  → not : a", "ConditionalExpression: input.x → true: a"],
    ],
    [
      "above the METADATA of what is removed",
      '# mutate: ignore RuleRemoval - a\n# METADATA\n# title: x\na contains "x"\n\na contains "y"',
      ['RuleRemoval: # METADATA\n# title: x\na contains "x" → : a'],
    ],
  ])("%s", async (_, rules, expected) => {
    expect(await ignored(rules)).toEqual(expected);
  });

  it.each([
    ["without a reason", "a if input.x # mutate: ignore Negation", "without a reason"],
    ["with an empty reason", "a if input.x # mutate: ignore Negation - ", "without a reason"],
    ["of an unknown mutator", "a if input.x # mutate: ignore Negations - why", 'no mutator "Negations"'],
    ["that ignores nothing", "a if input.x # mutate: ignore NumberLiteral - why", "no mutant of NumberLiteral here"],
    ["that says something else", "a if input.x # mutate: skip", "the only thing"],
  ])("refuses a comment %s", async (_, rules, message) => {
    await expect(mutantsOf(`package p\n\n${rules}\n`)).rejects.toMatchObject({
      code: "policy-invalid",
      issues: [{ file: "p.rego", row: 3, column: 14, message: expect.stringContaining(message) as string }],
    });
  });
});
