import { closeSync, linkSync, lstatSync, openSync, rmSync, type Stats, statfsSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import type Database from "better-sqlite3";
import { makeDirectory, syncDirectory } from "../../util/durable.ts";
import { GateError, type GateErrorCode, messageOf, systemCodeOf } from "../../util/errors.ts";
import { APPLICATION_ID, READABLE_VERSIONS, SCHEMA_VERSION, schemaOf } from "./schema.ts";

/**
 * Opening a store file. What SQLite leaves to the connection (durability above all) is set at every open and read back,
 * because a setting that did not take would be noticed only after a power cut.
 */

export type StoreDatabase = Database.Database;

/** How long to wait for other processes, in milliseconds. Beyond it the decision counts as not recorded. */
export const BUSY_MS = 30_000;

/** The first release without the WAL-reset bug of 3.7.0 to 3.51.2 (sqlite.org/wal.html). */
const MIN_SQLITE = [3, 51, 3] as const;

// DELETE with EXTRA lost nothing in any simulated power cut; WAL gains nothing where each run opens, appends and closes
// (docs/decisions/0003-audit-store.md).
const APPEND_PRAGMAS = [
  ["journal_mode", "delete"],
  ["synchronous", 3],
  ["fullfsync", 1],
  ["secure_delete", 1],
] as const satisfies readonly Pragma[];

// In KiB, where it is negative. What is verified is read once, in order: eight times as much was not faster with a million entries.
const VERIFY_PRAGMAS = [["cache_size", -2048]] as const satisfies readonly Pragma[];

const COMMON_PRAGMAS = [
  ["trusted_schema", 0],
  ["cell_size_check", 1],
] as const satisfies readonly Pragma[];

/** File systems whose locks or flushes SQLite cannot rely on, by `statfs` type on Linux (statfs(2), linux/magic.h). */
const UNSAFE_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB"],
  [0xff534d42, "CIFS"],
  [0x65735546, "FUSE"],
  [0x01021997, "9p"],
  [0x5346414f, "AFS"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
]);

type Pragma = readonly [name: string, value: string | number];

/** Puts the first content into a new database, inside of the transaction that creates the schema. */
export type Populate = (database: StoreDatabase) => void;

/**
 * Opens a store to append to it; creates it, with its directory, where it is missing.
 *
 * @param populate undefined where none is to be created
 * @throws {GateError} `audit-write-failed`, `audit-corrupt`, `audit-unreadable` or `runtime-unsupported`; `audit-not-found`
 *   where none is there and none is to be created
 */
export function openForAppend(path: string, populate: Populate | undefined): StoreDatabase {
  const file = storePath(path);
  return asGateError(file, "audit-write-failed", () => {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) {
      if (populate === undefined) throw notFound(file);
      createStore(file, populate);
    } else {
      refuseUnlessFile(file, stats);
      refuseIfOthersCanWrite(file, stats);
      refuseUnsafeFileSystem(file);
    }
    return connect(file, { readonly: false }, (database) => {
      applyPragmas(database, [...COMMON_PRAGMAS, ...APPEND_PRAGMAS]);
      refuseUnlessStore(file, database);
    });
  });
}

/**
 * Opens a store to read from it. Nothing is written, with one exception: where a writer was killed, its unfinished
 * transaction is rolled back first, as the next append would do.
 *
 * @throws {GateError} `audit-not-found`, `audit-corrupt`, `audit-unreadable` or `runtime-unsupported`
 */
export function openForReading(path: string): StoreDatabase {
  const file = storePath(path);
  return asGateError(file, "audit-unreadable", () => {
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats === undefined) throw notFound(file);
    refuseUnlessFile(file, stats);
    try {
      return connectReadOnly(file);
    } catch (error) {
      if (systemCodeOf(error) !== "SQLITE_READONLY_ROLLBACK") throw error;
      rollBack(file);
      return connectReadOnly(file);
    }
  });
}

/**
 * Opens a file to verify it: read-only, nothing of its content taken for granted and nothing rolled back. A read
 * transaction is open, so that what is read is one state of the log; it ends when the database is closed.
 *
 * @throws the errors of SQLite and of the file system as they are
 */
export function openForVerification(file: string): StoreDatabase {
  const database = connect(file, { readonly: true }, (connected) =>
    applyPragmas(connected, [...COMMON_PRAGMAS, ...VERIFY_PRAGMAS]),
  );
  try {
    database.exec("BEGIN");
    // BEGIN alone takes no lock; the first read does.
    whileBusy(performance.now() + BUSY_MS, () => database.pragma("page_count"));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The absolute form of a path. SQLite's driver trims white space, so a path that ends in it would name two files. */
export function storePath(path: string): string {
  const file = resolve(path);
  if (file === file.trim()) return file;
  throw new GateError("usage", `the path of the audit log ends in white space: ${JSON.stringify(path)}`, {
    hint: "Choose a path without white space at its end.",
  });
}

/**
 * Runs an action, again and again while another process holds the file. The pauses are short and random: SQLite's own
 * busy handler backs off to 100 ms and starves a writer for over a second among eight (audit.md section 2.1).
 *
 * @param deadline on the scale of `performance.now()`
 */
export function whileBusy<T>(deadline: number, action: () => T): T {
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) throw error;
      pause(0.3 + 2 * Math.random());
    }
  }
}

