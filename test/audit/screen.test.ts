import { copyFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decisionEntry, sealedDecisionEntry, withCollection } from "../../src/audit/entry.ts";
import { holdEntry } from "../../src/audit/hold.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import { inspectStore } from "../../src/audit/sqlite/inspect.ts";
import type { AuditStore, Blob } from "../../src/audit/store.ts";
import { verifyLog, verifyStore } from "../../src/audit/verify.ts";
import type { Decision } from "../../src/decision/types.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import { ORIGIN, sampleDecision, sampleSalts, sampleTime, temporaryDirectory } from "./fixtures.ts";
import { forge } from "./forgery.ts";

const DECISIONS = 12;
/** The indexes of decisions that were not spooled first. */
const SOUND: readonly number[] = [1, 2, 3, 5, 6, 7, 9, 10, 11, 14];
const WORKER = join(import.meta.dirname, "../../src/audit/sqlite/screen-worker.ts");

let directory: ReturnType<typeof temporaryDirectory>;
/** A log with decisions that share evidence, inputs and policies and name people, and with entries of other kinds. */
let original: string;

beforeAll(async () => {
  directory = temporaryDirectory();
  original = join(directory.path, "audit.db");
  const store = await openAuditStore({ path: original, origin: ORIGIN, mode: "append" });
  for (let number = 1; number <= DECISIONS; number++) await append(store, number);
  const hold = {
    name: "case-7",
    action: "add",
    reason: "a letter",
    at: "2031-01-02T00:00:00.000Z",
    by: "legal",
  } as const;
  const { entry, blobs } = holdEntry(hold);
  await store.append(entry, blobs);
  await append(store, DECISIONS + 1);
  await store.close();
});

afterAll(() => directory[Symbol.dispose]());

function blobOf(kind: string, content: unknown): Blob {
  const data = Buffer.from(canonicalJson(content));
  return { digest: sha256(data), mediaType: `application/vnd.gate.${kind}.v1+json`, data };
}

/** A decision of somebody, on evidence and inputs that three in a row share; every fourth was spooled first. */
async function append(store: AuditStore, number: number): Promise<void> {
  const shared = Math.floor(number / 3);
  const policy = blobOf("policy", { policy: 1 });
  const inputs = blobOf("inputs", { inputs: shared });
  const evidence = blobOf("evidence", { evidence: shared });
  const sample = sampleDecision(number);
  const changes: Partial<Decision> = {
    evidence: sample.evidence.map((record) => ({ ...record, id: evidence.digest, stored: true })),
    inputs: inputs.digest,
    policy: { ...sample.policy, stored: [policy.digest] },
  };
  const options = { random: sampleSalts(), people: ["bob"] };
  const { entry, blobs, disclosures } = sealedDecisionEntry({ ...sample, ...changes }, sampleTime(number), options);
  const collected = { at: sampleTime(number + 1).toISOString(), signer: null };
  const missing: Blob[] = [];
  for (const blob of [evidence, inputs, policy]) if (!(await store.has(blob.digest))) missing.push(blob);
  await store.append(number % 4 === 0 ? withCollection(entry, collected) : entry, [...blobs, ...missing], disclosures);
}

let copies = 0;

function copyOfLog(): string {
  copies += 1;
  const path = join(directory.path, `${copies}.db`);
  copyFileSync(original, path);
  return path;
}

interface Looks {
  readonly first: readonly string[];
  readonly close: readonly string[];
  /** Which entries the first look calls sound. */
  readonly sound: readonly number[];
}

/** What is found of a log with a first look and without. */
async function lookAt(path: string): Promise<Looks> {
  const looks = { first: [] as string[], close: [] as string[], sound: [] as number[] };
  const ofFile = (code: string): void => {
    looks.first.push(code);
    looks.close.push(code);
  };
  await inspectStore(
    path,
    ofFile,
    async ({ firstLook, ...log }) => {
      if (firstLook === undefined) throw new Error("there is no first look");
      await verifyLog(log, {}, (code, message, index) => looks.close.push(`${index} ${code}: ${message}`));
      await verifyLog({ ...log, firstLook }, {}, (code, message, index) =>
        looks.first.push(`${index} ${code}: ${message}`),
      );
      for await (const { start, sound } of firstLook.stretches()) {
        for (const [at, isSound] of sound.entries()) if (isSound === 1) looks.sound.push(start + at);
      }
    },
    undefined,
  );
  return { first: looks.first.toSorted(), close: looks.close.toSorted(), sound: looks.sound };
}

