import { isDigest } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { isRecord } from "../util/json.ts";
import { type AbsentDocuments, absentDocuments, prunedText } from "./absent.ts";
import { readDeletion } from "./deletion.ts";
import {
  blobReferences,
  type EntryBody,
  isWithoutDocument,
  PERMANENT_MEDIA_TYPES,
  readDecisionDocument,
} from "./entry.ts";
import { type BlobReference, storedReferences } from "./evidence.ts";
import { commitmentsOf, opens } from "./personal.ts";
import { isBlobOf, isRecordOf, isRecordOfDocument } from "./recorded-again.ts";
import type { Blob } from "./store.ts";
import type { FoundDocuments, ReportFinding, StoredEntry, StoredLog } from "./stored.ts";
import { isKindWithPeople } from "./treatments.ts";

/** The blobs that entries commit to and that were found. */
export interface KnownBlobs {
  /** Each holds the id of its decision, so no two entries share one. */
  documents: number;
  /** Evidence, inputs and policies. */
  readonly shared: FoundDocuments;
  /** False where the document of an entry is another one, and with it the only list of what it names is lost. */
  complete: boolean;
  readonly absent: AbsentDocuments;
  /** How many were found of documents. */
  disclosures: number;
  /** Commitments that nobody can open any more, by the index of the entry; a later deletion may list them. */
  readonly undisclosed: Map<string, number>;
}

/** Before the first entry. */
export function knownBlobs({ firstLook }: StoredLog): KnownBlobs {
  return {
    documents: 0,
    shared: firstLook?.found ?? new Set<Digest>(),
    complete: true,
    absent: absentDocuments(),
    disclosures: 0,
    undisclosed: new Map(),
  };
}

/** Checks the blobs that an entry commits to. */
export async function verifyBlobs(
  log: StoredLog,
  entry: StoredEntry,
  body: EntryBody,
  known: KnownBlobs,
  report: ReportFinding,
): Promise<void> {
  const references = blobReferences(body.kind, body.content);
  if (references.length === 0 && !isWithoutDocument(body.kind)) {
    report("body-invalid", `the ${body.kind} names no document`, entry.index);
  }
  for (const reference of references) {
    const blob = await log.blob(reference.digest);
    if (blob === undefined) {
      await verifyAbsent(log, entry, body, reference, known, report);
      await addDisclosures(log, reference.digest, known);
      continue;
    }
    known.documents += 1;
    if (!isBlobOf(reference, blob)) {
      report("blob-changed", `the document ${reference.digest} is not the one that was recorded`, entry.index);
      await addStoredOfLeaf(log, body, known);
      await addDisclosures(log, reference.digest, known);
      continue;
    }
    if (isKindWithPeople(body.kind)) await verifyDisclosures(log, entry, blob, known, report);
    if (body.kind === "decision") await verifyDecision(log, entry, body, blob, known, report);
    else if (isWithoutDocument(body.kind)) continue;
    else if (!isRecordOfDocument(entry, body, body.kind, blob)) {
      report("document-changed", "the leaf does not say what the document says", entry.index);
    } else if (body.kind === "deletion") await verifyDeletion(log, entry, blob, known, report);
  }
}

/** A document that is not there: a later deletion may list it, unless it is one that is never removed. */
async function verifyAbsent(
  log: StoredLog,
  entry: StoredEntry,
  body: EntryBody,
  { digest, mediaType }: BlobReference,
  known: KnownBlobs,
  report: ReportFinding,
): Promise<void> {
  if (PERMANENT_MEDIA_TYPES.includes(mediaType)) report("pruned", prunedText(digest), entry.index);
  else known.absent.missing(digest, entry.index);
  if (body.kind !== "decision") return;
  const named = namedByLeaf(body.content);
  if (named === undefined) known.absent.unlisted(digest);
  for (const one of named ?? []) {
    if ((await log.blob(one)) === undefined) known.absent.maybe(one);
    else known.shared.add(one);
  }
}

async function verifyDeletion(
  log: StoredLog,
  { index }: StoredEntry,
  blob: Blob,
  { absent, undisclosed }: KnownBlobs,
  report: ReportFinding,
): Promise<void> {
  const { documents = [], commitments = [] } = readDeletion(blob.data) ?? {};
  for (const commitment of commitments) undisclosed.delete(commitment);
  for (const digest of documents) {
    // One that is there was stored again; whether an entry commits to it, the count of documents says.
    if ((await log.blob(digest)) !== undefined || absent.deletedBy(digest)) continue;
    report("deletion-unfounded", `the deletion lists ${digest}, which no entry before it commits to`, index);
  }
}

