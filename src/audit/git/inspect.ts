import type { Digest } from "../../evidence/types.ts";
import { GateError } from "../../util/errors.ts";
import { readEntryBody } from "../entry.ts";
import { type Hash, leafHash, rootOf, toDigest } from "../log.ts";
import type { Blob, Disclosure, TreeHead, Voucher, VoucherKind } from "../store.ts";
import type { FindingCode, ReportFinding, StoredEntry, StoredLog } from "../stored.ts";
import { bundlePath, TILE_WIDTH, tilePath } from "../tiles.ts";
import { type GitCache, openCache, SEEN_REF } from "./cache.ts";
import { decodeBundle, type LogFile, parseHead, readPath, tailPath, upperTiles } from "./layout.ts";
import { type GitLocation, gitLocationText } from "./location.ts";
import type { TreeEntry } from "./objects.ts";
import { documentOfPath, fetchPersonal, type LoadedPersonal, listPersonal, parseDisclosures } from "./personal.ts";
import { type LogReader, logReader } from "./read.ts";
import { largestFirst, remember } from "./store.ts";

const FILE_MODE = "100644";

/** What errors of reaching and reading the ref mean. */
const MEANING_OF: Readonly<Partial<Record<GateError["code"], FindingCode>>> = {
  "audit-unreadable": "unreadable",
  "audit-corrupt": "file-damaged",
  usage: "not-found",
};

/**
 * Checks the log on a ref of a remote as it is there now: what files it has, and that tiles, index and checkpoint are
 * those of the entries; the entries and documents `verify` checks. That git has a file under some name proves nothing.
 */
export async function inspectGitLog(
  location: GitLocation,
  report: ReportFinding,
  verify: (log: StoredLog) => Promise<void>,
): Promise<void> {
  let cache: GitCache | undefined;
  try {
    cache = await openCache(location);
    await inspect(cache, location, report, verify);
  } catch (error) {
    const code = error instanceof GateError ? MEANING_OF[error.code] : undefined;
    if (code === undefined || !(error instanceof GateError)) throw error;
    report(code, error.message);
  } finally {
    cache?.close();
  }
}

async function inspect(
  cache: GitCache,
  location: GitLocation,
  report: ReportFinding,
  verify: (log: StoredLog) => Promise<void>,
): Promise<void> {
  const reader = logReader(cache);
  const seen = await seenTree(cache, reader);
  const { commit, personal } = await fetchBoth(cache);
  if (commit === undefined) {
    if (seen === undefined) report("not-found", `there is no audit log at ${gitLocationText(location)}`);
    else report("truncated", `the log is gone from the remote; this clone has seen ${seen.size} entries of it`);
    return;
  }
  const files = await readFiles(reader, await treeOf(cache, commit), report);
  if (files.checkpoint === undefined && files.bundles.size + files.tail.size === 0) {
    report("not-a-log", `${gitLocationText(location)} is not an audit log of gate`);
    return;
  }
  await reader.prefetch(files.oids);
  const leaves: Hash[] = [];
  const log = {
    ...(await storedLog(reader, files, leaves, report)),
    ...(await storedPersonal(personal, reader, report)),
  };
  let origin: string | undefined;
  await verify({
    ...log,
    async *entries() {
      for await (const entry of log.entries()) {
        origin ??= readEntryBody(entry.body)?.log;
        yield entry;
      }
    },
  });
  const head = await verifyCheckpoint(reader, files, { leaves, origin }, report);
  await verifyTiles(reader, files, leaves, report);
  if (seen !== undefined && !startsWith(leaves, head?.origin, seen)) {
    const code = seen.size > leaves.length ? "truncated" : "root-changed";
    report(code, `the log no longer starts with the ${seen.size} entries that this clone has seen before`);
  } else if (head !== undefined) await remember(cache, reader, commit, head);
}

/** How often to look again where somebody appends meanwhile. */
const LOOKS = 20;

/** The log and the personal data of one moment: both are pushed together, and fetched one after the other. */
async function fetchBoth(
  cache: GitCache,
): Promise<{ readonly commit: string | undefined; readonly personal: LoadedPersonal }> {
  let personal = await fetchPersonal(cache);
  for (let look = 1; ; look++) {
    const commit = await cache.fetchTip();
    const again = await fetchPersonal(cache);
    if (again.commit === personal.commit || look === LOOKS) return { commit, personal };
    personal = again;
  }
}

async function seenTree(cache: GitCache, reader: LogReader): Promise<TreeHead | undefined> {
  const commit = (await cache.reader.read(SEEN_REF))?.oid;
  const tree = commit === undefined ? undefined : await treeOf(cache, commit);
  return tree === undefined ? undefined : parseHead((await reader.file(tree, "checkpoint"))?.toString("utf8") ?? "");
}

