import { isDigest } from "../../evidence/canonical.ts";
import type { Digest } from "../../evidence/types.ts";
import { bodyOf } from "../document.ts";
import { collectionOf, type DecisionLeaf, type EntryBody, readDecision, readDecisionLeaf } from "../entry.ts";
import { kindOfReference, storedReferences } from "../evidence.ts";
import { activeHolds, covers } from "../hold.ts";
import type { AuditStore, Entry } from "../store.ts";

/** Decisions in full, obligations and reviews are `documents`; the rest is what decisions name. */
export type DocumentKind = "documents" | ReturnType<typeof kindOfReference>;

/** For each kind the moment before which its documents are past their time; a kind that is missing is kept. */
export type Cutoffs = Partial<Readonly<Record<DocumentKind, Date>>>;

/** A document that is past its time. */
export interface PastDocument {
  readonly digest: Digest;
  readonly kind: DocumentKind;
  /** The oldest entry that commits to it. */
  readonly index: number;
  /** Of that entry; RFC 3339, UTC, milliseconds. */
  readonly time: string;
}

/** What can go from a log. */
export interface PrunePlan {
  /** Of the log that was looked at. */
  readonly size: number;
  /** In the order of the log, lists after what they list; some may not be in the store. */
  readonly documents: readonly PastDocument[];
  /** By the name of a hold, how many documents it alone or with others keeps. */
  readonly held: ReadonlyMap<string, number>;
}

/**
 * Finds the documents that are past their time, that no younger entry shares and that no hold covers.
 *
 * What a decision names goes with its document at the latest: the document is the list of it. The documents of
 * deletions and holds stay, and so does that of a review that is still owed.
 *
 * @throws {GateError} `audit-corrupt` where an entry, a document or a hold is not what was recorded
 */
export async function planPrune(store: AuditStore, cutoffs: Cutoffs): Promise<PrunePlan> {
  const holds = await activeHolds(store);
  const reviewed = new Set<unknown>();
  for await (const entry of store.entries({ kind: "review" })) reviewed.add(bodyOf(entry).content["obligation"]);
  const kept = new Set<Digest>();
  const past = new Map<Digest, PastDocument>();
  const covered = new Map<Digest, readonly string[]>();
  let size = 0;
  for await (const entry of store.entries()) {
    size = entry.index + 1;
    const body = bodyOf(entry);
    const time = timeOf(body);
    const names = holds.filter((hold) => covers(hold, body)).map(({ name }) => name);
    const owed = body.kind === "obligation" && !reviewed.has(body.content["obligation"]);
    for (const { digest, kind } of await documentsOf(entry, body, store)) {
      if (owed || !isPast(time, kind, cutoffs)) kept.add(digest);
      else if (names.length > 0) covered.set(digest, [...(covered.get(digest) ?? []), ...names]);
      else if (!past.has(digest)) past.set(digest, { digest, kind, index: entry.index, time });
    }
  }
  return {
    size,
    documents: [...past.values()]
      .filter(({ digest }) => !kept.has(digest) && !covered.has(digest))
      .toSorted((a, b) => Number(a.kind === "documents") - Number(b.kind === "documents")),
    held: countHeld(covered, kept),
  };
}

/** When an entry was recorded, or collected where that was later. */
function timeOf({ time, content }: EntryBody): string {
  const at = collectionOf(content)?.at;
  return at !== undefined && at > time ? at : time;
}

function isPast(time: string, kind: DocumentKind, cutoffs: Cutoffs): boolean {
  const own = [cutoffs[kind], cutoffs.documents].filter((cutoff) => cutoff !== undefined);
  return own.some((cutoff) => Date.parse(time) < cutoff.getTime());
}

interface NamedDocument {
  readonly digest: Digest;
  readonly kind: DocumentKind;
}

/** What an entry commits to, itself and through its document. */
async function documentsOf(entry: Entry, body: EntryBody, store: AuditStore): Promise<readonly NamedDocument[]> {
  if (body.kind === "obligation" || body.kind === "review") {
    const { document } = body.content;
    return isDigest(document) ? [{ digest: document, kind: "documents" }] : [];
  }
  if (body.kind !== "decision") return [];
  const leaf = readDecisionLeaf(entry);
  const { decision: digest } = leaf;
  const blob = await store.blob(digest);
  if (blob === undefined) return namedByLeaf(leaf);
  const named = storedReferences(readDecision(entry, blob));
  return [
    { digest, kind: "documents" },
    ...named.map((reference) => ({ digest: reference.digest, kind: kindOfReference(reference) })),
  ];
}

/** What can have been stored with a decision whose document is gone; the leaf does not tell inputs from policies. */
function namedByLeaf({ evidence, stored }: DecisionLeaf): readonly NamedDocument[] {
  return [
    ...(evidence.items ?? []).flatMap(({ id }): readonly NamedDocument[] =>
      isDigest(id) ? [{ digest: id, kind: "evidence" }] : [],
    ),
    ...(stored.items ?? []).map((digest): NamedDocument => ({ digest, kind: "policies" })),
  ];
}

function countHeld(
  covered: ReadonlyMap<Digest, readonly string[]>,
  kept: ReadonlySet<Digest>,
): ReadonlyMap<string, number> {
  const held = new Map<string, number>();
  for (const [digest, names] of covered) {
    if (kept.has(digest)) continue;
    for (const name of new Set(names)) held.set(name, (held.get(name) ?? 0) + 1);
  }
  return held;
}
