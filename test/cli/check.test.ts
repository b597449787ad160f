import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import type { Log, Result } from "sarif";
import { describe, expect, it } from "vitest";
import type { Decision } from "../../src/decision/types.ts";
import { readEnvelope, signersOf } from "../../src/trust/dsse.ts";
import { fingerprintOf, parseKey } from "../../src/trust/ssh-key.ts";
import {
  exampleProject,
  gate,
  git,
  installation,
  replayEveryDecision,
  TEST_CACHE,
  temporaryFolder,
  writeFiles,
} from "../support.ts";

replayEveryDecision();

const CONFIG = `version: 1
evidence:
  - path: reports/*.sarif
environments:
  production:
    mandatory: [sast]
    integrity: open
`;

const isDecision = new Ajv({ allErrors: true, strict: false }).compile(
  JSON.parse(readFileSync(join(installation.schemas, "decision.v1.schema.json"), "utf8")) as object,
);

interface SarifRun {
  readonly tool: string;
  readonly results: Result[];
}

function sarif(...runs: readonly SarifRun[]): string {
  const log: Log = {
    version: "2.1.0",
    runs: runs.map(({ tool, results }) => ({ tool: { driver: { name: tool } }, results })),
  };
  return JSON.stringify(log);
}

const FINDING: Result = {
  ruleId: "sql-injection",
  level: "error",
  message: { text: "the query is built from user input" },
  locations: [{ physicalLocation: { artifactLocation: { uri: "src/a.ts" }, region: { startLine: 7 } } }],
};

function project(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = temporaryFolder();
  writeFiles(folder, { "gate.yaml": CONFIG, ...files });
  return folder;
}

async function decide(cwd: string, ...args: readonly string[]): Promise<{ code: number; decision: Decision }> {
  const { code, stdout, stderr } = await gate(["check", "--env", "production", "--format", "json", ...args], { cwd });
  expect(stderr).toBe("");
  const decision = JSON.parse(stdout) as Decision;
  expect(isDecision(decision) ? [] : isDecision.errors).toEqual([]);
  return { code, decision };
}

