import { hash } from "node:crypto";
import { isDigest, sha256 } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { DECISION_MEDIA_TYPE, documentedEntry, entryText, readDecisionText, readEntryText } from "../entry.ts";
import { type BlobReference, storedReferences } from "../evidence.ts";
import { fromDigest, HASH_BYTES } from "../log.ts";
import type { ScreenedEntries } from "../stored.ts";
import { hasDisclosures } from "./disclosures.ts";
import type { StoreDatabase } from "./open.ts";
import { blobRowFinder, type RowSet } from "./rows.ts";

/**
 * The first look at the entries of a file. It works on texts, which SQLite hands over faster than bytes, and takes documents in
 * the order in which they were stored, which is nearly always that of their entries. A body that comes of its document, recorded
 * again under what its columns say, is what it should be; so most bodies are never parsed.
 *
 * A text that is not the UTF-8 of the stored bytes has another hash than these, and its entry is not called sound.
 */

/** How many entries are looked at together. */
export const STRETCH = 4096;

/** What a first look found, and what it saw in place on the way. */
export interface ScreenedRows extends ScreenedEntries {
  /** Rows with evidence, inputs and policies of the sound entries that were not seen in an earlier stretch. */
  readonly rows: Float64Array;
}

/** Looks at the entries from an index on, as many as there are in one stretch and before the first gap. */
export type Screen = (start: number) => ScreenedRows;

type EntryRow = readonly [
  seq: number,
  id: string,
  kind: string,
  recordedMs: number,
  body: string,
  /** In lower-case hexadecimal digits. */
  leafHash: string,
];

interface StoredDocument {
  readonly hash: string;
  readonly text: string;
  /** As {@link DISCLOSED} writes them; null where there are none. */
  readonly disclosed: string | null;
}

const ENTRIES = `SELECT seq, id, kind, recorded_ms, CAST(body AS TEXT), lower(hex(leaf_hash))
  FROM entry WHERE seq BETWEEN ? AND ? ORDER BY seq`;

/** The disclosures of a document, in one text: each a commitment, a salt and a value in hexadecimal digits. */
const DISCLOSED = `(SELECT group_concat(lower(hex(commitment)) || '.' || hex(salt) || '.' || hex(value), ' ')
  FROM disclosure WHERE document = blob.sha256)`;

/** @param verified rows of other documents than those of decisions that were found to be what they should be; it adds to them */
export function createScreen(database: StoreDatabase, verified: RowSet): Screen {
  const entries = database.prepare<[number, number], EntryRow>(ENTRIES).raw();
  const [first, creation = ""] =
    database
      .prepare<[], readonly [seq: number, body: string]>(
        "SELECT seq, CAST(body AS TEXT) FROM entry ORDER BY seq LIMIT 1",
      )
      .raw()
      .get() ?? [];
  const origin = first === 0 ? readEntryText(creation)?.log : undefined;
  const documents = documentsInOrder(database);
  const others = otherDocuments(database, verified);

  /**
   * How many disclosures there are of an entry's document, `document` being the one that it seems to have; undefined unless the
   * entry is what that would be recorded as, and all is there that it commits to.
   */
  const disclosuresOfSound = (log: string, row: EntryRow, document: StoredDocument): number | undefined => {
    const [, id, , recordedMs, body] = row;
    if (hash("sha256", document.text, "hex") !== document.hash) return undefined;
    const decision = readDecisionText(document.text);
    if (decision === undefined || decision.audit !== null || decision.id !== id) return undefined;
    try {
      const digest: Digest = `sha256:${document.hash}`;
      const bytes = Buffer.byteLength(document.text, "utf8");
      const again = documentedEntry(decision, { digest, bytes }, new Date(recordedMs));
      if (entryText(log, again) !== body) return undefined;
      const disclosures = disclosuresOf(document);
      return disclosures !== undefined && others.areFound(storedReferences(decision)) ? disclosures : undefined;
    } catch {
      // Not a decision that gate would record, or not at such a time.
      return undefined;
    }
  };

  return (start) => {
    const sound = new Uint8Array(STRETCH);
    const leafHashes = Buffer.alloc(STRETCH * HASH_BYTES);
    const recorded = new Float64Array(STRETCH);
    let count = 0;
    let disclosures = 0;
    for (const row of entries.iterate(start, start + STRETCH - 1)) {
      const [seq, , kind, recordedMs, body, leafHash] = row;
      if (origin === undefined || seq !== start + count) break;
      leafHashes.write(leafHash, count * HASH_BYTES, HASH_BYTES, "hex");
      recorded[count] = recordedMs;
      if (kind === "decision" && hash("sha256", `\0${body}`, "hex") === leafHash) {
        const document = documents.of(body);
        const disclosed = document === undefined ? undefined : disclosuresOfSound(origin, row, document);
        if (disclosed !== undefined) {
          sound[count] = 1;
          disclosures += disclosed;
        }
      }
      count += 1;
    }
    return {
      start,
      sound: sound.subarray(0, count),
      leafHashes: leafHashes.subarray(0, count * HASH_BYTES),
      recordedMs: recorded.subarray(0, count),
      disclosures,
      rows: others.takeRows(),
    };
  };
}

/** Documents that are read at once: few, for one may have megabytes. */
const DOCUMENTS_AT_ONCE = 16;

type DocumentRow = readonly [row: number, hash: string, text: string, disclosed: string | null];

