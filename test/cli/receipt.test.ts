import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../src/evidence/canonical.ts";
import { tamper } from "../audit/fixtures.ts";
import { exampleProject, gate } from "../support.ts";

interface Signed {
  readonly cwd: string;
  /** Of the first decision. */
  readonly checkpoint: string;
  readonly id: string;
}

/** A log with a key, and a decision with its receipt. */
async function signedProject(): Promise<Signed> {
  const cwd = exampleProject();
  await gate(["key", "generate", "-o", "log.pem"], { cwd });
  const args = [
    "check",
    "--env",
    "development",
    "--format",
    "json",
    "--log-key",
    "log.pem",
    "-o",
    "receipt=r.tlog-proof",
  ];
  const { stdout } = await gate(args, { cwd });
  const { audit, id } = JSON.parse(stdout) as { id: string; audit: { checkpoint: string; log: string } };
  const { stdout: key } = await gate(["key", "show", "log.pem", "--log", audit.log], { cwd });
  writeFileSync(join(cwd, "log.vkey"), key);
  return { cwd, checkpoint: audit.checkpoint, id };
}

describe("a receipt", () => {
  it("proves a decision to whoever has the log's key, without the log", async () => {
    const { cwd, id } = await signedProject();
    const elsewhere = exampleProject();
    for (const file of ["r.tlog-proof", "log.vkey"])
      writeFileSync(join(elsewhere, file), readFileSync(join(cwd, file)));
    const proven = await gate(["verify", "r.tlog-proof", "--log-key", "log.vkey"], { cwd: elsewhere });
    expect(proven.stdout).toContain("PROVEN: entry 1 is in the log (allow for development, ");
    expect(proven.stdout).toContain(id);
    expect(proven.code).toBe(0);
  });

  it("proves nothing where nobody is known who signed it", async () => {
    const { cwd, checkpoint } = await signedProject();
    const alone = await gate(["verify", "r.tlog-proof"], { cwd });
    expect(alone.stdout).toContain("CANNOT TELL");
    expect(alone.code).toBe(2);
    const held = await gate(["verify", "r.tlog-proof", "--checkpoint", checkpoint], { cwd });
    expect(held.code).toBe(0);
    const forged = checkpoint.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
    expect((await gate(["verify", "r.tlog-proof", "--checkpoint", forged], { cwd })).code).toBe(1);
    const larger = checkpoint.replace(/ 2 /, " 3 ");
    expect((await gate(["verify", "r.tlog-proof", "--checkpoint", larger], { cwd })).code).toBe(2);
  });

  it("is of the decision's document, and of no other", async () => {
    const { cwd } = await signedProject();
    const { stdout } = await gate(["audit", "show", "1", "--format", "json"], { cwd });
    const decision = { ...(JSON.parse(stdout) as object), audit: null };
    const given = ["verify", "r.tlog-proof", "--log-key", "log.vkey", "--decision", "decision.json"];
    writeFileSync(join(cwd, "decision.json"), canonicalJson(decision));
    expect((await gate(given, { cwd })).code).toBe(0);
    writeFileSync(join(cwd, "decision.json"), canonicalJson({ ...decision, outcome: "block" }));
    const other = await gate(given, { cwd });
    expect(other.stdout).toContain("its entry is not of this decision");
    expect(other.code).toBe(1);
  });

  it("is not proven by another key", async () => {
    const { cwd, checkpoint } = await signedProject();
    await gate(["key", "generate", "-o", "other.pem"], { cwd });
    const origin = checkpoint.split(" ")[0] ?? "";
    const { stdout: key } = await gate(["key", "show", "other.pem", "--log", origin], { cwd });
    const { code, stdout } = await gate(["verify", "r.tlog-proof", "--log-key", key.trim()], { cwd });
    expect(stdout).toContain("NOT PROVEN");
    expect(code).toBe(1);
  });

  it("is not proven where one character of it is another", async () => {
    const { cwd } = await signedProject();
    const text = readFileSync(join(cwd, "r.tlog-proof"), "utf8");
    for (const at of [
      3,
      40,
      text.indexOf("index ") + 6,
      text.indexOf("\n\n") - 3,
      text.indexOf("\n\n") + 4,
      text.length - 6,
    ]) {
      const character = text[at] === "A" ? "B" : "A";
      writeFileSync(join(cwd, "x.tlog-proof"), `${text.slice(0, at)}${character}${text.slice(at + 1)}`);
      const { code } = await gate(["verify", "x.tlog-proof", "--log-key", "log.vkey"], { cwd });
      expect([at, code]).not.toEqual([at, 0]);
    }
  });

  it("is made later under the newest checkpoint, or one that is signed for it", async () => {
    const { cwd } = await signedProject();
    await gate(["check", "--env", "production"], { cwd });
    const { code, stderr } = await gate(["audit", "prove", "2"], { cwd });
    expect(stderr).toContain("gate audit checkpoint");
    expect(code).toBe(2);
    await gate(["audit", "prove", "2", "--key", "log.pem", "-o", "second.tlog-proof"], { cwd });
    const second = await gate(["verify", "second.tlog-proof", "--log-key", "log.vkey"], { cwd });
    expect(second.stdout).toContain("entry 2 is in the log (block for production");
    const { stdout: first } = await gate(["audit", "prove", "1"], { cwd });
    writeFileSync(join(cwd, "first.tlog-proof"), first);
    expect((await gate(["verify", "first.tlog-proof", "--log-key", "log.vkey"], { cwd })).code).toBe(0);
  });
});

