import type { Digest } from "../../evidence/types.ts";
import { fromDigest } from "../log.ts";
import type { StoreDatabase } from "./open.ts";

/** Rows of a table, each once. */
export interface RowSet {
  has(row: number): boolean;
  add(row: number): void;
  readonly size: number;
}

/** Rows that are numbered with so many gaps, or below 0, as gate never does, are listed. */
const MOST_BITS_PER_ROW = 64;
const SPARE_BITS = 65_536;

/** An empty set for rows of the table of blobs: a bit each, for a log of a million decisions has several millions. */
export function blobRows(database: StoreDatabase): RowSet {
  const count = database.prepare<[], number>("SELECT count(*) FROM blob").pluck().get() ?? 0;
  const last = database.prepare<[], number>("SELECT coalesce(max(rowid), 0) FROM blob").pluck().get() ?? 0;
  const first = database.prepare<[], number>("SELECT coalesce(min(rowid), 0) FROM blob").pluck().get() ?? 0;
  return first >= 0 && last <= count * MOST_BITS_PER_ROW + SPARE_BITS ? bitSet(last) : new Set<number>();
}

/** Finds the row of a document. */
export function blobRowFinder(database: StoreDatabase): (digest: Digest) => number | undefined {
  const find = database.prepare<[Uint8Array], number>("SELECT rowid FROM blob WHERE sha256 = ?").pluck();
  return (digest) => find.get(fromDigest(digest));
}

/** Of rows from 0 on; one beyond the last is none. */
function bitSet(last: number): RowSet {
  const bits = new Uint8Array(Math.floor(last / 8) + 1);
  let size = 0;
  const has = (row: number): boolean => ((bits[Math.floor(row / 8)] ?? 0) & (1 << (row % 8))) !== 0;
  return {
    has,
    add(row) {
      const byte = Math.floor(row / 8);
      if (has(row) || byte >= bits.length) return;
      bits[byte] = (bits[byte] ?? 0) | (1 << (row % 8));
      size += 1;
    },
    get size() {
      return size;
    },
  };
}