async function treeOf(cache: GitCache, commit: string): Promise<string> {
  const object = await cache.reader.read(commit);
  const tree = /^tree ([0-9a-f]+)\n/.exec(object?.data.toString("latin1", 0, 80) ?? "")?.[1];
  if (object?.type === "commit" && tree !== undefined) return tree;
  throw new GateError("audit-corrupt", "the ref names no commit");
}

/** The files of a log, by what they are. */
interface LogFiles {
  checkpoint: string | undefined;
  readonly bundles: Map<number, string>;
  readonly tail: Map<number, string>;
  readonly tiles: Map<string, string>;
  readonly ids: Map<string, string>;
  readonly blobs: Map<Digest, { readonly oid: string; readonly mediaType: string }>;
  blobCount: number;
  readonly vouchers: (Omit<Voucher, "material"> & { readonly oid: string })[];
  readonly oids: string[];
}

async function readFiles(reader: LogReader, tree: string, report: ReportFinding): Promise<LogFiles> {
  const files: LogFiles = {
    checkpoint: undefined,
    bundles: new Map(),
    tail: new Map(),
    tiles: new Map(),
    ids: new Map(),
    blobs: new Map(),
    blobCount: 0,
    vouchers: [],
    oids: [],
  };
  for (const [path, entry] of await reader.walk(tree, "")) {
    const file = entry.mode === FILE_MODE ? readPath(path) : undefined;
    if (file === undefined) report("schema-changed", `${path} is no file of an audit log`);
    else addFile(files, file, path, entry);
  }
  return files;
}

function addFile(files: LogFiles, file: LogFile, path: string, { oid }: TreeEntry): void {
  files.oids.push(oid);
  switch (file.type) {
    case "checkpoint":
      files.checkpoint = oid;
      break;
    case "bundle":
      files.bundles.set(file.number, oid);
      break;
    case "tail":
      files.tail.set(file.index, oid);
      break;
    case "tile":
      files.tiles.set(path, oid);
      break;
    case "id":
      files.ids.set(file.id, oid);
      break;
    case "blob":
      files.blobs.set(file.digest, { oid, mediaType: file.mediaType });
      files.blobCount += 1;
      break;
    case "voucher":
      files.vouchers.push({ kind: file.kind, size: file.size, name: file.name, oid });
      break;
    default:
      file satisfies never;
  }
}

/** What the ref beside the log's holds. */
async function storedPersonal(
  personal: LoadedPersonal,
  reader: LogReader,
  report: ReportFinding,
): Promise<Pick<StoredLog, "disclosures" | "disclosureCount">> {
  const byDocument = new Map<Digest, readonly Disclosure[]>();
  let count = 0;
  for (const [path, oid] of await listPersonal(reader, personal)) {
    const document = documentOfPath(path);
    const found = document === undefined ? undefined : parseDisclosures(document, await reader.content(oid));
    if (document === undefined) report("schema-changed", `${path} is no file of personal data`);
    else if (found === undefined) report("disclosure-changed", `${path} is not what gate writes`);
    else byDocument.set(document, found);
    count += found?.length ?? 0;
  }
  return {
    disclosures: (document) => byDocument.get(document) ?? [],
    disclosureCount: () => count,
  };
}

/** @param leaves receives the hash of each entry's body, in the order of the log */
async function storedLog(
  reader: LogReader,
  files: LogFiles,
  leaves: Hash[],
  report: ReportFinding,
): Promise<Omit<StoredLog, "disclosures" | "disclosureCount">> {
  const ids = await readIndex(reader, files, report);
  return {
    async *entries(): AsyncIterable<StoredEntry> {
      for await (const [index, body, stated] of bodies(reader, files, report)) {
        const leaf = leafHash(body);
        leaves.push(leaf);
        const read = readEntryBody(body);
        const id = ids.get(index) ?? "";
        ids.delete(index);
        const recordedMs = Date.parse(read?.time ?? "");
        yield { index, id, kind: read?.kind ?? "", recordedMs, body, leafHash: stated ?? leaf };
      }
      if (ids.size > 0) report("column-changed", `${ids.size} ids are stored of no entry`);
    },
    async blob(digest: Digest): Promise<Blob | undefined> {
      const found = files.blobs.get(digest);
      if (found === undefined) return undefined;
      return { digest, mediaType: found.mediaType, data: await reader.content(found.oid) };
    },
    blobCount: () => files.blobCount,
    async *vouchers(kind: VoucherKind): AsyncIterable<Voucher> {
      const kept = files.vouchers.filter((voucher) => voucher.kind === kind).toSorted(largestFirst);
      for (const { oid, ...voucher } of kept) yield { ...voucher, material: await reader.content(oid) };
    },
  };
}

