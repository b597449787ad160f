import { isDigest } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { isRecord } from "../util/json.ts";
import { type AbsentDocuments, absentDocuments, prunedText } from "./absent.ts";
import { type HeldTrees, type OutsideOptions, outsideTrees } from "./anchor/held.ts";
import { AFTER_CLOSED } from "./closed.ts";
import { readDeletion } from "./deletion.ts";
import {
  blobReferences,
  type EntryBody,
  isWithoutDocument,
  PERMANENT_MEDIA_TYPES,
  readDecisionDocument,
  readEntryBody,
} from "./entry.ts";
import { type BlobReference, storedReferences } from "./evidence.ts";
import { keyChain, type PlacedKeyEvent, readKeyEvent } from "./keys.ts";
import { isServer, type StoreLocation } from "./location.ts";
import {
  appendLeaf,
  type CompactRange,
  EMPTY_RANGE,
  isSameHash,
  type LogNode,
  leafHash,
  rootOfRange,
  toDigest,
} from "./log.ts";
import { isSignedBy, type NoteKey } from "./note.ts";
import { commitmentsOf, opens } from "./personal.ts";
import { isBlobOf, isRecordOf, isRecordOfDocument } from "./recorded-again.ts";
import { CARRIED_KINDS, previousOf } from "./shard.ts";
import type { Blob, TreeHead } from "./store.ts";
import {
  type FindingCode,
  MEANING,
  type ReportFinding,
  type StoredEntry,
  type StoredLog,
  type Verdict,
  worseOf,
} from "./stored.ts";
import { isKindWithPeople } from "./treatments.ts";
import { type Checkpoint, readCheckpoint } from "./vouch.ts";

export type { FindingCode, Verdict } from "./stored.ts";

interface VerifyFinding {
  readonly code: FindingCode;
  readonly message: string;
  /** The entry that it is about. */
  readonly index?: number;
}

export interface VerifyReport {
  /** `tampered` if any finding means so, else `unknown` if any does, else `good`. */
  readonly verdict: Verdict;
  /** As recomputed from the bodies; null where the log could not be read that far. */
  readonly head: TreeHead | null;
  /** How many entries were read. */
  readonly entries: number;
  /** How many documents are gone and listed by a deletion. */
  readonly deleted: number;
  /** In the order of the checks; at most {@link MAX_FINDINGS}. */
  readonly findings: readonly VerifyFinding[];
  /** How far witnesses and time stamps vouch for a good log, in words; only where that was asked for. */
  readonly vouched?: readonly string[];
}

export interface VerifyOptions extends OutsideOptions {
  /** The log's key: the newest checkpoint that is kept has to be signed with it. Default: nobody asks who signed. */
  readonly logKey?: NoteKey;
}

/** More would not help: one exchanged entry changes every subtree above it. */
export const MAX_FINDINGS = 100;

/**
 * Verifies a store from the file or the schema up, or a log from what its remote has now. Damage is a finding and never an
 * exception; the store is opened read-only and nothing is repaired. Appends to a file wait while it runs.
 *
 * @param path as in `openAuditStore`
 * @throws {GateError} `runtime-unsupported` where the driver cannot be used; `usage` for a URL that cannot be used
 */
export async function verifyStore(path: StoreLocation, options: VerifyOptions = {}): Promise<VerifyReport> {
  const findings = new Map<VerifyFinding, Exclude<Verdict, "good">>();
  const report: ReportFinding = (code, message, index) => {
    findings.set({ code, message, ...(index === undefined ? {} : { index }) }, MEANING[code]);
  };
  let tree: VerifiedTree = { origin: undefined, range: EMPTY_RANGE, deleted: 0, vouched: [] };
  await inspectAt(path, report, async (log) => {
    tree = await verifyLog(log, options, report);
  });
  const verdict = [...findings.values()].reduce<Verdict>(worseOf, "good");
  return {
    verdict,
    head: tree.origin === undefined ? null : headOf(tree.origin, tree.range),
    entries: tree.range.size,
    deleted: tree.deleted,
    findings: [...findings.keys()].slice(0, MAX_FINDINGS),
    ...(verdict === "good" && tree.vouched.length > 0 ? { vouched: tree.vouched } : {}),
  };
}

/** Checks what is particular to the kind of store, and has the log that is in it verified. */
async function inspectAt(
  path: StoreLocation,
  report: ReportFinding,
  verify: (log: StoredLog) => Promise<void>,
): Promise<void> {
  if (typeof path !== "string") return (await import("./git/inspect.ts")).inspectGitLog(path, report, verify);
  if (isServer(path)) return (await import("./postgres/inspect.ts")).inspectServer(path, report, verify);
  return (await import("./sqlite/inspect.ts")).inspectStore(path, report, verify);
}

