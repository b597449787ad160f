import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gateCapabilities } from "../../src/policy/capabilities.ts";
import { openToolchain } from "../../src/policy/load.ts";
import { planMutants } from "../../src/policy/mutation/plan.ts";
import { applyMutant, type MutantResult, testMutants } from "../../src/policy/mutation/run.ts";
import { unitTestSuites } from "../../src/policy/mutation/suite.ts";
import { reachOf } from "../../src/policy/reach.ts";
import { createRuntime } from "../../src/policy/runtime/runtime.ts";
import { ToolchainError } from "../../src/policy/toolchain/error.ts";
import type { Mutant, RegoModule, RegoToolchain } from "../../src/policy/toolchain/protocol.ts";
import { installation } from "../support.ts";

const services = { installation, variables: {}, cacheFolder: undefined };
let toolchain: RegoToolchain;

beforeAll(async () => {
  toolchain = await openToolchain(services);
});

afterAll(() => toolchain.close());

function modulesOf(files: Readonly<Record<string, string>>): readonly RegoModule[] {
  return Object.entries(files).map(([path, source]) => ({ path, source }));
}

/** Tests the mutants of the files that are no tests, as `gate policy mutate` does. */
async function results(
  files: Readonly<Record<string, string>>,
  isWanted: (mutant: Mutant) => boolean = () => true,
  compiler: () => Promise<RegoToolchain> = () => openToolchain(services),
): Promise<readonly MutantResult[]> {
  const all = modulesOf(files);
  const described = await toolchain.inspect(all);
  const capabilities = gateCapabilities(await toolchain.capabilities());
  const { tests } = await toolchain.buildTests({ modules: all, capabilities });
  const unit = unitTestSuites(
    tests,
    reachOf(all, new Map(described.map((module) => [module.path, module.package]))),
    undefined,
  );
  const { coverage } = await toolchain.test({ modules: all, coverage: true });
  const mutants = await toolchain.mutants(all.filter(({ path }) => !path.endsWith("_test.rego")));
  return testMutants(planMutants(mutants.filter(isWanted), unit, [], coverage), {
    toolchain: compiler,
    runtime: (timeLimitMs) =>
      createRuntime({ worker: installation.policyWorker, timeLimitMs, memoryLimitBytes: 1 << 28 }),
    capabilities: gateCapabilities(await toolchain.capabilities()),
    concurrency: 2,
  });
}

function brief({ mutant, status, killedBy }: MutantResult): string {
  const by = killedBy === undefined ? "" : ` by ${killedBy.name}`;
  return `${mutant.mutator} ${mutant.original} → ${mutant.replacement}: ${status}${by}`;
}

