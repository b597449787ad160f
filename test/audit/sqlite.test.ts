import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { openAuditStore } from "../../src/audit/open.ts";
import { openForAppend, openForReading } from "../../src/audit/sqlite/open.ts";
import { SCHEMA_VERSION, schemaOf } from "../../src/audit/sqlite/schema.ts";
import { verifyStore } from "../../src/audit/verify.ts";
import { fixedClock } from "../../src/util/clock.ts";
import { ORIGIN, sampleEntry, sampleTime, tamper, temporaryDirectory } from "./fixtures.ts";
import { type StoreSite, testAuditStore } from "./store-conformance.ts";
import { startLimitedWriter, startWriter } from "./writing.ts";

testAuditStore("SQLite", async (): Promise<StoreSite> => {
  const directory = temporaryDirectory();
  const path = join(directory.path, "audit.db");
  return {
    open: () => openAuditStore({ path, origin: ORIGIN, mode: "append" }),
    [Symbol.asyncDispose]: async () => directory[Symbol.dispose](),
  };
});

/** A store with its creation and that many decisions. */
async function makeStore(path: string, decisions = 3): Promise<void> {
  const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
  for (let number = 1; number <= decisions; number++) {
    const { entry, blobs } = sampleEntry(number);
    await store.append(entry, blobs);
  }
  await store.close();
}

function failsWith(code: string, text = ""): Error {
  return expect.objectContaining({ code, message: expect.stringContaining(text) });
}

describe("creating", () => {
  test("makes a private file in a private directory, and leaves nothing else there", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "a/b/audit.db");
    await makeStore(path);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(path))).toEqual(["audit.db"]);
  });

  test("names the log after its directory where no origin is given", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "my project", "audit.db");
    const store = await openAuditStore({ path, mode: "append" });
    expect((await store.head()).origin).toBe("my-project");
    await store.close();
  });

  test("takes time and randomness from the caller", async () => {
    using directory = temporaryDirectory();
    const open = (name: string) =>
      openAuditStore({
        path: join(directory.path, name),
        origin: ORIGIN,
        mode: "append",
        clock: fixedClock(sampleTime(0).toISOString()),
        random: (bytes) => new Uint8Array(bytes),
      });
    const [first, second] = [await open("1.db"), await open("2.db")];
    expect(await first.head()).toEqual(await second.head());
    await first.close();
    await second.close();
  });

  test("happens once: a log keeps its origin", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    const store = await openAuditStore({ path, origin: "other", mode: "append" });
    expect((await store.head()).origin).toBe(ORIGIN);
    await store.close();
  });

  test.each(["a b", "a+b", "", "a\nb"])("under the name %j is refused", async (origin) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await expect(openAuditStore({ path, origin, mode: "append" })).rejects.toThrow(failsWith("usage"));
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("is not done for reading", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await expect(openAuditStore({ path, mode: "read" })).rejects.toThrow(
      expect.objectContaining({ code: "audit-not-found", hint: expect.stringContaining("gate check") }),
    );
    expect(readdirSync(directory.path)).toEqual([]);
  });

  test("that fails half way leaves no file", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    expect(() =>
      openForAppend(path, () => {
        throw new TypeError("half way");
      }),
    ).toThrow("half way");
    expect(readdirSync(directory.path)).toEqual([]);
  });
});

