import { GateError } from "../util/errors.ts";
import { derivedId } from "./document.ts";
import { readEntryBody } from "./entry.ts";
import type { EntryKind, NewEntry } from "./store.ts";

/** What is still appended to a log that is closed: its documents go on to age, and people go on to have rights. */
export const AFTER_CLOSED: ReadonlySet<EntryKind> = new Set(["deletion", "hold"]);

/** The entry that closes a log. There is one for each: its id follows from the log's name. */
export function closedEntry(origin: string, next: string, closedAt: Date): NewEntry {
  return { id: closedId(origin), kind: "closed", time: closedAt.toISOString(), content: { next } };
}

/** The id that the entry which closes a log has, where it is closed. */
export function closedId(origin: string): string {
  return derivedId("closed", origin);
}

/** The log that a closed one goes on in. @param body of the entry that closes it; undefined where nothing does */
export function nextLog(body: Uint8Array | undefined): string | undefined {
  const read = body === undefined ? undefined : readEntryBody(body);
  return read?.kind === "closed" ? String(read.content["next"]) : undefined;
}

/**
 * Keeps entries out of a log that is closed.
 *
 * @param body of the entry that closes the log; undefined where nothing does
 * @throws {GateError} `audit-closed`
 */
export function refuseClosed(origin: string, { kind }: Pick<NewEntry, "kind">, body: Uint8Array | undefined): void {
  if (body === undefined || AFTER_CLOSED.has(kind)) return;
  throw closedLog(origin, nextLog(body) ?? "another log");
}

/** Where a log takes no more entries. */
export function closedLog(origin: string, next: string): GateError {
  return new GateError("audit-closed", `the audit log ${origin} is closed; ${next} goes on where it ended`, {
    hint: "Name the log that goes on as audit.store of gate.yaml, and this one as audit.previous.",
  });
}
