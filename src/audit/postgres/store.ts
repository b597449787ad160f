import type { Digest } from "../../evidence/types.ts";
import { GateError, systemCodeOf } from "../../util/errors.ts";
import { closedId, closedLog, nextLog } from "../closed.ts";
import { otherBlobs, otherEntry, refuseUnappended, removalOf, storedBefore } from "../committed.ts";
import { entryBody } from "../entry.ts";
import { fromDigest, type Hash, leafHash, type NodeId, rangeNodes, rootOfRange, toDigest } from "../log.ts";
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
import { UUID_PATTERN } from "../uuid.ts";
import { asGateError, whileTransient } from "./connection.ts";
import { disclosuresOfDocument, pageOfDisclosures } from "./disclosures.ts";
import type { ServerLocation } from "./location.ts";
import { connectToLog, type OpenLog } from "./open.ts";
import { REFUSAL } from "./schema.ts";

const PAGE_ROWS = 256;
const VOUCHER_ROWS = 64;
const LOWEST_ID = "00000000-0000-0000-0000-000000000000";
const HIGHEST_ID = "ffffffff-ffff-ffff-ffff-ffffffffffff";
const COLUMNS = "seq, id, kind, body, leaf_hash";
const ANSWER = "SELECT p_seq AS seq, p_range AS range";
const APPEND = `${ANSWER} FROM gate_audit.append($1, $2, $3, $4, $5, $6)`;
const APPEND_DISCLOSED = `${ANSWER} FROM gate_audit.append_disclosed($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

const REMOVE = `${ANSWER} FROM gate_audit.remove($1, $2, $3, $4)`;

/** Unique violation: two appends that did not see each other, under an isolation above READ COMMITTED. */
const COLLISION = "23505";

interface AddedRow {
  readonly seq: string;
  readonly range: readonly Hash[];
}

interface EntryRow {
  /** 64 bits, which the driver gives as text. */
  readonly seq: string;
  readonly id: string;
  readonly kind: EntryKind;
  readonly body: Uint8Array;
  readonly leaf_hash: Uint8Array;
}

/**
 * One of the logs in a PostgreSQL database.
 *
 * An append is one call of a function in the database, which is a transaction of its own: it is durable when it returns,
 * and since the id of an entry says whether it is there already, it is simply called again after a lost connection.
 */
export class PostgresAuditStore implements AuditStore {
  readonly #server: ServerLocation;
  readonly #mode: "append" | "read";
  #open: Promise<OpenLog>;

  /** Takes over an open connection and closes it, or the one that replaced it, in the end. */
  constructor(server: ServerLocation, mode: "append" | "read", open: OpenLog) {
    this.#server = server;
    this.#mode = mode;
    this.#open = Promise.resolve(open);
  }

  async append(entry: NewEntry, blobs: readonly Blob[], disclosures: readonly Disclosure[] = []): Promise<Receipt> {
    refuseUnappended(entry);
    const origin = this.#server.log;
    const body = entryBody(origin, entry);
    const stored = storedBefore(entry, blobs, disclosures);
    const parameters = [
      origin,
      body,
      blobs.map(({ mediaType }) => mediaType),
      blobs.map(({ data }) => Buffer.from(data)),
      stored.map(({ mediaType }) => mediaType),
      stored.map(({ digest }) => Buffer.from(fromDigest(digest))),
    ];
    const disclosed = [
      disclosures.map(({ document }) => Buffer.from(fromDigest(document))),
      disclosures.map(({ salt }) => Buffer.from(salt)),
      disclosures.map(({ value }) => Buffer.from(value, "utf8")),
    ];
    const receipt = await (disclosures.length === 0
      ? this.#add(APPEND, parameters, entry.id, body)
      : this.#add(APPEND_DISCLOSED, [...parameters, ...disclosed], entry.id, body));
    if (receipt === undefined) throw new GateError("internal", "the server gave no receipt");
    return receipt;
  }

  async remove(entry: NewEntry, blobs: readonly Blob[], size: number): Promise<Receipt | undefined> {
    removalOf(entry, blobs);
    const body = entryBody(this.#server.log, entry);
    const parameters = [this.#server.log, body, ...blobs.map(({ data }) => Buffer.from(data)), size];
    return this.#add(REMOVE, parameters, entry.id, body);
  }

  /** @returns undefined where the function of the database did nothing */
  async #add(
    query: string,
    parameters: readonly unknown[],
    id: string,
    body: Uint8Array,
  ): Promise<Receipt | undefined> {
    const origin = this.#server.log;
    const [row] = await this.#write(async ({ connection, logId }) => {
      try {
        return await connection.query<AddedRow>(query, parameters);
      } catch (error) {
        const code = systemCodeOf(error);
        if (code === REFUSAL.otherEntry) throw otherEntry(id);
        if (code === REFUSAL.otherBlobs) throw otherBlobs(id);
        if (code === REFUSAL.grown) return [];
        if (code === REFUSAL.closed) throw closedLog(origin, await nextLogOf({ connection, logId }, origin));
        throw error;
      }
    });
    if (row === undefined) return undefined;
    const index = Number(row.seq);
    const size = index + 1;
    const root = toDigest(rootOfRange({ size, hashes: row.range }));
    return { index, leafHash: toDigest(leafHash(body)), head: { origin, size, root } };
  }

  async head(size?: number): Promise<TreeHead> {
    return this.#read(async (log) => {
      const whole = await sizeOf(log);
      if (size !== undefined && size > whole) throw new GateError("internal", `the log has no ${size} entries`);
      const chosen = size ?? whole;
      const hashes = await readNodes(log, rangeNodes(chosen));
      return { origin: this.#server.log, size: chosen, root: toDigest(rootOfRange({ size: chosen, hashes })) };
    });
  }

  async node(place: NodeId): Promise<Hash> {
    const [hash] = await this.#read((log) => readNodes(log, [place]));
    if (hash === undefined) throw missingNode(place);
    return hash;
  }

  async *entries(filter: EntryFilter = {}): AsyncIterable<Entry> {
    // One page at a time, each a transaction of its own: what was read once never changes.
    const newestFirst = filter.last !== undefined;
    const end = await this.#read(sizeOf);
    let left = filter.last ?? Number.POSITIVE_INFINITY;
    let from = newestFirst ? end : -1;
    const order = newestFirst ? "seq < $2 AND seq < $3 ORDER BY seq DESC" : "seq > $2 AND seq < $3 ORDER BY seq";
    const kind = filter.kind === undefined ? "" : "AND kind = $5 ";
    const query = `SELECT ${COLUMNS} FROM gate_audit.entry WHERE log_id = $1 ${kind}AND ${order} LIMIT $4`;
    while (left > 0) {
      const limit = Math.min(left, PAGE_ROWS);
      const place = [from, end, limit, ...(filter.kind === undefined ? [] : [filter.kind])];
      const rows = await this.#read(({ connection, logId }) => connection.query<EntryRow>(query, [logId, ...place]));
      for (const row of rows) yield toEntry(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < limit) return;
      from = Number(last.seq);
      left -= rows.length;
    }
  }

  async find(reference: string): Promise<Entry | undefined> {
    const named = parseReference(reference);
    if (named === undefined) return undefined;
    if ("index" in named) return toEntryOf(await this.#findRows("seq = $2", named.index));
    if ("id" in named) return toEntryOf(await this.#findRows("id = $2", named.id));

    const { prefix } = named;
    const low = prefix + LOWEST_ID.slice(prefix.length);
    if (!UUID_PATTERN.test(low)) return undefined;
    const rows = await this.#findRows("id BETWEEN $2 AND $3", low, prefix + HIGHEST_ID.slice(prefix.length));
    const [first, second] = rows;
    if (first !== undefined && second !== undefined) throw ambiguous(prefix, first.id);
    return toEntryOf(rows);
  }

  async blob(digest: Digest): Promise<Blob | undefined> {
    const query = "SELECT media_type, data FROM gate_audit.blob WHERE log_id = $1 AND sha256 = $2";
    const [row] = await this.#read(({ connection, logId }) =>
      connection.query<{ readonly media_type: string; readonly data: Uint8Array }>(query, [logId, fromDigest(digest)]),
    );
    return row === undefined ? undefined : { digest, mediaType: row.media_type, data: row.data };
  }

  async *disclosures(document?: Digest): AsyncIterable<Disclosure> {
    if (document !== undefined) {
      yield* await this.#read((log) => disclosuresOfDocument(log, document));
      return;
    }
    for (let last: Disclosure | undefined; ; ) {
      const after = last;
      const page = await this.#read((log) => pageOfDisclosures(log, after));
      yield* page;
      last = page.at(-1);
      if (last === undefined) return;
    }
  }

  async has(digest: Digest): Promise<boolean> {
    const query = "SELECT 1 FROM gate_audit.blob WHERE log_id = $1 AND sha256 = $2";
    const rows = await this.#read(({ connection, logId }) => connection.query(query, [logId, fromDigest(digest)]));
    return rows.length > 0;
  }

  async keep({ size, kind, name, material }: Voucher): Promise<void> {
    const parameters = [this.#server.log, size, kind, name, Buffer.from(material)];
    await this.#write(({ connection }) => connection.query("SELECT gate_audit.keep($1, $2, $3, $4, $5)", parameters));
  }

  async *vouchers(kind: VoucherKind): AsyncIterable<Voucher> {
    const query = `SELECT size, kind, name, material FROM gate_audit.voucher WHERE log_id = $1 AND kind = $2
      ORDER BY size DESC, name COLLATE "C" LIMIT $3 OFFSET $4`;
    for (let offset = 0; ; offset += VOUCHER_ROWS) {
      const rows = await this.#read(({ connection, logId }) =>
        connection.query<Omit<Voucher, "size"> & { readonly size: string }>(query, [logId, kind, VOUCHER_ROWS, offset]),
      );
      for (const row of rows) yield { ...row, size: Number(row.size) };
      if (rows.length < VOUCHER_ROWS) return;
    }
  }

  async close(): Promise<void> {
    const open = await this.#open.catch(() => undefined);
    await open?.connection.close();
  }

  async #findRows(condition: string, ...parameters: readonly unknown[]): Promise<readonly EntryRow[]> {
    const query = `SELECT ${COLUMNS} FROM gate_audit.entry WHERE log_id = $1 AND ${condition} ORDER BY seq LIMIT 2`;
    return this.#read(({ connection, logId }) => connection.query<EntryRow>(query, [logId, ...parameters]));
  }

  async #read<T>(action: (log: OpenLog) => Promise<T>): Promise<T> {
    return this.#run("audit-unreadable", action);
  }

  async #write<T>(action: (log: OpenLog) => Promise<T>): Promise<T> {
    return this.#run("audit-write-failed", action);
  }

  async #run<T>(
    otherwise: "audit-unreadable" | "audit-write-failed",
    action: (log: OpenLog) => Promise<T>,
  ): Promise<T> {
    try {
      return await whileTransient(async () => action(await this.#connected()), [COLLISION]);
    } catch (error) {
      throw asGateError(error, otherwise, this.#server);
    }
  }

  /** The connection, or a new one where it was lost: one for all that wait for it. */
  async #connected(): Promise<OpenLog> {
    const last = this.#open;
    const open = await last.catch(() => undefined);
    if (open?.connection.lost() === false) return open;
    if (this.#open === last) this.#open = connectToLog(this.#server, this.#mode);
    return this.#open;
  }
}

async function nextLogOf({ connection, logId }: OpenLog, origin: string): Promise<string> {
  const query = "SELECT body FROM gate_audit.entry WHERE log_id = $1 AND id = $2";
  const [row] = await connection.query<{ readonly body: Uint8Array }>(query, [logId, closedId(origin)]);
  return nextLog(row?.body) ?? "another log";
}

async function sizeOf({ connection, logId }: OpenLog): Promise<number> {
  const query = "SELECT coalesce(max(seq) + 1, 0) AS size FROM gate_audit.entry WHERE log_id = $1";
  const [row] = await connection.query<{ readonly size: string }>(query, [logId]);
  return Number(row?.size ?? 0);
}

/** The hashes at some places, in their order. @throws {GateError} `audit-corrupt` where one is missing */
async function readNodes({ connection, logId }: OpenLog, places: readonly NodeId[]): Promise<readonly Hash[]> {
  const query = `SELECT p.level, p.position, coalesce(n.hash, e.leaf_hash) AS hash
    FROM unnest($2::integer[], $3::bigint[]) AS p(level, position)
    LEFT JOIN gate_audit.node AS n ON n.log_id = $1 AND n.level = p.level AND n.position = p.position
    LEFT JOIN gate_audit.entry AS e ON p.level = 0 AND e.log_id = $1 AND e.seq = p.position`;
  const rows = await connection.query<{
    readonly level: number;
    readonly position: string;
    readonly hash: Hash | null;
  }>(query, [logId, places.map(({ level }) => level), places.map(({ index }) => index)]);
  return places.map((place) => {
    const row = rows.find(({ level, position }) => level === place.level && Number(position) === place.index);
    if (row === undefined || row.hash === null) throw missingNode(place);
    return row.hash;
  });
}

function missingNode({ level, index }: NodeId): GateError {
  return new GateError("audit-corrupt", `the audit log lacks the hash of subtree ${index} at level ${level}`, {
    hint: "Run `gate audit verify`, and restore the log from a copy.",
  });
}

function toEntryOf([row]: readonly EntryRow[]): Entry | undefined {
  return row === undefined ? undefined : toEntry(row);
}

function toEntry({ seq, id, kind, body, leaf_hash }: EntryRow): Entry {
  return { index: Number(seq), id, kind, body, leafHash: toDigest(leaf_hash) };
}
