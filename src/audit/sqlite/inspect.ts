import { closeSync, lstatSync, openSync, readSync } from "node:fs";
import type { Digest } from "../../evidence/types.ts";
import { GateError, messageOf, systemCodeOf } from "../../util/errors.ts";
import { fromDigest, type NodeId } from "../log.ts";
import type { Blob } from "../store.ts";
import type { FindingCode, ReportFinding, StoredEntry, StoredLog } from "../stored.ts";
import { countDisclosures, disclosureReader } from "./disclosures.ts";
import { openForVerification, type StoreDatabase, schemaDifferences, storePath } from "./open.ts";
import { APPLICATION_ID, READABLE_VERSIONS, SCHEMA_VERSION } from "./schema.ts";
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
 * @throws {GateError} `runtime-unsupported` where SQLite itself cannot be used
 */
export async function inspectStore(
  path: string,
  report: ReportFinding,
  verify: (log: StoredLog) => Promise<void>,
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
  try {
    database = openForVerification(file);
    if (isSoundDatabase(file, database, report)) await verify(storedLog(database));
  } catch (error) {
    if (error instanceof GateError || systemCodeOf(error) === undefined) throw error;
    reportSqliteError(error, report);
  } finally {
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
  for (const difference of schemaDifferences(database)) report("schema-changed", difference);
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

function storedLog(database: StoreDatabase): StoredLog {
  const node = database.prepare<[number, number], Uint8Array>("SELECT hash FROM node WHERE level = ? AND position = ?");
  const blob = database.prepare<[Uint8Array], { readonly media_type: string; readonly data: Uint8Array }>(
    "SELECT media_type, data FROM blob WHERE sha256 = ?",
  );
  const count = (table: "node" | "blob"): number =>
    database.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0;
  return {
    *entries(): Iterable<StoredEntry> {
      const rows = database.prepare<[], StoredRow>("SELECT * FROM entry ORDER BY seq").iterate();
      for (const { seq, id, kind, recorded_ms, body, leaf_hash } of rows) {
        yield { index: seq, id, kind, recordedMs: recorded_ms, body, leafHash: leaf_hash };
      }
    },
    nodes: {
      at: ({ level, index }: NodeId) => node.pluck().get(level, index),
      count: () => count("node"),
    },
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
