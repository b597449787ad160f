import { GateError } from "../../util/errors.ts";
import { type EntryBody, readEntryBody } from "../entry.ts";
import { fromDigest, isSameHash, leafHash, type NodeReader } from "../log.ts";
import type { AuditStore, Entry, EntryKind, TreeHead } from "../store.ts";

/** Enough for the ways from two neighbouring leaves to the root of any log. */
const REMEMBERED_NODES = 512;

/** Which entries are exported: all that fit every member that is given. */
export interface Selection {
  readonly kinds?: readonly EntryKind[];
  /** By the time that they were recorded, in milliseconds since 1970, UTC; from this moment on. */
  readonly since?: number;
  /** Before this moment. */
  readonly until?: number;
  /** The newest of those that fit the rest, at most this many. */
  readonly last?: number;
}

/** An entry that was found to be what its leaf hash says. */
export interface ExportedEntry {
  readonly entry: Entry;
  readonly body: EntryBody;
  /** The exact bytes of the body as text: it is RFC 8785, so nothing is lost and no line break is in it. */
  readonly text: string;
}

/**
 * The selected entries of the tree `head`, in the order of the log whatever the selection; one at a time.
 *
 * @throws {GateError} `audit-corrupt` where an entry is not what gate wrote, or its bytes are not those of its leaf hash
 */
export async function* selectEntries(
  store: AuditStore,
  head: TreeHead,
  { last, ...selection }: Selection,
): AsyncIterable<ExportedEntry> {
  if (last !== undefined) {
    for (const index of (await newest(store, head, selection, last)).toReversed()) {
      const entry = await store.find(String(index));
      if (entry === undefined) throw corrupt(index, "is missing");
      yield readExported(entry, head.origin);
    }
    return;
  }
  for await (const entry of store.entries(filterOf(selection))) {
    // What is appended meanwhile is not in the tree that the export is about.
    if (entry.index >= head.size) return;
    const exported = readExported(entry, head.origin);
    if (isSelected(exported, selection)) yield exported;
  }
}

/** The indexes of the newest, newest first. Indexes and not entries: as many as were asked for have to fit into memory. */
async function newest(
  store: AuditStore,
  head: TreeHead,
  selection: Selection,
  last: number,
): Promise<readonly number[]> {
  const indexes: number[] = [];
  for await (const entry of store.entries({ ...filterOf(selection), last: Number.MAX_SAFE_INTEGER })) {
    if (entry.index >= head.size || !isSelected(readExported(entry, head.origin), selection)) continue;
    indexes.push(entry.index);
    if (indexes.length >= last) break;
  }
  return indexes;
}

function filterOf({ kinds = [] }: Selection): { readonly kind?: EntryKind } {
  const [kind, ...others] = kinds;
  return kind === undefined || others.length > 0 ? {} : { kind };
}

function isSelected({ body }: ExportedEntry, { kinds = [], since, until }: Selection): boolean {
  if (kinds.length > 0 && !kinds.includes(body.kind)) return false;
  const time = Date.parse(body.time);
  return (since === undefined || time >= since) && (until === undefined || time < until);
}

/**
 * An entry that was looked at by itself.
 *
 * @throws {GateError} `audit-corrupt` where it is not what gate wrote, or its bytes are not those of its leaf hash
 */
export function readExported(entry: Entry, origin: string): ExportedEntry {
  const body = readEntryBody(entry.body);
  if (body === undefined || body.log !== origin || body.id !== entry.id || body.kind !== entry.kind) {
    throw corrupt(entry.index, "is not what gate writes");
  }
  if (!isSameHash(leafHash(entry.body), fromDigest(entry.leafHash))) {
    throw corrupt(entry.index, "does not have the hash that was recorded");
  }
  return { entry, body, text: Buffer.from(entry.body).toString("utf8") };
}

/** Says that an entry cannot be exported. */
export function corrupt(index: number, what: string): GateError {
  return new GateError("audit-corrupt", `entry ${index} of the audit log ${what}`, {
    hint: "Run `gate audit verify`, and restore the log from a copy.",
  });
}

/** Reads nodes of a store and remembers the latest: the proofs of neighbouring leaves are nearly the same. */
export function rememberingReader(store: AuditStore): NodeReader {
  const remembered = new Map<string, Uint8Array>();
  return async (place) => {
    const key = `${place.level}/${place.index}`;
    const hash = remembered.get(key) ?? (await store.node(place));
    remembered.delete(key);
    remembered.set(key, hash);
    const [oldest] = remembered.keys();
    if (remembered.size > REMEMBERED_NODES && oldest !== undefined) remembered.delete(oldest);
    return hash;
  };
}
