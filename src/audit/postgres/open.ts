import { GateError } from "../../util/errors.ts";
import { readEntryBody } from "../entry.ts";
import { asGateError, type Connection, connect, noLog, notDurable, whileTransient } from "./connection.ts";
import type { ServerLocation } from "./location.ts";
import { MIGRATIONS } from "./schema.ts";

/** A connection to a log that is there. */
export interface OpenLog {
  readonly connection: Connection;
  readonly logId: number;
}

/** The oldest server that is tried to work with; older ones are past the end of their support. */
export const MIN_SERVER = 130_000;

/** SQLSTATE of a server that starts, and of one that takes no more connections for the moment. */
const NOT_YET = /^(?:57P03|53300)$/;

interface LogRow {
  readonly version: number | null;
  readonly server: number;
  readonly standby: boolean;
  readonly read_only: string;
  readonly off: string | null;
  readonly log_id: number | null;
  readonly first: Uint8Array | null;
}

// The settings are looked at again inside of each append: behind a pooler another server process may answer that.
const LOOK = `SELECT
  (SELECT max(number) FROM gate_audit.migration) AS version,
  current_setting('server_version_num')::integer AS server,
  pg_is_in_recovery() AS standby,
  current_setting('transaction_read_only') AS read_only,
  (SELECT string_agg(name || ' is off', ', ') FROM unnest(ARRAY['synchronous_commit', 'fsync', 'full_page_writes']) AS name
    WHERE current_setting(name, true) = 'off') AS off,
  (SELECT log_id FROM gate_audit.log WHERE origin = $1) AS log_id,
  (SELECT body FROM gate_audit.entry AS e JOIN gate_audit.log AS l ON l.log_id = e.log_id
    WHERE l.origin = $1 AND e.seq = 0) AS first`;

/**
 * Connects to a log, to append to it or to read it. Nothing is created.
 *
 * @throws {GateError} `audit-not-found` (to read), `audit-write-failed` (to append), `audit-unreadable`, `audit-corrupt`,
 *   `runtime-unsupported`
 */
export async function openLog(server: ServerLocation, mode: "append" | "read"): Promise<OpenLog> {
  try {
    return await connectToLog(server, mode);
  } catch (error) {
    throw asGateError(error, failureOf(mode), server);
  }
}

/** As {@link openLog}; errors of the server and of the driver stay as they are, so that it can be tried again. */
export async function connectToLog(server: ServerLocation, mode: "append" | "read"): Promise<OpenLog> {
  const connection = await connectPatiently(server);
  try {
    const [row] = await connection.query<LogRow>(LOOK, [server.log]);
    if (row === undefined) throw new GateError("internal", "the server gave no row");
    if (mode === "append") refuseUnlessDurable(server, row);
    return { connection, logId: requireLog(server, row, failureOf(mode)) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function failureOf(mode: "append" | "read"): "audit-write-failed" | "audit-unreadable" {
  return mode === "append" ? "audit-write-failed" : "audit-unreadable";
}

/** A server that starts or is full is asked again; a wrong address is reported at once. */
async function connectPatiently(server: ServerLocation): Promise<Connection> {
  let fatal: unknown;
  const connection = await whileTransient(async () => {
    try {
      return await connect(server);
    } catch (error) {
      if (typeof error === "object" && error !== null && "code" in error && NOT_YET.test(String(error.code)))
        throw error;
      fatal = error;
      return undefined;
    }
  });
  if (connection === undefined) throw fatal;
  return connection;
}

function refuseUnlessDurable({ shown }: ServerLocation, { standby, read_only, off }: LogRow): void {
  if (off !== null) throw notDurable(shown, off);
  if (!standby && read_only === "off") return;
  const what = standby ? "is a standby" : "takes no writes";
  throw new GateError("audit-write-failed", `the server of ${shown} ${what}`, { hint: "Name the primary." });
}

function requireLog(
  { shown, log }: ServerLocation,
  row: LogRow,
  otherwise: "audit-write-failed" | "audit-unreadable",
): number {
  refuseVersion(row.version, shown);
  if (row.log_id === null) throw noLog(shown, log, otherwise);
  // The table of logs is under no root: only the first entry says which log this is.
  const first = row.first === null ? undefined : readEntryBody(row.first);
  if (first?.kind === "log-created" && first.log === log) return row.log_id;
  throw new GateError("audit-corrupt", `the audit log ${shown} does not start with its creation`, {
    hint: "Run `gate audit verify`, and restore the log from a copy.",
  });
}

/** @throws {GateError} `audit-unreadable` for a schema that this version does not know */
export function refuseVersion(version: number | null, shown: string): void {
  if (version === MIGRATIONS.length) return;
  const newer = (version ?? 0) > MIGRATIONS.length;
  throw new GateError("audit-unreadable", `the audit logs at ${shown} have schema version ${version ?? 0}`, {
    hint: newer
      ? `This version of gate reads schema version ${MIGRATIONS.length}; use the one that wrote the log.`
      : `Bring them to version ${MIGRATIONS.length} with \`gate audit init\`.`,
  });
}
