import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { openAuditStore } from "../../src/audit/open.ts";
import { ORIGIN, sampleEntry, tamper, temporaryDirectory } from "../audit/fixtures.ts";
import { gate, ROOT } from "../support.ts";

/** A folder with a log of that many decisions, one each second from the first of January 2026. */
async function newLog(decisions: number): Promise<Disposable & { readonly path: string; readonly file: string }> {
  const directory = temporaryDirectory();
  const file = join(directory.path, "log/audit.db");
  const store = await openAuditStore({ path: file, origin: ORIGIN, mode: "append" });
  for (let number = 1; number <= decisions; number++) {
    const { entry, blobs } = sampleEntry(number);
    await store.append(entry, blobs);
  }
  await store.close();
  return { path: directory.path, file, [Symbol.dispose]: () => directory[Symbol.dispose]() };
}

describe("gate audit export", () => {
  it("prints the log as lines, and says on standard error what they are", async () => {
    using log = await newLog(3);
    const { code, stdout, stderr } = await gate(["audit", "export", "--store", log.file], { cwd: log.path });
    expect(code).toBe(0);
    const types = stdout
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { type: string }).type);
    expect(types).toEqual(["head", "entry", "entry", "entry", "entry", "end"]);
    expect(stderr).toContain("Exported 4 entries of 4.");
    const [, checkpoint = ""] = /^Checkpoint: (.*)$/m.exec(stderr) ?? [];
    expect(
      (await gate(["audit", "verify", "--store", log.file, "--checkpoint", checkpoint], { cwd: log.path })).code,
    ).toBe(0);
  });

  it.each(["ndjson", "ocsf", "cloudevents", "otlp", "syslog"])("writes the same %s into a file", async (format) => {
    using log = await newLog(3);
    const args = ["audit", "export", "--store", log.file, "--format", format];
    const { stdout } = await gate(args, { cwd: log.path });
    const { code } = await gate([...args, "-o", "out/export"], { cwd: log.path });
    expect(code).toBe(0);
    expect(readFileSync(join(log.path, "out/export"), "utf8")).toBe(stdout);
    expect(readdirSync(join(log.path, "out"))).toEqual(["export"]);
  });

  it.each([
    [["--since", "2026-01-01T00:00:02Z"], 2],
    [["--since", "2026-01-01T01:00:02+01:00"], 2],
    [["--until", "2026-01-01T00:00:02Z"], 2],
    [["--since", "2026-01-01", "--until", "2026-01-01"], 3],
    [["--since", "2026-01-02"], 0],
    [["--last", "2"], 2],
  ])("takes %j for %i of the decisions", async (options, count) => {
    using log = await newLog(3);
    const args = ["audit", "export", "--store", log.file, "--kind", "decision", ...options];
    const { stdout } = await gate(args, { cwd: log.path });
    expect(stdout.match(/"type":"entry"/g) ?? []).toHaveLength(count);
  });

  it.each([
    [["--since", "yesterday"], "--since"],
    [["--until", "2026-02-30"], "--until"],
    [["--kind", "decisions"], "--kind"],
    [["--format", "ocsf", "--kind", "log-created"], "--kind"],
    [["--format", "xml"], "tiles"],
    [["--format", "syslog", "--documents"], "--documents"],
    [["--format", "tiles"], "--output"],
    [["--format", "tiles", "-o", "tiles", "--last", "1"], "whole log"],
  ])("refuses %j", async (options, says) => {
    using log = await newLog(1);
    const { code, stdout, stderr } = await gate(["audit", "export", "--store", log.file, ...options], {
      cwd: log.path,
    });
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(says);
    expect(readdirSync(log.path)).toEqual(["log"]);
  });

  it("leaves no file of a log that was tampered with, and ends with 2", async () => {
    using log = await newLog(3);
    tamper(log.file, "DROP TRIGGER entry_no_update", "UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 2");
    const { code, stderr } = await gate(["audit", "export", "--store", log.file, "-o", "export"], { cwd: log.path });
    expect(stderr).toContain("audit-corrupt");
    expect(code).toBe(2);
    expect(readdirSync(log.path)).toEqual(["log"]);
  });

  it("writes tiles, again and again", async () => {
    using log = await newLog(3);
    const args = ["audit", "export", "--store", log.file, "--format", "tiles", "-o", "tiles"];
    const first = await gate(args, { cwd: log.path });
    expect(first.stderr).toContain("no signature");
    expect(first.code).toBe(0);
    expect((await gate(args, { cwd: log.path })).code).toBe(0);
    expect(readdirSync(join(log.path, "tiles")).toSorted()).toEqual(["checkpoint", "tile"]);
  });

  it("ends when its reader goes away", async () => {
    using log = await newLog(60);
    const child = spawn(process.execPath, [join(ROOT, "bin/gate.js"), "audit", "export", "--store", log.file]);
    let errors = "";
    child.stderr.on("data", (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.stdout.destroy();
    const [code] = await once(child, "close");
    expect(errors).not.toContain("internal");
    expect(code).toBe(0);
  });
});

