import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entryBody } from "../../src/audit/entry.ts";
import { fromDigest, leafHash } from "../../src/audit/log.ts";
import { noteKey } from "../../src/audit/note.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import type { TreeHead } from "../../src/audit/store.ts";
import { type Verdict, verifyStore } from "../../src/audit/verify.ts";
import { signCheckpoint } from "../../src/audit/vouch.ts";
import { ROOT } from "../support.ts";
import { ORIGIN, sampleEntry, temporaryDirectory } from "./fixtures.ts";
import { forge, rewrite, storedEntries } from "./forgery.ts";

/*
 * A log of 20 entries whose checkpoints of 8 and of 15 are kept beside it, and one of 12 elsewhere. Every attack is on something
 * that is older than each, but the last one.
 */
const DECISIONS = 19;
const KEPT = new Set([8, 15]);
const HELD = 12;
const OLD = 5;
const KEY = generateKeyPairSync("ed25519").privateKey;
const ANOTHER_KEY = generateKeyPairSync("ed25519").privateKey;

let directory: ReturnType<typeof temporaryDirectory>;
let original: string;
let held: TreeHead;

beforeAll(async () => {
  directory = temporaryDirectory();
  original = join(directory.path, "audit.db");
  const store = await openAuditStore({ path: original, origin: ORIGIN, mode: "append" });
  for (let number = 1; number <= DECISIONS; number++) {
    const { entry, blobs } = sampleEntry(number);
    const { head } = await store.append(entry, blobs);
    if (KEPT.has(head.size)) await signCheckpoint(store, head, KEY);
    if (head.size === HELD) held = head;
  }
  await store.close();
});

afterAll(() => directory[Symbol.dispose]());

type Attack = (path: string) => void | Promise<void>;

function changing(change: (database: Database.Database) => void): Attack {
  return (path) => forge(path, change);
}

function running(...statements: readonly string[]): Attack {
  return changing((database) => {
    for (const statement of statements) database.exec(statement);
  });
}

/** Puts another decision in the place of one, and every hash above it. */
function rewriteDecision(database: Database.Database, index: number): void {
  const { entry, blobs } = sampleEntry(index, { outcome: "allow", exitCode: 0 });
  for (const { digest, mediaType, data } of blobs) {
    database.prepare("INSERT INTO blob VALUES (?, ?, ?)").run(fromDigest(digest), mediaType, data);
  }
  rewrite(
    database,
    storedEntries(database).map(([old], at) => [at === index ? entry : old]),
  );
}

function cut(database: Database.Database, size: number): void {
  rewrite(database, storedEntries(database).slice(0, size));
}

const WITHOUT_CHECKPOINTS = "DELETE FROM voucher";

async function signAgain(path: string, key: typeof KEY): Promise<void> {
  const store = await openAuditStore({ path, mode: "append", create: false });
  await signCheckpoint(store, await store.head(), key);
  await store.close();
}

async function replaceLog(path: string): Promise<void> {
  rmSync(path);
  const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
  for (let number = 1; number <= DECISIONS; number++) {
    const { entry, blobs } = sampleEntry(number, { outcome: "allow", exitCode: 0 });
    await store.append(entry, blobs);
  }
  await store.close();
}

/** What somebody does, as the table of docs/audit.md says it. */
const ATTACKS: Readonly<Record<string, Attack>> = {
  "edits an entry": running(
    `UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), '"block"', '"allow"') AS BLOB) WHERE seq = ${OLD}`,
  ),
  "edits an entry and its hash": changing((database) => {
    const body = entryBody(ORIGIN, sampleEntry(OLD, { outcome: "allow", exitCode: 0 }).entry);
    database.prepare("UPDATE entry SET body = ?, leaf_hash = ? WHERE seq = ?").run(body, leafHash(body), OLD);
  }),
  "swaps two entries": running(
    "UPDATE entry SET seq = 99 WHERE seq = 4; UPDATE entry SET seq = 4 WHERE seq = 5; UPDATE entry SET seq = 5 WHERE seq = 99",
  ),
  "deletes an entry and closes the gap": running(
    `DELETE FROM entry WHERE seq = ${OLD}`,
    `UPDATE entry SET seq = seq - 1 WHERE seq > ${OLD}`,
  ),
  "removes all entries": changing((database) => rewrite(database, [])),
  "edits or exchanges a document": running(
    "UPDATE blob SET data = CAST(replace(CAST(data AS TEXT), 'SQL injection', 'nothing to see') AS BLOB) WHERE rowid = 5",
  ),
  "adds a document": running("INSERT INTO blob VALUES (zeroblob(32), 'text/plain', x'00')"),
  "drops a trigger, or changes a table": (path) => forge(path, () => undefined, ["DROP TRIGGER entry_no_update"]),
  "rewrites an entry and every hash above it": changing((database) => rewriteDecision(database, OLD)),
  "does so, and removes the checkpoints that are kept": changing((database) => {
    rewriteDecision(database, OLD);
    database.exec(WITHOUT_CHECKPOINTS);
  }),
  "does so, and signs checkpoints with a key of their own": async (path) => {
    forge(path, (database) => {
      rewriteDecision(database, OLD);
      database.exec(WITHOUT_CHECKPOINTS);
    });
    await signAgain(path, ANOTHER_KEY);
  },
  "cuts the log and keeps its newest checkpoint": changing((database) => cut(database, 10)),
  "cuts the log and its newest checkpoints, or restores an older copy": changing((database) => {
    cut(database, 10);
    database.exec("DELETE FROM voucher WHERE size > 10");
  }),
  "replaces the log by a new one of the same name": replaceLog,
  "rewrites the log with its key": async (path) => {
    forge(path, (database) => {
      rewriteDecision(database, OLD);
      database.exec(WITHOUT_CHECKPOINTS);
    });
    await signAgain(path, KEY);
  },
  "cuts or rewrites only what came after all checkpoints": changing((database) => rewriteDecision(database, 17)),
};

const WORDS = { good: "**not found**", tampered: "found", unknown: "cannot tell" } as const satisfies Record<
  Verdict,
  string
>;

test.each(Object.entries(ATTACKS))(
  "what is found of somebody who %s is what docs/audit.md says",
  async (name, attack) => {
    const path = join(directory.path, "attacked.db");
    copyFileSync(original, path);
    await attack(path);
    const logKey = noteKey(ORIGIN, "log", KEY);
    const reports = [
      await verifyStore(path),
      await verifyStore(path, { logKey }),
      await verifyStore(path, { logKey, expect: [held] }),
    ];
    expect(row(name)).toEqual(reports.map(({ verdict }) => WORDS[verdict]));
  },
);

test("the table of docs/audit.md has no other rows", () => {
  expect(tableRows().map(([name]) => name)).toEqual(Object.keys(ATTACKS));
});

test("the log that is attacked is good at each level", async () => {
  const logKey = noteKey(ORIGIN, "log", KEY);
  for (const options of [{}, { logKey }, { logKey, expect: [held] }]) {
    expect((await verifyStore(original, options)).verdict).toBe("good");
  }
});

function row(name: string): readonly string[] | undefined {
  return tableRows()
    .find(([attack]) => attack === name)
    ?.slice(1);
}

function tableRows(): readonly (readonly string[])[] {
  const page = readFileSync(join(ROOT, "docs/audit.md"), "utf8");
  const [, section = ""] = page.split("\n## What is promised, and what is not\n");
  const [table = ""] = section.trim().split("\n\n");
  return table
    .split("\n")
    .slice(2)
    .map((line) => line.slice(2, -2).split(" | "));
}
