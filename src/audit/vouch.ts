import type { KeyObject } from "node:crypto";
import { requireKeyInForce } from "./keys.ts";
import { inclusionProof } from "./log.ts";
import {
  formatNote,
  formatVerifierKey,
  MAX_SIGNATURES,
  NoteError,
  type NoteSignature,
  noteKey,
  readNote,
  type SignedNote,
  signNote,
} from "./note.ts";
import { checkpointText, type EntryReceipt, readCheckpointText } from "./receipt.ts";
import type { AuditStore, Entry, TreeHead } from "./store.ts";

/** A signed checkpoint of a log, and the tree that it is of. */
export interface Checkpoint {
  readonly head: TreeHead;
  readonly note: SignedNote;
}

/**
 * Signs a tree of a log by the log's own name, and keeps the checkpoint beside the log.
 *
 * @param key an Ed25519 private key
 * @param former the one before it, where that vouches for the tree as well
 * @throws {GateError} `audit-write-failed`; `key-invalid` for a key that gave way to another
 */
export async function signCheckpoint(
  store: Pick<AuditStore, "entries" | "keep">,
  head: TreeHead,
  key: KeyObject,
  former?: KeyObject,
): Promise<Checkpoint> {
  await requireKeyInForce(store, head.origin, key);
  const text = checkpointText(head);
  const keys = former === undefined ? [key] : [former, key];
  const note = { text, signatures: keys.map((one) => signNote(text, head.origin, one)) };
  await store.keep({
    size: head.size,
    kind: "checkpoint",
    name: formatVerifierKey(noteKey(head.origin, "log", key)),
    material: Buffer.from(formatNote(note), "utf8"),
  });
  return { head, note };
}

/** The checkpoint of the largest tree that is kept, where it has an entry; who signed it is still to be looked at. */
export async function keptCheckpoint(store: AuditStore, index: number): Promise<Checkpoint | undefined> {
  const { origin } = await store.head(1);
  for await (const { material } of store.vouchers("checkpoint")) {
    const checkpoint = readCheckpoint(material);
    if (checkpoint === undefined || checkpoint.head.origin !== origin) continue;
    return checkpoint.head.size > index ? checkpoint : undefined;
  }
  return undefined;
}

/**
 * The checkpoint that is kept of this very tree.
 *
 * @param key the log's, where it is one that this key has to have signed
 */
export async function coveringCheckpoint(
  store: Pick<AuditStore, "vouchers">,
  head: TreeHead,
  key?: KeyObject,
): Promise<Checkpoint | undefined> {
  const signed = key === undefined ? undefined : signNote(checkpointText(head), head.origin, key);
  for await (const { size, material } of store.vouchers("checkpoint")) {
    if (size < head.size) return undefined;
    const checkpoint = size === head.size ? readCheckpoint(material) : undefined;
    if (checkpoint?.note.text !== checkpointText(head)) continue;
    // Ed25519 has one signature for a key and a text.
    if (signed === undefined || checkpoint.note.signatures.some((other) => isSameSignature(other, signed))) {
      return checkpoint;
    }
  }
  return undefined;
}

/** A checkpoint with the signatures of the witnesses that are kept of it; whose they are is still to be looked at. */
export async function withCosignatures(
  store: Pick<AuditStore, "vouchers">,
  { head, note }: Checkpoint,
): Promise<Checkpoint> {
  const signatures = [...note.signatures];
  for await (const { size, material } of store.vouchers("cosignature")) {
    if (size < head.size) break;
    const cosigned = size === head.size ? readCheckpoint(material)?.note : undefined;
    if (cosigned?.text !== note.text) continue;
    for (const signature of cosigned.signatures) {
      if (signatures.length === MAX_SIGNATURES) break;
      if (!signatures.some((other) => isSameSignature(other, signature))) signatures.push(signature);
    }
  }
  return { head, note: { text: note.text, signatures } };
}

function isSameSignature(one: NoteSignature, other: NoteSignature): boolean {
  return one.name === other.name && one.keyId === other.keyId && Buffer.compare(one.signature, other.signature) === 0;
}

/** Reads a checkpoint that a store keeps; undefined where it is none. */
export function readCheckpoint(material: Uint8Array): Checkpoint | undefined {
  try {
    const note = readNote(Buffer.from(material).toString("utf8"));
    return { head: readCheckpointText(note.text), note };
  } catch (error) {
    if (error instanceof NoteError) return undefined;
    throw error;
  }
}

/** The receipt of an entry under a checkpoint of its log. @throws {GateError} `audit-corrupt` */
export async function receiptFor(
  store: Pick<AuditStore, "node">,
  { index, body }: Pick<Entry, "index" | "body">,
  { head, note }: Checkpoint,
): Promise<EntryReceipt> {
  const proof = await inclusionProof(index, head.size, (place) => store.node(place));
  return { index, body, proof, head, note };
}
