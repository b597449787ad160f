import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { afterAll, describe, expect, it } from "vitest";
import { fromJson, valueText } from "../../src/policy/builtins/value.ts";
import { alternativeTo, gateCapabilities, REFUSED_BUILTINS } from "../../src/policy/capabilities.ts";
import { createToolchain, type ToolchainClientOptions } from "../../src/policy/toolchain/client.ts";
import { ToolchainError } from "../../src/policy/toolchain/error.ts";
import { createOpaBinaryToolchain } from "../../src/policy/toolchain/opa-binary.ts";
import {
  type CheckRequest,
  createFrameReader,
  frame,
  type RegoModule,
  type RegoToolchain,
} from "../../src/policy/toolchain/protocol.ts";
import { evaluateRule } from "./evaluating.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const PATHS = {
  wasm: join(ROOT, "dist", "toolchain", "toolchain.wasm"),
  child: join(ROOT, "src", "policy", "toolchain", "child.ts"),
} satisfies ToolchainClientOptions;

const toolchain = createToolchain(PATHS);
afterAll(() => toolchain.close());

const POLICY = `# METADATA
# title: Secrets
# description: No secret may be in the code.
# custom:
#   id: SEC-1
# related_resources:
# - ref: https://example.com/secrets
#   description: The rule
package gates.secrets

import data.lib.text

default allow := false

# METADATA
# title: Deny
# entrypoint: true
deny contains msg if {
	some finding in input.findings
	finding.severity == "high"
	msg := sprintf("%s: %v", [text.loud(finding.id), finding])
}

allow if count(deny) == 0

by_id[finding.id] := finding if some finding in input.findings
`;
const LIBRARY = `package lib.text

loud(s) := upper(s)

unused(s) := lower(s)
`;
const TESTS = `package gates.secrets_test

import data.gates.secrets

test_deny if {
	secrets.deny == {"A: {\\"id\\": \\"a\\", \\"severity\\": \\"high\\"}"} with input as {"findings": [{"id": "a", "severity": "high"}]}
}

test_wrong if {
	x := 1
	print("x is", x)
	x == 2
}

todo_test_later if false

test_cases[note] if {
	some note, n in {"one": 1, "two": 2}
	n == 1
}

test_data if data.limit == 3
`;
const SOURCES: readonly RegoModule[] = [
  { path: "secrets.rego", source: POLICY },
  { path: "text.rego", source: LIBRARY },
];
const MODULES: readonly RegoModule[] = [...SOURCES, { path: "secrets_test.rego", source: TESTS }];

/** One module of package gates.x. */
function modules(body: string): readonly RegoModule[] {
  return [{ path: "x.rego", source: `package gates.x\n\n${body}\n` }];
}

async function errorOf(promise: Promise<unknown>): Promise<ToolchainError> {
  const thrown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (thrown instanceof ToolchainError) return thrown;
  throw new Error(`expected a ToolchainError, got ${String(thrown)}`);
}

async function capabilities(): Promise<NonNullable<CheckRequest["capabilities"]>> {
  return gateCapabilities(await toolchain.capabilities());
}

describe("version", () => {
  it("is what toolchain.json says", async () => {
    const description = JSON.parse(readFileSync(join(ROOT, "dist", "toolchain", "toolchain.json"), "utf8"));
    const { opa, go, rego } = await toolchain.version();
    expect({ opa, go: go.split("-")[0], rego }).toEqual({ opa: description.opa, go: description.go, rego: "v1" });
    expect(createHash("sha256").update(readFileSync(PATHS.wasm)).digest("hex")).toBe(description.sha256);
  });
});

