import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { git } from "../audit/git-support.ts";
import { exampleProject, gate } from "../support.ts";

const AUTHOR = "zoe-canary";
const ENV = {
  GITHUB_ACTIONS: "true",
  GITHUB_REPOSITORY: "acme/payments",
  GITHUB_EVENT_NAME: "pull_request",
  GITHUB_REF: "refs/pull/7/merge",
  GITHUB_BASE_REF: "main",
  GITHUB_ACTOR: AUTHOR,
  GITHUB_RUN_ID: "42",
};

interface Printed {
  readonly subject: { readonly change?: { readonly author?: string } };
  readonly audit: { readonly log: string; readonly salts?: Readonly<Record<string, string>> };
}

/** A project with one recorded decision about a change of the author, and its receipt. */
async function checkedProject(): Promise<{ readonly cwd: string; readonly store: string; readonly printed: Printed }> {
  const cwd = exampleProject();
  git(cwd, ["init", "--quiet", "--initial-branch=main"]);
  git(cwd, ["add", "."]);
  git(cwd, ["commit", "--quiet", "-m", "first"]);
  git(cwd, ["update-ref", "refs/remotes/origin/main", "HEAD"]);
  await gate(["key", "generate", "-o", "log.pem"], { cwd });
  const outputs = ["-o", "json=decision.json", "-o", "receipt=decision.tlog-proof", "--log-key", "log.pem"];
  const { code, stderr } = await gate(["check", "--env", "development", ...outputs], { cwd, env: ENV });
  expect([code, stderr]).toEqual([0, ""]);
  const printed = JSON.parse(readFileSync(join(cwd, "decision.json"), "utf8")) as Printed;
  const key = await gate(["key", "show", "log.pem", "--log", printed.audit.log], { cwd });
  writeFileSync(join(cwd, "log.vkey"), key.stdout);
  return { cwd, store: join(cwd, ".gate/audit.db"), printed };
}

async function isProven(cwd: string, decision: string): Promise<number | null> {
  const args = ["verify", "decision.tlog-proof", "--log-key", "log.vkey", "--decision", decision];
  return (await gate(args, { cwd })).code;
}

async function shownAuthor(cwd: string): Promise<string | undefined> {
  const { stdout } = await gate(["audit", "show", "1", "--format", "json"], { cwd });
  return (JSON.parse(stdout) as Printed).subject.change?.author;
}

describe("a name", () => {
  test("is printed and read back, and is in no document of the store", async () => {
    const { cwd, printed } = await checkedProject();
    expect(printed.subject.change?.author).toBe(AUTHOR);
    expect(Object.keys(printed.audit.salts ?? {})).toContain("/subject/change/author");
    expect(await shownAuthor(cwd)).toBe(AUTHOR);
    const exported = await gate(["audit", "export", "--format", "ndjson"], { cwd });
    expect(exported.stdout).not.toContain(AUTHOR);
    expect((await gate(["replay"], { cwd })).code).toBe(0);
  });

  test("is a part of what a receipt proves", async () => {
    const { cwd } = await checkedProject();
    expect(await isProven(cwd, "decision.json")).toBe(0);
    const text = readFileSync(join(cwd, "decision.json"), "utf8");
    writeFileSync(join(cwd, "other.json"), text.replace(`"author": "${AUTHOR}"`, '"author": "mallory"'));
    expect(await isProven(cwd, "other.json")).toBe(1);
  });
});

