import { isDigest, sha256 } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { bodyOf, derivedId, documentBlob, membersOf, type Recordable } from "./document.ts";
import { DELETION_MEDIA_TYPE } from "./entry.ts";
import type { AuditStore, Entry } from "./store.ts";

const DELETION_SCHEMA = "gate/deletion/v1";

/** Why documents are removed: their time is over, or somebody has a right to it. */
export const DELETION_CAUSES = ["retention", "erasure"] as const;
export type DeletionCause = (typeof DELETION_CAUSES)[number];

/** Documents in one deletion: its own document stays below a megabyte, and the removal is one transaction. */
export const MOST_DELETED = 10_000;

/** What was removed from a store, and why. */
export interface Deletion {
  readonly cause: DeletionCause;
  /** The rule or the law in words, such as the periods of `audit.retention`. */
  readonly basis: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly by: string;
  /** Digests, sorted; at most {@link MOST_DELETED}. */
  readonly documents: readonly Digest[];
  /** Commitments to personal data whose values were removed; sorted. */
  readonly commitments: readonly string[];
}

/** The entry that records a deletion. Its id follows from its document, so that a second attempt is known as such. */
export function deletionEntry(deletion: Deletion): Recordable {
  const { cause, at, documents, commitments } = deletion;
  if (documents.length > MOST_DELETED) throw new GateError("internal", `a deletion of ${documents.length} documents`);
  const blob = documentBlob(DELETION_MEDIA_TYPE, { schema: DELETION_SCHEMA, ...deletion });
  const content = { cause, documents: documents.length, commitments: commitments.length, document: blob.digest };
  return { entry: { id: derivedId("deletion", blob.digest), kind: "deletion", time: at, content }, blobs: [blob] };
}

/** The deletion of a document; undefined for any other document. */
export function readDeletion(data: Uint8Array): Deletion | undefined {
  const members = membersOf(DELETION_SCHEMA, data);
  const documents = members?.["documents"];
  if (!Array.isArray(documents) || documents.length > MOST_DELETED || !documents.every(isDigest)) return undefined;
  if (!Array.isArray(members?.["commitments"])) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the digest vouches for what gate itself wrote
  return members as unknown as Deletion;
}

/**
 * The deletion of an entry.
 *
 * @returns undefined where its document is gone, which no deletion can do
 * @throws {GateError} `audit-corrupt` where the document is not the one that was recorded
 */
export async function deletionOf(entry: Entry, store: Pick<AuditStore, "blob">): Promise<Deletion | undefined> {
  const { document } = bodyOf(entry).content;
  const blob = isDigest(document) ? await store.blob(document) : undefined;
  if (blob === undefined) return undefined;
  const deletion = sha256(blob.data) === document ? readDeletion(blob.data) : undefined;
  if (deletion !== undefined) return deletion;
  throw new GateError("audit-corrupt", `the document of entry ${entry.index} is not the one that was recorded`, {
    hint: "Run `gate audit verify`.",
  });
}

/** Says of documents that are not in a store what the log says of it. */
export interface Absence {
  /**
   * In words that follow the name of the document, such as `was deleted on 2033-01-04 for retention, as entry 812 says`.
   *
   * @param index of the entry that commits to it: only a later deletion can be about it
   */
  of(digest: Digest, index: number): Promise<string>;
}

/** By open store: whoever reads many decisions asks of many documents. */
const LAST_DELETIONS = new WeakMap<object, Promise<ReadonlyMap<Digest, DeletedBy>>>();

/** Reads the deletions of a log at the first question, and once for each open store. */
export function absencesIn(store: Pick<AuditStore, "blob" | "entries">): Absence {
  return {
    async of(digest, index) {
      const known = LAST_DELETIONS.get(store) ?? lastDeletions(store);
      LAST_DELETIONS.set(store, known);
      const by = (await known).get(digest);
      if (by === undefined || by.index < index) return "is no longer in the store";
      return `was deleted on ${by.at.slice(0, 10)} for ${by.cause}, as entry ${by.index} says`;
    },
  };
}

/** Of a document that is not there. @throws {GateError} `audit-unreadable`, always */
export async function refuseAbsent(
  store: Pick<AuditStore, "blob" | "entries">,
  digest: Digest,
  index: number,
): Promise<never> {
  const why = await absencesIn(store).of(digest, index);
  throw new GateError("audit-unreadable", `the document of entry ${index} ${why}; only its leaf is left`);
}

interface DeletedBy {
  readonly index: number;
  readonly at: string;
  readonly cause: DeletionCause;
}

async function lastDeletions(store: Pick<AuditStore, "blob" | "entries">): Promise<ReadonlyMap<Digest, DeletedBy>> {
  const found = new Map<Digest, DeletedBy>();
  for await (const entry of store.entries({ kind: "deletion" })) {
    const deletion = await deletionOf(entry, store);
    for (const digest of deletion?.documents ?? []) {
      found.set(digest, { index: entry.index, at: deletion?.at ?? "", cause: deletion?.cause ?? "retention" });
    }
  }
  return found;
}