describe("gate audit backup", () => {
  it("makes a private copy that verifies as the log does", async () => {
    using log = await newLog(5);
    const verify = (file: string) => gate(["audit", "verify", "--store", file], { cwd: log.path });
    const { code, stdout } = await gate(["audit", "backup", "--store", log.file, "-o", "copies/a.db"], {
      cwd: log.path,
    });
    expect(code).toBe(0);
    expect(stdout).toContain("Copied 6 entries");
    const copy = join(log.path, "copies/a.db");
    expect((await verify(copy)).stdout).toBe((await verify(log.file)).stdout);
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(log.path, "copies"))).toEqual(["a.db"]);
    const { entry, blobs } = sampleEntry(6);
    const store = await openAuditStore({ path: copy, mode: "append" });
    expect((await store.append(entry, blobs)).index).toBe(6);
    await store.close();
  });

  it("replaces nothing", async () => {
    using log = await newLog(1);
    const copy = join(log.path, "copy.db");
    writeFileSync(copy, "something");
    const { code, stderr } = await gate(["audit", "backup", "--store", log.file, "-o", copy], { cwd: log.path });
    expect(stderr).toContain("there already");
    expect(code).toBe(2);
    expect(readFileSync(copy, "utf8")).toBe("something");
  });

  it("keeps no copy of a log that was tampered with", async () => {
    using log = await newLog(3);
    tamper(log.file, "DROP TRIGGER blob_no_update", "UPDATE blob SET data = x'7b7d' WHERE rowid = 1", noUpdate("blob"));
    const { code, stderr } = await gate(["audit", "backup", "--store", log.file, "-o", "copy.db"], { cwd: log.path });
    expect(stderr).toContain("audit-corrupt");
    expect(code).toBe(2);
    expect(readdirSync(log.path)).toEqual(["log"]);
  });

  it("says that documents are missing where they are in the log", async () => {
    using log = await newLog(3);
    tamper(log.file, "DELETE FROM blob WHERE rowid = 1");
    const { code, stdout } = await gate(["audit", "backup", "--store", log.file, "-o", "copy.db"], { cwd: log.path });
    expect(stdout).toContain("deleted from the log");
    expect(code).toBe(0);
  });

  it("ends with 2 where there is no log, and leaves nothing", async () => {
    using log = await newLog(1);
    const { code } = await gate(["audit", "backup", "--store", "none.db", "-o", "copy.db"], { cwd: log.path });
    expect(code).toBe(2);
    expect(readdirSync(log.path)).toEqual(["log"]);
  });
});

function noUpdate(table: string): string {
  return `CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table} WHEN true
BEGIN SELECT raise(ABORT, 'append-only: ${table}_no_update'); END`;
}

interface Report {
  readonly state: string;
  readonly checks: readonly { readonly name: string; readonly state: string; readonly remedy?: string }[];
}

