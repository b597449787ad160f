import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import type { Decision, DecisionGate, Violation } from "../../src/decision/types.ts";
import { gate, git, installation, ROOT, replayEveryDecision, temporaryFolder, writeFiles } from "../support.ts";

/** Policies as teams have them for Conftest, and what `gate check --conftest` makes of them. */

replayEveryDecision();

const validate = new Ajv({ allErrors: true }).compile(
  JSON.parse(readFileSync(join(installation.schemas, "decision.v1.schema.json"), "utf8")) as object,
);

function schemaErrors(decision: Decision): readonly unknown[] {
  return validate(decision) ? [] : (validate.errors ?? []);
}

const POD = "kind: Pod\nmetadata: {name: web}\nspec: {containers: [{image: 'web:latest'}]}\n";

const POLICY = `package main

deny contains msg if {
	input.kind == "Pod"
	not input.metadata.labels
	msg := sprintf("%s has no labels", [input.metadata.name])
}

violation contains {"msg": msg, "_loc": {"file": "pod.yaml", "line": 3}} if {
	some container in input.spec.containers
	endswith(container.image, ":latest")
	msg := sprintf("%s is not pinned", [container.image])
}

warn_name contains "the name is short" if count(input.metadata.name) < 4
`;

interface Checked {
  readonly code: number;
  readonly decision: Decision;
}

