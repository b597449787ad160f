import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import type { DecisionInputs } from "../../src/decision/decide.ts";
import type { Decision } from "../../src/decision/types.ts";
import { exampleProject, gate, replayAll, temporaryFolder } from "../support.ts";
import { forgeLog } from "./forged-log.ts";

/** Two recorded decisions of the example: blocked for production, allowed for development. */
let cwd: string;
beforeEach(async () => {
  cwd = exampleProject();
  for (const environment of ["production", "development"]) await gate(["check", "-e", environment], { cwd });
});

function change(statement: string, ...parameters: readonly unknown[]): void {
  const database = new Database(join(cwd, ".gate/audit.db"));
  const guard: unknown = database.prepare("SELECT sql FROM sqlite_schema WHERE name = 'blob_no_update'").pluck().get();
  database.exec("DROP TRIGGER blob_no_update");
  database.prepare(statement).run(...parameters);
  database.exec(String(guard));
  database.close();
}

describe("gate replay", () => {
  it("makes decisions again to the same bytes, without cache, sources, configuration or evidence files", async () => {
    const elsewhere = temporaryFolder();
    const options = { cwd: elsewhere, env: { GATE_CACHE_DIR: temporaryFolder(), GATE_OPA: "/nowhere/opa" } };
    const store = ["--store", join(cwd, ".gate/audit.db")];
    const one = await gate(["replay", "1", ...store], options);
    expect(one).toMatchObject({ code: 0, stderr: "" });
    expect(one.stdout).toMatch(/^identical: entry 1, .*, block for production, [0-9a-f-]{36}\n$/);
    const last = await gate(["replay", ...store], options);
    expect(last.stdout).toMatch(/^identical: entry 2, .*, allow for development/);
    const both = await gate(["replay", "--all", ...store], options);
    expect(both.stdout).toContain("2 decisions: 2 identical, 0 different, 0 cannot be replayed");
    expect((await gate(["replay", "--last", "1", ...store], options)).stdout).toBe(last.stdout);
  });

  it("names the decision by the digest of its recorded bytes", async () => {
    const { decisions } = await replayAll(cwd);
    const shown = await gate(["audit", "list", "--json"], { cwd });
    const leaves = shown.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { decision: string });
    expect(decisions.map(({ digest }) => digest)).toEqual(leaves.map(({ decision }) => decision).toReversed());
  });

  it.each([
    {
      name: "an outcome that the record does not lead to",
      forge: (decision: Decision, inputs: DecisionInputs) => ({
        decision: { ...decision, outcome: "allow" as const, exitCode: 0 as const },
        inputs,
      }),
      differences: [
        { path: "/exitCode", recorded: 0, now: 1 },
        { path: "/outcome", recorded: "allow", now: "block" },
      ],
    },
    {
      name: "another time",
      forge: (decision: Decision, inputs: DecisionInputs) => ({
        decision: { ...decision, evaluatedAt: "2020-01-01T00:00:00.000Z" },
        inputs,
      }),
      differences: [{ path: "/evaluatedAt", recorded: "2020-01-01T00:00:00.000Z", now: expect.any(String) }],
    },
    {
      name: "a violation that was left out",
      forge: (decision: Decision, inputs: DecisionInputs) => ({
        decision: {
          ...decision,
          gates: decision.gates.map((one) => ({ ...one, violations: one.violations.slice(0, 1) })),
        },
        inputs,
      }),
      differences: [
        { path: "/gates/1/violations/1", now: expect.objectContaining({ severity: "high" }) },
        { path: "/gates/5/violations/1", now: expect.objectContaining({ severity: "medium" }) },
      ],
    },
  ])("finds $name, in a log without a seam", async ({ forge, differences }) => {
    await forgeLog(cwd, ({ decision, inputs }) => forge(decision, inputs));
    expect((await gate(["audit", "verify", "--store", "forged.db"], { cwd })).code).toBe(0);
    const { decisions } = await replayAll(cwd, "--store", "forged.db");
    expect(decisions).toMatchObject([{ result: "different", differences, different: differences.length }]);
    const { code, stdout } = await gate(["replay", "1", "--store", "forged.db"], { cwd });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^DIFFERENT: entry 1/);
    expect(stdout).toContain(`  ${differences[0]?.path}\n    recorded  `);
  });

  it.each([
    { what: "inputs", type: "%inputs%" },
    { what: "evidence", type: "%evidence%" },
    { what: "policies", type: "application/wasm" },
    { what: "description of policies", type: "%policy%" },
  ])("refuses a log of which the $what were exchanged", async ({ type }) => {
    change("UPDATE blob SET data = CAST(replace(CAST(data AS TEXT), '1', '2') AS BLOB) WHERE media_type LIKE ?", type);
    const { code, stdout, stderr } = await gate(["replay", "1"], { cwd });
    expect(stdout).toBe("");
    expect(stderr).toContain("[audit-corrupt]");
    expect(code).toBe(2);
  });

  it.each([
    { what: "its document", type: "%decision%", reason: "its document is no longer in the store" },
    { what: "its inputs", type: "%inputs%", reason: "the record of its inputs is no longer in the store" },
    { what: "its evidence", type: "%evidence%", reason: "its evidence artifacts/" },
    { what: "its policies", type: "application/wasm", reason: "its policies are not stored" },
  ])("says what is missing where $what was deleted", async ({ type, reason }) => {
    const database = new Database(join(cwd, ".gate/audit.db"));
    database.prepare("DELETE FROM blob WHERE media_type LIKE ?").run(type);
    database.close();
    const env = { GATE_CACHE_DIR: temporaryFolder() };
    const builtin = type === "application/wasm";
    const { code, stdout } = await gate(["replay", "--all"], { cwd, env });
    // The policies that ship with gate are in the installation.
    expect(code).toBe(builtin ? 0 : 2);
    expect(stdout).toContain(builtin ? "2 identical" : `cannot be replayed: entry 1`);
    if (!builtin) expect(stdout).toContain(reason);
  });

  it("does not replay what was not stored", async () => {
    const { stdout } = await gate(["check", "-e", "development", "--keep-raw", "--format", "json"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ inputs: null });
    const replayed = await gate(["replay"], { cwd });
    expect(replayed.code).toBe(2);
    expect(replayed.stdout).toContain("  its evidence is not stored, for it was made with --keep-raw");
    expect((await gate(["replay", "--all"], { cwd })).code).toBe(2);
  });

  it.each([
    { args: ["replay", "99"], message: 'the log has no decision "99"' },
    { args: ["replay", "0"], message: 'the log has no decision "0"' },
    { args: ["replay", "1", "--all"], message: "not both" },
    { args: ["replay", "--last", "0"], message: "whole number above 0" },
    { args: ["replay", "--store", "none.db"], message: "audit-not-found" },
  ])("$args is exit 2 and a clear word", async ({ args, message }) => {
    const { code, stderr } = await gate(args, { cwd });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });
});
