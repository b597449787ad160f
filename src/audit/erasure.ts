import type { Digest } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { type DeletionCause, deletionEntry, MOST_DELETED } from "./deletion.ts";
import { bodyOf } from "./document.ts";
import {
  blobReferences,
  collectionOf,
  type EntryBody,
  PERMANENT_MEDIA_TYPES,
  readDecisionDocument,
  readDecisionLeaf,
} from "./entry.ts";
import { MODULE_MEDIA_TYPE, POLICY_MEDIA_TYPE, storedReferences } from "./evidence.ts";
import { activeHolds, covers } from "./hold.ts";
import { mentionFinder } from "./mentions.ts";
import { namesInPlain } from "./personal.ts";
import { closingOf } from "./shard.ts";
import type { AuditStore, Blob, Commitment, Disclosure, Entry, Receipt } from "./store.ts";
import { isKindWithPeople } from "./treatments.ts";

/** How often to look anew where the log grows meanwhile. */
const ATTEMPTS = 20;

/** What is run rather than read. */
const PROGRAMS: ReadonlySet<string> = new Set([POLICY_MEDIA_TYPE, MODULE_MEDIA_TYPE]);

/** Whose data is erased. */
export interface ErasureRequest {
  /** Every name of one person, as the record has it; a text that has one in it goes as well. Empty with `entry` only. */
  readonly person: readonly string[];
  /** Id of the one entry whose personal data is erased; missing for all. */
  readonly entry?: string;
}

/** A document that names somebody in plain, and so goes as a whole. */
export interface NamingDocument {
  readonly digest: Digest;
  readonly mediaType: string;
}

/** An entry that loses something. */
export interface AffectedEntry {
  readonly index: number;
  readonly id: string;
  readonly kind: string;
  /** How many names and texts of its document are erased. */
  readonly values: number;
  /** True where it came from a spool file, which still has what is erased. */
  readonly spooled: boolean;
  /** Holds that keep it, by their names. */
  readonly heldBy: readonly string[];
  /** True for an obligation that nobody has reviewed yet: who may not review it, only the names in it say. */
  readonly owed: boolean;
}

/** What an erasure takes, and what it cannot reach. */
export interface ErasurePlan {
  /** Of the log that was looked at. */
  readonly size: number;
  readonly entries: readonly AffectedEntry[];
  readonly disclosures: readonly Disclosure[];
  readonly documents: readonly NamingDocument[];
  /** Indexes of entries whose leaf names the person: what is under the root stays. */
  readonly leaves: readonly number[];
  /** Compiled policies that hold the name, which stay: they are programs that many decisions share, and a word of theirs is no person. */
  readonly policies: readonly Digest[];
}

/**
 * Finds what a store has of a person: names and texts that documents commit to, and documents that name the person in plain,
 * as evidence and inputs do, and the documents of earlier versions of gate.
 *
 * @throws {GateError} `audit-corrupt` where an entry or a hold is not what was recorded; `usage` for an entry that there is not
 */
export async function planErasure(store: AuditStore, request: ErasureRequest): Promise<ErasurePlan> {
  const size = (await store.head()).size;
  const search = await searchFor(store, request);
  const holds = await activeHolds(store);
  // What a closed log owed, the next one owes, with names of its own.
  const isClosed = (await closingOf(store)) !== undefined;
  const reviewed = new Set<unknown>();
  for await (const entry of store.entries({ kind: "review" })) reviewed.add(bodyOf(entry).content["obligation"]);
  const candidates: (AffectedEntry & { readonly found: readonly NamingDocument[] })[] = [];
  const leaves: number[] = [];
  const documents = new Map<Digest, NamingDocument>();
  for await (const entry of store.entries()) {
    if (entry.index >= size) break;
    const body = bodyOf(entry);
    const wanted = search.isWanted(entry);
    if (wanted && search.mentions(entry.body)) leaves.push(entry.index);
    const found = await documentsNaming(store, entry, body, search);
    const values = blobReferences(body.kind, body.content).reduce(
      (sum, { digest }) => sum + (search.disclosures.get(digest)?.length ?? 0),
      0,
    );
    if (wanted) for (const document of found) documents.set(document.digest, document);
    if (values === 0 && found.length === 0) continue;
    candidates.push({
      found,
      index: entry.index,
      id: entry.id,
      kind: entry.kind,
      values,
      spooled: collectionOf(body.content) !== undefined,
      heldBy: holds.filter((hold) => covers(hold, body)).map(({ name }) => name),
      owed: body.kind === "obligation" && !isClosed && !reviewed.has(body.content["obligation"]),
    });
  }
  // Whose evidence goes with that of the one entry that was asked for, only the end says.
  const entries = candidates.flatMap(({ found, ...entry }) =>
    entry.values > 0 || found.some(({ digest }) => documents.has(digest)) ? [entry] : [],
  );
  return {
    size,
    entries,
    disclosures: [...search.disclosures.values()].flat(),
    documents: [...documents.values()],
    leaves,
    policies: [...search.policies],
  };
}