interface DocumentsInOrder {
  /** The document of the decision with that body; undefined where it is not there. */
  of(body: string): StoredDocument | undefined;
}

/** Reads the documents of decisions as they were stored, and looks for one only where it is not the next. */
function documentsInOrder(database: StoreDatabase): DocumentsInOrder {
  const disclosed = hasDisclosures(database) ? DISCLOSED : "NULL";
  const from = database
    .prepare<[number], DocumentRow>(
      `SELECT rowid, lower(hex(sha256)), CAST(data AS TEXT), ${disclosed} FROM blob
        WHERE rowid >= ? AND media_type = '${DECISION_MEDIA_TYPE}' ORDER BY rowid LIMIT ${DOCUMENTS_AT_ONCE}`,
    )
    .raw();
  const rowOf = blobRowFinder(database);
  let rows: readonly DocumentRow[] = [];
  let position = 0;

  const next = (): StoredDocument | undefined => {
    if (position === rows.length && rows.length > 0) {
      rows = from.all((rows.at(-1)?.[0] ?? 0) + 1);
      position = 0;
    }
    const row = rows[position++];
    if (row === undefined) return undefined;
    const [, digits, text, disclosures] = row;
    return { hash: digits, text, disclosed: disclosures };
  };
  return {
    of(body) {
      const document = next();
      if (document !== undefined && body.includes(document.hash)) return document;
      const digest: unknown = readEntryText(body)?.content["decision"];
      const row = isDigest(digest) ? rowOf(digest) : undefined;
      rows = row === undefined ? [] : from.all(row);
      position = 0;
      return next();
    },
  };
}

/** What decisions share. */
interface OtherDocuments {
  /** Whether all are there and are what they should be. */
  areFound(references: readonly BlobReference[]): boolean;
  /** The rows of those that were found since it was asked last. */
  takeRows(): Float64Array;
}

function otherDocuments(database: StoreDatabase, verified: RowSet): OtherDocuments {
  const find = database
    .prepare<[Uint8Array], readonly [row: number, mediaType: string]>(
      "SELECT rowid, media_type FROM blob WHERE sha256 = ?",
    )
    .raw();
  const dataOf = database.prepare<[number], Uint8Array>("SELECT data FROM blob WHERE rowid = ?").pluck();
  let found: number[] = [];

  const rowOf = ({ digest, mediaType }: BlobReference): number | undefined => {
    const [row, storedType] = find.get(fromDigest(digest)) ?? [];
    if (row === undefined || storedType !== mediaType) return undefined;
    if (verified.has(row)) return row;
    const data = dataOf.get(row);
    return data !== undefined && sha256(data) === digest ? row : undefined;
  };
  return {
    areFound(references) {
      const rows = references.map(rowOf);
      const known = rows.filter((row) => row !== undefined);
      if (known.length < rows.length) return false;
      for (const row of known) {
        if (verified.has(row)) continue;
        verified.add(row);
        found.push(row);
      }
      return true;
    },
    takeRows() {
      const rows = Float64Array.from(found);
      found = [];
      return rows;
    },
  };
}

/** A commitment as the canonical text of a document has it; one that is a part of another string has no such end or start. */
const COMMITMENT = /"hmac-sha256:[0-9a-f]{64}"/g;

/** How many disclosures there are of a document; undefined unless they are one for each of its commitments, and each opens. */
function disclosuresOf({ text, disclosed }: StoredDocument): number | undefined {
  const commitments = new Set(text.includes('"hmac-sha256:') ? text.match(COMMITMENT) : []);
  const disclosures = disclosed?.split(" ") ?? [];
  for (const disclosure of disclosures) {
    const [commitment = "", salt = "", value = ""] = disclosure.split(".");
    if (!commitments.delete(`"hmac-sha256:${commitment}"`) || hmacSha256(salt, value) !== commitment) return undefined;
  }
  return commitments.size === 0 ? disclosures.length : undefined;
}

const KEY_BYTES = 32;
const BLOCK_BYTES = 64;

/** What the key is hashed with, in both of its places; the longest value that fits behind it is looked at without new memory. */
const scratch = { inner: Buffer.alloc(BLOCK_BYTES + 4096), outer: Buffer.alloc(BLOCK_BYTES + KEY_BYTES) };

/**
 * HMAC-SHA-256 (RFC 2104) under a key of 32 bytes, all in hexadecimal digits; undefined for any other key. It takes a fraction of
 * the time that an HMAC of node:crypto does, most of which goes into making a key of the bytes.
 */
function hmacSha256(key: string, value: string): string | undefined {
  if (key.length !== KEY_BYTES * 2) return undefined;
  const { outer } = scratch;
  const length = BLOCK_BYTES + value.length / 2;
  const inner = length <= scratch.inner.length ? scratch.inner : Buffer.alloc(length);
  inner.write(key, "hex");
  for (let index = 0; index < KEY_BYTES; index++) {
    const byte = inner[index] ?? 0;
    inner[index] = byte ^ 0x36;
    outer[index] = byte ^ 0x5c;
  }
  inner.fill(0x36, KEY_BYTES, BLOCK_BYTES);
  outer.fill(0x5c, KEY_BYTES, BLOCK_BYTES);
  inner.write(value, BLOCK_BYTES, "hex");
  outer.write(hash("sha256", inner.subarray(0, length), "hex"), BLOCK_BYTES, "hex");
  return hash("sha256", outer, "hex");
}
