import { strictBase64 } from "../util/base64.ts";
import { isOrigin } from "./checkpoint.ts";
import { readEntryBody } from "./entry.ts";
import { fromDigest, HASH_BYTES, type Hash, leafHash, toDigest, verifyInclusion } from "./log.ts";
import { formatNote, NoteError, readNote, type SignedNote } from "./note.ts";
import type { TreeHead } from "./store.ts";

/**
 * A receipt: an entry, its place in the tree, and a checkpoint of the tree, in one file that proves itself without the
 * log (https://c2sp.org/tlog-proof). The entry's body stands in the line that the format leaves to its users.
 */
export interface EntryReceipt {
  readonly index: number;
  /** The entry's exact bytes. */
  readonly body: Uint8Array;
  /** The siblings from the leaf upwards. */
  readonly proof: readonly Hash[];
  readonly head: TreeHead;
  /** The checkpoint as it was signed. */
  readonly note: SignedNote;
}

const MAGIC = "c2sp.org/tlog-proof@v1";
/** A body of 65,535 bytes in base64, 63 hashes and a note. */
const MAX_RECEIPT_BYTES = 262_144;
const INDEX = /^index (0|[1-9][0-9]{0,15})$/;
const SIZE = /^(?:0|[1-9][0-9]{0,15})$/;

/** The text of a checkpoint, which the log signs: origin, size and root (https://c2sp.org/tlog-checkpoint). */
export function checkpointText({ origin, size, root }: TreeHead): string {
  return `${origin}\n${size}\n${Buffer.from(fromDigest(root)).toString("base64")}\n`;
}

/**
 * Reads the text of a checkpoint. Lines after the third are whose who wrote them, and signed with it.
 *
 * @throws {NoteError}
 */
export function readCheckpointText(text: string): TreeHead {
  const [origin = "", size = "", root = ""] = text.split("\n");
  const bytes = strictBase64(root);
  if (!isOrigin(origin) || !SIZE.test(size) || !Number.isSafeInteger(Number(size)) || bytes?.length !== HASH_BYTES) {
    throw new NoteError("it is no checkpoint: a name, a number of entries and a root");
  }
  return { origin, size: Number(size), root: toDigest(bytes) };
}

/** A receipt as a file. */
export function formatReceipt({ index, body, proof, note }: Omit<EntryReceipt, "head">): string {
  const lines = [
    MAGIC,
    `extra ${Buffer.from(body).toString("base64")}`,
    `index ${index}`,
    ...proof.map((hash) => Buffer.from(hash).toString("base64")),
    "",
  ];
  return `${lines.join("\n")}\n${formatNote(note)}`;
}

/** Whether a text begins as a receipt does. */
export function isReceipt(text: string): boolean {
  return text.startsWith(`${MAGIC}\n`);
}

/**
 * Reads a receipt, and holds the entry against the tree of its checkpoint. Who signed that is still to be looked at.
 *
 * @throws {NoteError} where it is damaged, or its entry is not in that tree
 */
export function readReceipt(text: string): EntryReceipt {
  if (text.length > MAX_RECEIPT_BYTES) throw new NoteError(`it is of more than ${MAX_RECEIPT_BYTES} bytes`);
  const end = text.indexOf("\n\n");
  const [magic, extra = "", indexLine = "", ...hashes] = text.slice(0, Math.max(0, end)).split("\n");
  if (magic !== MAGIC) throw new NoteError(`it does not begin with ${MAGIC}`);
  const body = extra.startsWith("extra ") ? strictBase64(extra.slice("extra ".length)) : undefined;
  const index = Number(INDEX.exec(indexLine)?.[1] ?? Number.NaN);
  const proof = hashes.map(strictBase64);
  if (body === undefined || !Number.isSafeInteger(index) || !proof.every(isHash)) {
    throw new NoteError("it is not an entry, its index and hashes");
  }
  const note = readNote(text.slice(end + 2));
  const head = readCheckpointText(note.text);
  const claim = { index, size: head.size, leafHash: leafHash(body), root: fromDigest(head.root), proof };
  if (!verifyInclusion(claim)) throw new NoteError("its entry is not in the tree of its checkpoint");
  if (readEntryBody(body)?.log !== head.origin) throw new NoteError("its entry is of another log than its checkpoint");
  return { index, body, proof, head, note };
}

function isHash(bytes: Buffer | undefined): bytes is Buffer {
  return bytes?.length === HASH_BYTES;
}
