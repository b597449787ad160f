import { sha256 } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { blobReferences, readDecisionDocument } from "../entry.ts";
import { type BlobReference, EVIDENCE_MEDIA_TYPE, storedReferences } from "../evidence.ts";
import { corrupt, type ExportedEntry, rememberingReader } from "../export/entries.ts";
import { formatNote } from "../note.ts";
import { formatReceipt } from "../receipt.ts";
import { isBlobOf, isRecordOf } from "../recorded-again.ts";
import type { AuditStore, Blob } from "../store.ts";
import { type Checkpoint, receiptFor } from "../vouch.ts";
import { type ManifestMember, manifestBytes, PACK_SCHEMA, type PackSelection } from "./manifest.ts";
import { attestationName, documentName, entryName, MEMBERS, receiptName, reportName } from "./names.ts";
import { type PackedDecision, type PackPages, packedDecision } from "./pages.ts";
import type { PackMember } from "./zip-write.ts";

/** What a pack is made of. */
export interface PackSource {
  readonly store: AuditStore;
  /** The version of gate that writes it. */
  readonly engine: string;
  /** Signed, of a tree that has every entry. */
  readonly checkpoint: Checkpoint;
  readonly selection: PackSelection;
  /** In the order of the log; of a range all. */
  readonly entries: AsyncIterable<ExportedEntry>;
  readonly evidence: "included" | "withheld";
  /** Of others, as they were given; they are in the pack, and nothing of it vouches for them. */
  readonly attestations: readonly Uint8Array[];
  readonly pages: PackPages;
  /** The page that verifies a pack. */
  readonly verifier: Uint8Array;
}

/** What was put into a pack. */
export interface PackTally {
  entries: number;
  decisions: number;
  /** Documents that entries name and the store no longer has. */
  missing: number;
}

/**
 * The members of a pack, the manifest last; one at a time is in memory. The same log, selection and version of gate give the same.
 *
 * @param tally is counted up
 * @throws {GateError} `audit-corrupt` where an entry or a document is not what was recorded
 */
export async function* packMembers(source: PackSource, tally: PackTally): AsyncIterable<PackMember> {
  const members: ManifestMember[] = [];
  for await (const member of contents(source, tally)) {
    members.push({ name: member.name, size: member.data.length, sha256: sha256(member.data) });
    yield member;
  }
  const { engine, checkpoint, selection, evidence } = source;
  const manifest = { schema: PACK_SCHEMA, engine, tree: checkpoint.head, selection, evidence, members } as const;
  yield { name: MEMBERS.manifest, data: manifestBytes(manifest) };
}

async function* contents(source: PackSource, tally: PackTally): AsyncIterable<PackMember> {
  const { checkpoint, engine, pages, selection, evidence } = source;
  yield text(MEMBERS.readme, pages.readme(engine));
  yield { name: MEMBERS.verifier, data: source.verifier };
  yield text(MEMBERS.checkpoint, formatNote(checkpoint.note));
  for (const [index, data] of source.attestations.entries()) yield { name: attestationName(index + 1), data };
  const store = { node: rememberingReader(source.store) };
  const packed = new Set<Digest>();
  const decisions: PackedDecision[] = [];
  for await (const exported of source.entries) {
    const { entry, body } = exported;
    tally.entries += 1;
    yield { name: entryName(entry.index), data: entry.body };
    yield text(receiptName(entry.index), formatReceipt(await receiptFor(store, entry, checkpoint)));
    if (body.kind === "decision") decisions.push(packedDecision(entry.index, body));
    yield* documents(exported, source, packed, tally);
  }
  tally.decisions = decisions.length;
  const overview = { engine, tree: checkpoint.head, selection, evidence, entries: tally.entries, decisions };
  yield text(MEMBERS.overview, pages.overview(overview));
}

/** What an entry names, each document once in a pack, and the page about it. */
async function* documents(
  { entry, body }: ExportedEntry,
  source: PackSource,
  packed: Set<Digest>,
  tally: PackTally,
): AsyncIterable<PackMember> {
  for (const reference of blobReferences(body.kind, body.content)) {
    const blob = await documentOf(reference, source.store, packed, tally);
    if (blob === undefined) continue;
    if (!isBlobOf(reference, blob)) throw corrupt(entry.index, "names a document that is not the recorded one");
    yield { name: documentName(reference), data: blob.data };
    const decision = body.kind === "decision" ? readDecisionDocument(blob.data) : undefined;
    if (decision === undefined) continue;
    if (!isRecordOf(entry, body, decision)) throw corrupt(entry.index, "does not say what its document says");
    for (const shared of storedReferences(decision)) {
      if (shared.mediaType === EVIDENCE_MEDIA_TYPE && source.evidence === "withheld") continue;
      const stored = await documentOf(shared, source.store, packed, tally);
      if (stored === undefined) continue;
      if (!isBlobOf(shared, stored)) throw corrupt(entry.index, "names a document that is not the recorded one");
      yield { name: documentName(shared), data: stored.data };
    }
    const place = { index: entry.index, time: body.time, tree: source.checkpoint.head };
    yield text(reportName(entry.index), source.pages.decision(decision, place));
  }
}

/** Undefined where it is in the pack already, or no longer in the store. */
async function documentOf(
  { digest }: BlobReference,
  store: AuditStore,
  packed: Set<Digest>,
  tally: PackTally,
): Promise<Blob | undefined> {
  if (packed.has(digest)) return undefined;
  packed.add(digest);
  const blob = await store.blob(digest);
  if (blob === undefined) tally.missing += 1;
  return blob;
}

function text(name: string, content: string): PackMember {
  return { name, data: Buffer.from(content, "utf8") };
}
