import { readFileSync } from "node:fs";
import { GateError, messageOf } from "../../util/errors.ts";
import { isOrigin } from "../checkpoint.ts";
import { printableLocation } from "../location.ts";

/** One log of one database. What is missing here the driver takes from libpq's variables (`PGUSER`, `PGPASSWORD`) and `.pgpass`. */
export interface ServerLocation {
  /** As it may be shown: without the password. */
  readonly shown: string;
  /** A name, an address, or the absolute path of a folder of Unix sockets. */
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly database: string;
  /** Origin of the log. */
  readonly log: string;
  /** False only for a socket, for this machine, and where the URL says `sslmode=disable`. */
  readonly tls: false | TlsOptions;
}

interface TlsOptions {
  readonly rejectUnauthorized: true;
  /** PEM of the authorities to trust; default: those that Node ships with. */
  readonly ca?: string;
}

const PARAMETERS = ["host", "log", "sslmode", "sslrootcert"];
const FORM = "Write postgres://USER@HOST/DATABASE?log=NAME, or postgres:///DATABASE?host=/FOLDER/OF/SOCKET.";

/**
 * Reads the URL of a log. Parameters that are not understood are refused: one of them may be what the user relies on.
 *
 * @throws {GateError} `usage`
 */
export function parseLocation(location: string): ServerLocation {
  if (!URL.canParse(location)) throw malformed("it cannot be read as a URL");
  const url = new URL(location);
  const shown = printableLocation(location);
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined)
    throw malformed(`its parameter ${JSON.stringify(unknown)} is none of ${PARAMETERS.join(", ")}`);
  const host = url.searchParams.get("host") ?? url.hostname.replace(/^\[(.*)\]$/, "$1");
  const database = decode(url.pathname.slice(1));
  const log = url.searchParams.get("log");
  if (host === "" || database === "" || database.includes("/")) throw malformed("it names no host or no database");
  if (log === null || !isOrigin(log)) throw malformed("its log is not a name for an audit log");
  return {
    shown,
    host,
    database,
    log,
    tls: tlsOf(url, host),
    ...(url.port === "" ? {} : { port: Number(url.port) }),
    ...(url.username === "" ? {} : { user: decode(url.username) }),
    ...(url.password === "" ? {} : { password: decode(url.password) }),
  };
}

/**
 * Over a network the server has to show a certificate for its name, unless the URL says otherwise: whoever stands in between
 * could else answer for the log.
 */
function tlsOf({ searchParams }: URL, host: string): ServerLocation["tls"] {
  const mode = searchParams.get("sslmode") ?? (isLocal(host) ? "disable" : "verify-full");
  if (mode === "disable") return false;
  if (mode !== "verify-full") {
    throw malformed(
      `its sslmode is ${JSON.stringify(mode)}; it can be verify-full, the default over a network, or disable`,
    );
  }
  const file = searchParams.get("sslrootcert");
  return { rejectUnauthorized: true, ...(file === null ? {} : { ca: readCertificates(file) }) };
}

function isLocal(host: string): boolean {
  return host.startsWith("/") || ["localhost", "127.0.0.1", "::1"].includes(host);
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new GateError("usage", `the sslrootcert of the audit store cannot be read: ${messageOf(error)}`);
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw malformed("it is not percent-encoded");
  }
}

function malformed(why: string): GateError {
  return new GateError("usage", `the URL of the audit store cannot be used: ${why}`, { hint: FORM });
}
