import { copyFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAuditStore } from "../../../src/audit/open.ts";
import { SCHEMA_VERSION, schemaOf } from "../../../src/audit/sqlite/schema.ts";
import type { TreeHead } from "../../../src/audit/store.ts";
import { type VerifyReport, verifyStore } from "../../../src/audit/verify.ts";
import { ORIGIN, sampleEntry, temporaryDirectory } from "../fixtures.ts";
import { createLog, describeWithPostgres, type Server, startServer } from "./server.ts";

const DECISIONS = 300;

/** The same attack in the words of both databases; one text where the words are the same. */
const ATTACKS: readonly (readonly [name: string, sqlite: string, postgres?: string])[] = [
  ["nothing", "SELECT 1"],
  [
    "edit a body",
    `UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), '"block"', '"allow"') AS BLOB) WHERE seq = 5`,
    `UPDATE entry SET body = convert_to(replace(convert_from(body, 'UTF8'), '"block"', '"allow"'), 'UTF8') WHERE seq = 5`,
  ],
  [
    "swap two entries",
    "UPDATE entry SET seq = 999 WHERE seq = 4; UPDATE entry SET seq = 4 WHERE seq = 5; UPDATE entry SET seq = 5 WHERE seq = 999",
  ],
  ["delete an entry", "DELETE FROM entry WHERE seq = 5"],
  ["delete an entry of a later page", "DELETE FROM entry WHERE seq = 290"],
  [
    "delete an entry and close the gap",
    "DELETE FROM entry WHERE seq = 5; UPDATE entry SET seq = seq - 1 WHERE seq > 5",
    "DELETE FROM entry WHERE seq = 5; UPDATE entry SET seq = seq + 1000 WHERE seq > 5; UPDATE entry SET seq = seq - 1001 WHERE seq > 5",
  ],
  ["cut off the last entry", "DELETE FROM entry WHERE seq = 299"],
  ["cut off everything but the creation", "DELETE FROM entry WHERE seq > 0; DELETE FROM node; DELETE FROM blob"],
  ["delete everything", "DELETE FROM entry; DELETE FROM node; DELETE FROM blob"],
  ["delete the creation", "DELETE FROM entry WHERE seq = 0"],
  ["insert an index that is far away", "UPDATE entry SET seq = 10000 WHERE seq = 299"],
  ["rename an entry", "UPDATE entry SET id = '00000000-0000-7000-8000-000000000000' WHERE seq = 5"],
  ["relabel an entry", "UPDATE entry SET kind = 'log-created' WHERE seq = 5"],
  ["redate an entry", "UPDATE entry SET recorded_ms = recorded_ms + 1 WHERE seq = 5"],
  [
    "edit a leaf hash",
    "UPDATE entry SET leaf_hash = zeroblob(32) WHERE seq = 5",
    "UPDATE entry SET leaf_hash = sha256('') WHERE seq = 5",
  ],
  [
    "edit a node",
    "UPDATE node SET hash = zeroblob(32) WHERE level = 2 AND position = 1",
    "UPDATE node SET hash = sha256('') WHERE level = 2 AND position = 1",
  ],
  ["delete nodes", "DELETE FROM node WHERE level = 4"],
  ["add a node", "INSERT INTO node VALUES (9, 7, zeroblob(32))", "INSERT INTO node VALUES (1, 9, 7, sha256(''))"],
  [
    "edit a document",
    "UPDATE blob SET data = CAST(replace(CAST(data AS TEXT), 'SQL injection', 'nothing') AS BLOB) WHERE rowid = 5",
    "UPDATE blob SET data = convert_to(replace(convert_from(data, 'UTF8'), 'SQL injection', 'nothing'), 'UTF8') WHERE sha256 = $5",
  ],
  [
    "relabel a document",
    "UPDATE blob SET media_type = 'text/plain' WHERE rowid = 5",
    "UPDATE blob SET media_type = 'text/plain' WHERE sha256 = $5",
  ],
  ["prune a document", "DELETE FROM blob WHERE rowid = 5", "DELETE FROM blob WHERE sha256 = $5"],
  [
    "keep what is no checkpoint",
    "INSERT INTO voucher VALUES (3, 'checkpoint', 'x', x'00')",
    "INSERT INTO voucher VALUES (1, 3, 'checkpoint', 'x', decode('00', 'hex'))",
  ],
  [
    "add a document",
    "INSERT INTO blob VALUES (zeroblob(32), 'text/plain', x'00')",
    "INSERT INTO blob VALUES (1, sha256(''), 'text/plain', 'x')",
  ],
];

