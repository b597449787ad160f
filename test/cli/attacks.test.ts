import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Decision } from "../../src/decision/types.ts";
import { gate, git, temporaryFolder, writeFiles } from "../support.ts";

/**
 * A repository with rules, and a pull request that attacks them in one way. Each must be blocked, and the message must
 * say what was attempted.
 */

const CONFIG = `version: 1
policy: { paths: [policies] }
evidence:
  - path: reports/*.sarif
    kind: sast
environments:
  production:
    mandatory: [sast, no-todo]
    integrity: bound
`;

const POLICY = `# METADATA
# title: Nothing is left to do
# description: No finding of the rule todo.
# custom:
#   id: no-todo
#   evidence: [{kind: findings, category: sast, fields: [ruleId]}]
#   remediation: Do it.
package gates.no_todo

applicable := count(input.evidence.findings)

deny contains {"evidence": document.id, "item": finding.item} if {
	some document in input.evidence.findings
	some finding in document.findings
	finding.ruleId == "todo"
}
`;

const EXAMPLES = `gate: no-todo
cases:
  - name: something is left
    canary: true
    evidence: [{kind: findings, scans: [{category: sast}], findings: [{category: sast, ruleId: todo}]}]
    expect: {result: fail}
`;

const BASE = {
  "gate.yaml": CONFIG,
  "policies/no_todo.rego": POLICY,
  "policies/examples.yaml": EXAMPLES,
  ".gitignore": "reports/\n.gate/\n",
  "src/app.ts": "export const answer = 42;\n",
};

/** A waiver that would hold if it were in the target branch. */
function waiverFile(gateId: string): string {
  return `version: 1
waivers:
  - id: W-1
    gate: ${gateId}
    match: { rule: todo }
    severity: critical
    occurrences: 99
    reason: not now
    ticket: T-1
    owner: shop
    requested_by: mallory@example.com
    approved_by: [alice@example.com, bob@example.com]
    created: ${new Date().toISOString().slice(0, 10)}
    expires: ${new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10)}
`;
}

const PEOPLE = "version: 1\npeople:\n";

interface Scan {
  readonly rule?: string;
  readonly tool?: string;
  readonly invocation?: object;
}

function sarif({ rule, tool = "Scanner", invocation = { executionSuccessful: true } }: Scan = {}): string {
  const result = { ruleId: rule, level: "error", message: { text: "bad" } };
  const run = {
    tool: { driver: { name: tool } },
    invocations: [{ endTimeUtc: new Date().toISOString(), ...invocation }],
    results: rule === undefined ? [] : [result],
  };
  return JSON.stringify({ version: "2.1.0", runs: [run] });
}

interface Repository {
  readonly cwd: string;
  readonly origin: string;
}

/** A clone of a repository whose main branch has the rules. */
function repository(): Repository {
  const origin = temporaryFolder();
  const cwd = temporaryFolder();
  writeFiles(origin, BASE);
  git(origin, "init", "--quiet", "--initial-branch=main");
  git(origin, "add", ".");
  git(origin, "commit", "--quiet", "-m", "rules");
  git(cwd, "clone", "--quiet", origin, ".");
  return { cwd, origin };
}

/** Checks out what a CI service builds for a pull request: its head merged into the target. */
function checkOutPullRequest(
  cwd: string,
  files: Readonly<Record<string, string>>,
  removed: readonly string[] = [],
): void {
  git(cwd, "checkout", "--quiet", "-b", "feature");
  writeFiles(cwd, files);
  for (const path of removed) git(cwd, "rm", "--quiet", path);
  git(cwd, "add", "--force", ...Object.keys(files));
  git(cwd, "-c", "user.name=Mallory", "-c", "user.email=mallory@example.com", "commit", "--quiet", "-m", "attack");
  git(cwd, "checkout", "--quiet", "--detach", "origin/main");
  git(cwd, "merge", "--quiet", "--no-ff", "-m", "merge", "feature");
}

function pullRequest(cwd: string, base = "main"): Readonly<Record<string, string>> {
  return {
    GITHUB_ACTIONS: "true",
    GITHUB_REPOSITORY: "acme/shop",
    GITHUB_REF: "refs/pull/7/merge",
    GITHUB_BASE_REF: base,
    GITHUB_ACTOR: "mallory",
    GITHUB_SHA: git(cwd, "rev-parse", "HEAD").trim(),
    GITHUB_RUN_ID: "1001",
    GITHUB_SERVER_URL: "https://github.com",
  };
}

