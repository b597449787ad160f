import type { Digest } from "../../evidence/types.ts";
import { fromDigest, toDigest } from "../log.ts";
import type { Disclosure } from "../store.ts";
import type { Connection } from "./connection.ts";
import type { OpenLog } from "./open.ts";

const PAGE_ROWS = 256;

interface DisclosureRow {
  readonly document: Uint8Array;
  readonly commitment: Uint8Array;
  readonly salt: Uint8Array;
  /** Bytes: text of this server cannot hold U+0000. */
  readonly value: Uint8Array;
}

/** Those of a document. */
export async function disclosuresOfDocument(
  { connection, logId }: OpenLog,
  document: Digest,
): Promise<readonly Disclosure[]> {
  const query = `SELECT document, commitment, salt, value FROM gate_audit.disclosure
    WHERE log_id = $1 AND document = $2 ORDER BY commitment`;
  const rows = await connection.query<DisclosureRow>(query, [logId, fromDigest(document)]);
  return rows.map(toDisclosure);
}

/** A page of all, from one on. @param after the last one of the page before; undefined for the first page */
export async function pageOfDisclosures(
  { connection, logId }: OpenLog,
  after: Disclosure | undefined,
): Promise<readonly Disclosure[]> {
  const from = after === undefined ? "" : "AND (document, commitment) > ($3, $4) ";
  const query = `SELECT document, commitment, salt, value FROM gate_audit.disclosure
    WHERE log_id = $1 ${from}ORDER BY document, commitment LIMIT $2`;
  const place = after === undefined ? [] : [fromDigest(after.document), bytesOfCommitment(after)];
  return (await connection.query<DisclosureRow>(query, [logId, PAGE_ROWS, ...place])).map(toDisclosure);
}

/** How many a log has. */
export async function countDisclosures(connection: Connection, logId: number): Promise<number> {
  const query = "SELECT count(*) AS count FROM gate_audit.disclosure WHERE log_id = $1";
  const [row] = await connection.query<{ readonly count: string }>(query, [logId]);
  return Number(row?.count ?? 0);
}

function bytesOfCommitment({ commitment }: Disclosure): Buffer {
  return Buffer.from(commitment.slice("hmac-sha256:".length), "hex");
}

function toDisclosure({ document, commitment, salt, value }: DisclosureRow): Disclosure {
  return {
    document: toDigest(document),
    commitment: `hmac-sha256:${Buffer.from(commitment).toString("hex")}`,
    salt,
    value: Buffer.from(value).toString("utf8"),
  };
}
