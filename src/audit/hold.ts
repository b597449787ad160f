import { isSameRepository } from "../decision/evidence.ts";
import { isDigest, sha256 } from "../evidence/canonical.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { bodyOf, derivedId, documentBlob, membersOf, type Recordable } from "./document.ts";
import { type EntryBody, HOLD_MEDIA_TYPE } from "./entry.ts";
import type { AuditStore } from "./store.ts";

const HOLD_SCHEMA = "gate/hold/v1";

/** What a hold keeps: every entry that fits all members that are given, and with none of them the whole log. */
export interface HoldScope {
  /** RFC 3339, UTC, milliseconds: entries of this moment and later. */
  readonly since?: string;
  /** Entries before this moment. */
  readonly until?: string;
  /** As a check named it. */
  readonly repository?: string;
  /** Ids of entries. */
  readonly entries?: readonly string[];
}

/** A legal hold that begins, or one that ends. */
export interface Hold extends HoldScope {
  readonly name: string;
  readonly action: "add" | "release";
  readonly reason: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly by: string;
}

/** The entry that records it. What a hold is about is in its document: a name can be that of a person. */
export function holdEntry(hold: Hold): Recordable {
  const blob = documentBlob(HOLD_MEDIA_TYPE, { schema: HOLD_SCHEMA, ...hold });
  const content = { action: hold.action, document: blob.digest };
  return { entry: { id: derivedId("hold", blob.digest), kind: "hold", time: hold.at, content }, blobs: [blob] };
}

/** The hold of a document; undefined for any other document. */
export function readHold(data: Uint8Array): Hold | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the digest vouches for what gate itself wrote
  return membersOf(HOLD_SCHEMA, data) as unknown as Hold | undefined;
}

/** A hold that is in force, and the entry that began it. */
export interface ActiveHold extends Hold {
  readonly index: number;
}

/**
 * The holds that are in force, in the order of the log.
 *
 * @param size of the log that is asked; default: all of it
 * @throws {GateError} `audit-corrupt` where the document of one is gone or another: nothing may be removed then, for
 *   nobody can say what is held
 */
export async function activeHolds(
  store: Pick<AuditStore, "blob" | "entries">,
  size: number = Number.POSITIVE_INFINITY,
): Promise<readonly ActiveHold[]> {
  // Two that were begun under one name at the same moment are both in force.
  const active = new Map<string, readonly ActiveHold[]>();
  for await (const entry of store.entries({ kind: "hold" })) {
    if (entry.index >= size) break;
    const { document } = bodyOf(entry).content;
    const blob = isDigest(document) ? await store.blob(document) : undefined;
    const hold = blob !== undefined && sha256(blob.data) === document ? readHold(blob.data) : undefined;
    if (hold === undefined) {
      throw new GateError(
        "audit-corrupt",
        `the document of the hold of entry ${entry.index} is missing or another one`,
        {
          hint: "Run `gate audit verify`, and restore the log from a copy.",
        },
      );
    }
    if (hold.action === "add") {
      active.set(hold.name, [...(active.get(hold.name) ?? []), { ...hold, index: entry.index }]);
    } else active.delete(hold.name);
  }
  return [...active.values()].flat().toSorted((a, b) => a.index - b.index);
}

/** Whether a hold keeps what an entry commits to. What an entry does not say of itself cannot take it out of a hold. */
export function covers({ since, until, repository, entries }: HoldScope, body: EntryBody): boolean {
  const { id, content } = body;
  const time = Date.parse(body.time);
  if (since !== undefined && time < Date.parse(since)) return false;
  if (until !== undefined && time >= Date.parse(until)) return false;
  if (entries !== undefined && !entries.includes(id)) return false;
  const subject = isRecord(content["subject"]) ? content["subject"] : content;
  const about = subject["repository"];
  return repository === undefined || typeof about !== "string" || isSameRepository(about, repository);
}