describe("opening", () => {
  test("sets what durability depends on at every open, not only the first", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    const database = openForAppend(path, () => expect.fail("the store exists"));
    const pragma = (name: string): unknown => database.pragma(name, { simple: true });
    expect(pragma("journal_mode")).toBe("delete");
    expect(pragma("synchronous")).toBe(3);
    expect(pragma("trusted_schema")).toBe(0);
    expect(pragma("cell_size_check")).toBe(1);
    database.close();
  });

  test("brings a store back from the WAL mode that another program left it in", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    tamper(path, "PRAGMA journal_mode = WAL");
    await makeStore(path);
    expect((await verifyStore(path)).verdict).toBe("good");
  });

  test("to read cannot write", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    const store = await openAuditStore({ path, mode: "read" });
    const { entry, blobs } = sampleEntry(9);
    await expect(store.append(entry, blobs)).rejects.toThrow(failsWith("audit-write-failed"));
    expect((await store.head()).size).toBe(4);
    await store.close();
  });

  test("refuses a symbolic link, for reading as well", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    const link = join(directory.path, "link.db");
    symlinkSync(path, link);
    for (const mode of ["append", "read"] as const) {
      await expect(openAuditStore({ path: link, mode })).rejects.toThrow(
        failsWith("audit-unreadable", "symbolic link"),
      );
    }
  });

  test("refuses a link that leads nowhere, and does not create its target", async () => {
    using directory = temporaryDirectory();
    const link = join(directory.path, "link.db");
    const target = join(directory.path, "target.db");
    symlinkSync(target, link);
    await expect(openAuditStore({ path: link, mode: "append" })).rejects.toThrow(failsWith("audit-unreadable"));
    expect(existsSync(target)).toBe(false);
  });

  test.each([0o620, 0o602, 0o666])("refuses to append to a file of mode %o, with the remedy", async (mode) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    chmodSync(path, mode);
    await expect(openAuditStore({ path, mode: "append" })).rejects.toThrow(
      expect.objectContaining({ code: "audit-write-failed", hint: expect.stringContaining(`chmod go-w ${path}`) }),
    );
    const store = await openAuditStore({ path, mode: "read" });
    expect((await store.head()).size).toBe(4);
    await store.close();
  });

  test("refuses a directory", async () => {
    using directory = temporaryDirectory();
    for (const mode of ["append", "read"] as const) {
      await expect(openAuditStore({ path: directory.path, mode })).rejects.toThrow(
        failsWith("audit-unreadable", "not a regular file"),
      );
    }
  });

  test("refuses a path that ends in white space, which the driver would drop", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db ");
    await expect(openAuditStore({ path, mode: "append" })).rejects.toThrow(failsWith("usage"));
  });

  test.each([
    ["text", "not a database, but long enough to look like one ".repeat(100)],
    ["nothing", ""],
    ["the start of a store", "SQLite format 3\0"],
  ])("refuses a file that holds %s, and leaves it as it is", async (_, content) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    writeFileSync(path, content, { mode: 0o600 });
    for (const mode of ["append", "read"] as const) {
      await expect(openAuditStore({ path, mode })).rejects.toThrow(failsWith("audit-unreadable", "not an audit log"));
    }
    expect(readFileSync(path, "utf8")).toBe(content);
  });

  test("refuses a database of another program, and leaves it as it is", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    tamper(path, "CREATE TABLE t (x)");
    chmodSync(path, 0o600);
    const before = readFileSync(path);
    for (const mode of ["append", "read"] as const) {
      await expect(openAuditStore({ path, mode })).rejects.toThrow(failsWith("audit-unreadable", "not an audit log"));
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("refuses a later schema, with advice", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    tamper(path, `PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
    await expect(openAuditStore({ path, mode: "read" })).rejects.toThrow(
      failsWith("audit-unreadable", `version ${SCHEMA_VERSION + 1}`),
    );
  });

  test.each(schemaOf(SCHEMA_VERSION).filter(({ type }) => type !== "table"))(
    "refuses a store without its $type $name",
    async (object) => {
      using directory = temporaryDirectory();
      const path = join(directory.path, "audit.db");
      await makeStore(path);
      tamper(path, `DROP ${object.type} ${object.name}`);
      for (const mode of ["append", "read"] as const) {
        await expect(openAuditStore({ path, mode })).rejects.toThrow(failsWith("audit-corrupt", object.name));
      }
    },
  );

  test("refuses a store with something added", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    tamper(path, "CREATE TRIGGER extra AFTER INSERT ON entry BEGIN DELETE FROM blob; END");
    await expect(openAuditStore({ path, mode: "append" })).rejects.toThrow(failsWith("audit-corrupt", "extra"));
  });

  test("refuses a store without its first entry", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    expect(() => openForAppend(path, () => undefined).close()).not.toThrow();
    await expect(openAuditStore({ path, mode: "append" })).rejects.toThrow(failsWith("audit-corrupt", "creation"));
  });

  test("says that a damaged store is damaged", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    truncateSync(path, 8192);
    await expect(openAuditStore({ path, mode: "read" })).rejects.toThrow(failsWith("audit-corrupt"));
  });

  test("does not append to a tree that lacks a node", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path, 3);
    const guard = schemaOf(SCHEMA_VERSION).find(({ name }) => name === "node_no_delete")?.sql ?? "";
    tamper(path, "DROP TRIGGER node_no_delete", "DELETE FROM node WHERE level = 2", guard);
    const store = await openAuditStore({ path, mode: "append" });
    const { entry, blobs } = sampleEntry(9);
    await expect(store.append(entry, blobs)).rejects.toThrow(failsWith("audit-corrupt", "level 2"));
    await store.close();
  });
});

describe("guards", () => {
  const BODY = "x'7b7d', zeroblob(32)";
  const ID = "'00000000-0000-7000-8000-000000000000'";

  test.each([
    ["an edited entry", "UPDATE entry SET body = x'7b7d' WHERE seq = 1"],
    ["an edited hash", "UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 1"],
    ["a renumbered entry", "UPDATE entry SET seq = 99 WHERE seq = 3"],
    ["a deleted entry", "DELETE FROM entry WHERE seq = 1"],
    ["a truncated log", "DELETE FROM entry WHERE seq = 3"],
    ["all entries deleted", "DELETE FROM entry"],
    ["an entry replaced by its index", `INSERT OR REPLACE INTO entry VALUES (1, ${ID}, 'decision', 0, ${BODY})`],
    [
      "an entry replaced by its id",
      `INSERT OR REPLACE INTO entry SELECT 4, id, kind, recorded_ms, body, leaf_hash FROM entry WHERE seq = 1`,
    ],
    [
      "an entry changed by an upsert",
      `INSERT INTO entry VALUES (1, ${ID}, 'decision', 0, ${BODY}) ON CONFLICT DO UPDATE SET body = x'7b7d'`,
    ],
    ["a gap", `INSERT INTO entry VALUES (5, ${ID}, 'decision', 0, ${BODY})`],
    ["a negative index", `INSERT INTO entry VALUES (-1, ${ID}, 'decision', 0, ${BODY})`],
    ["no index", `INSERT INTO entry VALUES (NULL, ${ID}, 'decision', 0, ${BODY})`],
    ["an id twice", "INSERT INTO entry SELECT 4, id, kind, recorded_ms, body, leaf_hash FROM entry WHERE seq = 1"],
    ["a short id", `INSERT INTO entry VALUES (4, 'x', 'decision', 0, ${BODY})`],
    ["a short hash", `INSERT INTO entry VALUES (4, ${ID}, 'decision', 0, x'7b7d', zeroblob(31))`],
    ["a body that is too long", `INSERT INTO entry VALUES (4, ${ID}, 'decision', 0, zeroblob(65536), zeroblob(32))`],
    ["a body of text", `INSERT INTO entry VALUES (4, ${ID}, 'decision', 0, '{}', zeroblob(32))`],
    ["an edited node", "UPDATE node SET hash = zeroblob(32)"],
    ["a deleted node", "DELETE FROM node WHERE level = 1"],
    ["a replaced node", "INSERT OR REPLACE INTO node VALUES (1, 0, zeroblob(32))"],
    ["an edited blob", "UPDATE blob SET data = x'00'"],
    ["a renamed blob", "UPDATE blob SET sha256 = zeroblob(32)"],
    ["a replaced blob", "INSERT OR REPLACE INTO blob SELECT sha256, 'text/plain', x'00' FROM blob LIMIT 1"],
    [
      "a schema edited in place",
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = NULL WHERE type = 'trigger'",
    ],
  ])("%s is rejected", async (_, statement) => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    expect(() => tamper(path, statement)).toThrow(/append-only|constraint|cannot|may not/);
    expect((await verifyStore(path)).verdict).toBe("good");
  });
});

describe("failures of the machine", () => {
  const asNobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

  test("in a directory that cannot be written to, nothing is created", async () => {
    using directory = temporaryDirectory();
    chmodSync(directory.path, 0o555);
    const [attempt] = await startWriter(join(directory.path, "new/audit.db"), 1, 1, asNobody).attempts;
    expect(attempt).toMatchObject({ code: "audit-write-failed", message: expect.stringContaining("EACCES") });
    chmodSync(directory.path, 0o755);
  });

  test("in a directory that became read-only, nothing is appended", async () => {
    using directory = temporaryDirectory();
    const place = join(directory.path, "place");
    const path = join(place, "audit.db");
    chmodSync(directory.path, 0o755);
    mkdirSync(place);
    chmodSync(place, 0o777);
    expect(await startWriter(path, 1, 2, asNobody).attempts).toMatchObject([{ index: 1 }, { index: 2 }]);
    chmodSync(place, 0o555);
    const attempts = await startWriter(path, 3, 1, asNobody).attempts;
    expect(attempts).toMatchObject([{ code: "audit-write-failed" }]);
    chmodSync(place, 0o755);
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", entries: 3 });
  });

  test("on a full disk, an append fails and leaves no trace", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    // No file may grow beyond 64 KiB (128 blocks of 512 bytes): writes fail as on a full disk.
    const attempts = await startLimitedWriter("ulimit -f 128", path, 4, 40).attempts;
    const recorded = attempts.filter(({ index }) => index !== undefined);
    const failed = attempts.filter(({ index }) => index === undefined);
    expect(recorded.length).toBeGreaterThan(0);
    expect(failed.length).toBeGreaterThan(0);
    for (const { code } of failed) expect(code).toBe("audit-write-failed");
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", entries: 4 + recorded.length });
  });

  test("an append waits for another process that holds the file", async () => {
    using directory = temporaryDirectory();
    const path = join(directory.path, "audit.db");
    await makeStore(path);
    const holder = new Database(path);
    holder.exec("BEGIN IMMEDIATE");
    const writer = startWriter(path, 4, 1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    holder.exec("COMMIT");
    holder.close();
    expect(await writer.attempts).toMatchObject([{ index: 4 }]);
  });
});

test("a reader rolls back what a killed writer left", async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, "audit.db");
  await makeStore(path);
  const sound = readFileSync(path);
  const journal = unfinishedWrite(path);
  expect(await verifyStore(path)).toMatchObject({ verdict: "unknown", findings: [{ code: "write-unfinished" }] });
  openForReading(path).close();
  expect(existsSync(journal)).toBe(false);
  expect(readFileSync(path).equals(sound)).toBe(true);
  expect((await verifyStore(path)).verdict).toBe("good");
});

/** Leaves file and journal as a writer does that is killed after it wrote its pages and before it committed. */
function unfinishedWrite(path: string): string {
  const journal = `${path}-journal`;
  const database = new Database(path);
  database.pragma("cache_size = 1");
  database.exec("BEGIN IMMEDIATE");
  database.exec("INSERT INTO blob VALUES (zeroblob(32), 'x', zeroblob(1000000))");
  const [pages, undo] = [readFileSync(path), readFileSync(journal)];
  database.exec("ROLLBACK");
  database.close();
  writeFileSync(path, pages);
  writeFileSync(journal, undo);
  return journal;
}