describe("capabilities", () => {
  it("of a gate are OPA's without what is refused, and have no network", async () => {
    const [gate, opa] = [await capabilities(), await toolchain.capabilities()];
    const refused = opa.builtins.map(({ name }) => name).filter((name) => alternativeTo(name) !== undefined);
    expect(refused.toSorted()).toEqual(Object.keys(REFUSED_BUILTINS).toSorted());
    expect(gate.builtins).toHaveLength(opa.builtins.length - refused.length);
    expect(gate.allow_net).toEqual([]);
  });

  it("leave no built-in whose result OPA does not call deterministic, but for those that get the decision's clock or no network", async () => {
    const { builtins } = await capabilities();
    const names = builtins.filter(({ nondeterministic }) => nondeterministic === true).map(({ name }) => name);
    expect(names.toSorted()).toEqual([
      "io.jwt.decode_verify",
      "json.match_schema",
      "json.verify_schema",
      "time.now_ns",
    ]);
  });
});

describe("inspect", () => {
  it("describes a module", async () => {
    const [policy] = await toolchain.inspect(SOURCES);
    expect(policy).toMatchObject({
      path: "secrets.rego",
      package: "data.gates.secrets",
      row: 9,
      imports: [{ path: "data.lib.text", row: 11 }],
      rules: [
        { name: "allow", kind: "complete", default: true, row: 13 },
        { name: "deny", kind: "set", default: false, row: 18 },
        { name: "allow", kind: "complete", default: false, row: 24 },
        { name: "by_id[finding.id]", kind: "object", default: false, row: 26 },
      ],
      annotations: [
        {
          scope: "package",
          target: "data.gates.secrets",
          row: 1,
          title: "Secrets",
          description: "No secret may be in the code.",
          entrypoint: false,
          custom: { id: "SEC-1" },
          relatedResources: [{ ref: "https://example.com/secrets", description: "The rule" }],
        },
        { scope: "document", target: "data.gates.secrets.deny", row: 15, title: "Deny", entrypoint: true },
      ],
    });
  });

  it("lists the built-ins with each call", async () => {
    const [policy, library] = await toolchain.inspect(SOURCES);
    expect(policy?.builtins).toContainEqual({ name: "sprintf", calls: [{ row: 21, col: 9 }] });
    expect(policy?.builtins).toContainEqual({ name: "count", calls: [{ row: 24, col: 10 }] });
    expect(library).toMatchObject({
      rules: [
        { name: "loud", kind: "function" },
        { name: "unused", kind: "function" },
      ],
      builtins: [
        { name: "lower", calls: [{ row: 5, col: 14 }] },
        { name: "upper", calls: [{ row: 3, col: 12 }] },
      ],
    });
  });

  it("tells a rule from the built-in of its name", async () => {
    const [module] = await toolchain.inspect(modules('count(x) := x\n\ny := count(1)\n\nz := upper("a")'));
    expect(module?.builtins.map(({ name }) => name)).toEqual(["upper"]);
  });

  it("reports every module that cannot be parsed", async () => {
    const error = await errorOf(
      toolchain.inspect([
        { path: "a.rego", source: "package a\n\nx if {" },
        { path: "b.rego", source: "package b\n\ny := := 1" },
        { path: "c.rego", source: "" },
      ]),
    );
    expect(error.code).toBe("policy-invalid");
    expect(new Set(error.regoIssues.map(({ file }) => file))).toEqual(new Set(["a.rego", "b.rego", "c.rego"]));
  });

  it("refuses a path that is given twice", async () => {
    const twice = [...modules("a := 1"), ...modules("b := 1")];
    expect(await errorOf(toolchain.inspect(twice))).toMatchObject({ code: "toolchain-failed" });
  });
});

const INPUT_SCHEMA = {
  type: "object",
  additionalProperties: false,
  properties: {
    evidence: {
      type: "object",
      additionalProperties: false,
      properties: {
        findings: {
          type: "array",
          items: {
            type: "object",
            additionalProperties: false,
            properties: {
              id: { type: "string" },
              severity: { type: "string" },
              places: {
                type: "array",
                items: { type: "object", additionalProperties: false, properties: { line: { type: "number" } } },
              },
            },
          },
        },
      },
    },
  },
};

