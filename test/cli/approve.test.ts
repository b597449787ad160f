import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { violationsDigest } from "../../src/decision/approvals.ts";
import type { Decision } from "../../src/decision/types.ts";
import { gate, git, ROOT, temporaryFolder } from "../support.ts";
import { SSH_KEYGEN, sshKey, sshVerifies, type TestKey } from "../trust/keys.ts";

const COMMIT = "a".repeat(40);
const STATEMENTS = ".gate/approvals";

/** A checked example with one advisory gate that is closed in staging, and with two people. */
let template: string;

beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), "gate-test-"));
  cpSync(join(ROOT, "examples/service"), template, { recursive: true, filter: (path) => !path.endsWith(".gate") });
  const alice = await generated(template, "alice");
  const bob = await generated(template, "bob");
  const people = [
    "version: 1\npeople:",
    `  - name: Alice\n    roles: [security]\n    keys:\n      ${alice}`,
    `  - name: Bob\n    keys:\n      ${bob}`,
  ];
  writeFileSync(join(template, "trust.yaml"), people.map((text) => `${text.trimEnd()}\n`).join(""));
  const check = ["check", "--env", "staging", "--commit", COMMIT, "--output", "json=decision.json"];
  await gate(check, { cwd: template });
});

afterAll(() => rmSync(template, { recursive: true, force: true }));

function project(): { readonly cwd: string; readonly decision: Decision } {
  const cwd = temporaryFolder();
  cpSync(template, cwd, { recursive: true });
  return { cwd, decision: JSON.parse(readFileSync(join(cwd, "decision.json"), "utf8")) as Decision };
}

/** The line for trust.yaml of a new key in `<name>.pem`. */
async function generated(cwd: string, name: string): Promise<string> {
  const { stdout } = await gate(["key", "generate", "--output", `${name}.pem`], { cwd });
  return stdout.slice(stdout.indexOf("- "));
}

const APPROVE = ["approve", "--env", "staging", "--gate", "unit-coverage", "--reason", "Legacy code"];
const ALICE = ["--key", "alice.pem"];
const BOB = ["--key", "bob.pem"];

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly signer: string;
  readonly path: string;
  readonly subject: Record<string, string>;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly problem?: string;
}

async function listed(cwd: string): Promise<readonly Listed[]> {
  const { stdout } = await gate(["statements", "--json"], { cwd });
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Listed);
}

