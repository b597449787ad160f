import { refuseAbsent } from "../audit/deletion.ts";
import { openDecision, type RecordedDecision, readDecisionLeaf } from "../audit/entry.ts";
import type { AuditStore, Entry } from "../audit/store.ts";
import { GateError } from "../util/errors.ts";

/**
 * The entry of one decision: the last one, or the one that is named by index, id or the first characters of an id.
 *
 * @throws {GateError} `usage` where there is none
 */
export async function decisionEntryOf(reference: string | undefined, store: AuditStore): Promise<Entry> {
  if (reference === undefined) {
    for await (const entry of store.entries({ kind: "decision", last: 1 })) return entry;
    throw new GateError("usage", "the log holds no decision yet", { hint: "Run `gate check` first." });
  }
  const entry = await store.find(reference);
  if (entry?.kind === "decision") return entry;
  throw new GateError("usage", `the log has no decision "${reference}"`, { hint: "Run `gate audit list`." });
}

/**
 * The decision of an entry, with the names that are still known.
 *
 * @throws {GateError} `audit-unreadable` where only the leaf is left; `audit-corrupt`
 */
export async function recordedDecision(entry: Entry, store: AuditStore): Promise<RecordedDecision> {
  return (await openDecision(entry, store)) ?? refuseAbsent(store, readDecisionLeaf(entry).decision, entry.index);
}
