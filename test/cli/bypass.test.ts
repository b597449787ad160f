import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import type { Obligation } from "../../src/decision/obligations.ts";
import type { Decision } from "../../src/decision/types.ts";
import { exampleProject, gate, git, replayAll } from "../support.ts";

const BYPASS = ["bypass", "--env", "production", "--reason", "The shop is down", "--ticket", "INC-1"];
const SECOND = ["approve", "--env", "production", "--bypass"];
const REVIEW = ["--outcome", "justified", "--findings", "The scanner was down"];

/** The example as the first commit of a repository, with two people and a production that permits a bypass. */
let cwd: string;
beforeEach(async () => {
  cwd = exampleProject();
  const keys = await Promise.all(["alice", "bob"].map(newKey));
  const people = ["Alice", "Bob"].map((name, index) => {
    const address = `${name.toLowerCase()}@example.com`;
    return `  - name: ${name}\n    identities: [${address}]\n    keys:\n      ${keys[index] ?? ""}`;
  });
  writeFileSync(join(cwd, "trust.yaml"), `version: 1\npeople:\n${people.join("")}`);
  const config = readFileSync(join(cwd, "gate.yaml"), "utf8");
  const permitting =
    "  production:\n    bypass: {permitted: true, quorum: 1}\n    integrity: open\n    approvals: {quorum: 1}\n";
  writeFileSync(join(cwd, "gate.yaml"), config.replace(/^ {2}production:\n(?: {4}integrity: .*\n)?/m, permitting));
  git(cwd, "init", "-q");
  git(cwd, "add", "-A");
  git(cwd, "commit", "-qm", "first");
});

/** The line for trust.yaml of a new key in `<name>.pem`. */
async function newKey(name: string): Promise<string> {
  const { stdout } = await gate(["key", "generate", "--output", `${name}.pem`], { cwd });
  return stdout.slice(stdout.indexOf("- "));
}

async function check(): Promise<Decision> {
  const { stderr } = await gate(["check", "--env", "production", "--output", "json=decision.json"], { cwd });
  expect(stderr).toBe("");
  return JSON.parse(readFileSync(join(cwd, "decision.json"), "utf8")) as Decision;
}

async function bypassId(): Promise<string> {
  const { stdout } = await gate(["statements", "--json"], { cwd });
  const found = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly id: string; readonly kind: string })
    .find(({ kind }) => kind === "bypass");
  return found?.id ?? "";
}

describe("a bypass from the request to the review", () => {
  it("opens what is closed once somebody else approves, and owes a review by somebody else", async () => {
    const closed = await check();
    expect(closed.outcome).toBe("block");
    await gate([...BYPASS, "--key", "alice.pem"], { cwd });
    const asked = await check();
    expect(asked).toMatchObject({ outcome: "block", bypass: null });
    expect(asked.approvals).toEqual([expect.objectContaining({ kind: "bypass", counts: false })]);

    await gate([...SECOND, await bypassId(), "--reason", "I saw it", "--key", "bob.pem"], { cwd });
    const open = await check();
    expect(open).toMatchObject({
      outcome: "allow-bypassed",
      exitCode: 0,
      bypass: { requestedBy: "Alice", approvers: ["Bob"], ticket: "INC-1" },
    });
    expect(open.gates.map(({ result }) => result)).toEqual(closed.gates.map(({ result }) => result));

    const owed = await gate(["obligations", "--json"], { cwd });
    expect(JSON.parse(owed.stdout) as readonly Obligation[]).toMatchObject([
      { id: open.id, requestedBy: "Alice", approvers: ["Bob"], dueAt: open.bypass?.reviewDue, overdue: false },
    ]);
    const byHerself = await gate(["review", open.id, ...REVIEW, "--reviewer", "alice@example.com"], { cwd });
    expect(byHerself).toMatchObject({ code: 2, stderr: expect.stringContaining("asked for the bypass") });
    expect((await gate(["review", open.id, ...REVIEW, "--reviewer", "Bob"], { cwd })).code).toBe(0);
    expect((await gate(["audit", "verify"], { cwd })).code).toBe(0);
    await replayAll(cwd);
  });

  it("is of no use for the next commit", async () => {
    await check();
    await gate([...BYPASS, "--key", "alice.pem"], { cwd });
    await gate([...SECOND, await bypassId(), "--reason", "I saw it", "--key", "bob.pem"], { cwd });
    expect((await check()).outcome).toBe("allow-bypassed");
    git(cwd, "commit", "-q", "--allow-empty", "-m", "second");
    const next = await check();
    expect(next).toMatchObject({ outcome: "block", bypass: null });
    expect(next.approvals.find(({ kind }) => kind === "bypass")?.problem).toMatch(/^it is for the commit/);
  });

  it("is not approved by the author of the change", async () => {
    git(cwd, "-c", "user.email=bob@example.com", "commit", "-q", "--amend", "--reset-author", "-m", "by Bob");
    await check();
    await gate([...BYPASS, "--key", "alice.pem"], { cwd });
    await gate([...SECOND, await bypassId(), "--reason", "I saw it", "--key", "bob.pem"], { cwd });
    const { outcome, approvals } = await check();
    expect(outcome).toBe("block");
    expect(approvals.find(({ kind }) => kind === "bypass-approval")?.problem).toBe("Bob is an author of the change");
  });
});
