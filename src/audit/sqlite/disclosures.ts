import type { Digest } from "../../evidence/types.ts";
import type { Removal } from "../committed.ts";
import { fromDigest, toDigest } from "../log.ts";
import type { Commitment, Disclosure } from "../store.ts";
import type { StoreDatabase } from "./open.ts";

/** The first version of the schema that has disclosures. */
const SINCE = 5;

const PREFIX = "hmac-sha256:";

interface DisclosureRow {
  readonly document: Uint8Array;
  readonly commitment: Uint8Array;
  readonly salt: Uint8Array;
  readonly value: string;
}

/** Reads those of a document, or all, by document. */
export type DisclosureReader = (document?: Digest) => Iterable<Disclosure>;

/** A log of an earlier version has none. */
export function disclosureReader(database: StoreDatabase): DisclosureReader {
  if (!hasDisclosures(database)) return () => [];
  const select = "SELECT document, commitment, salt, value FROM disclosure";
  const ofOne = database.prepare<[Uint8Array], DisclosureRow>(`${select} WHERE document = ? ORDER BY commitment`);
  const ofAll = database.prepare<[], DisclosureRow>(`${select} ORDER BY document, commitment`);
  return function* read(document) {
    const rows = document === undefined ? ofAll.iterate() : ofOne.all(fromDigest(document));
    for (const row of rows) yield toDisclosure(row);
  };
}

function toDisclosure({ document, commitment, salt, value }: DisclosureRow): Disclosure {
  const hex = Buffer.from(commitment).toString("hex");
  return { document: toDigest(document), commitment: `${PREFIX}${hex}`, salt, value };
}

/** How many there are. */
export function countDisclosures(database: StoreDatabase): number {
  if (!hasDisclosures(database)) return 0;
  return database.prepare<[], number>("SELECT count(*) FROM disclosure").pluck().get() ?? 0;
}

/** Forgets what is known of documents, and of single commitments, inside of the caller's transaction. */
export function removeDisclosures(database: StoreDatabase, { documents, commitments }: Removal): void {
  const removeOf = database.prepare("DELETE FROM disclosure WHERE document = ?");
  for (const document of documents) removeOf.run(fromDigest(document));
  if (commitments.length === 0) return;
  // The rows are found by document: looking at each once is faster than looking for each commitment among all.
  const wanted = new Set(commitments);
  const remove = database.prepare("DELETE FROM disclosure WHERE document = ? AND commitment = ?");
  const found = [...disclosureReader(database)()].filter(({ commitment }) => wanted.has(commitment));
  for (const { document, commitment } of found) remove.run(fromDigest(document), bytesOf(commitment));
}

/** Keeps what an entry discloses, inside of the caller's transaction. */
export function keepDisclosures(database: StoreDatabase, disclosures: readonly Disclosure[]): void {
  const insert = database.prepare("INSERT INTO disclosure (document, commitment, salt, value) VALUES (?, ?, ?, ?)");
  for (const { document, commitment, salt, value } of disclosures) {
    insert.run(fromDigest(document), bytesOf(commitment), salt, value);
  }
}

/** Whether a log is of a version that has them. */
export function hasDisclosures(database: StoreDatabase): boolean {
  return Number(database.pragma("user_version", { simple: true })) >= SINCE;
}

function bytesOf(commitment: Commitment): Uint8Array {
  return Buffer.from(commitment.slice(PREFIX.length), "hex");
}
