import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test, vi } from "vitest";
import { openAuditStore } from "../../src/audit/open.ts";
import { collectEntry, readSpool, spoolDocument } from "../../src/audit/spool.ts";
import { verifyStore } from "../../src/audit/verify.ts";
import { generateKey } from "../../src/trust/signing.ts";
import { ORIGIN, sampleEntry, temporaryDirectory } from "../audit/fixtures.ts";
import { git, gitSite } from "../audit/git-support.ts";
import { exampleProject, gate, installation } from "../support.ts";

vi.setConfig({ testTimeout: 300_000 });

const CHECK = ["check", "--env", "development"] as const;

/** The example as a clone of a new bare repository. */
function cloneOfExample(): { readonly clone: string; readonly remote: string; readonly site: Disposable } {
  const site = gitSite();
  const clone = exampleProject();
  git(clone, ["init", "--quiet", "--initial-branch=main"]);
  git(clone, ["remote", "add", "origin", site.remote]);
  return { clone, remote: site.remote, site };
}

describe("a check whose store is a ref of the remote", () => {
  test("records there, and a list and a verification read it", async () => {
    const { clone, remote, site } = cloneOfExample();
    using _ = site;
    const options = { cwd: clone };
    const checked = await gate([...CHECK, "--store", "git:origin", "--format", "json"], options);
    expect(checked.stderr).toBe("");
    const decision = JSON.parse(checked.stdout);
    expect(decision.audit).toMatchObject({ index: 1 });
    expect(git(remote, ["cat-file", "blob", "refs/gate/audit:checkpoint"]).toString()).toContain("\n2\n");
    const listed = await gate(["audit", "list", "--store", "git:origin"], options);
    expect(listed.stdout).toContain(decision.id);
    const verified = await gate(["audit", "verify", "--store", "git:origin#refs/gate/audit"], options);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining("GOOD: 2 entries verified") });
  });

  test("that the remote refuses is no decision, and what the remote says does no harm", async () => {
    const { clone, remote, site } = cloneOfExample();
    using _ = site;
    const hook = "#!/bin/sh\nprintf '::error::gone\\033[2J\\n' >&2\nexit 1\n";
    writeFileSync(join(remote, "hooks/pre-receive"), hook, { mode: 0o755 });
    const { code, stdout, stderr } = await gate([...CHECK, "--store", "git:origin"], { cwd: clone });
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain("[audit-write-failed]");
    expect(stderr).toContain("pre-receive hook declined");
    expect(stderr).not.toContain("\u001B");
    expect(stderr.split("\n").filter((line) => line.startsWith("::"))).toEqual([]);
  });
});

describe("a log on a ref", () => {
  test("is created once, and has neither roles nor a file", async () => {
    const { clone, site } = cloneOfExample();
    using _ = site;
    const options = { cwd: clone };
    const init = ["audit", "init", "--store", "git:origin", "--origin", "acme/payments"];
    const place = "the audit log acme/payments: git:origin#refs/gate/audit\n";
    expect((await gate([...init, "--writer", "ci"], options)).stderr).toContain("a ref has no roles");
    expect(await gate(init, options)).toMatchObject({ code: 0, stdout: `Created ${place}` });
    expect(await gate(init, options)).toMatchObject({ code: 0, stdout: `There is already ${place}` });
    for (const command of [["backup", "-o", "copy.db"], ["doctor"]]) {
      const refused = await gate(["audit", ...command, "--store", "git:origin"], options);
      expect(refused).toMatchObject({ code: 2, stdout: "" });
      expect(refused.stderr).toContain("[usage]");
      expect(refused.stderr).toContain("on a ref of a remote");
    }
  });

  test("is signed with its key, which a verification of the ref asks for", async () => {
    const { clone, site } = cloneOfExample();
    using _ = site;
    const options = { cwd: clone };
    const at = ["--store", "git:origin"];
    for (const key of ["log", "other"]) await gate(["key", "generate", "-o", `${key}.pem`], options);
    const signing = ["--log-key", "log.pem", "-o", "receipt=r.tlog-proof", "--format", "json"];
    const checked = await gate([...CHECK, ...at, ...signing], options);
    expect(checked.stderr).toBe("");
    const { audit } = JSON.parse(checked.stdout);
    for (const key of ["log", "other"]) {
      writeFileSync(
        join(clone, `${key}.vkey`),
        (await gate(["key", "show", `${key}.pem`, "--log", audit.log], options)).stdout,
      );
    }
    const proven = await gate(["verify", "r.tlog-proof", "--log-key", "log.vkey"], options);
    expect(proven).toMatchObject({ code: 0, stdout: expect.stringContaining("PROVEN: entry 1 is in the log") });
    const verified = await gate(["audit", "verify", ...at, "--log-key", "log.vkey"], options);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining("GOOD") });
    expect((await gate(["audit", "verify", ...at, "--log-key", "other.vkey"], options)).code).toBe(1);
  });
});