describe("gate approve", () => {
  it("signs an approval of what was wrong, and says what it is and what is missing", async () => {
    const { cwd, decision } = project();
    const { stdout, stderr, code } = await gate([...APPROVE, ...ALICE], { cwd });
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("overrides the closed gate unit-coverage for staging");
    expect(stdout).toContain(COMMIT);
    expect(stdout).toContain(decision.id);
    expect(stdout).toContain("line coverage is 70.8 %");
    expect(stdout).toContain("Approvals: 1, needed: 1, so no more are needed");
    const closed = decision.gates.find(({ id }) => id === "unit-coverage");
    const [statement] = await listed(cwd);
    expect(statement).toMatchObject({
      kind: "approval",
      signer: "Alice",
      reason: "Legacy code",
      subject: {
        commit: COMMIT,
        environment: "staging",
        gate: "unit-coverage",
        violations: closed === undefined ? "" : violationsDigest(closed),
      },
    });
    expect(statement?.problem).toBeUndefined();
    expect(statement?.path).toBe(`${STATEMENTS}/${statement?.id.slice(7)}.dsse.json`);
  });

  it("takes the decision from a file where the log is not", async () => {
    const { cwd, decision } = project();
    rmSync(join(cwd, ".gate"), { recursive: true });
    const { stdout } = await gate([...APPROVE, ...ALICE, "--decision", "decision.json"], { cwd });
    expect(stdout).toContain(decision.id);
    expect((await listed(cwd))[0]?.subject["violations"]).toMatch(/^sha256:/);
  });

  it("says so where there is no decision, and approves the commit", async () => {
    const { cwd } = project();
    const other = "b".repeat(40);
    const { stderr, code } = await gate([...APPROVE, ...ALICE, "--commit", other, "--repository", "acme/shop"], {
      cwd,
    });
    expect(stderr).toContain("No decision is there");
    expect(code).toBe(0);
    const [statement] = await listed(cwd);
    expect(statement?.subject).toEqual({
      commit: other,
      repository: "acme/shop",
      environment: "staging",
      gate: "unit-coverage",
    });
  });

  it("holds for as long as it is asked to", async () => {
    const { cwd } = project();
    await gate([...APPROVE, ...ALICE, "--expires", "4h"], { cwd });
    const [statement] = await listed(cwd);
    expect(Date.parse(statement?.expiresAt ?? "") - Date.parse(statement?.createdAt ?? "")).toBe(4 * 3_600_000);
  });

  it.each([
    ["a mandatory gate", ["--gate", "sast"], "sast is mandatory for staging"],
    ["a gate that there is not", ["--gate", "unit-covrage"], 'Did you mean "unit-coverage"?'],
    ["an environment that there is not", ["--env", "stagin"], 'Did you mean "staging"?'],
    ["longer than is allowed", ["--expires", "8d"], "longer than staging allows (7d)"],
    ["what is no duration", ["--expires", "soon"], "must be a duration such as 90s"],
    ["a decision that there is not", ["--decision", "0000"], 'no decision "0000"'],
    ["a file that is no decision", ["--decision", "gate.yaml"], "gate.yaml is no decision"],
    [
      "a decision about another commit",
      ["--decision", "decision.json", "--commit", "b".repeat(40)],
      "not about the bbb",
    ],
    ["another person's key", ["--signer", "Bob"], "is Alice's, and Bob is said to have signed"],
    ["two keys", ["--ssh-key", "alice.pem"], "either --key or --ssh-key"],
    ["a key that is none", ["--key", "gate.yaml"], "[key-invalid]"],
    ["an empty reason", ["--reason", ""], "It is empty"],
  ])("refuses %s, and writes nothing", async (_, args, message) => {
    const { cwd } = project();
    const { stderr, code } = await gate([...APPROVE, ...ALICE, ...args], { cwd });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(await listed(cwd)).toEqual([]);
  });

  it("refuses a gate that is open, and a decision about another environment", async () => {
    const { cwd } = project();
    const config = readFileSync(join(cwd, "gate.yaml"), "utf8");
    writeFileSync(
      join(cwd, "gate.yaml"),
      config
        .replace("lines: 60 # percent", "lines: 60")
        .replace(
          "mandatory: [secrets, tests, unit-coverage,",
          "advisory: [unit-coverage]\n    mandatory: [secrets, tests,",
        ),
    );
    await gate(["check", "--env", "development", "--commit", COMMIT], { cwd });
    const open = await gate([...APPROVE, ...ALICE, "--env", "development"], { cwd });
    expect(open.stderr).toContain("unit-coverage is not closed (pass)");
    const other = await gate([...APPROVE, ...ALICE, "--env", "development", "--decision", "decision.json"], { cwd });
    expect(other.stderr).toContain("about staging, not about development");
  });

  it("refuses the author of the change", async () => {
    const { cwd, decision } = project();
    const change = { ...decision, subject: { ...decision.subject, change: { id: "1", author: "alice" } } };
    writeFileSync(join(cwd, "change.json"), JSON.stringify(change));
    const { stderr } = await gate([...APPROVE, ...ALICE, "--decision", "change.json"], { cwd });
    expect(stderr).toContain("Alice is the author of the change");
  });

  it("wants to know who signs where trust.yaml does not, and says that it does not count yet", async () => {
    const { cwd } = project();
    await generated(cwd, "carol");
    const refused = await gate([...APPROVE, "--key", "carol.pem"], { cwd });
    expect(refused.stderr).toContain("nobody in trust.yaml has the key SHA256:");
    const written = await gate([...APPROVE, "--key", "carol.pem", "--signer", "Carol"], { cwd });
    expect(written.stderr).toContain("It does not count yet");
    expect(written.stdout).toContain("Approvals: 0, needed: 1");
  });
});

