import { closeSync, lstatSync, openSync, readSync } from "node:fs";
import type { Digest } from "../../evidence/types.ts";
import { GateError, messageOf, systemCodeOf } from "../../util/errors.ts";
import { fromDigest, HASH_BYTES, type Hash, type NodeId } from "../log.ts";
import type { Blob } from "../store.ts";
import type { FindingCode, ReportFinding, StoredEntry, StoredLog } from "../stored.ts";
import { countDisclosures, disclosureReader } from "./disclosures.ts";
import { openForVerification, type StoreDatabase, schemaDifferences, storePath } from "./open.ts";
import { APPLICATION_ID, READABLE_VERSIONS, SCHEMA_VERSION } from "./schema.ts";
import { type Screening, startScreening } from "./screening.ts";
import { vouchersIn } from "./vouchers.ts";

const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";
const MAX_INTEGRITY_MESSAGES = 10;

/**
 * Fields of the header that never change in a store of ours (sqlite.org/fileformat2.html, section 1.3). SQLite itself
 * tolerates other values in most of them.
 */
const FIXED_HEADER: readonly (readonly [offset: number, bytes: readonly number[], name: string])[] = [
  [18, [1, 1], "the journal mode"],
  [20, [0], "the reserved space of a page"],
  [21, [64, 32, 32], "the payload fractions"],
  [44, [0, 0, 0, 4], "the schema format"],
  [48, [0, 0, 0, 0], "the cache size"],
  [52, [0, 0, 0, 0], "the auto-vacuum root"],
  [56, [0, 0, 0, 1], "the text encoding"],
  [64, [0, 0, 0, 0], "the vacuum mode"],
  [72, Array.from({ length: 20 }, () => 0), "the reserved header space"],
];

/** Errors of SQLite that say nothing about the content of the file. */
const NO_FAULT_OF_FILE: readonly (readonly [prefix: string, code: FindingCode, message: string])[] = [
  ["SQLITE_BUSY", "busy", "another process kept the file locked"],
  [
    "SQLITE_READONLY",
    "write-unfinished",
    "a writer was interrupted; `gate audit list` rolls its unfinished entry back, then verify again",
  ],
  ["SQLITE_CANTOPEN", "unreadable", "the file, or the journal beside it, cannot be opened"],
  ["SQLITE_NOMEM", "unreadable", "there is not enough memory"],
];

/**
 * Checks a store file as a file: its header, its pages, its schema. Where all are sound, hands its content to `verify`,
 * in one read transaction.
 *
 * @param worker the file of the thread that takes a first look; undefined for none
 * @throws {GateError} `runtime-unsupported` where SQLite itself cannot be used
 */
export async function inspectStore(
  path: string,
  report: ReportFinding,
  verify: (log: StoredLog) => Promise<void>,
  worker: string | undefined,
): Promise<void> {
  let file: string;
  try {
    file = storePath(path);
    if (!isSoundFile(file, report)) return;
  } catch (error) {
    report("unreadable", messageOf(error));
    return;
  }
  let database: StoreDatabase | undefined;
  let screening: Screening | undefined;
  try {
    database = openForVerification(file);
    const differences = schemaDifferences(database);
    // Threads start while the pages are checked here; what they see does not count where these are not sound.
    screening = differences.length === 0 ? startScreening(file, worker) : undefined;
    const isSound = isSoundDatabase(file, database, report);
    for (const difference of differences) report("schema-changed", difference);
    if (isSound) await verify(storedLog(database, screening));
  } catch (error) {
    if (error instanceof GateError || systemCodeOf(error) === undefined) throw error;
    reportSqliteError(error, report);
  } finally {
    await screening?.end();
    database?.close();
  }
}

/** Checks what SQLite would take as given, before SQLite reads a byte of it. */
export function isSoundFile(file: string, report: ReportFinding): boolean {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) {
    report("not-found", `there is no audit log at ${file}`);
    return false;
  }
  if (!stats.isFile()) {
    report("unreadable", `${file} is not a regular file`);
    return false;
  }
  const header = readHeader(file);
  if (header.length < HEADER_BYTES || header.readUInt32BE(68) !== APPLICATION_ID) {
    report("not-a-log", `${file} is not an audit log of gate`);
    return false;
  }
  const version = header.readUInt32BE(60);
  if (!READABLE_VERSIONS.includes(version)) {
    report("version-unsupported", `the log has schema version ${version}; this gate reads up to ${SCHEMA_VERSION}`);
    return false;
  }
  const changed = FIXED_HEADER.filter(
    ([offset, bytes]) => !header.subarray(offset).subarray(0, bytes.length).equals(Buffer.from(bytes)),
  );
  for (const [, , name] of changed) report("file-damaged", `the header of the file is damaged: ${name}`);
  const isSqlite = header.toString("latin1", 0, MAGIC.length) === MAGIC;
  if (!isSqlite) report("file-damaged", "the header of the file is damaged: it does not say SQLite");
  return isSqlite && changed.length === 0;
}

function readHeader(file: string): Buffer {
  const handle = openSync(file, "r");
  try {
    const header = Buffer.alloc(HEADER_BYTES);
    return header.subarray(0, readSync(handle, header, 0, HEADER_BYTES, 0));
  } finally {
    closeSync(handle);
  }
}

