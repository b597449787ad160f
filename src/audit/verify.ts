import { type HeldTrees, type OutsideOptions, outsideTrees } from "./anchor/held.ts";
import { AFTER_CLOSED } from "./closed.ts";
import { type EntryBody, readEntryBody } from "./entry.ts";
import { keyChain, type PlacedKeyEvent, readKeyEvent } from "./keys.ts";
import { isServer, type StoreLocation } from "./location.ts";
import {
  appendLeaf,
  type CompactRange,
  EMPTY_RANGE,
  HASH_BYTES,
  type Hash,
  isSameHash,
  type LogNode,
  leafHash,
  rootOfRange,
  toDigest,
} from "./log.ts";
import { isSignedBy, type NoteKey } from "./note.ts";
import { CARRIED_KINDS, previousOf } from "./shard.ts";
import type { TreeHead } from "./store.ts";
import {
  type FindingCode,
  MEANING,
  type ReportFinding,
  type ScreenedEntries,
  type StoredEntry,
  type StoredLog,
  type Verdict,
  worseOf,
} from "./stored.ts";
import { type KnownBlobs, knownBlobs, verifyBlobCounts, verifyBlobs, verifyUndisclosed } from "./verify-documents.ts";
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
  /** The file of the thread that takes a first look at a large file. Default: there is none, and it takes longer. */
  readonly worker?: string;
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
  const verify = async (log: StoredLog): Promise<void> => {
    tree = await verifyLog(log, options, report);
  };
  await inspectAt(path, report, verify, options);
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
  { worker }: VerifyOptions,
): Promise<void> {
  if (typeof path !== "string") return (await import("./git/inspect.ts")).inspectGitLog(path, report, verify);
  if (isServer(path)) return (await import("./postgres/inspect.ts")).inspectServer(path, report, verify);
  return (await import("./sqlite/inspect.ts")).inspectStore(path, report, verify, worker);
}

interface VerifiedTree {
  readonly origin: string | undefined;
  readonly range: CompactRange;
  readonly vouched: readonly string[];
  readonly deleted: number;
}

/** Recomputes all that can be recomputed, in one pass over the entries. */
export async function verifyLog(log: StoredLog, options: VerifyOptions, report: ReportFinding): Promise<VerifiedTree> {
  const { logKey } = options;
  const kept = await keptCheckpoints(log, report);
  const held: readonly HeldTrees[] = [kept, ...(await outsideTrees(log, options, report))];
  const pass = startPass(log, held, report);
  await verifyEntries(log, pass);
  const { origin, range, carried, blobs } = pass;
  const vouched = held.flatMap((trees) => trees.end({ origin, range }) ?? []);
  if (logKey !== undefined) verifySigned(kept.newest, logKey, pass.keyEvents, report);
  blobs.absent.end(report);
  await verifyNodeCount(log, pass.nodes, report);
  await verifyBlobCounts(log, blobs, report);
  verifyUndisclosed(blobs, report);
  if (carried > 0 && range.size <= carried) {
    report("incomplete", `of ${carried} entries of the log before, ${range.size - 1} are carried over`);
  }
  if (range.size === 0) report("creation-missing", "the log holds no entry, not even that of its creation");
  if (range.size === 1) report("empty", "the log holds no decision yet: there is nothing to vouch for");
  return { origin, range, deleted: blobs.absent.deleted(), vouched };
}

/** A pass over a log, and what it knows of the entries so far. */
interface Pass {
  readonly log: StoredLog;
  readonly held: readonly HeldTrees[];
  readonly report: ReportFinding;
  origin: string | undefined;
  range: CompactRange;
  /** Subtrees of two leaves and more. */
  nodes: number;
  /** An entry has said that the log ends with it. */
  closed: boolean;
  /** Entries that the first one says are of the log before. */
  carried: number;
  readonly keyEvents: PlacedKeyEvent[];
  readonly blobs: KnownBlobs;
}

function startPass(log: StoredLog, held: readonly HeldTrees[], report: ReportFinding): Pass {
  const blobs = knownBlobs(log);
  const pass = { origin: undefined, range: EMPTY_RANGE, nodes: 0, closed: false, carried: 0, keyEvents: [], blobs };
  for (const trees of held) trees.verify(pass);
  return { log, held, report, ...pass };
}

/** Looks closely at each entry of which a first look does not say that it is sound. */
async function verifyEntries(log: StoredLog, pass: Pass): Promise<void> {
  if (log.firstLook === undefined) {
    for await (const entry of log.entries()) await verifyEntry(entry, pass);
    return;
  }
  const { firstLook } = log;
  for await (const screened of firstLook.stretches()) {
    const end = screened.start + screened.sound.length;
    pass.blobs.disclosures += screened.disclosures;
    // The first look may have seen entries that are not there.
    for (let before = -1; before < pass.range.size && pass.range.size < end; ) {
      before = pass.range.size;
      await addSound(screened, pass);
      for (const entry of firstLook.entriesFrom(pass.range.size)) {
        if (pass.range.size === end || isSound(screened, pass)) break;
        await verifyEntry(entry, pass);
      }
    }
  }
  for (const entry of firstLook.entriesFrom(pass.range.size)) await verifyEntry(entry, pass);
}