it("opens a closed advisory gate in the next check, until somebody touches it", async () => {
  const { cwd } = project();
  rmSync(join(cwd, ".gate"), { recursive: true });
  git(cwd, "init", "--quiet");
  git(cwd, "add", "gate.yaml", "src");
  git(cwd, "commit", "--quiet", "--message", "Start");
  const check = ["check", "--env", "staging", "--format", "json"];
  expect((await gate(check, { cwd })).code).toBe(3);
  await gate([...APPROVE, ...ALICE], { cwd });
  const allowed = await gate(check, { cwd });
  expect(JSON.parse(allowed.stdout)).toMatchObject({
    outcome: "allow",
    approvals: [{ approver: "Alice", counts: true, reason: "Legacy code" }],
  });
  expect(allowed.code).toBe(0);
  const trusted = readFileSync(join(cwd, "trust.yaml"), "utf8");
  writeFileSync(join(cwd, "trust.yaml"), trusted.replace(/ {4}keys:\n.*\n/, ""));
  expect((await gate(check, { cwd })).code).toBe(3);
  writeFileSync(join(cwd, "trust.yaml"), trusted.replace("roles:", "identities: [test@example.com]\n    roles:"));
  expect((await gate(check, { cwd })).stdout).toContain("author");
  expect((await gate(check, { cwd })).code).toBe(3);
  writeFileSync(join(cwd, "trust.yaml"), trusted);
  expect((await gate(check, { cwd })).code).toBe(0);
  git(cwd, "commit", "--quiet", "--allow-empty", "--message", "Next");
  expect((await gate(check, { cwd })).code).not.toBe(0);
});

/** The project with a third person, whose key is in allowed_signers. */
function sshProject(key: TestKey): string {
  const { cwd } = project();
  writeFileSync(join(cwd, "allowed_signers"), `carol@example.com namespaces="gate" ${key.line}\n`);
  const people = readFileSync(join(cwd, "trust.yaml"), "utf8");
  writeFileSync(join(cwd, "trust.yaml"), `${people}  - name: Carol\n    identities: [carol@example.com]\n`);
  return cwd;
}

describe.skipIf(!SSH_KEYGEN)("with keys of OpenSSH (skipped where ssh-keygen is not installed)", () => {
  it.each(["ed25519", "ecdsa", "rsa"])("signs with %s, as ssh-keygen verifies", async (type) => {
    const key = sshKey(type);
    const cwd = sshProject(key);
    const { stdout, stderr, code } = await gate([...APPROVE, "--ssh-key", key.path], { cwd });
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("Approvals: 1, needed: 1");
    const [statement] = await listed(cwd);
    expect(statement).toMatchObject({ signer: "Carol" });
    expect(statement?.problem).toBeUndefined();
    const file = join(cwd, statement?.path ?? "");
    expect(sshVerifies(key.line, readFileSync(file), readFileSync(`${file}.sig`, "latin1"))).toBe(true);
    writeFileSync(file, readFileSync(file, "utf8").replace("Legacy code", "Legacy Code"));
    expect((await listed(cwd))[0]?.problem).toContain("altered");
  });

  it("names the person of a key that ssh-keygen refuses to use, and why it could not", async () => {
    const key = sshKey("ed25519");
    const cwd = sshProject(key);
    writeFileSync(key.path, "no key any more", { mode: 0o600 });
    const { stderr, code } = await gate([...APPROVE, "--ssh-key", key.path], { cwd });
    expect(stderr).toContain("ssh-keygen could not use");
    expect(code).toBe(2);
    expect(await listed(cwd)).toEqual([]);
  });

  const AGENT = spawnSync("ssh-agent", ["-h"]).error === undefined;

  it.skipIf(!AGENT)("signs with the agent (skipped where ssh-agent is not installed)", async () => {
    const key = sshKey("ed25519");
    const cwd = sshProject(key);
    const socket = join(temporaryFolder(), "agent");
    const started = execFileSync("ssh-agent", ["-s", "-a", socket], { encoding: "utf8" });
    const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(started)?.[1]);
    onTestFinished(() => {
      process.kill(pid);
    });
    const env = { SSH_AUTH_SOCK: socket };
    execFileSync("ssh-add", ["-q", key.path], { env: { ...process.env, ...env }, stdio: "ignore" });
    rmSync(key.path);
    const { code } = await gate([...APPROVE, "--ssh-key", `${key.path}.pub`], { cwd, env });
    expect(code).toBe(0);
    expect((await listed(cwd))[0]).not.toHaveProperty("problem");
  });
});

