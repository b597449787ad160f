import { GateError } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import {
  appendLeaf,
  type CompactRange,
  EMPTY_RANGE,
  type Hash,
  isSameHash,
  leafHash,
  type NodeId,
  rootOf,
  rootOfRange,
  toDigest,
} from "../log.ts";
import { ENTRY_KINDS, type EntryKind, type TreeHead } from "../store.ts";
import { bundlePath, TILE_HEIGHT, TILE_WIDTH, tilePath } from "../tiles.ts";
import { UUID_PATTERN } from "../uuid.ts";
import type { GitCache } from "./cache.ts";
import { bundleRoot, CHECKPOINT_PATH, decodeBundle, decodeTile, parseHead, TAIL, tailPath } from "./layout.ts";
import { parseTree, type TreeEntry } from "./objects.ts";

/**
 * The log at one commit, checked as far as appending and reading go: the entries after the last complete bundle and the
 * roots of the bundles give the root that the checkpoint states.
 */
export interface LoadedLog {
  readonly commit: string;
  /** The name of the commit's tree. */
  readonly tree: string;
  readonly head: TreeHead;
  /** Of the complete bundles. */
  readonly bundles: readonly Hash[];
  /** The bodies of the entries after the last complete bundle. */
  readonly tail: readonly Uint8Array[];
}

/** Folders whose files an append needs, with those that lead to them. */
const NEEDED_FOLDERS = [[TAIL], ["tile", "1"]] as const;

const FOLDER_MODE = "40000";
const FILE_MODE = "100644";
const MOST_DEPTH = 12;
const KEPT_BUNDLES = 16;

/** Reads the files of logs through a cache; folders and bundles are remembered. */
export interface LogReader {
  /** @throws {GateError} `audit-corrupt` where the commit holds no log that agrees with itself */
  load(commit: string): Promise<LoadedLog>;
  /** The files and folders of a folder, by name; undefined where there is no such folder. */
  list(tree: string, path: string): Promise<ReadonlyMap<string, TreeEntry> | undefined>;
  /** The content of a file; undefined where there is none of that path. */
  file(tree: string, path: string): Promise<Buffer | undefined>;
  /** Whether there is such a file, without reading it. */
  exists(tree: string, path: string): Promise<boolean>;
  /** Every file below a folder, by its path below it, however deep. */
  walk(tree: string, path: string): Promise<ReadonlyMap<string, TreeEntry>>;
  /** Sees to it that files are here before they are read one by one. */
  prefetch(oids: Iterable<string>): Promise<void>;
  content(oid: string): Promise<Buffer>;
  /** The bodies of a complete bundle, which have its root. */
  bundle(log: LoadedLog, number: number): Promise<readonly Uint8Array[]>;
  /** Fetches complete bundles together. */
  prefetchBundles(log: LoadedLog, numbers: readonly number[]): Promise<void>;
}

