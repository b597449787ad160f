import { createHash } from "node:crypto";
import { isSameTree } from "../checkpoint.ts";
import { formatNote } from "../note.ts";
import { type Checkpoint, readCheckpoint } from "../vouch.ts";
import { type Anchored, type AnchoredLog, anchorFailed, contradiction, MOST_NOTES, relationTo } from "./anchor.ts";

/** A place that keeps the notes of one log by the sizes of their trees. */
export interface Shelf {
  /** Of the notes that are there. */
  readonly sizes: readonly number[];
  read(size: number): Promise<Uint8Array>;
  /** Adds a note, durably and never over one that is there; false where somebody was faster. */
  add(size: number, note: string): Promise<boolean>;
}

const SUFFIX = ".checkpoint";
const FILE = /^([1-9][0-9]{0,15})\.checkpoint$/;

/** The folder of a log; its name can hold what no folder's can. */
export function shelfFolder(origin: string): string {
  return createHash("sha256").update(origin).digest("hex");
}

/** The name of a note. */
export function noteFile(size: number): string {
  return `${size}${SUFFIX}`;
}

/** The size that the name of a note says; undefined for any other file. */
export function sizeOfFile(file: string): number | undefined {
  const size = Number(FILE.exec(file)?.[1]);
  return Number.isSafeInteger(size) ? size : undefined;
}

/**
 * Puts a checkpoint on a shelf, unless it contradicts the largest one there, which had to agree with all before it.
 *
 * @returns undefined where somebody else put one there at the same moment
 * @throws {GateError} `audit-corrupt`, `anchor-failed`
 */
export async function putOn(
  shelf: Shelf,
  { head, note }: Checkpoint,
  log: AnchoredLog,
  name: string,
): Promise<Anchored | undefined> {
  if (shelf.sizes.length >= MOST_NOTES) {
    throw anchorFailed(
      name,
      `holds ${shelf.sizes.length} checkpoints of this log, which is the most`,
      "Begin a new one.",
    );
  }
  const text = formatNote(note);
  if (shelf.sizes.includes(head.size)) {
    requireSame(await noteOn(shelf, head.size, name), { head, note }, name);
    return { status: "present", size: head.size };
  }
  const largest = largestOf(shelf.sizes);
  if (largest !== undefined) {
    const { head: anchored } = await noteOn(shelf, largest, name);
    if ((await relationTo(anchored, head, log, name)) === "covered") return { status: "covered", size: anchored.size };
  }
  return (await shelf.add(head.size, text)) ? { status: "added", size: head.size } : undefined;
}

function largestOf(sizes: readonly number[]): number | undefined {
  let largest: number | undefined;
  for (const size of sizes) if (largest === undefined || size > largest) largest = size;
  return largest;
}

async function noteOn(shelf: Shelf, size: number, name: string): Promise<Checkpoint> {
  const found = readCheckpoint(await shelf.read(size));
  if (found?.head.size === size) return found;
  throw contradiction(name, `holds something else where a checkpoint of ${size} entries belongs`);
}

/** @throws {GateError} `audit-corrupt` unless two checkpoints are of one tree, and have the log's signature; those of witnesses may be more or fewer */
export function requireSame(found: Checkpoint, { head, note }: Checkpoint, name: string): void {
  const signed = note.signatures.filter(({ name: signer }) => signer === head.origin);
  const isThere = signed.some(({ keyId, signature }) =>
    found.note.signatures.some((other) => other.keyId === keyId && Buffer.compare(other.signature, signature) === 0),
  );
  if (isSameTree(found.head, head) && isThere) return;
  throw contradiction(name, `holds another checkpoint of ${head.size} entries, and it stays as it is`);
}