/** Whether an error says that another process holds the file. */
function isBusy(error: unknown): boolean {
  return systemCodeOf(error)?.startsWith("SQLITE_BUSY") === true;
}

/** Runs an action; errors of SQLite and of the file system become GateErrors, damage before any other reading of them. */
export function asGateError<T>(file: string, otherwise: GateErrorCode, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof GateError) throw error;
    const code = systemCodeOf(error);
    if (code === undefined) throw error;
    const cause = error;
    if (code.startsWith("SQLITE_CORRUPT")) {
      throw new GateError("audit-corrupt", `the audit log ${file} is damaged: ${messageOf(error)}`, {
        hint: "Run `gate audit verify`, and restore the log from a copy.",
        cause,
      });
    }
    if (code.startsWith("SQLITE_NOTADB")) throw notStore(file, cause);
    if (isBusy(error)) {
      throw new GateError(otherwise, `another process held the audit log ${file} for ${BUSY_MS / 1000} seconds`, {
        hint: "Try again when no other gate command uses the log.",
        cause,
      });
    }
    const verb = otherwise === "audit-write-failed" ? "write" : "read";
    throw new GateError(otherwise, `cannot ${verb} the audit log ${file}: ${messageOf(error)} (${code})`, {
      hint: "Check that the directory can be written to and that the disk is not full.",
      cause,
    });
  }
}

/** Lets SQLite undo what a killed writer left, which takes a connection that can write. */
function rollBack(file: string): void {
  try {
    openForAppend(file, undefined).close();
  } catch (error) {
    throw new GateError(
      "audit-unreadable",
      `a write to ${file} was interrupted and cannot be undone: ${messageOf(error)}`,
      {
        hint: "Run the command again as a user who can write to the log.",
        cause: error,
      },
    );
  }
}

interface ConnectOptions {
  readonly readonly: boolean;
}

function connectReadOnly(file: string): StoreDatabase {
  return connect(file, { readonly: true }, (database) => {
    applyPragmas(database, COMMON_PRAGMAS);
    refuseUnlessStore(file, database);
  });
}

