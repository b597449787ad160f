import type { Decision } from "../decision/types.ts";
import { sha256 } from "../evidence/canonical.ts";
import { collectionOf, documentedEntry, type EntryBody, entryBody, withCollection } from "./entry.ts";
import type { BlobReference } from "./evidence.ts";
import { type DocumentKind, recordedAgain } from "./recorded.ts";
import type { Blob, Entry, NewEntry } from "./store.ts";

/** Whether a blob is the very one that an entry commits to. */
export function isBlobOf({ digest, mediaType }: BlobReference, blob: Blob): boolean {
  return sha256(blob.data) === digest && blob.mediaType === mediaType;
}

/** Whether a decision, recorded again, gives the very same body. @param document its canonical bytes, which have their digest */
export function isRecordOf(entry: Pick<Entry, "body">, body: EntryBody, decision: Decision, document: Blob): boolean {
  const { digest, data } = document;
  return (
    decision.audit === null &&
    isRecordAgain(entry, body, () => documentedEntry(decision, { digest, bytes: data.length }, new Date(body.time)))
  );
}

/** Whether the document of any other entry, recorded again, gives the very same body. */
export function isRecordOfDocument(
  entry: Pick<Entry, "body">,
  body: EntryBody,
  kind: DocumentKind,
  blob: Blob,
): boolean {
  return isRecordAgain(entry, body, () => recordedAgain(kind, blob.data));
}

function isRecordAgain(entry: Pick<Entry, "body">, body: EntryBody, record: () => NewEntry | undefined): boolean {
  try {
    const again = record();
    if (again === undefined) return false;
    // Its collection is what an entry says beyond its document: only the log was there.
    const collection = collectionOf(body.content);
    const whole = collection === undefined ? again : withCollection(again, collection);
    return Buffer.compare(entryBody(body.log, whole), entry.body) === 0;
  } catch {
    // A document of another shape; the digest matches, so it was recorded like this by someone else.
    return false;
  }
}
