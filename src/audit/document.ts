import { canonicalJson, sha256 } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { type EntryBody, readEntryBody } from "./entry.ts";
import { disclosuresOf, type Opening } from "./personal.ts";
import type { Blob, Disclosure, Entry, NewEntry } from "./store.ts";

/** An entry and its document. */
export interface Recordable {
  readonly entry: NewEntry;
  readonly blobs: readonly Blob[];
}

/** With what the commitments in its document stand for. */
export interface SealedRecord extends Recordable {
  readonly disclosures: readonly Disclosure[];
}

/** An entry with what its document, which has the commitments of these openings, discloses. */
export function withDisclosures(record: Recordable, openings: readonly Opening[]): SealedRecord {
  return { ...record, disclosures: record.blobs.flatMap(({ digest }) => disclosuresOf(digest, openings)) };
}

/** The canonical bytes of a document as a blob. */
export function documentBlob(mediaType: string, document: object): Blob & { readonly digest: Digest } {
  const data = Buffer.from(canonicalJson(document), "utf8");
  return { digest: sha256(data), mediaType, data };
}

/** Without the schema, which is not one of them; undefined for a document of another one. */
export function membersOf(schema: string, data: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  const value: unknown = JSON.parse(Buffer.from(data).toString("utf8"));
  if (!isRecord(value) || value["schema"] !== schema) return undefined;
  const { schema: _, ...members } = value;
  return members;
}

/** What an entry says. @throws {GateError} `audit-corrupt` where gate did not write it */
export function bodyOf(entry: Entry): EntryBody {
  const body = readEntryBody(entry.body);
  if (body !== undefined) return body;
  throw new GateError("audit-corrupt", `entry ${entry.index} of the audit log is not what gate writes`, {
    hint: "Run `gate audit verify`.",
  });
}

/**
 * A UUID of version 8 (RFC 9562 section 5.8) from a kind and an id. It starts with 0 as those of decisions do, so that the
 * first characters of it are never taken for the number of an entry.
 */
export function derivedId(kind: string, id: string): string {
  const hex = sha256(`${kind} ${id}`).slice("sha256:".length);
  const parts = [`0${hex.slice(0, 7)}`, hex.slice(7, 11), `8${hex.slice(11, 14)}`, `8${hex.slice(14, 17)}`];
  return [...parts, hex.slice(17, 29)].join("-");
}
