import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { holdEntry } from "../../src/audit/hold.ts";
import { obligationEntry } from "../../src/audit/obligations.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import type { AuditStore } from "../../src/audit/store.ts";
import type { Decision } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { tamper } from "../audit/fixtures.ts";
import { gate, temporaryFolder, writeFiles } from "../support.ts";

const CONFIG = `version: 1
evidence:
  - path: junit.xml
environments:
  staging:
    mandatory: [tests]
    integrity: open
  production:
    mandatory: [tests, promotion]
    integrity: open
    parameters:
      promotion: { minimum_integrity: open }
`;
const SHARDED = `${CONFIG}audit:
  store: .gate/next.db
  previous: .gate/audit.db
`;

const PASSED = '<testsuite name="unit" tests="1" failures="0"><testcase name="one"/></testsuite>';
const FAILED = '<testsuite name="unit" tests="1" failures="1"><testcase name="one"><failure/></testcase></testsuite>';
const ARTIFACT = ["--artifact", `shop@${sha256("one")}`];
const SHARD = ["audit", "shard", "--next", ".gate/next.db", "--origin", "acme/2027"];
const LINK = ["audit", "verify", "--store", ".gate/next.db", "--previous", ".gate/audit.db"];

const ID = "01900000-0000-7000-8000-000000000001";
const OVERDUE = {
  id: ID,
  environment: "production",
  gates: ["tests"],
  reason: "the shop was down",
  ticket: "INC-1",
  requestedBy: "bob",
  identities: ["bob@example.com"],
  approvers: ["alice"],
  createdAt: "2025-01-01T00:00:00.000Z",
  dueAt: "2025-01-04T00:00:00.000Z",
} as const;

function project(config = CONFIG): string {
  const folder = temporaryFolder();
  writeFiles(folder, { "gate.yaml": config, "junit.xml": PASSED });
  return folder;
}

