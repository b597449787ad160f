import type { Digest } from "../../evidence/types.ts";
import { GateError } from "../../util/errors.ts";
import { type Deletion, deletionEntry, MOST_DELETED } from "../deletion.ts";
import type { AuditStore, Receipt } from "../store.ts";
import { type Cutoffs, type DocumentKind, type PastDocument, type PrunePlan, planPrune } from "./plan.ts";

/** How often to plan anew where the log grows meanwhile. */
const ATTEMPTS = 20;

/** A document that is past its time and still there. */
export interface PrunableDocument extends PastDocument {
  readonly bytes: number;
}

/** What a prune takes, or would take. */
export interface Prunable extends Omit<PrunePlan, "documents"> {
  readonly documents: readonly PrunableDocument[];
}

/** As `planPrune`, without what is not in the store. */
export async function findPrunable(store: AuditStore, cutoffs: Cutoffs): Promise<Prunable> {
  const plan = await planPrune(store, cutoffs);
  const documents: PrunableDocument[] = [];
  for (const document of plan.documents) {
    const blob = await store.blob(document.digest);
    if (blob !== undefined) documents.push({ ...document, bytes: blob.data.length });
  }
  return { ...plan, documents };
}

/** What was removed, and the entries that say so. */
export interface Pruned extends Prunable {
  readonly receipts: readonly Receipt[];
}

/**
 * Removes what is past its time, in deletions of at most {@link MOST_DELETED} documents. Where the log grows meanwhile, what
 * is left is looked for again: a younger entry, or a hold, may need it now.
 *
 * @throws {GateError} `audit-write-failed` where the log never stands still, or what the store throws; what was removed
 *   until then is recorded
 */
export async function prune(
  store: AuditStore,
  cutoffs: Cutoffs,
  reason: Pick<Deletion, "basis" | "at" | "by">,
): Promise<Pruned> {
  const removed: PrunableDocument[] = [];
  const receipts: Receipt[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const { size, held, documents } = await findPrunable(store, cutoffs);
    let next = size;
    for (let start = 0; start < documents.length; start += MOST_DELETED) {
      const batch = documents.slice(start, start + MOST_DELETED);
      const receipt = await removeBatch(store, batch, next, reason);
      if (receipt === undefined) break;
      receipts.push(receipt);
      removed.push(...batch);
      next = receipt.index + 1;
      if (start + MOST_DELETED >= documents.length) return { size, held, documents: removed, receipts };
    }
    if (documents.length === 0) return { size, held, documents: removed, receipts };
  }
  throw new GateError("audit-write-failed", "the audit log grows faster than what is past its time can be removed", {
    hint: "Run it again when fewer checks run.",
  });
}

async function removeBatch(
  store: AuditStore,
  batch: readonly PrunableDocument[],
  size: number,
  { basis, at, by }: Pick<Deletion, "basis" | "at" | "by">,
): Promise<Receipt | undefined> {
  const documents: readonly Digest[] = batch.map(({ digest }) => digest).toSorted();
  const { entry, blobs } = deletionEntry({ cause: "retention", basis, at, by, documents, commitments: [] });
  return store.remove(entry, blobs, size);
}

/** How many documents of each kind. */
export function countKinds(documents: readonly PastDocument[]): Partial<Readonly<Record<DocumentKind, number>>> {
  const counts: Partial<Record<DocumentKind, number>> = {};
  for (const { kind } of documents) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
