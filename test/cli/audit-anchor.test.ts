import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { exampleProject, gate, git } from "../support.ts";

vi.setConfig({ testTimeout: 300_000 });

interface Project {
  readonly cwd: string;
  readonly log: string;
}

/** A log with a key, and a decision. */
async function project(): Promise<Project> {
  const cwd = exampleProject();
  await gate(["key", "generate", "-o", "log.pem"], { cwd });
  const { stdout } = await gate(["check", "--env", "development", "--format", "json"], { cwd });
  const { audit } = JSON.parse(stdout) as { audit: { log: string } };
  const { stdout: key } = await gate(["key", "show", "log.pem", "--log", audit.log], { cwd });
  writeFileSync(join(cwd, "log.vkey"), key);
  return { cwd, log: audit.log };
}

const VERIFY = ["audit", "verify", "--log-key", "log.vkey"] as const;

describe("gate audit anchor", () => {
  test("signs the newest tree where none is kept of it, and only then needs the key", async () => {
    const { cwd } = await project();
    const without = await gate(["audit", "anchor", "--to", "file:kept"], { cwd });
    expect(without).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--key FILE") });
    expect(existsSync(join(cwd, "kept"))).toBe(false);
    const first = await gate(["audit", "anchor", "--to", "file:kept", "--key", "log.pem"], { cwd });
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/^file:.*kept: 2 entries anchored\n$/) });
    const again = await gate(["audit", "anchor", "--to", "file:kept", "--json"], { cwd });
    expect(JSON.parse(again.stdout)).toEqual({ anchor: `file:${join(cwd, "kept")}`, status: "present", size: 2 });
    const { stdout: signed } = await gate(["audit", "checkpoint", "--key", "log.pem"], { cwd });
    const [own = ""] = readdirSync(join(cwd, "kept"));
    expect(readFileSync(join(cwd, "kept", own, "2.checkpoint"), "utf8")).toBe(signed);
  });

  test("goes on where one place fails, and says which", async () => {
    const { cwd } = await project();
    writeFileSync(join(cwd, "taken"), "");
    const args = ["audit", "anchor", "--key", "log.pem", "--to", "file:taken", "--to", "git:nowhere", "--to", "file:b"];
    const { code, stdout } = await gate(args, { cwd });
    expect(code).toBe(2);
    expect(stdout).toMatch(/taken: FAILED \[anchor-failed\]/);
    expect(stdout).toMatch(/git:nowhere#refs\/gate\/checkpoints: FAILED \[usage\]/);
    expect(stdout).toMatch(/\/b: 2 entries anchored/);
    expect(stdout).not.toContain("PRIVATE KEY");
  });

  test("does what gate.yaml says, from its folder", async () => {
    const { cwd } = await project();
    mkdirSync(join(cwd, "below"));
    const nothing = await gate(["audit", "anchor", "--key", "../log.pem"], { cwd: join(cwd, "below") });
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining("audit.anchors") });
    const config = readFileSync(join(cwd, "gate.yaml"), "utf8");
    const anchors = "audit:\n  anchors:\n    - file:kept\n    - file:./other\n";
    writeFileSync(join(cwd, "gate.yaml"), config.replace(/^audit:\n/m, anchors));
    const { code } = await gate(["audit", "anchor", "--key", "../log.pem"], { cwd: join(cwd, "below") });
    expect(code).toBe(0);
    expect(existsSync(join(cwd, "kept"))).toBe(true);
    expect(existsSync(join(cwd, "other"))).toBe(true);
    const { stdout } = await gate(["config", "show", "--env", "production"], { cwd });
    expect(stdout).toMatch(/audit\.anchors +.*gate\.yaml/);
  });

  test.each(["receipts:out", "kept", "tsa:http://tsa.example.org"])(
    "refuses %s before anything is done",
    async (to) => {
      const { cwd } = await project();
      const { code } = await gate(["audit", "anchor", "--key", "log.pem", "--to", "file:kept", "--to", to], { cwd });
      expect(code).toBe(2);
      expect(existsSync(join(cwd, "kept"))).toBe(false);
    },
  );
});

describe("gate audit verify --anchor", () => {
  test("is good up to the largest checkpoint, and says how far that is", async () => {
    const { cwd } = await project();
    await gate(["audit", "anchor", "--to", "file:kept", "--key", "log.pem"], { cwd });
    await gate(["check", "--env", "development"], { cwd });
    const good = await gate([...VERIFY, "--anchor", "file:kept"], { cwd });
    expect(good).toMatchObject({ code: 0, stdout: expect.stringContaining("GOOD: 3 entries verified") });
    expect(good.stdout).toContain("Held against a checkpoint that was kept elsewhere, up to entry 1;");
    const nobody = await gate(["audit", "verify", "--anchor", "file:kept"], { cwd });
    expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining("--log-key") });
    const missing = await gate([...VERIFY, "--anchor", "file:kept", "--anchor", "file:nowhere"], { cwd });
    expect(missing).toMatchObject({ code: 2, stdout: expect.stringMatching(/^CANNOT TELL[^]*anchor-unreadable/) });
  });

  test("finds on a ref of the remote that the log was replaced by one with the same key", async () => {
    const { cwd, log } = await project();
    const remote = join(cwd, "remote.git");
    git(cwd, "init", "--quiet", "--bare", remote);
    git(cwd, "init", "--quiet");
    git(cwd, "remote", "add", "origin", remote);
    const anchored = await gate(["audit", "anchor", "--to", "git:origin", "--key", "log.pem"], { cwd });
    expect(anchored.stdout).toBe("git:origin#refs/gate/checkpoints: 2 entries anchored\n");
    const store = ["--store", "other.db"];
    await gate(["audit", "init", ...store, "--origin", log], { cwd });
    await gate(["check", "--env", "development", "--log-key", "log.pem", ...store], { cwd });
    expect((await gate([...VERIFY, ...store], { cwd })).code).toBe(0);
    const replaced = await gate([...VERIFY, ...store, "--anchor", "git:origin"], { cwd });
    expect(replaced).toMatchObject({ code: 1, stdout: expect.stringMatching(/^TAMPERED[^]*root-changed/) });
  });
});