describe("check", () => {
  it("accepts sources and their tests", async () => {
    await expect(toolchain.check({ modules: MODULES, strict: true })).resolves.toBeUndefined();
  });

  it("is stricter when asked", async () => {
    const request = { modules: modules("import data.lib.unused\n\nx := 1") };
    await toolchain.check({ ...request, strict: false });
    expect((await errorOf(toolchain.check({ ...request, strict: true }))).regoIssues).toEqual([
      { code: "rego_compile_error", message: "import data.lib.unused unused", file: "x.rego", row: 3, col: 1 },
    ]);
  });

  const typos: readonly { readonly name: string; readonly body: string; readonly col: number }[] = [
    { name: "some … in", body: 'd if { some f in input.evidence.findings; f.severty == "high" }', col: 43 },
    { name: "[_]", body: 'd if { input.evidence.findings[_].severty == "high" }', col: 8 },
    { name: "a variable for [_]", body: 'd if { f := input.evidence.findings[_]; f.severty == "high" }', col: 41 },
    {
      name: "a comprehension",
      body: 'd if { count([f | some f in input.evidence.findings; f.severty == "high"]) > 0 }',
      col: 54,
    },
    { name: "the head of a comprehension", body: "d := [f.severty | some f in input.evidence.findings]", col: 7 },
    {
      name: "the result of a comprehension",
      body: "d if { l := [f | some f in input.evidence.findings]; some x in l; x.severty }",
      col: 67,
    },
    { name: "every", body: 'd if { every f in input.evidence.findings { f.severty == "high" } }', col: 45 },
    { name: "every with a key", body: "d if { every i, f in input.evidence.findings { i > 0; f.severty } }", col: 55 },
    {
      name: "every in every",
      body: "d if { every f in input.evidence.findings { every p in f.places { p.severty } } }",
      col: 67,
    },
    { name: "not", body: "d if { some f in input.evidence.findings; not f.severty }", col: 47 },
    { name: "an argument", body: "d contains count(f.severty) if some f in input.evidence.findings", col: 18 },
    { name: "an import", body: "import input.evidence as e\n\nd if { some f in e.findings; f.severty }", col: 30 },
    {
      name: "a rule",
      body: "l contains f if some f in input.evidence.findings\n\nd if { some f in l; f.severty }",
      col: 21,
    },
  ];
  it.each(typos)("finds a misspelt field through $name", async ({ body, col }) => {
    const inputSchemas = { "data.gates.x": INPUT_SCHEMA };
    const error = await errorOf(toolchain.check({ modules: modules(body), strict: false, inputSchemas }));
    expect(error.regoIssues).toHaveLength(1);
    const [issue] = error.regoIssues;
    expect(issue).toMatchObject({ code: "rego_type_error", file: "x.rego", col });
    expect(issue?.message).toMatch(/^undefined ref: .*severty$/);
    expect(issue?.allowed).toContain(body.includes("p.severty") ? "line" : "severity");
    await toolchain.check({
      modules: modules(body.replaceAll("severty", body.includes("p.severty") ? "line" : "severity")),
      strict: false,
      inputSchemas,
    });
  });

  it("uses the schema in all modules of a package, and only there", async () => {
    const inputSchemas = {
      "data.gates.x": { type: "object", additionalProperties: false, properties: { ok: { type: "string" } } },
    };
    const second = { path: "x2.rego", source: "# METADATA\n# title: X\npackage gates.x\n\ny := input.b\n" };
    const other = { path: "z.rego", source: "package gates.z\n\nz := input.c\n" };
    const request = { modules: [...modules("x := input.a"), second, other], strict: false, inputSchemas };
    expect((await errorOf(toolchain.check(request))).regoIssues.map(({ file }) => file)).toEqual(["x.rego", "x2.rego"]);
  });

  it("refuses a schema for a package that is not there", async () => {
    const request = { modules: modules("x := 1"), strict: false, inputSchemas: { "data.gates.y": {} } };
    expect(await errorOf(toolchain.check(request))).toMatchObject({ code: "toolchain-failed" });
  });

  it("refuses a built-in that a gate may not use", async () => {
    const request = { modules: modules('x := http.send({"url": "https://example.com"})'), strict: false };
    await toolchain.check(request);
    expect((await errorOf(toolchain.check({ ...request, capabilities: await capabilities() }))).regoIssues).toEqual([
      {
        code: "unsupported_builtin",
        message: "built-in function http.send is not available",
        file: "x.rego",
        row: 3,
        col: 6,
        builtin: "http.send",
      },
    ]);
  });
});