/** What is looked for. */
interface Search {
  isWanted(entry: Entry): boolean;
  /** By document. */
  readonly disclosures: ReadonlyMap<Digest, readonly Disclosure[]>;
  /** Whether bytes that are JSON, or any others, name the person. */
  mentions(data: Uint8Array): boolean;
  readonly finder: (text: string) => boolean;
  /** What was found of documents that several entries share. */
  readonly known: Map<Digest, NamingDocument | undefined>;
  /** Compiled policies that hold the name. */
  readonly policies: Set<Digest>;
}

async function searchFor(store: AuditStore, { person, entry: reference }: ErasureRequest): Promise<Search> {
  const entry = reference === undefined ? undefined : await store.find(reference);
  if (reference !== undefined && entry === undefined) {
    throw new GateError("usage", `the log has no entry "${reference}"`, { hint: "Run `gate audit list`." });
  }
  const own =
    entry === undefined ? undefined : blobReferences(entry.kind, bodyOf(entry).content).map(({ digest }) => digest);
  const named = mentionFinder(person);
  const disclosures = new Map<Digest, Disclosure[]>();
  for await (const disclosure of own === undefined ? store.disclosures() : ofAll(store, own)) {
    if (person.length > 0 && !named(disclosure.value)) continue;
    disclosures.set(disclosure.document, [...(disclosures.get(disclosure.document) ?? []), disclosure]);
  }
  // Of one entry everybody goes whom it names, and with that the evidence that names them.
  const values = [...disclosures.values()].flat().map(({ value }) => value);
  const finder = person.length > 0 ? named : mentionFinder(values);
  return {
    isWanted: ({ id }) => entry === undefined || entry.id === id,
    disclosures,
    mentions: (data) => namesInBytes(data, finder),
    finder,
    known: new Map(),
    policies: new Set(),
  };
}

async function* ofAll(store: AuditStore, documents: readonly Digest[]): AsyncIterable<Disclosure> {
  for (const document of documents) yield* store.disclosures(document);
}

/** What an entry commits to, itself and through its document, that names the person in plain. */
async function documentsNaming(
  store: AuditStore,
  entry: Entry,
  { kind, content }: EntryBody,
  search: Search,
): Promise<readonly NamingDocument[]> {
  const found: NamingDocument[] = [];
  const look = async (digest: Digest, names: (blob: Blob) => boolean): Promise<Blob | undefined> => {
    const { known } = search;
    const before = known.get(digest);
    if (known.has(digest)) {
      if (before !== undefined) found.push(before);
      return undefined;
    }
    const blob = await store.blob(digest);
    const isNaming = blob !== undefined && !PERMANENT_MEDIA_TYPES.includes(blob.mediaType) && names(blob);
    const isProgram = isNaming && PROGRAMS.has(blob.mediaType);
    if (isProgram) search.policies.add(digest);
    const document = isNaming && !isProgram ? { digest, mediaType: blob.mediaType } : undefined;
    known.set(digest, document);
    if (document !== undefined) found.push(document);
    return blob;
  };
  for (const { digest } of blobReferences(kind, content)) {
    // What every leaf says of its subject is in the document too, and goes with neither.
    const blob = await look(digest, ({ data }) => isKindWithPeople(kind) && namesInPlain(kind, data, search.finder));
    if (kind !== "decision") continue;
    const decision = blob === undefined ? undefined : readDecisionDocument(blob.data);
    const named = decision === undefined ? namedByLeaf(entry) : storedReferences(decision).map((one) => one.digest);
    for (const one of named) await look(one, ({ data }) => search.mentions(data));
  }
  return found;
}