async function examine(file: string): Promise<{ readonly code: number; readonly ill: readonly string[] }> {
  const { code, stdout } = await gate(["audit", "doctor", "--store", file, "--json"], { cwd: join(file, "..") });
  const { checks } = JSON.parse(stdout) as Report;
  for (const { state, remedy } of checks) expect(remedy === undefined).toBe(state === "ok");
  return { code, ill: checks.filter(({ state }) => state !== "ok").map(({ name, state }) => `${name} ${state}`) };
}

describe("gate audit doctor", () => {
  it("finds nothing wrong with a log as gate makes it, and changes nothing", async () => {
    using log = await newLog(3);
    const before = readFileSync(log.file);
    expect(await examine(log.file)).toEqual({ code: 0, ill: [] });
    expect(readFileSync(log.file).equals(before)).toBe(true);
    expect(readdirSync(join(log.file, ".."))).toEqual(["audit.db"]);
    const { stdout } = await gate(["audit", "doctor", "--store", log.file], { cwd: log.path });
    expect(stdout).toMatch(/^ok +settings +.*journal_mode=delete synchronous=3/m);
  });

  it.each<readonly [string, (file: string) => void, number, readonly string[]]>([
    ["a file that others can write to", (file) => chmodSync(file, 0o620), 1, ["permissions wrong"]],
    ["a folder that others can write to", (file) => chmodSync(join(file, ".."), 0o777), 1, ["folder wrong"]],
    ["a file of another journal mode", (file) => tamper(file, "PRAGMA journal_mode = WAL"), 1, ["file wrong"]],
    ["what is left of another journal mode", (file) => writeFileSync(`${file}-wal`, ""), 1, ["leftovers wrong"]],
    ["a killed writer", leaveUnfinished, 1, ["leftovers wrong"]],
    ["the draft of a killed writer", (file) => writeFileSync(draftOf(file), ""), 1, ["leftovers wrong"]],
    ["a changed schema", (file) => tamper(file, "DROP TRIGGER entry_no_update"), 1, ["schema wrong"]],
    ["an entry of the future", addFutureEntry, 1, ["clock wrong"]],
    ["another program's file", (file) => writeFileSync(file, "hello"), 2, ["file unknown"]],
  ])("finds %s", async (_, change, code, ill) => {
    using log = await newLog(3);
    change(log.file);
    expect(await examine(log.file)).toEqual({ code, ill });
  });

  it("cannot tell where there is no file, or only a link to one", async () => {
    using log = await newLog(1);
    expect(await examine(join(log.path, "none.db"))).toEqual({ code: 2, ill: ["file unknown"] });
    const link = join(log.path, "link.db");
    symlinkSync(log.file, link);
    expect(await examine(link)).toEqual({ code: 2, ill: ["file unknown"] });
  });

  it("sends to a command that puts a killed writer's rest right", async () => {
    using log = await newLog(3);
    leaveUnfinished(log.file);
    const { stdout } = await gate(["audit", "doctor", "--store", log.file], { cwd: log.path });
    expect(stdout).toContain("gate audit list");
    await gate(["audit", "list", "--store", log.file], { cwd: log.path });
    expect(await examine(log.file)).toEqual({ code: 0, ill: [] });
  });
});

function draftOf(file: string): string {
  return join(file, "../.audit.db.1-abc");
}

/** Leaves file and journal as a writer does that is killed before it committed. */
function leaveUnfinished(file: string): void {
  const journal = `${file}-journal`;
  const database = new Database(file);
  database.pragma("cache_size = 1");
  database.exec("BEGIN IMMEDIATE");
  database.exec("INSERT INTO blob VALUES (zeroblob(32), 'x', zeroblob(1000000))");
  const [pages, undo] = [readFileSync(file), readFileSync(journal)];
  database.exec("ROLLBACK");
  database.close();
  writeFileSync(file, pages);
  writeFileSync(journal, undo);
}

function addFutureEntry(file: string): void {
  const time = Date.UTC(2400, 0, 1);
  const values = `4, '00000000-0000-7000-8000-000000000000', 'decision', ${time}, x'7b7d', zeroblob(32)`;
  tamper(file, `INSERT INTO entry VALUES (${values})`);
}
