import { DECISION_SCHEMA, type Decision, type Subject } from "../decision/types.ts";
import { canonicalJson, isDigest, parseCanonicalJson, sha256 } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { isOrigin } from "./checkpoint.ts";
import type { BlobReference } from "./evidence.ts";
import { disclosuresOf, gathered, openDocument, type Salts, type SealOptions, sealDocument } from "./personal.ts";
import type { PreviousLog } from "./shard.ts";
import {
  type AuditStore,
  type Blob,
  type Disclosure,
  ENTRY_KINDS,
  type Entry,
  type EntryKind,
  type NewEntry,
} from "./store.ts";
import { UUID_PATTERN } from "./uuid.ts";

/** What the first entry of a log commits to; another way of hashing or of writing bodies gets another name. */
const LOG_FORMAT = "gate-audit/v1";

/** Media type of the canonical decision document. */
export const DECISION_MEDIA_TYPE = "application/vnd.gate.decision.v1+json";

/** Media types of the documents of obligations and of reviews. */
export const OBLIGATION_MEDIA_TYPE = "application/vnd.gate.obligation.v1+json";
export const REVIEW_MEDIA_TYPE = "application/vnd.gate.review.v1+json";

/** Media types of the documents of deletions and of holds. */
export const DELETION_MEDIA_TYPE = "application/vnd.gate.deletion.v1+json";
export const HOLD_MEDIA_TYPE = "application/vnd.gate.hold.v1+json";

/** Documents that are never removed: they are all that says why others are gone, or have to stay. */
export const PERMANENT_MEDIA_TYPES: readonly string[] = [DELETION_MEDIA_TYPE, HOLD_MEDIA_TYPE];

/** Bytes of one body: the limit that C2SP tlog-tiles sets with its 16-bit length. */
export const MAX_BODY_BYTES = 65_535;

/** Bytes of the lists and the subject of a decision's leaf; the rest of a body is room for origin, id and time. */
const MAX_CONTENT_BYTES = 60_000;

/** More than the leaf says beyond its document: its digest, and the names and the lengths of the lists. */
const LEAF_EXTRA_BYTES = 1_000;

const BODY_VERSION = 1;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** A body, read back. */
export interface EntryBody {
  readonly log: string;
  readonly id: string;
  readonly kind: EntryKind;
  readonly time: string;
  readonly content: Readonly<Record<string, unknown>>;
}

/** A list that is left to the document where the leaf would grow too large; its length is committed either way. */
interface LeafList<T> {
  readonly count: number;
  readonly items?: readonly T[];
}

/** What the leaf of a decision says by itself, without the document. */
export interface DecisionLeaf {
  readonly outcome: Decision["outcome"];
  readonly environment: string;
  /** Without the change's author: a leaf cannot be erased, so what identifies a person stays in the document. */
  readonly subject: Omit<Subject, "artifacts" | "change"> & {
    readonly change?: { readonly id: string; readonly base?: string };
    readonly artifacts: LeafList<Subject["artifacts"][number]>;
  };
  readonly evaluatedAt: string;
  readonly engine: string;
  readonly policy: Digest;
  readonly config: Digest;
  readonly integrity: Decision["integrity"]["level"];
  readonly evidence: LeafList<Pick<Decision["evidence"][number], "id" | "kind" | "sha256" | "status">>;
  readonly gates: LeafList<
    Pick<Decision["gates"][number], "id" | "enforcement" | "result"> & { readonly violations: number }
  >;
  /** Inputs and policies, where they are stored. */
  readonly stored: LeafList<Digest>;
  /** Of the canonical decision document, which is stored as a blob of type {@link DECISION_MEDIA_TYPE}. */
  readonly decision: Digest;
}

/**
 * The RFC 8785 bytes that are hashed into the log: `{"v":1,"log","id","kind","time", ...content}`.
 *
 * @throws {GateError} `audit-write-failed` for a body of more than 65,535 bytes; `internal` for an entry that cannot be
 *   read back: a malformed id, time or origin, or content that names a member of the fixed part
 */