describe("a check that spools", () => {
  test("says so, and what it wrote is collected once, with both times", async () => {
    const { clone, site } = cloneOfExample();
    using _ = site;
    const options = { cwd: clone };
    writeFileSync(join(clone, "ci.pem"), generateKey(undefined), { mode: 0o600 });
    const args = [...CHECK, "--store", "git:origin", "--audit-spool", "spool", "--key", "ci.pem"];
    const human = await gate(args, options);
    expect(human.stdout).toContain("Spooled, and not in the log yet");
    const decision = JSON.parse((await gate([...args, "--format", "json"], options)).stdout);
    const { audit, id } = decision;
    expect(audit).toEqual({
      spooled: `spool/${id}.spool.json`,
      sha256: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      signed: true,
    });
    const schema = JSON.parse(readFileSync(join(installation.schemas, "decision.v1.schema.json"), "utf8"));
    const validate = new Ajv({ strict: false }).compile(schema);
    expect(validate(decision) ? [] : validate.errors).toEqual([]);
    // Nothing was pushed.
    expect((await gate(["audit", "list", "--store", "git:origin"], options)).code).toBe(2);

    const files = readdirSync(join(clone, "spool")).map((name) => `spool/${name}`);
    expect(files.length).toBe(2);
    const refused = await gate(["audit", "collect", ...files, "--store", "git:origin"], options);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("[spool-invalid]") });
    const collecting = ["audit", "collect", ...files, "--store", "git:origin", "--public-key", "ci.pem"];
    const first = await gate(collecting, options);
    expect(first.stderr).toBe("");
    expect(first.stdout.match(/^appended/gm)?.length).toBe(2);
    const second = await gate(collecting, options);
    expect(second).toMatchObject({ code: 0 });
    expect(second.stdout.match(/^present/gm)?.length).toBe(2);
    const verified = await gate(["audit", "verify", "--store", "git:origin"], options);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining("3 entries") });
    const [line = ""] = (await gate(["audit", "list", "--json", "--store", "git:origin"], options)).stdout.split("\n");
    expect(JSON.parse(line).collected).toEqual({
      at: expect.stringMatching(/Z$/),
      signer: expect.stringMatching(/^SHA256:/),
    });
  });

  test("without a key is said to be unsigned, and taken only where that is asked for", async () => {
    const clone = exampleProject();
    const options = { cwd: clone };
    const checked = await gate([...CHECK, "--audit-spool", "spool"], options);
    expect(checked.stdout).toContain("(not signed)");
    const files = readdirSync(join(clone, "spool")).map((name) => `spool/${name}`);
    expect((await gate(["audit", "collect", ...files], options)).stderr).toContain("nobody signed it");
    const taken = await gate(["audit", "collect", ...files, "--allow-unsigned", "--json"], options);
    expect(JSON.parse(taken.stdout)).toMatchObject({ result: "appended", signer: null });
    expect((await gate(["audit", "verify"], options)).code).toBe(0);
  });

  test("and a log on the runner's own disk can be spooled afterwards", async () => {
    const clone = exampleProject();
    const options = { cwd: clone };
    await gate([...CHECK], options);
    await gate([...CHECK], options);
    const spooled = await gate(["audit", "spool", "out"], options);
    expect(spooled.stdout).toContain("Spooled 2 of the log's entries");
    const files = readdirSync(join(clone, "out")).map((name) => `out/${name}`);
    const collected = await gate(["audit", "collect", ...files, "--allow-unsigned", "--store", "other.db"], options);
    expect(collected.stdout.match(/^appended/gm)?.length).toBe(2);
    expect((await gate(["audit", "verify", "--store", "other.db"], options)).code).toBe(0);
    // The log that they came from has them already.
    const back = await gate(["audit", "collect", ...files, "--allow-unsigned"], options);
    expect(back.stdout.match(/^present/gm)?.length).toBe(2);
  });

  test.each([
    ["--no-audit", ["--no-audit"]],
    ["a key of the log", ["--log-key", "log.pem"]],
    ["a receipt", ["-o", "receipt=r.tlog-proof"]],
    ["a receipt and its key", ["--log-key", "log.pem", "-o", "receipt=r.tlog-proof"]],
  ])("does not go with %s", async (_name, args) => {
    const cwd = exampleProject();
    await gate(["key", "generate", "-o", "log.pem"], { cwd });
    const refused = await gate([...CHECK, "--audit-spool", "spool", ...args], { cwd });
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("[usage]");
    expect(refused.stderr).toContain("--audit-spool");
    expect(existsSync(join(cwd, "spool"))).toBe(false);
  });

  test("attests the decision, and names no place in the log", async () => {
    const cwd = exampleProject();
    const attesting = ["--attest", "statement=app.json", "--attest-resource", "https://acme.example/payments"];
    const args = [...CHECK, "--artifact", `app@sha256:${"0".repeat(64)}`, "--audit-spool", "spool", ...attesting];
    expect((await gate(args, { cwd })).code).toBe(0);
    const { predicate } = JSON.parse(readFileSync(join(cwd, "app.json"), "utf8"));
    const claims = Object.values<{ log?: unknown }>(predicate).filter((value) => Object.hasOwn(value, "log"));
    expect(claims.map(({ log }) => log)).toEqual([null]);
  });
});

