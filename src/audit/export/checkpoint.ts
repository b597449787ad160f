import { NoteError } from "../note.ts";
import { checkpointText, readCheckpointText } from "../receipt.ts";
import type { AuditStore, TreeHead } from "../store.ts";
import { readCheckpoint } from "../vouch.ts";

/** Between the text of a note and its signatures. */
const GAP = "\n\n";

/** A checkpoint that nobody has signed: a note without signatures, which every reader of notes refuses. */
export function unsignedCheckpoint(head: TreeHead): string {
  return `${checkpointText(head)}\n`;
}

/** The tree that a checkpoint is of, whether or not anybody signed it; undefined for any other text. */
export function treeOfCheckpoint(checkpoint: string): TreeHead | undefined {
  const end = checkpoint.indexOf(GAP);
  if (end < 0) return undefined;
  try {
    return readCheckpointText(checkpoint.slice(0, end + 1));
  } catch (error) {
    if (error instanceof NoteError) return undefined;
    throw error;
  }
}

/**
 * The signed note that the store keeps for a tree; undefined where it has none. That it is of this very tree is looked at,
 * its signatures are for the reader to verify.
 */
export async function signedCheckpoint(store: AuditStore, head: TreeHead): Promise<string | undefined> {
  for await (const { size, material } of store.vouchers("checkpoint")) {
    if (size < head.size) return undefined;
    const checkpoint = size === head.size ? readCheckpoint(material) : undefined;
    if (checkpoint?.note.text === checkpointText(head)) return Buffer.from(material).toString("utf8");
  }
  return undefined;
}
