import { generateKeyPairSync } from "node:crypto";
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decisionEntry, entryBody } from "../../src/audit/entry.ts";
import { fromDigest, leafHash } from "../../src/audit/log.ts";
import { cosignNote, noteKey } from "../../src/audit/note.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import { checkpointText } from "../../src/audit/receipt.ts";
import { SCHEMA_VERSION, schemaOf } from "../../src/audit/sqlite/schema.ts";
import type { TreeHead } from "../../src/audit/store.ts";
import {
  type FindingCode,
  MAX_FINDINGS,
  type Verdict,
  type VerifyOptions,
  verifyStore,
} from "../../src/audit/verify.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import {
  copyOf,
  ORIGIN,
  sampleDecision,
  sampleEntry,
  sampleTime,
  temporaryDirectory,
  ZERO_DIGEST,
} from "./fixtures.ts";
import { forge, rewrite, storedEntries } from "./forgery.ts";

const DECISIONS = 19;

let directory: ReturnType<typeof temporaryDirectory>;
/** A log of 20 entries; tests work on copies. */
let original: string;
let head: TreeHead;
/** What a person noted when the log held 10 entries. */
let noted: TreeHead;

beforeAll(async () => {
  directory = temporaryDirectory();
  original = join(directory.path, "audit.db");
  const store = await openAuditStore({ path: original, origin: ORIGIN, mode: "append" });
  for (let number = 1; number <= DECISIONS; number++) {
    const { entry, blobs } = sampleEntry(number);
    const receipt = await store.append(entry, blobs);
    head = receipt.head;
    if (head.size === 10) noted = head;
  }
  await store.close();
});

afterAll(() => directory[Symbol.dispose]());

let copies = 0;

function copyOfLog(): string {
  return copyOf(original);
}

function anchoredSince(sinceMs: number): VerifyOptions {
  return { expect: [noted], anchoredWithin: { sinceMs, within: "1h" } };
}

describe("a sound log", () => {
  test("is good, with the head that the last receipt gave", async () => {
    expect(await verifyStore(original)).toEqual({ verdict: "good", head, entries: 20, deleted: 0, findings: [] });
  });

  test("is good against any tree of it that was noted", async () => {
    const path = join(directory.path, "noted.db");
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    const heads = [await store.head()];
    for (let number = 1; number <= 9; number++) {
      const { entry, blobs } = sampleEntry(number);
      heads.push((await store.append(entry, blobs)).head);
    }
    await store.close();
    for (const tree of heads) expect((await verifyStore(path, { expect: [tree] })).verdict).toBe("good");
  });

  test("says who vouches for it, and a log that is not good does not", async () => {
    const { privateKey: key } = generateKeyPairSync("ed25519");
    const text = checkpointText(noted);
    const note = { text, signatures: [cosignNote(text, "one.example", key, 1_767_225_700)] };
    const witnesses = {
      keys: [noteKey("one.example", "witness", key)],
      quorum: 1,
      checkpoints: [{ head: noted, note }],
    };
    const report = await verifyStore(original, { witnesses });
    expect(report).toMatchObject({ verdict: "good", vouched: [expect.stringContaining("10 entries") as string] });
    const path = copyOfLog();
    forge(path, (database) => database.exec("UPDATE entry SET recorded_ms = 7 WHERE seq = 15"));
    expect(await verifyStore(path, { witnesses })).not.toHaveProperty("vouched");
    expect(await verifyStore(original)).not.toHaveProperty("vouched");
  });

  test("is not good where what came after the newest tree that was noted is too old", async () => {
    expect((await verifyStore(original, anchoredSince(sampleTime(10).getTime()))).findings).toEqual([]);
    const message = "entry 10 is older than 1h, and in no checkpoint that was kept elsewhere";
    expect(await verifyStore(original, anchoredSince(sampleTime(10).getTime() + 1))).toMatchObject({
      verdict: "unknown",
      findings: [{ code: "anchor-old", message, index: 10 }],
    });
  });

  test("is left as it is, also where nothing can be written", async () => {
    const path = copyOfLog();
    const { mtimeMs } = statSync(path);
    await verifyStore(path);
    expect(readFileSync(path).equals(readFileSync(original))).toBe(true);
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
  });

  test("is good while another connection reads, and while one has the next write in mind", async () => {
    const path = copyOfLog();
    const other = new Database(path);
    other.exec("BEGIN IMMEDIATE; SELECT * FROM entry");
    expect((await verifyStore(path)).verdict).toBe("good");
    other.close();
  });
});