/** Reads logs out of a cache. */
export function logReader(cache: GitCache): LogReader {
  const trees = new Map<string, ReadonlyMap<string, TreeEntry>>();
  const bundles = new Map<string, readonly Uint8Array[]>();

  async function folderOf(oid: string): Promise<ReadonlyMap<string, TreeEntry>> {
    const known = trees.get(oid);
    if (known !== undefined) return known;
    const object = await cache.reader.read(oid);
    if (object?.type !== "tree") throw corrupt("a folder is missing");
    const tree = parseTree(object.data, cache.hashBytes);
    if (trees.size > 4096) trees.clear();
    trees.set(oid, tree);
    return tree;
  }

  async function entry(tree: string, path: string): Promise<TreeEntry | undefined> {
    let found: TreeEntry = { mode: FOLDER_MODE, oid: tree };
    for (const name of path.split("/")) {
      if (found.mode !== FOLDER_MODE) return undefined;
      const next = (await folderOf(found.oid)).get(name);
      if (next === undefined) return undefined;
      found = next;
    }
    return found;
  }

  async function list(tree: string, path: string): Promise<ReadonlyMap<string, TreeEntry> | undefined> {
    const folder = path === "" ? { mode: FOLDER_MODE, oid: tree } : await entry(tree, path);
    return folder?.mode === FOLDER_MODE ? folderOf(folder.oid) : undefined;
  }

  async function content(oid: string): Promise<Buffer> {
    let object = await cache.reader.read(oid);
    if (object === undefined) {
      await cache.fetchFiles([oid]);
      object = await cache.reader.read(oid);
    }
    if (object?.type !== "blob") throw corrupt("a file is missing");
    return object.data;
  }

  async function file(tree: string, path: string): Promise<Buffer | undefined> {
    const found = await entry(tree, path);
    return found?.mode === FILE_MODE ? content(found.oid) : undefined;
  }

  async function walk(tree: string, path: string): Promise<ReadonlyMap<string, TreeEntry>> {
    const files = new Map<string, TreeEntry>();
    const visit = async (folder: ReadonlyMap<string, TreeEntry>, prefix: string, depth: number): Promise<void> => {
      if (depth > MOST_DEPTH) throw corrupt("its folders are too deep");
      for (const [name, found] of folder) {
        if (found.mode === FOLDER_MODE) await visit(await folderOf(found.oid), `${prefix}${name}/`, depth + 1);
        else files.set(`${prefix}${name}`, found);
      }
    };
    await visit((await list(tree, path)) ?? new Map<string, TreeEntry>(), "", 0);
    return files;
  }

  async function prefetch(oids: Iterable<string>): Promise<void> {
    const wanted = [...new Set(oids)];
    if (wanted.length === 0) return;
    const answer = await cache.local(["cat-file", "--batch-check=%(objectname)"], `${wanted.join("\n")}\n`);
    const missing = answer.stdout
      .toString("latin1")
      .split("\n")
      .flatMap((line) => (line.endsWith(" missing") ? [line.slice(0, -" missing".length)] : []));
    await cache.fetchFiles(missing);
  }

  async function load(commit: string): Promise<LoadedLog> {
    const tree = await treeOf(cache, commit);
    const needed = await Promise.all(NEEDED_FOLDERS.map((path) => walk(tree, path.join("/"))));
    const checkpoint = await entry(tree, CHECKPOINT_PATH);
    const oids = needed.flatMap((files) => [...files.values()].map(({ oid }) => oid));
    await prefetch(checkpoint === undefined ? oids : [checkpoint.oid, ...oids]);

    const head = parseHead((await file(tree, CHECKPOINT_PATH))?.toString("utf8") ?? "");
    if (head === undefined || head.size === 0) throw corrupt("it has no checkpoint");
    const complete = Math.floor(head.size / TILE_WIDTH);
    const roots: Hash[] = [];
    for (let start = 0; start < complete; start += TILE_WIDTH) {
      const width = Math.min(TILE_WIDTH, complete - start);
      const tile = await file(tree, tilePath(1, start / TILE_WIDTH, width));
      const hashes = tile === undefined ? undefined : decodeTile(tile, width);
      if (hashes === undefined) throw corrupt("a tile is missing");
      roots.push(...hashes);
    }
    const tail: Uint8Array[] = [];
    for (let index = complete * TILE_WIDTH; index < head.size; index++) {
      const body = await file(tree, tailPath(index));
      if (body === undefined) throw corrupt(`entry ${index} is missing`);
      tail.push(body);
    }
    if (toDigest(rootOfRange(rangeOf(roots, tail))) !== head.root)
      throw corrupt("it does not agree with its checkpoint");
    const last = tail.at(-1);
    if (last !== undefined && entryOf(last, head.size - 1).log !== head.origin) throw corrupt("its name was changed");
    return { commit, tree, head, bundles: roots, tail };
  }

  async function bundle(log: LoadedLog, number: number): Promise<readonly Uint8Array[]> {
    const root = log.bundles[number];
    if (root === undefined) throw corrupt(`there is no bundle ${number} of entries`);
    const key = toDigest(root);
    const known = bundles.get(key);
    if (known !== undefined) return known;
    const found = await entry(log.tree, bundlePath(number));
    const bodies = found?.mode === FILE_MODE ? decodeBundle(await content(found.oid)) : undefined;
    if (bodies === undefined || !isSameHash(bundleRoot(bodies), root)) {
      throw corrupt(`the bundle ${number} of entries is not the one that was recorded`);
    }
    if (bundles.size >= KEPT_BUNDLES) bundles.clear();
    bundles.set(key, bodies);
    return bodies;
  }

  return {
    load,
    list,
    file,
    async exists(tree, path) {
      return (await entry(tree, path))?.mode === FILE_MODE;
    },
    walk,
    prefetch,
    content,
    bundle,
    async prefetchBundles(log, numbers) {
      const found = await Promise.all(numbers.map((number) => entry(log.tree, bundlePath(number))));
      await prefetch(found.flatMap((one) => (one === undefined ? [] : [one.oid])));
    },
  };
}

