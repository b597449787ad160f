import { randomBytes } from "node:crypto";
import { basename, dirname, resolve } from "node:path";
import { type Clock, systemClock } from "../util/clock.ts";
import { GateError } from "../util/errors.ts";
import { isOrigin, originOf } from "./checkpoint.ts";
import { entryBody, logCreatedEntry } from "./entry.ts";
import type { AuditStore } from "./store.ts";
import { uuidV7 } from "./uuid.ts";

export interface OpenAuditStoreOptions {
  /** Path of the store's file. */
  readonly path: string;
  /**
   * Name of the log where it is created now, see `originOf`; a log that exists keeps its own. Default: the name of the
   * directory that holds the file.
   */
  readonly origin?: string;
  /** `append` creates the store where it is missing; `read` writes nothing. */
  readonly mode: "append" | "read";
  /** For the time and the id of a new log's first entry. */
  readonly clock?: Clock;
  /** Gives as many random bytes as asked for. */
  readonly random?: (bytes: number) => Uint8Array;
}

/** Loads what {@link openAuditStore} needs, in a moment when the program has nothing else to do. */
export async function preloadAuditStore(): Promise<void> {
  const { loadDriver } = await import("./sqlite/open.ts");
  loadDriver();
}

/**
 * Opens the audit store.
 *
 * @throws {GateError} `audit-not-found` (in mode `read`), `audit-unreadable`, `audit-corrupt`, `audit-write-failed` (in
 *   mode `append`), `runtime-unsupported`; `usage` for a path or an origin that cannot be used
 */
export async function openAuditStore(options: OpenAuditStoreOptions): Promise<AuditStore> {
  // Here, so that a program which never opens a store never loads a line of it.
  const [{ openForAppend, openForReading }, { appendEntry, SqliteAuditStore }] = await Promise.all([
    import("./sqlite/open.ts"),
    import("./sqlite/store.ts"),
  ]);
  const { path, mode, clock = systemClock, random = randomBytes } = options;
  if (mode === "read") return new SqliteAuditStore(path, openForReading(path));

  const origin = options.origin ?? originOf(basename(dirname(resolve(path))));
  if (!isOrigin(origin)) {
    throw new GateError("usage", `not a name for an audit log: ${JSON.stringify(origin)}`, {
      hint: "Use printable ASCII without spaces and plus signs, such as github.com/acme/payments.",
    });
  }
  const database = openForAppend(path, (created) => {
    const now = clock.now();
    const entry = logCreatedEntry(uuidV7(now, random(10)), now);
    appendEntry(created, origin, entry, entryBody(origin, entry), []);
  });
  return new SqliteAuditStore(path, database);
}
