import { isDigest, sha256 } from "../evidence/canonical.ts";
import { GateError } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { closedEntry, closedId, nextLog } from "./closed.ts";
import { bodyOf, type SealedRecord } from "./document.ts";
import { type EntryBody, readEntryBody } from "./entry.ts";
import { activeHolds } from "./hold.ts";
import { gathered } from "./personal.ts";
import type { AuditStore, Entry, EntryFilter, EntryKind, TreeHead } from "./store.ts";

/**
 * Logs that go on where another one ended, such as one a year. The first entry of the new log names the last tree of the one
 * before. Reviews that are owed and holds are carried over as the next entries, for a log that forgot them would let through
 * what they stop; decisions are not, so that none is counted twice: whoever looks back looks into both.
 */

/** What the first entry of a log says of the one before it. */
export interface PreviousLog extends TreeHead {
  /** How many of the next entries were carried over. */
  readonly carried: number;
  /** The signed checkpoint of its last tree, as text; missing where nobody signed it. */
  readonly note?: string;
}

/** The kinds that are carried over. */
export const CARRIED_KINDS: ReadonlySet<EntryKind> = new Set(["obligation", "hold"]);

/** What the body of a log's first entry says of the log before it; undefined where there is none. */
export function previousOf({ content }: Pick<EntryBody, "content">): PreviousLog | undefined {
  const previous = content["previous"];
  if (!isRecord(previous)) return undefined;
  const { origin, size, root, carried, note } = previous;
  if (typeof origin !== "string" || typeof size !== "number" || !isDigest(root)) return undefined;
  if (typeof carried !== "number") return undefined;
  return { origin, size, root, carried, ...(typeof note === "string" ? { note } : {}) };
}

/** The log before this one, and when this one began; undefined where there is none. */
export async function previousLog(
  store: Pick<AuditStore, "find">,
): Promise<(PreviousLog & { readonly began: Date }) | undefined> {
  const first = await store.find("0");
  const body = first === undefined ? undefined : readEntryBody(first.body);
  const previous = body === undefined ? undefined : previousOf(body);
  return previous === undefined ? undefined : { ...previous, began: new Date(body?.time ?? Number.NaN) };
}

/**
 * Keeps decisions out of a log that does not have yet what was to be carried over.
 *
 * @throws {GateError} `audit-write-failed`
 */
export async function refuseIncomplete(store: Pick<AuditStore, "find" | "head">): Promise<void> {
  const previous = await previousLog(store);
  if (previous === undefined) return;
  const { origin, size } = await store.head();
  if (size > previous.carried) return;
  throw new GateError("audit-write-failed", `the audit log ${origin} lacks what ${previous.origin} owes and holds`, {
    hint: "Run `gate audit shard` again on the log before, which goes on where it stopped.",
  });
}

/** The log that a closed one goes on in, and its last tree; undefined where it is not closed. */
export async function closingOf(
  store: Pick<AuditStore, "find" | "head">,
): Promise<{ readonly next: string; readonly head: TreeHead } | undefined> {
  const { origin } = await store.head();
  const closing = await store.find(closedId(origin));
  const next = nextLog(closing?.body);
  if (closing === undefined || next === undefined) return undefined;
  return { next, head: await store.head(closing.index + 1) };
}

/**
 * Closes a log; one that is closed already stays as it is.
 *
 * @param next the name of the log that goes on
 * @returns its last tree
 * @throws {GateError} `usage` where it goes on in another log
 */
export async function closeLog(store: AuditStore, next: string, now: Date): Promise<TreeHead> {
  const { origin } = await store.head();
  const closing = await closingOf(store);
  if (closing === undefined) return (await store.append(closedEntry(origin, next, now), [])).head;
  if (closing.next === next) return closing.head;
  throw new GateError("usage", `the audit log ${origin} was closed, and goes on in ${closing.next}`, {
    hint: `Pass --origin ${closing.next} to finish that.`,
  });
}

/**
 * What a closed log hands on: the reviews that are owed, then the holds in force, each as it was recorded.
 *
 * @param size of its last tree: what it took since is no matter of the next
 * @throws {GateError} `usage` where a document is gone, without which nobody could review; `audit-corrupt`
 */
export async function handedOn(store: AuditStore, size: number): Promise<readonly SealedRecord[]> {
  const reviewed = new Set<unknown>();
  for await (const entry of store.entries({ kind: "review" })) reviewed.add(bodyOf(entry).content["obligation"]);
  const handed: SealedRecord[] = [];
  for await (const entry of store.entries({ kind: "obligation" })) {
    if (entry.index >= size || reviewed.has(bodyOf(entry).content["obligation"])) continue;
    handed.push(await recordableOf(entry, store));
  }
  for (const { index } of await activeHolds(store, size)) {
    const entry = await store.find(String(index));
    if (entry !== undefined) handed.push(await recordableOf(entry, store));
  }
  return handed;
}

async function recordableOf(entry: Entry, store: AuditStore): Promise<SealedRecord> {
  const { id, kind, time, content } = bodyOf(entry);
  const digest = content["document"];
  const blob = isDigest(digest) ? await store.blob(digest) : undefined;
  if (blob === undefined) {
    throw new GateError(
      "usage",
      `the document of entry ${entry.index} is gone, so the ${kind} cannot be carried over`,
      {
        hint: "Restore the log from a copy that has it.",
      },
    );
  }
  if (sha256(blob.data) === digest) {
    const disclosures = await gathered(store.disclosures(blob.digest));
    return { entry: { id, kind, time, content }, blobs: [blob], disclosures };
  }
  throw new GateError("audit-corrupt", `the document of entry ${entry.index} is not the one that was recorded`, {
    hint: "Run `gate audit verify`.",
  });
}

/** The part of a store that looks at earlier decisions. */
export type PastDecisions = Pick<AuditStore, "entries" | "blob" | "head">;

/** A log with the decisions of the log before it behind its own; all else is the log's. */
export function withPrevious(store: PastDecisions, previous: PastDecisions): PastDecisions {
  return {
    head: (size) => store.head(size),
    async blob(digest) {
      return (await store.blob(digest)) ?? previous.blob(digest);
    },
    async *entries(filter: EntryFilter = {}) {
      let left = filter.last ?? 0;
      for await (const entry of store.entries(filter)) {
        yield entry;
        left -= 1;
      }
      if (left > 0 && filter.kind === "decision") yield* previous.entries({ ...filter, last: left });
    },
  };
}