export function entryBody(origin: string, entry: NewEntry): Uint8Array {
  const body = Buffer.from(entryText(origin, entry), "utf8");
  if (body.length > MAX_BODY_BYTES) {
    throw new GateError(
      "audit-write-failed",
      `the audit entry ${entry.id} would take ${body.length} bytes; an entry holds at most ${MAX_BODY_BYTES}`,
      { hint: "Look for an unusually long ref, repository or run URL in the subject of the decision." },
    );
  }
  return body;
}

/** The text of {@link entryBody}, however long. @throws {GateError} `internal` as {@link entryBody} */
export function entryText(origin: string, { id, kind, time, content }: NewEntry): string {
  if (!isOrigin(origin)) throw malformed("origin", origin);
  if (!UUID_PATTERN.test(id)) throw malformed("id", id);
  if (!isTime(time)) throw malformed("time", time);
  const fixed = { v: BODY_VERSION, log: origin, id, kind, time };
  const clash = Object.keys(fixed).find((key) => Object.hasOwn(content, key));
  if (clash !== undefined) throw malformed("content", clash);

  return canonicalJson({ ...content, ...fixed });
}

/** When an entry that was spooled came into the log, and who had signed it. */
export interface Collection {
  /** RFC 3339, UTC, milliseconds. The entry's own time is that of its decision. */
  readonly at: string;
  /** Fingerprint of the key that the spooled entry was signed with; null where it was not signed. */
  readonly signer: string | null;
}

/** The entry with what is known of its collection, which the log commits to like to the rest. */
export function withCollection(entry: NewEntry, { at, signer }: Collection): NewEntry {
  return { ...entry, content: { ...entry.content, collected: { at, signer } } };
}

/** The entry as it was spooled; the same object where it was not. */
export function withoutCollection(entry: NewEntry): NewEntry {
  if (!Object.hasOwn(entry.content, "collected")) return entry;
  const { collected: _, ...content } = entry.content;
  return { ...entry, content };
}

/** What an entry's content says of its collection; undefined where it says nothing, or something else. */
export function collectionOf({ collected }: Readonly<Record<string, unknown>>): Collection | undefined {
  if (!isRecord(collected) || Object.keys(collected).length !== 2) return undefined;
  const { at, signer } = collected;
  if (typeof at !== "string" || !isTime(at)) return undefined;
  return signer === null || typeof signer === "string" ? { at, signer } : undefined;
}

/** Reads a body; `undefined` unless it is exactly what {@link entryBody} writes. */
export function readEntryBody(body: Uint8Array): EntryBody | undefined {
  const text = textOfBytes(body);
  return text === undefined ? undefined : readEntryText(text);
}

/** As {@link readEntryBody}, of its text. */
export function readEntryText(text: string): EntryBody | undefined {
  const value = parseCanonicalJson(text)?.value;
  if (!isRecord(value) || value["v"] !== BODY_VERSION) return undefined;
  const { v: _, log, id, kind: kindName, time, ...content } = value;
  const kind = ENTRY_KINDS.find((known) => known === kindName);
  if (kind === undefined || typeof log !== "string" || typeof id !== "string" || typeof time !== "string") {
    return undefined;
  }
  return isOrigin(log) && UUID_PATTERN.test(id) && isTime(time) ? { log, id, kind, time, content } : undefined;
}

/** Whether entries of a kind say everything in their leaf. */
export function isWithoutDocument(kind: EntryKind): kind is "log-created" | "closed" | "key" {
  return kind === "log-created" || kind === "closed" || kind === "key";
}

/**
 * The blobs that an entry's leaf commits to by digest, with the media type that each must have. Through a decision's
 * document it commits to more: `storedReferences`.
 */
export function blobReferences(kind: EntryKind, content: Readonly<Record<string, unknown>>): readonly BlobReference[] {
  switch (kind) {
    case "log-created":
    case "closed":
    case "key":
      return [];
    case "decision":
      return isDecisionLeaf(content) ? [{ digest: content.decision, mediaType: DECISION_MEDIA_TYPE }] : [];
    case "obligation":
      return documentReference(content, OBLIGATION_MEDIA_TYPE);
    case "review":
      return documentReference(content, REVIEW_MEDIA_TYPE);
    case "deletion":
      return documentReference(content, DELETION_MEDIA_TYPE);
    case "hold":
      return documentReference(content, HOLD_MEDIA_TYPE);
    default:
      return kind satisfies never;
  }
}

