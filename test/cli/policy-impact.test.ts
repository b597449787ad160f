import { readFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { decisionEntry, readDecision, readDecisionLeaf } from "../../src/audit/entry.ts";
import { storedReferences } from "../../src/audit/evidence.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import { SCHEMA_VERSION, schemaOf } from "../../src/audit/sqlite/schema.ts";
import type { Impact } from "../../src/impact/model.ts";
import { gate, temporaryFolder, writeFiles } from "../support.ts";

/** Decisions of real checks, asked again with other policies. */

const CONFIG = `version: 1
policy: { builtin: false, paths: [policies] }
evidence:
  - path: junit.xml
    kind: unit-tests
environments:
  development:
    mandatory: [few-skipped]
    audit: required
  production:
    mandatory: [few-skipped, enough-tests]
    integrity: open
    parameters:
      few-skipped: { percent: 20 }
`;

interface GateSource {
  readonly id: string;
  /** Members of the parameters' schema. */
  readonly parameters?: string;
  readonly body: string;
}

/** A gate over test results that its example, three skipped tests of four, does not pass. */
function gateFiles({ id, parameters = "{}", body }: GateSource): Readonly<Record<string, string>> {
  const rego = `# METADATA
# title: The gate ${id}
# description: A gate of a test.
# custom:
#   id: ${id}
#   evidence: [{kind: tests}]
#   parameters: {type: object, additionalProperties: false, properties: ${parameters}}
#   remediation: Mend it.
package gates.${id.replaceAll("-", "_")}

applicable := count(input.evidence.tests)

${body}
`;
  const examples = `gate: ${id}
cases:
  - name: most are skipped
    canary: true
    evidence: [{kind: tests, cases: [{}, {status: skipped}, {status: skipped}, {status: skipped}]}]
    expect: {result: fail}
`;
  return { [`${id}.rego`]: rego, [`${id}/examples.yaml`]: examples };
}

function fewSkipped(percent: number): Readonly<Record<string, string>> {
  return gateFiles({
    id: "few-skipped",
    parameters: `{percent: {type: number, maximum: 100, default: ${percent}, description: Percent of tests.}}`,
    body: `deny contains {"key": "skipped", "severity": "low", "msg": $"{document.summary.skipped} tests are skipped"} if {
	some document in input.evidence.tests
	100 * document.summary.skipped > data.params["few-skipped"].percent * document.summary.total
}`,
  });
}

function enoughTests(minimum: number): Readonly<Record<string, string>> {
  return gateFiles({
    id: "enough-tests",
    body: `deny contains {"key": "few", "severity": "high", "msg": $"only {document.summary.passed} passed in {document.path}"} if {
	some document in input.evidence.tests
	document.summary.passed < ${minimum}
}`,
  });
}

function junit(passed: number, skipped: number): string {
  const cases = [
    ...Array.from({ length: passed }, (_, index) => `<testcase classname="a" name="p${index}"/>`),
    ...Array.from({ length: skipped }, (_, index) => `<testcase classname="a" name="s${index}"><skipped/></testcase>`),
  ];
  return `<testsuites><testsuite name="a" tests="${cases.length}">${cases.join("")}</testsuite></testsuites>`;
}

function below(folder: string, files: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text]));
}

const ENVIRONMENTS = ["development", "production", "production"];

/** Three decisions: development and production allowed with 10 passed tests, production blocked with 2. */
async function checkedProject(config = CONFIG): Promise<string> {
  const cwd = temporaryFolder();
  const commit = "c".repeat(40);
  writeFiles(cwd, { "gate.yaml": config, ...below("policies", { ...fewSkipped(30), ...enoughTests(5) }) });
  const codes: number[] = [];
  for (const [index, environment] of ENVIRONMENTS.entries()) {
    writeFiles(cwd, { "junit.xml": index === 2 ? junit(2, 0) : junit(8, 2) });
    codes.push((await gate(["check", "-e", environment, "--commit", commit], { cwd })).code);
  }
  expect(codes).toEqual([0, 0, 1]);
  return cwd;
}

async function impactOf(cwd: string, ...args: readonly string[]): Promise<Impact> {
  const { stdout, stderr } = await gate(["policy", "impact", "--format", "json", ...args], { cwd });
  expect(stderr).toBe("");
  return JSON.parse(stdout) as Impact;
}