describe("a file of spooled entries", () => {
  const sample = sampleEntry(1);
  const document = Buffer.from(spoolDocument([sample])).toString();
  test.each([
    ["another schema", document.replace("gate/spool/v1", "gate/spool/v2")],
    ["another document", document.replace(/"data":"..../, '"data":"AAAA')],
    ["a member that nobody knows", document.replace('"entries"', '"a":1,"entries"')],
    ["white space", `${document}\n`],
    ["a body that cannot be", document.replace('"kind":"decision"', '"kind":"log-created"')],
    ["no id", document.replace(sample.entry.id, "x")],
    ["a time of collection of its own", document.replace('"content":{', '"content":{"collected":1,')],
    ["nothing", ""],
  ])("is refused with %s", (_name, text) => {
    expect(readSpool(Buffer.from(document))?.length).toBe(1);
    expect(readSpool(Buffer.from(text))).toBeUndefined();
  });

  test("whose entry the log has with other content is an error, and the log stays", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    const collection = { at: "2026-02-01T00:00:00.000Z", signer: null };
    expect(await collectEntry(store, sample, collection)).toBe("appended");
    expect(await collectEntry(store, sample, { ...collection, at: "2026-03-01T00:00:00.000Z" })).toBe("present");
    const other = sampleEntry(1, { outcome: "allow", exitCode: 0 });
    await expect(collectEntry(store, other, collection)).rejects.toThrow(
      expect.objectContaining({ code: "audit-write-failed" }),
    );
    expect((await store.head()).size).toBe(2);
    await store.close();
    expect((await verifyStore(path)).verdict).toBe("good");
  });
});