describe("the example", () => {
  it("is blocked in production, with each closed gate, its evidence and what to do", async () => {
    const { code, stdout } = await gate(["check", "--env", "production"], { cwd: exampleProject() });
    expect(code).toBe(1);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe("BLOCKED for production: 2 of 6 gates closed");
    for (const text of [
      "src/orders.js:39",
      "src/exports.js:42",
      "artifacts/semgrep.sarif",
      "70.8 %",
      "artifacts/coverage-summary.json",
    ]) {
      expect(stdout).toContain(text);
    }
    expect(stdout).toMatch(/What to do next\n {2}1\. sast: .+\n {2}2\. unit-coverage: /);
  });

  it("is allowed in development", async () => {
    const { code, stdout } = await gate(["check", "--env", "development"], { cwd: exampleProject() });
    expect(stdout).toContain("ALLOWED for development: all 5 gates open");
    expect(code).toBe(0);
  });

  it("needs an approval in staging, where coverage is advisory", async () => {
    const cwd = exampleProject();
    const config = readFileSync(join(cwd, "gate.yaml"), "utf8").replace(
      "advisory: [unit-coverage]",
      "advisory: [unit-coverage]\n",
    );
    writeFileSync(join(cwd, "gate.yaml"), config);
    const { code, stdout } = await gate(["check", "--env", "staging"], { cwd });
    expect(stdout).toContain("APPROVAL REQUIRED for staging");
    expect(code).toBe(3);
  });

  it("is not evaluated without its coverage, which blocks", async () => {
    const cwd = exampleProject();
    rmSync(join(cwd, "artifacts/coverage-summary.json"));
    const { code, stdout } = await gate(["check", "--env", "development"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain("unit-coverage  mandatory  not evaluated");
    expect(stdout).toContain("there is no unit coverage evidence (artifacts/coverage-summary.json (gate.yaml:");
  });
});

describe("a check", () => {
  it("looks at every run of a SARIF log", async () => {
    const cwd = project({
      "reports/a.sarif": sarif({ tool: "One", results: [] }, { tool: "Two", results: [FINDING] }),
    });
    const { code, decision } = await decide(cwd);
    expect(code).toBe(1);
    expect(decision.gates[0]).toMatchObject({
      result: "fail",
      applicable: 2,
      violations: [{ rule: "sql-injection", location: { path: "src/a.ts", line: 7 } }],
    });
  });

  it("blocks on a truncated file and says where it is damaged", async () => {
    const text = sarif({ tool: "One", results: [] });
    const cwd = project({ "reports/a.sarif": text.slice(0, -10) });
    const { code, decision } = await decide(cwd);
    expect(code).toBe(1);
    expect(decision.gates[0]).toMatchObject({ result: "not-evaluated" });
    expect(decision.gates[0]?.reason).toMatch(/reports\/a\.sarif cannot be used: .*byte \d+/);
    expect(decision.evidence[0]).toMatchObject({ status: "malformed", path: "reports/a.sarif" });
  });

  it("does not take a log without results for a clean one", async () => {
    const cwd = project({
      "reports/a.sarif": JSON.stringify({
        version: "2.1.0",
        runs: [{ tool: { driver: { name: "One" } }, results: null }],
      }),
    });
    const { code, decision } = await decide(cwd);
    expect(code).toBe(1);
    expect(decision.gates[0]?.result).toBe("not-evaluated");
  });

  it("passes on a clean scan", async () => {
    const { code, decision } = await decide(project({ "reports/a.sarif": sarif({ tool: "One", results: [] }) }));
    expect(code).toBe(0);
    expect(decision).toMatchObject({ outcome: "allow", exitCode: 0, gates: [{ result: "pass", applicable: 1 }] });
  });

  it("reads evidence from standard input", async () => {
    const cwd = project({});
    const args = ["check", "--env", "production", "--evidence", "sast=-", "--format", "json"];
    const { code, stdout } = await gate(args, { cwd, stdin: sarif({ tool: "One", results: [FINDING] }) });
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Decision).evidence[0]).toMatchObject({ path: "-", bytes: expect.any(Number) });
  });

  it("does not use evidence that says it is for another commit", async () => {
    const run = {
      tool: { driver: { name: "One" } },
      results: [FINDING],
      versionControlProvenance: [{ repositoryUri: "https://example.com/r", revisionId: "b".repeat(40) }],
    };
    const cwd = project({ "reports/a.sarif": JSON.stringify({ version: "2.1.0", runs: [run] }) });
    const { code, decision } = await decide(cwd, "--commit", "a".repeat(40));
    expect(code).toBe(1);
    expect(decision.evidence[0]?.status).toBe("unbound");
    // What it found is about that other commit.
    expect(decision.gates[0]).toMatchObject({ result: "not-evaluated", violations: [] });
  });

  it("writes several outputs at once", async () => {
    const cwd = project({ "reports/a.sarif": sarif({ tool: "One", results: [FINDING] }) });
    const outputs = ["json=out/d.json", "junit=out/d.xml", "github=out/d.txt", "human=out/d.log"].flatMap((output) => [
      "-o",
      output,
    ]);
    expect((await gate(["check", "-e", "production", ...outputs], { cwd })).code).toBe(1);
    expect(JSON.parse(readFileSync(join(cwd, "out/d.json"), "utf8"))).toMatchObject({
      schema: "gate/decision/v1",
      outcome: "block",
    });
    expect(readFileSync(join(cwd, "out/d.xml"), "utf8")).toContain("<failure");
    expect(readFileSync(join(cwd, "out/d.txt"), "utf8")).toContain("::error title=gate sast,file=src/a.ts,line=7::");
    expect(readFileSync(join(cwd, "out/d.log"), "utf8")).toMatch(/^BLOCKED for production/);
  });

  it.each([
    { name: "with the decision", audit: "{}", args: [], stored: true, parts: 2 },
    { name: "alone where policies are beyond it", audit: "{evidenceBytes: 9999}", args: [], stored: true, parts: 0 },
    { name: "not beyond audit.evidenceBytes", audit: "{evidenceBytes: 100}", args: [], stored: undefined, parts: 0 },
    { name: "not with what --keep-raw kept", audit: "{}", args: ["--keep-raw"], stored: undefined, parts: 0 },
  ])("stores evidence $name", async ({ audit, args, stored, parts }) => {
    const cwd = project({
      "gate.yaml": `${CONFIG}audit: ${audit}\n`,
      "reports/a.sarif": sarif({ tool: "One", results: [FINDING] }),
    });
    const { decision } = await decide(cwd, ...args);
    expect(decision.evidence[0]?.stored).toBe(stored);
    expect(decision.policy.stored ?? []).toHaveLength(parts);
    expect((await gate(["audit", "verify"], { cwd })).stdout).toMatch(/^GOOD: 2 entries/);
  });

  it("uses a team's own gate, and compiles it once", async () => {
    const rego = `# METADATA
# title: Few findings
# description: At most three findings of any severity.
# custom:
#   id: few-findings
#   evidence: [{kind: findings, category: sast}]
#   remediation: Mend some.
package gates.few_findings

applicable := count(input.evidence.findings)

deny contains {"key": "count", "msg": sprintf("%d findings", [document.summary.open]), "severity": "low"} if {
	some document in input.evidence.findings
	document.summary.open > 3
}
# ${Math.random()}
`;
    const examples = `gate: few-findings
cases:
  - name: four findings
    canary: true
    evidence: [{kind: findings, scans: [{category: sast}], findings: [{}, {}, {}, {}]}]
    expect: {result: fail, violations: [4 findings]}
`;
    const config = CONFIG.replace("evidence:", "policy: {paths: [policies]}\nevidence:").replace(
      "[sast]",
      "[few-findings]",
    );
    const four = Array.from({ length: 4 }, (_, index) => ({ ...FINDING, ruleId: `rule-${index}` }));
    const cwd = project({
      "gate.yaml": config,
      "policies/few.rego": rego,
      "policies/examples.yaml": examples,
      "reports/a.sarif": sarif({ tool: "One", results: four }),
    });
    const { decision } = await decide(cwd);
    expect(decision.gates[0]).toMatchObject({ id: "few-findings", violations: [{ message: "4 findings" }] });
    // A second check must not need the compiler: without it, it can only come from the cache.
    const { code, stderr } = await gate(["check", "-e", "production"], {
      cwd,
      env: { NODE_OPTIONS: "--trace-warnings" },
    });
    expect(stderr).toBe("");
    expect(code).toBe(1);
  });
});

