import { randomBytes } from "node:crypto";
import { basename, dirname, resolve } from "node:path";
import { type Clock, systemClock } from "../util/clock.ts";
import { compact } from "../util/compact.ts";
import { GateError } from "../util/errors.ts";
import { isOrigin, originOf } from "./checkpoint.ts";
import { entryBody, logCreatedEntry } from "./entry.ts";
import { isFile, isServer, mayExist, type StoreLocation } from "./location.ts";
import type { PreviousLog } from "./shard.ts";
import type { StoreDatabase } from "./sqlite/open.ts";
import type { AuditStore, NewEntry } from "./store.ts";
import { uuidV7 } from "./uuid.ts";

export interface OpenAuditStoreOptions {
  /** Path of the store's file, the URL of a log in a database, or a ref of a remote. */
  readonly path: StoreLocation;
  /**
   * Name of the log where it is created now, see `originOf`; a log that exists keeps its own, and the URL of one names it.
   * Default: the name of the directory that holds the file, or of the clone.
   */
  readonly origin?: string;
  /** `append` creates a file or a ref where it is missing, and no log in a database; `read` writes nothing. */
  readonly mode: "append" | "read";
  /** False for `audit-not-found` in place of a new log. Default: true. */
  readonly create?: boolean;
  /** Of the log that one which is created now goes on from. */
  readonly previous?: PreviousLog;
  /** For the time and the id of a new log's first entry. */
  readonly clock?: Clock;
  /** Gives as many random bytes as asked for. */
  readonly random?: (bytes: number) => Uint8Array;
}

/** Loads what {@link openAuditStore} needs, in a moment when the program has nothing else to do. */
export async function preloadAuditStore(path: StoreLocation): Promise<void> {
  if (typeof path !== "string") {
    await import("./git/open.ts");
    return;
  }
  const { loadDriver } = await (isServer(path) ? import("./postgres/connection.ts") : import("./sqlite/open.ts"));
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

/** Whether there is a log; of one that is not on this machine only the server or the remote knows. */
export async function logExists(path: StoreLocation): Promise<boolean> {
  if (isFile(path)) return mayExist(path);
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
    const { origin, create, previous } = options;
    return openGitStore({ location: path, mode, clock, random, ...compact({ origin, create, previous }) });
  }
  if (isServer(path)) return openServer(path, mode);
  // Here, so that a program which never opens a store never loads a line of it.
  const [{ openForAppend, openForReading }, { appendEntry, SqliteAuditStore }] = await Promise.all([
    import("./sqlite/open.ts"),
    import("./sqlite/store.ts"),
  ]);
  if (mode === "read") return new SqliteAuditStore(path, openForReading(path));

  const origin = options.origin ?? originOf(basename(dirname(resolve(path))));
  refuseUnlessOrigin(origin);
  const populate = (created: StoreDatabase): void => {
    const { entry, body } = creation(origin, clock, random, options.previous);
    appendEntry(created, origin, entry, body, []);
  };
  return new SqliteAuditStore(path, openForAppend(path, options.create === false ? undefined : populate));
}

export interface CreateAuditStoreOptions extends Required<Omit<OpenAuditStoreOptions, "mode" | "create" | "previous">> {
  /** Of the log that it goes on from. */
  readonly previous?: PreviousLog;
  /** Roles of the database that may append, that may only read, and that may append and remove documents. */
  readonly writers: readonly string[];
  readonly readers: readonly string[];
  readonly pruners: readonly string[];
}

/**
 * Creates the log, with all that it needs and does not have yet.
 *
 * @returns its origin, and whether it is new
 * @throws {GateError} as {@link openAuditStore}; `usage` for roles of anything but a database
 */
export async function createAuditStore(
  options: CreateAuditStoreOptions,
): Promise<{ readonly origin: string; readonly created: boolean }> {
  const { path, origin, clock, random, writers, readers, pruners, previous } = options;
  refuseUnlessOrigin(origin);
  if (!isServer(path)) {
    if (writers.length + readers.length + pruners.length > 0) {
      throw new GateError("usage", `${isFile(path) ? "a file" : "a ref"} has no roles`, {
        hint: "Leave out --writer, --reader and --pruner.",
      });
    }
    const created = !(await logExists(path));
    const store = await openAuditStore({ path, origin, mode: "append", clock, random, ...compact({ previous }) });
    const head = await store.head();
    await store.close();
    return { origin: head.origin, created };
  }
  const [{ parseLocation }, { createLog }] = await Promise.all([
    import("./postgres/location.ts"),
    import("./postgres/create.ts"),
  ]);
  const server = parseLocation(path);
  const { body } = creation(server.log, clock, random, previous);
  return { origin: server.log, created: await createLog(server, body, { writers, readers, pruners }) };
}

async function openServer(location: string, mode: "append" | "read"): Promise<AuditStore> {
  const [{ parseLocation }, { openLog }, { PostgresAuditStore }] = await Promise.all([
    import("./postgres/location.ts"),
    import("./postgres/open.ts"),
    import("./postgres/store.ts"),
  ]);
  const server = parseLocation(location);
  return new PostgresAuditStore(server, mode, await openLog(server, mode));
}

function creation(
  origin: string,
  clock: Clock,
  random: (bytes: number) => Uint8Array,
  previous: PreviousLog | undefined,
): { readonly entry: NewEntry; readonly body: Uint8Array } {
  const now = clock.now();
  const entry = logCreatedEntry(uuidV7(now, random(10)), now, previous);
  return { entry, body: entryBody(origin, entry) };
}

function refuseUnlessOrigin(origin: string): void {
  if (isOrigin(origin)) return;
  throw new GateError("usage", `not a name for an audit log: ${JSON.stringify(origin)}`, {
    hint: "Use printable ASCII without spaces and plus signs, such as github.com/acme/payments.",
  });
}
