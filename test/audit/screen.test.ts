import { copyFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  decisionEntry,
  entryBody,
  logCreatedEntry,
  sealedDecisionEntry,
  withCollection,
} from "../../src/audit/entry.ts";
import { holdEntry } from "../../src/audit/hold.ts";
import { fromDigest, leafHash } from "../../src/audit/log.ts";
import { openAuditStore } from "../../src/audit/open.ts";
import { inspectStore } from "../../src/audit/sqlite/inspect.ts";
import { openForAppend } from "../../src/audit/sqlite/open.ts";
import { STRETCH } from "../../src/audit/sqlite/screen.ts";
import { appendEntry } from "../../src/audit/sqlite/store.ts";
import type { AuditStore, Blob } from "../../src/audit/store.ts";
import { verifyLog, verifyStore } from "../../src/audit/verify.ts";
import type { Decision } from "../../src/decision/types.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import { copyOf, ORIGIN, sampleDecision, sampleId, sampleSalts, sampleTime, temporaryDirectory } from "./fixtures.ts";
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
  return copyOf(original);
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
      "what a document says beyond its leaf",
      `UPDATE blob SET data = CAST(replace(CAST(data AS TEXT), 'SQL injection', 'nothing') AS BLOB)
        WHERE rowid = (SELECT min(rowid) FROM blob WHERE media_type LIKE '%decision%')`,
      [1],
    ],
    [
      "the place of policies to one far away",
      "UPDATE blob SET rowid = 5000000000000 WHERE media_type LIKE '%policy%'",
      [],
    ],
    ["the place of policies to one below 0", "UPDATE blob SET rowid = -5 WHERE media_type LIKE '%policy%'", []],
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

  test("counts what many share once, wherever it is", async () => {
    const path = copyOfLog();
    forge(path, (database) =>
      database.exec(`UPDATE blob SET rowid = -5 WHERE media_type LIKE '%policy%';
        INSERT INTO blob VALUES (zeroblob(32), 'text/plain', x'00')`),
    );
    const { first, close } = await lookAt(path);
    expect(first).toEqual(close);
    expect(close).toEqual(["undefined blob-extra: no entry commits to 1 of the stored documents"]);
  });

  test.each<readonly [what: string, change: (text: string) => string]>([
    // Some readers would take the first of two.
    ["a member twice", (text) => text.replace("{", '{"outcome":"allow",')],
    ["its members in another order", (text) => text.replace(/^\{(.*?),(.*?),/, "{$2,$1,")],
    ["white space", (text) => `${text} `],
    ["its place in the log", (text) => text.replace('"audit":null', '"audit":{}')],
    ["another schema", (text) => text.replace("gate/decision/v1", "gate/decision/v2")],
  ])("does not call a document sound that has %s, and whose hash is recorded", async (_, change) => {
    const path = copyOfLog();
    forge(path, (database) => {
      const { entry, blobs } = decisionEntry(sampleDecision(1), sampleTime(1));
      const [{ mediaType, data: sound } = { mediaType: "", data: Buffer.alloc(0) }] = blobs;
      const text = Buffer.from(sound).toString("utf8");
      const data = Buffer.from(change(text));
      expect(change(text)).not.toBe(text);
      const { id, kind, time, content } = entry;
      const decision = sha256(data);
      const body = Buffer.from(canonicalJson({ v: 1, log: ORIGIN, id, kind, time, ...content, decision }));
      const leaf = leafHash(body);
      database.exec("DELETE FROM entry WHERE seq > 0; DELETE FROM node; DELETE FROM blob; DELETE FROM disclosure");
      database.prepare("INSERT INTO entry VALUES (1, ?, ?, ?, ?, ?)").run(id, kind, Date.parse(time), body, leaf);
      database.prepare("INSERT INTO blob VALUES (?, ?, ?)").run(fromDigest(decision), mediaType, data);
    });
    const { first, close, sound } = await lookAt(path);
    expect(sound).toEqual([]);
    expect(first).toEqual(close);
    expect(close.join()).toContain("decision-changed");
  });

  test("that saw entries which are not there does not go on for ever", async () => {
    const found: string[] = [];
    await inspectStore(
      original,
      (code) => found.push(code),
      async ({ firstLook, ...log }) => {
        if (firstLook === undefined) throw new Error("there is no first look");
        const count = 20;
        const screened = {
          start: 0,
          sound: new Uint8Array(count),
          leafHashes: Buffer.alloc(count * 32),
          recordedMs: new Float64Array(count),
          disclosures: 0,
        };
        // oxlint-disable-next-line typescript/require-await -- there is nothing to wait for
        const stretches = async function* stretches(): AsyncIterable<typeof screened> {
          yield screened;
        };
        const { range } = await verifyLog({ ...log, firstLook: { ...firstLook, stretches } }, {}, (code) =>
          found.push(code),
        );
        expect(range.size).toBe(DECISIONS + 3);
      },
      undefined,
    );
    expect(found).toEqual([]);
  });

  test("calls a decision sound that names somebody at length", async () => {
    const path = copyOfLog();
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    for (const [at, length] of [4095, 4096, 4097, 9000].entries()) {
      const number = 60 + at;
      const { subject } = sampleDecision(number);
      const change = { id: "12", base: "main", author: "ä".repeat(length / 2) + "x".repeat(length % 2) };
      const decision = sampleDecision(number, { subject: { ...subject, change } });
      const sealed = sealedDecisionEntry(decision, sampleTime(number), { random: sampleSalts() });
      await store.append(sealed.entry, sealed.blobs, sealed.disclosures);
    }
    await store.close();
    expect(await lookAt(path)).toEqual({ first: [], close: [], sound: [...SOUND, 15, 16, 17, 18] });
  });
});