describe("a first look at a log", () => {
  test("finds nothing in a sound one, and calls its decisions sound but for those that were spooled", async () => {
    const { first, close, sound } = await lookAt(original);
    expect({ first, close }).toEqual({ first: [], close: [] });
    expect(sound).toEqual(SOUND);
  });

  test("finds, of whatever is changed in the file, exactly what a close look finds", async () => {
    const random = pseudoRandom(7);
    let tampered = 0;
    for (let attempt = 0; attempt < 150; attempt++) {
      const path = copyOfLog();
      let what = "";
      forge(path, (database) => {
        what = tamperSomewhere(database, random);
      });
      const { first, close, sound } = await lookAt(path);
      expect(first, what).toEqual(close);
      if (close.length > 0) tampered += 1;
      // An entry is called sound in spite of what is found only where that is not about it.
      for (const index of sound)
        expect(
          close.filter((finding) => finding.startsWith(`${index} `)),
          what,
        ).toEqual([]);
    }
    expect(tampered).toBeGreaterThan(75);
  });

  test.each<readonly [what: string, sql: string, but: readonly number[]]>([
    ["a leaf hash", "UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 5", [5]],
    [
      "a body",
      "UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), '\"block\"', '\"allow\"') AS BLOB) WHERE seq = 5",
      [5],
    ],
    [
      "the bytes of a body to no UTF-8",
      "UPDATE entry SET body = CAST(x'ff' || substr(body, 2) AS BLOB) WHERE seq = 5",
      [5],
    ],
    ["the id of an entry", "UPDATE entry SET id = replace(id, '0', 'f') WHERE seq = 5", [5]],
    ["the kind of an entry", "UPDATE entry SET kind = 'review' WHERE seq = 5", [5]],
    ["the time of an entry", "UPDATE entry SET recorded_ms = recorded_ms + 1 WHERE seq = 5", [5]],
    ["the time of an entry to none", "UPDATE entry SET recorded_ms = 9000000000000000 WHERE seq = 5", [5]],
    [
      "a document",
      "UPDATE blob SET data = CAST(data || x'20' AS BLOB) WHERE rowid = (SELECT min(rowid) FROM blob WHERE media_type LIKE '%decision%')",
      [1],
    ],
    [
      "the type of a document",
      "UPDATE blob SET media_type = 'text/plain' WHERE rowid = (SELECT min(rowid) FROM blob)",
      [1],
    ],
    [
      "the hash of a document",
      "UPDATE blob SET sha256 = zeroblob(32) WHERE rowid = (SELECT min(rowid) FROM blob)",
      [1],
    ],
    ["the place of a document", "UPDATE blob SET rowid = 1000 WHERE rowid = (SELECT min(rowid) FROM blob)", []],
    [
      "evidence",
      "UPDATE blob SET data = x'7b7d' WHERE rowid = (SELECT min(rowid) FROM blob WHERE media_type LIKE '%evidence%')",
      [1, 2],
    ],
    [
      "the type of evidence",
      "UPDATE blob SET media_type = 'text/plain' WHERE rowid = (SELECT min(rowid) FROM blob WHERE media_type LIKE '%evidence%')",
      [1, 2],
    ],
    ["inputs", "DELETE FROM blob WHERE rowid = (SELECT max(rowid) FROM blob WHERE media_type LIKE '%inputs%')", [14]],
    ["policies", "DELETE FROM blob WHERE media_type LIKE '%policy%'", SOUND],
    [
      "a name",
      "UPDATE disclosure SET value = value || 'x' WHERE document = (SELECT sha256 FROM blob ORDER BY rowid LIMIT 1)",
      [1],
    ],
    [
      "a salt",
      "UPDATE disclosure SET salt = zeroblob(32) WHERE document = (SELECT sha256 FROM blob ORDER BY rowid LIMIT 1)",
      [1],
    ],
    [
      "a commitment",
      "UPDATE disclosure SET commitment = zeroblob(32) WHERE document = (SELECT sha256 FROM blob ORDER BY rowid LIMIT 1)",
      [1],
    ],
    [
      "nothing but a name that is gone",
      "DELETE FROM disclosure WHERE document = (SELECT sha256 FROM blob ORDER BY rowid LIMIT 1)",
      [1],
    ],
    [
      "nothing but a name too many",
      "INSERT INTO disclosure SELECT sha256, zeroblob(32), zeroblob(32), 'eve' FROM blob ORDER BY rowid LIMIT 1",
      [1],
    ],
    ["the creation of the log", "UPDATE entry SET body = CAST('{}' AS BLOB) WHERE seq = 0", SOUND],
    ["the index of the first entry", "UPDATE entry SET seq = 100 WHERE seq = 0", SOUND],
    ["the index of another entry", "UPDATE entry SET seq = 100 WHERE seq = 6", SOUND.filter((index) => index > 5)],
  ])("where somebody changes %s, calls all sound but what that is about", async (_, sql, but) => {
    const path = copyOfLog();
    forge(path, (database) => database.exec(sql));
    const { first, close, sound } = await lookAt(path);
    expect(sound).toEqual(SOUND.filter((index) => !but.includes(index)));
    expect(first).toEqual(close);
    expect(close.length > 0).toBe(but.length > 0);
  });

  test("does not call a document sound that says more than its canonical form", async () => {
    const path = copyOfLog();
    const decision = sampleDecision(1);
    const { entry, blobs } = decisionEntry(decision, sampleTime(1));
    const [blob] = blobs;
    if (blob === undefined) throw new Error("there is no document");
    const text = Buffer.from(blob.data).toString("utf8");
    // The first of two members of one name, which some readers would take.
    const data = Buffer.from(text.replace("{", '{"outcome":"allow",'));
    const doubled = sha256(data);
    forge(path, (database) => {
      database.exec("DELETE FROM entry WHERE seq > 0; DELETE FROM node; DELETE FROM blob; DELETE FROM disclosure");
      const body = Buffer.from(
        canonicalJson({
          v: 1,
          log: ORIGIN,
          id: entry.id,
          kind: entry.kind,
          time: entry.time,
          ...entry.content,
          decision: doubled,
        }),
      );
      const leaf = Buffer.from(sha256(Buffer.concat([Buffer.of(0), body])).slice("sha256:".length), "hex");
      database
        .prepare("INSERT INTO entry VALUES (1, ?, 'decision', ?, ?, ?)")
        .run(entry.id, Date.parse(entry.time), body, leaf);
      database
        .prepare("INSERT INTO blob VALUES (?, ?, ?)")
        .run(Buffer.from(doubled.slice(7), "hex"), blob.mediaType, data);
    });
    const { first, close, sound } = await lookAt(path);
    expect(sound).toEqual([]);
    expect(first).toEqual(close);
    expect(close.join()).toContain("decision-changed");
  });
});