interface VerifiedTree {
  readonly origin: string | undefined;
  readonly range: CompactRange;
  readonly vouched: readonly string[];
  readonly deleted: number;
}

/** Recomputes all that can be recomputed, in one pass over the entries. */
async function verifyLog(log: StoredLog, options: VerifyOptions, report: ReportFinding): Promise<VerifiedTree> {
  const { logKey } = options;
  const kept = await keptCheckpoints(log, report);
  const held: readonly HeldTrees[] = [kept, ...(await outsideTrees(log, options, report))];
  const keyEvents: PlacedKeyEvent[] = [];
  let range = EMPTY_RANGE;
  let origin: string | undefined;
  let nodes = 0;
  const blobs: KnownBlobs = {
    documents: 0,
    shared: new Set(),
    complete: true,
    absent: absentDocuments(),
    disclosures: 0,
    undisclosed: new Map(),
  };
  let closed = false;
  let carried = 0;
  for (const trees of held) trees.verify({ origin, range });
  for await (const entry of log.entries()) {
    if (entry.index !== range.size) {
      report("entry-missing", `entry ${entry.index} stands where entry ${range.size} belongs`, entry.index);
    }
    const body = readEntryBody(entry.body);
    if (body === undefined) report("body-invalid", "the body is not what gate writes", entry.index);
    if (range.size === 0) {
      origin = body?.kind === "log-created" ? body.log : undefined;
      if (origin === undefined) report("creation-missing", "the log does not start with its creation", entry.index);
    }
    if (body !== undefined) {
      verifyColumns(entry, body, range.size, report);
      if (closed && !AFTER_CLOSED.has(body.kind)) {
        report("body-invalid", `the ${body.kind} stands after the entry that closes the log`, entry.index);
      }
      closed ||= body.kind === "closed";
      if (range.size === 0) carried = previousOf(body)?.carried ?? 0;
      else if (range.size <= carried && !CARRIED_KINDS.has(body.kind)) {
        report("body-invalid", `the ${body.kind} stands where something of the log before belongs`, entry.index);
      }
      if (body.kind === "key") addKeyEvent(entry, body, keyEvents, report);
      if (body.log !== origin) report("column-changed", `the entry belongs to the log ${body.log}`, entry.index);
      await verifyBlobs(log, entry, body, blobs, report);
    }
    const leaf = leafHash(entry.body);
    if (!isSameHash(leaf, entry.leafHash)) {
      report("leaf-changed", "the body does not have the hash that was recorded", entry.index);
    }
    const appended = appendLeaf(range, leaf);
    range = appended.range;
    for (const node of appended.nodes) {
      if (node.level === 0) continue;
      nodes += 1;
      await verifyNode(log, node, report);
    }
    for (const trees of held) trees.verify({ origin, range, recordedMs: entry.recordedMs });
  }
  const vouched = held.flatMap((trees) => trees.end({ origin, range }) ?? []);
  if (logKey !== undefined) verifySigned(kept.newest, logKey, keyEvents, report);
  blobs.absent.end(report);
  await verifyCounts(log, nodes, blobs, report);
  verifyUndisclosed(blobs, report);
  if (range.size <= carried) {
    report("incomplete", `of ${carried} entries of the log before, ${Math.max(0, range.size - 1)} are carried over`);
  }
  if (range.size === 0) report("creation-missing", "the log holds no entry, not even that of its creation");
  if (range.size === 1) report("empty", "the log holds no decision yet: there is nothing to vouch for");
  return { origin, range, deleted: blobs.absent.deleted(), vouched };
}

/** At most so many of the newest checkpoints are held against the log; each speaks for everything before it. */
const MOST_CHECKPOINTS = 100;

/** The checkpoints that are kept beside a log. */
interface KeptCheckpoints extends HeldTrees {
  readonly newest: Checkpoint | undefined;
}

async function keptCheckpoints(log: StoredLog, report: ReportFinding): Promise<KeptCheckpoints> {
  const found: Checkpoint[] = [];
  let count = 0;
  for await (const { size, material } of log.vouchers("checkpoint")) {
    if (++count > MOST_CHECKPOINTS) break;
    const checkpoint = readCheckpoint(material);
    if (checkpoint?.head.size === size) found.push(checkpoint);
    else report("checkpoint-changed", `what is kept as a checkpoint of ${size} entries is none`);
  }
  return {
    newest: found[0],
    verify({ range }) {
      for (const { head } of found) {
        if (head.size !== range.size || head.root === toDigest(rootOfRange(range))) continue;
        report("checkpoint-changed", `the first ${head.size} entries are not the ones of the checkpoint that was kept`);
      }
    },
    end({ origin, range }) {
      for (const { head } of found) {
        if (head.size > range.size) {
          report("truncated", `a checkpoint of ${head.size} entries was kept, the log holds ${range.size}`);
        } else if (head.origin !== origin) {
          report("checkpoint-changed", `a checkpoint of the log ${head.origin} was kept`);
        }
      }
      return undefined;
    },
  };
}