/** Whether the next entry is sound, also where it stands: no decision comes after the end of a log, or before its start. */
function isSound({ start, sound }: ScreenedEntries, { range, closed, carried }: Pass): boolean {
  return sound[range.size - start] === 1 && !closed && range.size > carried;
}

/** Subtrees that are looked at together: more would outlive the collection of new objects, and be kept for long. */
const NODES_AT_ONCE = 64;

/** Adds sound entries up to the next one that is not, without giving way: there are many, and each is little work. */
async function addSound(screened: ScreenedEntries, pass: Pass): Promise<void> {
  const { start, leafHashes, recordedMs } = screened;
  let nodes: LogNode[] = [];
  while (isSound(screened, pass)) {
    const at = pass.range.size - start;
    const leaf = new Uint8Array(leafHashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
    addLeaf(leaf, recordedMs[at] ?? Number.NaN, pass, nodes);
    pass.blobs.documents += 1;
    if (nodes.length < NODES_AT_ONCE) continue;
    await verifyNodes(nodes, pass);
    nodes = [];
  }
  await verifyNodes(nodes, pass);
}

async function verifyEntry(entry: StoredEntry, pass: Pass): Promise<void> {
  const { log, report, range, keyEvents, blobs } = pass;
  if (entry.index !== range.size) {
    report("entry-missing", `entry ${entry.index} stands where entry ${range.size} belongs`, entry.index);
  }
  const body = readEntryBody(entry.body);
  if (body === undefined) report("body-invalid", "the body is not what gate writes", entry.index);
  if (range.size === 0) {
    pass.origin = body?.kind === "log-created" ? body.log : undefined;
    if (pass.origin === undefined) report("creation-missing", "the log does not start with its creation", entry.index);
  }
  if (body !== undefined) {
    verifyColumns(entry, body, range.size, report);
    verifyPlace(entry, body, pass);
    if (body.kind === "key") addKeyEvent(entry, body, keyEvents, report);
    if (body.log !== pass.origin) report("column-changed", `the entry belongs to the log ${body.log}`, entry.index);
    await verifyBlobs(log, entry, body, blobs, report);
  }
  const leaf = leafHash(entry.body);
  if (!isSameHash(leaf, entry.leafHash)) {
    report("leaf-changed", "the body does not have the hash that was recorded", entry.index);
  }
  const nodes: LogNode[] = [];
  addLeaf(leaf, entry.recordedMs, pass, nodes);
  await verifyNodes(nodes, pass);
}

/** Whether an entry of that kind can stand between the start and the end of its log. */
function verifyPlace({ index }: StoredEntry, body: EntryBody, pass: Pass): void {
  const { range, report } = pass;
  if (pass.closed && !AFTER_CLOSED.has(body.kind)) {
    report("body-invalid", `the ${body.kind} stands after the entry that closes the log`, index);
  }
  pass.closed ||= body.kind === "closed";
  if (range.size === 0) pass.carried = previousOf(body)?.carried ?? 0;
  else if (range.size <= pass.carried && !CARRIED_KINDS.has(body.kind)) {
    report("body-invalid", `the ${body.kind} stands where something of the log before belongs`, index);
  }
}

/** @param nodes the complete subtrees of two leaves and more that arise are added to it */
function addLeaf(leaf: Hash, recordedMs: number, pass: Pass, nodes: LogNode[]): void {
  const { held, origin } = pass;
  const appended = appendLeaf(pass.range, leaf);
  const { range } = appended;
  pass.range = range;
  for (const node of appended.nodes) if (node.level > 0) nodes.push(node);
  for (const trees of held) trees.verify({ origin, range, recordedMs });
}

async function verifyNodes(nodes: readonly LogNode[], pass: Pass): Promise<void> {
  const { log, report } = pass;
  pass.nodes += nodes.length;
  if (log.nodes === undefined) return;
  for (const node of nodes) {
    const later = log.nodes.at(node);
    const stored = later instanceof Promise ? await later : later;
    if (stored !== undefined && isSameHash(stored, node.hash)) continue;
    const place = `subtree ${node.index} at level ${node.level}`;
    report("node-changed", `the hash of ${place} is ${stored === undefined ? "missing" : "another one"}`);
  }
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

async function verifyNodeCount(log: StoredLog, nodes: number, report: ReportFinding): Promise<void> {
  const stored = (await log.nodes?.count()) ?? nodes;
  if (stored > nodes) report("node-extra", `${stored - nodes} hashes belong to no subtree of the log`);
}

function headOf(origin: string, range: CompactRange): TreeHead {
  return { origin, size: range.size, root: toDigest(rootOfRange(range)) };
}
