import type { Digest } from "../evidence/types.ts";
import type { Hash, NodeId } from "./log.ts";

/**
 * What can be written to the log. An obligation is a review that a bypass owes, and a review closes it; a deletion lists
 * documents that were removed, a hold keeps others from that; what is closed goes on in another log.
 */
export const ENTRY_KINDS = [
  "log-created",
  "decision",
  "obligation",
  "review",
  "deletion",
  "hold",
  "closed",
  "key",
] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One leaf of the log, as stored. */
export interface Entry {
  /** The leaf's index, contiguous from 0. */
  readonly index: number;
  /** A UUID; the idempotency key. */
  readonly id: string;
  readonly kind: EntryKind;
  /** The exact RFC 8785 bytes that were hashed; never re-serialised. */
  readonly body: Uint8Array;
  readonly leafHash: Digest;
}

export interface NewEntry {
  readonly id: string;
  readonly kind: EntryKind;
  /** RFC 3339, UTC, milliseconds. */
  readonly time: string;
  /** Kind-specific members of the body. */
  readonly content: Readonly<Record<string, unknown>>;
}

/**
 * Content-addressed data that an entry refers to by digest; it may be removed later without hurting the tree. Entries can
 * share one: the same evidence is checked for several environments.
 */
export interface Blob {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly data: Uint8Array;
}

/** What stands in a document in the place of personal data: an HMAC in hexadecimal. */
export type Commitment = `hmac-sha256:${string}`;

/**
 * What a commitment stands for, beside the log and under no root of it: that its value is the one that was committed to can
 * be computed, and that it is gone changes nothing of the log.
 */
export interface Disclosure {
  /** The document that has the commitment. */
  readonly document: Digest;
  readonly commitment: Commitment;
  /** 32 random bytes, of this value in this document alone. */
  readonly salt: Uint8Array;
  readonly value: string;
}

/** A tree of the log: its first `size` leaves and their RFC 6962 root. */
export interface TreeHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Digest;
}

export interface Receipt {
  readonly index: number;
  readonly leafHash: Digest;
  readonly head: TreeHead;
}

/** What somebody says of a tree of the log: its own signed checkpoint, the cosignature of a witness, a time stamp. */
export const VOUCHER_KINDS = ["checkpoint", "cosignature", "timestamp"] as const;
export type VoucherKind = (typeof VOUCHER_KINDS)[number];

/**
 * Kept beside the log and under no root of it: whoever reads it verifies it. A store that loses one loses a proof, and
 * nothing of the log.
 */
export interface Voucher {
  /** Of the tree that it is about. */
  readonly size: number;
  readonly kind: VoucherKind;
  /** Of the key or the service; with size and kind it names one voucher. */
  readonly name: string;
  /** A signed note, a line of one, or a token, as it was made. */
  readonly material: Uint8Array;
}

export interface EntryFilter {
  readonly kind?: EntryKind;
  /** Newest first, at most this many. */
  readonly last?: number;
}

/**
 * An append-only log of decisions and of the reviews that they owe. Every implementation passes the same conformance suite
 * (`test/audit/store-conformance.ts`).
 */
export interface AuditStore {
  /**
   * Appends durably: when it returns, the entry survives a power cut. Appending the same id with the same body again
   * returns the first receipt; with another body it is an error.
   *
   * @param blobs the document of the entry, and what it commits to as far as the store does not have that yet
   * @param disclosures what the commitments in the document stand for; default: none
   * @throws {GateError} `audit-write-failed` where the entry is not recorded; `audit-closed` for a log that goes on elsewhere
   */
  append(entry: NewEntry, blobs: readonly Blob[], disclosures?: readonly Disclosure[]): Promise<Receipt>;
  /**
   * Appends a deletion and removes the documents that it lists, with what is known of their commitments, and what is known of
   * the commitments that it lists, as far as they are there: all or nothing. A deletion that is there already is left as it
   * is, and so is what was stored again since.
   *
   * @param entry with its document, of `deletionEntry`
   * @param size of the log that the deletion was planned on
   * @returns undefined where the log has grown since and nothing was done: a younger entry may need what was to go
   * @throws {GateError} `audit-write-failed`; `internal` where it lists the document of a deletion or a hold
   */
  remove(entry: NewEntry, blobs: readonly Blob[], size: number): Promise<Receipt | undefined>;
  /** The tree of the first `size` leaves; default: of all. */
  head(size?: number): Promise<TreeHead>;
  /**
   * The hash of a complete subtree; of the leaves, at level 0, as well.
   *
   * @throws {GateError} `audit-corrupt` where it is not there
   */
  node(place: NodeId): Promise<Hash>;
  /** In log order, unless `last` is given. */
  entries(filter?: EntryFilter): AsyncIterable<Entry>;
  /** By index, id, or an unambiguous prefix of an id of at least 4 characters. */
  find(reference: string): Promise<Entry | undefined>;
  blob(digest: Digest): Promise<Blob | undefined>;
  /** What is still known of the commitments of a document, or of all documents. */
  disclosures(document?: Digest): AsyncIterable<Disclosure>;
  /** Whether there is such a blob, without reading it. */
  has(digest: Digest): Promise<boolean>;
  /**
   * Gives the space of what was removed back to the system; missing where that is not for the store to do.
   *
   * @returns bytes that the store is smaller now
   * @throws {GateError} `audit-write-failed`; the log is as it was then
   */
  compact?(): Promise<number>;
  /**
   * Keeps a voucher, durably; one that is there already stays as it is.
   *
   * @throws {GateError} `audit-write-failed`
   */
  keep(voucher: Voucher): Promise<void>;
  /** Those of a kind, that of the largest tree first. */
  vouchers(kind: VoucherKind): AsyncIterable<Voucher>;
  close(): Promise<void>;
}