describe("gate audit erase", () => {
  test("says what would go, and changes nothing until it is told --yes", async () => {
    const { cwd, store } = await checkedProject();
    const before = readFileSync(store);
    const dry = await gate(["audit", "erase", "--person", AUTHOR], { cwd });
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/^Would erase 1 name or text and 1 document, of 1 entry\n/);
    expect(dry.stdout).toContain("entry 1  decision");
    expect(dry.stdout).toContain("Nothing was erased: pass --yes.");
    expect(dry.stdout + dry.stderr).not.toContain(AUTHOR);
    expect(readFileSync(store).equals(before)).toBe(true);
  });

  test("leaves nothing of the person in the store, and everything that can be proven", async () => {
    const { cwd, store } = await checkedProject();
    expect(readFileSync(store).includes(AUTHOR)).toBe(true);
    const args = ["audit", "erase", "--person", AUTHOR, "--basis", "request 2026-17", "--yes"];
    const erased = await gate(args, { cwd, env: { GITHUB_ACTIONS: "true", GITHUB_RUN_ID: "43" } });
    expect([erased.code, erased.stdout]).toEqual([0, expect.stringContaining("Erased 1 name or text and 1 document")]);
    expect(erased.stderr).toContain("Copies may still have it:\n- backups of the file");
    expect(readFileSync(store).includes(AUTHOR)).toBe(false);
    expect(existsSync(`${store}-journal`)).toBe(false);
    const verified = await gate(["audit", "verify"], { cwd });
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining("GOOD: 3 entries verified")]);

    expect(await shownAuthor(cwd)).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
    expect(await isProven(cwd, "decision.json")).toBe(0);
    const { stdout } = await gate(["audit", "show", "1", "--format", "json"], { cwd });
    writeFileSync(join(cwd, "shown.json"), stdout);
    expect(await isProven(cwd, "shown.json")).toBe(0);
    const replayed = await gate(["replay", "1"], { cwd });
    expect([replayed.code, replayed.stdout]).toEqual([2, expect.stringContaining("personal data of it was erased")]);
    for (const command of [["audit", "list"], ["report"], ["explain", "1"], ["obligations"]]) {
      const { stdout: text, stderr } = await gate(command, { cwd });
      expect(text + stderr).not.toMatch(/zoe-canary|internal|audit-corrupt/);
    }
  });

  test("says it in JSON", async () => {
    const { cwd } = await checkedProject();
    const { stdout } = await gate(["audit", "erase", "--person", AUTHOR, "--yes", "--json"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      erased: true,
      entries: [{ index: 1, kind: "decision", values: 1, heldBy: [], owed: false, spooled: false }],
      commitments: [{ commitment: expect.stringMatching(/^hmac-sha256:/) }],
      documents: [{ mediaType: "application/vnd.gate.inputs.v1+json" }],
      leaves: [],
      recorded: [2],
    });
  });

  test.each([
    ["nobody", [], "nobody is named"],
    ["both at once", ["--person", "x", "--yes", "--dry-run"], "pass one of them"],
    ["a basis with a name", ["--person", "Zoe", "--basis", "zoe asked"], "--basis names somebody"],
    ["an address as who erases", ["--person", "x", "--by", "ada@acme.example"], "--by names somebody"],
    ["an entry that there is not", ["--entry", "99"], "has no entry"],
  ])("refuses %s", async (_, args, message) => {
    const { cwd } = await checkedProject();
    const { code, stderr } = await gate(["audit", "erase", ...args], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  test("leaves the compiled policies, which may have the word, and says so", async () => {
    const { cwd, store } = await checkedProject();
    const before = readFileSync(store);
    const { code, stdout } = await gate(["audit", "erase", "--person", "nobody", "--yes"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain("Nothing that can be erased names the person.");
    expect(stdout).toMatch(/Not erased: \d+ compiled policies that have the word/);
    expect(readFileSync(store)).toEqual(before);
  });

  test("refuses what a hold covers", async () => {
    const { cwd, store } = await checkedProject();
    await gate(["audit", "hold", "add", "case-7", "--by", "legal"], { cwd });
    const before = readFileSync(store);
    const { code, stderr } = await gate(["audit", "erase", "--person", AUTHOR, "--yes"], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining("entry 1 is under the legal hold case-7 [audit-held]")]);
    expect(readFileSync(store).equals(before)).toBe(true);
  });
});