describe("nothing to vouch for", () => {
  test.each<readonly [what: string, code: FindingCode, make: (path: string) => void]>([
    ["no file", "not-found", () => undefined],
    ["a directory", "unreadable", (path) => mkdirSync(path)],
    ["a symbolic link to a sound log", "unreadable", (path) => symlinkSync(original, path)],
    ["an empty file", "not-a-log", (path) => writeFileSync(path, "")],
    ["a text", "not-a-log", (path) => writeFileSync(path, "x".repeat(10_000))],
    ["a database of another program", "not-a-log", (path) => new Database(path).exec("CREATE TABLE t (x)").close()],
    [
      "a log of a later schema",
      "version-unsupported",
      (path) => {
        copyFileSync(original, path);
        new Database(path).exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`).close();
      },
    ],
  ])("%s is unknown: %s", async (_, code, make) => {
    const path = join(directory.path, `nothing-${(copies += 1)}.db`);
    make(path);
    const report = await verifyStore(path);
    expect(report).toMatchObject({ verdict: "unknown", head: null, entries: 0, findings: [{ code }] });
  });

  test("a log without a decision is unknown", async () => {
    const path = join(directory.path, "created.db");
    await (await openAuditStore({ path, origin: ORIGIN, mode: "append" })).close();
    expect(await verifyStore(path)).toMatchObject({ verdict: "unknown", entries: 1, findings: [{ code: "empty" }] });
  });

  test("a path with a null byte is unknown", async () => {
    expect((await verifyStore("a\0b")).verdict).toBe("unknown");
  });

  test("a pruned document makes the log unknown, not tampered", async () => {
    const path = copyOfLog();
    const database = new Database(path);
    database.exec("DELETE FROM blob WHERE rowid = 3");
    database.close();
    const report = await verifyStore(path, { expect: [noted] });
    expect(report).toMatchObject({ verdict: "unknown", head, findings: [{ code: "pruned", index: 3 }] });
  });
});

/** Who found what: without anything noted, and against a checkpoint of 10 entries held elsewhere. */
interface Attack {
  readonly name: string;
  readonly change: (database: Database.Database) => void;
  readonly alone: Verdict;
  readonly held: Verdict;
  readonly code?: FindingCode;
}

const OTHER = canonicalJson(sampleDecision(2, { outcome: "allow", exitCode: 0 }));

function run(statement: string): Attack["change"] {
  return (database) => database.exec(statement);
}

function forgeDecision(index: number): Attack["change"] {
  return (database) => {
    const { entry, blobs } = sampleEntry(index, { outcome: "allow", exitCode: 0 });
    for (const { digest, mediaType, data } of blobs) {
      database.prepare("INSERT INTO blob VALUES (?, ?, ?)").run(fromDigest(digest), mediaType, data);
    }
    const entries = storedEntries(database);
    rewrite(
      database,
      entries.map(([old], at) => [at === index ? entry : old]),
    );
  };
}

function otherId(id: string): string {
  return id.replace(/.$/, (digit) => (digit === "f" ? "0" : "f"));
}

const ATTACKS: readonly Attack[] = [
  {
    name: "edit a body",
    change: run(
      `UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), '"block"', '"allow"') AS BLOB) WHERE seq = 5`,
    ),
    alone: "tampered",
    held: "tampered",
    code: "leaf-changed",
  },
  {
    name: "edit a body and its leaf hash",
    change: (database) => {
      const { entry } = sampleEntry(5, { outcome: "allow", exitCode: 0 });
      const body = entryBody(ORIGIN, entry);
      database.prepare("UPDATE entry SET body = ?, leaf_hash = ? WHERE seq = 5").run(body, leafHash(body));
    },
    alone: "tampered",
    held: "tampered",
    code: "node-changed",
  },
  {
    name: "swap two entries",
    change: run(
      "UPDATE entry SET seq = 99 WHERE seq = 4; UPDATE entry SET seq = 4 WHERE seq = 5; UPDATE entry SET seq = 5 WHERE seq = 99",
    ),
    alone: "tampered",
    held: "tampered",
    code: "node-changed",
  },
  {
    name: "delete an entry",
    change: run("DELETE FROM entry WHERE seq = 5"),
    alone: "tampered",
    held: "tampered",
    code: "entry-missing",
  },
  {
    name: "delete an entry and close the gap",
    change: run("DELETE FROM entry WHERE seq = 5; UPDATE entry SET seq = seq - 1 WHERE seq > 5"),
    alone: "tampered",
    held: "tampered",
    code: "node-changed",
  },
  {
    name: "cut off the last entry",
    change: run("DELETE FROM entry WHERE seq = 19"),
    alone: "tampered",
    held: "tampered",
    code: "node-extra",
  },
  {
    name: "insert an index that is far away",
    change: run("UPDATE entry SET seq = 1000 WHERE seq = 19"),
    alone: "tampered",
    held: "tampered",
    code: "entry-missing",
  },
  {
    name: "rename an entry",
    change: run("UPDATE entry SET id = '00000000-0000-7000-8000-000000000000' WHERE seq = 5"),
    alone: "tampered",
    held: "tampered",
    code: "column-changed",
  },
  {
    name: "relabel an entry",
    change: run("UPDATE entry SET kind = 'log-created' WHERE seq = 5"),
    alone: "tampered",
    held: "tampered",
    code: "column-changed",
  },
  {
    name: "redate an entry",
    change: run("UPDATE entry SET recorded_ms = recorded_ms + 1 WHERE seq = 5"),
    alone: "tampered",
    held: "tampered",
    code: "column-changed",
  },
  {
    name: "edit a node",
    change: run("UPDATE node SET hash = zeroblob(32) WHERE level = 2 AND position = 1"),
    alone: "tampered",
    held: "tampered",
    code: "node-changed",
  },
  {
    name: "delete a node",
    change: run("DELETE FROM node WHERE level = 4"),
    alone: "tampered",
    held: "tampered",
    code: "node-changed",
  },
  {
    name: "add a node",
    change: run("INSERT INTO node VALUES (7, 0, zeroblob(32))"),
    alone: "tampered",
    held: "tampered",
    code: "node-extra",
  },
  {
    name: "edit a document",
    change: run(
      "UPDATE blob SET data = CAST(replace(CAST(data AS TEXT), 'SQL injection', 'nothing to see') AS BLOB) WHERE rowid = 5",
    ),
    alone: "tampered",
    held: "tampered",
    code: "blob-changed",
  },
  {
    name: "edit a document and its key",
    change: (database) => {
      database
        .prepare("UPDATE blob SET data = ?, sha256 = ? WHERE rowid = 2")
        .run(Buffer.from(OTHER), fromDigest(sha256(OTHER)));
    },
    alone: "tampered",
    held: "tampered",
    code: "blob-extra",
  },
  {
    name: "relabel a document",
    change: run("UPDATE blob SET media_type = 'text/plain' WHERE rowid = 5"),
    alone: "tampered",
    held: "tampered",
    code: "blob-changed",
  },
  {
    name: "add a document",
    change: run("INSERT INTO blob VALUES (zeroblob(32), 'text/plain', x'00')"),
    alone: "tampered",
    held: "tampered",
    code: "blob-extra",
  },
  {
    name: "record a leaf that contradicts its document",
    change: (database) => {
      const entries = storedEntries(database);
      rewrite(
        database,
        entries.map(([entry], at) => [
          at === 5 ? { ...entry, content: { ...entry.content, outcome: "allow" } } : entry,
        ]),
      );
    },
    alone: "tampered",
    held: "tampered",
    code: "decision-changed",
  },
  {
    name: "record a leaf that names no document",
    change: (database) => {
      const entries = storedEntries(database);
      rewrite(
        database,
        entries.map(([entry], at) => [at === 15 ? { ...entry, content: {} } : entry]),
      );
    },
    alone: "tampered",
    held: "tampered",
    code: "body-invalid",
  },
  {
    name: "record an entry of another log",
    change: (database) => {
      const entries = storedEntries(database);
      rewrite(
        database,
        entries.map(([entry], at) => [entry, at === 15 ? "other" : ORIGIN]),
      );
    },
    alone: "tampered",
    held: "tampered",
    code: "column-changed",
  },
  {
    name: "leave out the creation",
    change: (database) => rewrite(database, storedEntries(database).slice(1)),
    alone: "tampered",
    held: "tampered",
    code: "creation-missing",
  },
  {
    name: "create the log twice",
    change: (database) => {
      const entries = storedEntries(database);
      const again = entries.slice(0, 1).map(([entry]) => [{ ...entry, id: otherId(entry.id) }] as const);
      rewrite(database, [...entries, ...again]);
    },
    alone: "tampered",
    held: "tampered",
    code: "body-invalid",
  },
  {
    name: "empty the log",
    change: (database) => rewrite(database, []),
    alone: "tampered",
    held: "tampered",
    code: "creation-missing",
  },
  // What no file can show by itself. The held checkpoint does.
  {
    name: "rewrite an old decision and every hash",
    change: forgeDecision(5),
    alone: "good",
    held: "tampered",
    code: "root-changed",
  },
  {
    name: "drop an old decision and rewrite every hash",
    change: (database) => rewrite(database, storedEntries(database).toSpliced(5, 1)),
    alone: "good",
    held: "tampered",
    code: "root-changed",
  },
  {
    name: "roll back to before the checkpoint",
    change: (database) => rewrite(database, storedEntries(database).slice(0, 9)),
    alone: "good",
    held: "tampered",
    code: "truncated",
  },
  {
    name: "exchange the log for another one",
    change: (database) =>
      rewrite(
        database,
        storedEntries(database).map(([entry]) => [entry, "other"]),
      ),
    alone: "good",
    held: "tampered",
    code: "other-log",
  },
  // After the checkpoint nothing was noted: the window that an anchor at every decision closes.
  { name: "rewrite a decision after the checkpoint", change: forgeDecision(15), alone: "good", held: "good" },
  {
    name: "cut the log back to the checkpoint",
    change: (database) => rewrite(database, storedEntries(database).slice(0, 10)),
    alone: "good",
    held: "good",
  },
];

describe("attacks", () => {
  test.each(ATTACKS)("$name: $alone alone, $held against a held checkpoint", async ({ change, alone, held, code }) => {
    const path = copyOfLog();
    forge(path, change);
    expect((await verifyStore(path)).verdict).toBe(alone);
    const report = await verifyStore(path, { expect: [noted] });
    expect(report.verdict).toBe(held);
    expect(report.findings.map((finding) => finding.code)).toEqual(
      expect.arrayContaining(code === undefined ? [] : [code]),
    );
  });

  test("are told in words that say what is wrong, and where", async () => {
    const told: string[] = [];
    for (const { name, change } of ATTACKS) {
      const path = copyOfLog();
      forge(path, change);
      const { findings } = await verifyStore(path, { expect: [noted] });
      const lines = findings.map(({ code, message, index }) => `  ${index ?? "-"} ${code}: ${message}\n`);
      told.push(`${name}\n${lines.slice(0, 8).join("")}`);
    }
    await expect(told.join("\n")).toMatchFileSnapshot("golden/findings.txt");
  });

  test("the finding says which entry it is about", async () => {
    const path = copyOfLog();
    forge(path, run("UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 5"));
    expect((await verifyStore(path)).findings).toEqual([expect.objectContaining({ code: "leaf-changed", index: 5 })]);
  });

  test("a checkpoint of the empty tree must have its root", async () => {
    const empty = { origin: ORIGIN, size: 0, root: ZERO_DIGEST };
    expect((await verifyStore(original, { expect: [empty] })).verdict).toBe("tampered");
  });

  test("a checkpoint of another log leaves it open which of the two is meant", async () => {
    const report = await verifyStore(original, { expect: [{ ...noted, origin: "other" }] });
    expect(report).toMatchObject({ verdict: "unknown", findings: [{ code: "other-log" }] });
  });

  test.each(schemaOf(SCHEMA_VERSION).map(({ type, name }) => `DROP ${type} ${name}`))(
    "%s is a finding",
    async (statement) => {
      const path = copyOfLog();
      const database = new Database(path);
      database.exec(statement);
      database.close();
      const report = await verifyStore(path);
      expect(report.verdict).toBe("tampered");
      expect(report.findings.map(({ code }) => code)).toContain("schema-changed");
    },
  );

  test.each([
    "CREATE TABLE extra (x)",
    "CREATE INDEX extra ON entry (recorded_ms)",
    "CREATE VIEW extra AS SELECT 1",
    "CREATE TRIGGER extra AFTER INSERT ON entry BEGIN SELECT 1; END",
    "ANALYZE",
    "ALTER TABLE entry ADD COLUMN extra TEXT",
    "ALTER TABLE blob RENAME COLUMN data TO content",
    "DROP TRIGGER entry_no_update; CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT 1; END",
  ])("%s is a finding", async (statement) => {
    const path = copyOfLog();
    const database = new Database(path);
    database.exec(statement);
    database.close();
    const report = await verifyStore(path);
    expect(report.verdict).toBe("tampered");
    expect(report.findings.map(({ code }) => code)).toContain("schema-changed");
  });

  test.each(["PRAGMA journal_mode = WAL", "PRAGMA auto_vacuum = FULL; VACUUM", "PRAGMA encoding = 'UTF-16le'; VACUUM"])(
    "a file that was changed by %s is not good, or holds the same",
    async (statement) => {
      const path = copyOfLog();
      const database = new Database(path);
      database.exec(statement);
      database.close();
      expect((await verifyStore(path)).verdict).toBe(statement.includes("encoding") ? "good" : "tampered");
    },
  );

  test("a flood of findings is cut short", async () => {
    const path = join(directory.path, "flood.db");
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    for (let number = 1; number <= 150; number++) {
      const { entry, blobs } = decisionEntry(sampleDecision(number), sampleTime(number));
      await store.append(entry, blobs);
    }
    await store.close();
    forge(path, run("UPDATE entry SET leaf_hash = zeroblob(32)"));
    expect((await verifyStore(path)).findings).toHaveLength(MAX_FINDINGS);
  });
});

describe("damage", () => {
  test("the file cut at any page, and within pages, is never good", async () => {
    const size = statSync(original).size;
    for (let length = 0; length < size; length += 1024) {
      const path = copyOfLog();
      truncateSync(path, length);
      const { verdict } = await verifyStore(path);
      expect([length, verdict]).toEqual([length, length < 100 ? "unknown" : "tampered"]);
    }
  });

  test("bytes after the end are not good", async () => {
    for (const extra of [1, 4096]) {
      const path = copyOfLog();
      appendFileSync(path, Buffer.alloc(extra));
      expect((await verifyStore(path)).verdict).toBe("tampered");
    }
  });

  test("a page of zeros or of noise is never good", async () => {
    const content = readFileSync(original);
    for (let page = 0; page < content.length; page += 4096) {
      for (const filling of [0x00, 0x41, 0xff]) {
        const path = copyOfLog();
        writeFileSync(path, Buffer.from(content).fill(filling, page, page + 4096));
        expect((await verifyStore(path)).verdict).not.toBe("good");
      }
    }
  });

  // The whole file takes minutes: set GATE_TEST_ALL_BYTES=1. By default the header, the first bytes of each page (its
  // header and cell pointers) and every 29th byte, each with one of four changes.
  test(
    "any flipped byte is found, or hurts no content",
    async () => {
      const content = readFileSync(original);
      const everything = process.env["GATE_TEST_ALL_BYTES"] === "1";
      const expected = contentOf(original);
      const path = copyOfLog();
      const handle = openSync(path, "r+");
      const harmed: number[] = [];
      let good = 0;
      let checked = 0;
      for (const [offset, byte] of content.entries()) {
        const isStart = offset < 100 || offset % 4096 < 12;
        if (!everything && !isStart && offset % 29 !== 0) continue;
        const flip = [0xff, 0x01, 0x80, 0x10][(offset >> 1) % 4] ?? 0xff;
        writeSync(handle, Uint8Array.of(byte ^ flip), 0, 1, offset);
        const { verdict } = await verifyStore(path);
        if (verdict === "good") {
          good += 1;
          if (contentOf(path) !== expected) harmed.push(offset);
        }
        writeSync(handle, Uint8Array.of(byte), 0, 1, offset);
        checked += 1;
      }
      closeSync(handle);
      expect(harmed).toEqual([]);
      expect(good).toBeLessThan(checked / 2);
      expect((await verifyStore(path)).verdict).toBe("good");
    },
    everyByteTimeout(),
  );
});

function everyByteTimeout(): number {
  return process.env["GATE_TEST_ALL_BYTES"] === "1" ? 3_600_000 : 120_000;
}

/** A digest of all that the file holds, read by table and by every index. */
function contentOf(path: string): string {
  const database = new Database(path, { readonly: true });
  try {
    const content = [
      "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name",
      "SELECT seq, id, kind, recorded_ms, hex(body), hex(leaf_hash) FROM entry ORDER BY seq",
      "SELECT id, seq FROM entry INDEXED BY entry_id ORDER BY id",
      "SELECT kind, seq FROM entry INDEXED BY entry_kind ORDER BY kind, seq",
      "SELECT level, position, hex(hash) FROM node ORDER BY level, position",
      "SELECT hex(sha256), media_type, hex(data) FROM blob ORDER BY sha256",
      "SELECT hex(sha256) FROM blob INDEXED BY blob_sha256 ORDER BY sha256",
    ].map((query) => database.prepare(query).raw().all());
    return sha256(JSON.stringify(content));
  } finally {
    database.close();
  }
}
