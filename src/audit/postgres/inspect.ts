import { isDigest } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { GateError } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import { blobReferences, readEntryBody } from "../entry.ts";
import { fromDigest, type Hash, type NodeId, toDigest } from "../log.ts";
import type { Blob, Disclosure, Voucher, VoucherKind } from "../store.ts";
import type { FindingCode, ReportFinding, StoredEntry, StoredLog } from "../stored.ts";
import { asGateError, type Connection, connect } from "./connection.ts";
import { countDisclosures, disclosuresOfDocument } from "./disclosures.ts";
import { parseLocation, type ServerLocation } from "./location.ts";
import { schemaDifferences } from "./objects.ts";
import { MIGRATIONS } from "./schema.ts";

const PAGE_ROWS = 256;
const VOUCHER_ROWS = 64;

/** How long one query of a verification may take, in milliseconds: the rows of a large log are counted. */
const QUERY_MS = 600_000;

/** Documents up to this size are read a page at a time, larger ones one by one: a page takes 8 MB at most. */
const SMALL_BLOB_BYTES = 32_768;

/** Errors that say nothing about the content of the log. */
const FINDING_OF_ERROR: Readonly<Record<string, FindingCode>> = {
  "audit-not-found": "not-found",
  "audit-corrupt": "file-damaged",
};

/**
 * Checks the schema of a database and, where it is one of gate's, hands the content of the log to `verify`: all of it out of
 * one snapshot, so that appends need not wait.
 *
 * @throws {GateError} `usage` for a URL that cannot be used, `runtime-unsupported` where the driver cannot be loaded
 */
export async function inspectServer(
  location: string,
  report: ReportFinding,
  verify: (log: StoredLog) => Promise<void>,
): Promise<void> {
  const server = parseLocation(location);
  let connection: Connection | undefined;
  try {
    connection = await connect(server, QUERY_MS);
    // Nothing that the role has set may say what an operator means.
    await connection.query(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL row_security = off",
    );
    const logId = await inspectSchema(server, connection, report);
    if (logId !== undefined) await verify(storedLog(server, connection, logId, report));
  } catch (error) {
    reportError(error, server, report);
  } finally {
    await connection?.close();
  }
}

function reportError(error: unknown, server: ServerLocation, report: ReportFinding): void {
  const known = asGateError(error, "audit-unreadable", server);
  if (!(known instanceof GateError) || (error instanceof GateError && error.code !== "audit-corrupt")) throw error;
  report(FINDING_OF_ERROR[known.code] ?? "unreadable", known.message);
}

/** The number of the log; undefined where there is nothing to verify. */
async function inspectSchema(
  { shown, log }: ServerLocation,
  connection: Connection,
  report: ReportFinding,
): Promise<number | undefined> {
  const [row] = await connection.query<{ readonly version: number | null; readonly log_id: number | null }>(
    `SELECT (SELECT max(number) FROM gate_audit.migration) AS version,
       (SELECT log_id FROM gate_audit.log WHERE origin = $1) AS log_id`,
    [log],
  );
  const version = row?.version ?? 0;
  if (version !== MIGRATIONS.length) {
    report("version-unsupported", `the logs have schema version ${version}; this gate reads ${MIGRATIONS.length}`);
    return undefined;
  }
  for (const difference of await schemaDifferences(connection)) report("schema-changed", difference);
  if (typeof row?.log_id === "number") return row.log_id;
  report("not-found", `there is no audit log ${log} at ${shown}`);
  return undefined;
}

interface StoredRow {
  readonly seq: string;
  readonly id: string;
  readonly kind: string;
  readonly recorded_ms: string;
  readonly body: Uint8Array;
  readonly leaf_hash: Uint8Array;
}

interface BlobRow {
  readonly sha256: Uint8Array;
  readonly media_type: string;
  readonly data: Uint8Array;
}