describe("gate bypass", () => {
  const BYPASS = ["bypass", "--env", "development", "--reason", "Outage", "--ticket", "INC-1", "--commit", COMMIT];

  it("asks for a bypass, and somebody else approves it", async () => {
    const { cwd } = project();
    const asked = await gate([...BYPASS, "--gate", "tests", "--gate", "secrets", "--hours", "2", ...ALICE], { cwd });
    expect(asked.stderr).toBe("");
    expect(asked.stdout).toContain("Approvals: 0, needed: 1, so 1 more is needed");
    const [bypass] = await listed(cwd);
    expect(bypass).toMatchObject({ kind: "bypass", gates: ["secrets", "tests"], ticket: "INC-1", signer: "Alice" });
    expect(Date.parse(bypass?.expiresAt ?? "") - Date.parse(bypass?.createdAt ?? "")).toBe(2 * 3_600_000);
    const command = /gate (approve --bypass \w+) --reason/.exec(asked.stdout)?.[1]?.split(" ") ?? [];
    const own = await gate([...command, "--reason", "Yes", ...ALICE], { cwd });
    expect(own.stderr).toContain("Alice asked for the bypass, and cannot approve it");
    const approved = await gate([...command, "--reason", "Yes", ...BOB], { cwd });
    expect(approved.stderr).toBe("");
    expect(approved.stdout).toContain("Outage");
    expect(approved.stdout).toContain("Approvals: 1, needed: 1, so no more are needed");
    const approval = (await listed(cwd)).find(({ kind }) => kind === "bypass-approval");
    expect(approval).toMatchObject({
      signer: "Bob",
      subject: { commit: COMMIT, environment: "development", bypass: bypass?.id },
      expiresAt: bypass?.expiresAt,
    });
  });

  it("is found by its file", async () => {
    const { cwd } = project();
    await gate([...BYPASS, ...ALICE], { cwd });
    const [bypass] = await listed(cwd);
    const { code } = await gate(["approve", "--bypass", bypass?.path ?? "", "--reason", "Yes", ...BOB], { cwd });
    expect(code).toBe(0);
  });

  it.each([
    ["an environment that permits none", ["--env", "production"], "production permits no emergency bypass"],
    ["more than 4 hours", ["--hours", "5"], "at most 4 hours"],
    ["a gate that there is not", ["--gate", "test"], 'Did you mean "tests"?'],
    ["no ticket", ["--ticket", ""], "It is empty"],
  ])("refuses %s", async (_, args, message) => {
    const { cwd } = project();
    const { stderr, code } = await gate([...BYPASS, ...ALICE, ...args], { cwd });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
    expect(await listed(cwd)).toEqual([]);
  });

  it("is not approved where it is none, or was altered", async () => {
    const { cwd } = project();
    await gate([...APPROVE, ...ALICE], { cwd });
    const [approval] = await listed(cwd);
    const none = await gate(["approve", "--bypass", approval?.id ?? "", "--reason", "Yes", ...BOB], { cwd });
    expect(none.stderr).toContain("is no bypass");
    await gate([...BYPASS, ...ALICE], { cwd });
    const bypass = (await listed(cwd)).find(({ kind }) => kind === "bypass");
    const file = join(cwd, bypass?.path ?? "");
    const envelope = JSON.parse(readFileSync(file, "utf8")) as { payload: string };
    const payload = Buffer.from(envelope.payload, "base64").toString().replace("Outage", "outage");
    writeFileSync(file, JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString("base64") }));
    const altered = await gate(["approve", "--bypass", file, "--reason", "Yes", ...BOB], { cwd });
    expect(altered.stderr).toContain("it was altered");
    expect(altered.stderr).toContain("[statement-invalid]");
    const unknown = await gate(["approve", "--bypass", "ffff", "--reason", "Yes", ...BOB], { cwd });
    expect(unknown.stderr).toContain('there is no bypass "ffff"');
  });
});

