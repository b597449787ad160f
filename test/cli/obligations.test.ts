import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { readDecision, readDecisionLeaf } from "../../src/audit/entry.ts";
import { obligationEntry } from "../../src/audit/obligations.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import type { Obligation } from "../../src/decision/obligations.ts";
import type { Decision } from "../../src/decision/types.ts";
import { exampleProject, gate, git, replayAll } from "../support.ts";

const ID = "01900000-0000-7000-8000-000000000001";
const OVERDUE: Obligation = {
  id: ID,
  environment: "production",
  gates: ["sast"],
  reason: "the shop was down",
  ticket: "INC-\u001B[31m1",
  requestedBy: "bob",
  identities: ["bob@example.com"],
  approvers: ["alice"],
  createdAt: "2025-01-01T00:00:00.000Z",
  dueAt: "2025-01-04T00:00:00.000Z",
};
const DUE: Obligation = { ...OVERDUE, id: ID.replace(/1$/, "2"), dueAt: "2999-01-01T00:00:00.000Z" };
const REVIEW = ["--outcome", "justified", "--findings", "the scanner was down"];

let cwd: string;
beforeEach(() => {
  cwd = exampleProject();
});

async function owe(...owed: readonly Obligation[]): Promise<void> {
  const store = await openAuditStore({ path: join(cwd, ".gate/audit.db"), mode: "append" });
  for (const { entry, blobs, disclosures } of owed.map((one) => obligationEntry(one, { random: randomBytes })))
    await store.append(entry, blobs, disclosures);
  await store.close();
}

async function lastDecision(): Promise<Decision> {
  const store = await openAuditStore({ path: join(cwd, ".gate/audit.db"), mode: "read" });
  try {
    for await (const entry of store.entries({ kind: "decision", last: 1 })) {
      const blob = await store.blob(readDecisionLeaf(entry).decision);
      if (blob !== undefined) return readDecision(entry, blob);
    }
  } finally {
    await store.close();
  }
  throw new Error("there is no decision");
}

describe("gate obligations", () => {
  it("lists what is owed, the most urgent first, without what a terminal would obey", async () => {
    await owe(DUE, OVERDUE);
    const { code, stdout } = await gate(["obligations"], { cwd });
    expect(code).toBe(0);
    const [, first, second] = stdout.split("\n");
    expect(first).toMatch(new RegExp(`^OVERDUE +2025-01-04T00:00:00.000Z +production +${ID} +bob +INC-`));
    expect(second).toMatch(/^due +2999/);
    expect(stdout).not.toContain("\u001B");
  });

  it.each([
    { name: "one is overdue", owed: [DUE, OVERDUE], code: 1, ids: [OVERDUE.id] },
    { name: "none is overdue", owed: [DUE], code: 0, ids: [] },
  ])("with --overdue says whether $name", async ({ owed, code, ids }) => {
    await owe(...owed);
    const result = await gate(["obligations", "--overdue", "--json"], { cwd });
    expect(result.code).toBe(code);
    expect((JSON.parse(result.stdout) as readonly Obligation[]).map(({ id }) => id)).toEqual(ids);
  });

  it("says where nothing is owed, and where there is no log", async () => {
    expect(await gate(["obligations"], { cwd })).toMatchObject({ code: 2 });
    await gate(["check", "-e", "development"], { cwd });
    expect(await gate(["obligations"], { cwd })).toMatchObject({ code: 0, stdout: "No review is owed.\n" });
  });
});

describe("gate check", () => {
  it("keeps production closed while a review is overdue, and opens it by the review", async () => {
    await owe(OVERDUE);
    const blocked = await gate(["check", "-e", "production"], { cwd });
    expect(blocked.stdout).toContain("overdue since 2025-01-04T00:00:00.000Z");
    expect(blocked.stdout).toContain(`gate review ${ID}`);
    const closed = (await lastDecision()).gates.find(({ id }) => id === "obligations");
    expect(closed).toMatchObject({ result: "not-evaluated", enforcement: "mandatory", applicable: 1 });

    const reviewed = await gate(["review", ID.slice(0, 8), ...REVIEW, "--reviewer", "carol", "--action", "a spare"], {
      cwd,
    });
    expect(reviewed).toMatchObject({ code: 0, stderr: "" });
    expect(reviewed.stdout).toContain("Reviewed by carol: the bypass of production was justified.");
    await gate(["check", "-e", "production"], { cwd });
    expect((await lastDecision()).gates.map(({ id }) => id)).not.toContain("obligations");
    expect((await gate(["audit", "verify"], { cwd })).stdout).toMatch(/^GOOD: 5 entries/);
    expect((await gate(["audit", "list"], { cwd })).stdout.trim().split("\n")).toHaveLength(2);
    const shown = await gate(["audit", "show", "1"], { cwd });
    expect(shown).toMatchObject({ code: 2, stderr: expect.stringContaining("no decision") });
    await replayAll(cwd);
  });

  it("says what is owed while it is not overdue, and leaves development alone", async () => {
    await owe(DUE, OVERDUE);
    const { stdout, code } = await gate(["check", "-e", "development"], { cwd });
    expect(stdout).not.toContain("obligations");
    expect(code).toBe(0);
    await gate(["review", ID, ...REVIEW, "--reviewer", "carol"], { cwd });
    expect((await gate(["check", "-e", "production"], { cwd })).stdout).toContain(
      `Owed: the review of the bypass of production (${DUE.id}) is due at ${DUE.dueAt}`,
    );
  });
});

describe("gate review", () => {
  it.each([
    {
      name: "by whoever asked for the bypass",
      args: [ID, ...REVIEW, "--reviewer", "Bob <bob@example.com>"],
      says: "asked for the bypass",
    },
    {
      name: "of nothing that is owed",
      args: ["01900000-0000-7000-8000-0000000000ff", ...REVIEW, "--reviewer", "carol"],
      says: "no review is owed",
    },
    { name: "of an id that is too short", args: ["019", ...REVIEW, "--reviewer", "carol"], says: "no review is owed" },
    { name: "of an id that is not only one", args: ["0190", ...REVIEW, "--reviewer", "carol"], says: "more than one" },
    { name: "without findings", args: [ID, "--outcome", "justified", "--findings", " "], says: "It is empty" },
    { name: "without an outcome", args: [ID, "--findings", "x"], says: "--outcome" },
  ])("is refused $name", async ({ args, says }) => {
    await owe(OVERDUE, DUE);
    const { code, stderr } = await gate(["review", ...args], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(says) });
    expect((await gate(["obligations", "--overdue"], { cwd })).code).toBe(1);
  });

  it("is by the address of git where nobody else is named", async () => {
    await owe({ ...OVERDUE, identities: ["test@example.com"] }, DUE);
    git(cwd, "init", "-q");
    git(cwd, "config", "user.email", "test@example.com");
    expect((await gate(["review", ID, ...REVIEW], { cwd })).stderr).toContain("test@example.com asked for the bypass");
    git(cwd, "config", "user.email", "dave@example.com");
    expect((await gate(["review", ID, ...REVIEW], { cwd })).stdout).toContain("Reviewed by dave@example.com");
    expect((await gate(["review", ID, ...REVIEW], { cwd })).stderr).toContain("no review is owed");
  });

  it("makes no log where there is none", async () => {
    expect(await gate(["review", ID, ...REVIEW, "--reviewer", "carol"], { cwd })).toMatchObject({ code: 2 });
    expect(existsSync(join(cwd, ".gate"))).toBe(false);
  });
});