function addKeyEvent(entry: StoredEntry, body: EntryBody, events: PlacedKeyEvent[], report: ReportFinding): void {
  const event = readKeyEvent(body);
  if (event === undefined) report("body-invalid", "it names a key of the log that did not sign it", entry.index);
  else events.push({ index: entry.index, event });
}

/**
 * The newest that the log's key signed has to be the newest of all: what came after it, nobody who has the key vouched for. The key
 * is the one that was given, or the one that the log says followed it.
 */
function verifySigned(
  newest: Checkpoint | undefined,
  given: NoteKey,
  events: readonly PlacedKeyEvent[],
  report: ReportFinding,
): void {
  const { keyOf, strangers, broken } = keyChain(given, events);
  for (const index of strangers) {
    report("key-unknown", "it speaks for a key that was not the log's at that time", index);
  }
  if (broken !== undefined) {
    report(
      "key-revoked",
      "it takes back the key that was given, and with it what that key said of the next",
      broken.index,
    );
  }
  if (newest === undefined) {
    report("checkpoint-missing", "no checkpoint is kept that the log's key could have signed");
    return;
  }
  const key = keyOf(newest.head.size);
  if (key === undefined || !isSignedBy(newest.note, key)) {
    report("checkpoint-unsigned", `the checkpoint of ${newest.head.size} entries is not signed with the log's key`);
  }
}

function verifyColumns(entry: StoredEntry, body: EntryBody, position: number, report: ReportFinding): void {
  const { id, kind, time } = body;
  if (entry.id !== id) report("column-changed", `the id is stored as ${JSON.stringify(entry.id)}`, entry.index);
  if (entry.kind !== kind) report("column-changed", `the kind is stored as ${JSON.stringify(entry.kind)}`, entry.index);
  if (entry.recordedMs !== Date.parse(time)) {
    report("column-changed", `the time is stored as ${entry.recordedMs}, the body says ${time}`, entry.index);
  }
  if (kind === "log-created" && position > 0) {
    report("body-invalid", "only the first entry creates the log", entry.index);
  }
}

/** The blobs that entries commit to and that were found. */
interface KnownBlobs {
  /** Each holds the id of its decision, so no two entries share one. */
  documents: number;
  /** Evidence, inputs and policies. */
  readonly shared: Set<Digest>;
  /** False where the document of an entry is another one, and with it the only list of what it names is lost. */
  complete: boolean;
  readonly absent: AbsentDocuments;
  /** How many were found of documents. */
  disclosures: number;
  /** Commitments that nobody can open any more, by the index of the entry; a later deletion may list them. */
  readonly undisclosed: Map<string, number>;
}

/** Checks the blobs that an entry commits to. */
async function verifyBlobs(
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

function verifyUndisclosed({ undisclosed }: KnownBlobs, report: ReportFinding): void {
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

async function verifyNode(log: StoredLog, node: LogNode, report: ReportFinding): Promise<void> {
  if (log.nodes === undefined) return;
  const stored = await log.nodes.at(node);
  const place = `subtree ${node.index} at level ${node.level}`;
  if (stored === undefined) report("node-changed", `the hash of ${place} is missing`);
  else if (!isSameHash(stored, node.hash)) report("node-changed", `the hash of ${place} is another one`);
}

async function verifyCounts(log: StoredLog, nodes: number, known: KnownBlobs, report: ReportFinding): Promise<void> {
  const storedNodes = (await log.nodes?.count()) ?? nodes;
  if (storedNodes > nodes) report("node-extra", `${storedNodes - nodes} hashes belong to no subtree of the log`);
  const unowned = (await log.disclosureCount()) - known.disclosures;
  if (unowned > 0) report("disclosure-extra", `${unowned} names are stored of no document`);
  // Whose the rest is, only a document that is gone could say; the log is not good without it.
  if (!known.complete || known.absent.isUnlisted()) return;
  const extra = (await log.blobCount()) - known.documents - known.shared.size;
  if (extra > 0) report("blob-extra", `no entry commits to ${extra} of the stored documents`);
}

function headOf(origin: string, range: CompactRange): TreeHead {
  return { origin, size: range.size, root: toDigest(rootOfRange(range)) };
}