describe("a large log", () => {
  let large: string;

  beforeAll(async () => {
    large = copyOfLog();
    const data = Buffer.alloc(65 << 20, "x");
    const evidence = { digest: sha256(data), mediaType: "application/vnd.gate.evidence.v1+json", data };
    const sample = sampleDecision(50);
    const records = sample.evidence.map((record) => ({ ...record, id: evidence.digest, stored: true as const }));
    const { entry, blobs } = decisionEntry({ ...sample, evidence: records }, sampleTime(50));
    const store = await openAuditStore({ path: large, origin: ORIGIN, mode: "append" });
    await store.append(entry, [...blobs, evidence]);
    await store.close();
  });

  test("is verified by threads, which let go of the file", async () => {
    expect(statSync(large).size).toBeGreaterThan(64 << 20);
    const alone = await verifyStore(large);
    expect(alone).toMatchObject({ verdict: "good", entries: 16 });
    expect(await verifyStore(large, { worker: WORKER })).toEqual(alone);
    const store = await openAuditStore({ path: large, origin: ORIGIN, mode: "append" });
    const { entry, blobs } = decisionEntry(sampleDecision(51), sampleTime(51));
    expect((await store.append(entry, blobs)).head.size).toBe(17);
    await store.close();
  });

  test("is tampered where threads see that it is", async () => {
    const path = join(directory.path, "large-tampered.db");
    copyFileSync(large, path);
    forge(path, (database) => {
      database.exec(
        "UPDATE blob SET data = CAST(replace(CAST(data AS TEXT), 'SQL injection', 'nothing') AS BLOB) WHERE rowid = 1",
      );
    });
    const alone = await verifyStore(path);
    expect(alone).toMatchObject({ verdict: "tampered", findings: [{ code: "blob-changed", index: 1 }] });
    expect(await verifyStore(path, { worker: WORKER })).toEqual(alone);
  });

  test.each([
    ["is not there", undefined],
    ["fails at once", 'throw new Error("no memory")'],
    ["ends without a word", "process.exit(0)"],
    ["fails at work", 'require("node:worker_threads").parentPort.on("message", () => { throw new Error("gone"); })'],
  ])("is verified as well where a thread %s", async (_, code) => {
    const worker = join(directory.path, `worker-${(copies += 1)}.cjs`);
    if (code !== undefined) writeFileSync(worker, code);
    expect(await verifyStore(large, { worker })).toMatchObject({ verdict: "good" });
  });
});

