import type { Digest } from "../../evidence/types.ts";
import { GateError } from "../../util/errors.ts";
import { closedId, refuseClosed } from "../closed.ts";
import { otherBlobs, otherEntry, type Removal, refusePermanent, removalOf, storedBefore } from "../committed.ts";
import { entryBody } from "../entry.ts";
import { EMPTY_ROOT, type Hash, leafHash, rootOfRange, toDigest } from "../log.ts";
import { checkpointText } from "../receipt.ts";
import type { Blob, Disclosure, NewEntry, Receipt, TreeHead, Voucher } from "../store.ts";
import { bundlePath, encodeBundle, TILE_WIDTH, tilePath } from "../tiles.ts";
import type { PlannedCommit } from "./commits.ts";
import {
  blobPath,
  bundleRoot,
  CHECKPOINT_PATH,
  idPath,
  isMediaType,
  TAIL,
  tailPath,
  upperTiles,
  voucherPath,
} from "./layout.ts";
import { documentOfPath, type LoadedPersonal, listPersonal, readPersonal } from "./personal.ts";
import { bodyAt, headAt, type LoadedLog, type LogReader, rangeOf } from "./read.ts";

/** The log as it will be once all commits of a plan are made. */
interface Growing {
  readonly origin: string;
  head: TreeHead;
  bundles: readonly Hash[];
  tail: readonly Uint8Array[];
  /** What the plan adds: receipts of entries by id, and the paths of blobs and vouchers. */
  readonly receipts: Map<string, Receipt>;
  readonly files: Set<string>;
  /** Paths of blobs that the plan removes. */
  readonly removed: Set<string>;
  /** Body of the entry of the plan that closes the log. */
  closing?: Uint8Array;
}

/** Commits to make on a log, in their order. */
export interface Plan {
  readonly log: LoadedLog;
  readonly reader: LogReader;
  readonly growing: Growing;
  readonly commits: PlannedCommit[];
  /** What becomes of the personal data of documents. */
  readonly personal: Map<Digest, readonly Disclosure[]>;
  readonly personalNow: () => Promise<LoadedPersonal>;
}

/** Starts a plan on a log. */
export function planOn(reader: LogReader, log: LoadedLog, personalNow: () => Promise<LoadedPersonal>): Plan {
  const { head, bundles, tail } = log;
  const growing: Growing = { origin: head.origin, head, bundles, tail, ...nothingPlanned() };
  return { log, reader, growing, commits: [], personal: new Map(), personalNow };
}

function nothingPlanned(): Pick<Growing, "receipts" | "files" | "removed"> {
  return { receipts: new Map(), files: new Set(), removed: new Set() };
}

/** The first commit of a log. */
export function creation(origin: string, entry: NewEntry): PlannedCommit {
  const head: TreeHead = { origin, size: 0, root: toDigest(EMPTY_ROOT) };
  const growing: Growing = { origin, head, bundles: [], tail: [], ...nothingPlanned() };
  return { message: `${entry.kind} ${entry.id}`, changes: grow(growing, entry.id, entryBody(origin, entry)) };
}

/**
 * Plans an entry. One that is there already, or planned already, changes nothing.
 *
 * @throws {GateError} `audit-write-failed` where the id is another entry's; `internal` where the blobs are not the ones
 *   that it commits to
 */
