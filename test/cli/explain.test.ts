import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, it } from "vitest";
import type { Explanation } from "../../src/explain/model.ts";
import { exampleProject, gate, writeFiles } from "../support.ts";

/** Two recorded decisions of the example: allowed for development, then blocked for production. */
let cwd: string;
beforeEach(async () => {
  cwd = exampleProject();
  for (const environment of ["development", "production"]) await gate(["check", "-e", environment], { cwd });
});

async function explained(...args: readonly string[]): Promise<Explanation> {
  const { code, stdout, stderr } = await gate(["explain", "--json", ...args], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return JSON.parse(stdout) as Explanation;
}

async function text(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gate(["explain", ...args], { cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

function problem(index: number): object {
  return {
    ruleId: `rule-${index}`,
    level: "error",
    message: { text: `problem ${index} \u001B[31mred` },
    locations: [{ physicalLocation: { artifactLocation: { uri: "a.ts" }, region: { startLine: index } } }],
  };
}

describe("gate explain", () => {
  it("says of the last decision what stands in the way and what would open it", async () => {
    const stdout = await text();
    expect(stdout).toMatch(/^BLOCKED for production: 2 of 6 gates closed\ndecision 2 of the log, /);
    expect(stdout).toContain("x sast (mandatory): fail, 2 violations\n  What would open it: fix these 2 findings\n");
    expect(stdout).toContain(
      "  What would open it: cover 14 more lines and 12 more branches\n    src/exports.js: 14 lines",
    );
    expect(stdout).toContain("x integrity: open, and bound is required");
    expect(stdout).toContain(
      "evidence-unbound: artifacts/coverage-summary.json does not say for which commit it was made, and 5 more",
    );
    expect(stdout).toContain("Run `gate evidence bind FILE...`");
  });

  it("says of a gate which rule denies which bytes by which parameters", async () => {
    const {
      gates: [sast],
    } = await explained("sast");
    expect(sast).toMatchObject({
      id: "sast",
      standsInTheWay: true,
      remedy: { kind: "changes", minimal: true, changes: [{ action: "fix-finding" }, { action: "fix-finding" }] },
    });
    expect(sast).not.toHaveProperty("rulesUnknown");
    const source = readFileSync(join(import.meta.dirname, "../../policies/gates/security/sast/sast.rego"), "utf8");
    const report = readFileSync(join(cwd, "artifacts/semgrep.sarif"), "utf8");
    for (const { rules, place, message } of sast?.violations ?? []) {
      const [rule] = rules;
      expect(rules).toHaveLength(1);
      expect(rule).toMatchObject({ name: "deny", file: "builtin/gates/security/sast/sast.rego" });
      expect(source.split("\n")[(rule?.row ?? 0) - 1]).toMatch(/^deny contains/);
      expect(place).toMatchObject({ path: "artifacts/semgrep.sarif", file: "same" });
      const { line = 0, column = 0, pointer } = place?.original ?? {};
      expect(pointer).toMatch(/^\/runs\/0\/results\/\d$/);
      expect(report.split("\n")[line - 1]?.slice(column - 1)).toMatch(/^\{"/);
      const [, , run, , result] = pointer?.split("/") ?? [];
      const log = JSON.parse(report) as { runs: { results: { message: { text: string } }[] }[] };
      expect(log.runs[Number(run)]?.results[Number(result)]?.message.text).toContain(message.slice(0, 20));
    }
  });

  it("tells the rules of a gate apart, and the parameters that each names", async () => {
    const {
      gates: [coverage],
    } = await explained("unit-coverage");
    const [branches, lines] = coverage?.violations ?? [];
    expect(branches?.place?.normalised).toBe("/summary/branches");
    expect(branches?.rules.map(({ parameters }) => parameters)).toEqual([["branches"]]);
    expect(lines?.rules.map(({ parameters }) => parameters)).toEqual([["lines"]]);
    expect(branches?.rules[0]?.row).not.toBe(lines?.rules[0]?.row);
  });

  it("names the line of gate.yaml that a parameter comes from", async () => {
    const stdout = await text("unit-coverage", "--decision", "1");
    const row = readFileSync(join(cwd, "gate.yaml"), "utf8")
      .split("\n")
      .findIndex((line) => line.includes("lines: 60"));
    expect(stdout).toContain(`lines = 60  (gate.yaml:${row + 1})`);
    expect(stdout).toContain("It does not stand in the way.");
  });

  it("says of one violation everything, by the start of its fingerprint", async () => {
    const all = await explained("sast");
    const fingerprint = all.gates[0]?.violations[1]?.fingerprint ?? "";
    for (const prefix of [fingerprint, fingerprint.slice(0, 20), fingerprint.slice("sha256:".length, 20)]) {
      const one = await explained(prefix);
      expect(one.about).toBe("violation");
      expect(one.gates.flatMap(({ violations }) => violations).map((violation) => violation.fingerprint)).toEqual([
        fingerprint,
      ]);
      expect(one.gates[0]?.violations[0]?.place?.original?.pointer).toMatch(/^\/runs/);
    }
  });

  it("finds a decision by index, id and the start of its id", async () => {
    const { decision } = await explained("1");
    expect(decision).toMatchObject({ index: 1, outcome: "allow", environment: "development" });
    for (const reference of [decision.id, decision.id.slice(0, 23)]) {
      expect((await explained(reference)).decision.index).toBe(1);
    }
    expect(await text("1")).toMatch(/^ALLOWED for development: no gate stands in the way\n/);
  });

  it("stays within 25 lines on a gate, and lists everything with --all", async () => {
    const results = Array.from({ length: 40 }, (_, index) => problem(index + 1));
    writeFiles(cwd, {
      "artifacts/semgrep.sarif": JSON.stringify({
        version: "2.1.0",
        runs: [{ tool: { driver: { name: "T" } }, results }],
      }),
    });
    await gate(["check", "-e", "production"], { cwd });
    const brief = await text("sast");
    expect(brief.trimEnd().split("\n").length).toBeLessThanOrEqual(25);
    expect(brief).toContain("fix these 40 findings");
    expect(brief).toContain("--all lists them");
    const all = await text("sast", "--all");
    for (let index = 1; index <= 40; index++) expect(all).toContain(`/runs/0/results/${index - 1}\n`);
    expect(all).not.toContain("\u001B");
  });

  it("says which file is another one or gone by now, and still where it was in the evidence", async () => {
    writeFileSync(
      join(cwd, "artifacts/semgrep.sarif"),
      `${readFileSync(join(cwd, "artifacts/semgrep.sarif"), "utf8")}\n`,
    );
    expect(await text("sast")).toContain("which is another file by now; /body/findings/");
    rmSync(join(cwd, "artifacts/semgrep.sarif"));
    expect(await text("sast")).toContain("which is not there any more; /body/findings/");
  });

  it("names no rule by other policies than those of the decision", async () => {
    writeFiles(cwd, {
      "gate.yaml": readFileSync(join(cwd, "gate.yaml"), "utf8").replace(
        "version: 1",
        "version: 1\npolicy: {paths: [own]}",
      ),
      "own/lib.rego": "package lib.own\n\nx := 1\n",
    });
    const { gates } = await explained("sast");
    expect(gates[0]?.rulesUnknown).toBe("the policies here are not those that made the decision");
    expect(gates[0]?.violations.every(({ rules }) => rules.length === 0)).toBe(true);
    // What would open it is asked of the policies that made it.
    expect(gates[0]?.remedy.kind).toBe("changes");
    expect(await text("sast")).toContain("rules are not named: the policies here are not those");
  });

  it("explains what the record alone says where the evidence is not stored", async () => {
    await gate(["check", "-e", "production", "--keep-raw"], { cwd });
    const { gates } = await explained("sast");
    expect(gates[0]).toMatchObject({ result: "fail", remedy: { kind: "unknown" } });
    expect(gates[0]?.violations).toHaveLength(2);
    expect(await text()).toContain("cannot be told: its evidence is not stored, for it was made with --keep-raw");
  });

  it("names the evidence that is missing", async () => {
    rmSync(join(cwd, "artifacts/coverage-summary.json"));
    await gate(["check", "-e", "production"], { cwd });
    expect(await text("unit-coverage")).toContain("What would open it: provide unit coverage evidence: there is none");
  });

  it("refuses a log that was tampered with", async () => {
    const database = new Database(join(cwd, ".gate/audit.db"));
    const guard: unknown = database
      .prepare("SELECT sql FROM sqlite_schema WHERE name = 'blob_no_update'")
      .pluck()
      .get();
    database.exec("DROP TRIGGER blob_no_update");
    database.exec(
      "UPDATE blob SET data = CAST(replace(CAST(data AS TEXT), 'high', 'info') AS BLOB) WHERE media_type LIKE '%evidence%'",
    );
    database.exec(String(guard));
    database.close();
    const { code, stdout, stderr } = await gate(["explain", "sast"], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("[audit-corrupt]");
  });

  it.each([
    { args: ["sats"], message: 'there is no decision, gate or violation "sats"' },
    { args: ["sast", "--decision", "99"], message: 'the log has no decision "99"' },
    { args: ["0000000"], message: "there is no decision, gate or violation" },
    { args: ["--store", "none.db"], message: "audit-not-found" },
  ])("$args is exit 2 and a clear word", async ({ args, message }) => {
    const { code, stderr } = await gate(["explain", ...args], { cwd });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it("is what a blocked check points to", async () => {
    const { stdout } = await gate(["check", "-e", "production"], { cwd });
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/^`gate explain sast` /);
    const allowed = await gate(["check", "-e", "development"], { cwd });
    expect(allowed.stdout).not.toContain("gate explain");
  });
});
