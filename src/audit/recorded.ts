import { deletionEntry, readDeletion } from "./deletion.ts";
import type { Recordable } from "./document.ts";
import { holdEntry, readHold } from "./hold.ts";
import { readObligation, readReview, recordObligation, recordReview } from "./obligations.ts";
import type { NewEntry } from "./store.ts";

/** The kinds of entries that say no more than their document. */
const RECORDED = {
  obligation: recording(readObligation, recordObligation),
  review: recording(readReview, recordReview),
  deletion: recording(readDeletion, deletionEntry),
  hold: recording(readHold, holdEntry),
} as const;

export type DocumentKind = keyof typeof RECORDED;

/** Records from its document what an entry would be recorded as; undefined for any other document. */
export function recordedAgain(kind: DocumentKind, data: Uint8Array): NewEntry | undefined {
  return RECORDED[kind](data);
}

function recording<T>(
  read: (data: Uint8Array) => T | undefined,
  record: (value: T) => Recordable,
): (data: Uint8Array) => NewEntry | undefined {
  return (data) => {
    const value = read(data);
    return value === undefined ? undefined : record(value).entry;
  };
}
