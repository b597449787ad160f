import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RegoValue, valueText } from "../../src/policy/builtins/value.ts";
import { type PolicySources, sortSources } from "../../src/policy/sources.ts";
import { affectedSources, changedFiles } from "../../src/policy/testing/affected.ts";
import type { CompiledOutcome, CompiledResult } from "../../src/policy/testing/compiled.ts";
import { differences } from "../../src/policy/testing/difference.ts";
import { testsOfRules } from "../../src/policy/testing/rules.ts";
import type { RegoTestResult, SubResult } from "../../src/policy/toolchain/protocol.ts";

const PLACE = { package: "data.x_test", name: "test_x", file: "x_test.rego", row: 3, col: 1 };
const PASSED = { passed: true, failed: false, skipped: false };
const FAILED = { passed: false, failed: true, skipped: false };

function interpreted(outcome: Partial<RegoTestResult>): RegoTestResult {
  return { ...PLACE, ...PASSED, durationNs: 1_500_000, ...outcome };
}

function compiled(outcome: CompiledOutcome): CompiledResult {
  return { test: { ...PLACE, skipped: false, cases: false }, outcome, durationMs: 1, failures: [] };
}

const CASES: readonly SubResult[] = [
  { name: "good", passed: true },
  {
    name: "of",
    passed: false,
    subResults: [
      { name: "bad", passed: false },
      { name: "both", passed: true },
    ],
  },
];

describe("what OPA's runner and the runtime of the gates say of a test", () => {
  it.each<[string, Partial<RegoTestResult>, CompiledOutcome, string]>([
    ["both that it passes", PASSED, { status: "passed" }, "passed"],
    ["both that it fails", FAILED, { status: "failed" }, "failed"],
    [
      "both that it cannot run",
      { ...FAILED, failed: false, error: "conflict" },
      { status: "error", message: "c" },
      "error",
    ],
    ["both that it is skipped", { ...FAILED, failed: false, skipped: true }, { status: "skipped" }, "skipped"],
    [
      "both of the cases",
      { ...FAILED, subResults: CASES },
      { status: "cases", passed: ["good", "of / both"], failed: [] },
      "failed",
    ],
  ])("agree: %s", (_, opa, wasm, status) => {
    const [test] = testsOfRules([interpreted(opa)], [compiled(wasm)]);
    expect(test).toMatchObject({ name: "data.x_test.test_x", status, durationMs: 1.5 });
    expect(test?.disagreement).toBeUndefined();
  });

  it.each<[string, Partial<RegoTestResult>, CompiledOutcome, object, object]>([
    [
      "it fails as a gate",
      PASSED,
      { status: "failed", value: 1 },
      { status: "passed" },
      { status: "failed", reason: "its value is 1" },
    ],
    [
      "it is undefined as a gate",
      PASSED,
      { status: "failed" },
      { status: "passed" },
      { status: "failed", reason: "it is undefined" },
    ],
    ["it passes as a gate", FAILED, { status: "passed" }, { status: "failed" }, { status: "passed" }],
    [
      "it ends the gate",
      PASSED,
      { status: "error", message: "conflict" },
      { status: "passed" },
      { status: "error", reason: "conflict" },
    ],
    [
      "a case fails as a gate",
      { ...PASSED, subResults: [{ name: "good", passed: true }] },
      { status: "cases", passed: [], failed: [] },
      { status: "passed" },
      { status: "failed", reason: "the cases do not hold: good" },
    ],
    [
      "a case holds as a gate alone",
      { ...FAILED, subResults: CASES },
      { status: "cases", passed: ["good", "of / bad", "of / both"], failed: [] },
      { status: "failed" },
      { status: "error", reason: "more cases hold: of / bad" },
    ],
  ])("differ: %s", (_, opa, wasm, first, second) => {
    const [test] = testsOfRules([interpreted(opa)], [compiled(wasm)]);
    expect(test?.status).toBe("failed");
    expect(test?.disagreement).toMatchObject({ opa: first, wasm: second });
  });

  it("differ where only one knows the test", () => {
    const [test] = testsOfRules([interpreted(PASSED)], []);
    expect(test?.disagreement?.wasm).toEqual({ status: "error", reason: "it was not found among the compiled tests" });
  });

  it("say with a failure which built-in failed", () => {
    const failing = {
      ...compiled({ status: "failed" }),
      failures: [{ name: "semver.compare", message: "no version" }],
    };
    const [test] = testsOfRules([interpreted(PASSED)], [failing]);
    expect(test?.disagreement?.wasm.reason).toBe(
      "it is undefined; the built-in function semver.compare failed: no version",
    );
  });

  it("are not compared, which is said, where tests cannot be compiled", () => {
    const [test] = testsOfRules([interpreted(PASSED)], "cannot-compile");
    expect(test).toMatchObject({ status: "passed", notCompared: expect.stringContaining("opa binary") });
  });

  it("never pass a test with cases that only a gate was asked about", () => {
    const [test] = testsOfRules(undefined, [compiled({ status: "cases", passed: ["good"], failed: [] })]);
    expect(test).toMatchObject({ status: "skipped", notCompared: expect.stringContaining("cases") });
  });
});