describe("a log of more than one stretch", () => {
  const ENTRIES = STRETCH + 10;
  let long: string;

  beforeAll(() => {
    long = join(directory.path, "long.db");
    const created = logCreatedEntry(sampleId(0), sampleTime(0));
    const database = openForAppend(long, (empty) => {
      appendEntry(empty, ORIGIN, created, entryBody(ORIGIN, created), []);
    });
    database.exec("BEGIN");
    for (let number = 1; number < ENTRIES; number++) {
      const evidence = blobOf("evidence", { evidence: number % 3 });
      const sample = sampleDecision(number);
      const records = sample.evidence.map((record) => ({ ...record, id: evidence.digest, stored: true as const }));
      const { entry, blobs } = decisionEntry({ ...sample, evidence: records }, sampleTime(number));
      appendEntry(database, ORIGIN, entry, entryBody(ORIGIN, entry), [...blobs, evidence]);
    }
    database.exec("COMMIT");
    database.close();
  });

  test("is sound from its first decision to its last", async () => {
    const { first, close, sound } = await lookAt(long);
    expect({ first, close }).toEqual({ first: [], close: [] });
    expect(sound).toEqual(Array.from({ length: ENTRIES - 1 }, (_, at) => at + 1));
  });

  test.each([
    ["the last entry of a stretch", `UPDATE entry SET recorded_ms = 7 WHERE seq = ${STRETCH - 1}`, STRETCH - 1],
    ["the first entry of the next", `UPDATE entry SET recorded_ms = 7 WHERE seq = ${STRETCH}`, STRETCH],
    ["a gap between the two", `UPDATE entry SET seq = 10000 WHERE seq = ${STRETCH}`, STRETCH + 1],
    ["a document too many", "INSERT INTO blob VALUES (zeroblob(32), 'text/plain', x'00')", undefined],
  ])("is tampered with %s", async (_, sql, index) => {
    const path = join(directory.path, `long-${(copies += 1)}.db`);
    copyFileSync(long, path);
    forge(path, (database) => database.exec(sql));
    const { first, close } = await lookAt(path);
    expect(first).toEqual(close);
    expect(close.some((finding) => finding.startsWith(`${index} `))).toBe(true);
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