function isSoundDatabase(file: string, database: StoreDatabase, report: ReportFinding): boolean {
  const messages = database
    .prepare<[], string>(`PRAGMA integrity_check(${MAX_INTEGRITY_MESSAGES})`)
    .pluck()
    .all()
    .filter((message) => message !== "ok");
  for (const message of messages) report("file-damaged", message.replaceAll(/\s+/g, " "));
  // By name and not by handle: closing one would drop the lock that keeps writers from changing the size meanwhile.
  const pages = lstatSync(file).size / Number(database.pragma("page_size", { simple: true }));
  const expected = Number(database.pragma("page_count", { simple: true }));
  if (pages !== expected) report("file-damaged", `the file holds ${pages} pages, its header says ${expected}`);
  return messages.length === 0 && pages === expected;
}

function reportSqliteError(error: unknown, report: ReportFinding): void {
  const sqliteCode = systemCodeOf(error) ?? "";
  const [, code, message] = NO_FAULT_OF_FILE.find(([prefix]) => sqliteCode.startsWith(prefix)) ?? [];
  if (code !== undefined && message !== undefined) report(code, message);
  else report("file-damaged", `SQLite cannot read the file: ${messageOf(error)} (${sqliteCode})`);
}

interface StoredRow {
  readonly seq: number;
  readonly id: string;
  readonly kind: string;
  readonly recorded_ms: number;
  readonly body: Uint8Array;
  readonly leaf_hash: Uint8Array;
}

function storedLog(database: StoreDatabase, screening: Screening | undefined): StoredLog {
  const blob = database.prepare<[Uint8Array], { readonly media_type: string; readonly data: Uint8Array }>(
    "SELECT media_type, data FROM blob WHERE sha256 = ?",
  );
  const count = (table: "node" | "blob"): number =>
    database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  const firstLook = screening?.firstLook(database);
  return {
    entries: () => storedEntries(database.prepare<[], StoredRow>("SELECT * FROM entry ORDER BY seq").iterate()),
    ...(firstLook === undefined ? {} : { firstLook: { ...firstLook, entriesFrom: entriesFrom(database) } }),
    nodes: { at: nodesInOrder(database), count: () => count("node") },
    blob: (digest: Digest): Blob | undefined => {
      const row = blob.get(fromDigest(digest));
      return row === undefined ? undefined : { digest, mediaType: row.media_type, data: row.data };
    },
    blobCount: () => count("blob"),
    disclosures: disclosureReader(database),
    disclosureCount: () => countDisclosures(database),
    vouchers: (kind) => vouchersIn(database, kind),
  };
}

function* storedEntries(rows: Iterable<StoredRow>): Iterable<StoredEntry> {
  for (const { seq, id, kind, recorded_ms, body, leaf_hash } of rows) {
    yield { index: seq, id, kind, recordedMs: recorded_ms, body, leafHash: leaf_hash };
  }
}

function entriesFrom(database: StoreDatabase): (index: number) => Iterable<StoredEntry> {
  const from = database.prepare<[number], StoredRow>("SELECT * FROM entry WHERE seq >= ? ORDER BY seq");
  return (index) => storedEntries(from.iterate(index));
}

/** Hashes of subtrees that are read at once. */
const NODES_AT_ONCE = 256;

/** Hashes of a level in the place that each has after the first; what is not stored, or is no hash, is not set. */
interface ReadNodes {
  first: number;
  readonly isStored: Uint8Array;
  readonly hashes: Buffer;
}

/**
 * Reads some hashes of a level ahead: a log is verified in their order, and to look for each would take longer. They are read into
 * the same place each time, for they would live just long enough to be kept for good.
 */
function nodesInOrder(database: StoreDatabase): (place: NodeId) => Hash | undefined {
  const from = database
    .prepare<[level: number, first: number, end: number], readonly [position: number, digits: string]>(
      "SELECT position, hex(hash) FROM node WHERE level = ? AND position >= ? AND position < ?",
    )
    .raw();
  const levels = new Map<number, ReadNodes>();
  const read = (level: number, first: number): ReadNodes => {
    const nodes = levels.get(level) ?? {
      first,
      isStored: new Uint8Array(NODES_AT_ONCE),
      hashes: Buffer.alloc(NODES_AT_ONCE * HASH_BYTES),
    };
    nodes.first = first;
    nodes.isStored.fill(0);
    for (const [position, digits] of from.iterate(level, first, first + NODES_AT_ONCE)) {
      if (digits.length !== HASH_BYTES * 2) continue;
      nodes.isStored[position - first] = 1;
      nodes.hashes.write(digits, (position - first) * HASH_BYTES, HASH_BYTES, "hex");
    }
    levels.set(level, nodes);
    return nodes;
  };
  return ({ level, index }) => {
    const last = levels.get(level);
    const isRead = last !== undefined && index >= last.first && index < last.first + NODES_AT_ONCE;
    const { first, isStored, hashes } = isRead ? last : read(level, index);
    const at = index - first;
    return isStored[at] === 1 ? new Uint8Array(hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)) : undefined;
  };
}