/** The line of trust.yaml for the key in `key.pem`. */
async function ownKey(cwd: string): Promise<string> {
  const { stdout } = await gate(["key", "show", "key.pem"], { cwd });
  return /"(ssh-ed25519 [^"]+)"/.exec(stdout)?.[1] ?? "";
}

/** Makes a key that the default branch trusts, and signs the evidence with it. */
async function sign(cwd: string): Promise<void> {
  expect((await gate(["key", "generate"], { cwd })).code).toBe(0);
  const trust = `version: 1\npeople: [{name: ci, roles: [], identities: [], keys: ["${await ownKey(cwd)}"]}]\n`;
  writeFiles(cwd, { "trust.yaml": trust, ".git/info/exclude": "key.pem\nsigned.json\n" });
  git(cwd, "add", "trust.yaml");
  git(cwd, "commit", "--quiet", "-m", "trust the pipeline");
  git(cwd, "push", "--quiet", "origin", "HEAD:refs/heads/next");
  git(cwd, "update-ref", "refs/remotes/origin/main", "HEAD");
  expect((await gate(["evidence", "bind", "reports/a.sarif", "--key", "key.pem"], { cwd })).code).toBe(0);
}

describe("integrity", () => {
  it("lets a release through where everything belongs to the commit", async () => {
    const origin = temporaryFolder();
    const cwd = temporaryFolder();
    writeFiles(origin, {
      "gate.yaml": CONFIG.replace("integrity: open", "integrity: bound"),
      ".gitignore": "reports/\n.gate/\n",
    });
    git(origin, "init", "--quiet", "--initial-branch=main");
    git(origin, "add", ".");
    git(origin, "commit", "--quiet", "-m", "configure");
    git(cwd, "clone", "--quiet", origin, ".");
    writeFiles(cwd, { "reports/a.sarif": sarif({ tool: "One", results: [] }) });

    const unbound = await decide(cwd);
    expect(unbound.decision.integrity).toMatchObject({ level: "open", required: "bound" });
    expect(unbound).toMatchObject({ code: 1, decision: { outcome: "block", gates: [{ result: "pass" }] } });

    expect((await gate(["evidence", "bind", "reports/a.sarif"], { cwd })).code).toBe(0);
    const bound = await decide(cwd);
    expect(bound.decision.integrity.reasons.map(({ code }) => code)).toEqual(["unsigned"]);
    expect(bound).toMatchObject({ code: 0, decision: { outcome: "allow", integrity: { level: "bound" } } });
    expect(await decide(cwd, "--require-integrity", "sealed")).toMatchObject({
      code: 1,
      decision: { outcome: "block" },
    });

    await sign(cwd);
    const sealed = await decide(cwd, "--require-integrity", "sealed", "--key", "key.pem", "-o", "dsse=signed.json");
    expect(sealed).toMatchObject({ code: 0, decision: { integrity: { level: "sealed", reasons: [] } } });
    const envelope = readEnvelope(readFileSync(join(cwd, "signed.json"), "utf8"));
    expect(JSON.parse(envelope.payload.toString("utf8"))).toEqual(sealed.decision);
    const key = parseKey(await ownKey(cwd));
    expect(signersOf(envelope, [key])).toEqual([key]);
    expect(sealed.decision.signer).toBe(fingerprintOf(key));

    writeFiles(cwd, { "reports/a.sarif": `${sarif({ tool: "One", results: [] })}\n` });
    const changed = await decide(cwd);
    expect(changed.decision.gates[0]?.reason).toContain("it was changed after it was bound");

    git(cwd, "checkout", "--quiet", "-b", "feature");
    writeFiles(cwd, { "gate.yaml": `${CONFIG.replace("integrity: open", "integrity: bound")}\n# loosened\n` });
    git(cwd, "commit", "--quiet", "-am", "loosen");
    const feature = await decide(cwd);
    expect(feature.decision.integrity.reasons.map(({ code }) => code)).toContain("config-untrusted");
  });
});