describe("a mutant", () => {
  it("is killed by the first test that fails, and survives where none does", async () => {
    const found = await results({
      "p.rego": "package p\n\nover if input.x > 10\n",
      "p_test.rego": `package p_test

import data.p

test_far_above if p.over with input as {"x": 100}

test_far_below if not p.over with input as {"x": 0}
`,
    });
    expect(found.map(brief)).toEqual([
      "ConditionalExpression input.x > 10 → true: Killed by data.p_test.test_far_below",
      "EqualityOperator > → >=: Survived",
      "EqualityOperator > → <=: Killed by data.p_test.test_far_above",
      "NumberLiteral 10 → 11: Survived",
      "NumberLiteral 10 → 9: Survived",
    ]);
    expect(found.map(({ testsCompleted }) => testsCompleted)).toEqual([2, 2, 1, 2, 2]);
  });

  it("is killed by the tests of what uses the module that it is in", async () => {
    const found = await results({
      "lib/l.rego": "package lib.l\n\nmore(x) if x > 1\n",
      "gates/g.rego": "package gates.g\n\nimport data.lib.l\n\nmany if l.more(input.x)\n",
      "gates/g_test.rego": `package gates.g_test

test_two if data.gates.g.many with input as {"x": 2}

test_one if not data.gates.g.many with input as {"x": 1}
`,
      "other_test.rego": "package other_test\n\ntest_nothing if true\n",
    });
    const boundary = found.filter(({ mutant }) => mutant.mutator === "EqualityOperator");
    expect(boundary.map(brief)).toEqual([
      "EqualityOperator > → >=: Killed by data.gates.g_test.test_one",
      "EqualityOperator > → <=: Killed by data.gates.g_test.test_two",
    ]);
  });

  it("is killed where one case of a test with cases is missing from its result", async () => {
    const found = await results(
      {
        "p.rego": "package p\n\nover if input.x > 10\n",
        "p_test.rego": `package p_test

test_over[name] if {
	some name, x in {"above": 11, "far above": 100}
	data.p.over with input as {"x": x}
}
`,
      },
      ({ replacement }) => replacement === "11" || replacement === "9",
    );
    expect(found.map(brief)).toEqual([
      "NumberLiteral 10 → 11: Killed by data.p_test.test_over",
      "NumberLiteral 10 → 9: Survived",
    ]);
  });

  it("has timed out where it takes far longer than the tests did, and the next one is not harmed", async () => {
    const found = await results(
      {
        // A search that takes 10^10 steps and next to no memory.
        "p.rego": `package p

letters(number) := concat("", ["a" | some _ in numbers.range(1, number)])

slow if {
	input.go
	contains(letters(200000), concat("", [letters(100000), "b"]))
}

quick if input.x
`,
        "p_test.rego": `package p_test

test_slow if not data.p.slow with input as {}

test_quick if not data.p.quick with input as {}
`,
      },
      ({ original, mutator }) =>
        (original === "input.go" || original === "input.x") && mutator === "ConditionalExpression",
    );
    expect(found.map(brief)).toEqual([
      "ConditionalExpression input.go → true: Timeout by data.p_test.test_slow",
      "ConditionalExpression input.x → true: Killed by data.p_test.test_quick",
    ]);
  });

  it("is not counted as killed where it does not compile", async () => {
    const [found] = await results(
      {
        "p.rego": "package p\n\na if {\n\tinput.x[i] == input.y\n\tinput.z[i]\n}\n",
        "p_test.rego": 'package p_test\n\ntest_a if data.p.a with input as {"x": [1], "y": 1, "z": [true]}\n',
      },
      ({ mutator, original, start }) => mutator === "Negation" && original === "" && start.row === 5,
    );
    expect(found?.status).toBe("Killed");
    const [unsafe] = await results(
      {
        "p.rego": "package p\n\na if {\n\tinput.x[i]\n\tb := i + 1\n\tb > 0\n}\n",
        "p_test.rego": 'package p_test\n\ntest_a if data.p.a with input as {"x": [1]}\n',
      },
      ({ mutator, start }) => mutator === "Negation" && start.row === 4,
    );
    expect(unsafe).toMatchObject({
      status: "CompileError",
      testsCompleted: 0,
      reason: expect.stringContaining("var i is unsafe") as string,
    });
  });

  it("has no coverage on a line that no test reaches, or where there is no test at all", async () => {
    const found = await results({
      "p.rego": "package p\n\na if input.x\n\nb if {\n\tinput.y\n}\n",
      "p_test.rego": 'package p_test\n\ntest_a if data.p.a with input as {"x": true}\n',
      "q.rego": "package q\n\na if input.x\n",
    });
    expect(found.map(({ mutant, status }) => `${mutant.file}:${mutant.start.row} ${status}`)).toEqual([
      "p.rego:3 Killed",
      "p.rego:3 Survived",
      "p.rego:6 NoCoverage",
      "p.rego:6 NoCoverage",
      "q.rego:3 NoCoverage",
      "q.rego:3 NoCoverage",
    ]);
  });

  it.each([
    ["is compiled once more where that took too long", 1, "Killed"],
    ["is said not to have been tested where it takes too long each time", 2, "RuntimeError"],
  ])("%s", async (_, times, status) => {
    const busy = async (): Promise<RegoToolchain> => {
      const real = await openToolchain(services);
      let left = times;
      const buildTests: RegoToolchain["buildTests"] = async (build) => {
        const isMutant = build.modules.some(({ source }) => source.includes("over if true"));
        if (isMutant && left-- > 0) throw new ToolchainError("toolchain-timeout", "too long");
        return real.buildTests(build);
      };
      return { ...real, buildTests };
    };
    const [found] = await results(
      {
        "p.rego": "package p\n\nover if input.x > 10\n",
        "p_test.rego": 'package p_test\n\ntest_below if not data.p.over with input as {"x": 0}\n',
      },
      ({ mutator }) => mutator === "ConditionalExpression",
      busy,
    );
    expect(found?.status).toBe(status);
  });

  it("is ignored with the reason of its comment", async () => {
    const found = await results({
      "p.rego": "package p\n\na if input.x # mutate: ignore Negation, ConditionalExpression - for a test\n",
      "p_test.rego": 'package p_test\n\ntest_a if data.p.a with input as {"x": true}\n',
    });
    expect(found).toMatchObject([
      { status: "Ignored", reason: "for a test" },
      { status: "Ignored", reason: "for a test" },
    ]);
  });
});

it("tests nothing while a test fails without a mutation", async () => {
  const run = results({
    "p.rego": "package p\n\na if input.x\n",
    "p_test.rego": "package p_test\n\ntest_a if data.p.a with input as {}\n",
  });
  await expect(run).rejects.toMatchObject({
    code: "policy-tests-failed",
    issues: [{ file: "p_test.rego", row: 3, message: expect.stringContaining("data.p_test.test_a fails") as string }],
  });
});

describe("what a module reaches", () => {
  const packages = new Map([
    ["a", "data.a.b"],
    ["b", "data.c"],
    ["c", 'data.a["x-y"]'],
    ["from", "data.from"],
  ]);

  it.each([
    ["itself only", "x := 1", ["from"]],
    ["an import", "import data.a.b", ["a", "from"]],
    ["a rule by its path", "x := data.c.rule", ["b", "from"]],
    ["all packages below a path", "x := data.a[name]", ["a", "c", "from"]],
    ["everything, where the path is computed", "x := data[name]", ["a", "b", "c", "from"]],
    ["everything, where all data is passed on", "x := f(data)", ["a", "b", "c", "from"]],
    ["nothing of parameters", "x := data.params.limit", ["from"]],
    ["nothing of a longer name", "x := data.cc", ["from"]],
    ["nothing of what a comment says", "# Files that change stored data.\nx := 1 # data.c", ["from"]],
    ["nothing of a word in quotes", 'x := "data"', ["from"]],
    ["what comes after a number sign in a string", 'x := ["#", data.c]', ["b", "from"]],
    ["what comes after a number sign in a raw string", "x := `\n# ` + data.c", ["b", "from"]],
    ["what a template string holds", 'x := $"{f("#")} {data.c}"', ["b", "from"]],
  ])("is %s", (_, source, expected) => {
    const modules = [...packages.keys()].map((path) => ({ path, source: path === "from" ? source : "" }));
    const reached = reachOf(modules, packages)(["from"]);
    expect(reached.map(({ path }) => path)).toEqual(expected);
  });
});

it("changes the bytes that a mutant names, also after characters of several bytes", async () => {
  const source = 'package p\n\na := "é😀" if input.x == input.y\n';
  const mutants = await toolchain.mutants([{ path: "p.rego", source }]);
  const equality = mutants.find(({ mutator }) => mutator === "EqualityOperator");
  expect(equality && applyMutant(source, equality)).toBe(source.replace("==", "!="));
});