const verify = async (cwd: string) => gate(["audit", "verify", "--log-key", "log.vkey"], { cwd });

describe("a log with a key", () => {
  it("is good where its newest checkpoint is signed and kept", async () => {
    const { cwd } = await signedProject();
    expect((await verify(cwd)).stdout).toMatch(/^GOOD/);
  });

  it("is not good where no checkpoint is kept, or another key signed it", async () => {
    const { cwd } = await signedProject();
    await gate(["key", "generate", "-o", "other.pem"], { cwd });
    await gate(["check", "--env", "development", "--log-key", "other.pem"], { cwd });
    const other = await verify(cwd);
    expect(other.stdout).toContain("checkpoint-unsigned");
    expect(other.code).toBe(1);
    const unsigned = exampleProject();
    await gate(["check", "--env", "development"], { cwd: unsigned });
    writeFileSync(join(unsigned, "log.vkey"), readFileSync(join(cwd, "log.vkey")));
    const missing = await verify(unsigned);
    expect(missing.stdout).toContain("checkpoint-missing");
    expect(missing.code).toBe(2);
  });

  it("cannot be cut below its newest checkpoint unnoticed", async () => {
    const { cwd } = await signedProject();
    const guard = readGuard(cwd, "entry_no_delete");
    tamper(join(cwd, ".gate/audit.db"), "DROP TRIGGER entry_no_delete", "DELETE FROM entry WHERE seq = 1", guard);
    const cut = await gate(["audit", "verify"], { cwd });
    expect(cut.stdout).toContain("truncated");
    expect(cut.code).toBe(1);
  });
});

function readGuard(cwd: string, name: string): string {
  const database = new Database(join(cwd, ".gate/audit.db"), { readonly: true });
  const sql = database.prepare<[string], string>("SELECT sql FROM sqlite_schema WHERE name = ?").pluck().get(name);
  database.close();
  return sql ?? "";
}

it("is no receipt where there is no key, no record or several decisions", async () => {
  const cwd = exampleProject();
  await gate(["key", "generate", "-o", "log.pem"], { cwd });
  const without = await gate(["check", "--env", "development", "-o", "receipt=r"], { cwd });
  expect(without.stderr).toContain("--log-key");
  expect(without.code).toBe(2);
  const unrecorded = await gate(["check", "--env", "development", "--no-audit", "--log-key", "log.pem"], { cwd });
  expect(unrecorded.stderr).toContain("--no-audit writes none");
  expect(unrecorded.code).toBe(2);
});
