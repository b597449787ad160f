import { existsSync, lstatSync, readdirSync, type Stats, statfsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../../util/clock.ts";
import { messageOf, systemCodeOf } from "../../util/errors.ts";
import type { ReportFinding } from "../stored.ts";
import { isSoundFile } from "./inspect.ts";
import {
  openForVerification,
  type StoreDatabase,
  schemaDifferences,
  settingsForAppend,
  sqliteVersion,
  storePath,
  unsafeFileSystem,
} from "./open.ts";
import { SCHEMA_VERSION } from "./schema.ts";

/** Below it an append may fail: room for a journal of the pages that change, and for large evidence. */
const MIN_FREE_BYTES = 64 * 1024 * 1024;

/** How far the newest entry may be ahead of the clock, in milliseconds: machines that share a log differ a little. */
const MAX_AHEAD_MS = 60_000;

export type CheckName =
  | "file"
  | "permissions"
  | "folder"
  | "file-system"
  | "space"
  | "leftovers"
  | "sqlite"
  | "schema"
  | "settings"
  | "clock"
  | "size";

/** `unknown` is for what could not be looked at. */
export type CheckState = "ok" | "wrong" | "unknown";

export interface Check {
  readonly name: CheckName;
  readonly state: CheckState;
  /** What was found. */
  readonly says: string;
  /** What to do about it, where it is not `ok`. */
  readonly remedy?: string;
}

export interface DoctorReport {
  /** `wrong` if any check is, else `unknown` if any is, else `ok`. */
  readonly state: CheckState;
  readonly checks: readonly Check[];
}

/**
 * Looks for what would lose, refuse or misdate a decision: the surroundings of a store, not its entries, which
 * `verifyStore` is for. Nothing is written and nothing is rolled back.
 */
export function examineStore(path: string, clock: Clock): DoctorReport {
  const file = storePath(path);
  const checks: Check[] = [];
  const stats = lstatSync(file, { throwIfNoEntry: false });
  const sound = examineFile(file);
  checks.push(sound);
  if (stats?.isFile() === true) {
    checks.push(examinePermissions(file, stats), examineFolder(file), examineFileSystem(file), examineSpace(file));
    checks.push(examineLeftovers(file));
    if (sound.state === "ok") checks.push(...examineDatabase(file, clock));
  }
  const states = checks.map(({ state }) => state);
  return { state: states.find((state) => state === "wrong") ?? states.find((state) => state !== "ok") ?? "ok", checks };
}

function examineFile(file: string): Check {
  const found: Parameters<ReportFinding>[] = [];
  try {
    isSoundFile(file, (...finding) => found.push(finding));
  } catch (error) {
    return unknown("file", messageOf(error), "Run the command as the user who owns the log.");
  }
  const [finding] = found;
  if (finding === undefined) return ok("file", file);
  const [code, message] = finding;
  return code === "file-damaged"
    ? wrong("file", message, "Run `gate audit verify`, and restore the log from a copy.")
    : unknown("file", message, "Name the log with `--store FILE`; `gate check` creates one where there is none.");
}

function examinePermissions(file: string, { mode, uid }: Stats): Check {
  if (process.platform === "win32") return ok("permissions", "left to Windows");
  const octal = (mode & 0o777).toString(8).padStart(4, "0");
  if ((mode & 0o022) !== 0) {
    return wrong(
      "permissions",
      `${octal}: other users can write to the log`,
      `Run \`chmod go-w ${file}\`, then \`gate audit verify\`.`,
    );
  }
  const user = process.geteuid?.();
  return uid === user || user === 0
    ? ok("permissions", octal)
    : unknown("permissions", `${octal}, of user ${uid}`, "Run the command as the user who appends to the log.");
}

/** Whoever can write to the folder can put another file in the place of the log. */
function examineFolder(file: string): Check {
  const folder = dirname(file);
  const { mode } = lstatSync(folder);
  if (process.platform === "win32") return ok("folder", "left to Windows");
  const octal = (mode & 0o1777).toString(8).padStart(4, "0");
  const isOpen = (mode & 0o022) !== 0 && (mode & 0o1000) === 0;
  return isOpen
    ? wrong("folder", `${octal}: other users can replace the log in ${folder}`, `Run \`chmod go-w ${folder}\`.`)
    : ok("folder", octal);
}

function examineFileSystem(file: string): Check {
  const name = unsafeFileSystem(file);
  if (name === undefined) return ok("file-system", "local, as far as it can be told");
  return wrong(
    "file-system",
    `${name}: its locks and flushes cannot be relied on, gate does not append here`,
    "Move the log to a local disk with `gate audit backup`.",
  );
}

function examineSpace(file: string): Check {
  const { bavail, bsize, files, ffree } = statfsSync(file);
  const free = bavail * bsize;
  const remedy = "Make room on the disk: what cannot be recorded is no decision.";
  if (free < MIN_FREE_BYTES) return wrong("space", `${mebibytes(free)} are free`, remedy);
  if (files > 0 && ffree === 0) return wrong("space", "the file system can hold no more files", remedy);
  return ok("space", `${mebibytes(free)} are free`);
}

/** What other journal modes or a killed process leave behind. A `-journal` alone may be that of a write right now. */
function examineLeftovers(file: string): Check {
  const others = ["-wal", "-shm"].map((suffix) => `${file}${suffix}`).filter((name) => existsSync(name));
  if (others.length > 0) {
    return wrong(
      "leftovers",
      `${others.map((name) => basename(name)).join(", ")}: another program has opened the log in another journal mode`,
      "Close that program, and run `gate audit verify`.",
    );
  }
  const folder = dirname(file);
  const drafts = readdirSync(folder).filter((name) => name.startsWith(`.${basename(file)}.`));
  if (drafts.length === 0) return ok("leftovers", "none");
  return wrong(
    "leftovers",
    `drafts of killed processes: ${drafts.join(", ")}`,
    `Delete them where no gate command runs: \`rm ${join(folder, `.${basename(file)}.*`)}\`.`,
  );
}

function examineDatabase(file: string, clock: Clock): readonly Check[] {
  let database: StoreDatabase | undefined;
  try {
    database = openForVerification(file);
    const checks = [ok("sqlite", sqliteVersion(database)), examineSchema(database), examineClock(database, clock)];
    checks.push(examineSize(database));
    database.close();
    // After it: closing any handle of a file drops all locks of the process.
    return [...checks, examineSettings(file)];
  } catch (error) {
    const code = systemCodeOf(error) ?? "";
    if (code.startsWith("SQLITE_READONLY")) {
      return [wrong("leftovers", "a writer was interrupted", "Run `gate audit list`, which rolls back what it left.")];
    }
    return [unknown("sqlite", `${messageOf(error)} (${code})`, "Run `gate audit verify`.")];
  } finally {
    database?.close();
  }
}

function examineSchema(database: StoreDatabase): Check {
  const differences = schemaDifferences(database);
  if (differences.length > 0) {
    return wrong("schema", differences.join(", "), "Run `gate audit verify`, and restore the log from a copy.");
  }
  const version = Number(database.pragma("user_version", { simple: true }));
  return ok(
    "schema",
    version === SCHEMA_VERSION ? `version ${version}` : `version ${version}; the next write raises it`,
  );
}

function examineSettings(file: string): Check {
  try {
    const settings = settingsForAppend(file);
    const differing = settings.filter(({ expected, actual }) => actual !== expected);
    if (differing.length === 0) {
      return ok("settings", settings.map(({ name, actual }) => `${name}=${String(actual)}`).join(" "));
    }
    return wrong(
      "settings",
      differing.map(({ name, expected, actual }) => `${name} stays ${String(actual)}, not ${expected}`).join(", "),
      "Close every other program that has the log open.",
    );
  } catch (error) {
    return unknown("settings", messageOf(error), "Run the command as the user who appends to the log.");
  }
}

function examineClock(database: StoreDatabase, clock: Clock): Check {
  const newest = database.prepare<[], number>("SELECT recorded_ms FROM entry ORDER BY seq DESC LIMIT 1").pluck().get();
  if (newest === undefined) return unknown("clock", "the log holds no entry", "Run `gate audit verify`.");
  const ahead = newest - clock.now().getTime();
  const time = new Date(newest).toISOString();
  if (ahead <= MAX_AHEAD_MS) return ok("clock", `the newest entry is of ${time}`);
  return wrong(
    "clock",
    `the newest entry is of ${time}, ${Math.round(ahead / 1000)} seconds from now`,
    "Set the clock of this machine; if it is right, that of the machine which recorded the entry was not.",
  );
}

function examineSize(database: StoreDatabase): Check {
  const pragma = (name: string): number => Number(database.pragma(name, { simple: true }));
  const entries = database.prepare<[], number>("SELECT coalesce(max(seq) + 1, 0) FROM entry").pluck().get() ?? 0;
  const size = pragma("page_count") * pragma("page_size");
  const free = pragma("freelist_count") * pragma("page_size");
  return ok("size", `${entries} entries in ${mebibytes(size)}, ${mebibytes(free)} of them unused`);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

function ok(name: CheckName, says: string): Check {
  return { name, state: "ok", says };
}

function wrong(name: CheckName, says: string, remedy: string): Check {
  return { name, state: "wrong", says, remedy };
}

function unknown(name: CheckName, says: string, remedy: string): Check {
  return { name, state: "unknown", says, remedy };
}
