import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/policy/diagnostics.ts";
import { lintPolicies } from "../../src/policy/lint/lint.ts";
import { GATE_LINT_RULES } from "../../src/policy/lint/rules.ts";
import type { GateError } from "../../src/util/errors.ts";
import { installation, ROOT, temporaryFolder, writeFiles } from "../support.ts";

const SERVICES = { installation, variables: process.env, cacheFolder: undefined };

async function lint(folder: string, label = "policies"): Promise<readonly Diagnostic[]> {
  const selection = { builtin: false, folders: [{ path: folder, label }] };
  return (await lintPolicies(selection, SERVICES)).diagnostics;
}

interface GateParts {
  /** Comments above the METADATA. */
  readonly above?: string;
  readonly title?: string;
  readonly controls?: string;
  readonly body?: string;
  readonly examples?: string;
  readonly test?: string;
}

const BODY = `applicable := count(input.evidence.tests)

missing contains $"{document.path} has no tests" if {
	some document in input.evidence.tests
	document.summary.total == 0
}

deny contains {"evidence": document.id, "item": case.item} if {
	count(input.evidence.tests) > data.params.ID.most
	some document in input.evidence.tests
	some case in document.cases
	case.status == "failed"
}
`;

/** A gate, its examples and its test, in a folder of its own; with nothing else said, there is nothing to find. */
function gateFiles(id: string, parts: GateParts = {}): Readonly<Record<string, string>> {
  const name = id.replaceAll("-", "_");
  const params = id === name ? id : `params["${id}"]`;
  const body = (parts.body ?? BODY).replaceAll("params.ID", id === name ? `params.${id}` : params);
  return {
    [`${name}/${name}.rego`]: `${parts.above ?? ""}# METADATA
# title: ${parts.title ?? id}
# description: for a test
# custom:
#   id: ${id}
#   evidence:
#     - kind: tests
#       fields: [status]
#   parameters:
#     type: object
#     additionalProperties: false
#     properties:
#       most:
#         description: How many.
#         type: number
#         default: 0
${parts.controls ?? "#   controls: [ssdf:PW.8.2]\n"}#   remediation: mend it
package gates.${name}

${body}`,
    [`${name}/examples.yaml`]:
      parts.examples ??
      `gate: ${id}
cases:
  - name: a failed test
    canary: true
    parameters: {most: 0}
    evidence: [{kind: tests, cases: [{status: failed}]}]
    expect: {result: fail}
`,
    [`${name}/${name}_test.rego`]:
      parts.test ??
      `package gates.${name}_test

import data.gates.${name}

test_nothing_to_look_at if ${name}.applicable == 0 with input as {"evidence": {"tests": []}}
`,
  };
}

