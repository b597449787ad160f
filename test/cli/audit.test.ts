import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exampleProject, gate } from "../support.ts";

async function checkedProject(): Promise<string> {
  const cwd = exampleProject();
  await gate(["check", "--env", "production"], { cwd });
  await gate(["check", "--env", "development"], { cwd });
  return cwd;
}

it("lists, shows and verifies what was decided", async () => {
  const cwd = await checkedProject();
  const list = await gate(["audit", "list"], { cwd });
  const lines = list.stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^ +2 {2}\S+Z {2}allow +development/);
  expect(lines[1]).toMatch(/^ +1 {2}\S+Z {2}block +production/);
  const shown = await gate(["audit", "show", "1"], { cwd });
  expect(shown.stdout).toMatch(/^BLOCKED for production/);
  const id = lines[1]?.trim().split(/ +/).at(-1) ?? "";
  const json = await gate(["audit", "show", id, "--format", "json"], { cwd });
  expect(JSON.parse(json.stdout)).toMatchObject({ id, outcome: "block", audit: { index: 1 } });
  const verified = await gate(["audit", "verify"], { cwd });
  expect(verified.stdout).toMatch(/^GOOD: 3 entries verified/);
  expect(verified.code).toBe(0);
});

it("notices one changed byte", async () => {
  const cwd = await checkedProject();
  const file = join(cwd, ".gate/audit.db");
  const bytes = readFileSync(file);
  const at = bytes.indexOf('"outcome":"block"') + '"outcome":"'.length;
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  chmodSync(file, 0o600);
  writeFileSync(file, bytes);
  const { code, stdout, stderr } = await gate(["audit", "verify"], { cwd });
  expect(stdout).toMatch(/^TAMPERED/);
  expect(stderr).toBe("");
  expect(code).toBe(1);
  const report = await gate(["report", "ssdf"], { cwd });
  expect(report.stdout).toContain("tampered with");
  expect(report.stderr).toContain("gate audit verify");
  expect(report.code).toBe(1);
});

it("holds the log against a checkpoint that was kept", async () => {
  const cwd = await checkedProject();
  const { stdout } = await gate(["check", "--env", "development", "--format", "json"], { cwd });
  const { checkpoint } = (JSON.parse(stdout) as { audit: { checkpoint: string } }).audit;
  await gate(["check", "--env", "development"], { cwd });
  expect((await gate(["audit", "verify", "--checkpoint", checkpoint], { cwd })).code).toBe(0);
  const forged = checkpoint.replace(/.$/, (digit) => (digit === "0" ? "1" : "0"));
  expect((await gate(["audit", "verify", "--checkpoint", forged], { cwd })).code).toBe(1);
});

it("writes a report out of the record", async () => {
  const cwd = await checkedProject();
  const { code, stderr } = await gate(
    ["report", "ssdf", "-o", "html=report.html", "-o", "markdown=report.md", "-o", "json=report.json"],
    { cwd },
  );
  expect(stderr).toContain("Wrote report.html");
  expect(code).toBe(0);
  expect(readFileSync(join(cwd, "report.html"), "utf8")).toMatch(/^<!doctype html>/i);
  expect(readFileSync(join(cwd, "report.md"), "utf8")).toContain("PW.7.2");
  expect(JSON.parse(readFileSync(join(cwd, "report.json"), "utf8"))).toMatchObject({ schema: "gate/report/v1" });
});

it("keeps the record of several checks at the same time", async () => {
  const cwd = exampleProject();
  const results = await Promise.all(Array.from({ length: 6 }, () => gate(["check", "--env", "development"], { cwd })));
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
  expect((await gate(["audit", "verify"], { cwd })).stdout).toMatch(/^GOOD: 7 entries/);
});
