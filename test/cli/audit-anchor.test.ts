import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { formatVerifierKey, noteKey, readVerifierKey } from "../../src/audit/note.ts";
import { systemClock } from "../../src/util/clock.ts";
import { createAuthority, hasOpenssl } from "../audit/anchor/authority.ts";
import { ed25519 } from "../audit/anchor/support.ts";
import { createWitness, serve } from "../audit/anchor/witness.ts";
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

  test("anchors no log that was put back to an earlier state", async () => {
    const { cwd } = await project();
    const store = join(cwd, ".gate/audit.db");
    const earlier = readFileSync(store);
    await gate(["check", "--env", "development"], { cwd });
    writeFileSync(store, earlier);
    const { code, stderr } = await gate(["audit", "anchor", "--to", "file:kept", "--key", "log.pem"], { cwd });
    expect(stderr).toContain("[audit-rolled-back]");
    expect(code).toBe(2);
    expect(existsSync(join(cwd, "kept"))).toBe(false);
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

describe("others who vouch for a log", () => {
  test("a witness and an authority are asked, and their word is in receipts and verifications", async () => {
    const { cwd, log } = await project();
    const logKey = readVerifierKey(readFileSync(join(cwd, "log.vkey"), "utf8"));
    const now = Math.floor(systemClock.now().getTime() / 1000);
    const witness = createWitness("witness.example", ed25519(3), [logKey], now);
    await using server = await serve((body) => witness.answer(body));
    const key = formatVerifierKey(witness.key);
    const to = ["--to", "file:kept", "--to", `witness:${server.url.href}#${key}`];
    const anchored = await gate(["audit", "anchor", "--key", "log.pem", ...to], { cwd });
    expect(anchored).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^witness:http:.*2 entries anchored\nfile:/),
    });
    expect(witness.seen(log)).toMatchObject({ size: 2 });
    const [own = ""] = readdirSync(join(cwd, "kept"));
    expect(readFileSync(join(cwd, "kept", own, "2.checkpoint"), "utf8")).toContain("\u2014 witness.example ");
    const receipt = await gate(["audit", "prove", "1"], { cwd });
    expect(receipt.stdout).toContain("\u2014 witness.example ");

    const asked = ["audit", "verify", "--witness", key] as const;
    const good = await gate(asked, { cwd });
    expect(good.stdout).toContain("The first 2 entries were seen by witness.example, last at ");
    expect(good.code).toBe(0);
    const more = await gate([...asked, "--witnesses", "2"], { cwd });
    expect(more).toMatchObject({ code: 2, stderr: expect.stringContaining("1 are named") });
    const twice = await gate([...asked, "--witness", key], { cwd });
    expect(twice.code).toBe(0);
    const other = formatVerifierKey(noteKey("other.example", "witness", ed25519(4)));
    expect((await gate([...asked, "--witness", other], { cwd })).stdout).toContain("witness-missing");
    expect((await gate([...asked, "--witness", other, "--witnesses", "1"], { cwd })).code).toBe(0);
    const wrong = await gate(["audit", "verify", "--witness", "log.vkey"], { cwd });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("[key-invalid]") });
  });

  test.skipIf(!hasOpenssl())("a time stamp leads to the certificates that are given", async () => {
    const { cwd } = await project();
    const authority = createAuthority(cwd, "a");
    await using server = await serve((body) => authority.answer(body));
    const to = `tsa:${server.url.href}#a.root.pem`;
    const anchored = await gate(["audit", "anchor", "--key", "log.pem", "--to", to], { cwd });
    expect(anchored).toMatchObject({ code: 0, stdout: expect.stringContaining("2 entries anchored") });
    const good = await gate(["audit", "verify", "--tsa-ca", "a.root.pem"], { cwd });
    expect(good).toMatchObject({ code: 0, stdout: expect.stringContaining("The first 2 entries were there at") });
    createAuthority(cwd, "b");
    const missing = await gate(["audit", "verify", "--tsa-ca", "b.root.pem"], { cwd });
    expect(missing).toMatchObject({ code: 2, stdout: expect.stringContaining("timestamp-missing") });
    expect((await gate(["audit", "verify", "--tsa-ca", "log.vkey"], { cwd })).stderr).toContain("[key-invalid]");
  });

  test("what an answer says does no harm to a terminal", async () => {
    const { cwd } = await project();
    await using server = await serve(() => ({ status: 500, body: "::error::no\u001B[2J\nGOOD\n" }));
    const key = formatVerifierKey(noteKey("w", "witness", ed25519(3)));
    const to = `witness:${server.url.href}#${key}`;
    const { code, stdout } = await gate(["audit", "anchor", "--key", "log.pem", "--to", to], { cwd });
    expect(code).toBe(2);
    expect(stdout).toContain("FAILED [anchor-failed]");
    expect(stdout).not.toContain("\u001B");
    expect(stdout.split("\n").filter((line) => /^(?:::|GOOD)/.test(line))).toEqual([]);
  });
});

describe("gate audit verify --anchored-within", () => {
  test("asks that what nobody else has is little, or new", async () => {
    const { cwd } = await project();
    await gate(["audit", "anchor", "--to", "file:kept", "--key", "log.pem"], { cwd });
    const within = (limit: string): ReturnType<typeof gate> =>
      gate([...VERIFY, "--anchor", "file:kept", "--anchored-within", limit], { cwd });
    for (const limit of ["0", "1s"]) expect((await within(limit)).code, limit).toBe(0);
    await gate(["check", "--env", "development"], { cwd });
    for (const limit of ["1", "24h"]) expect((await within(limit)).code, limit).toBe(0);
    const old = await within("0");
    expect(old).toMatchObject({ code: 2, stdout: expect.stringMatching(/^CANNOT TELL[^]*anchor-old/) });
    expect((await within("soon")).stderr).toContain("[usage]");
    const of = await gate([...VERIFY, "--anchored-within", "1d"], { cwd });
    expect(of).toMatchObject({ code: 2, stderr: expect.stringContaining("--anchor") });
  });
});