/** For each rule, the gate that breaks it and where, next to one that does not. */
const BAD: readonly {
  readonly rule: keyof typeof GATE_LINT_RULES;
  readonly id: string;
  readonly parts: GateParts;
  readonly file?: string;
  readonly row: number | undefined;
  readonly message: RegExp;
}[] = [
  { rule: "metadata", id: "untitled", parts: { title: '""' }, row: 1, message: /no title/ },
  { rule: "controls", id: "uncontrolled", parts: { controls: "" }, row: 1, message: /names no control/ },
  {
    rule: "examples",
    id: "misread",
    parts: { examples: "gate: misread\ncases: [{}]\n" },
    file: "misread/examples.yaml",
    row: 2,
    message: /./,
  },
  {
    rule: "canary",
    id: "unproven",
    parts: {
      examples:
        "gate: unproven\ncases:\n  - {name: x, parameters: {most: 0}, evidence: [{kind: tests}], expect: {result: not-evaluated}}\n",
    },
    row: 1,
    message: /nothing proves/,
  },
  {
    rule: "tests",
    id: "untested",
    parts: { test: "package gates.untested_test\n\ntest_nothing if 1 == 1\n" },
    row: 1,
    message: /no test asks/,
  },
  {
    rule: "boundary-tests",
    id: "unbounded",
    parts: {
      examples:
        "gate: unbounded\ncases:\n  - {name: x, canary: true, evidence: [{kind: tests, cases: [{status: failed}]}], expect: {result: fail}}\n",
    },
    row: 13,
    message: /no test or example sets the threshold "most"/,
  },
  {
    rule: "missing-rule",
    id: "trusting",
    parts: { body: BODY.replace("missing contains", "incomplete contains") },
    row: 1,
    message: /never says that its evidence is not enough/,
  },
  {
    rule: "rego-metadata",
    id: "commented",
    parts: { body: `${BODY}\nname := rego.metadata.rule().title\n` },
    row: 35,
    message: /rego\.metadata\.rule/,
  },
  {
    rule: "unavailable-builtin",
    id: "online",
    parts: { body: `${BODY}\nanswer := http.send({"method": "get", "url": "http://localhost"})\n` },
    row: 35,
    message: /http\.send/,
  },
  {
    rule: "undeclared-parameter",
    id: "misspelt",
    parts: {
      body: BODY.replace("params.ID.most", "params.ID.moost").replace(
        "count(input",
        "data.params.ID.most < count(input",
      ),
    },
    row: 29,
    message: /declares no parameter "moost"/,
  },
  {
    rule: "undeclared-parameter",
    id: "foreign",
    parts: { body: BODY.replace("data.params.ID.most", "data.params.ID.most + data.params.online.most") },
    row: 29,
    message: /parameters of "online"/,
  },
  {
    rule: "undeclared-parameter",
    id: "renamed",
    parts: { body: `limits := data.params.ID\n\n${BODY.replace("data.params.ID.most", "limits.moost")}` },
    row: 31,
    message: /declares no parameter "moost"/,
  },
  {
    rule: "undeclared-parameter",
    id: "assigned",
    parts: {
      body: BODY.replace(
        "count(input.evidence.tests) > data.params.ID.most",
        "limits := data.params.ID\n\tcount(input.evidence.tests) > limits.moost",
      ),
    },
    row: 30,
    message: /declares no parameter "moost"/,
  },
  {
    rule: "unused-parameter",
    id: "unread",
    parts: { body: BODY.replace("data.params.ID.most", "1") },
    row: 13,
    message: /"most" is declared and never read/,
  },
  {
    rule: "ignore-directive",
    id: "unreasoned",
    parts: { above: "# gate ignore:missing-rule\n", body: BODY.replace("missing contains", "incomplete contains") },
    row: 1,
    message: /no reason/,
  },
  {
    rule: "ignore-directive",
    id: "needless",
    parts: { above: "# gate ignore:missing-rule it has one\n" },
    row: 1,
    message: /nothing here breaks the rule "missing-rule"/,
  },
  {
    rule: "ignore-directive",
    id: "unknown",
    parts: { above: "# gate ignore:no-such-rule because\n" },
    row: 1,
    message: /no rule "no-such-rule"/,
  },
];

/** Ways to read a parameter that are none to complain about. */
const GOOD: Readonly<Record<string, GateParts>> = {
  direct: {},
  "with-hyphen": {},
  aliased: { body: `limits := data.params.ID\n\n${BODY.replace("data.params.ID.most", "limits.most")}` },
  "local-alias": {
    body: BODY.replace(
      "count(input.evidence.tests) > data.params.ID.most",
      "limits := data.params.ID\n\tcount(input.evidence.tests) > limits.most",
    ),
  },
  imported: { body: `import data.params\n\n${BODY.replace("data.params.ID", "params.ID")}` },
  computed: {
    body: BODY.replace(
      "count(input.evidence.tests) > data.params.ID.most",
      'every name, limit in data.params.ID {\n\t\tname != ""\n\t\tcount(input.evidence.tests) > limit\n\t}',
    ),
  },
  ignored: {
    above: "# gate ignore:missing-rule,controls nothing that it reads is optional\n",
    controls: "",
    body: BODY.replace("missing contains", "incomplete contains"),
  },
};