/** The name of a commit's tree. @throws {GateError} `audit-corrupt` where it is no commit */
export async function treeOf(cache: Pick<GitCache, "reader">, commit: string): Promise<string> {
  const object = await cache.reader.read(commit);
  const tree = object?.type === "commit" ? /^tree ([0-9a-f]+)\n/.exec(object.data.toString("latin1", 0, 80))?.[1] : "";
  if (tree === undefined || tree === "") throw corrupt("its ref names no commit");
  return tree;
}

/** The body of an entry. */
export async function bodyAt(reader: LogReader, log: LoadedLog, index: number): Promise<Uint8Array> {
  const number = Math.floor(index / TILE_WIDTH);
  const bodies = number < log.bundles.length ? await reader.bundle(log, number) : log.tail;
  const body = bodies[index % TILE_WIDTH];
  if (body === undefined) throw new GateError("internal", `the log has no entry ${index}`);
  return body;
}

/** The tree of the first `size` entries. */
export async function headAt(reader: LogReader, log: LoadedLog, size: number): Promise<TreeHead> {
  if (size === log.head.size) return log.head;
  const complete = Math.floor(size / TILE_WIDTH);
  const rest = size % TILE_WIDTH;
  let bodies: readonly Uint8Array[] = [];
  if (rest > 0) bodies = complete < log.bundles.length ? await reader.bundle(log, complete) : log.tail;
  const range = rangeOf(log.bundles.slice(0, complete), bodies.slice(0, rest));
  return { origin: log.head.origin, size, root: toDigest(rootOfRange(range)) };
}

/**
 * The hash of a complete subtree.
 *
 * @throws {GateError} `audit-corrupt` where it is not complete
 */
export async function nodeAt(reader: LogReader, log: LoadedLog, { level, index }: NodeId): Promise<Hash> {
  const leaves = 2 ** level;
  if ((index + 1) * leaves > log.head.size) throw noSubtree(level, index);
  if (level >= TILE_HEIGHT) {
    const width = leaves / TILE_WIDTH;
    return rootOf(log.bundles.slice(index * width, (index + 1) * width));
  }
  const start = index * leaves;
  const number = Math.floor(start / TILE_WIDTH);
  const bodies = number < log.bundles.length ? await reader.bundle(log, number) : log.tail;
  return bundleRoot(bodies.slice(start % TILE_WIDTH, (start % TILE_WIDTH) + leaves));
}

/** The range of a log by its complete bundles and what comes after them. */
export function rangeOf(bundles: readonly Hash[], tail: readonly Uint8Array[]): CompactRange {
  const parts = [bundles, tail.map(leafHash)].map((hashes) => {
    let range = EMPTY_RANGE;
    for (const hash of hashes) range = appendLeaf(range, hash).range;
    return range.hashes;
  });
  return { size: bundles.length * TILE_WIDTH + tail.length, hashes: parts.flat() };
}

/** Whether a log starts with a tree that was seen before; where it does not, it was rewritten. */
export async function isContinued(reader: LogReader, log: LoadedLog, seen: TreeHead): Promise<boolean> {
  if (seen.origin !== log.head.origin || seen.size > log.head.size) return false;
  return (await headAt(reader, log, seen.size)).root === seen.root;
}

/** What an entry says of itself; its body is under the root, so that it is not looked at closer here. */
export function entryOf(
  body: Uint8Array,
  index: number,
): { readonly id: string; readonly kind: EntryKind; log: unknown } {
  const read = parseBody(body);
  const kind = ENTRY_KINDS.find((known) => known === read?.["kind"]);
  const id = read?.["id"];
  if (kind === undefined || typeof id !== "string" || !UUID_PATTERN.test(id)) {
    throw corrupt(`entry ${index} is not what gate writes`);
  }
  return { id, kind, log: read?.["log"] };
}

function parseBody(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** An `audit-corrupt` error about the log. */
function corrupt(what: string): GateError {
  return new GateError("audit-corrupt", `the audit log is damaged: ${what}`, {
    hint: "Run `gate audit verify`, and restore the ref from a copy.",
  });
}

function noSubtree(level: number, index: number): GateError {
  return corrupt(`it lacks the hash of subtree ${index} at level ${level}`);
}