describe("gate statements", () => {
  it("lists what holds and what does not, and shows no control that came from a file", async () => {
    const { cwd } = project();
    expect((await gate(["statements"], { cwd })).stderr).toContain("no statement in .gate/approvals");
    await gate([...APPROVE, ...ALICE], { cwd });
    mkdirSync(join(cwd, STATEMENTS), { recursive: true });
    writeFileSync(join(cwd, STATEMENTS, "x\u001b[31m.json"), "{}");
    const { stdout, code } = await gate(["statements"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(/approval +staging unit-coverage a{12} +Alice +\S+Z +holds/);
    expect(stdout).toMatch(/\? .*problem/);
    expect(stdout).toContain('"schema" is missing');
    expect(stdout).not.toContain("\u001b");
  });

  it("names the line of trust.yaml that is wrong", async () => {
    const { cwd } = project();
    writeFileSync(join(cwd, "trust.yaml"), "version: 1\npeople:\n  - nmae: Alice\n");
    const { stderr, code } = await gate(["statements"], { cwd });
    expect(stderr).toContain('trust.yaml:3:5: unknown key "nmae" in "people.0". Did you mean "name"?');
    expect(stderr).toContain("[trust-invalid]");
    expect(code).toBe(2);
  });
});

describe("gate key", () => {
  const SECRET = "correct horse battery staple";

  it("makes a key for its owner only, never over another, and shows its public half", async () => {
    const cwd = temporaryFolder();
    const line = await generated(cwd, "key");
    expect(statSync(join(cwd, "key.pem")).mode & 0o777).toBe(0o600);
    const again = await gate(["key", "generate", "-o", "key.pem"], { cwd });
    expect(again.stderr).toContain("key.pem exists already");
    const shown = await gate(["key", "show", "key.pem"], { cwd });
    expect(shown.stdout).toMatch(/^- "ssh-ed25519 [A-Za-z0-9+/=]+"\nSHA256:[A-Za-z0-9+/]{43}\n$/);
    expect(shown.stdout.startsWith(line)).toBe(true);
    expect(readdirSync(cwd)).toEqual(["key.pem"]);
  });

  it("locks a key with a passphrase, and prints neither", async () => {
    const { cwd } = project();
    const env = { GATE_KEY_PASSPHRASE: SECRET };
    const runs = [await gate(["key", "generate", "-o", "locked.pem"], { cwd, env })];
    expect(readFileSync(join(cwd, "locked.pem"), "utf8")).toContain("ENCRYPTED PRIVATE KEY");
    const sign = [...APPROVE, "--key", "locked.pem", "--signer", "Carol"];
    runs.push(await gate([...sign, "--debug"], { cwd }));
    runs.push(await gate([...sign, "--debug"], { cwd, env: { GATE_KEY_PASSPHRASE: `${SECRET}x` } }));
    runs.push(await gate([...sign], { cwd, env }));
    runs.push(await gate(["key", "show", "locked.pem"], { cwd, env }));
    expect(runs.map(({ code }) => code)).toEqual([0, 2, 2, 0, 0]);
    expect(runs[1]?.stderr).toContain("Set GATE_KEY_PASSPHRASE");
    for (const { stdout, stderr } of runs) {
      expect(stdout + stderr).not.toContain(SECRET);
      expect(stdout + stderr).not.toContain("PRIVATE KEY-----");
    }
  });

  it("makes no key without a passphrase where an empty one was given", async () => {
    const cwd = temporaryFolder();
    const { stderr, code } = await gate(["key", "generate"], { cwd, env: { GATE_KEY_PASSPHRASE: "" } });
    expect(stderr).toContain("GATE_KEY_PASSPHRASE is empty");
    expect(code).toBe(2);
    expect(readdirSync(cwd)).toEqual([]);
  });

  it.skipIf(!SSH_KEYGEN)("shows a key of OpenSSH as ssh-keygen does (skipped where it is not installed)", async () => {
    const key = sshKey("ecdsa");
    const { stdout } = await gate(["key", "show", `${key.path}.pub`], { cwd: temporaryFolder() });
    const fingerprint = execFileSync("ssh-keygen", ["-l", "-f", `${key.path}.pub`], { encoding: "utf8" }).split(" ")[1];
    expect(stdout).toBe(`- "${key.line.split(" ").slice(0, 2).join(" ")}"\n${fingerprint}\n`);
    const secret = await gate(["key", "show", key.path], { cwd: temporaryFolder() });
    expect(secret.stderr).toContain("Pass it with --ssh-key");
    expect(secret.code).toBe(2);
  });
});