/** A scanner's step of the pipeline: it writes its report and says for which commit. */
async function scan(cwd: string, text: string, path = "reports/scan.sarif"): Promise<void> {
  writeFiles(cwd, { [path]: text });
  expect((await gate(["evidence", "bind", path], { cwd, env: pullRequest(cwd) })).code).toBe(0);
}

async function check(
  cwd: string,
  ...args: readonly string[]
): Promise<{ code: number; decision: Decision; text: string }> {
  const env = pullRequest(cwd);
  const { code, stdout, stderr } = await gate(["check", "-e", "production", "-o", "json=out.json", ...args], {
    cwd,
    env,
  });
  expect(stderr).toBe("");
  return { code, decision: JSON.parse(readFileSync(join(cwd, "out.json"), "utf8")) as Decision, text: stdout };
}

describe("a pull request", () => {
  it("that attacks nothing is let through by the rules of its target", async () => {
    const { cwd } = repository();
    checkOutPullRequest(cwd, { "src/app.ts": "export const answer = 43;\n" });
    await scan(cwd, sarif());
    const { code, decision } = await check(cwd);
    expect(decision.integrity.reasons.map((reason) => reason.message)).toEqual([
      "not signed: evidence, policies, decision",
    ]);
    expect(decision).toMatchObject({ outcome: "allow", integrity: { level: "bound" } });
    expect(decision.policy.revision).toEqual({
      ref: "origin/main",
      commit: git(cwd, "rev-parse", "origin/main").trim(),
    });
    expect(code).toBe(0);
  });

  it.each([
    {
      name: "policy edit",
      files: { "policies/no_todo.rego": POLICY.replace('finding.ruleId == "todo"', "false") },
      changes: "the pull request changes the policies (policies/no_todo.rego); origin/main decides all the same",
    },
    {
      name: "policy that is added beside the others",
      files: { "policies/more.rego": "package gates.no_todo\n\ndeny := set()\n" },
      changes: "the pull request changes the policies (policies/more.rego)",
    },
    {
      name: "configuration edit",
      files: {
        "gate.yaml": CONFIG.replace(
          "mandatory: [sast, no-todo]\n    integrity: bound",
          "advisory: [sast]\n    integrity: open",
        ),
      },
      changes: "gate.yaml of the pull request: ",
    },
    {
      name: "waiver edit",
      files: { "waivers.yaml": waiverFile("sast"), "src/app.ts": "eval(input);\n" },
      changes: "waivers.yaml of the pull request: it would waive findings of sast (W-1)",
    },
    {
      name: "configuration that is put nearer",
      files: { "service/gate.yaml": CONFIG.replace("mandatory: [sast, no-todo]", "advisory: [sast]") },
      changes: undefined,
      folder: "service",
    },
  ])("does not loosen its own gate: $name", async ({ files, changes, folder = "." }) => {
    const { cwd } = repository();
    checkOutPullRequest(cwd, files);
    await scan(cwd, sarif({ rule: "todo" }));
    const env = pullRequest(cwd);
    const checked = await gate(["check", "-e", "production", "-o", "json=out.json"], { cwd: join(cwd, folder), env });
    expect(checked).toMatchObject({ code: 1, stderr: "" });
    const decision = JSON.parse(readFileSync(join(cwd, folder, "out.json"), "utf8")) as Decision;
    expect(decision.outcome).toBe("block");
    expect(decision.gates.map(({ id, result }) => [id, result])).toEqual([
      ["no-todo", "fail"],
      ["sast", "fail"],
    ]);
    if (changes !== undefined) expect(checked.stdout).toContain(changes);
  });

  it("does not bring its own evidence, whatever tool it names", async () => {
    const { cwd } = repository();
    checkOutPullRequest(cwd, { "reports/codeql.sarif": sarif({ tool: "CodeQL" }) });
    expect((await gate(["evidence", "bind", "reports/codeql.sarif"], { cwd, env: pullRequest(cwd) })).code).toBe(0);
    const { code, decision, text } = await check(cwd);
    expect(code).toBe(1);
    expect(decision.evidence[0]).toMatchObject({ path: "reports/codeql.sarif", status: "unbound" });
    expect(text).toContain("the change that is decided on brings this file itself, so no tool made it in this run");
  });

  it("does not pass with evidence of another commit", async () => {
    const { cwd } = repository();
    await scan(cwd, sarif());
    const earlier = git(cwd, "rev-parse", "HEAD").trim();
    checkOutPullRequest(cwd, { "src/app.ts": "eval(input);\n" });
    const { code, text } = await check(cwd);
    expect(code).toBe(1);
    expect(text).toContain(`it is for the commit ${earlier.slice(0, 12)}, not for`);
  });

  it("does not pass with evidence of another commit that is bound anew", async () => {
    const { cwd } = repository();
    await scan(cwd, sarif());
    const earlier = git(cwd, "rev-parse", "HEAD").trim();
    expect((await check(cwd)).code).toBe(0);
    checkOutPullRequest(cwd, { "src/app.ts": "eval(input);\n" });
    expect((await gate(["evidence", "bind", "reports/scan.sarif"], { cwd, env: pullRequest(cwd) })).code).toBe(0);
    const { code, text } = await check(cwd);
    expect(code).toBe(1);
    expect(text).toContain(`these very bytes were evidence for the commit ${earlier.slice(0, 12)} before`);
  });

  it.each([
    {
      name: "of a scanner that failed",
      text: sarif({ invocation: { executionSuccessful: false } }),
      says: "cannot be used",
    },
    {
      name: "without results",
      text: JSON.stringify({ version: "2.1.0", runs: [{ tool: { driver: { name: "Scanner" } }, results: null }] }),
      says: "cannot be used",
    },
    { name: "of no run at all", text: JSON.stringify({ version: "2.1.0", runs: [] }), says: "nothing was scanned" },
    { name: "of no bytes", text: "", says: "cannot be used" },
  ])("does not pass with an empty scan: $name", async ({ text, says }) => {
    const { cwd } = repository();
    checkOutPullRequest(cwd, { "src/app.ts": "eval(input);\n" });
    await scan(cwd, text);
    const checked = await check(cwd);
    expect(checked.code).toBe(1);
    expect(checked.decision.gates.every(({ result }) => result === "not-evaluated")).toBe(true);
    expect(checked.text).toContain(says);
  });

  it("does not pass with a deleted scan", async () => {
    const { cwd } = repository();
    checkOutPullRequest(cwd, { "src/app.ts": "eval(input);\n" });
    const { code, text } = await check(cwd);
    expect(code).toBe(1);
    expect(text).toContain("there is no sast findings evidence (reports/*.sarif (gate.yaml:");
  });

  it("does not choose another revision of its own", async () => {
    const { cwd } = repository();
    checkOutPullRequest(cwd, { "gate.yaml": CONFIG.replace("mandatory: [sast, no-todo]", "advisory: [sast]") });
    await scan(cwd, sarif({ rule: "todo" }));
    const { code, decision } = await check(cwd, "--policy-ref", "feature");
    expect(code).toBe(1);
    expect(decision.integrity.reasons[0]).toMatchObject({
      code: "config-untrusted",
      message: "the configuration is not from a trusted source: feature is in no branch that decides",
    });
  });

  it("is not decided by its own rules where the target is not at hand", async () => {
    const { cwd } = repository();
    checkOutPullRequest(cwd, { "gate.yaml": CONFIG.replace("bound", "open") });
    git(cwd, "update-ref", "-d", "refs/remotes/origin/main");
    const { code, stderr } = await gate(["check", "-e", "production"], { cwd, env: pullRequest(cwd) });
    expect(code).toBe(2);
    expect(stderr).toContain(
      "whose rules decide about it, and origin/main is not in this checkout [source-unavailable]",
    );
    expect(stderr).toContain("fetch-depth: 0");
  });

  it("that introduces gate.yaml is not trusted with it", async () => {
    const { cwd } = repository();
    git(cwd, "rm", "--quiet", "gate.yaml");
    git(cwd, "commit", "--quiet", "-m", "no rules");
    git(cwd, "push", "--quiet", "origin", "HEAD:refs/heads/old");
    git(cwd, "fetch", "--quiet");
    checkOutPullRequest(cwd, { "gate.yaml": CONFIG });
    await scan(cwd, sarif());
    const env = { ...pullRequest(cwd, "old") };
    const { code, stdout } = await gate(["check", "-e", "production"], { cwd, env });
    expect(code).toBe(1);
    expect(stdout).toContain("origin/old has no gate.yaml yet, so the pull request brings its own");
  });

  it("does not lead to a link out of the revision", async () => {
    const { cwd, origin } = repository();
    const id = git(origin, "hash-object", "-w", "policies/examples.yaml").trim();
    git(origin, "update-index", "--add", "--cacheinfo", `120000,${id},policies/linked/a.rego`);
    git(origin, "commit", "--quiet", "-m", "a link");
    git(cwd, "pull", "--quiet", "origin", "main");
    git(cwd, "fetch", "--quiet");
    checkOutPullRequest(cwd, { "src/app.ts": "x\n" });
    const { code, stderr } = await gate(["check", "-e", "production"], { cwd, env: pullRequest(cwd) });
    expect(code).toBe(2);
    expect(stderr).toContain("policies/linked/a.rego is a symbolic link in");
  });

  it("does not name its own approvers", async () => {
    const { cwd, origin } = repository();
    const rules = CONFIG.replace("mandatory: [sast, no-todo]", "mandatory: [no-todo]\n    advisory: [sast]");
    const alice = "  - {name: alice, identities: [alice@example.com]}\n";
    writeFiles(origin, { "gate.yaml": rules, "trust.yaml": `${PEOPLE}${alice}` });
    git(origin, "add", ".");
    git(origin, "commit", "--quiet", "-m", "approvals");
    git(cwd, "pull", "--quiet", "origin", "main");
    git(cwd, "fetch", "--quiet");
    const { stdout } = await gate(["key", "generate", "-o", ".gate/key.pem"], { cwd });
    const key = /"(ssh-ed25519 [^"]+)"/.exec(stdout)?.[1] ?? "";
    const accomplice = `  - {name: eve, identities: [eve@example.com], keys: ["${key}"]}\n`;
    checkOutPullRequest(cwd, { "trust.yaml": `${PEOPLE}${alice}${accomplice}` });
    await scan(cwd, sarif({ rule: "sql" }));
    expect((await check(cwd)).code).toBe(3);
    const args = ["-e", "production", "-g", "sast", "--reason", "fine", "--key", ".gate/key.pem", "--signer", "eve"];
    expect(await gate(["approve", ...args], { cwd, env: pullRequest(cwd) })).toMatchObject({ code: 0, stderr: "" });
    const { code, decision, text } = await check(cwd);
    expect(code).toBe(3);
    expect(decision.approvals).toMatchObject([{ approver: "eve", counts: false }]);
    expect(text).toMatch(/approval of sast by eve .* does not count: no key of trust\.yaml has signed it/);
    expect(text).toContain("the pull request changes who can approve (trust.yaml); origin/main decides all the same");
  });

  it("does not forge the evidence of a scanner that signs", async () => {
    const { cwd, origin } = repository();
    const { stdout } = await gate(["key", "generate", "-o", ".gate/scanner.pem"], { cwd });
    const key = /"(ssh-ed25519 [^"]+)"/.exec(stdout)?.[1] ?? "";
    writeFiles(origin, {
      "gate.yaml": CONFIG.replace("    kind: sast", "    kind: sast\n    signers: [scanner]"),
      "trust.yaml": `version: 1\npeople: [{name: scanner, keys: ["${key}"]}]\n`,
    });
    git(origin, "add", ".");
    git(origin, "commit", "--quiet", "-m", "only what the scanner signs");
    git(cwd, "pull", "--quiet", "origin", "main");
    git(cwd, "fetch", "--quiet");
    checkOutPullRequest(cwd, { "src/app.ts": "eval(input);\n" });
    // What a step of the attacked build writes in the scanner's name.
    await scan(cwd, sarif({ tool: "CodeQL" }));
    const forged = await check(cwd);
    expect(forged.code).toBe(1);
    expect(forged.decision.evidence[0]).toMatchObject({ tool: { name: "CodeQL" }, status: "unbound" });
    expect(forged.text).toContain("it has to be signed by scanner, and nobody whose key is known signed it");

    const bind = ["evidence", "bind", "reports/scan.sarif", "--key", ".gate/scanner.pem"];
    expect((await gate(bind, { cwd, env: pullRequest(cwd) })).code).toBe(0);
    expect((await check(cwd)).code).toBe(0);
  });
});
