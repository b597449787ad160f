import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import { GateError, type GateErrorCode, messageOf, systemCodeOf } from "../../util/errors.ts";
import { isRecord } from "../../util/json.ts";
import type { ServerLocation } from "./location.ts";
import { REFUSAL } from "./schema.ts";

/**
 * A connection to a server. It holds no state of a session and no named statement, so that a pooler may hand each
 * transaction to another server process (PgBouncer's transaction mode).
 */
export interface Connection {
  /** Several statements at once where there are no parameters; the rows are then those of the last. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Whether it has ended, for whatever reason. */
  lost(): boolean;
  close(): Promise<void>;
}

/** How long to wait for other writers and for a server that is away, in milliseconds. Beyond it nothing counts as recorded. */
export const WAIT_MS = 30_000;

const CONNECT_MS = 10_000;

/** Errors after which the same again can succeed: of order, of a lost connection, of a server that starts or is full. */
const TRANSIENT =
  /^(?:40001|40P01|53300|57P0[123]|08\w{3}|ECONNRESET|ECONNREFUSED|ENOENT|EPIPE|ETIMEDOUT|CONNECTION_LOST)$/;

/** Ours, for errors that the driver gives no code. */
const CONNECTION_LOST = "CONNECTION_LOST";
const NOT_CONNECTED = "NOT_CONNECTED";

/** Loads the driver; only here, so that nobody pays for it who has no such store. */
export function loadDriver(): typeof pg {
  try {
    return createRequire(import.meta.url)("pg");
  } catch (error) {
    throw new GateError("runtime-unsupported", `cannot load pg: ${messageOf(error)}`, {
      hint: "Reinstall gate with `npm ci`.",
      cause: error,
    });
  }
}

/**
 * Connects once, without another try.
 *
 * @param queryMs how long one query may take
 * @throws the errors of the driver and of the server as they are
 */
export async function connect(server: ServerLocation, queryMs: number = WAIT_MS): Promise<Connection> {
  const { Client } = loadDriver();
  const { host, port, user, password, database, tls } = server;
  const client = new Client({
    host,
    database,
    ssl: tls,
    query_timeout: queryMs,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: "gate",
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  });
  let lost = false;
  // Without a listener the loss of an idle connection would end the process.
  client.on("error", () => {
    lost = true;
  });
  client.on("end", () => {
    lost = true;
  });
  try {
    await client.connect();
  } catch (error) {
    throw withCode(error, NOT_CONNECTED);
  }
  const run = async <Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]> => {
    try {
      const answer: unknown = await client.query(text, values === undefined ? undefined : [...values]);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the query says which columns there are
      return rowsOf(answer) as readonly Row[];
    } catch (error) {
      if (systemCodeOf(error) !== undefined) throw error;
      // The driver's own errors: a query without an answer, a connection that ended. What comes later is not to be read.
      lost = true;
      void client.end().catch(() => undefined);
      throw withCode(error, CONNECTION_LOST);
    }
  };
  let last: Promise<unknown> = Promise.resolve();
  return {
    query<Row extends object>(text: string, values?: readonly unknown[]) {
      // One after the other: the driver gives up its own queue with version 9.
      const answer = last.then(() => run<Row>(text, values));
      last = answer.catch(() => undefined);
      return answer;
    },
    lost: () => lost,
    async close() {
      if (lost) return;
      lost = true;
      await client.end();
    },
  };
}

/**
 * Runs an action, again and again where that can help, for {@link WAIT_MS}. The pauses are random, so that writers that
 * collided do not collide again.
 *
 * @param transient further SQLSTATEs after which the same again can succeed
 */
export async function whileTransient<T>(action: () => Promise<T>, transient: readonly string[] = []): Promise<T> {
  const deadline = performance.now() + WAIT_MS;
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      const code = systemCodeOf(error) ?? "";
      const helps = TRANSIENT.test(code) || transient.includes(code);
      if (!helps || performance.now() >= deadline) throw error;
      await sleep(Math.min(2 ** attempt, 500) * (0.5 + Math.random()));
    }
  }
}

