import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openToolchain } from "../../src/policy/load.ts";
import { createRuntime, type PolicyRuntime } from "../../src/policy/runtime/runtime.ts";
import { readPolicySources } from "../../src/policy/sources.ts";
import { type CompiledResult, runCompiledTests } from "../../src/policy/testing/compiled.ts";
import type { RegoToolchain } from "../../src/policy/toolchain/protocol.ts";
import { installation } from "../support.ts";

/** Tests as WebAssembly in the runtime of the gates, held against what OPA's own runner says of the same rules. */

const LIBRARY = `package lib.numbers

twice(x) := 2 * x

send(x) := http.send(x)

limit := data.conf.limit
`;

const TESTS = `package lib.numbers_test

import data.lib.numbers

test_true if numbers.twice(2) == 4

test_false := false

test_undefined if numbers.twice(2) == 5

test_text := "yes"

test_set contains 1

test_same if numbers.twice(1) == 2

test_same if numbers.twice(1) == 3

todo_test_later if numbers.twice(1) == 3

test_mock if numbers.twice(1) == 7 with numbers.twice as 7

test_mocked_builtin if count([1]) == 5 with count as 5

test_two_values := x if some x in [1, 2]

test_cases[c.note] if {
	some c in [{"note": "good", "x": 1}, {"note": "bad", "x": 2}]
	c.x == 1
}

test_nested[a][b] if {
	some a, b in {"x": "y"}
	b == "y"
}

test_data if numbers.limit == 3

test_function(x) if x == 1

below.test_deep if numbers.twice(1) == 2

default test_default := false

test_default if true

test_mocked_request if numbers.send({}).a == 1 with http.send as {"a": 1}

test_request if numbers.send({})

test_text_of_host if sprintf("%d", [1]) == "1"
`;

const modules = [
  { path: "numbers.rego", source: LIBRARY },
  { path: "numbers_test.rego", source: TESTS },
];
const data = { conf: { limit: 3 } };

let toolchain: RegoToolchain;
let runtime: PolicyRuntime;
let results: readonly CompiledResult[];

beforeAll(async () => {
  toolchain = await openToolchain({ installation, variables: {}, cacheFolder: undefined });
  const { policyWorker: worker, toolchain: built } = installation;
  runtime = createRuntime({ worker, toolchain: built.wasm, timeLimitMs: 10_000, memoryLimitBytes: 1 << 28 });
  results = await runCompiledTests({ modules, data }, toolchain, runtime);
});

afterAll(async () => {
  await toolchain.close();
  await runtime.close();
});

describe("a test that", () => {
  it.each([
    ["holds", "test_true", { status: "passed" }],
    ["is false", "test_false", { status: "failed", value: false }],
    ["is undefined", "test_undefined", { status: "failed" }],
    ["is something else than true", "test_text", { status: "failed", value: "yes" }],
    ["is a set", "test_set", { status: "failed", value: [1] }],
    ["shares its name with another and holds", "test_same", { status: "passed" }],
    ["shares its name with another and does not", "test_same#01", { status: "failed" }],
    ["is to be done", "todo_test_later", { status: "skipped" }],
    ["replaces a function", "test_mock", { status: "passed" }],
    ["replaces a built-in", "test_mocked_builtin", { status: "passed" }],
    ["has two values", "test_two_values", { status: "error", message: expect.stringContaining("conflict") }],
    ["has cases", "test_cases", { status: "cases", passed: ["good"], failed: [] }],
    ["has cases of cases", "test_nested", { status: "cases", passed: ["x / y"], failed: [] }],
    ["reads data", "test_data", { status: "passed" }],
    ["is a function", "test_function", { status: "not-compiled", reason: "it is a function" }],
    ["is below another name", "below.test_deep", { status: "passed" }],
    ["is a default", "test_default", { status: "failed", value: false }],
    ["has a default", "test_default#01", { status: "passed" }],
    [
      "replaces what gates cannot call",
      "test_mocked_request",
      { status: "not-compiled", reason: "numbers_test.rego:47 uses http.send, which gates cannot call" },
    ],
    [
      "reaches what gates cannot call",
      "test_request",
      { status: "not-compiled", reason: "numbers.rego:5 uses http.send, which gates cannot call" },
    ],
    ["calls a function of the host", "test_text_of_host", { status: "passed" }],
  ])("%s", (_, name, outcome) => {
    expect(results.find(({ test }) => test.name === name)?.outcome).toEqual(outcome);
  });
});

it("takes the same rules for tests as OPA's runner, in the same order", async () => {
  const { results: interpreted } = await toolchain.test({ modules, data, coverage: false });
  expect(results.map(({ test }) => [test.name, test.row, test.col])).toEqual(
    interpreted.map(({ name, row, col }) => [name, row, col]),
  );
});

it("runs only the tests that are asked for, and none where there is none", async () => {
  const some = await runCompiledTests({ modules, run: "test_same" }, toolchain, runtime);
  expect(some.map(({ test }) => test.name)).toEqual(["test_same", "test_same#01"]);
  expect(await runCompiledTests({ modules, run: "no such test" }, toolchain, runtime)).toEqual([]);
});

it("replaces the tests that were loaded before", async () => {
  const changed = modules.map(({ path, source }) => ({ path, source: source.replace("2 * x", "3 * x") }));
  const request = { modules: changed, run: "test_true" };
  expect(await runCompiledTests(request, toolchain, runtime)).toMatchObject([{ outcome: { status: "failed" } }]);
});

it("ends a test at the time limit, and runs the next", async () => {
  const hasty = createRuntime({ worker: installation.policyWorker, timeLimitMs: 2_000, memoryLimitBytes: 1 << 30 });
  const source = `package slow_test

list := numbers.range(1, 3000)

test_slow if {
	some a in list
	some b in list
	some c in list
	a < b
	b < c
	c < a
}

test_quick if true
`;
  const slow = await runCompiledTests({ modules: [{ path: "slow_test.rego", source }] }, toolchain, hasty);
  await hasty.close();
  expect(slow.map(({ outcome }) => outcome)).toEqual([
    { status: "error", message: "no result within 2000 ms" },
    { status: "passed" },
  ]);
});

it("agrees with OPA's runner on every test of the library", async () => {
  const sources = await readPolicySources([{ path: installation.policies, label: "policies" }]);
  const library = [...sources.modules, ...sources.tests].map(({ path, text }) => ({ path, source: text }));
  const compiled = await runCompiledTests({ modules: library }, toolchain, runtime);
  const { results: interpreted } = await toolchain.test({ modules: library, coverage: false });
  expect(interpreted.length).toBeGreaterThan(90);
  expect(compiled.map((result) => [result.test.name, statusOf(result)])).toEqual(
    interpreted.map(({ name }) => [name, "passed"]),
  );
}, 600_000);

/** The result of a test with cases is theirs. */
function statusOf({ outcome }: CompiledResult): string {
  return outcome.status === "cases" && outcome.failed.length === 0 ? "passed" : outcome.status;
}
