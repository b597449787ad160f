import type { Digest } from "../../evidence/types.ts";
import { isOrigin } from "../checkpoint.ts";
import type { BlobReference } from "../evidence.ts";
import { type Hash, leafHash, rootOf, toDigest } from "../log.ts";
import { checkpointText } from "../receipt.ts";
import { type TreeHead, VOUCHER_KINDS, type Voucher, type VoucherKind } from "../store.ts";
import { bundlePath, TILE_WIDTH, tilePath } from "../tiles.ts";
import { UUID_PATTERN } from "../uuid.ts";

/**
 * Where the parts of a log are in the tree of files that its ref names.
 *
 * Complete tiles and bundles of entries are C2SP tlog-tiles. The entries after the last complete bundle are a file each:
 * as partial bundles, which are written anew with each entry, they would take ten times the space (docs/audit-git.md).
 */

export const CHECKPOINT_PATH = "checkpoint";
/** The folder of the entries after the last complete bundle. */
export const TAIL = "tail";

const HASH_BYTES = 32;
const HEAD = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n(?:\n|$)/;
const ID_SHARD = 5;
const MAX_NAME_BYTES = 250;
const MEDIA_TYPE = /^[a-z0-9]+\/[a-z0-9][a-z0-9.+-]*$/;

/** What a file of the tree is; undefined for one that belongs to no log. */
export type LogFile =
  | { readonly type: "checkpoint" }
  | { readonly type: "bundle"; readonly number: number }
  | { readonly type: "tail"; readonly index: number }
  | { readonly type: "tile" }
  | { readonly type: "id"; readonly id: string }
  | { readonly type: "blob"; readonly digest: Digest; readonly mediaType: string }
  | { readonly type: "voucher"; readonly kind: VoucherKind; readonly size: number; readonly name: string };

export function tailPath(index: number): string {
  return `${TAIL}/${index}`;
}

/** The folder of an id. The first 20 bits of a version 7 UUID change every three days, so the folders stay small. */
export function idFolder(id: string): string {
  return id.slice(0, ID_SHARD);
}

/** Holds the index of the entry, as a line. */
export function idPath(id: string): string {
  return `id/${idFolder(id)}/${id}`;
}

/** The media type is in the path: so the bytes of the file are those that the digest is of. */
export function blobPath({ digest, mediaType }: BlobReference): string {
  const hex = digest.slice("sha256:".length);
  return `blob/${mediaType}/${hex.slice(0, 2)}/${hex}`;
}

/** Undefined for a name that is too long for a file. */
export function voucherPath({ kind, size, name }: Pick<Voucher, "kind" | "size" | "name">): string | undefined {
  const file = voucherFile(name);
  return file.length > MAX_NAME_BYTES ? undefined : `voucher/${kind}/${size}/${file}`;
}

