import { canonicalJson, isDigest, sha256 } from "../evidence/canonical.ts";
import { decodeBase64 } from "../util/base64.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { otherEntry } from "./committed.ts";
import { type Collection, entryBody, readEntryBody, withCollection, withoutCollection } from "./entry.ts";
import { isCommitment, opens } from "./personal.ts";
import type { AuditStore, Blob, Disclosure, EntryKind, NewEntry } from "./store.ts";
import { UUID_PATTERN } from "./uuid.ts";

/** Media type of spooled entries, also within a signature. */
export const SPOOL_MEDIA_TYPE = "application/vnd.gate.spool.v1+json";

/** Bytes of one file of spooled entries, its signature included. */
export const MOST_SPOOL_BYTES = 256 << 20;

const SPOOL_SCHEMA = "gate/spool/v1";
const MOST_ENTRIES = 10_000;
const MOST_BLOBS = 100_000;

/** What can be recorded elsewhere; the rest is about the log that it is in. */
export const SPOOLED_KINDS = ["decision", "obligation", "review"] as const satisfies readonly EntryKind[];

/** An entry and what it commits to, as it would have been appended. */
export interface SpooledEntry {
  readonly entry: NewEntry;
  readonly blobs: readonly Blob[];
  /** Missing where the document commits to nothing. */
  readonly disclosures?: readonly Disclosure[];
}

/** The canonical bytes of entries that are appended later, elsewhere. */
export function spoolDocument(entries: readonly SpooledEntry[]): Uint8Array {
  const value = {
    schema: SPOOL_SCHEMA,
    entries: entries.map(({ entry, blobs, disclosures = [] }) => ({
      ...entry,
      blobs: blobs.map(({ digest, mediaType, data }) => ({
        digest,
        mediaType,
        data: Buffer.from(data).toString("base64"),
      })),
      // Not in files that earlier versions wrote.
      ...(disclosures.length === 0 ? {} : { disclosures: disclosures.map(spooledDisclosure) }),
    })),
  };
  return Buffer.from(canonicalJson(value), "utf8");
}

function spooledDisclosure({ document, commitment, salt, value }: Disclosure) {
  return { document, commitment, salt: Buffer.from(salt).toString("base64"), value };
}

/** Reads what {@link spoolDocument} wrote; undefined for anything else, such as a blob that is not the one of its digest. */
export function readSpool(document: Uint8Array): readonly SpooledEntry[] | undefined {
  const value = parseJson(document);
  if (!isRecord(value) || value["schema"] !== SPOOL_SCHEMA || !Array.isArray(value["entries"])) return undefined;
  const entries = listOf(value["entries"], MOST_ENTRIES, readSpooled);
  // What is not exactly what gate writes has members that nobody looked at.
  return entries !== undefined && Buffer.compare(spoolDocument(entries), document) === 0 ? entries : undefined;
}

/** What became of a spooled entry. */
export type Collected = "appended" | "present";

/**
 * Appends a spooled entry, with the time of its collection; one that is in the log already is left as it is, whenever it was
 * collected.
 *
 * @throws {GateError} `audit-write-failed`, also where the log has another entry under its id
 */
export async function collectEntry(
  store: AuditStore,
  { entry, blobs, disclosures }: SpooledEntry,
  collection: Collection,
): Promise<Collected> {
  if (await isPresent(store, entry)) return "present";
  try {
    await store.append(withCollection(entry, collection), blobs, disclosures);
    return "appended";
  } catch (error) {
    // Somebody else may have collected it meanwhile, at another time.
    if (error instanceof GateError && error.code === "audit-write-failed" && (await isPresent(store, entry))) {
      return "present";
    }
    throw error;
  }
}

/** @throws {GateError} `audit-write-failed` where the id is another entry's */
async function isPresent(store: AuditStore, entry: NewEntry): Promise<boolean> {
  const found = await store.find(entry.id);
  if (found === undefined) return false;
  const body = readEntryBody(found.body);
  if (body === undefined) throw otherEntry(entry.id);
  const { log, id, kind, time } = body;
  const before: NewEntry = withoutCollection({ id, kind, time, content: body.content });
  if (Buffer.compare(entryBody(log, before), entryBody(log, entry)) !== 0) throw otherEntry(entry.id);
  return true;
}

function readSpooled(value: unknown): SpooledEntry | undefined {
  if (!isRecord(value) || !Array.isArray(value["blobs"]) || !isRecord(value["content"])) return undefined;
  const { id, time, content, disclosures: given = [] } = value;
  const kind = SPOOLED_KINDS.find((known) => known === value["kind"]);
  const blobs = listOf(value["blobs"], MOST_BLOBS, readBlob);
  const disclosures = Array.isArray(given) ? listOf(given, MOST_BLOBS, readDisclosure) : undefined;
  if (kind === undefined || blobs === undefined || disclosures === undefined) return undefined;
  if (typeof id !== "string" || !UUID_PATTERN.test(id) || typeof time !== "string") return undefined;
  const entry: NewEntry = { id, kind, time, content };
  // When it was collected, only whoever collects it can say.
  return isEntry(entry) && withoutCollection(entry) === entry ? { entry, blobs, disclosures } : undefined;
}

/** Whether a body can be made of it. */
function isEntry(entry: NewEntry): boolean {
  try {
    return readEntryBody(entryBody("spool", entry)) !== undefined;
  } catch {
    return false;
  }
}

function readBlob(value: unknown): Blob | undefined {
  if (!isRecord(value)) return undefined;
  const { digest, mediaType } = value;
  const data = typeof value["data"] === "string" ? decodeBase64(value["data"]) : undefined;
  if (data === undefined || !isDigest(digest) || typeof mediaType !== "string") return undefined;
  return sha256(data) === digest ? { digest, mediaType, data } : undefined;
}

function readDisclosure(value: unknown): Disclosure | undefined {
  if (!isRecord(value)) return undefined;
  const { document, commitment, value: text } = value;
  const salt = typeof value["salt"] === "string" ? decodeBase64(value["salt"]) : undefined;
  if (salt === undefined || !isDigest(document) || !isCommitment(commitment) || typeof text !== "string")
    return undefined;
  const disclosure = { document, commitment, salt, value: text };
  return opens(disclosure) ? disclosure : undefined;
}

function listOf<T>(
  values: readonly unknown[],
  most: number,
  read: (value: unknown) => T | undefined,
): readonly T[] | undefined {
  if (values.length > most) return undefined;
  const list: T[] = [];
  for (const value of values) {
    const one = read(value);
    if (one === undefined) return undefined;
    list.push(one);
  }
  return list;
}

function parseJson(document: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(document));
  } catch {
    return undefined;
  }
}