/** Connects and prepares a database, and closes it where that fails. */
function connect(file: string, options: ConnectOptions, prepare: (database: StoreDatabase) => void): StoreDatabase {
  const Driver = loadDriver();
  const database = new Driver(file, { ...options, fileMustExist: true, timeout: 0 });
  try {
    whileBusy(performance.now() + BUSY_MS, () => {
      refuseOldSqlite(database);
      prepare(database);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The build puts the path of the driver's bundled JavaScript here: one file to load instead of fourteen. */
declare const GATE_SQLITE_DRIVER: string | undefined;

/** Loads the native driver; only here, so that a command which needs no store never pays for it. */
export function loadDriver(): typeof Database {
  try {
    const bundled = typeof GATE_SQLITE_DRIVER === "undefined" ? undefined : GATE_SQLITE_DRIVER;
    return createRequire(import.meta.url)(bundled ?? "better-sqlite3");
  } catch (error) {
    throw new GateError("runtime-unsupported", `cannot load better-sqlite3: ${messageOf(error)}`, {
      hint: "Reinstall gate with `npm ci` on this platform.",
      cause: error,
    });
  }
}

/**
 * Builds the store beside its final name and links it there when it is complete. So a store that is found is never half
 * made, an empty file is never taken for a new store, and of two processes that create it one wins and the other uses it.
 */
function createStore(file: string, populate: Populate): void {
  const directory = dirname(file);
  makeDirectory(directory);
  refuseUnsafeFileSystem(directory);
  const draft = createDraft(file);
  try {
    connect(draft, { readonly: false }, (database) => {
      applyPragmas(database, [...COMMON_PRAGMAS, ...APPEND_PRAGMAS]);
      database.exec("BEGIN IMMEDIATE");
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
      for (const { sql } of schemaOf(SCHEMA_VERSION)) database.exec(sql);
      populate(database);
      database.exec("COMMIT");
    }).close();
    linkSync(draft, file);
    syncDirectory(directory);
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** A new, empty, private file beside the one that it is to become. */
export function createDraft(file: string): string {
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}-${Math.random().toString(36).slice(2)}`);
  closeSync(openSync(draft, "wx", 0o600));
  return draft;
}

function applyPragmas(database: StoreDatabase, pragmas: readonly Pragma[]): void {
  for (const [name, value] of pragmas) {
    database.pragma(`${name} = ${value}`);
    const actual: unknown = database.pragma(name, { simple: true });
    if (actual === value) continue;
    throw new GateError("audit-write-failed", `SQLite keeps ${name} at ${String(actual)} in place of ${value}`, {
      hint: "Check that no other program has the audit log open.",
    });
  }
}

/** A setting that appends run with. */
export interface AppendSetting {
  readonly name: string;
  readonly expected: string | number;
  /** As SQLite reads it back. */
  readonly actual: unknown;
}

/**
 * Sets on a new connection what an append needs, and reads it back.
 *
 * @throws the errors of SQLite as they are
 */
export function settingsForAppend(file: string): readonly AppendSetting[] {
  const settings: AppendSetting[] = [];
  connect(file, { readonly: false }, (database) => {
    settings.length = 0;
    for (const [name, expected] of [...COMMON_PRAGMAS, ...APPEND_PRAGMAS]) {
      database.pragma(`${name} = ${expected}`);
      settings.push({ name, expected, actual: database.pragma(name, { simple: true }) });
    }
  }).close();
  return settings;
}

/** The version of SQLite that a connection runs on. */
export function sqliteVersion(database: StoreDatabase): string {
  return String(database.prepare("SELECT sqlite_version()").pluck().get());
}

function refuseOldSqlite(database: StoreDatabase): void {
  const version = sqliteVersion(database);
  const parts = version.split(".").map(Number);
  const difference = MIN_SQLITE.map((minimum, position) => (parts[position] ?? 0) - minimum).find((d) => d !== 0) ?? 0;
  if (difference >= 0) return;
  throw new GateError("runtime-unsupported", `SQLite ${version} is too old; ${MIN_SQLITE.join(".")} is the minimum`, {
    hint: "Reinstall gate with `npm ci`.",
  });
}

function refuseUnlessFile(file: string, stats: Stats): void {
  if (stats.isFile()) return;
  const what = stats.isSymbolicLink() ? "a symbolic link" : "not a regular file";
  throw new GateError("audit-unreadable", `the audit log ${file} is ${what}`, {
    hint: "Name the file itself.",
  });
}

function refuseIfOthersCanWrite(file: string, stats: Stats): void {
  if (process.platform === "win32" || (stats.mode & 0o022) === 0) return;
  throw new GateError("audit-write-failed", `other users can write to the audit log ${file}`, {
    hint: `Run \`chmod go-w ${file}\`, then \`gate audit verify\`.`,
  });
}

/** The name of the file system of a path where SQLite cannot rely on it; known on Linux only. */
export function unsafeFileSystem(path: string): string | undefined {
  return process.platform === "linux" ? UNSAFE_FILE_SYSTEMS.get(statfsSync(path).type) : undefined;
}

function refuseUnsafeFileSystem(path: string): void {
  const name = unsafeFileSystem(path);
  if (name === undefined) return;
  throw new GateError("audit-write-failed", `the audit log ${path} is on a file system of type ${name}`, {
    hint: "Keep the log on a local disk: locks and flushes cannot be relied on here.",
  });
}

function refuseUnlessStore(file: string, database: StoreDatabase): void {
  if (database.pragma("application_id", { simple: true }) !== APPLICATION_ID) throw notStore(file);
  const version: unknown = database.pragma("user_version", { simple: true });
  if (!READABLE_VERSIONS.includes(version)) {
    throw new GateError("audit-unreadable", `the audit log ${file} has schema version ${String(version)}`, {
      hint: `This version of gate reads schema versions up to ${SCHEMA_VERSION}; use the one that wrote the log.`,
    });
  }
  const changed = schemaDifferences(database);
  if (changed.length === 0) return;
  throw new GateError("audit-corrupt", `the audit log ${file} was altered: ${changed.join(", ")}`, {
    hint: "Run `gate audit verify`, and restore the log from a copy.",
  });
}

/** What is missing from, added to or changed in the schema of a database, in words. */
export function schemaDifferences(database: StoreDatabase): readonly string[] {
  const rows: readonly unknown[] = database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema").raw().all();
  const actual = new Map(rows.map((row) => [JSON.stringify(row), describe(row)]));
  const differences: string[] = [];
  for (const { type, name, table, sql } of schemaOf(database.pragma("user_version", { simple: true }))) {
    if (!actual.delete(JSON.stringify([type, name, table, sql])))
      differences.push(`${type} ${name} is missing or changed`);
  }
  for (const description of actual.values()) differences.push(`${description} is not part of the schema`);
  return differences;
}

function describe(row: unknown): string {
  return Array.isArray(row) ? `${String(row[0])} ${String(row[1])}` : "an object";
}

function notFound(file: string): GateError {
  return new GateError("audit-not-found", `there is no audit log at ${file}`, {
    hint: "Record a decision with `gate check`, or name the log with `--store FILE`.",
  });
}

function notStore(file: string, cause?: unknown): GateError {
  return new GateError("audit-unreadable", `${file} is not an audit log of gate`, {
    hint: "Name the log with `--store FILE`, or move the file away.",
    cause,
  });
}

/** Sleeps without giving way to other code: a transaction must not be entered twice. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
