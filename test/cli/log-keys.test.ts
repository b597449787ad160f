import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { type CliResult, exampleProject, gate } from "../support.ts";

const ORIGIN = "acme";

/** A log that was signed with a first key, and two more keys. */
async function site(): Promise<{
  readonly cwd: string;
  readonly store: string;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly verify: (key: string) => Promise<CliResult>;
}> {
  const cwd = exampleProject();
  const run = (...args: readonly string[]): Promise<CliResult> => gate(args, { cwd });
  await run("audit", "init", "--origin", ORIGIN);
  for (const name of ["a", "b", "c"]) {
    await run("key", "generate", "-o", `${name}.pem`);
    writeFileSync(join(cwd, `${name}.vkey`), (await run("key", "show", `${name}.pem`, "--log", ORIGIN)).stdout);
  }
  await run("check", "--env", "development", "--log-key", "a.pem");
  const verify = (key: string): Promise<CliResult> => run("audit", "verify", "--log-key", `${key}.vkey`);
  return { cwd, store: join(cwd, ".gate/audit.db"), run, verify };
}

describe("gate key rotate", () => {
  it("brings in a key that whoever has the old one follows, and that alone signs from then on", async () => {
    const { run, verify, cwd } = await site();
    const rotated = await run("key", "rotate", "--key", "a.pem", "--new-key", "b.pem");
    expect(rotated).toMatchObject({ code: 0, stderr: "" });
    expect(rotated.stdout).toContain(readFileSync(join(cwd, "b.vkey"), "utf8").trim());
    for (const key of ["a", "b"]) expect((await verify(key)).code).toBe(0);

    const refused = await run("check", "--env", "development", "--log-key", "a.pem");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("has another key by now");
    expect((await run("audit", "checkpoint", "--key", "a.pem")).code).toBe(2);
    expect((await run("check", "--env", "development", "--log-key", "b.pem", "-o", "receipt=r")).code).not.toBe(2);
    for (const key of ["a", "b"]) expect((await verify(key)).code).toBe(0);
    expect((await run("verify", "r", "--log-key", "b.vkey")).code).toBe(0);
    expect((await verify("c")).code).toBe(1);
  });

  it("goes on from one key to the next, and does nothing when it is asked again", async () => {
    const { run, verify, store } = await site();
    await run("key", "rotate", "--key", "a.pem", "--new-key", "b.pem");
    const before = readFileSync(store);
    expect((await run("key", "rotate", "--key", "a.pem", "--new-key", "b.pem")).code).toBe(0);
    expect(readFileSync(store)).toEqual(before);
    expect((await run("key", "rotate", "--key", "a.pem", "--new-key", "c.pem")).code).toBe(2);
    await run("key", "rotate", "--key", "b.pem", "--new-key", "c.pem");
    for (const key of ["a", "b", "c"]) expect((await verify(key)).code).toBe(0);
  });

  it("leaves anchors with checkpoints of each key, up to where a key was revoked", async () => {
    const { run } = await site();
    await run("audit", "anchor", "--to", "file:anchors", "--key", "a.pem");
    await run("key", "rotate", "--key", "a.pem", "--new-key", "b.pem");
    await run("check", "--env", "development");
    expect((await run("audit", "anchor", "--to", "file:anchors", "--key", "b.pem")).code).toBe(0);
    const verify = (key: string): Promise<CliResult> =>
      run("audit", "verify", "--log-key", `${key}.vkey`, "--anchor", "file:anchors");
    for (const key of ["a", "b"]) expect(await verify(key)).toMatchObject({ code: 0 });
    expect((await verify("c")).code).toBe(1);

    await run("key", "revoke", "a.vkey", "--key", "b.pem", "--since", "1");
    const found = await verify("b");
    expect(found.code).toBe(2);
    expect(found.stdout).toContain("anchor-invalid");
  });

  it("refuses the same key twice", async () => {
    const { run } = await site();
    const refused = await run("key", "rotate", "--key", "a.pem", "--new-key", "a.pem");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("the new key is the old one") as string });
  });

  it("by somebody who has not the log's key is found", async () => {
    const { run, verify, store, cwd } = await site();
    // A copy from before the log knew any key but the first: the thief brings in the second by the third.
    copyFileSync(store, join(cwd, "copy.db"));
    await run("key", "rotate", "--key", "c.pem", "--new-key", "b.pem", "--store", "copy.db");
    const found = await run("audit", "verify", "--store", "copy.db", "--log-key", "a.vkey");
    expect(found.code).toBe(1);
    expect(found.stdout).toContain("key-unknown");
    expect((await verify("a")).code).toBe(0);
  });

  it("that was changed in the log is found", async () => {
    const { run, verify, store } = await site();
    await run("key", "rotate", "--key", "a.pem", "--new-key", "b.pem");
    const database = new Database(store);
    database.exec("DROP TRIGGER entry_no_update");
    database.exec(
      "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 'rotated', 'revoked') AS BLOB) WHERE kind = 'key'",
    );
    database.close();
    expect((await verify("a")).stdout).toContain("body-invalid");
  });
});

describe("gate key revoke", () => {
  it("takes back what the former key says of larger trees, its successor included", async () => {
    const { run, verify } = await site();
    await run("key", "rotate", "--key", "a.pem", "--new-key", "b.pem");
    expect((await run("key", "revoke", "a.vkey", "--key", "b.pem", "--since", "1")).code).toBe(0);
    const broken = await verify("a");
    expect(broken.code).toBe(2);
    expect(broken.stdout).toContain("key-revoked");
    expect((await verify("b")).code).toBe(0);
  });

  it("leaves the way to the next key where the former was good until then", async () => {
    const { run, verify } = await site();
    await run("key", "rotate", "--key", "a.pem", "--new-key", "b.pem");
    await run("key", "revoke", "a.vkey", "--key", "b.pem", "--since", "3");
    for (const key of ["a", "b"]) expect((await verify(key)).code).toBe(0);
  });

  it("is refused with a key that is not in force, and of the one that is", async () => {
    const { run } = await site();
    await run("key", "rotate", "--key", "a.pem", "--new-key", "b.pem");
    expect((await run("key", "revoke", "b.vkey", "--key", "a.pem", "--since", "1")).stderr).toContain(
      "has another key",
    );
    expect((await run("key", "revoke", "b.vkey", "--key", "b.pem", "--since", "1")).stderr).toContain(
      "take itself back",
    );
  });
});
