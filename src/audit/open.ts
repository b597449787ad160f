import { randomBytes } from "node:crypto";
import { basename, dirname, resolve } from "node:path";
import { type Clock, systemClock } from "../util/clock.ts";
import { compact } from "../util/compact.ts";
import { GateError } from "../util/errors.ts";
import { isOrigin, originOf } from "./checkpoint.ts";
import { entryBody, logCreatedEntry } from "./entry.ts";
import { mayExist, type StoreLocation } from "./location.ts";
import type { AuditStore } from "./store.ts";
import { uuidV7 } from "./uuid.ts";

export interface OpenAuditStoreOptions {
  /** Path of the store's file, or a ref of a remote. */
  readonly path: StoreLocation;
  /**
   * Name of the log where it is created now, see `originOf`; a log that exists keeps its own. Default: the name of the
   * directory that holds the file, or of the clone.
   */
  readonly origin?: string;
  /** `append` creates the store where it is missing; `read` writes nothing. */
  readonly mode: "append" | "read";
  /** False for `audit-not-found` in place of a new log at a remote. Default: true. */
  readonly create?: boolean;
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

/** Opens the audit store where it is there; none is made. */
export async function openExistingStore(options: OpenAuditStoreOptions): Promise<AuditStore | undefined> {
  if (!mayExist(options.path)) return undefined;
  try {
    return await openAuditStore({ ...options, create: false });
  } catch (error) {
    if (error instanceof GateError && error.code === "audit-not-found") return undefined;
    throw error;
  }
}

/** Whether there is a log; of a remote only the remote knows. */
export async function logExists(path: StoreLocation): Promise<boolean> {
  if (typeof path === "string") return mayExist(path);
  const store = await openExistingStore({ path, mode: "read" });
  await store?.close();
  return store !== undefined;
}

/**
 * Opens the audit store.
 *
 * @throws {GateError} `audit-not-found` (in mode `read`), `audit-unreadable`, `audit-corrupt`, `audit-write-failed` (in
 *   mode `append`), `runtime-unsupported`; `usage` for a path or an origin that cannot be used
 */
export async function openAuditStore(options: OpenAuditStoreOptions): Promise<AuditStore> {
  const { path, mode, clock = systemClock, random = randomBytes } = options;
  if (typeof path !== "string") {
    const { openGitStore } = await import("./git/open.ts");
    return openGitStore({
      location: path,
      mode,
      clock,
      random,
      ...compact({ origin: options.origin, create: options.create }),
    });
  }
  // Here, so that a program which never opens a store never loads a line of it.
  const [{ openForAppend, openForReading }, { appendEntry, SqliteAuditStore }] = await Promise.all([
    import("./sqlite/open.ts"),
    import("./sqlite/store.ts"),
  ]);
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