function documentReference(
  { document }: Readonly<Record<string, unknown>>,
  mediaType: string,
): readonly BlobReference[] {
  return isDigest(document) ? [{ digest: document, mediaType }] : [];
}

/**
 * The entry that starts a log: it commits the origin, the format and the time of creation.
 *
 * @param previous of the log that it goes on from, where there is one
 */
export function logCreatedEntry(id: string, createdAt: Date, previous?: PreviousLog): NewEntry {
  const content = { format: LOG_FORMAT, ...(previous === undefined ? {} : { previous }) };
  return { id, kind: "log-created", time: createdAt.toISOString(), content };
}

/**
 * The entry that records a decision, under the decision's own id, and the document it commits to.
 *
 * @param decision in its recorded form, with `audit: null`: it cannot name its own place in the log
 * @param recordedAt the same at every attempt to record it, so that a second attempt is known as such
 */
export function decisionEntry(
  decision: Decision,
  recordedAt: Date,
): { readonly entry: NewEntry; readonly blobs: readonly Blob[] } {
  if (decision.audit !== null) throw new GateError("internal", "a decision is recorded before it is in the log");
  const data = Buffer.from(canonicalJson(decision), "utf8");
  const blob = { digest: sha256(data), mediaType: DECISION_MEDIA_TYPE, data };
  const entry = documentedEntry(decision, { digest: blob.digest, bytes: data.length }, recordedAt);
  return { entry, blobs: [blob] };
}

/**
 * The entry that records a decision whose document is there.
 *
 * @param document of its canonical bytes, the digest and how many they are
 */
export function documentedEntry(
  decision: Decision,
  { digest, bytes }: { readonly digest: Digest; readonly bytes: number },
  recordedAt: Date,
): NewEntry {
  const full = decisionLeaf(decision, digest, true);
  // What the leaf says the document says as well, so that only of a large one the leaf has to be measured.
  const fits =
    bytes <= MAX_CONTENT_BYTES - LEAF_EXTRA_BYTES ||
    Buffer.byteLength(canonicalJson(full), "utf8") <= MAX_CONTENT_BYTES;
  const content = { ...(fits ? full : decisionLeaf(decision, digest, false)) };
  return { id: decision.id, kind: "decision", time: recordedAt.toISOString(), content };
}

/** A decision's entry, with what its document commits to in place of names. */
export interface SealedDecision {
  readonly entry: NewEntry;
  readonly blobs: readonly Blob[];
  readonly disclosures: readonly Disclosure[];
  /** As {@link RecordedDecision.salts}. */
  readonly salts?: Salts;
}

/**
 * As {@link decisionEntry}, of the decision without its personal data. The salts are new each time: it is made once, and
 * appended again where that failed.
 */
export function sealedDecisionEntry(decision: Decision, recordedAt: Date, options: SealOptions): SealedDecision {
  const { sealed, openings, salts } = sealDocument("decision", decision, options);
  const { entry, blobs } = decisionEntry(sealed, recordedAt);
  const disclosures = blobs.flatMap(({ digest }) => disclosuresOf(digest, openings));
  return { entry, blobs, disclosures, ...(openings.length === 0 ? {} : { salts }) };
}

/**
 * The leaf of a decision.
 *
 * @throws {GateError} `audit-corrupt` where the entry is not a decision
 */
export function readDecisionLeaf(entry: Entry): DecisionLeaf {
  const body = readEntryBody(entry.body);
  if (body?.kind === "decision" && isDecisionLeaf(body.content)) return body.content;
  throw new GateError("audit-corrupt", `entry ${entry.index} of the audit log is not a decision`);
}

/**
 * The decision as it was recorded.
 *
 * @throws {GateError} `audit-corrupt` where the blob is not the document that the entry commits to
 */
