import { sha256 } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { type Deletion, readDeletion } from "./deletion.ts";
import { blobReferences, PERMANENT_MEDIA_TYPES, readDecisionDocument } from "./entry.ts";
import { type BlobReference, storedReferences } from "./evidence.ts";
import { commitmentsOf, opens } from "./personal.ts";
import type { Blob, Disclosure, EntryKind, NewEntry } from "./store.ts";

/**
 * What an entry commits to and was not given, so that it has to be in the store. A blob that no entry commits to could be
 * exchanged unnoticed; what else the document commits to, only the document itself can say.
 *
 * @throws {GateError} `internal` where a blob is another one, the document is missing, or a disclosure is of no commitment of
 *   the document
 */
export function storedBefore(
  entry: NewEntry,
  blobs: readonly Blob[],
  disclosures: readonly Disclosure[],
): readonly BlobReference[] {
  const inLeaf = blobReferences(entry.kind, entry.content);
  const documents = blobs.filter(({ digest }) => inLeaf.some((reference) => reference.digest === digest));
  const decisions = documents.flatMap(({ data }) => readDecisionDocument(data) ?? []);
  const references = [...inLeaf, ...decisions.flatMap(storedReferences)];
  const given = references.filter(({ digest, mediaType }) =>
    blobs.some((blob) => blob.digest === digest && blob.mediaType === mediaType && sha256(blob.data) === digest),
  );
  if (given.length !== blobs.length || documents.length !== inLeaf.length) throw otherBlobs(entry.id);
  refuseOthers(entry.id, documents, disclosures);
  return references.filter((reference) => !given.includes(reference));
}

function refuseOthers(id: string, documents: readonly Blob[], disclosures: readonly Disclosure[]): void {
  if (disclosures.length === 0) return;
  const known = new Set(
    documents.flatMap(({ digest, data }) => [...commitmentsOf(data)].map((commitment) => `${digest} ${commitment}`)),
  );
  const isWrong = (disclosure: Disclosure): boolean =>
    !known.delete(`${disclosure.document} ${disclosure.commitment}`) || !opens(disclosure);
  if (disclosures.some(isWrong)) throw otherBlobs(id);
}

/** Kinds of entries that are not appended by themselves: each belongs to something that is done in the same moment. */
const NOT_APPENDED: Partial<Readonly<Record<EntryKind, string>>> = {
  "log-created": "a log is created once, when its store is",
  deletion: "a deletion is recorded by what removes the documents",
};

/** @throws {GateError} `internal` for an entry that `append` is not for */
export function refuseUnappended({ kind }: NewEntry): void {
  const why = NOT_APPENDED[kind];
  if (why !== undefined) throw new GateError("internal", why);
}

/** What is removed: documents with all that is known of their commitments, and of other documents some of that. */
export type Removal = Pick<Deletion, "documents" | "commitments">;

/**
 * What a deletion says is removed.
 *
 * @throws {GateError} `internal` where the entry is none, or its document is not the one that it commits to
 */
export function removalOf(entry: NewEntry, blobs: readonly Blob[]): Removal {
  const [document] = blobs;
  const deletion = entry.kind === "deletion" && document !== undefined ? readDeletion(document.data) : undefined;
  if (deletion === undefined || storedBefore(entry, blobs, []).length > 0) throw otherBlobs(entry.id);
  return deletion;
}

/** @throws {GateError} `internal` for a document that has to outlive what it is about */
export function refusePermanent(digest: Digest, mediaType: string): void {
  if (!PERMANENT_MEDIA_TYPES.includes(mediaType)) return;
  throw new GateError("internal", `the document ${digest} says what was removed or is held, and is never removed`);
}

/** Where the blobs of an entry are not the ones that it commits to. */
export function otherBlobs(id: string): GateError {
  return new GateError("internal", `the blobs of entry ${id} are not the ones that it commits to`);
}

/** Where the log has another entry under the same id. */
export function otherEntry(id: string): GateError {
  return new GateError("audit-write-failed", `the audit log already holds another entry with the id ${id}`, {
    hint: "Check again: each check makes an id of its own.",
  });
}