/** Of the network, of TLS and of Node, whose names are longer than a SQLSTATE or start with E; and of a server that is not there. */
const UNREACHABLE = /^(?:E[A-Z]+|[A-Z_]{6,}|08\w{3}|57P0[123]|53300)$/;
const UNKNOWN_OBJECT = /^(?:3F000|42P01|42883)$/;

/** An error of the driver or the server as a GateError; one that is neither stays as it is. */
export function asGateError(error: unknown, otherwise: GateErrorCode, { shown, log }: ServerLocation): unknown {
  if (error instanceof GateError) return error;
  const code = systemCodeOf(error);
  if (code === undefined) return error;
  const cause = error;
  const said = (what: string, hint: string, as: GateErrorCode = otherwise): GateError =>
    new GateError(as, what, { hint, cause });
  if (UNKNOWN_OBJECT.test(code) || code === "3D000") {
    const what = code === "3D000" ? "no such database" : "no audit logs";
    return said(
      `there are ${what} at ${shown}`.replace("are no such", "is no such"),
      initHint(log),
      missingCode(otherwise),
    );
  }
  if (code === REFUSAL.noLog) return noLog(shown, log, otherwise);
  if (code === REFUSAL.notDurable) return notDurable(shown, messageOf(error));
  if (code === REFUSAL.appendOnly) return said(`the audit log ${shown} is append-only`, "Run `gate audit verify`.");
  if (code === REFUSAL.damaged || /^XX00[12]$/.test(code)) {
    const hint = "Run `gate audit verify`, and restore the log from a copy.";
    return said(`the audit log ${shown} is damaged: ${messageOf(error)}`, hint, "audit-corrupt");
  }
  if (code === "25006") return said(`the server of ${shown} takes no writes`, "Name the primary, not a standby.");
  if (code === "42501") {
    return said(
      `${shown}: ${messageOf(error)}`,
      "Grant the role its rights with `gate audit init --writer`, `--reader` or `--pruner`.",
    );
  }
  if (code === "55P03") {
    return said(`another writer held the audit log ${shown} too long`, "Try again when fewer checks run.");
  }
  if (code.startsWith("28"))
    return said(`${shown} refuses this user: ${messageOf(error)}`, "Check PGPASSWORD or ~/.pgpass.");
  if (UNREACHABLE.test(code)) {
    return said(`${shown} cannot be reached: ${reason(error)} (${code})`, "Check the URL, the network and the server.");
  }
  const verb = otherwise === "audit-write-failed" ? "write" : "read";
  return said(
    `cannot ${verb} the audit log ${shown}: ${messageOf(error)} (${code})`,
    "Look into the log of the server.",
  );
}

/** Where a database has no such log. */
export function noLog(shown: string, log: string, otherwise: GateErrorCode): GateError {
  return new GateError(missingCode(otherwise), `the database has no audit log ${log}: ${shown}`, {
    hint: initHint(log),
  });
}

/** Where the server would acknowledge what it can lose. */
export function notDurable(shown: string, what: string): GateError {
  return new GateError("audit-write-failed", `the server of ${shown} can lose what it acknowledges: ${what}`, {
    hint: "Turn the setting on for this role and database; a decision that can be lost is not recorded.",
  });
}

function missingCode(otherwise: GateErrorCode): GateErrorCode {
  return otherwise === "audit-unreadable" ? "audit-not-found" : otherwise;
}

function initHint(log: string): string {
  return `Create it with \`gate audit init --store URL --origin ${log}\`, or name another log with \`log=\` in the URL.`;
}

/** Node gathers the attempts at several addresses of a name in one error without a message. */
function reason(error: unknown): string {
  return error instanceof AggregateError && error.message === ""
    ? error.errors.map(messageOf).join(", ")
    : messageOf(error);
}

function withCode(error: unknown, code: string): unknown {
  if (systemCodeOf(error) !== undefined) return error;
  return Object.assign(new Error(messageOf(error), { cause: error }), { code });
}

function rowsOf(answer: unknown): readonly unknown[] {
  const last: unknown = Array.isArray(answer) ? answer.at(-1) : answer;
  const rows: unknown = isRecord(last) ? last["rows"] : undefined;
  return Array.isArray(rows) ? rows : [];
}