async function check(files: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Checked> {
  const cwd = temporaryFolder();
  writeFiles(cwd, files);
  return checkIn(cwd, ...args);
}

async function checkIn(cwd: string, ...args: readonly string[]): Promise<Checked> {
  const { code, stdout, stderr } = await gate(["check", "-e", "development", "-f", "json", ...args], { cwd });
  expect(stderr).toBe("");
  return { code, decision: JSON.parse(stdout) as Decision };
}

async function refused(files: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> {
  const cwd = temporaryFolder();
  writeFiles(cwd, files);
  const { code, stdout, stderr } = await gate(["check", "-e", "development", ...args], { cwd });
  expect([code, stdout]).toEqual([2, ""]);
  return stderr;
}

function gateOf({ decision }: Checked, id: string): DecisionGate | undefined {
  return decision.gates.find((one) => one.id === id);
}

function messagesOf(checked: Checked, id: string): readonly string[] | undefined {
  return gateOf(checked, id)?.violations.map(({ message }) => message);
}

function codesOf({ decision }: Checked): readonly string[] {
  return decision.integrity.reasons.map((reason) => reason.code);
}

const ASK = ["--conftest", "policy", "pod.yaml"];

describe("a policy of Conftest, without a gate.yaml", () => {
  it("is a mandatory gate of what denies, and an advisory one of what warns", async () => {
    const checked = await check({ "policy/a.rego": POLICY, "pod.yaml": POD }, ...ASK);
    const { decision, code } = checked;
    expect([code, decision.outcome, decision.config.path]).toEqual([1, "block", "no gate.yaml"]);
    expect(decision.gates.map(({ id, enforcement, result }) => [id, enforcement, result])).toEqual([
      ["conftest-main", "mandatory", "fail"],
      ["conftest-main-warn", "advisory", "fail"],
    ]);
    expect(messagesOf(checked, "conftest-main")).toEqual(["web has no labels", "web:latest is not pinned"]);
    expect(gateOf(checked, "conftest-main")?.violations.map(({ location }) => location)).toEqual([
      { path: "pod.yaml" },
      { path: "pod.yaml", line: 3 },
    ]);
    expect(messagesOf(checked, "conftest-main-warn")).toEqual(["the name is short"]);
    expect(schemaErrors(decision)).toEqual([]);
  });

  it("passes where nothing denies, says that nothing proved it, and cannot be sealed", async () => {
    const good = "kind: Pod\nmetadata: {name: website, labels: {a: b}}\nspec: {containers: []}\n";
    const { code, decision } = await check({ "policy/a.rego": POLICY, "pod.yaml": good }, ...ASK);
    expect([code, decision.outcome, decision.gates.map(({ result }) => result)]).toEqual([
      0,
      "allow",
      ["pass", "pass"],
    ]);
    expect(decision.integrity.reasons.find((reason) => reason.code === "gates-unproven")).toMatchObject({
      message: "no known-bad example shows that these gates can deny: conftest-main, conftest-main-warn",
      caps: "bound",
    });
  });

  it("warns without blocking", async () => {
    const short = "kind: Pod\nmetadata: {name: web, labels: {a: b}}\nspec: {containers: []}\n";
    const { code, decision } = await check({ "policy/a.rego": POLICY, "pod.yaml": short }, ...ASK);
    expect([code, decision.outcome]).toEqual([0, "allow"]);
    expect(decision.integrity.reasons.map((reason) => reason.code)).toContain("advisory-warning");
  });

  it("may be of Rego version 0, and may be beside one of version 1", async () => {
    const older = 'package main\n\ndeny[msg] {\n  input.spec.containers[_].image\n  msg = "version 0"\n}\n';
    const checked = await check({ "policy/a.rego": POLICY, "policy/b.rego": older, "pod.yaml": POD }, ...ASK);
    expect(messagesOf(checked, "conftest-main")).toContain("version 0");
  });

  it("lists the same message of two documents of one file twice", async () => {
    const checked = await check({ "policy/a.rego": POLICY, "pod.yaml": `${POD}---\n${POD}` }, ...ASK);
    const violations = gateOf(checked, "conftest-main")?.violations ?? [];
    expect(violations).toHaveLength(4);
    expect(new Set(violations.map(({ fingerprint }: Violation) => fingerprint)).size).toBe(4);
  });

  it("gets data, the name of the file and what parse_config reads", async () => {
    const policy = `package main

deny contains "forbidden" if input.kind in data.rules.kinds
deny contains data.conftest.file.name if data.conftest.file.dir == "/k8s"
deny contains parsed.a if parsed := parse_config("hcl2", "a = \\"from hcl\\"")
`;
    const files = { "policy/a.rego": policy, "values/rules/kinds.yaml": "kinds: [Pod]\n", "k8s/pod.yaml": POD };
    const checked = await check(files, "--conftest", "policy", "--conftest-data", "values", "k8s");
    expect(messagesOf(checked, "conftest-main")).toEqual(["forbidden", "from hcl", "pod.yaml"]);
  });

  it("gets all documents as one input where it asks for that", async () => {
    const policy = `package main

deny contains sprintf("%s %s", [one.path, one.contents.kind]) if some one in input
`;
    const files = { "policy/a.rego": policy, "a.yaml": "kind: A\n", "b.yaml": "kind: B\n---\nkind: C\n" };
    const checked = await check(files, "--conftest", "policy", "--conftest-combine", "a.yaml", "b.yaml");
    expect(messagesOf(checked, "conftest-main")).toEqual(["a.yaml A", "b.yaml B", "b.yaml C"]);
  });

  it("takes of a folder what Conftest would, and a parser by name", async () => {
    const policy =
      'package main\n\ndeny contains input.a.b if input.a.b\n\ndeny contains "docker" if input[0].Cmd == "from"\n';
    const files = {
      "policy/a.rego": policy,
      "in/x.ini": "[a]\nb = text\n",
      "in/Dockerfile": "FROM x\n",
      "in/a.md": "#\n",
    };
    const checked = await check(files, "--conftest", "policy", "in");
    expect(messagesOf(checked, "conftest-main")).toEqual(["docker", "text"]);
    const forced = await check(
      { ...files, "in/a.md": "[a]\nb = forced\n" },
      "--conftest=policy",
      "--conftest-parser=ini",
      "in/a.md",
    );
    expect(messagesOf(forced, "conftest-main")).toEqual(["forced"]);
  });
});

describe("exceptions of the policy", () => {
  const EXCEPTION = `package main

deny_labels contains "no labels" if not input.metadata.labels

deny_image contains "no image" if not input.spec.image

exception contains rules if {
	input.metadata.name == "web"
	rules := ["labels"]
}
`;

  it("let through what they are for, and are listed", async () => {
    const checked = await check({ "policy/a.rego": EXCEPTION, "pod.yaml": POD }, ...ASK);
    const given = gateOf(checked, "conftest-main");
    expect([checked.code, given?.result]).toEqual([1, "fail"]);
    expect(given?.violations.map(({ message, exception }) => [message, exception])).toEqual([
      ["no image", undefined],
      ["no labels", "an exception of the policy for deny_labels"],
    ]);
    expect(checked.decision.integrity.reasons.find((reason) => reason.code === "policy-exceptions")).toMatchObject({
      message: "exceptions of the policy let 1 violation through",
    });
    expect(schemaErrors(checked.decision)).toEqual([]);
  });

  it("make a gate waived that has nothing else, and never passed", async () => {
    const pod = "metadata: {name: web}\nspec: {image: x}\n";
    const checked = await check({ "policy/a.rego": EXCEPTION, "pod.yaml": pod }, ...ASK);
    expect([checked.code, gateOf(checked, "conftest-main")?.result]).toEqual([0, "waived"]);
  });
});

describe("what Conftest takes for a pass and gate does not", () => {
  it.each([
    ["a rule that is no set", 'deny if input.kind == "Pod"', "the rule deny gives a value of type boolean"],
    ["a number for a message", "deny contains 3", "the rule deny gives something without a text `msg`"],
    ["an object without msg", 'deny contains {"message": "x"}', "the rule deny gives something without a text `msg`"],
    [
      "a built-in that fails",
      'deny contains "x" if time.parse_rfc3339_ns(input.kind) > 0',
      "time.parse_rfc3339_ns failed",
    ],
  ])("%s", async (_, rule, reason) => {
    const checked = await check({ "policy/a.rego": `package main\n\n${rule}\n`, "pod.yaml": POD }, ...ASK);
    const given = gateOf(checked, "conftest-main");
    expect([checked.code, given?.result]).toEqual([1, "not-evaluated"]);
    expect(given?.reason).toContain(reason);
  });

  it.each([
    [
      "a namespace that is not there",
      "package other\n\ndeny contains 1\n",
      [],
      'no rule of policy is in the namespace "main"',
    ],
    ["a glob that matches nothing", POLICY, ["--conftest-namespace", "k8s.*"], "There are rules in main"],
    ["a policy without such rules", "package main\n\nallow := true\n", [], "it would deny nothing"],
    ["a rule with another name", "package main\n\ndeny.x contains 1\n", [], "Conftest never asks the rule deny.x"],
    ["a function", "package main\n\ndeny(x) := x\n", [], "Conftest never asks the rule deny,"],
    [
      "files that it opens itself",
      'package main\n\ndeny contains 1 if parse_config_file("a")\n',
      [],
      "Pass the file to the check",
    ],
  ])("%s is an error", async (_, policy, args, message) => {
    expect(await refused({ "policy/a.rego": policy, "pod.yaml": POD }, ...ASK, ...args)).toContain(message);
  });

  it.each([
    ["a file that does not parse", "kind: [\n", "cannot be used"],
    ["an empty file", "", "the file is empty"],
    ["a file of comments", "# nothing\n", "there is nothing in the file"],
  ])("%s", async (_, text, reason) => {
    const checked = await check({ "policy/a.rego": POLICY, "pod.yaml": text }, ...ASK);
    expect([checked.code, gateOf(checked, "conftest-main")?.result]).toEqual([1, "not-evaluated"]);
    expect(gateOf(checked, "conftest-main")?.reason).toContain(reason);
  });

  it("no file at all", async () => {
    const checked = await check({ "policy/a.rego": POLICY }, "--conftest", "policy");
    expect([checked.code, gateOf(checked, "conftest-main")?.reason]).toEqual([1, "there is no document evidence"]);
    expect(await refused({ "policy/a.rego": POLICY }, ...ASK)).toContain("no file matches pod.yaml");
  });

  it("rules that nobody asks are said", async () => {
    const files = { "policy/a.rego": POLICY, "policy/b.rego": 'package extra\n\ndeny contains "x"\n', "pod.yaml": POD };
    const { decision } = await check(files, ...ASK);
    expect(decision.integrity.reasons.find((reason) => reason.code === "rules-unasked")?.message).toBe(
      "the policy has rules that nobody asks, in extra",
    );
    const all = await check(files, ...ASK, "--conftest-namespace", "*");
    expect(all.decision.gates.map(({ id }) => id)).toEqual(["conftest-extra", "conftest-main", "conftest-main-warn"]);
    expect(all.decision.integrity.reasons.map((reason) => reason.code)).not.toContain("rules-unasked");
  });
});

describe("beside a gate.yaml", () => {
  const CONFIG = `version: 1
policy: {builtin: false}
environments:
  development:
    advisory: [conftest-main]
    disabled: []
`;

  it("an environment can say how a policy is enforced", async () => {
    const { decision, code } = await check({ "gate.yaml": CONFIG, "policy/a.rego": POLICY, "pod.yaml": POD }, ...ASK);
    expect(decision.gates.map(({ id, enforcement }) => [id, enforcement])).toEqual([
      ["conftest-main", "advisory"],
      ["conftest-main-warn", "advisory"],
    ]);
    expect(code).toBe(3);
  });

  it("files and flags that only mean something to such policies are refused without", async () => {
    expect(await refused({ "gate.yaml": CONFIG, "pod.yaml": POD }, "pod.yaml")).toContain(
      "pod.yaml is for policies of Conftest",
    );
  });

  it("a file that git tracks is of the commit, and one that is changed is not", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { "policy/a.rego": POLICY, "pod.yaml": POD, ".gitignore": ".gate\n" });
    git(cwd, "init", "-q");
    git(cwd, "add", ".");
    git(cwd, "commit", "-qm", "one");
    expect(codesOf(await checkIn(cwd, ...ASK))).not.toContain("evidence-unbound");
    writeFiles(cwd, { "pod.yaml": `${POD}# changed\n` });
    expect(codesOf(await checkIn(cwd, ...ASK))).toEqual(expect.arrayContaining(["evidence-unbound", "worktree-dirty"]));
  });
});

it("the parsers are those of the Conftest that the examples are compared with", () => {
  const [, version = ""] = /conftest (v\S+)/.exec(readFileSync(join(ROOT, "toolchain/parsers/go.mod"), "utf8")) ?? [];
  expect(readFileSync(join(ROOT, "bench/native.ts"), "utf8")).toContain(`version: "${version}"`);
});
