import { GateError, systemCodeOf } from "../../util/errors.ts";
import { asGateError, type Connection, connect, whileTransient } from "./connection.ts";
import type { ServerLocation } from "./location.ts";
import { MIN_SERVER, refuseVersion } from "./open.ts";
import { grantsTo, MIGRATIONS, type Migration, migrationDigest, OWNER, quoteName, SCHEMA } from "./schema.ts";

/** Who may use the logs of a database: roles that exist. */
export interface LogRoles {
  readonly writers: readonly string[];
  readonly readers: readonly string[];
  /** They may remove documents, which they list in the log; those who write may not. */
  readonly pruners: readonly string[];
}

/** Two that create the same at once: one of them finds a name that is taken, and finds it done when it tries again. */
const AT_ONCE = ["23505", "42710", "42P06", "42P07"];

/**
 * Brings a database to the current schema, grants the roles their rights and creates the log, as far as that is not so yet:
 * all in one transaction, so that a kill leaves what was there before.
 *
 * @param body of the entry that creates the log
 * @returns whether the log is new
 * @throws {GateError} `audit-write-failed`, `audit-unreadable` for a schema that is newer, `audit-corrupt` for one that is
 *   another
 */
export async function createLog(server: ServerLocation, body: Uint8Array, roles: LogRoles): Promise<boolean> {
  try {
    return await whileTransient(async () => {
      const connection = await connect(server);
      try {
        return await inTransaction(connection, async () => {
          await migrate(connection, server, MIGRATIONS);
          for (const role of roles.writers) await connection.query(grantsTo(role, "append"));
          for (const role of roles.readers) await connection.query(grantsTo(role, "read"));
          for (const role of roles.pruners) await connection.query(grantsTo(role, "remove"));
          const query = "SELECT gate_audit.create_log($1, $2) AS created";
          const [row] = await connection.query<{ readonly created: boolean }>(query, [server.log, body]);
          return row?.created === true;
        });
      } finally {
        await connection.close();
      }
    }, AT_ONCE);
  } catch (error) {
    if (systemCodeOf(error) === "42704") {
      throw new GateError("audit-write-failed", "a role that is to have rights does not exist", {
        hint: "Create it first with `CREATE ROLE NAME LOGIN`: gate makes no users.",
        cause: error,
      });
    }
    throw asGateError(error, "audit-write-failed", server);
  }
}

async function inTransaction<T>(connection: Connection, action: () => Promise<T>): Promise<T> {
  await connection.query("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
  try {
    // By name in full or by this, whatever the role has set; and no waiting without an end.
    await connection.query("SET LOCAL search_path = pg_catalog, pg_temp; SET LOCAL lock_timeout = '20s'");
    const result = await action();
    await connection.query("COMMIT");
    return result;
  } catch (error) {
    if (!connection.lost()) await connection.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

/**
 * Applies what is not applied yet, inside of the caller's transaction. Of two at once the second waits at the row of the
 * first migration, or at the name of the schema where there is none yet.
 *
 * @throws {GateError} `audit-corrupt` where one was applied in another form, `audit-unreadable` where there are more of them
 */
export async function migrate(
  connection: Connection,
  server: ServerLocation,
  migrations: readonly Migration[],
): Promise<void> {
  await becomeOwner(connection, server);
  const known = await appliedMigrations(connection);
  if (known.length > migrations.length) refuseVersion(known.length, server.shown);
  for (const [position, migration] of migrations.entries()) {
    const digest = migrationDigest(migration);
    const applied = known[position];
    if (applied === undefined) {
      await connection.query(migration.sql);
      const query = "INSERT INTO gate_audit.migration (number, sha256) VALUES ($1, $2)";
      await connection.query(query, [migration.number, digest]);
    } else if (!digest.equals(applied)) {
      throw new GateError(
        "audit-corrupt",
        `the schema at ${server.shown} is not what migration ${migration.number} makes`,
        {
          hint: "Run `gate audit verify`, and restore the database from a copy.",
        },
      );
    }
  }
}

/** Makes the owner and the schema where they are missing, and acts as the owner until the transaction ends. */
async function becomeOwner(connection: Connection, { shown }: ServerLocation): Promise<void> {
  const [facts] = await connection.query<{
    readonly server: number;
    readonly encoding: string;
    readonly role: boolean;
    readonly schema: boolean;
    readonly superuser: boolean;
  }>(
    `SELECT current_setting('server_version_num')::integer AS server, current_setting('server_encoding') AS encoding,
       EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1) AS role,
       EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $2) AS schema,
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser`,
    [OWNER, SCHEMA],
  );
  if (facts === undefined || facts.server < MIN_SERVER || facts.encoding !== "UTF8") {
    throw new GateError("audit-write-failed", `${shown} is no database for audit logs`, {
      hint: "It has to be of PostgreSQL 13 or later, and in UTF8.",
    });
  }
  const owner = quoteName(OWNER);
  if (!facts.role) await connection.query(`CREATE ROLE ${owner} NOLOGIN`);
  // A superuser may act as anybody; another creator of roles has to be a member, and may give itself that.
  if (!facts.superuser) await connection.query(`GRANT ${owner} TO CURRENT_USER`);
  if (!facts.schema) await connection.query(`CREATE SCHEMA gate_audit AUTHORIZATION ${owner}`);
  await connection.query(`SET LOCAL ROLE ${owner}`);
}

async function appliedMigrations(connection: Connection): Promise<readonly Uint8Array[]> {
  const query = "SELECT to_regclass('gate_audit.migration') IS NOT NULL AS there";
  const [row] = await connection.query<{ readonly there: boolean }>(query);
  if (row?.there !== true) return [];
  await connection.query("SELECT 1 FROM gate_audit.migration WHERE number = 1 FOR UPDATE");
  const rows = await connection.query<{ readonly sha256: Uint8Array }>(
    "SELECT sha256 FROM gate_audit.migration ORDER BY number",
  );
  return rows.map(({ sha256 }) => sha256);
}
