import { canonicalJson, isDigest } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { isRecord } from "../../util/json.ts";
import { isOrigin } from "../checkpoint.ts";
import type { TreeHead } from "../store.ts";
import { isMemberName } from "./zip.ts";

export const PACK_SCHEMA = "gate/audit-pack/v1";

/** Of which entries a pack is. */
export type PackSelection =
  /** Every entry from one index to another, both in it: none is left out. */
  | { readonly kind: "range"; readonly first: number; readonly last: number }
  /** Entries that somebody chose; each is proven, and that there are no others is not. */
  | { readonly kind: "chosen" };

/** What a member holds, in its own words. */
export interface ManifestMember {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: Digest;
}

/** The list of what is in a pack. It proves nothing by itself: the entries prove themselves, and the documents by them. */
export interface PackManifest {
  readonly schema: typeof PACK_SCHEMA;
  /** The version of gate that wrote the pack. */
  readonly engine: string;
  /** The tree that the entries are proven to be in, whose signed checkpoint is in the pack. */
  readonly tree: TreeHead;
  readonly selection: PackSelection;
  /** Whether evidence is in the pack, or its digests only. */
  readonly evidence: "included" | "withheld";
  /** All but the manifest itself, in the order of the container. */
  readonly members: readonly ManifestMember[];
}

/** The bytes of a manifest: RFC 8785. */
export function manifestBytes(manifest: PackManifest): Uint8Array {
  return Buffer.from(canonicalJson(manifest), "utf8");
}

/** Whether a manifest is of another version: a pack that this gate cannot speak of. */
export function isOtherSchema(bytes: Uint8Array): boolean {
  const value = parsed(bytes);
  return isRecord(value) && typeof value["schema"] === "string" && value["schema"] !== PACK_SCHEMA;
}

/** Reads a manifest; undefined for what {@link manifestBytes} did not write. */
export function readManifest(bytes: Uint8Array): PackManifest | undefined {
  const value = parsed(bytes);
  if (!isRecord(value) || value["schema"] !== PACK_SCHEMA) return undefined;
  const { engine, tree, selection, evidence, members } = value;
  if (typeof engine !== "string" || !Array.isArray(members)) return undefined;
  if (evidence !== "included" && evidence !== "withheld") return undefined;
  const [readTree, readSelection] = [treeOf(tree), selectionOf(selection)];
  const list = members.map(memberOf);
  if (readTree === undefined || readSelection === undefined || !list.every((member) => member !== undefined)) {
    return undefined;
  }
  const manifest: PackManifest = {
    schema: PACK_SCHEMA,
    engine,
    tree: readTree,
    selection: readSelection,
    evidence,
    members: list,
  };
  // Members that are none of these, and any other way to write it, would be read by others and not here.
  return Buffer.compare(manifestBytes(manifest), bytes) === 0 ? manifest : undefined;
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function treeOf(value: unknown): TreeHead | undefined {
  if (!isRecord(value)) return undefined;
  const { origin, size, root } = value;
  if (typeof origin !== "string" || !isOrigin(origin) || !isCount(size) || !isDigest(root)) return undefined;
  return { origin, size, root };
}

function selectionOf(value: unknown): PackSelection | undefined {
  if (!isRecord(value)) return undefined;
  const { kind, first, last } = value;
  if (kind === "chosen") return { kind };
  return kind === "range" && isCount(first) && isCount(last) ? { kind, first, last } : undefined;
}

function memberOf(value: unknown): ManifestMember | undefined {
  if (!isRecord(value)) return undefined;
  const { name, size, sha256 } = value;
  if (typeof name !== "string" || !isMemberName(name) || !isCount(size) || !isDigest(sha256)) return undefined;
  return { name, size, sha256 };
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
