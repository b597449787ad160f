import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { describe } from "vitest";
import { createAuditStore } from "../../../src/audit/open.ts";
import { fixedClock } from "../../../src/util/clock.ts";
import { ORIGIN } from "../fixtures.ts";

/** The newest PostgreSQL of this machine; undefined where there is none. */
const PROGRAMS = globSync("/usr/lib/postgresql/*/bin/postgres")
  .toSorted((a, b) => versionOf(a) - versionOf(b))
  .map(dirname)
  .at(-1);

/** As `describe`, for what needs a server; where there is none it is skipped, and its name says why. */
export function describeWithPostgres(name: string, body: () => void): void {
  const why = PROGRAMS === undefined ? ": skipped, PostgreSQL is not installed; run scripts/install-servers.sh" : "";
  describe.skipIf(PROGRAMS === undefined)(`${name}${why}`, () => {
    body();
  });
}

const DEFAULT_PORT = 5432;

/** The roles of every server, without passwords: who connects is who it says. */
const ROLES = `CREATE ROLE ci LOGIN; CREATE ROLE auditor LOGIN; CREATE ROLE stranger LOGIN; CREATE ROLE keeper LOGIN;
CREATE ROLE admin LOGIN CREATEROLE CREATEDB;`;

export type Role = "postgres" | "ci" | "auditor" | "stranger" | "keeper" | "admin";

/** A PostgreSQL of its own, on a socket in a temporary folder. */
export interface Server extends AsyncDisposable {
  /** The folder of its socket and its data. */
  readonly folder: string;
  /** The URL of a log; the log is {@link ORIGIN} unless another is named. */
  url(database: string, role?: Role, log?: string): string;
  /** Runs statements as one role on a connection of their own. */
  run(database: string, sql: string, role?: Role): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** A new database with an empty log, which `ci` may append to, `auditor` may read and `keeper` may prune. */
  newLog(): Promise<string>;
  /** Kills the server and all of its processes, as a power cut would but for the disk. */
  crash(): Promise<void>;
  start(): Promise<void>;
}

/** Starts a server, with settings besides those that it has by itself; it listens on its socket only, unless they say more. */
export async function startServer(settings: readonly string[] = [], port: number = DEFAULT_PORT): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "gate-pg-"));
  const user = unprivilegedUser();
  chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const initdb = ["-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"];
  await promisify(execFile)(join(PROGRAMS ?? "", "initdb"), initdb, { ...user, cwd: folder });
  let postmaster: ChildProcess | undefined;
  let databases = 0;

  async function connectAs(database: string, role: Role): Promise<pg.Client> {
    const client = new pg.Client({ host: folder, port, user: role, database });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  }
  const server: Server = {
    folder,
    url: (database, role = "ci", log = ORIGIN) =>
      `postgres://${role}@localhost:${port}/${database}?host=${encodeURIComponent(folder)}&log=${encodeURIComponent(log)}`,
    async run(database, sql, role = "postgres") {
      const client = await connectAs(database, role);
      try {
        const answer: unknown = await client.query(sql);
        const last: unknown = Array.isArray(answer) ? answer.at(-1) : answer;
        return (last as pg.QueryResult).rows;
      } finally {
        await client.end();
      }
    },
    async newLog() {
      const database = `log${++databases}`;
      await server.run("postgres", `CREATE DATABASE ${database}`);
      await createLog(server.url(database, "postgres"));
      return database;
    },
    async crash() {
      const children = childrenOf(postmaster?.pid);
      const ended = postmaster === undefined ? undefined : once(postmaster, "exit");
      for (const id of [postmaster?.pid, ...children]) if (id !== undefined) kill(id);
      await ended;
      postmaster = undefined;
    },
    async start() {
      const flags = ["-D", data, "-k", folder, "-p", String(port), "-c", "listen_addresses="];
      const named = settings.flatMap((setting) => ["-c", setting]);
      for (let attempt = 1; ; attempt++) {
        const child = spawn(join(PROGRAMS ?? "", "postgres"), [...flags, ...named], {
          ...user,
          cwd: folder,
          stdio: "ignore",
        });
        postmaster = child;
        if (await answers(child)) return;
        // Another try where processes of the one that was killed still hold its memory.
        if (attempt === 50) throw new Error("the server does not start");
        await sleep(100);
      }
    },
    async [Symbol.asyncDispose]() {
      await server.crash();
      await sleep(50);
      rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };

  async function answers(child: ChildProcess): Promise<boolean> {
    while (child.exitCode === null && child.signalCode === null) {
      try {
        await (await connectAs("postgres", "postgres")).end();
        return true;
      } catch {
        await sleep(20);
      }
    }
    return false;
  }

  await server.start();
  await server.run("postgres", ROLES);
  return server;
}

/** What `gate audit init` does. */
export async function createLog(path: string, origin: string = ORIGIN): Promise<boolean> {
  const { created } = await createAuditStore({
    path,
    origin,
    clock: fixedClock("2026-01-01T00:00:00.000Z"),
    random: (bytes) => new Uint8Array(bytes),
    writers: ["ci"],
    readers: ["auditor"],
    pruners: ["keeper"],
  });
  return created;
}

/** PostgreSQL and PgBouncer refuse to run as root. */
export function unprivilegedUser(): { readonly uid: number; readonly gid: number } {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  if (uid !== 0) return { uid, gid };
  const line = readFileSync("/etc/passwd", "utf8").match(/^postgres:[^:]*:(\d+):(\d+):/m);
  return line === null ? { uid: 65_534, gid: 65_534 } : { uid: Number(line[1]), gid: Number(line[2]) };
}

function childrenOf(parent: number | undefined): readonly number[] {
  return globSync("/proc/[0-9]*/stat").flatMap((path) => {
    const stat = existsSync(path) ? readStat(path) : "";
    const [, id, parentId] = /^(\d+) \(.*\) \S (\d+)/s.exec(stat) ?? [];
    return parent !== undefined && Number(parentId) === parent ? [Number(id)] : [];
  });
}

function readStat(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function kill(id: number): void {
  try {
    process.kill(id, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

function versionOf(path: string): number {
  return Number(/\/(\d+)\//.exec(path)?.[1] ?? 0);
}
