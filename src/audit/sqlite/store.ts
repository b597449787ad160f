import type { Statement } from "better-sqlite3";
import type { Digest } from "../../evidence/types.ts";
import { GateError } from "../../util/errors.ts";
import { closedId, refuseClosed } from "../closed.ts";
import { otherBlobs, otherEntry, refusePermanent, refuseUnappended, removalOf, storedBefore } from "../committed.ts";
import { entryBody, readEntryBody } from "../entry.ts";
import type { BlobReference } from "../evidence.ts";
import {
  appendLeaf,
  type CompactRange,
  fromDigest,
  isSameHash,
  leafHash,
  type NodeId,
  rangeNodes,
  rootOfRange,
  toDigest,
} from "../log.ts";
import { ambiguous, parseReference } from "../reference.ts";
import type {
  AuditStore,
  Blob,
  Disclosure,
  Entry,
  EntryFilter,
  EntryKind,
  NewEntry,
  Receipt,
  TreeHead,
  Voucher,
  VoucherKind,
} from "../store.ts";
import { disclosureReader, keepDisclosures, removeDisclosures } from "./disclosures.ts";
import { asGateError, BUSY_MS, type StoreDatabase, whileBusy } from "./open.ts";
import { migration, SCHEMA_VERSION } from "./schema.ts";
import { keepVoucher, vouchersIn } from "./vouchers.ts";

const PAGE_ROWS = 256;
const COLUMNS = "seq, id, kind, body, leaf_hash";

interface EntryRow {
  readonly seq: number;
  readonly id: string;
  readonly kind: EntryKind;
  readonly body: Uint8Array;
  readonly leaf_hash: Uint8Array;
}

/**
 * The log in one SQLite file.
 *
 * Every transaction is one synchronous run: nothing else of this process comes between, and no lock is held while a
 * caller thinks. (POSIX drops all locks of a process on a file when it closes any handle of it.)
 */
export class SqliteAuditStore implements AuditStore {
  readonly #file: string;
  readonly #database: StoreDatabase;
  readonly #origin: string;

  /** Takes over an open database and closes it in the end. */
  constructor(file: string, database: StoreDatabase) {
    this.#file = file;
    this.#database = database;
    this.#origin = this.#read(() => readOrigin(file, database));
  }