describe("gate policy impact", () => {
  it("reproduces what the same policies decided, and finds nothing else", async () => {
    const { summary, decisions } = await impactOf(await checkedProject());
    expect(summary).toMatchObject({ decisions: 3, reproduced: 3, unchecked: 0, otherResults: 0 });
    expect(summary.effects.unchanged).toBe(3);
    expect(decisions.map(({ index, before, after }) => [index, before, after])).toEqual([
      [1, "allow", "allow"],
      [2, "allow", "allow"],
      [3, "block", "block"],
    ]);
  });

  it("says which verdicts another default and another rule would flip, and why", async () => {
    const cwd = await checkedProject();
    writeFiles(cwd, below("next", { ...fewSkipped(10), ...enoughTests(2) }));
    const { summary, decisions } = await impactOf(cwd, "--policy", "next");
    expect(summary.effects).toEqual({
      "newly-blocked": 1,
      "newly-needs-approval": 0,
      "newly-allowed": 1,
      unchanged: 1,
      "not-reproducible": 0,
      "cannot-be-re-evaluated": 0,
    });
    expect(decisions).toMatchObject([
      {
        effect: "newly-blocked",
        environment: "development",
        commit: "c".repeat(40),
        gates: [
          {
            id: "few-skipped",
            before: "pass",
            after: "fail",
            violations: { added: { count: 1, first: [{ message: "2 tests are skipped" }] }, removed: { count: 0 } },
          },
        ],
      },
      // gate.yaml chose 20 percent for production, and what was chosen stays.
      { effect: "unchanged", gates: [] },
      {
        effect: "newly-allowed",
        gates: [
          { id: "enough-tests", violations: { removed: { first: [{ message: "only 2 passed in junit.xml" }] } } },
        ],
      },
    ]);
  });

  it("asks with the time, the environment, the subject and the trust of the record", async () => {
    const cwd = temporaryFolder();
    const commit = "d".repeat(40);
    const said = gateFiles({
      id: "says-all",
      body: `deny contains $"{input.time} {time.now_ns()} {input.environment} {commit}" if {
	commit := object.get(input.subject, "commit", "none")
	count(input.evidence.tests) > 0
}`,
    });
    const config = CONFIG.replace("[few-skipped]", "[says-all]").replace(
      "[few-skipped, enough-tests]",
      "[few-skipped]",
    );
    writeFiles(cwd, {
      "gate.yaml": config.replace("integrity: open", "integrity: bound"),
      "junit.xml": junit(9, 0),
      ...below("policies", { ...said, ...fewSkipped(30) }),
    });
    // With evidence that is bound, nothing but the place of the configuration lowers the integrity.
    expect((await gate(["evidence", "bind", "junit.xml", "--commit", commit], { cwd })).code).toBe(0);
    for (const environment of ["development", "production"])
      expect((await gate(["check", "-e", environment, "--commit", commit], { cwd })).code).toBe(1);
    const { summary, decisions } = await impactOf(cwd);
    expect(decisions.map(({ reasons }) => reasons)).toEqual([[], []]);
    expect(summary).toMatchObject({ reproduced: 2, effects: { unchanged: 2 } });
  });

  it("shows gates that were added and removed, and counts an added one only where gate.yaml enforces it", async () => {
    const cwd = await checkedProject();
    const added = gateFiles({
      id: "none-skipped",
      body: `deny contains "some are skipped" if {
	some document in input.evidence.tests
	document.summary.skipped > 0
}`,
    });
    writeFiles(cwd, below("next", { ...fewSkipped(30), ...added }));
    const aside = await impactOf(cwd, "--policy", "next");
    expect(aside).toMatchObject({
      added: [{ id: "none-skipped", enforcedIn: [], results: { fail: 2, pass: 1 } }],
      removed: [{ id: "enough-tests", decisions: 2 }],
    });
    expect(aside.summary.effects).toMatchObject({ "newly-blocked": 0, "newly-allowed": 1, unchanged: 2 });
    expect(aside.decisions[2]?.gates).toMatchObject([{ id: "enough-tests", change: "removed", before: "fail" }]);

    writeFiles(cwd, { "gate.yaml": CONFIG.replace("[few-skipped]", "[few-skipped, none-skipped]") });
    const enforced = await impactOf(cwd, "--policy", "next");
    expect(enforced.added).toMatchObject([{ id: "none-skipped", enforcedIn: ["development"] }]);
    expect(enforced.decisions[0]).toMatchObject({
      effect: "newly-blocked",
      gates: [{ id: "none-skipped", change: "added", enforcement: "mandatory", after: "fail" }],
    });
  });

  it("says that it cannot tell, and never that nothing changes", async () => {
    const cwd = await checkedProject(`${CONFIG}audit: { evidenceBytes: 400 }\n`);
    const notStored = await impactOf(cwd);
    expect(notStored.summary).toMatchObject({ effects: { unchanged: 0, "cannot-be-re-evaluated": 3 }, reproduced: 0 });
    expect(notStored.decisions[0]?.reasons[0]).toContain("audit.evidenceBytes");
    expect(notStored.decisions[0]).not.toHaveProperty("after");
    expect((await gate(["policy", "impact", "--fail-on", "flip"], { cwd })).code).toBe(2);
  });

  it.each([
    {
      name: "a parameter that was chosen is no longer allowed",
      next: gateFiles({
        id: "few-skipped",
        body: `deny contains "none" if count(input.evidence.tests[0].summary) == 0`,
      }),
      index: 1,
      reason: /percent/,
    },
    { name: "no gate of the decision is left", next: enoughTests(2), index: 0, reason: /none of its gates/ },
  ])("does not call it a change of verdict where $name", async ({ next, index, reason }) => {
    const cwd = await checkedProject();
    writeFiles(cwd, below("next", next));
    const { decisions } = await impactOf(cwd, "--policy", "next", "--env", ENVIRONMENTS[index] ?? "");
    expect(decisions[0]).toMatchObject({ effect: "cannot-be-re-evaluated", reasons: [expect.stringMatching(reason)] });
  });

  it("lists decisions whose evidence was pruned", async () => {
    const cwd = await checkedProject();
    const database = new Database(join(cwd, ".gate/audit.db"));
    database.exec("DELETE FROM blob WHERE media_type LIKE '%evidence%'");
    database.exec("DELETE FROM blob WHERE rowid = (SELECT min(rowid) FROM blob)");
    database.close();
    const { decisions } = await impactOf(cwd);
    expect(decisions.map(({ effect, reasons }) => [effect, reasons[0]])).toEqual([
      ["cannot-be-re-evaluated", "its document is no longer in the store"],
      ["cannot-be-re-evaluated", "its evidence junit.xml is no longer in the store"],
      ["cannot-be-re-evaluated", "its evidence junit.xml is no longer in the store"],
    ]);
  });

  it("finds a decision that its own policies do not make again, in a log without a seam", async () => {
    const cwd = await checkedProject();
    const store = await openAuditStore({ path: join(cwd, ".gate/audit.db"), mode: "read" });
    const forged = await openAuditStore({ path: join(cwd, "forged.db"), mode: "append" });
    const entry = await store.find("3");
    const blob = entry && (await store.blob(readDecisionLeaf(entry).decision));
    if (entry === undefined || blob === undefined) throw new Error("the log has no third decision");
    const blocked = readDecision(entry, blob);
    const gates = blocked.gates.map((one) => ({ ...one, result: "pass" as const, violations: [] }));
    const allowed = { ...blocked, outcome: "allow" as const, exitCode: 0 as const, gates };
    const evidence = await Promise.all(storedReferences(allowed).map(({ digest }) => store.blob(digest)));
    const recorded = decisionEntry(allowed, new Date(allowed.evaluatedAt));
    await forged.append(recorded.entry, [...recorded.blobs, ...evidence.filter((one) => one !== undefined)]);
    await Promise.all([store.close(), forged.close()]);
    expect((await gate(["audit", "verify", "--store", "forged.db"], { cwd })).code).toBe(0);
    const { summary, decisions } = await impactOf(cwd, "--store", "forged.db");
    expect(summary).toMatchObject({ reproduced: 0, effects: { unchanged: 0, "not-reproducible": 1 } });
    expect(decisions[0]?.reasons).toEqual([
      "enough-tests: recorded pass, now fail",
      "outcome: recorded allow, now block",
    ]);
  });

  it("takes the policies of a decision from the store, and says of how many they are not at hand", async () => {
    const cwd = await checkedProject();
    writeFiles(cwd, below("next", { ...fewSkipped(30), ...enoughTests(5) }));
    const env = { GATE_CACHE_DIR: temporaryFolder() };
    const stored = await gate(["policy", "impact", "--policy", "next"], { cwd, env });
    expect(stored.stdout).toContain("3 decisions reproduced first");
    const database = new Database(join(cwd, ".gate/audit.db"));
    database.exec("DELETE FROM blob WHERE media_type = 'application/wasm'");
    database.close();
    const { stdout } = await gate(["policy", "impact", "--policy", "next"], { cwd, env });
    expect(stdout).toContain("0 decisions reproduced first");
    expect(stdout).toContain("of 3 these policies are not at hand");
  });

  it("refuses a log that was tampered with", async () => {
    const cwd = await checkedProject();
    const file = join(cwd, ".gate/audit.db");
    const database = new Database(file);
    const guard = schemaOf(SCHEMA_VERSION).find(({ name }) => name === "blob_no_update")?.sql ?? "";
    database.exec("DROP TRIGGER blob_no_update");
    database.exec("UPDATE blob SET data = CAST(replace(CAST(data AS TEXT), 'passed', 'failed') AS BLOB)");
    database.exec(guard);
    database.close();
    const { code, stdout, stderr } = await gate(["policy", "impact"], { cwd });
    expect(stdout).toBe("");
    expect(stderr).toMatch(/tampered with.*\[audit-corrupt\]/);
    expect(code).toBe(2);
  });

  it("refuses policies of which a gate cannot deny its known-bad example", async () => {
    const cwd = await checkedProject();
    writeFiles(cwd, below("next", { ...fewSkipped(30), ...enoughTests(1) }));
    const { code, stderr } = await gate(["policy", "impact", "--policy", "next"], { cwd });
    expect(stderr).toContain('the gate "enough-tests" does not deny its known-bad example');
    expect(code).toBe(2);
  });

  it("looks only at the decisions that are asked for", async () => {
    const cwd = await checkedProject();
    expect((await impactOf(cwd, "--env", "production")).decisions.map(({ index }) => index)).toEqual([2, 3]);
    expect((await impactOf(cwd, "--since", "2999-01-01")).summary.decisions).toBe(0);
    expect((await impactOf(cwd, "--since", "12h")).summary.decisions).toBe(3);
    const wrong = await gate(["policy", "impact", "--since", "2026-02-30"], { cwd });
    expect(wrong.stderr).toContain("YYYY-MM-DD");
    expect(wrong.code).toBe(2);
  });

  it("fails a build where that is asked for", async () => {
    const cwd = await checkedProject();
    writeFiles(cwd, below("next", { ...fewSkipped(30), ...enoughTests(2) }));
    const run = async (...args: readonly string[]) => (await gate(["policy", "impact", ...args], { cwd })).code;
    expect(await run("--policy", "next")).toBe(0);
    expect(await run("--policy", "next", "--fail-on", "flip")).toBe(1);
    expect(await run("--policy", "next", "--fail-on", "block")).toBe(0);
    expect(await run("--fail-on", "flip")).toBe(0);
    expect(await run("--since", "2999-01-01", "--fail-on", "block")).toBe(2);
  });

  it("writes a table for a pull request in which nothing becomes markup", async () => {
    const cwd = await checkedProject();
    const text = "<img src=x> | @all ![a](http://b) `c` \u001B[31m";
    writeFiles(
      cwd,
      below("next", {
        ...fewSkipped(30),
        ...gateFiles({
          id: "enough-tests",
          body: `deny contains ${JSON.stringify(text)} if count(input.evidence.tests) > 0`,
        }),
      }),
    );
    const { stderr } = await gate(["policy", "impact", "--policy", "next", "-o", "markdown=out/impact.md"], { cwd });
    expect(stderr).toBe("Wrote out/impact.md\n");
    const page = readFileSync(join(cwd, "out/impact.md"), "utf8");
    const row = page.split("\n").find((line) => line.includes("allow → **block**")) ?? "";
    expect(row).toContain("1 violation more");
    expect(row.replaceAll("\\|", "").split("|")).toHaveLength(8);
    for (const markup of ["<img", "@all", "![a](", "`c`", "\u001B"]) expect(page).not.toContain(markup);
    const { stdout } = await gate(["policy", "impact", "--policy", "next"], { cwd });
    expect(stdout).toContain("<img src=x> | @all");
    expect(stdout).not.toContain("\u001B");
  });

  it("prints for a terminal what flips, with the violations", async () => {
    const cwd = await checkedProject();
    writeFiles(cwd, below("next", { ...fewSkipped(10), ...enoughTests(5) }));
    const { stdout } = await gate(["policy", "impact", "--policy", "next"], { cwd });
    expect(stdout).toMatch(/^ +1 would newly be blocked$/m);
    expect(stdout).toMatch(/^ +1 {2}\S+Z {2}development +c{12} {2}allow -> block$/m);
    expect(stdout).toContain("few-skipped (mandatory): pass -> fail, 1 violation more");
    expect(stdout).toContain("+ low  2 tests are skipped");
    expect(stdout).toContain("3 decisions reproduced first");
  });
});
