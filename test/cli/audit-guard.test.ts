import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CliResult, exampleProject, gate, temporaryFolder } from "../support.ts";

/** A project, and a machine that remembers for it alone. */
interface Site {
  readonly cwd: string;
  readonly store: string;
  readonly heads: string;
  readonly run: (...args: readonly string[]) => Promise<CliResult>;
  readonly check: (...args: readonly string[]) => Promise<CliResult>;
}

function site(): Site {
  const cwd = exampleProject();
  const state = temporaryFolder();
  const run = (...args: readonly string[]): Promise<CliResult> => gate(args, { cwd, env: { GATE_STATE_DIR: state } });
  return {
    cwd,
    store: join(cwd, ".gate/audit.db"),
    heads: join(state, "heads"),
    run,
    check: (...args) => run("check", "--env", "development", ...args),
  };
}

/** Leaves a log of two entries, which had three. */
async function putBack({ cwd, store, check }: Site): Promise<void> {
  await check();
  copyFileSync(store, join(cwd, "older.db"));
  await check();
  copyFileSync(join(cwd, "older.db"), store);
}

describe("a log that was put back to an earlier state", () => {
  it("is refused before anything is decided, until somebody says that it was on purpose", async () => {
    const place = site();
    const { cwd, store, run, check } = place;
    await putBack(place);

    const refused = await check();
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("was put back or rewritten: it had 3 entries and holds 2");
    expect(refused.stderr).toContain("gate audit guard --accept");
    expect(readFileSync(store)).toEqual(readFileSync(join(cwd, "older.db")));
    expect(await run("audit", "guard")).toMatchObject({ code: 1 });

    expect(await run("audit", "guard", "--accept")).toMatchObject({ code: 0 });
    expect(await run("audit", "guard")).toMatchObject({ code: 0 });
    expect((await check()).code).not.toBe(2);
  });

  it("is refused where it went on differently and is as long as before", async () => {
    const { cwd, store, heads, check } = site();
    await check();
    copyFileSync(store, join(cwd, "older.db"));
    await check();
    const [note = ""] = readdirSync(heads);
    const before = readFileSync(join(heads, note));
    copyFileSync(join(cwd, "older.db"), store);
    rmSync(join(heads, note));
    await check();
    await check();
    writeFileSync(join(heads, note), before);
    const refused = await check();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("its first 3 entries are not the ones that it had");
  });

  it("is refused for a review and for collected entries as well", async () => {
    const { cwd, store, run, check } = site();
    await check();
    copyFileSync(store, join(cwd, "older.db"));
    await check();
    await check("--audit-spool", "spool");
    copyFileSync(join(cwd, "older.db"), store);
    const [file = ""] = readdirSync(join(cwd, "spool"));
    const collected = await run("audit", "collect", join("spool", file), "--allow-unsigned");
    expect(collected).toMatchObject({ code: 2, stderr: expect.stringContaining("was put back") as string });
    const review = ["review", "0123", "--outcome", "justified", "--findings", "none", "--reviewer", "a@example.com"];
    expect(await run(...review)).toMatchObject({ code: 2, stderr: expect.stringContaining("was put back") as string });
  });

  it("is not vouched for", async () => {
    const place = site();
    const { cwd, run } = place;
    await putBack(place);
    const { privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(join(cwd, "log.key"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
    const stderr = expect.stringContaining("was put back") as string;
    expect(await run("audit", "checkpoint", "--key", "log.key")).toMatchObject({ code: 2, stdout: "", stderr });
    expect(await run("audit", "prove", "1", "--key", "log.key")).toMatchObject({ code: 2, stdout: "", stderr });
    expect(await run("audit", "pack", "--log-key", "log.key", "--output", "a.zip")).toMatchObject({ code: 2, stderr });
    expect(existsSync(join(cwd, "a.zip"))).toBe(false);
    expect(await run("audit", "guard", "--accept")).toMatchObject({ code: 0 });
    expect(await run("audit", "checkpoint", "--key", "log.key")).toMatchObject({ code: 0 });
    expect(await run("audit", "prove", "1", "--key", "log.key")).toMatchObject({ code: 0 });
  });

  it("goes on where gate.yaml turns the guard off", async () => {
    const place = site();
    const { cwd, heads, check } = place;
    const config = join(cwd, "gate.yaml");
    writeFileSync(config, readFileSync(config, "utf8").replace("\naudit:\n", "\naudit:\n  guard: false\n"));
    await putBack(place);
    expect((await check()).code).not.toBe(2);
    expect(() => readdirSync(heads)).toThrow("ENOENT");
  });
});

describe("a log that is another one than before", () => {
  it("is said to be, and used: a new checkout brings no log", async () => {
    const { store, check } = site();
    await check();
    await check();
    rmSync(store);
    const gone = await check();
    expect(gone.code).not.toBe(2);
    expect(gone.stderr).toMatch(/^Note: the audit log .* is gone: it had 3 entries\n$/);
    expect((await check()).stderr).toBe("");
  });
});

describe("the note", () => {
  it("that cannot be read refuses", async () => {
    const { heads, check } = site();
    await check();
    const [note = ""] = readdirSync(heads);
    writeFileSync(join(heads, note), "{");
    const refused = await check();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("it is not what gate writes");
  });

  it("that cannot be written is told, and the decision stands", async () => {
    const cwd = exampleProject();
    writeFileSync(join(cwd, "file"), "");
    const result = await gate(["check", "--env", "development"], { cwd, env: { GATE_STATE_DIR: join(cwd, "file") } });
    expect(result.code).not.toBe(2);
    expect(result.stderr).toContain("the head of the audit log is not noted on this machine");
  });

  it("of a log that nothing was noted of cannot tell", async () => {
    const { cwd, check } = site();
    await check();
    const other = { cwd, env: { GATE_STATE_DIR: temporaryFolder() } };
    expect(await gate(["audit", "guard"], other)).toMatchObject({
      code: 2,
      stdout: expect.stringContaining("Nothing is noted of this log") as string,
    });
  });
});