function storedLog(
  { log: origin }: ServerLocation,
  connection: Connection,
  logId: number,
  report: ReportFinding,
): StoredLog {
  // Of the page that is being verified.
  let nodes: ReadonlyMap<string, Hash> = new Map();
  let blobs: ReadonlyMap<Digest, Blob> = new Map();
  const asked = new Set<Digest>();
  const count = async (table: "node" | "blob"): Promise<number> => {
    const query = `SELECT count(*) AS count FROM gate_audit.${table} WHERE log_id = $1`;
    const [row] = await connection.query<{ readonly count: string }>(query, [logId]);
    return Number(row?.count ?? 0);
  };
  return {
    async *entries(): AsyncIterable<StoredEntry> {
      // A number of our own and no parameter: a cursor is declared without any.
      await connection.query(
        `DECLARE stored NO SCROLL CURSOR FOR SELECT seq, id, kind, recorded_ms, body, leaf_hash FROM gate_audit.entry WHERE log_id = ${logId} ORDER BY seq`,
      );
      for (let position = 0; ; position += PAGE_ROWS) {
        const rows = await connection.query<StoredRow>(`FETCH ${PAGE_ROWS} FROM stored`);
        const page = rows.map(toStoredEntry);
        const [first] = page;
        if (first === undefined) return;
        if (position === 0) verifyOrigin(first, origin, report);
        // By position and not by index: that is how they are asked for where an entry is missing.
        nodes = await nodesCompletedIn(connection, logId, position, position + page.length - 1);
        blobs = await smallBlobs(connection, logId, newReferences(page, asked));
        yield* page;
        if (page.length < PAGE_ROWS) return;
      }
    },
    nodes: {
      at: (place: NodeId) => nodes.get(keyOf(place)),
      count: () => count("node"),
    },
    async blob(digest: Digest): Promise<Blob | undefined> {
      const known = blobs.get(digest);
      if (known !== undefined) return known;
      const query = "SELECT sha256, media_type, data FROM gate_audit.blob WHERE log_id = $1 AND sha256 = $2";
      const [row] = await connection.query<BlobRow>(query, [logId, fromDigest(digest)]);
      return row === undefined ? undefined : toBlob(row);
    },
    blobCount: () => count("blob"),
    async *disclosures(document: Digest): AsyncIterable<Disclosure> {
      yield* await disclosuresOfDocument({ connection, logId }, document);
    },
    disclosureCount: () => countDisclosures(connection, logId),
    async *vouchers(kind: VoucherKind): AsyncIterable<Voucher> {
      const query = `SELECT size, kind, name, material FROM gate_audit.voucher WHERE log_id = $1 AND kind = $2
        ORDER BY size DESC, name COLLATE "C" LIMIT ${VOUCHER_ROWS} OFFSET $3`;
      for (let offset = 0; ; offset += VOUCHER_ROWS) {
        const rows = await connection.query<Omit<Voucher, "size"> & { readonly size: string }>(query, [
          logId,
          kind,
          offset,
        ]);
        for (const row of rows) yield { ...row, size: Number(row.size) };
        if (rows.length < VOUCHER_ROWS) return;
      }
    },
  };
}

/** Which log the rows are of, only the table of logs says, and it is under no root. */
function verifyOrigin({ body, index }: StoredEntry, origin: string, report: ReportFinding): void {
  const created = readEntryBody(body);
  if (created === undefined || created.log === origin) return;
  report("column-changed", `the log ${created.log} is stored under the name ${origin}`, index);
}

/** The hashes of the subtrees whose last leaf is among some entries, by place. */
async function nodesCompletedIn(
  connection: Connection,
  logId: number,
  start: number,
  end: number,
): Promise<ReadonlyMap<string, Hash>> {
  const levels: number[] = [];
  const lows: number[] = [];
  const highs: number[] = [];
  for (let level = 1, leaves = 2; leaves <= end + 1; level++, leaves *= 2) {
    levels.push(level);
    lows.push(Math.ceil((start + 1) / leaves) - 1);
    highs.push(Math.floor((end + 1) / leaves) - 1);
  }
  const rows = await connection.query<{ readonly level: number; readonly position: string; readonly hash: Hash }>(
    `SELECT n.level, n.position, n.hash
       FROM unnest($2::integer[], $3::bigint[], $4::bigint[]) AS r(level, low, high)
       JOIN gate_audit.node AS n ON n.log_id = $1 AND n.level = r.level AND n.position BETWEEN r.low AND r.high`,
    [logId, levels, lows, highs],
  );
  return new Map(rows.map(({ level, position, hash }) => [keyOf({ level, index: Number(position) }), hash]));
}

function keyOf({ level, index }: NodeId): string {
  return `${level}/${index}`;
}

/** What the entries of a page name for the first time; what a document names besides is read when it is asked for. */
function newReferences(page: readonly StoredEntry[], asked: Set<Digest>): readonly Digest[] {
  const digests = new Set<Digest>();
  for (const entry of page) {
    const body = readEntryBody(entry.body);
    if (body === undefined) continue;
    const { kind, content } = body;
    const evidence: unknown = isRecord(content["evidence"]) ? content["evidence"]["items"] : undefined;
    for (const { digest } of blobReferences(kind, content)) digests.add(digest);
    for (const item of Array.isArray(evidence) ? evidence : []) {
      if (isRecord(item) && isDigest(item["id"])) digests.add(item["id"]);
    }
  }
  const found = [...digests].filter((digest) => !asked.has(digest)).slice(0, PAGE_ROWS * 4);
  for (const digest of found) asked.add(digest);
  return found;
}

async function smallBlobs(
  connection: Connection,
  logId: number,
  digests: readonly Digest[],
): Promise<ReadonlyMap<Digest, Blob>> {
  const blobs = new Map<Digest, Blob>();
  for (let from = 0; from < digests.length; from += PAGE_ROWS) {
    const keys = digests.slice(from, from + PAGE_ROWS).map((digest) => Buffer.from(fromDigest(digest)));
    const rows = await connection.query<BlobRow>(
      `SELECT sha256, media_type, data FROM gate_audit.blob
         WHERE log_id = $1 AND sha256 = ANY($2::bytea[]) AND octet_length(data) <= ${SMALL_BLOB_BYTES}`,
      [logId, keys],
    );
    for (const row of rows) {
      const blob = toBlob(row);
      blobs.set(blob.digest, blob);
    }
  }
  return blobs;
}

function toBlob({ sha256, media_type, data }: BlobRow): Blob {
  return { digest: toDigest(sha256), mediaType: media_type, data };
}

function toStoredEntry({ seq, id, kind, recorded_ms, body, leaf_hash }: StoredRow): StoredEntry {
  return { index: Number(seq), id, kind, recordedMs: Number(recorded_ms), body, leafHash: leaf_hash };
}