  async append(entry: NewEntry, blobs: readonly Blob[], disclosures: readonly Disclosure[] = []): Promise<Receipt> {
    refuseUnappended(entry);
    const body = entryBody(this.#origin, entry);
    const stored = storedBefore(entry, blobs, disclosures);
    return this.#write(() => {
      refuseMissing(this.#database, entry, stored);
      return appendEntry(this.#database, this.#origin, entry, body, blobs, disclosures);
    });
  }

  async remove(entry: NewEntry, blobs: readonly Blob[], size: number): Promise<Receipt | undefined> {
    const removal = removalOf(entry, blobs);
    const body = entryBody(this.#origin, entry);
    return this.#write(() => {
      const before = sizeOf(this.#database);
      const isThere = this.#database.prepare("SELECT 1 FROM entry WHERE id = ?").get(entry.id) !== undefined;
      if (!isThere && before !== size) return undefined;
      const receipt = appendEntry(this.#database, this.#origin, entry, body, blobs);
      if (!isThere) {
        removeBlobs(this.#database, removal.documents);
        removeDisclosures(this.#database, removal);
      }
      return receipt;
    });
  }

  async compact(): Promise<number> {
    return asGateError(this.#file, "audit-write-failed", () => {
      const before = sizeOnDisk(this.#database);
      // A transaction like any other: through the rollback journal, so a kill or a power cut leaves the log as it was.
      whileBusy(performance.now() + BUSY_MS, () => this.#database.exec("VACUUM"));
      return before - sizeOnDisk(this.#database);
    });
  }

  async head(size?: number): Promise<TreeHead> {
    return this.#read(() => {
      const whole = sizeOf(this.#database);
      if (size !== undefined && size > whole) throw new GateError("internal", `the log has no ${size} entries`);
      return headAt(this.#database, this.#origin, size ?? whole);
    });
  }

  async node(place: NodeId): Promise<Uint8Array> {
    return this.#read(() => readNode(this.#database, place));
  }

  async *entries(filter: EntryFilter = {}): AsyncIterable<Entry> {
    // One page at a time, so that no read lock keeps writers out while the caller works.
    const newestFirst = filter.last !== undefined;
    let left = filter.last ?? Number.POSITIVE_INFINITY;
    let from = newestFirst ? Number.MAX_SAFE_INTEGER : -1;
    const end = this.#read(() => sizeOf(this.#database));
    const order = newestFirst ? "seq < ? AND seq < ? ORDER BY seq DESC" : "seq > ? AND seq < ? ORDER BY seq";
    const kind = filter.kind === undefined ? "" : "kind = ? AND ";
    const query = `SELECT ${COLUMNS} FROM entry WHERE ${kind}${order} LIMIT ?`;
    while (left > 0) {
      const limit = Math.min(left, PAGE_ROWS);
      const parameters = filter.kind === undefined ? [from, end, limit] : [filter.kind, from, end, limit];
      const rows = this.#read(() => this.#database.prepare<unknown[], EntryRow>(query).all(...parameters));
      for (const row of rows) yield toEntry(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < limit) return;
      from = last.seq;
      left -= rows.length;
    }
  }

  async find(reference: string): Promise<Entry | undefined> {
    const named = parseReference(reference);
    if (named === undefined) return undefined;
    if ("index" in named) return this.#findOne("seq = ?", named.index);
    if ("id" in named) return this.#findOne("id = ?", named.id);

    const { prefix } = named;
    const [first, second] = this.#findRows("id >= ? AND id < ?", prefix, `${prefix}g`);
    if (first !== undefined && second !== undefined) throw ambiguous(prefix, first.id);
    return first === undefined ? undefined : toEntry(first);
  }

  async blob(digest: Digest): Promise<Blob | undefined> {
    const key = fromDigest(digest);
    const row = this.#read(() =>
      this.#database
        .prepare<[Uint8Array], { readonly media_type: string; readonly data: Uint8Array }>(
          "SELECT media_type, data FROM blob WHERE sha256 = ?",
        )
        .get(key),
    );
    return row === undefined ? undefined : { digest, mediaType: row.media_type, data: row.data };
  }

  async *disclosures(document?: Digest): AsyncIterable<Disclosure> {
    // All at once, so that no read lock keeps writers out while the caller works.
    yield* this.#read(() => [...disclosureReader(this.#database)(document)]);
  }

  async has(digest: Digest): Promise<boolean> {
    const key = fromDigest(digest);
    return this.#read(
      () => this.#database.prepare<[Uint8Array]>("SELECT 1 FROM blob WHERE sha256 = ?").get(key) !== undefined,
    );
  }

  async keep(voucher: Voucher): Promise<void> {
    this.#write(() => {
      raiseVersion(this.#database);
      keepVoucher(this.#database, voucher);
    });
  }

  async *vouchers(kind: VoucherKind): AsyncIterable<Voucher> {
    // All at once, so that no read lock keeps writers out while the caller works.
    yield* this.#read(() => [...vouchersIn(this.#database, kind)]);
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #findOne(condition: string, ...parameters: readonly unknown[]): Entry | undefined {
    const [row] = this.#findRows(condition, ...parameters);
    return row === undefined ? undefined : toEntry(row);
  }

  #findRows(condition: string, ...parameters: readonly unknown[]): readonly EntryRow[] {
    return this.#read(() =>
      this.#database
        .prepare<unknown[], EntryRow>(`SELECT ${COLUMNS} FROM entry WHERE ${condition} ORDER BY seq LIMIT 2`)
        .all(...parameters),
    );
  }

  /** Runs an action as one transaction. */
  #write<T>(action: () => T): T {
    return asGateError(this.#file, "audit-write-failed", () => {
      const deadline = performance.now() + BUSY_MS;
      return whileBusy(deadline, () => transact(this.#database, deadline, action));
    });
  }

  #read<T>(action: () => T): T {
    return asGateError(this.#file, "audit-unreadable", () => whileBusy(performance.now() + BUSY_MS, action));
  }
}

/** Appends inside of the caller's transaction. */
export function appendEntry(
  database: StoreDatabase,
  origin: string,
  entry: NewEntry,
  body: Uint8Array,
  blobs: readonly Blob[],
  disclosures: readonly Disclosure[] = [],
): Receipt {
  const leaf = leafHash(body);
  const earlier = database
    .prepare<[string], Pick<EntryRow, "seq" | "leaf_hash">>("SELECT seq, leaf_hash FROM entry WHERE id = ?")
    .get(entry.id);
  if (earlier !== undefined) {
    if (!isSameHash(earlier.leaf_hash, leaf)) {
      throw otherEntry(entry.id);
    }
    return { index: earlier.seq, leafHash: toDigest(leaf), head: headAt(database, origin, earlier.seq + 1) };
  }

  refuseClosed(origin, entry, findBody(database, closedId(origin)));
  raiseVersion(database);
  const { range, nodes } = appendLeaf(readRange(database, sizeOf(database)), leaf);
  const index = range.size - 1;
  database
    .prepare("INSERT INTO entry (seq, id, kind, recorded_ms, body, leaf_hash) VALUES (?, ?, ?, ?, ?, ?)")
    .run(index, entry.id, entry.kind, Date.parse(entry.time), body, leaf);
  for (const { level, index: position, hash } of nodes) {
    if (level === 0) continue;
    database.prepare("INSERT INTO node (level, position, hash) VALUES (?, ?, ?)").run(level, position, hash);
  }
  for (const { digest, mediaType, data } of blobs) {
    const key = fromDigest(digest);
    if (database.prepare("SELECT 1 FROM blob WHERE sha256 = ?").get(key) !== undefined) continue;
    database.prepare("INSERT INTO blob (sha256, media_type, data) VALUES (?, ?, ?)").run(key, mediaType, data);
  }
  keepDisclosures(database, disclosures);
  return { index, leafHash: toDigest(leaf), head: { origin, size: range.size, root: toDigest(rootOfRange(range)) } };
}

function sizeOnDisk(database: StoreDatabase): number {
  const pragma = (name: string): number => Number(database.pragma(name, { simple: true }));
  return pragma("page_count") * pragma("page_size");
}

function findBody(database: StoreDatabase, id: string): Uint8Array | undefined {
  return database.prepare<[string], Uint8Array>("SELECT body FROM entry WHERE id = ?").pluck().get(id);
}

function removeBlobs(database: StoreDatabase, documents: readonly Digest[]): void {
  const typeOf = database.prepare<[Uint8Array], string>("SELECT media_type FROM blob WHERE sha256 = ?").pluck();
  const remove = database.prepare<[Uint8Array]>("DELETE FROM blob WHERE sha256 = ?");
  for (const digest of documents) {
    const key = fromDigest(digest);
    refusePermanent(digest, typeOf.get(key) ?? "");
    remove.run(key);
  }
}

/** In the transaction of what needs it, so that a log is of one version or the other, and never half way. */
function raiseVersion(database: StoreDatabase): void {
  const version: unknown = database.pragma("user_version", { simple: true });
  if (version === SCHEMA_VERSION) return;
  for (const { sql } of migration(version)) database.exec(sql);
  database.pragma(`user_version = ${SCHEMA_VERSION}`);
}

/** All or nothing, and durable when it returns. */
function transact<T>(database: StoreDatabase, deadline: number, action: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = action();
    // Waits for readers without giving up the place in front of them, which a new transaction would.
    whileBusy(deadline, () => database.exec("COMMIT"));
    return result;
  } catch (error) {
    if (database.inTransaction) database.exec("ROLLBACK");
    throw error;
  }
}

function sizeOf(database: StoreDatabase): number {
  return database.prepare<[], number>("SELECT coalesce(max(seq) + 1, 0) FROM entry").pluck().get() ?? 0;
}

function headAt(database: StoreDatabase, origin: string, size: number): TreeHead {
  return { origin, size, root: toDigest(rootOfRange(readRange(database, size))) };
}

function readRange(database: StoreDatabase, size: number): CompactRange {
  return { size, hashes: rangeNodes(size).map((node) => readNode(database, node)) };
}

interface NodeStatements {
  readonly leaf: Statement<[number], Uint8Array>;
  readonly inner: Statement<[number, number], Uint8Array>;
}

/** Kept for each connection: preparing a statement takes longer than running it, and a long export reads millions of nodes. */
const NODE_STATEMENTS = new WeakMap<StoreDatabase, NodeStatements>();

function nodeStatements(database: StoreDatabase): NodeStatements {
  const known = NODE_STATEMENTS.get(database);
  if (known !== undefined) return known;
  const statements = {
    leaf: database.prepare<[number], Uint8Array>("SELECT leaf_hash FROM entry WHERE seq = ?").pluck(),
    inner: database
      .prepare<[number, number], Uint8Array>("SELECT hash FROM node WHERE level = ? AND position = ?")
      .pluck(),
  };
  NODE_STATEMENTS.set(database, statements);
  return statements;
}

function readNode(database: StoreDatabase, { level, index }: NodeId): Uint8Array {
  const { leaf, inner } = nodeStatements(database);
  const hash = level === 0 ? leaf.get(index) : inner.get(level, index);
  if (hash !== undefined) return hash;
  throw new GateError("audit-corrupt", `the audit log lacks the hash of subtree ${index} at level ${level}`, {
    hint: "Run `gate audit verify`, and restore the log from a copy.",
  });
}

/** The origin is in the first entry, and only there: so it is under the root like everything else. */
function readOrigin(file: string, database: StoreDatabase): string {
  const body = database.prepare<[], Uint8Array>("SELECT body FROM entry WHERE seq = 0").pluck().get();
  const first = body === undefined ? undefined : readEntryBody(body);
  if (first?.kind === "log-created") return first.log;
  throw new GateError("audit-corrupt", `the audit log ${file} does not start with its creation`, {
    hint: "Run `gate audit verify`, and restore the log from a copy.",
  });
}

/** A reference without its blob would be born pruned. In the transaction, so that nothing can delete it in between. */
function refuseMissing(database: StoreDatabase, entry: NewEntry, references: readonly BlobReference[]): void {
  const find = database.prepare<[Uint8Array, string]>("SELECT 1 FROM blob WHERE sha256 = ? AND media_type = ?");
  const missing = references.some(({ digest, mediaType }) => find.get(fromDigest(digest), mediaType) === undefined);
  if (missing) throw otherBlobs(entry.id);
}

function toEntry(row: EntryRow): Entry {
  return { index: row.seq, id: row.id, kind: row.kind, body: row.body, leafHash: toDigest(row.leaf_hash) };
}
