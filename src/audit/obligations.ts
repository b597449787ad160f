import { isSameRepository } from "../decision/evidence.ts";
import type { Obligation } from "../decision/obligations.ts";
import { isDigest, sha256 } from "../evidence/canonical.ts";
import { GateError } from "../util/errors.ts";
import { absencesIn } from "./deletion.ts";
import {
  bodyOf,
  derivedId,
  documentBlob,
  membersOf,
  type Recordable,
  type SealedRecord,
  withDisclosures,
} from "./document.ts";
import { type EntryBody, OBLIGATION_MEDIA_TYPE, REVIEW_MEDIA_TYPE } from "./entry.ts";
import { gathered, openDocument, type SealOptions, sealDocument } from "./personal.ts";
import type { AuditStore, Entry } from "./store.ts";

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

/**
 * The entry that records an obligation. Its id follows from the decision's, so that a second attempt is known as such; as the
 * salts are new each time, it is made once, and appended again where that failed.
 */
export function obligationEntry(obligation: Obligation, options: SealOptions): SealedRecord {
  const { sealed, openings } = sealDocument("obligation", obligation, options);
  return withDisclosures(recordObligation(sealed), openings);
}

/** The entry that closes an obligation. There is one for each: its id follows from the obligation's. */
export function reviewEntry(review: BypassReview, options: SealOptions): SealedRecord {
  const { sealed, openings } = sealDocument("review", review, options);
  return withDisclosures(recordReview(sealed), openings);
}

/** The entry of an obligation in its recorded form. */
export function recordObligation(obligation: Obligation): Recordable {
  const { id, repository, environment, commit, createdAt, dueAt } = obligation;
  const blob = documentBlob(OBLIGATION_MEDIA_TYPE, { schema: OBLIGATION_SCHEMA, ...obligation });
  const content = {
    obligation: id,
    environment,
    ...(repository === undefined ? {} : { repository }),
    ...(commit === undefined ? {} : { commit }),
    dueAt,
    document: blob.digest,
  };
  return { entry: { id: derivedId("obligation", id), kind: "obligation", time: createdAt, content }, blobs: [blob] };
}

/** The entry of a review in its recorded form. */
export function recordReview(review: BypassReview): Recordable {
  const { obligation, outcome, reviewedAt } = review;
  const blob = documentBlob(REVIEW_MEDIA_TYPE, { schema: REVIEW_SCHEMA, ...review });
  const content = { obligation, outcome, document: blob.digest };
  return { entry: { id: derivedId("review", obligation), kind: "review", time: reviewedAt, content }, blobs: [blob] };
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
    const why = isDigest(document) ? await absencesIn(store).of(document, entry.index) : "is not named";
    return {
      id: String(obligation),
      environment: String(environment),
      gates: [],
      reason: `its document ${why}`,
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

/** The obligation of a document; undefined for any other document. */
export function readObligation(data: Uint8Array): Obligation | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the digest vouches for what gate itself wrote
  return membersOf(OBLIGATION_SCHEMA, data) as Obligation | undefined;
}

/** The review of a document; undefined for any other document. */
export function readReview(data: Uint8Array): BypassReview | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the digest vouches for what gate itself wrote
  return membersOf(REVIEW_SCHEMA, data) as BypassReview | undefined;
}