describe("no decision is made", () => {
  const files = { "reports/a.sarif": sarif({ tool: "One", results: [] }) };

  it.each([
    ["an unknown environment", ["check", "--env", "prodution"], 'Did you mean "production"?'],
    ["no environment", ["check"], "required option '-e, --env <name>'"],
    ["an empty value", ["check", "--env", ""], "It is empty"],
    ["an unknown option", ["check", "--env", "production", "--evidnce", "x"], "unknown option"],
    ["an unknown command", ["chek"], "unknown command 'chek'"],
    ["an unknown format", ["check", "--env", "production", "--format", "xml"], "Allowed choices"],
    ["an output without a path", ["check", "--env", "production", "-o", "json"], "--output must be FORMAT=PATH"],
    ["evidence that is not there", ["check", "--env", "production", "--evidence", "missing.sarif"], "missing.sarif"],
    [
      "a kind that does not exist",
      ["check", "--env", "production", "--evidence", "sats=reports/a.sarif"],
      'Did you mean "sast"?',
    ],
    ["a short commit", ["check", "--env", "production", "--commit", "abc"], "full commit id"],
    ["a record that is required", ["check", "--env", "production", "--no-audit"], "must be recorded"],
    ["a store that cannot be written", ["check", "--env", "production", "--store", "gate.yaml/audit.db"], "audit"],
    ["a configuration that is not there", ["check", "--env", "production", "--config", "other.yaml"], "gate init"],
    [
      "an output that cannot be written",
      ["check", "--env", "production", "-o", "json=gate.yaml/x"],
      "cannot be written",
    ],
    ["a log that is not there", ["audit", "list"], "audit-not-found"],
    ["a framework that does not exist", ["report", "sox"], "Frameworks: ssdf"],
    ["a checkpoint that is none", ["audit", "verify", "--checkpoint", "x"], "--checkpoint"],
    ["a day that does not exist", ["report", "ssdf", "--from", "2026-02-30"], "YYYY-MM-DD"],
  ])("with %s: exit 2 and a clear word", async (_, args, message) => {
    const { code, stderr } = await gate(args, { cwd: project(files) });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  it("where nothing says what a file is", async () => {
    const cwd = project({ ...files, "reports/b.sarif": "hello" });
    const { code, stderr } = await gate(["check", "--env", "production"], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain("cannot tell what reports/b.sarif is");
    expect(stderr).toContain("<kind>=reports/b.sarif");
  });

  it("without a configuration", async () => {
    const { code, stderr } = await gate(["check", "--env", "production"], { cwd: temporaryFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain("gate init");
  });

  it("shows a stack only when asked", async () => {
    const { stderr } = await gate(["--debug", "check", "--env", "nowhere"], { cwd: project(files) });
    expect(stderr).toMatch(/^\s+at /m);
  });
});

it("starts from `gate init`", async () => {
  const cwd = temporaryFolder();
  expect((await gate(["init"], { cwd })).code).toBe(0);
  const { code, stdout } = await gate(["check", "--env", "development"], { cwd });
  expect(stdout).toContain("BLOCKED for development");
  expect(code).toBe(1);
  expect(await gate(["init"], { cwd })).toMatchObject({ code: 2, stderr: expect.stringContaining("--force") });
});

it("tells a Node that is too old what it needs", async () => {
  const source = readFileSync(join(import.meta.dirname, "../../bin/gate.js"), "utf8");
  const file = join(temporaryFolder(), "gate.cjs");
  // The check itself, on a Node that claims to be old.
  writeFileSync(file, source.replace("process.versions.node.split", '"20.20.2".split'));
  const { execFile } = await import("node:child_process");
  const { promise, resolve } = Promise.withResolvers<{ code: number | null; stderr: string }>();
  const child = execFile(process.execPath, [file], (_, __, stderr) => resolve({ code: child.exitCode, stderr }));
  const { code, stderr } = await promise;
  expect(code).toBe(2);
  expect(stderr).toContain("gate needs Node 22.14 or newer");
});

it("does not load the toolchain for a check with the gates that ship with it", async () => {
  const cwd = project({ "reports/a.sarif": sarif({ tool: "One", results: [] }) });
  // With an empty cache and no way to compile, only the shipped bundle is left.
  const { code, stderr } = await gate(["check", "-e", "production"], {
    cwd,
    env: { GATE_CACHE_DIR: join(cwd, "cache"), GATE_OPA: "/nowhere/opa" },
  });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  expect(TEST_CACHE).not.toContain(cwd);
});