/** What only this store has. */
const SCHEMA_ATTACKS: readonly (readonly [name: string, sql: string])[] = [
  ["drop a trigger", "DROP TRIGGER entry_no_change ON entry"],
  ["disable a trigger", "ALTER TABLE node DISABLE TRIGGER node_no_change"],
  ["let a trigger sleep on a replica", "ALTER TABLE entry ENABLE TRIGGER entry_no_change"],
  [
    "exchange a function",
    "CREATE OR REPLACE FUNCTION refuse_unless_durable() RETURNS void LANGUAGE plpgsql AS 'BEGIN END'",
  ],
  ["exchange the search path of a function", "ALTER FUNCTION keep SET search_path = public, pg_catalog"],
  ["add a function", "CREATE FUNCTION mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'"],
  ["add a table", "CREATE TABLE mine (x integer)"],
  ["add a view", "CREATE VIEW mine AS SELECT 1 AS x"],
  ["add a column", "ALTER TABLE entry ADD COLUMN mine integer"],
  ["drop the uniqueness of ids", "ALTER TABLE entry DROP CONSTRAINT entry_id"],
  ["add a rule", "CREATE RULE mine AS ON INSERT TO node DO INSTEAD NOTHING"],
  ["hide rows by a policy", "ALTER TABLE entry ENABLE ROW LEVEL SECURITY"],
  ["grant the right to insert", "GRANT INSERT ON entry TO stranger"],
  ["grant a function to everybody", "GRANT EXECUTE ON FUNCTION append TO PUBLIC"],
  ["grant the right to create", "GRANT CREATE ON SCHEMA gate_audit TO ci"],
  ["give a table away", "ALTER TABLE node OWNER TO stranger"],
  ["make a table that no crash survives", "ALTER TABLE node SET UNLOGGED"],
  ["add a migration", "INSERT INTO migration (number, sha256) VALUES (0, sha256(''))"],
];