describe("the rules of gate", () => {
  let found: readonly Diagnostic[];

  const folder = mkdtempSync(join(tmpdir(), "gate-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(async () => {
    for (const { id, parts } of BAD) writeFiles(folder, gateFiles(id, parts));
    for (const [id, parts] of Object.entries(GOOD)) writeFiles(folder, gateFiles(id, parts));
    found = await lint(folder);
  }, 120_000);

  const inFolder = (id: string): readonly Diagnostic[] =>
    found.filter(
      ({ category, file }) => category === "gate" && file?.startsWith(`policies/${id.replaceAll("-", "_")}/`),
    );

  it.each(BAD)("$rule finds the gate $id", ({ rule, id, file, row, message }) => {
    const [diagnostic, ...others] = inFolder(id).filter((one) => one.rule === rule);
    expect(others).toEqual([]);
    expect(diagnostic).toMatchObject({
      level: GATE_LINT_RULES[rule],
      file: `policies/${file ?? `${id}/${id}.rego`}`,
      message: expect.stringMatching(message),
      docs: `https://github.com/gate-engine/gate/blob/main/docs/linting.md#${rule}`,
    });
    expect(diagnostic?.row).toBe(row);
  });

  it.each(Object.keys(GOOD))("leave the gate %s alone", (id) => {
    expect(inFolder(id)).toEqual([]);
  });

  it("each have an example here and a section in docs/linting.md", () => {
    const rules = Object.keys(GATE_LINT_RULES);
    expect(new Set(BAD.map(({ rule }) => rule))).toEqual(new Set(rules));
    const documentation = readFileSync(join(ROOT, "docs/linting.md"), "utf8");
    for (const rule of rules) expect(documentation).toContain(`### ${rule}\n`);
  });

  it("stand beside Regal's, sorted by file and place", () => {
    expect(found.some(({ category }) => category !== "gate")).toBe(true);
    const keys = found.map(({ file = "", row = 0 }) => [file, row] as const);
    expect(keys).toEqual(keys.toSorted(([a, i], [b, j]) => (a === b ? i - j : a < b ? -1 : 1)));
  });
});

describe("Regal's configuration", () => {
  const SHADOWED = `package lib.shadowed

import data.lib.severity

count := 3

# regal ignore:rule-shadows-builtin
sum := 4

lower := "a"

unknown := severity.blocks("x", [], "block")
`;
  const CUSTOM = `# METADATA
# description: No rule is called sum
package custom.regal.rules.naming["no-sum"]

import data.regal.ast
import data.regal.result

report contains violation if {
	some rule in input.rules
	ast.ref_to_string(rule.head.ref) == "sum"
	violation := result.fail(rego.metadata.chain(), result.location(rule.head))
}
`;
  const CONFIG = `rules:
  bugs:
    rule-shadows-builtin:
      level: warning
  style:
    opa-fmt:
      ignore:
        files: ["policies/legacy/**"]
`;

  it("is found above the folder, with the project's own rules and the comments in the sources", async () => {
    const project = temporaryFolder();
    const unformatted = "package lib.x\n\n\n\na:=1\n";
    writeFiles(project, {
      ".regal/config.yaml": CONFIG,
      ".regal/rules/naming.rego": CUSTOM,
      "policies/shadowed.rego": SHADOWED,
      "policies/legacy/x.rego": unformatted,
      "policies/new/x.rego": unformatted.replace("lib.x", "lib.y"),
    });
    const found = await lint(join(project, "policies"));
    expect(found.map(({ file, row, rule, level }) => `${file}:${row} ${level} ${rule}`)).toEqual([
      "policies/new/x.rego:1 error opa-fmt",
      "policies/shadowed.rego:5 warning rule-shadows-builtin",
      "policies/shadowed.rego:8 error no-sum",
      "policies/shadowed.rego:10 warning rule-shadows-builtin",
    ]);
  });

  it.each([
    ["a rule that does not exist", "rules: {bugs: {no-such-rule: {level: error}}}", /no-such-rule/],
    ["what is no YAML", "rules: [", /config\.yaml/],
  ])("is refused with %s", async (_, config, message) => {
    const project = temporaryFolder();
    writeFiles(project, { ".regal/config.yaml": config, "x.rego": "package x\n" });
    const error = (await lint(project).catch((reason: unknown) => reason)) as GateError;
    expect(error.code).toBe("config-invalid");
    expect(error.message).toMatch(message);
  });

  it("is not asked about syntax that is newer than its OPA; the error says so", async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { "x.rego": "package x\n\nimport future.keywords.or\n\ny if input.a or input.b\n" });
    await expect(lint(folder)).rejects.toMatchObject({
      code: "policy-invalid",
      issues: [{ file: "policies/x.rego", row: 3 }],
      hint: expect.stringMatching(/^It reads Rego as OPA 1\.\d+\.\d+ does/),
    });
  });

  it("says nothing in a source that does not parse; the error names the file", async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { "broken.rego": "package x\n\ny if {\n" });
    await expect(lint(folder)).rejects.toMatchObject({ code: "policy-invalid", message: /^policies\/broken\.rego:/ });
  });
});

it("finds nothing in the library that ships", async () => {
  expect(await lint(join(ROOT, "policies"))).toEqual([]);
}, 600_000);