describe("a difference", () => {
  it.each([
    ["1", "1", []],
    ["1", "2", [{ path: "", expected: "2", actual: "1" }]],
    ['{"a":1,"b":2}', '{"b":2,"a":1}', []],
    ["{1,2}", "{2,1}", []],
    ["[1,2]", "{1,2}", [{ path: "", expected: "{1,2}", actual: "[1,2]" }]],
    ['{"a":{"b c":[1,2]}}', '{"a":{"b c":[1,3]}}', [{ path: '.a["b c"][1]', expected: "3", actual: "2" }]],
    ["[1]", "[1,2]", [{ path: "[1]", expected: "2" }]],
    ['{"a":1}', "{}", [{ path: ".a", actual: "1" }]],
    [
      '{{"a":1},2}',
      "{2,3}",
      [
        { path: "", expected: "3" },
        { path: "", actual: '{"a":1}' },
      ],
    ],
    [
      "123456789012345678901",
      "123456789012345678902",
      [{ path: "", expected: "123456789012345678902", actual: "123456789012345678901" }],
    ],
    ["[1,… (9 bytes)", "[1,2]", [{ path: "", expected: "[1,2]", actual: "[1,… (9 bytes)" }]],
  ])("of %s and %s", (actual, expected, found) => {
    expect(differences(actual, expected)).toEqual(found);
  });

  it("is there if, and only if, the values differ", () => {
    const { value } = fc.letrec<{ value: RegoValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.constantFrom<RegoValue>(null, true, 0, 1, "a", "b"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 3 }).map((members) => new Set<RegoValue>(members)),
        fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value")).map((object) => new Map(Object.entries(object))),
      ),
    }));
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(differences(valueText(a), valueText(a))).toEqual([]);
        const [there, back] = [differences(valueText(a), valueText(b)), differences(valueText(b), valueText(a))];
        expect(there.length > 0).toBe(back.length > 0);
      }),
    );
  });
});

function sources(files: Readonly<Record<string, string>>): PolicySources {
  return sortSources(Object.entries(files).map(([path, text]) => ({ path, text })));
}

function pathsOf({ modules, tests, examples }: PolicySources): readonly string[] {
  return [...modules, ...tests, ...examples].map(({ path }) => path).toSorted();
}

describe("a change", () => {
  const FILES = {
    "lib.rego": "package lib.a",
    "lib_test.rego": "package lib.a_test\nimport data.lib.a\ntest_x if a.x",
    "other.rego": "package lib.b",
    "other_test.rego": "package lib.b_test\ntest_y if data.lib.b.y",
    "gates/g/gate.rego": "# METADATA\n# custom:\n#   id: my-gate\npackage gates.g\nimport data.lib.a",
    "gates/g/examples.yaml": "gate: my-gate\n",
    "gates/h/gate.rego": "# METADATA\n# custom:\n#   id: other-gate\npackage gates.h",
    "gates/h/examples.yaml": 'gate: "other-gate"\n',
  };

  it.each([
    ["of a library", ["lib.rego"], ["gates/g/examples.yaml", "gates/g/gate.rego", "lib.rego", "lib_test.rego"]],
    ["of a test", ["other_test.rego"], ["other.rego", "other_test.rego"]],
    ["of a gate", ["gates/h/gate.rego"], ["gates/h/examples.yaml", "gates/h/gate.rego"]],
    ["of examples", ["gates/g/examples.yaml"], ["gates/g/examples.yaml", "gates/g/gate.rego", "lib.rego"]],
    ["of which files there are", ["gone.rego"], Object.keys(FILES).toSorted()],
  ])("%s concerns what can reach it, with what that needs", (_, changed, expected) => {
    expect(pathsOf(affectedSources(sources(FILES), new Set(changed)))).toEqual(expected);
  });

  it("concerns what refers to all of data", () => {
    const files = { ...FILES, "all_test.rego": "package all_test\ntest_z if count(data) > 0" };
    expect(pathsOf(affectedSources(sources(files), new Set(["other.rego"])))).toContain("all_test.rego");
  });

  it("is of content, or of which files there are", () => {
    const before = sources(FILES);
    expect([...changedFiles(before, sources(FILES))]).toEqual([]);
    const { "lib.rego": gone, ...rest } = FILES;
    const after = sources({ ...rest, "other.rego": `${FILES["other.rego"]}\n`, "new.rego": gone });
    expect([...changedFiles(before, after)].toSorted()).toEqual(["lib.rego", "new.rego", "other.rego"]);
    expect(changedFiles(undefined, before).size).toBe(Object.keys(FILES).length);
  });
});
