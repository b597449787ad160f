import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Decision } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { gate, temporaryFolder, writeFiles } from "../support.ts";

const CONFIG = `version: 1
evidence:
  - path: junit.xml
environments:
  development:
    mandatory: [promotion]
  staging:
    mandatory: [tests]
    integrity: open
  production:
    mandatory: [tests, promotion]
    integrity: open
    parameters:
      promotion: { minimum_integrity: open }
`;

const PASSED = '<testsuite name="unit" tests="1" failures="0"><testcase name="one"/></testsuite>';
const FAILED = '<testsuite name="unit" tests="1" failures="1"><testcase name="one"><failure/></testcase></testsuite>';

const ONE = `shop@${sha256("one")}`;
const OTHER = `shop@${sha256("other")}`;

function project(config = CONFIG): string {
  const folder = temporaryFolder();
  writeFiles(folder, { "gate.yaml": config, "junit.xml": PASSED });
  return folder;
}

async function check(cwd: string, environment: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await gate(["check", "--env", environment, "--format", "json", ...args], { cwd });
  expect(stderr).toBe("");
  const decision = JSON.parse(stdout) as Decision;
  return { code, decision, promotion: decision.gates.find(({ id }) => id === "promotion") };
}

describe("promotion", () => {
  it("opens production for what staging has allowed, and says what it read", async () => {
    const cwd = project();
    expect((await check(cwd, "staging", "--artifact", ONE)).code).toBe(0);
    const { code, decision, promotion } = await check(cwd, "production", "--artifact", ONE);
    expect(promotion).toMatchObject({ result: "pass", applicable: 1 });
    expect(code).toBe(0);
    const history = decision.evidence.find(({ kind }) => kind === "history");
    expect(history).toMatchObject({
      format: "gate-log",
      path: ".gate/audit.db",
      status: "usable",
      stored: true,
      counts: { decisions: 1, allowed: 1, size: 2 },
    });
    expect(promotion?.evidence).toEqual([history?.id]);
  });

  it("blocks what was never checked for staging", async () => {
    const { code, promotion } = await check(project(), "production", "--artifact", ONE);
    expect(code).toBe(1);
    expect(promotion).toMatchObject({
      result: "fail",
      violations: [{ message: "shop: the audit log has no decision for staging about it" }],
    });
  });

  it("blocks another digest, whatever its name", async () => {
    const cwd = project();
    await check(cwd, "staging", "--artifact", OTHER);
    const { code, promotion } = await check(cwd, "production", "--artifact", ONE);
    expect([code, promotion?.result]).toEqual([1, "fail"]);
  });

  it("blocks what staging blocked after it had allowed it", async () => {
    const cwd = project();
    await check(cwd, "staging", "--artifact", ONE);
    writeFileSync(join(cwd, "junit.xml"), FAILED);
    expect((await check(cwd, "staging", "--artifact", ONE)).code).toBe(1);
    writeFileSync(join(cwd, "junit.xml"), PASSED);
    const { code, promotion } = await check(cwd, "production", "--artifact", ONE);
    expect(code).toBe(1);
    expect(promotion?.violations[0]?.message).toMatch(
      /^shop: its latest decision for staging, [0-9a-f-]{36}, is block$/,
    );
  });

  it("blocks what was allowed too long ago", async () => {
    const cwd = project(CONFIG.replace("minimum_integrity: open", "minimum_integrity: open, max_age_hours: 0.000001"));
    await check(cwd, "staging", "--artifact", ONE);
    const { code, promotion } = await check(cwd, "production", "--artifact", ONE);
    expect(code).toBe(1);
    expect(promotion?.violations[0]?.message).toContain(", more than 0.000001 hours ago");
  });

  it("does not count an allow of another repository", async () => {
    const cwd = project();
    await check(cwd, "staging", "--artifact", ONE, "--repository", "acme/other");
    const { code } = await check(cwd, "production", "--artifact", ONE, "--repository", "acme/shop");
    expect(code).toBe(1);
  });

  it("is not evaluated where the artifact is not known", async () => {
    const { code, promotion } = await check(project(), "production");
    expect(code).toBe(1);
    expect(promotion).toMatchObject({ result: "not-evaluated", reason: expect.stringContaining("pass --artifact") });
  });

  it("is not evaluated where the check is not recorded", async () => {
    const { code, promotion } = await check(project(), "development", "--no-audit", "--artifact", ONE);
    expect(code).toBe(1);
    expect(promotion).toMatchObject({ result: "not-evaluated", reason: "there is no history evidence" });
  });

  it("stays closed where somebody brings a history of their own", async () => {
    const cwd = project();
    const forged = exampleDocument({ kind: "history", decisions: [{ artifacts: [sha256("one")] }] }, 0);
    writeFiles(cwd, { "history.json": JSON.stringify(forged) });
    const { code, promotion } = await check(cwd, "production", "--artifact", ONE, "--evidence", "history.json");
    expect(code).toBe(1);
    expect(promotion?.violations[0]?.message).toContain("the audit log has no decision for staging");
    await check(cwd, "staging", "--artifact", ONE);
    const { promotion: after } = await check(cwd, "production", "--artifact", ONE, "--evidence", "history.json");
    expect(after).toMatchObject({
      result: "not-evaluated",
      reason: expect.stringContaining("gate reads history out of its own audit log"),
    });
  });

  it("cannot be declared as evidence", async () => {
    const { code, stderr } = await gate(["check", "--env", "production", "--evidence", "history=junit.xml"], {
      cwd: project(),
    });
    expect(code).toBe(2);
    expect(stderr).toContain("history");
  });

  it("reads no log where no gate asks for it", async () => {
    const { decision } = await check(project(), "staging", "--artifact", ONE);
    expect(decision.evidence.map(({ kind }) => kind)).toEqual(["tests"]);
  });

  it("makes the same decision again from what is recorded", async () => {
    const cwd = project();
    await check(cwd, "staging", "--artifact", ONE);
    await check(cwd, "production", "--artifact", ONE);
    const { code, stdout } = await gate(["policy", "impact", "--fail-on", "flip"], { cwd });
    expect(stdout).toMatch(/\b2 (?:recorded )?decisions\b/);
    expect(code).toBe(0);
  });
});