export async function planEntry(
  plan: Plan,
  entry: NewEntry,
  blobs: readonly Blob[],
  disclosures: readonly Disclosure[],
): Promise<Receipt> {
  const { growing, log, reader } = plan;
  const body = entryBody(growing.origin, entry);
  const stored = storedBefore(entry, blobs, disclosures);
  const earlier = growing.receipts.get(entry.id) ?? (await receiptOf(reader, log, entry.id));
  if (earlier !== undefined) {
    if (earlier.leafHash !== toDigest(leafHash(body))) throw otherEntry(entry.id);
    return earlier;
  }
  refuseClosed(growing.origin, entry, await closingBody(plan));
  for (const reference of stored) {
    if (!(await hasFile(plan, blobPath(reference)))) throw otherBlobs(entry.id);
  }
  const added = new Map<string, Uint8Array>();
  for (const blob of blobs) {
    if (!isMediaType(blob.mediaType)) throw new GateError("internal", `not a media type: ${blob.mediaType}`);
    const path = blobPath(blob);
    if (!(await hasFile(plan, path))) added.set(path, blob.data);
  }
  const changes = new Map<string, Uint8Array | string | null>(grow(growing, entry.id, body));
  for (const [path, data] of added) {
    changes.set(path, data);
    growing.files.add(path);
    growing.removed.delete(path);
  }
  if (entry.kind === "closed") growing.closing = body;
  plan.commits.push({ message: `${entry.kind} ${entry.id}`, changes });
  for (const disclosure of disclosures) {
    const others = plan.personal.get(disclosure.document) ?? [];
    plan.personal.set(disclosure.document, [...others, disclosure]);
  }
  const receipt = { index: growing.head.size - 1, leafHash: toDigest(leafHash(body)), head: growing.head };
  growing.receipts.set(entry.id, receipt);
  return receipt;
}

/**
 * Plans a deletion, in one commit with its entry. What it lists goes from the newest tree of files; earlier commits keep it.
 *
 * @param size of the log that it was planned on
 * @returns undefined where the log has grown since
 * @throws {GateError} as {@link planEntry}
 */
export async function planRemoval(
  plan: Plan,
  entry: NewEntry,
  blobs: readonly Blob[],
  size: number,
): Promise<Receipt | undefined> {
  const { growing, log, reader } = plan;
  const isThere = growing.receipts.has(entry.id) || (await indexOf(reader, log, entry.id)) !== undefined;
  if (!isThere && growing.head.size !== size) return undefined;
  const removal = removalOf(entry, blobs);
  const paths = isThere ? [] : await pathsOf(plan, removal.documents);
  const receipt = await planEntry(plan, entry, blobs, []);
  const last = plan.commits.at(-1);
  if (isThere || last === undefined) return receipt;
  const changes = new Map(last.changes);
  for (const path of paths) {
    changes.set(path, null);
    growing.removed.add(path);
  }
  plan.commits[plan.commits.length - 1] = { ...last, changes };
  await planForgetting(plan, removal);
  return receipt;
}

/** What is known of documents goes with them, and of other documents what is known of some commitments. */
async function planForgetting({ reader, personal, personalNow }: Plan, removal: Removal): Promise<void> {
  const now = await personalNow();
  const documents = new Set(removal.documents);
  const commitments = new Set(removal.commitments);
  for (const path of (await listPersonal(reader, now)).keys()) {
    const document = documentOfPath(path);
    if (document === undefined) continue;
    const known = await readPersonal(reader, now, document);
    const left = documents.has(document) ? [] : known.filter(({ commitment }) => !commitments.has(commitment));
    if (left.length < known.length) personal.set(document, left);
  }
}

/** Where documents are, as far as they are there. */
async function pathsOf({ reader, log }: Plan, documents: readonly Digest[]): Promise<readonly string[]> {
  const types: string[] = [];
  for (const [type] of (await reader.list(log.tree, "blob")) ?? []) {
    for (const [subtype] of (await reader.list(log.tree, `blob/${type}`)) ?? []) types.push(`${type}/${subtype}`);
  }
  const paths: string[] = [];
  for (const digest of documents) {
    for (const mediaType of types) {
      const path = blobPath({ digest, mediaType });
      if (!(await reader.exists(log.tree, path))) continue;
      refusePermanent(digest, mediaType);
      paths.push(path);
    }
  }
  return paths;
}

