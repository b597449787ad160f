import { isOrigin } from "../checkpoint.ts";
import { fromDigest, toDigest } from "../log.ts";
import type { AuditStore, TreeHead } from "../store.ts";

/** Larger than any signed note with as many signatures as C2SP asks readers to take. */
export const MAX_NOTE_BYTES = 64 * 1024;

const BODY = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n\n/;

/** The text of a C2SP checkpoint, which is what is signed: origin, size and root, a line each. */
export function checkpointBody({ origin, size, root }: TreeHead): string {
  return `${origin}\n${size}\n${Buffer.from(fromDigest(root)).toString("base64")}\n`;
}

/** The tree that a checkpoint is of, whoever signed it; undefined for any other text. */
export function treeOfCheckpoint(note: string): TreeHead | undefined {
  const [, origin = "", size = "", root = ""] = BODY.exec(note) ?? [];
  if (!isOrigin(origin) || !Number.isSafeInteger(Number(size))) return undefined;
  return { origin, size: Number(size), root: toDigest(Buffer.from(root, "base64")) };
}

/**
 * The signed note that the store keeps for a tree; undefined where it has none. That it is of this very tree is looked at,
 * its signatures are for the reader to verify.
 */
export async function signedCheckpoint(store: AuditStore, head: TreeHead): Promise<string | undefined> {
  const start = `${checkpointBody(head)}\n`;
  for await (const { size, material } of store.vouchers("checkpoint")) {
    if (size < head.size) return undefined;
    if (size > head.size || material.length > MAX_NOTE_BYTES) continue;
    const note = Buffer.from(material).toString("utf8");
    if (note.startsWith(start) && note.endsWith("\n")) return note;
  }
  return undefined;
}