async function inStore<T>(cwd: string, use: (store: AuditStore) => Promise<T>, name = "audit.db"): Promise<T> {
  const store = await openAuditStore({ path: join(cwd, ".gate", name), origin: "acme/2026", mode: "append" });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function owe(cwd: string): Promise<void> {
  const { entry, blobs, disclosures } = obligationEntry(OVERDUE, { random: randomBytes });
  await inStore(cwd, (store) => store.append(entry, blobs, disclosures));
}

async function hold(cwd: string): Promise<void> {
  const at = "2026-01-01T00:00:00.000Z";
  const { entry, blobs } = holdEntry({ name: "case-7", action: "add", reason: "a letter", at, by: "ada" });
  await inStore(cwd, (store) => store.append(entry, blobs));
}

async function check(cwd: string, environment: string, ...args: readonly string[]) {
  const flags = ["check", "--env", environment, "--format", "json", ...ARTIFACT, ...args];
  const { code, stdout, stderr } = await gate(flags, { cwd });
  const decision = stdout === "" ? undefined : (JSON.parse(stdout) as Decision);
  return { code, stderr, decision, gates: new Map(decision?.gates.map((one) => [one.id, one])) };
}

describe("gate audit shard", () => {
  it("closes the log, begins the next one, and says what to write into gate.yaml", async () => {
    const cwd = project();
    await check(cwd, "staging");
    const done = await gate(SHARD, { cwd });
    expect(done).toMatchObject({ code: 0, stderr: "" });
    expect(done.stdout).toMatch(/^Closed \S+; acme\/2027 goes on\.\nLast checkpoint: \S+ 3 sha256:/);
    expect(done.stdout).toContain("audit:\n  store: .gate/next.db\n  previous: .gate/audit.db\n");

    const refused = await check(cwd, "staging");
    expect(refused).toMatchObject({ code: 2, decision: undefined });
    expect(refused.stderr).toContain("audit-closed");
    expect(refused.stderr).toContain("acme/2027 goes on where it ended");

    writeFileSync(join(cwd, "gate.yaml"), SHARDED);
    const { decision } = await check(cwd, "staging");
    expect(decision?.audit).toMatchObject({ log: "acme/2027", index: 1 });
    const linked = await gate(LINK, { cwd });
    expect(linked.stdout).toContain("LINKED: the log goes on where that one ended");
    expect(linked.code).toBe(0);
  });

  it("names the next log after the year, unless that is the name of this one", async () => {
    const cwd = project();
    await check(cwd, "staging");
    const year = new Date().getUTCFullYear();
    const done = await gate(["audit", "shard", "--next", ".gate/next.db"], { cwd });
    expect(done.stdout).toContain(`/${year} goes on.`);
    const again = await gate(["audit", "shard", "--store", ".gate/next.db", "--next", ".gate/third.db"], { cwd });
    expect(again.code).toBe(2);
    expect(again.stderr).toContain("is the log of this year");
  });

  it("does it once: again is the same, and elsewhere is refused", async () => {
    const cwd = project();
    await check(cwd, "staging");
    const first = await gate(SHARD, { cwd });
    expect((await gate(SHARD, { cwd })).stdout).toBe(first.stdout);
    const other = await gate([...SHARD.slice(0, 2), "--next", ".gate/other.db", "--origin", "acme/other"], { cwd });
    expect(other.code).toBe(2);
    expect(other.stderr).toContain("goes on in acme/2027");
    expect(existsSync(join(cwd, ".gate/other.db"))).toBe(false);
  });

  it("closes nothing where the place of the next log is taken", async () => {
    const cwd = project();
    await check(cwd, "staging");
    await inStore(cwd, async () => undefined, "next.db");
    const refused = await gate(SHARD, { cwd });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("there is another log at");
    expect((await check(cwd, "staging")).code).toBe(0);
  });

  it("does not go on from a log that was tampered with", async () => {
    const cwd = project();
    await check(cwd, "staging");
    tamper(join(cwd, ".gate/audit.db"), "DROP TRIGGER entry_no_update");
    expect((await gate(SHARD, { cwd })).stderr).toContain("audit-corrupt");
    expect(existsSync(join(cwd, ".gate/next.db"))).toBe(false);
  });

  it("signs the last tree with the log's key, and the next log has the note", async () => {
    const cwd = project();
    await check(cwd, "staging");
    await gate(["key", "generate", "--output", "log.pem"], { cwd });
    expect((await gate([...SHARD, "--key", "log.pem"], { cwd })).code).toBe(0);
    const created = await inStore(cwd, (store) => store.find("0"), "next.db");
    const { previous } = JSON.parse(Buffer.from(created?.body ?? []).toString("utf8")) as {
      previous: { note: string; size: number };
    };
    expect(previous.size).toBe(3);
    expect(previous.note).toMatch(/\n3\n[^\n]+\n\n— /);
  });
});

describe("what the log before knows", () => {
  it("an overdue review still closes production", async () => {
    const cwd = project();
    await owe(cwd);
    await check(cwd, "staging");
    const before = (await check(cwd, "production")).gates.get("obligations");
    expect(before).toMatchObject({ result: "not-evaluated", enforcement: "mandatory" });
    expect((await gate(SHARD, { cwd })).stdout).toContain("Carried over: 1 review owed, 0 holds.");
    writeFileSync(join(cwd, "gate.yaml"), SHARDED);
    const { code, gates } = await check(cwd, "production");
    expect(code).toBe(1);
    expect(gates.get("obligations")).toEqual({ ...before, durationMs: expect.any(Number) });
    const review = ["review", ID, "--outcome", "justified", "--findings", "none", "--reviewer", "carol"];
    expect((await gate(review, { cwd })).code).toBe(0);
    expect((await check(cwd, "production")).gates.get("obligations")?.result).not.toBe("not-evaluated");
    expect((await gate(LINK, { cwd })).code).toBe(0);
  });

  it("a hold still keeps documents", async () => {
    const cwd = project();
    await hold(cwd);
    await check(cwd, "staging");
    expect((await gate(SHARD, { cwd })).stdout).toContain("Carried over: 0 reviews owed, 1 hold.");
    const listed = await gate(["audit", "hold", "list", "--store", ".gate/next.db"], { cwd });
    expect(listed.stdout).toContain("case-7");
  });

  it("decisions of the last days still count: an allow, and the block that came after it", async () => {
    const cwd = project();
    await check(cwd, "staging");
    await gate(SHARD, { cwd });
    writeFileSync(join(cwd, "gate.yaml"), SHARDED);
    expect((await check(cwd, "production")).gates.get("promotion")).toMatchObject({ result: "pass" });

    const blocked = project();
    await check(blocked, "staging");
    writeFileSync(join(blocked, "junit.xml"), FAILED);
    expect((await check(blocked, "staging")).code).toBe(1);
    writeFileSync(join(blocked, "junit.xml"), PASSED);
    await gate(SHARD, { cwd: blocked });
    writeFileSync(join(blocked, "gate.yaml"), SHARDED);
    const { code, gates } = await check(blocked, "production");
    expect(code).toBe(1);
    expect(gates.get("promotion")?.violations[0]?.message).toContain("is block");
  });

  it("evidence of an earlier commit is still a replay", async () => {
    const cwd = project();
    writeFileSync(join(cwd, "junit.xml"), PASSED.replace("tests=", `timestamp="${new Date().toISOString()}" tests=`));
    await check(cwd, "staging", "--commit", "a".repeat(40));
    await gate(SHARD, { cwd });
    writeFileSync(join(cwd, "gate.yaml"), SHARDED);
    const { decision } = await check(cwd, "staging", "--commit", "b".repeat(40));
    expect(JSON.stringify(decision?.evidence)).toContain(`evidence for the commit ${"a".repeat(12)} before`);
  });

  it.each<readonly [what: string, config: string, change: (cwd: string) => Promise<unknown>, message: string]>([
    [
      "the log before is not named",
      SHARDED.replace(/ {2}previous.*\n/, ""),
      async () => undefined,
      "gates look back 30 days",
    ],
    [
      "the log before is gone",
      SHARDED,
      async (cwd) => renameSync(join(cwd, ".gate/audit.db"), join(cwd, "x")),
      "gates look back",
    ],
    [
      "another log is in its place",
      SHARDED.replace("previous: .gate/audit.db", "previous: .gate/other.db"),
      (cwd) => inStore(cwd, async () => undefined, "other.db"),
      "is not the log",
    ],
    [
      "the log that goes on is gone",
      SHARDED,
      async (cwd) => renameSync(join(cwd, ".gate/next.db"), join(cwd, "x")),
      "there is no log that goes on",
    ],
  ])("nothing is decided where %s", async (_, config, change, message) => {
    const cwd = project();
    await check(cwd, "staging");
    await gate(SHARD, { cwd });
    await change(cwd);
    writeFileSync(join(cwd, "gate.yaml"), config);
    const { code, decision, stderr } = await check(cwd, "production");
    expect({ code, decision }).toEqual({ code: 2, decision: undefined });
    expect(stderr).toContain(message);
  });

  it("nothing is decided before it is carried over, and a second run finishes what a killed one began", async () => {
    const cwd = project();
    await owe(cwd);
    await check(cwd, "staging");
    await gate(SHARD, { cwd });
    // As a run leaves it that was killed after it had made the next log.
    const path = join(cwd, ".gate/next.db");
    tamper(
      path,
      "DROP TRIGGER entry_no_delete; DROP TRIGGER node_no_delete; DELETE FROM entry WHERE seq > 0; DELETE FROM node; DELETE FROM blob; DELETE FROM disclosure",
      "CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry WHEN true\nBEGIN SELECT raise(ABORT, 'append-only: entry_no_delete'); END",
      "CREATE TRIGGER node_no_delete BEFORE DELETE ON node WHEN true\nBEGIN SELECT raise(ABORT, 'append-only: node_no_delete'); END",
    );
    writeFileSync(join(cwd, "gate.yaml"), SHARDED);
    const refused = await check(cwd, "production");
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("Run `gate audit shard` again");
    const verified = await gate(["audit", "verify"], { cwd });
    expect(verified.code).toBe(2);
    expect(verified.stdout).toContain("incomplete: of 1 entries");
    expect((await gate([...SHARD, "--store", ".gate/audit.db"], { cwd })).code).toBe(0);
    expect((await check(cwd, "production")).gates.get("obligations")).toMatchObject({ result: "not-evaluated" });
  });
});

describe("gate audit verify --previous", () => {
  it("finds a log before that is another one, and one that was changed", async () => {
    const cwd = project();
    await check(cwd, "staging");
    await gate(SHARD, { cwd });
    const file = join(cwd, ".gate/audit.db");
    const copy = readFileSync(file);
    await inStore(cwd, async () => undefined, "other.db");
    const other = await gate([...LINK.slice(0, -1), ".gate/other.db"], { cwd });
    expect(other.code).toBe(1);
    expect(other.stdout).toContain("other-log: ");
    expect(other.stdout).toContain("NOT LINKED");
    copy.writeUInt8(copy.readUInt8(copy.indexOf('"kind":"closed"') + 9) ^ 1, copy.indexOf('"kind":"closed"') + 9);
    writeFileSync(file, copy);
    expect(await gate(LINK, { cwd })).toMatchObject({ code: 1 });
  });

  it("is of a log that goes on from another one", async () => {
    const cwd = project();
    await check(cwd, "staging");
    const alone = await gate(["audit", "verify", "--previous", ".gate/audit.db"], { cwd });
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain("goes on from no other");
  });
});