/** Holds what is known of a document's commitments against these. */
async function verifyDisclosures(
  log: StoredLog,
  entry: StoredEntry,
  { digest, data }: Blob,
  known: KnownBlobs,
  report: ReportFinding,
): Promise<void> {
  const commitments = commitmentsOf(data);
  if (commitments.size === 0) return;
  for await (const disclosure of log.disclosures(digest)) {
    known.disclosures += 1;
    const isKnown = commitments.delete(disclosure.commitment);
    if (isKnown && opens(disclosure)) continue;
    report("disclosure-changed", `what is stored for ${disclosure.commitment} is not what was recorded`, entry.index);
  }
  for (const commitment of commitments) known.undisclosed.set(commitment, entry.index);
}

/** What was disclosed of a document that cannot be asked any more. */
async function addDisclosures(log: StoredLog, document: Digest, known: KnownBlobs): Promise<void> {
  for await (const _ of log.disclosures(document)) known.disclosures += 1;
}

/** Commitments that nobody can open any more, and that no deletion lists. */
export function verifyUndisclosed({ undisclosed }: KnownBlobs, report: ReportFinding): void {
  for (const [index, commitments] of Map.groupBy(undisclosed.keys(), (key) => undisclosed.get(key) ?? 0)) {
    const what = commitments.length === 1 ? "a name is" : `${commitments.length} names are`;
    report("disclosure-missing", `${what} no longer in the store, and no deletion says so`, index);
  }
}

async function verifyDecision(
  log: StoredLog,
  entry: StoredEntry,
  body: EntryBody,
  blob: Blob,
  known: KnownBlobs,
  report: ReportFinding,
): Promise<void> {
  const decision = readDecisionDocument(blob.data);
  if (decision === undefined || !isRecordOf(entry, body, decision, blob)) {
    report("decision-changed", "the leaf does not say what the document says", entry.index);
    await addStoredOfLeaf(log, body, known);
    return;
  }
  for (const reference of storedReferences(decision)) {
    if (known.shared.has(reference.digest)) continue;
    const stored = await log.blob(reference.digest);
    if (stored === undefined) {
      known.absent.missing(reference.digest, entry.index);
      continue;
    }
    known.shared.add(reference.digest);
    if (isBlobOf(reference, stored)) continue;
    report("blob-changed", `the document ${reference.digest} is not the one that was recorded`, entry.index);
  }
}

/** What the leaf alone says of what is stored, where the document cannot be asked. */
async function addStoredOfLeaf(log: StoredLog, { kind, content }: EntryBody, known: KnownBlobs): Promise<void> {
  if (kind !== "decision") return;
  const named = namedByLeaf(content);
  if (named === undefined) known.complete = false;
  for (const digest of named ?? []) if ((await log.blob(digest)) !== undefined) known.shared.add(digest);
}

/** What the leaf of a decision says can be stored with it; undefined where it leaves that to the document. */
function namedByLeaf(content: EntryBody["content"]): readonly Digest[] | undefined {
  const evidence = itemsOf(content["evidence"]);
  const others = itemsOf(content["stored"]);
  if (evidence === undefined || others === undefined) return undefined;
  return [...evidence.map((item) => (isRecord(item) ? item["id"] : undefined)), ...others].filter(isDigest);
}

function itemsOf(list: unknown): readonly unknown[] | undefined {
  const items: unknown = isRecord(list) ? list["items"] : undefined;
  return Array.isArray(items) ? items : undefined;
}

/** Whether the store holds more than what entries commit to. */
export async function verifyBlobCounts(log: StoredLog, known: KnownBlobs, report: ReportFinding): Promise<void> {
  const unowned = (await log.disclosureCount()) - known.disclosures;
  if (unowned > 0) report("disclosure-extra", `${unowned} names are stored of no document`);
  // Whose the rest is, only a document that is gone could say; the log is not good without it.
  if (!known.complete || known.absent.isUnlisted()) return;
  const extra = (await log.blobCount()) - known.documents - known.shared.size;
  if (extra > 0) report("blob-extra", `no entry commits to ${extra} of the stored documents`);
}
