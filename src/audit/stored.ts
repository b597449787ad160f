import type { Digest } from "../evidence/types.ts";
import type { Hash, NodeId } from "./log.ts";
import type { Blob, Disclosure, Voucher, VoucherKind } from "./store.ts";

/** `unknown` is for what cannot be told; it is never a pass. */
export type Verdict = "good" | "tampered" | "unknown";

/** The verdict on both of two things. */
export function worseOf(one: Verdict, other: Verdict): Verdict {
  if (one === "tampered" || other === "tampered") return "tampered";
  return one === "good" ? other : one;
}

/** Everything that verification can find, and what each means for the verdict. */
export const MEANING = {
  "not-found": "unknown",
  unreadable: "unknown",
  busy: "unknown",
  "write-unfinished": "unknown",
  "not-a-log": "unknown",
  "version-unsupported": "unknown",
  "other-log": "unknown",
  empty: "unknown",
  incomplete: "unknown",
  pruned: "unknown",
  "disclosure-missing": "unknown",
  "checkpoint-missing": "unknown",
  "anchor-unreadable": "unknown",
  "anchor-empty": "unknown",
  "anchor-invalid": "unknown",
  "anchor-old": "unknown",
  "witness-missing": "unknown",
  "timestamp-missing": "unknown",
  "not-replayable": "unknown",
  "key-missing": "unknown",
  "key-revoked": "unknown",
  "file-damaged": "tampered",
  "schema-changed": "tampered",
  "creation-missing": "tampered",
  "entry-missing": "tampered",
  "body-invalid": "tampered",
  "column-changed": "tampered",
  "leaf-changed": "tampered",
  "node-changed": "tampered",
  "node-extra": "tampered",
  "blob-changed": "tampered",
  "blob-extra": "tampered",
  "disclosure-changed": "tampered",
  "disclosure-extra": "tampered",
  "decision-changed": "tampered",
  "document-changed": "tampered",
  "decision-not-reproduced": "tampered",
  "member-changed": "tampered",
  "member-missing": "tampered",
  "member-extra": "tampered",
  "proof-invalid": "tampered",
  "page-changed": "tampered",
  "deletion-unfounded": "tampered",
  "checkpoint-changed": "tampered",
  "checkpoint-unsigned": "tampered",
  "cosignature-invalid": "tampered",
  "timestamp-invalid": "tampered",
  "key-unknown": "tampered",
  truncated: "tampered",
  "root-changed": "tampered",
} as const satisfies Readonly<Record<string, Exclude<Verdict, "good">>>;

export type FindingCode = keyof typeof MEANING;

export type ReportFinding = (code: FindingCode, message: string, index?: number) => void;

/** An entry with its columns as they are stored. */
export interface StoredEntry {
  readonly index: number;
  readonly id: string;
  readonly kind: string;
  readonly recordedMs: number;
  readonly body: Uint8Array;
  readonly leafHash: Uint8Array;
}

/** What a first look found of some entries, one after the other. */
export interface ScreenedEntries {
  /** The index of the first. */
  readonly start: number;
  /** Not 0 where an entry is a decision that is in every respect as it was recorded, and so is all that it commits to. */
  readonly sound: Uint8Array;
  /** 32 bytes for each, in its place; of the sound ones they are the hash of the body. */
  readonly leafHashes: Uint8Array;
  readonly recordedMs: Float64Array;
  /** How many disclosures are stored of the documents of the sound ones. */
  readonly disclosures: number;
}

/** Documents that were found, each once; one that is not what was recorded is a finding already. */
export interface FoundDocuments {
  has(digest: Digest): boolean;
  add(digest: Digest): unknown;
  readonly size: number;
}

/**
 * A first look at all entries, which tells quickly of most that they are sound. It never calls one sound in which a close look
 * finds anything, and says nothing of the others; what is stored between entries, the close look alone tells.
 */
export interface FirstLook {
  /** In the order of their indexes, from the first without a gap; it ends early where it can tell no more. */
  stretches(): AsyncIterable<ScreenedEntries>;
  /** Those with that index and above, to look at closely. */
  entriesFrom(index: number): Iterable<StoredEntry>;
  /** What the first look finds is in it when its stretch is given. */
  readonly found: FoundDocuments;
}

/** A file answers at once, a server later. */
export type Later<T> = T | Promise<T>;

/** What a store holds, as it is stored; none of it is believed. All of it is of one moment. */
export interface StoredLog {
  /** In the order of their indexes. */
  entries(): Iterable<StoredEntry> | AsyncIterable<StoredEntry>;
  /** Only of a store in which a long log is worth it. */
  readonly firstLook?: FirstLook;
  /** Complete subtrees of two leaves and more; undefined where a store keeps none and recomputes them. */
  readonly nodes?: {
    at(place: NodeId): Later<Hash | undefined>;
    count(): Later<number>;
  };
  blob(digest: Digest): Later<Blob | undefined>;
  blobCount(): Later<number>;
  /** What is known of the commitments of a document. */
  disclosures(document: Digest): Iterable<Disclosure> | AsyncIterable<Disclosure>;
  disclosureCount(): Later<number>;
  /** Those of a kind, that of the largest tree first. */
  vouchers(kind: VoucherKind): Iterable<Voucher> | AsyncIterable<Voucher>;
}
