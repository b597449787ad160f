import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { inputsBlob } from "../../src/audit/evidence.ts";
import { tamper } from "../audit/fixtures.ts";
import { exampleProject, gate, temporaryFolder } from "../support.ts";
import { forgeLog } from "./forged-log.ts";

interface Verified {
  readonly code: number;
  readonly stdout: string;
  readonly verdict: string;
  readonly findings: readonly { readonly code: string; readonly index?: number; readonly message: string }[];
  readonly decisions?: Readonly<Record<string, unknown>>;
}

/** Two recorded decisions of the example: blocked for production, allowed for development. */
let cwd: string;
beforeEach(async () => {
  cwd = exampleProject();
  for (const environment of ["production", "development"]) await gate(["check", "-e", environment], { cwd });
});

async function verify(...args: readonly string[]): Promise<Verified> {
  const options = { cwd, env: { GATE_CACHE_DIR: temporaryFolder() } };
  const { code, stdout } = await gate(["audit", "verify", "--decisions", "--json", ...args], options);
  return { code, stdout, ...(JSON.parse(stdout) as Omit<Verified, "code" | "stdout">) };
}

describe("gate audit verify --decisions", () => {
  it("makes every decision again from the record alone", async () => {
    const report = await verify();
    expect(report).toMatchObject({
      code: 0,
      verdict: "good",
      findings: [],
      decisions: { decisions: 2, identical: 2, different: 0, notReplayable: 0, tooLittle: 0 },
    });
    const { stdout } = await gate(["audit", "verify", "--decisions"], { cwd });
    expect(stdout).toContain("2 decisions made again: 2 identical, 0 different, 0 cannot be made again.\n");
  });

  it("makes the newest again, or those since a day", async () => {
    expect((await verify("--last", "1")).decisions).toMatchObject({ decisions: 1, identical: 1 });
    expect((await verify("--since", "2020-01-01")).decisions).toMatchObject({ decisions: 2 });
    const later = await verify("--since", "2999-01-01");
    expect(later).toMatchObject({ code: 2, verdict: "unknown", findings: [{ code: "empty" }] });
    const { code, stderr } = await gate(["audit", "verify", "--last", "1"], { cwd });
    expect(stderr).toContain("Add --decisions.");
    expect(code).toBe(2);
  });

  it("finds a verdict that the record does not lead to, in a log without a seam", async () => {
    await forgeLog(cwd, ({ decision, inputs }) => ({
      decision: { ...decision, outcome: "allow", exitCode: 0 },
      inputs,
    }));
    expect((await gate(["audit", "verify", "--store", "forged.db"], { cwd })).code).toBe(0);
    expect(await verify("--store", "forged.db")).toMatchObject({
      code: 1,
      verdict: "tampered",
      findings: [
        { code: "decision-not-reproduced", index: 1, message: "/exitCode was recorded as 0 and comes out as 1" },
      ],
    });
  });

  it("cannot tell what another version of gate would make of it", async () => {
    await forgeLog(cwd, ({ decision, inputs }) => ({
      decision: { ...decision, engine: { name: "gate", version: "0.0.1" }, outcome: "allow", exitCode: 0 },
      inputs,
    }));
    const report = await verify("--store", "forged.db");
    expect(report).toMatchObject({ code: 2, verdict: "unknown" });
    expect(report.findings[0]).toMatchObject({ code: "not-replayable", index: 1 });
    expect(report.findings[0]?.message).toMatch(/^gate 0\.0\.1 made it/);
  });

  it("cannot tell where inputs hold what no gate wrote", async () => {
    await forgeLog(cwd, ({ decision, inputs }) => {
      const strange = { ...inputs, environment: null } as unknown as typeof inputs;
      return { decision: { ...decision, inputs: inputsBlob(strange).digest }, inputs: strange };
    });
    const report = await verify("--store", "forged.db");
    expect(report).toMatchObject({ code: 2, verdict: "unknown", decisions: { notReplayable: 1 } });
  });

  it.each([
    { what: "a document", type: "%decision%", code: 2 },
    { what: "inputs", type: "%inputs%", code: 2 },
    { what: "evidence", type: "%evidence%", code: 2 },
  ])("lists what cannot be made again where $what was deleted", async ({ type, code }) => {
    tamper(join(cwd, ".gate/audit.db"), `DELETE FROM blob WHERE media_type LIKE '${type}'`);
    const report = await verify();
    expect(report).toMatchObject({ code, verdict: "unknown" });
    expect(report.findings.filter((finding) => finding.code === "not-replayable").map(({ index }) => index)).toEqual([
      1, 2,
    ]);
  });

  it("counts apart what by its own record stored too little", async () => {
    await gate(["check", "-e", "development", "--keep-raw"], { cwd });
    expect(await verify()).toMatchObject({ code: 0, decisions: { decisions: 3, identical: 2, tooLittle: 1 } });
    const { stdout } = await gate(["audit", "verify", "--decisions"], { cwd });
    expect(stdout).toContain("; 1 holds too little to be made again.");
    expect(await verify("--last", "1")).toMatchObject({ code: 2, findings: [{ code: "empty" }] });
  });

  it("runs nothing of a log that was tampered with", async () => {
    const sql = "UPDATE blob SET data = CAST('{}' AS BLOB) WHERE media_type = 'application/wasm'";
    tamper(join(cwd, ".gate/audit.db"), "DROP TRIGGER blob_no_update", sql);
    const report = await verify();
    expect(report).toMatchObject({ code: 1, verdict: "tampered" });
    expect(report.decisions).toBeUndefined();
    const { stdout } = await gate(["audit", "verify", "--decisions"], { cwd });
    expect(stdout).toContain("The decisions were not made again.\n");
  });
});
