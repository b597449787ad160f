import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAuditStore } from "../../../src/audit/open.ts";
import { type Connection, connect } from "../../../src/audit/postgres/connection.ts";
import { migrate } from "../../../src/audit/postgres/create.ts";
import { parseLocation } from "../../../src/audit/postgres/location.ts";
import { MIGRATIONS } from "../../../src/audit/postgres/schema.ts";
import { verifyStore } from "../../../src/audit/verify.ts";
import { ORIGIN, sampleEntry } from "../fixtures.ts";
import { createLog, describeWithPostgres, type Server, startServer } from "./server.ts";

describeWithPostgres("opening a log in a database", () => {
  let server: Server;
  let database: string;
  beforeAll(async () => {
    server = await startServer();
    database = await server.newLog();
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  async function change(statement: string): Promise<void> {
    await server.run("postgres", statement);
    await server.run("postgres", "SELECT pg_reload_conf(), pg_sleep(0.3)");
  }

  async function within<T>(name: string, use: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await connect(parseLocation(server.url(name, "postgres")));
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }

  describe("a server that could lose what it acknowledges", () => {
    test.each([
      ["synchronous_commit", "ALTER ROLE ci SET synchronous_commit = off", "ALTER ROLE ci RESET synchronous_commit"],
      ["fsync", "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM RESET fsync"],
      ["full_page_writes", "ALTER SYSTEM SET full_page_writes = off", "ALTER SYSTEM RESET full_page_writes"],
    ])("is refused with %s off, and read all the same", async (name, off, on) => {
      await change(off);
      try {
        expect(await opening(server.url(database))).toMatchObject({
          code: "audit-write-failed",
          message: expect.stringContaining(`${name} is off`),
        });
        expect(await opening(server.url(database), "read")).toBeUndefined();
      } finally {
        await change(on);
      }
      expect(await opening(server.url(database))).toBeUndefined();
    });

    test("is refused by the function too, for a pooler may hand the append to another process of the server", async () => {
      const { entry, blobs } = sampleEntry(1);
      const store = await openAuditStore({ path: server.url(database), mode: "append" });
      await change("ALTER SYSTEM SET fsync = off");
      await expect(store.append(entry, blobs)).rejects.toThrow(
        expect.objectContaining({ code: "audit-write-failed", message: expect.stringContaining("fsync is off") }),
      );
      await change("ALTER SYSTEM RESET fsync");
      expect((await store.append(entry, blobs)).index).toBe(1);
      await store.close();
      await expect(
        server.run(
          database,
          "SET synchronous_commit = off; SELECT gate_audit.append('x', '', '{}', '{}', '{}', '{}')",
          "ci",
        ),
      ).rejects.toThrow(expect.objectContaining({ code: "GA005" }));
    });
  });

  test("a role that may not write is refused, and reads", async () => {
    await server.run("postgres", "ALTER ROLE ci SET default_transaction_read_only = on");
    expect(await opening(server.url(database))).toMatchObject({
      code: "audit-write-failed",
      message: expect.stringContaining("takes no writes"),
    });
    expect(await opening(server.url(database), "read")).toBeUndefined();
    await server.run("postgres", "ALTER ROLE ci RESET default_transaction_read_only");
  });

  test("a standby is refused, and can be read and verified", async () => {
    const signal = join(server.folder, "data", "standby.signal");
    const fresh = await server.newLog();
    const store = await openAuditStore({ path: server.url(fresh), mode: "append" });
    const { entry, blobs } = sampleEntry(1);
    await store.append(entry, blobs);
    await store.close();
    await server.run("postgres", "CHECKPOINT");
    await server.crash();
    writeFileSync(signal, "");
    await server.start();
    expect(await opening(server.url(fresh))).toMatchObject({
      code: "audit-write-failed",
      message: expect.stringContaining("is a standby"),
    });
    expect(await opening(server.url(fresh), "read")).toBeUndefined();
    expect((await verifyStore(server.url(fresh, "auditor"))).verdict).toBe("good");
    await server.crash();
    rmSync(signal);
    await server.start();
  });

  test.each<readonly [string, () => string, string, string]>([
    ["no server", () => server.url(database).replaceAll("5432", "5433"), "cannot be reached", "unreadable"],
    ["no such database", () => server.url("nowhere"), "no such database", "not-found"],
    ["a database without logs", () => server.url("postgres"), "no audit logs", "not-found"],
    ["no such log", () => server.url(database, "ci", "other"), "no audit log other", "not-found"],
    ["no such user", () => server.url(database).replace("ci@", "nobody@"), "refuses this user", "unreadable"],
    ["a user without rights", () => server.url(database, "stranger"), "permission denied", "unreadable"],
  ])("%s: an error to append and to read, and unknown to verify", async (_, url, message, finding) => {
    const [append, read] = [await opening(url()), await opening(url(), "read")];
    expect(append).toMatchObject({ code: "audit-write-failed", message: expect.stringContaining(message) });
    const code = finding === "not-found" ? "audit-not-found" : "audit-unreadable";
    expect(read).toMatchObject({ code, message: expect.stringContaining(message) });
    const report = await verifyStore(url());
    expect(report).toMatchObject({ verdict: "unknown", head: null, findings: [{ code: finding }] });
    if (finding === "not-found") expect(append).toMatchObject({ hint: expect.stringContaining("gate audit init") });
  });

  test.each([
    "postgres://",
    "postgres://localhost/gate",
    "postgres://localhost/?log=x",
    "postgres://localhost/a/b?log=x",
    "postgres://localhost/gate?log=a%20b",
    "postgres://localhost/gate?log=x&sslmode=require",
    "postgres://localhost/gate?log=x&options=-c%20synchronous_commit%3Doff",
    "postgres://localhost/%zz?log=x",
    "postgres://db.example/gate?log=x&sslrootcert=/nowhere.pem",
    "postgres://[localhost/gate?log=x",
  ])("%s is no location", async (path) => {
    expect(await opening(path)).toMatchObject({ code: "usage" });
  });

  test("over a network the certificate of the server is verified, unless the URL says otherwise", () => {
    expect(parseLocation("postgres://db.example/gate?log=x").tls).toEqual({ rejectUnauthorized: true });
    expect(parseLocation("postgres://db.example/gate?log=x&sslmode=disable").tls).toBe(false);
    expect(parseLocation("postgres://127.0.0.1/gate?log=x&sslmode=verify-full").tls).toEqual({
      rejectUnauthorized: true,
    });
    expect(parseLocation("postgres://[::1]:6432/gate?log=x")).toMatchObject({ host: "::1", port: 6432, tls: false });
  });

  test("a password is in no error", async () => {
    const urls = [
      server.url(database).replace("ci@", "nobody:hunter2@"),
      "postgres://ci:hunter2@localhost:1/gate?log=x",
      "postgres://ci:hunter2@localhost/gate?log=x&password=hunter2",
      "postgres://ci:hunter2@[/gate",
    ];
    for (const url of urls) {
      const error = await opening(url);
      expect(error).toBeInstanceOf(Error);
      expect(`${JSON.stringify(error)} ${String(error)}`).not.toContain("hunter2");
    }
  });

  test("an append that waits too long for another gives up, and is not recorded", { timeout: 90_000 }, async () => {
    const holder = new pg.Client({ connectionString: server.url(database, "postgres").split("&log")[0] ?? "" });
    holder.on("error", () => undefined);
    await holder.connect();
    await holder.query("BEGIN; SELECT * FROM gate_audit.log FOR UPDATE");
    const store = await openAuditStore({ path: server.url(database), mode: "append" });
    const before = await store.head();
    const { entry, blobs } = sampleEntry(77);
    await expect(store.append(entry, blobs)).rejects.toThrow(
      expect.objectContaining({ code: "audit-write-failed", message: expect.stringContaining("too long") }),
    );
    await holder.end();
    expect(await store.head()).toEqual(before);
    expect((await store.append(entry, blobs)).index).toBe(before.size);
    await store.close();
  });

  describe("isolation that the role has set", () => {
    test.each(["repeatable read", "serializable"])("%s loses and repeats nothing", async (isolation) => {
      const fresh = await server.newLog();
      await server.run("postgres", `ALTER ROLE ci SET default_transaction_isolation = '${isolation}'`);
      const stores = await Promise.all(
        Array.from({ length: 4 }, () => openAuditStore({ path: server.url(fresh), mode: "append" })),
      );
      const receipts = await Promise.all(
        Array.from({ length: 40 }, async (_, number) => {
          const { entry, blobs } = sampleEntry(number + 1);
          return stores[number % 4]?.append(entry, blobs);
        }),
      );
      const indexes = receipts.map((receipt) => receipt?.index ?? Number.NaN).toSorted((a, b) => a - b);
      expect(indexes).toEqual(Array.from({ length: 40 }, (_, number) => number + 1));
      for (const store of stores) await store.close();
      await server.run("postgres", "ALTER ROLE ci RESET default_transaction_isolation");
      expect((await verifyStore(server.url(fresh))).verdict).toBe("good");
    });
  });

  describe("migrations", () => {
    const NEXT = { number: MIGRATIONS.length + 1, sql: "CREATE TABLE gate_audit.later (x integer)" };

    test("eight that create a log at once make one", async () => {
      await server.run("postgres", "CREATE DATABASE together");
      const made = await Promise.all(Array.from({ length: 8 }, () => createLog(server.url("together", "postgres"))));
      expect(made.filter(Boolean)).toHaveLength(1);
      expect(await server.run("together", "SELECT count(*)::integer AS n FROM gate_audit.entry")).toEqual([{ n: 1 }]);
    });

    test("one that is cut off half-way leaves nothing", async () => {
      await server.run("postgres", "CREATE DATABASE half");
      await within("half", async (connection) => {
        await connection.query("BEGIN");
        await migrate(connection, parseLocation(server.url("half")), MIGRATIONS);
      });
      expect(await server.run("half", "SELECT 1 FROM pg_namespace WHERE nspname = 'gate_audit'")).toEqual([]);
      expect(await createLog(server.url("half", "postgres"))).toBe(true);
    });

    test("a schema of a later version is refused, and so is one that was made by other statements", async () => {
      const fresh = await server.newLog();
      await within(fresh, async (connection) => {
        await connection.query("BEGIN");
        await migrate(connection, parseLocation(server.url(fresh)), [...MIGRATIONS, NEXT]);
        await connection.query("COMMIT");
      });
      expect(await opening(server.url(fresh))).toMatchObject({ code: "audit-unreadable" });
      expect(await verifyStore(server.url(fresh))).toMatchObject({
        verdict: "unknown",
        findings: [{ code: "version-unsupported" }],
      });
      await expect(createLog(server.url(fresh, "postgres"))).rejects.toThrow(
        expect.objectContaining({ code: "audit-unreadable" }),
      );
      const other = await server.newLog();
      const changed = MIGRATIONS.map(({ number, sql }) => ({ number, sql: `${sql} ` }));
      await within(other, async (connection) => {
        await expect(migrate(connection, parseLocation(server.url(other)), changed)).rejects.toThrow(
          expect.objectContaining({ code: "audit-corrupt" }),
        );
      });
    });

    test("a database in another encoding is refused", async () => {
      await server.run("postgres", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
      await expect(createLog(server.url("latin", "postgres"))).rejects.toThrow(
        expect.objectContaining({ code: "audit-write-failed", hint: expect.stringContaining("UTF8") }),
      );
    });
  });

  test("logs of one database do not see each other", async () => {
    await createLog(server.url(database, "postgres", "second"), "second");
    const [first, second] = [ORIGIN, "second"].map((log) => server.url(database, "ci", log));
    const store = await openAuditStore({ path: second ?? "", mode: "append" });
    const { entry, blobs } = sampleEntry(1);
    expect((await store.append(entry, blobs)).index).toBe(1);
    expect((await store.head()).origin).toBe("second");
    await store.close();
    for (const path of [first, second]) expect((await verifyStore(path ?? "")).verdict).toBe("good");
  });
});

async function opening(path: string, mode: "append" | "read" = "append"): Promise<unknown> {
  return openAuditStore({ path, mode }).then(
    async (store) => store.close(),
    (error: unknown) => error,
  );
}