/** The ids by the indexes that are stored of them. */
async function readIndex(reader: LogReader, files: LogFiles, report: ReportFinding): Promise<Map<number, string>> {
  const ids = new Map<number, string>();
  for (const [id, oid] of files.ids) {
    const text = (await reader.content(oid)).toString("latin1");
    const index = Number(text);
    if (text !== `${index}\n` || !Number.isSafeInteger(index) || ids.has(index)) {
      report("column-changed", `the index of ${id} is stored as ${JSON.stringify(text.slice(0, 40))}`);
    } else ids.set(index, id);
  }
  return ids;
}

/** Each entry with its index and, from a complete bundle, the hash that its tile has for it. */
async function* bodies(
  reader: LogReader,
  files: LogFiles,
  report: ReportFinding,
): AsyncIterable<readonly [index: number, body: Uint8Array, stated: Hash | undefined]> {
  for (const number of [...files.bundles.keys()].toSorted((a, b) => a - b)) {
    const bundle = decodeBundle(await reader.content(files.bundles.get(number) ?? ""));
    if (bundle === undefined) {
      report("file-damaged", `${bundlePath(number)} is not a bundle of ${TILE_WIDTH} entries`);
      continue;
    }
    const oid = files.tiles.get(tilePath(0, number));
    const tile = oid === undefined ? undefined : await reader.content(oid);
    for (const [offset, body] of bundle.entries()) {
      const stated = tile?.subarray(offset * 32, offset * 32 + 32);
      yield [number * TILE_WIDTH + offset, body, stated];
    }
  }
  for (const index of [...files.tail.keys()].toSorted((a, b) => a - b)) {
    yield [index, await reader.content(files.tail.get(index) ?? ""), undefined];
  }
}

async function verifyCheckpoint(
  reader: LogReader,
  { checkpoint }: LogFiles,
  { leaves, origin }: { readonly leaves: readonly Hash[]; readonly origin: string | undefined },
  report: ReportFinding,
): Promise<TreeHead | undefined> {
  const stated = checkpoint === undefined ? undefined : parseHead((await reader.content(checkpoint)).toString("utf8"));
  if (stated === undefined) {
    report("file-damaged", "the checkpoint is missing, or is none");
    return undefined;
  }
  if (stated.size > leaves.length) {
    report("truncated", `the checkpoint of the log is of ${stated.size} entries, the log holds ${leaves.length}`);
  } else if (stated.origin !== origin || stated.size < leaves.length || toDigest(rootOf(leaves)) !== stated.root) {
    report("root-changed", `the checkpoint of the log is not that of its ${leaves.length} entries`);
  }
  return stated;
}

/** Compares every tile with the one that follows from the entries; those of level 0 entry by entry, as their hashes. */
async function verifyTiles(
  reader: LogReader,
  { tiles, bundles, tail }: LogFiles,
  leaves: readonly Hash[],
  report: ReportFinding,
): Promise<void> {
  const complete = Math.floor(leaves.length / TILE_WIDTH);
  const roots: Hash[] = [];
  const expected = new Map<string, Buffer>();
  for (let number = 0; number < complete; number++) {
    const hashes = leaves.slice(number * TILE_WIDTH, (number + 1) * TILE_WIDTH);
    roots.push(rootOf(hashes));
    expected.set(tilePath(0, number), Buffer.concat(hashes));
    if (!bundles.has(number)) report("entry-missing", `${bundlePath(number)} is missing`, number * TILE_WIDTH);
  }
  for (const [path, tile] of upperTiles(roots)) expected.set(path, tile);
  for (const [path, tile] of expected) {
    const oid = tiles.get(path);
    if (oid === undefined) report("node-changed", `the tile ${path} is missing`);
    else if (!tile.equals(await reader.content(oid))) report("node-changed", `the tile ${path} has other hashes`);
  }
  for (const path of tiles.keys()) {
    if (!expected.has(path)) report("node-extra", `the tile ${path} belongs to no subtree of the log`);
  }
  for (const index of tail.keys()) {
    if (index < complete * TILE_WIDTH) report("entry-missing", `${tailPath(index)} stands beside its bundle`, index);
  }
}

function startsWith(leaves: readonly Hash[], origin: string | undefined, seen: TreeHead): boolean {
  if (seen.origin !== origin || seen.size > leaves.length) return false;
  return toDigest(rootOf(leaves.slice(0, seen.size))) === seen.root;
}