describe("build", () => {
  const entrypoints = ["gates/secrets/deny", "gates/secrets/allow"];

  it("makes a policy that evaluates", async () => {
    const gate = await capabilities();
    const built = await toolchain.build({ modules: SOURCES, entrypoints, capabilities: gate });
    expect(built).toMatchObject({ entrypoints: [...entrypoints].toSorted(), builtins: ["sprintf"] });
    const input = '{"findings": [{"id": "a", "severity": "high"}, {"id": "b", "severity": "low"}]}';
    const { wasm } = built;
    expect(evaluateRule({ wasm, entrypoint: "gates/secrets/deny", input })).toEqual(
      new Set(['A: {"id": "a", "severity": "high"}']),
    );
    expect(evaluateRule({ wasm, entrypoint: "gates/secrets/allow", input })).toBe(false);
    expect(evaluateRule({ wasm, entrypoint: "gates/secrets/allow", input: '{"findings": []}' })).toBe(true);
  });

  it("gives the same bytes again, in another process and in another order", async () => {
    const other = createToolchain(PATHS);
    try {
      const first = await toolchain.build({ modules: SOURCES, entrypoints });
      const second = await other.build({ modules: SOURCES.toReversed(), entrypoints });
      expect(Buffer.from(second.wasm).equals(first.wasm)).toBe(true);
    } finally {
      await other.close();
    }
  });

  it("has no other entrypoints than those asked for", async () => {
    const built = await toolchain.build({ modules: MODULES, entrypoints: ["gates/secrets/allow"] });
    expect(built.entrypoints).toEqual(["gates/secrets/allow"]);
    expect(() => evaluateRule({ wasm: built.wasm, entrypoint: "gates/secrets/deny" })).toThrow("no entry point");
  });

  it.each([
    {
      name: "a random number",
      body: 'd := rand.intn("x", 2)',
      message: "built-in function rand.intn is not available",
      hint: "A decision must come out the same when it is evaluated again.",
    },
    {
      name: "the network",
      body: 'd := http.send({"url": "http://127.0.0.1/", "method": "get"})',
      message: "built-in function http.send is not available",
      hint: "Let a tool in the pipeline ask, and read what it wrote as evidence.",
    },
    { name: "a function of nobody", body: "d := nope(1)", message: "undefined function nope" },
  ])("refuses $name with its place", async ({ body, message, hint }) => {
    const request = { modules: modules(body), entrypoints: ["gates/x/d"] };
    const error = await errorOf(toolchain.build({ ...request, capabilities: await capabilities() }));
    expect(error.regoIssues).toMatchObject([{ message, file: "x.rego", row: 3, col: 6 }]);
    expect(error.issues).toEqual([
      { message, file: "x.rego", row: 3, column: 6, ...(hint === undefined ? {} : { hint }) },
    ]);
  });

  it.each([
    { name: "an entrypoint that is not there", entrypoints: ["gates/x/nope"], code: "policy-build-failed" },
    { name: "no entrypoints", entrypoints: [], code: "toolchain-failed" },
  ])("refuses $name", async ({ code, ...request }) => {
    expect(await errorOf(toolchain.build({ modules: modules("d := 1"), ...request }))).toMatchObject({ code });
  });
});

