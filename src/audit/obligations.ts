import { isSameRepository } from "../decision/evidence.ts";
import type { Obligation } from "../decision/obligations.ts";
import { canonicalJson, isDigest, sha256 } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { type EntryBody, OBLIGATION_MEDIA_TYPE, REVIEW_MEDIA_TYPE, readEntryBody } from "./entry.ts";
import { disclosuresOf, gathered, type Opening, openDocument, type SealOptions, sealDocument } from "./personal.ts";
import type { AuditStore, Blob, Disclosure, Entry, NewEntry } from "./store.ts";

const OBLIGATION_SCHEMA = "gate/obligation/v1";
const REVIEW_SCHEMA = "gate/review/v1";

export const REVIEW_OUTCOMES = ["justified", "not-justified"] as const;

/** What came of looking at a bypass afterwards. It closes the obligation, whatever it found. */
export interface BypassReview {
  /** The id of the obligation, which is that of the bypassed decision. */
  readonly obligation: string;
  readonly outcome: (typeof REVIEW_OUTCOMES)[number];
  readonly findings: string;
  readonly reviewer: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly reviewedAt: string;
  /** What is to be done about it. */
  readonly actions: readonly string[];
}

/** An entry and its document, and what the commitments in that stand for. */
export interface Recordable {
  readonly entry: NewEntry;
  readonly blobs: readonly Blob[];
  readonly disclosures: readonly Disclosure[];
}

/**
 * The entry that records an obligation. Its id follows from the decision's, so that a second attempt is known as such; as the
 * salts are new each time, it is made once, and appended again where that failed.
 */
export function obligationEntry(obligation: Obligation, options: SealOptions): Recordable {
  const { sealed, openings } = sealDocument("obligation", obligation, options);
  return recordable(obligationOf(sealed), openings);
}

/** The entry that closes an obligation. There is one for each: its id follows from the obligation's. */
export function reviewEntry(review: BypassReview, options: SealOptions): Recordable {
  const { sealed, openings } = sealDocument("review", review, options);
  return recordable(reviewOf(sealed), openings);
}

interface EntryWithDocument {
  readonly entry: NewEntry;
  readonly document: Blob;
}

function recordable({ entry, document }: EntryWithDocument, openings: readonly Opening[]): Recordable {
  return { entry, blobs: [document], disclosures: disclosuresOf(document.digest, openings) };
}

/** People and what they wrote are in the document: a leaf cannot be erased. */
function obligationOf(obligation: Obligation): EntryWithDocument {
  const { id, repository, environment, commit, createdAt, dueAt } = obligation;
  const document = documentBlob(OBLIGATION_MEDIA_TYPE, { schema: OBLIGATION_SCHEMA, ...obligation });
  const content = {
    obligation: id,
    environment,
    ...(repository === undefined ? {} : { repository }),
    ...(commit === undefined ? {} : { commit }),
    dueAt,
    document: document.digest,
  };
  return { entry: { id: derivedId("obligation", id), kind: "obligation", time: createdAt, content }, document };
}

function reviewOf(review: BypassReview): EntryWithDocument {
  const { obligation, outcome, reviewedAt } = review;
  const document = documentBlob(REVIEW_MEDIA_TYPE, { schema: REVIEW_SCHEMA, ...review });
  const content = { obligation, outcome, document: document.digest };
  return { entry: { id: derivedId("review", obligation), kind: "review", time: reviewedAt, content }, document };
}

/** Records from their documents what obligations and reviews would be recorded as; undefined for any other document. */
export function recordedAgain(kind: "obligation" | "review", data: Uint8Array): NewEntry | undefined {
  if (kind === "review") {
    const review = readReview(data);
    return review === undefined ? undefined : reviewOf(review).entry;
  }
  const obligation = readObligation(data);
  return obligation === undefined ? undefined : obligationOf(obligation).entry;
}

/**
 * The reviews that are owed, in the order of the log. Only entries of the two kinds are read, by their index.
 *
 * @param repository undefined for any; what does not say of which repository it is, is owed by all
 * @throws {GateError} `audit-corrupt` where an entry or its document is not what was recorded
 */
export async function openObligations(
  store: AuditStore,
  repository: string | undefined,
): Promise<readonly Obligation[]> {
  const closed = new Set<unknown>();
  for await (const entry of store.entries({ kind: "review" })) closed.add(bodyOf(entry).content["obligation"]);
  const open: Obligation[] = [];
  for await (const entry of store.entries({ kind: "obligation" })) {
    const body = bodyOf(entry);
    const owing = body.content["repository"];
    if (closed.has(body.content["obligation"])) continue;
    if (typeof owing === "string" && repository !== undefined && !isSameRepository(owing, repository)) continue;
    open.push(await recordedObligation(entry, body, store));
  }
  return open;
}

/** Without the document the leaf still says that a review is owed, by when and where. */
async function recordedObligation(entry: Entry, { content, time }: EntryBody, store: AuditStore): Promise<Obligation> {
  const { document, obligation, environment, dueAt } = content;
  const blob = isDigest(document) ? await store.blob(document) : undefined;
  if (blob === undefined) {
    return {
      id: String(obligation),
      environment: String(environment),
      gates: [],
      reason: "",
      ticket: "",
      requestedBy: "",
      identities: [],
      approvers: [],
      createdAt: time,
      dueAt: String(dueAt),
    };
  }
  const read = sha256(blob.data) === document ? readObligation(blob.data) : undefined;
  if (read !== undefined) return openDocument(read, await gathered(store.disclosures(blob.digest))).document;
  throw new GateError("audit-corrupt", `the document of entry ${entry.index} is not the one that was recorded`, {
    hint: "Run `gate audit verify`.",
  });
}

function bodyOf(entry: Entry): EntryBody {
  const body = readEntryBody(entry.body);
  if (body !== undefined) return body;
  throw new GateError("audit-corrupt", `entry ${entry.index} of the audit log is not what gate writes`, {
    hint: "Run `gate audit verify`.",
  });
}

function documentBlob(mediaType: string, document: object): Blob & { readonly digest: Digest } {
  const data = Buffer.from(canonicalJson(document), "utf8");
  return { digest: sha256(data), mediaType, data };
}

function readObligation(data: Uint8Array): Obligation | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the digest vouches for what gate itself wrote
  return membersOf(OBLIGATION_SCHEMA, data) as Obligation | undefined;
}

function readReview(data: Uint8Array): BypassReview | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the digest vouches for what gate itself wrote
  return membersOf(REVIEW_SCHEMA, data) as BypassReview | undefined;
}

/** Without the schema, which is not one of them; undefined for a document of another one. */
function membersOf(schema: string, data: Uint8Array): object | undefined {
  const value: unknown = JSON.parse(Buffer.from(data).toString("utf8"));
  if (!isRecord(value) || value["schema"] !== schema) return undefined;
  const { schema: _, ...members } = value;
  return members;
}

/**
 * A UUID of version 8 (RFC 9562 section 5.8) from a kind and an id. It starts with 0 as those of decisions do, so that the
 * first characters of it are never taken for the number of an entry.
 */
function derivedId(kind: string, id: string): string {
  const hex = sha256(`${kind} ${id}`).slice("sha256:".length);
  const parts = [`0${hex.slice(0, 7)}`, hex.slice(7, 11), `8${hex.slice(11, 14)}`, `8${hex.slice(14, 17)}`];
  return [...parts, hex.slice(17, 29)].join("-");
}