/** As `=` and the name in percent encoding, so that no name is `..` or `.git`. */
function voucherFile(name: string): string {
  const encoded = [...Buffer.from(name, "utf8")].map((byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`;
  });
  return `=${encoded.join("")}`;
}

/** The name that a voucher's file is of; undefined where it is none. */
export function voucherName(file: string): string | undefined {
  if (!/^=(?:[A-Za-z0-9_-]|%[0-9a-f]{2})*$/.test(file)) return undefined;
  try {
    const name = decodeURIComponent(file.slice(1));
    return voucherFile(name) === file ? name : undefined;
  } catch {
    return undefined;
  }
}

/** What a path of the tree is. */
export function readPath(path: string): LogFile | undefined {
  if (path === CHECKPOINT_PATH) return { type: "checkpoint" };
  const [folder, ...parts] = path.split("/");
  const file = parts.at(-1) ?? "";
  if (folder === TAIL) return asNumber(file, path, (index) => ({ type: "tail", index }), tailPath);
  if (folder === "tile" && parts[0] === "entries") {
    const number = Number(parts.slice(1).join("").replaceAll("x", ""));
    return Number.isSafeInteger(number) && bundlePath(number) === path ? { type: "bundle", number } : undefined;
  }
  if (folder === "tile") return { type: "tile" };
  if (folder === "id") return UUID_PATTERN.test(file) && idPath(file) === path ? { type: "id", id: file } : undefined;
  if (folder === "blob") return readBlobPath(parts, path);
  return folder === "voucher" ? readVoucherPath(parts, path) : undefined;
}

function asNumber<T>(
  text: string,
  path: string,
  file: (value: number) => T,
  write: (value: number) => string,
): T | undefined {
  const value = Number(text);
  return Number.isSafeInteger(value) && value >= 0 && write(value) === path ? file(value) : undefined;
}

function readBlobPath(parts: readonly string[], path: string): LogFile | undefined {
  const [type, subtype, , hex] = parts;
  const mediaType = `${type}/${subtype}`;
  if (!isMediaType(mediaType) || hex === undefined || !/^[0-9a-f]{64}$/.test(hex)) return undefined;
  const digest: Digest = `sha256:${hex}`;
  return blobPath({ digest, mediaType }) === path ? { type: "blob", digest, mediaType } : undefined;
}

function readVoucherPath([kindName, sizeText, file]: readonly string[], path: string): LogFile | undefined {
  const kind = VOUCHER_KINDS.find((known) => known === kindName);
  const size = Number(sizeText);
  const name = voucherName(file ?? "");
  if (kind === undefined || name === undefined || !Number.isSafeInteger(size)) return undefined;
  return voucherPath({ kind, size, name }) === path ? { type: "voucher", kind, size, name } : undefined;
}

/** Whether a media type can be a part of a path. */
export function isMediaType(mediaType: string): boolean {
  return mediaType.length <= MAX_NAME_BYTES && MEDIA_TYPE.test(mediaType);
}

/** Undefined unless it holds exactly 256 entries and nothing else. */
export function decodeBundle(bundle: Buffer): readonly Uint8Array[] | undefined {
  const bodies: Uint8Array[] = [];
  for (let at = 0; at < bundle.length; ) {
    if (bodies.length === TILE_WIDTH || at + 2 > bundle.length) return undefined;
    const end = at + 2 + bundle.readUInt16BE(at);
    if (end > bundle.length) return undefined;
    bodies.push(bundle.subarray(at + 2, end));
    at = end;
  }
  return bodies.length === TILE_WIDTH ? bodies : undefined;
}

/** The hashes of a tile; undefined for a wrong length. */
export function decodeTile(tile: Buffer, width: number): readonly Hash[] | undefined {
  if (tile.length !== width * HASH_BYTES) return undefined;
  return Array.from({ length: width }, (_, at) => tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
}

/** The root of the subtree over the entries of a bundle. */
export function bundleRoot(bodies: readonly Uint8Array[]): Hash {
  return rootOf(bodies.map(leafHash));
}

/**
 * The tiles of level 1 and above over a number of complete bundles, by their paths.
 *
 * @param roots of the bundles
 */
export function upperTiles(roots: readonly Hash[]): ReadonlyMap<string, Buffer> {
  const tiles = new Map<string, Buffer>();
  let hashes = roots;
  for (let level = 1; hashes.length > 0; level++) {
    const next: Hash[] = [];
    for (let start = 0; start < hashes.length; start += TILE_WIDTH) {
      const tile = hashes.slice(start, start + TILE_WIDTH);
      tiles.set(tilePath(level, start / TILE_WIDTH, tile.length), Buffer.concat(tile));
      if (tile.length === TILE_WIDTH) next.push(rootOf(tile));
    }
    hashes = next;
  }
  return tiles;
}

/** The tree that a checkpoint is of, signed or not; undefined for what is none. */
export function parseHead(checkpoint: string): TreeHead | undefined {
  const [, origin, size, root] = HEAD.exec(checkpoint) ?? [];
  if (origin === undefined || root === undefined || !isOrigin(origin)) return undefined;
  const head = { origin, size: Number(size), root: toDigest(Buffer.from(root, "base64")) };
  return Number.isSafeInteger(head.size) && checkpoint.startsWith(checkpointText(head)) ? head : undefined;
}