/** A test that takes far longer than anybody waits. */
const ENDLESS: readonly RegoModule[] = modules(
  "test_endless if count([1 | some a in numbers.range(1, 4000); some b in numbers.range(1, 4000); a + b == 0]) == 1",
);

describe("test", () => {
  it("runs the tests in the order of the sources", async () => {
    const { results, coverage } = await toolchain.test({ modules: MODULES, coverage: false });
    expect(coverage).toBeUndefined();
    const place = { file: "secrets_test.rego", col: 1 };
    const common = { ...place, package: "data.gates.secrets_test", durationNs: expect.any(Number) };
    const wrong = {
      file: "secrets_test.rego",
      row: 12,
      text: "x == 2",
      variables: [{ name: "x", value: "1" }],
      comparison: { actual: "1", expected: "2" },
    };
    const two = {
      file: "secrets_test.rego",
      row: 19,
      text: "n == 1",
      variables: [{ name: "n", value: "2" }],
      comparison: { actual: "2", expected: "1" },
    };
    const passed = { passed: true, failed: false, skipped: false };
    const failed = { passed: false, failed: true, skipped: false };
    expect(results).toEqual([
      { ...common, ...passed, name: "test_deny", row: 5 },
      { ...common, ...failed, name: "test_wrong", row: 9, output: "x is 1\n", failedAt: wrong },
      { ...common, passed: false, failed: false, skipped: true, name: "todo_test_later", row: 15 },
      {
        ...common,
        ...failed,
        name: "test_cases",
        row: 17,
        failedAt: two,
        subResults: [
          { name: "one", passed: true },
          { name: "two", passed: false, failedAt: two },
        ],
      },
      { ...common, ...failed, name: "test_data", row: 22 },
    ]);
  });

  it.each([
    {
      name: "the value of a call, and of the variables in it",
      body: 'f(x) := {"got": x}\n\ntest_x if {\n\tv := 3\n\tf(v) == {"got": 4}\n}',
      failedAt: {
        row: 7,
        text: 'f(v) == {"got": 4}',
        variables: [
          { name: "f(v)", value: '{"got":3}' },
          { name: "v", value: "3" },
        ],
        comparison: { actual: '{"got":3}', expected: '{"got":4}' },
      },
    },
    {
      name: "a side that is written out as the expected one",
      body: "f(x) := {x, 2}\n\ntest_x if {1} == f(1)",
      failedAt: { comparison: { actual: "{1,2}", expected: "{1}" } },
    },
    {
      name: "a part of the input that a test gives",
      body: 'test_x if input.a.b == 4 with input as {"a": {"b": 5}}',
      failedAt: { variables: [{ name: "input.a.b", value: "5" }], comparison: { actual: "5", expected: "4" } },
    },
    {
      name: "a part of a rule",
      body: 'limits := {"cpu": 3}\n\ntest_x if limits.cpu > 5',
      failedAt: { variables: [{ name: "limits.cpu", value: "3" }] },
    },
    {
      name: "a rule whose data a test replaces",
      body: "limit := data.conf.limit\n\ntest_x if limit == 4 with data.conf.limit as 5",
      failedAt: { comparison: { actual: "5", expected: "4" } },
    },
    {
      name: "a list of variables",
      body: "test_x if {\n\ta := 1\n\tb := 2\n\t[a, b] == [1, 3]\n}",
      failedAt: { comparison: { actual: "[1,2]", expected: "[1,3]" } },
    },
    {
      name: "the expression inside `every`",
      body: "test_x if {\n\tevery v in [1, 2] {\n\t\tv < 2\n\t}\n}",
      failedAt: { row: 5, text: "v < 2", variables: [{ name: "v", value: "2" }] },
    },
    {
      name: "what failed in the rule that it asks for",
      body: "small(v) if v < 2\n\ntest_x if small(3)",
      failedAt: { text: "small(3)", inner: { row: 3, text: "v < 2", variables: [{ name: "v", value: "3" }] } },
    },
    {
      name: "the second test of a name",
      body: "test_x if true\n\ntest_x if count([1]) == 2",
      failedAt: { row: 5, comparison: { actual: "1", expected: "2" } },
    },
  ])("shows of a failure $name", async ({ body, failedAt }) => {
    const { results } = await toolchain.test({ modules: modules(body), coverage: false });
    expect(results.filter(({ failed }) => failed)).toMatchObject([{ failedAt: { file: "x.rego", ...failedAt } }]);
  });

  it("cuts a value that nobody would read, and says how long it is", async () => {
    const body = 'test_x if {\n\tv := concat("", [c | some _ in numbers.range(1, 70000); c := "a"])\n\tv == "b"\n}';
    const { results } = await toolchain.test({ modules: modules(body), coverage: false });
    expect(results[0]?.failedAt?.comparison?.actual).toMatch(/^"a{65535}… \(70002 bytes\)$/);
  });

  it("runs the tests that are asked for, with data and coverage", async () => {
    const run = "test_(data|deny)$";
    const report = await toolchain.test({ modules: MODULES, data: { limit: 3 }, run, coverage: true });
    expect(report.results.map(({ name, passed }) => [name, passed])).toEqual([
      ["test_deny", true],
      ["test_data", true],
    ]);
    expect(report.coverage?.files["text.rego"]).toEqual({
      covered: [[3, 3]],
      notCovered: [[5, 5]],
      coveredLines: 1,
      notCoveredLines: 1,
      percent: 50,
    });
    expect(report.coverage?.files["secrets.rego"]).toMatchObject({ covered: [[18, 21]] });
    expect(report.coverage?.percent).toBe(42.11);
  });

  it("says why a test could not be evaluated", async () => {
    const { results } = await toolchain.test({
      modules: modules("a := 1\n\na := input.b\n\ntest_a if a with input.b as 2"),
      coverage: false,
    });
    expect(results).toMatchObject([{ passed: false, failed: false }]);
    expect(results[0]?.error).toMatch(/produced conflicting values/);
  });

  it("ends one test at its time limit, and goes on with the next", async () => {
    const next = { path: "y.rego", source: "package gates.y\n\ntest_next if true\n" };
    for (const coverage of [true, false]) {
      const { results } = await toolchain.test({ modules: [...ENDLESS, next], coverage, timeoutMs: 200 });
      expect(results).toMatchObject([
        { name: "test_endless", passed: false, error: expect.stringContaining("cancel") },
        { name: "test_next", passed: true },
      ]);
    }
  });

  it("refuses a wrong regular expression", async () => {
    const request = { modules: MODULES, run: "(", coverage: false };
    expect(await errorOf(toolchain.test(request))).toMatchObject({ code: "toolchain-failed" });
  });
});

describe("format", () => {
  it("formats as opa fmt does", async () => {
    const ugly = { path: "x.rego", source: "package x\nimport data.b\nimport data.a\ny  :=1" };
    const formatted = "package x\n\nimport data.a\nimport data.b\n\ny := 1\n";
    expect(await toolchain.format([ugly, { path: "y.rego", source: formatted }])).toEqual([
      { path: "x.rego", formatted, changed: true },
      { path: "y.rego", formatted, changed: false },
    ]);
  });
});

describe("builtin", () => {
  it.each([
    { name: "upper", args: ["a"], expected: { value: "A" } },
    { name: "array.concat", args: [[1], [2]], expected: { value: [1, 2] } },
    { name: "net.cidr_merge", args: [["10.0.0.0/9", "10.128.0.0/9"]], expected: { value: new Set(["10.0.0.0/8"]) } },
    { name: "uuid.parse", args: ["x"], expected: { value: undefined } },
    {
      name: "to_number",
      args: ["x"],
      expected: { value: undefined, error: expect.stringContaining("invalid syntax") },
    },
  ])("calls $name", async ({ name, args, expected }) => {
    expect(await toolchain.builtin(name, args)).toMatchObject(expected);
  });

  it("refuses one that does not exist, and a wrong number of arguments", async () => {
    expect((await errorOf(toolchain.builtin("nope", []))).message).toContain('"nope"');
    expect((await errorOf(toolchain.builtin("upper", []))).message).toContain("takes 1 arguments");
  });

  it("reaches no network", async () => {
    const request = { url: "http://127.0.0.1:9/", method: "get", raise_error: false, timeout: "1s" };
    const { value } = await toolchain.builtin("http.send", [fromJson(request)]);
    expect(valueText(value ?? null)).toContain('"status_code":0');
  });
});

async function withToolchain<T>(
  options: Partial<ToolchainClientOptions>,
  use: (subject: RegoToolchain) => Promise<T>,
): Promise<T> {
  const subject = createToolchain({ ...PATHS, ...options });
  try {
    return await use(subject);
  } finally {
    await subject.close();
  }
}

describe("the child process", () => {
  it("is killed at the time limit, and replaced", async () => {
    await withToolchain({ timeoutMs: 1500 }, async (subject) => {
      const [error, version] = await Promise.all([
        errorOf(subject.test({ modules: ENDLESS, coverage: false, timeoutMs: 60_000 })),
        subject.version(),
      ]);
      expect(error).toMatchObject({
        code: "toolchain-timeout",
        message: "the Rego toolchain took more than 1500 ms to test",
      });
      expect(version.rego).toBe("v1");
    });
  });

  it("answers requests in their order", async () => {
    await withToolchain({}, async (subject) => {
      const answers = ["a", "b", "c"].map((letter) => subject.builtin("upper", [letter]));
      expect((await Promise.all(answers)).map(({ value }) => value)).toEqual(["A", "B", "C"]);
    });
  });

  it("can be closed during a request, and stays closed", async () => {
    await withToolchain({}, async (subject) => {
      const pending = errorOf(subject.test({ modules: ENDLESS, coverage: false, timeoutMs: 60_000 }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await subject.close();
      expect((await pending).message).toBe("the Rego toolchain has been closed");
      expect((await errorOf(subject.version())).message).toBe("the Rego toolchain has been closed");
    });
  });

  it.each([
    { name: "no module", options: { wasm: join(ROOT, "nowhere.wasm") }, message: /ended during version .*ENOENT/s },
    {
      name: "a file that is no module",
      options: { wasm: PATHS.child },
      message: /ended during version .*CompileError/s,
    },
    {
      name: "no child",
      options: { child: join(ROOT, "nowhere.js") },
      message: /ended during version .*Cannot find module/s,
    },
  ])("reports $name", async ({ options, message }) => {
    const error = await withToolchain(options, (subject) => errorOf(subject.version()));
    expect(error.code).toBe("toolchain-failed");
    expect(error.message).toMatch(message);
  });

  it.each([
    {
      name: "is killed",
      script: "process.stdin.once('data', () => process.kill(process.pid, 'SIGKILL'))",
      message: "signal SIGKILL",
    },
    {
      name: "exits",
      script:
        "process.stdin.once('data', () => { console.error('why'); process.exitCode = 3; process.stdin.destroy(); })",
      message: "exit code 3: why",
    },
  ])("that $name during a request is an error, and is replaced", async ({ script, message }) => {
    const folder = await mkdtemp(join(tmpdir(), "gate-toolchain-"));
    try {
      const child = join(folder, "child.cjs");
      writeFileSync(child, script);
      await withToolchain({ child }, async (subject) => {
        for (const _ of [1, 2]) {
          expect(await errorOf(subject.version())).toMatchObject({
            code: "toolchain-failed",
            message: `the Rego toolchain ended during version (${message})`,
          });
        }
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("survives sources that nest too deeply", async () => {
    await withToolchain({}, async (subject) => {
      const nested = modules(`x := ${"[".repeat(20_000)}${"]".repeat(20_000)}`);
      expect((await errorOf(subject.inspect(nested))).message).toBe(
        "the Rego toolchain ended during inspect (exit code 70: RangeError: Maximum call stack size exceeded)",
      );
      expect(await subject.builtin("upper", ["a"])).toMatchObject({ value: "A" });
    });
  });
});

describe("frames", () => {
  it.each([1, 2, 3, 5, 1000])("come out whole from chunks of %i bytes", (size) => {
    const messages = ["", "a", "some more", "x".repeat(300)];
    const stream = Buffer.concat(messages.map((text) => frame(new TextEncoder().encode(text))));
    const reader = createFrameReader();
    const out: string[] = [];
    for (let at = 0; at < stream.length; at += size) {
      for (const message of reader.push(stream.subarray(at, at + size))) out.push(new TextDecoder().decode(message));
    }
    expect(out).toEqual(messages);
  });
});

describe("an opa binary", () => {
  const nowhere = createOpaBinaryToolchain({ path: join(ROOT, "nowhere") });

  it("that is not there is an error", async () => {
    expect(await errorOf(nowhere.format(SOURCES))).toMatchObject({ code: "toolchain-failed" });
  });
});

/** With GATE_TEST_OPA, both toolchains are compared. */
describe.runIf(env["GATE_TEST_OPA"])("an opa binary gives the same", () => {
  const binary = createOpaBinaryToolchain({ path: env["GATE_TEST_OPA"] ?? "opa" });
  const entrypoints = ["gates/secrets/allow"];
  const wrong = modules('x := http.send({})\n\ny := nope(1)\n\nz := sprintf("x")');

  const typo = [
    {
      path: "typo.rego",
      source:
        'package gates.typo\n\ndeny if {\n\tsome finding in input.evidence.findings\n\tfinding.severty == "high"\n}\n',
    },
  ];

  const operations: readonly { readonly name: string; readonly run: (subject: RegoToolchain) => Promise<unknown> }[] = [
    { name: "inspection", run: (subject) => subject.inspect(MODULES) },
    { name: "parse errors", run: (subject) => subject.inspect(modules("x := := 1")) },
    { name: "check", run: (subject) => subject.check({ modules: MODULES, strict: true }) },
    {
      name: "check against schemas of input",
      run: (subject) =>
        subject.check({ modules: typo, strict: false, inputSchemas: { "data.gates.typo": INPUT_SCHEMA } }),
    },
    {
      name: "issues",
      run: async (subject) => subject.check({ modules: wrong, strict: true, capabilities: await capabilities() }),
    },
    {
      name: "entrypoints and built-ins",
      run: async (subject) => ({ ...(await subject.build({ modules: SOURCES, entrypoints })), wasm: undefined }),
    },
    { name: "test results", run: (subject) => subject.test({ modules: MODULES, coverage: false }) },
    { name: "coverage", run: (subject) => subject.test({ modules: MODULES, run: "deny", coverage: true }) },
    { name: "formatting", run: (subject) => subject.format(MODULES) },
    { name: "values of built-ins", run: (subject) => subject.builtin("sprintf", ["%v", [fromJson({ a: 1 })]]) },
  ];
  it.each(operations)("$name", async ({ run }) => {
    const [expected, actual] = await Promise.all([toolchain, binary].map((subject) => comparable(run(subject))));
    expect(actual).toEqual(expected);
  });
});

/** A result or an error, without times and without what the binary does not tell. */
async function comparable(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.catch((thrown: unknown) =>
    thrown instanceof ToolchainError ? thrown.regoIssues : thrown,
  );
  const text = JSON.stringify(outcome ?? null, (key, value) =>
    ["durationNs", "failedAt", "references"].includes(key) ? undefined : value,
  );
  return JSON.parse(text);
}
