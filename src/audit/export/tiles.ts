import { GateError } from "../../util/errors.ts";
import { appendLeaf, type CompactRange, EMPTY_RANGE, leafHash, rootOfRange, toDigest } from "../log.ts";
import type { TreeHead } from "../store.ts";
import { bundlePath, encodeBundle, TILE_HEIGHT, TILE_WIDTH, tilePath } from "../tiles.ts";
import { signedCheckpoint, unsignedCheckpoint } from "./checkpoint.ts";
import { corrupt } from "./entries.ts";
import type { ExportSource } from "./source.ts";

/** A file of the directory. */
export interface TileFile {
  /** Relative, with `/`. */
  readonly path: string;
  readonly data: Uint8Array;
  /** Whether what is in it never changes: all but the checkpoint. */
  readonly final: boolean;
}

/**
 * The whole log as the files of a C2SP tlog-tiles directory: bundles of entries, tiles of hashes, and `checkpoint` as the
 * last, which speaks of what is there already. The hashes are recomputed from the entries. Where the store keeps no signed
 * checkpoint of the tree, `checkpoint` has no signature.
 *
 * @param earlier the tree that is in the directory already
 * @throws {GateError} `audit-corrupt` where the entries do not have the root of the tree, or do not start with those of the
 *   earlier one; `output-failed` where that is larger or of another log
 */
export async function* tiles({ store, head, entries }: ExportSource, earlier?: TreeHead): AsyncIterable<TileFile> {
  if (earlier !== undefined) refuseOther(earlier, head);
  let range = EMPTY_RANGE;
  let bundle: Uint8Array[] = [];
  const levels: Uint8Array[][] = [];
  for await (const { entry } of entries) {
    if (entry.index !== range.size) throw corrupt(range.size, "is missing");
    const appended = appendLeaf(range, leafHash(entry.body));
    range = appended.range;
    refuseFork(earlier, range);
    bundle.push(entry.body);
    if (bundle.length === TILE_WIDTH) {
      yield bundleFile(range.size / TILE_WIDTH - 1, bundle);
      bundle = [];
    }
    for (const node of appended.nodes) {
      if (node.level % TILE_HEIGHT !== 0) continue;
      const level = node.level / TILE_HEIGHT;
      const tile = (levels[level] ??= []);
      tile.push(node.hash);
      if (tile.length < TILE_WIDTH) continue;
      yield tileFile(level, (node.index + 1) / TILE_WIDTH - 1, tile);
      levels[level] = [];
    }
  }
  if (range.size !== head.size) throw corrupt(range.size, "is missing");
  if (toDigest(rootOfRange(range)) !== head.root) throw corrupt(head.size - 1, "and those before it have another root");
  if (bundle.length > 0) yield bundleFile(Math.floor(head.size / TILE_WIDTH), bundle);
  for (const [level, tile] of levels.entries()) {
    const index = Math.floor(head.size / TILE_WIDTH ** (level + 1));
    if (tile.length > 0) yield tileFile(level, index, tile);
  }
  const checkpoint = (await signedCheckpoint(store, head)) ?? unsignedCheckpoint(head);
  yield { path: "checkpoint", data: Buffer.from(checkpoint, "utf8"), final: false };
}

function refuseOther(earlier: TreeHead, head: TreeHead): void {
  if (earlier.origin === head.origin && earlier.size <= head.size) return;
  throw new GateError(
    "output-failed",
    `the directory holds ${earlier.size} entries of ${earlier.origin}, the log is ${head.origin} with ${head.size}`,
    { hint: "Export into a directory of its own for each log; if it is the same log, it was cut: verify it." },
  );
}

function refuseFork(earlier: TreeHead | undefined, range: CompactRange): void {
  if (earlier?.size !== range.size || toDigest(rootOfRange(range)) === earlier.root) return;
  throw new GateError(
    "audit-corrupt",
    `the first ${earlier.size} entries are not the ones of the directory's checkpoint`,
    {
      hint: "One of the two was rewritten: run `gate audit verify` with a checkpoint that was kept elsewhere.",
    },
  );
}

function bundleFile(number: number, bodies: readonly Uint8Array[]): TileFile {
  return { path: bundlePath(number, bodies.length), data: encodeBundle(bodies), final: true };
}

function tileFile(level: number, number: number, hashes: readonly Uint8Array[]): TileFile {
  return { path: tilePath(level, number, hashes.length), data: Buffer.concat(hashes), final: true };
}