describeWithPostgres("a log that the superuser changed behind the triggers", () => {
  const directory = temporaryDirectory();
  const file = join(directory.path, "audit.db");
  let server: Server;
  let original: string;
  let noted: TreeHead;
  let fifth: string;
  let copies = 0;

  beforeAll(async () => {
    server = await startServer();
    original = await server.newLog();
    const sqlite = await openAuditStore({ path: file, origin: ORIGIN, mode: "append" });
    const postgres = await openAuditStore({ path: server.url(original), mode: "append" });
    for (let number = 1; number < DECISIONS; number++) {
      const { entry, blobs } = sampleEntry(number);
      await sqlite.append(entry, blobs);
      const { head } = await postgres.append(entry, blobs);
      if (number === 150) noted = head;
      if (number === 5) fifth = blobs[0]?.digest.slice("sha256:".length) ?? "";
    }
    await sqlite.close();
    await postgres.close();
  });
  afterAll(async () => {
    directory[Symbol.dispose]();
    await server[Symbol.asyncDispose]();
  });

  async function copyOfLog(): Promise<string> {
    copies += 1;
    await server.run("postgres", `CREATE DATABASE copy${copies} TEMPLATE ${original}`);
    return `copy${copies}`;
  }

  function attackedFile(sql: string): string {
    copies += 1;
    const path = join(directory.path, `${copies}.db`);
    copyFileSync(file, path);
    const database = new Database(path);
    const guards = schemaOf(SCHEMA_VERSION).filter(({ type }) => type === "trigger");
    for (const { name } of guards) database.exec(`DROP TRIGGER ${name}`);
    database.exec(sql);
    for (const { sql: guard } of guards) database.exec(guard);
    database.close();
    return path;
  }

  async function attackedLog(sql: string): Promise<string> {
    const database = await copyOfLog();
    const tables = ["log", "entry", "node", "blob"];
    const setTriggers = (how: string): string =>
      tables
        .flatMap((table) =>
          ["change", "truncate"].map((what) => `ALTER TABLE ${table} ${how} TRIGGER ${table}_no_${what};`),
        )
        .join("");
    const change = sql.replaceAll("$5", `'\\x${fifth}'`);
    await server.run(
      database,
      `SET search_path = gate_audit; ${setTriggers("DISABLE")} ${change}; ${setTriggers("ENABLE ALWAYS")}`,
    );
    return server.url(database, "auditor");
  }

  test.each(ATTACKS)("%s: what is found is what the SQLite store finds", async (_, sqlite, postgres) => {
    const path = attackedFile(sqlite ?? "");
    const location = await attackedLog(postgres ?? sqlite ?? "");
    // The two logs were created at other times: of the roots only this one's own can be expected.
    expect(found(await verifyStore(location))).toEqual(found(await verifyStore(path)));
    const held = await verifyStore(location, { expect: [noted] });
    expect(held.verdict).toBe(
      sqlite === "SELECT 1" ? "good" : held.findings[0]?.code === "pruned" ? "unknown" : "tampered",
    );
  });

  test.each(SCHEMA_ATTACKS)("%s: found", async (_, sql) => {
    const database = await copyOfLog();
    await server.run(database, `SET search_path = gate_audit; ${sql}`);
    const report = await verifyStore(server.url(database, "postgres"));
    expect(report.verdict).toBe("tampered");
    expect(new Set(report.findings.map(({ code }) => code))).toEqual(new Set(["schema-changed"]));
  });

  test("a log under the name of another is found, and not opened", async () => {
    const database = await copyOfLog();
    await createLog(server.url(database, "postgres", "other"), "other");
    await server.run(
      database,
      `SET search_path = gate_audit; ALTER TABLE log DISABLE TRIGGER ALL; UPDATE log SET origin = 'x' WHERE log_id = 1;
       UPDATE log SET origin = '${ORIGIN}' WHERE log_id = 2; ALTER TABLE log ENABLE ALWAYS TRIGGER log_no_change;
       ALTER TABLE log ENABLE ALWAYS TRIGGER log_no_truncate;`,
    );
    const report = await verifyStore(server.url(database));
    expect(report.findings).toContainEqual(expect.objectContaining({ code: "column-changed", index: 0 }));
    await expect(openAuditStore({ path: server.url(database), mode: "append" })).rejects.toThrow(
      expect.objectContaining({ code: "audit-corrupt" }),
    );
  });

  test("a tree that lacks a node takes no more entries", async () => {
    const location = (await attackedLog("DELETE FROM node WHERE level = 3")).replace("auditor@", "ci@");
    const store = await openAuditStore({ path: location, mode: "append" });
    await expect(store.head()).rejects.toThrow(expect.objectContaining({ code: "audit-corrupt" }));
    const { entry, blobs } = sampleEntry(DECISIONS);
    await expect(store.append(entry, blobs)).rejects.toThrow(expect.objectContaining({ code: "audit-corrupt" }));
    await store.close();
  });

  test("verifying holds up no append, and reads one state", async () => {
    const database = await copyOfLog();
    const store = await openAuditStore({ path: server.url(database), mode: "append" });
    const verifying = verifyStore(server.url(database, "auditor"));
    for (let number = DECISIONS; number < DECISIONS + 50; number++) {
      const { entry, blobs } = sampleEntry(number);
      await store.append(entry, blobs);
    }
    expect(await verifying).toMatchObject({ verdict: "good", findings: [] });
    await store.close();
  });
});

function found({ verdict, entries, findings }: VerifyReport): unknown {
  return { verdict, entries, findings: findings.map(({ code, index }) => ({ code, index })) };
}