/** What can have been stored with a decision whose document is gone. */
function namedByLeaf(entry: Entry): readonly Digest[] {
  const { evidence, stored } = readDecisionLeaf(entry);
  return [...(evidence.items ?? []).map(({ id }) => id), ...(stored.items ?? [])];
}

function namesInBytes(data: Uint8Array, mentions: (text: string) => boolean): boolean {
  const text = Buffer.from(data).toString("utf8");
  try {
    return namesIn(JSON.parse(text), mentions);
  } catch {
    return mentions(text);
  }
}

function namesIn(value: unknown, mentions: (text: string) => boolean): boolean {
  if (typeof value === "string") return mentions(value);
  if (Array.isArray(value)) return value.some((item) => namesIn(item, mentions));
  if (!isRecord(value)) return false;
  return Object.entries(value).some(([name, member]) => mentions(name) || namesIn(member, mentions));
}

/** Why, and who did it: the record of it names nobody. */
export interface ErasureReason {
  /** The law or the request, in words. */
  readonly basis: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  /** A role, or the run of a CI service. */
  readonly by: string;
}

const CAUSE: DeletionCause = "erasure";

/**
 * Erases what `planErasure` finds. The entries that say so come first, each in one transaction with what it removes. Where
 * the log grows meanwhile, it looks again.
 *
 * @throws {GateError} `audit-held` where something is held, or a review is owed; `audit-write-failed`; what was erased until
 *   then is recorded
 */
export async function erase(
  store: AuditStore,
  request: ErasureRequest,
  reason: ErasureReason,
): Promise<ErasurePlan & { readonly receipts: readonly Receipt[] }> {
  const receipts: Receipt[] = [];
  let whole: ErasurePlan | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const plan = await planErasure(store, request);
    refuseHeld(plan);
    whole ??= plan;
    if (plan.disclosures.length + plan.documents.length === 0) return { ...whole, receipts };
    const receipt = await removeBatch(store, plan, reason);
    if (receipt !== undefined) receipts.push(receipt);
  }
  throw new GateError("audit-write-failed", "the audit log grows faster than what is to be erased can be found", {
    hint: "Run it again when fewer checks run.",
  });
}

async function removeBatch(
  store: AuditStore,
  { size, disclosures, documents }: ErasurePlan,
  { basis, at, by }: ErasureReason,
): Promise<Receipt | undefined> {
  // What a document names goes before it: the document is the list of it.
  const batch = documents.toSorted((a, b) => Number(isOfDecision(a)) - Number(isOfDecision(b))).slice(0, MOST_DELETED);
  const commitments: readonly Commitment[] = [...new Set(disclosures.map(({ commitment }) => commitment))].toSorted();
  const { entry, blobs } = deletionEntry({
    cause: CAUSE,
    basis,
    at,
    by,
    documents: batch.map(({ digest }) => digest).toSorted(),
    commitments,
  });
  return store.remove(entry, blobs, size);
}

function isOfDecision({ mediaType }: NamingDocument): boolean {
  return mediaType.startsWith("application/vnd.gate.decision.");
}

/** @throws {GateError} `audit-held` */
function refuseHeld({ entries }: ErasurePlan): void {
  const held = entries.find(({ heldBy }) => heldBy.length > 0);
  if (held !== undefined) {
    throw new GateError("audit-held", `entry ${held.index} is under the legal hold ${held.heldBy.join(", ")}`, {
      hint: "Erase when the hold was released: `gate audit hold list`.",
    });
  }
  const owed = entries.find((entry) => entry.owed);
  if (owed === undefined) return;
  throw new GateError("audit-held", `the review of the bypass of entry ${owed.index} is still owed`, {
    hint: "Review it first with `gate review`: who may not review it, only the names in it say.",
  });
}