/** Numbers from 0 up to a limit, the same in every run (mulberry32). */
function pseudoRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const COLUMNS = {
  entry: ["id", "kind", "recorded_ms", "body", "leaf_hash", "seq"],
  blob: ["sha256", "media_type", "data"],
  disclosure: ["document", "commitment", "salt", "value"],
  node: ["hash"],
} as const;

/** Changes one thing somewhere. @returns what, in words */
function tamperSomewhere(database: Database.Database, random: (limit: number) => number): string {
  const tables = Object.keys(COLUMNS) as readonly (keyof typeof COLUMNS)[];
  const table = tables[random(tables.length)] ?? "entry";
  const columns: readonly string[] = COLUMNS[table];
  const column = columns[random(columns.length)] ?? "";
  const keys = table === "disclosure" ? "document, commitment" : table === "node" ? "level, position" : "rowid";
  const rows = database.prepare(`SELECT ${keys}, ${column} AS value FROM ${table}`).all() as Record<string, unknown>[];
  const row = rows[random(rows.length)] ?? {};
  const other = rows[random(rows.length)] ?? {};
  const where = keys
    .split(", ")
    .map((key) => `${key} = ?`)
    .join(" AND ");
  const place = keys.split(", ").map((key) => row[key]);
  const kind = random(4);
  try {
    if (kind === 0) {
      database.prepare(`DELETE FROM ${table} WHERE ${where}`).run(...place);
      return `delete from ${table} ${String(place)}`;
    }
    const value = kind === 1 ? other["value"] : changed(row["value"], random);
    database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${where}`).run(value, ...place);
    return `set ${table}.${column} of ${String(place)}, ${kind === 1 ? "to that of another" : "in one place"}`;
  } catch {
    // What SQLite does not take, like the key of another row.
    return "nothing";
  }
}

/** A value with one byte or character changed, or with one more. */
function changed(value: unknown, random: (limit: number) => number): unknown {
  if (typeof value === "number") return value + 1 + random(3);
  if (Buffer.isBuffer(value)) {
    const bytes = Buffer.from(value);
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    return bytes;
  }
  const text = String(value);
  const at = random(text.length + 1);
  return `${text.slice(0, at)}${"x%é\n"[random(4)]}${text.slice(at + 1)}`;
}