/** The body of the entry that closes the log. */
async function closingBody({ growing, reader, log }: Plan): Promise<Uint8Array | undefined> {
  if (growing.closing !== undefined) return growing.closing;
  const index = await indexOf(reader, log, closedId(log.head.origin));
  return index === undefined ? undefined : bodyAt(reader, log, index);
}

async function receiptOf(reader: LogReader, log: LoadedLog, id: string): Promise<Receipt | undefined> {
  const index = await indexOf(reader, log, id);
  if (index === undefined) return undefined;
  const leaf = leafHash(await bodyAt(reader, log, index));
  return { index, leafHash: toDigest(leaf), head: await headAt(reader, log, index + 1) };
}

/**
 * Plans a voucher. The log's own checkpoint of its newest tree becomes the file that readers of tiles look for.
 *
 * @throws {GateError} `audit-write-failed` for a name that no file can have
 */
export async function planVoucher(plan: Plan, voucher: Voucher): Promise<void> {
  const path = voucherPath(voucher);
  if (path === undefined) throw new GateError("audit-write-failed", "the name of a voucher is too long");
  if (await hasFile(plan, path)) return;
  const changes = new Map<string, Uint8Array>([[path, voucher.material]]);
  const isNewest =
    voucher.kind === "checkpoint" &&
    Buffer.from(voucher.material)
      .toString("utf8")
      .startsWith(`${checkpointText(plan.growing.head)}\n`);
  if (isNewest) changes.set(CHECKPOINT_PATH, voucher.material);
  plan.growing.files.add(path);
  plan.commits.push({ message: `${voucher.kind} of ${voucher.size} entries`, changes });
}

/** The index that the log has for an id. */
export async function indexOf(reader: LogReader, log: LoadedLog, id: string): Promise<number | undefined> {
  const text = (await reader.file(log.tree, idPath(id)))?.toString("latin1");
  if (text === undefined) return undefined;
  const index = Number(text);
  if (text === `${index}\n` && Number.isSafeInteger(index) && index >= 0 && index < log.head.size) return index;
  throw new GateError("audit-corrupt", `the audit log has no entry where its index has ${id}`, {
    hint: "Run `gate audit verify`.",
  });
}

async function hasFile({ growing, reader, log }: Plan, path: string): Promise<boolean> {
  if (growing.files.has(path)) return true;
  return !growing.removed.has(path) && (await reader.exists(log.tree, path));
}

/** Adds an entry and says what changes. */
function grow(growing: Growing, id: string, body: Uint8Array): Map<string, Uint8Array | string | null> {
  const index = growing.head.size;
  const changes = new Map<string, Uint8Array | string | null>([[idPath(id), `${index}\n`]]);
  growing.tail = [...growing.tail, body];
  if (growing.tail.length === TILE_WIDTH) {
    const number = growing.bundles.length;
    const before = upperTiles(growing.bundles);
    const root = bundleRoot(growing.tail);
    growing.bundles = [...growing.bundles, root];
    changes.set(TAIL, null);
    changes.set(bundlePath(number), encodeBundle(growing.tail));
    changes.set(tilePath(0, number), Buffer.concat(growing.tail.map(leafHash)));
    growing.tail = [];
    changeTiles(before, upperTiles(growing.bundles), changes);
  } else changes.set(tailPath(index), body);
  growing.head = headOf(growing);
  changes.set(CHECKPOINT_PATH, checkpointText(growing.head));
  return changes;
}

function changeTiles(
  before: ReadonlyMap<string, Uint8Array>,
  after: ReadonlyMap<string, Uint8Array>,
  changes: Map<string, Uint8Array | string | null>,
): void {
  for (const path of before.keys()) if (!after.has(path)) changes.set(path.slice(0, path.lastIndexOf("/")), null);
  for (const [path, tile] of after) if (!before.has(path)) changes.set(path, tile);
}

function headOf({ origin, bundles, tail }: Growing): TreeHead {
  const range = rangeOf(bundles, tail);
  return { origin, size: range.size, root: toDigest(rootOfRange(range)) };
}
