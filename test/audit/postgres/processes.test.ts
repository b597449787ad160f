import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { openAuditStore } from "../../../src/audit/open.ts";
import { verifyStore } from "../../../src/audit/verify.ts";
import { collect, sampleEntry, sampleId } from "../fixtures.ts";
import { startWriter } from "../writing.ts";
import { describeWithPostgres, type Server, startServer, unprivilegedUser } from "./server.ts";

const POOLER = "/usr/sbin/pgbouncer";
const POOLER_PORT = 6432;

describeWithPostgres("many writers", () => {
  let server: Server;
  beforeEach(async () => {
    server = await startServer();
  });
  afterEach(async () => server[Symbol.asyncDispose]());

  test("sixteen processes that append 200 each lose nothing and leave no gap", { timeout: 600_000 }, async () => {
    const path = server.url(await server.newLog());
    const writers = Array.from({ length: 16 }, (_, number) => startWriter(path, 1 + number * 200, 200));
    const attempts = (await Promise.all(writers.map((writer) => writer.attempts))).flat();
    const numbers = Array.from({ length: 3200 }, (_, number) => number + 1);
    expect(attempts.filter(({ index }) => index === undefined)).toEqual([]);
    expect(attempts.map(({ index }) => index ?? Number.NaN).toSorted((a, b) => a - b)).toEqual(numbers);
    const ids = await readIds(path);
    expect([...ids.keys()].toSorted()).toEqual(numbers.map(sampleId));
    for (const { number, index } of attempts) expect(ids.get(sampleId(number))).toBe(index);
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", entries: 3201, findings: [] });
  });

  test("a server killed again and again loses nothing that it acknowledged", { timeout: 600_000 }, async () => {
    const path = server.url(await server.newLog());
    const writers = Array.from({ length: 4 }, (_, number) => startWriter(path, 100_001 + number * 100_000, 100_000));
    // One that stays: it connects again by itself, and no append of it fails.
    let kept = 0;
    const stop = new AbortController();
    const store = await openAuditStore({ path, mode: "append" });
    const keeping = (async () => {
      for (; !stop.signal.aborted; kept++) {
        const { entry, blobs } = sampleEntry(kept + 1);
        await store.append(entry, blobs);
      }
    })();
    // Reported where it is awaited.
    keeping.catch(() => undefined);
    for (let round = 0; round < 8; round++) {
      await sleep(400 + round * 50);
      await server.crash();
      await server.start();
    }
    await sleep(300);
    stop.abort();
    await keeping;
    await store.close();
    for (const { process: writer } of writers) writer.kill("SIGKILL");
    const attempts = (await Promise.all(writers.map((writer) => writer.attempts))).flat();
    const acknowledged = attempts.filter(({ index }) => index !== undefined);
    expect(acknowledged.length).toBeGreaterThan(50);
    expect(kept).toBeGreaterThan(50);

    const ids = await readIds(path);
    for (const { number, index } of acknowledged) expect(ids.get(sampleId(number))).toBe(index);
    for (let number = 1; number <= kept; number++) expect(ids.has(sampleId(number))).toBe(true);
    expect((await verifyStore(path)).verdict).toBe("good");
    // What failed said so with an error that is known.
    const codes = new Set(attempts.filter(({ index }) => index === undefined).map(({ code }) => code));
    expect([...codes].filter((code) => code !== "audit-write-failed")).toEqual([]);
  });

  test("behind PgBouncer, in transaction mode with two connections for eight writers", {
    timeout: 300_000,
  }, async (context) => {
    if (!existsSync(POOLER)) context.skip("PgBouncer is not installed: run scripts/install-servers.sh");
    const database = await server.newLog();
    const pooler = startPooler(server);
    onTestFinished(() => void pooler.kill("SIGKILL"));
    const path = server.url(database).replaceAll("5432", String(POOLER_PORT));
    await waitFor(path);
    const writers = Array.from({ length: 8 }, (_, number) => startWriter(path, 1 + number * 25, 25));
    const attempts = (await Promise.all(writers.map((writer) => writer.attempts))).flat();
    expect(attempts.filter(({ index }) => index === undefined)).toEqual([]);
    const ids = await readIds(path);
    expect(ids.size).toBe(200);
    for (const { number, index } of attempts) expect(ids.get(sampleId(number))).toBe(index);
    expect(await verifyStore(path)).toMatchObject({ verdict: "good", entries: 201 });
  });
});

async function readIds(path: string): Promise<ReadonlyMap<string, number>> {
  const store = await openAuditStore({ path, mode: "read" });
  const entries = await collect(store.entries({ kind: "decision" }));
  await store.close();
  return new Map(entries.map(({ id, index }) => [id, index]));
}

function startPooler({ folder }: Server): ChildProcess {
  const users = join(folder, "users.txt");
  const config = join(folder, "pooler.ini");
  writeFileSync(users, '"ci" ""\n');
  const settings = {
    listen_port: POOLER_PORT,
    unix_socket_dir: folder,
    auth_type: "trust",
    auth_file: users,
    pool_mode: "transaction",
    default_pool_size: 2,
    max_client_conn: 100,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(config, `[databases]\n* = host=${folder} port=5432\n[pgbouncer]\n${lines.join("\n")}\n`);
  return spawn(POOLER, ["-q", config], { ...unprivilegedUser(), cwd: folder, stdio: "ignore" });
}

async function waitFor(path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await (await openAuditStore({ path, mode: "read" })).close();
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(50);
    }
  }
}
