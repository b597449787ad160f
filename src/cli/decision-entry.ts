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