export function readDecision(entry: Entry, blob: Blob): Decision {
  if (sha256(blob.data) !== readDecisionLeaf(entry).decision) {
    throw new GateError("audit-corrupt", `the document of entry ${entry.index} is not the one that was recorded`, {
      hint: "Run `gate audit verify`.",
    });
  }
  const document = readDecisionDocument(blob.data);
  if (document !== undefined) return document;
  throw new GateError("audit-unreadable", `entry ${entry.index} holds no ${DECISION_SCHEMA} document`, {
    hint: "Use the version of gate that recorded it, or a later one.",
  });
}

/** A decision with the names that are still known, and what its recorded form is made with again. */
export interface RecordedDecision {
  readonly decision: Decision;
  /** Missing where the recorded form commits to nothing. */
  readonly salts?: Salts;
  /** How many of the names and texts that it commits to were erased. */
  readonly erased: number;
}

/**
 * The decision of an entry, with its names as far as they are still there.
 *
 * @returns undefined where only the leaf is left
 * @throws {GateError} `audit-corrupt`, `audit-unreadable` as {@link readDecision}
 */
export async function openDecision(
  entry: Entry,
  store: Pick<AuditStore, "blob" | "disclosures">,
): Promise<RecordedDecision | undefined> {
  const blob = await store.blob(readDecisionLeaf(entry).decision);
  if (blob === undefined) return undefined;
  const recorded = readDecision(entry, blob);
  const { document, salts, erased } = openDocument(recorded, await gathered(store.disclosures(blob.digest)));
  return { decision: document, ...(Object.keys(salts).length === 0 ? {} : { salts }), erased };
}

/** A decision from its canonical bytes; `undefined` for bytes of any other kind. The digest vouches for the rest. */
export function readDecisionDocument(data: Uint8Array): Decision | undefined {
  const text = textOfBytes(data);
  return text === undefined ? undefined : readDecisionText(text);
}

/** A decision from its canonical text; `undefined` for any other text. */
export function readDecisionText(text: string): Decision | undefined {
  const value = parseCanonicalJson(text)?.value;
  return isDecision(value) ? value : undefined;
}

function decisionLeaf(decision: Decision, digest: Digest, withItems: boolean): DecisionLeaf {
  const { artifacts, change, ...subject } = decision.subject;
  return {
    outcome: decision.outcome,
    environment: decision.environment,
    subject: {
      ...subject,
      ...(change === undefined
        ? {}
        : { change: { id: change.id, ...(change.base === undefined ? {} : { base: change.base }) } }),
      artifacts: leafList(artifacts, ({ name, digest: artifact }) => ({ name, digest: artifact }), withItems),
    },
    evaluatedAt: decision.evaluatedAt,
    engine: decision.engine.version,
    policy: decision.policy.digest,
    config: decision.config.digest,
    integrity: decision.integrity.level,
    evidence: leafList(
      decision.evidence,
      ({ id, kind, sha256: source, status }) => ({ id, kind, sha256: source, status }),
      withItems,
    ),
    gates: leafList(
      decision.gates,
      ({ id, enforcement, result, violations }) => ({ id, enforcement, result, violations: violations.length }),
      withItems,
    ),
    stored: leafList(
      [...(decision.inputs === null ? [] : [decision.inputs]), ...(decision.policy.stored ?? [])],
      (stored) => stored,
      withItems,
    ),
    decision: digest,
  };
}

function leafList<T, U>(values: readonly T[], item: (value: T) => U, withItems: boolean): LeafList<U> {
  return withItems ? { count: values.length, items: values.map(item) } : { count: values.length };
}

/** `undefined` for bytes that are no UTF-8. */
function textOfBytes(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

function isDecision(value: unknown): value is Decision {
  return isRecord(value) && value["schema"] === DECISION_SCHEMA;
}

/** Only the member that commits to the document is looked at: it vouches for what else the leaf repeats from it. */
function isDecisionLeaf(content: object): content is DecisionLeaf {
  return "decision" in content && isDigest(content.decision);
}

function isTime(time: string): boolean {
  return TIME.test(time) && !Number.isNaN(Date.parse(time));
}

function malformed(what: string, value: string): GateError {
  return new GateError("internal", `malformed ${what} of an audit entry: ${JSON.stringify(value)}`);
}
