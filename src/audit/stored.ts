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

/** A file answers at once, a server later. */
export type Later<T> = T | Promise<T>;

/** What a store holds, as it is stored; none of it is believed. All of it is of one moment. */
export interface StoredLog {
  /** In the order of their indexes. */
  entries(): Iterable<StoredEntry> | AsyncIterable<StoredEntry>;
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
