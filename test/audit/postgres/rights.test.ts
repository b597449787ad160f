import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { deletionEntry } from "../../../src/audit/deletion.ts";
import { entryBody, logCreatedEntry } from "../../../src/audit/entry.ts";
import { openAuditStore } from "../../../src/audit/open.ts";
import { canonicalJson } from "../../../src/evidence/canonical.ts";
import type { Digest } from "../../../src/evidence/types.ts";
import {
  collect,
  ORIGIN,
  sampleDeletion,
  sampleEntry,
  sampleId,
  sampleTime,
  sealedSample,
  ZERO_DIGEST,
} from "../fixtures.ts";
import { createLog, describeWithPostgres, type Role, type Server, startServer } from "./server.ts";

const DENIED = "42501";
const APPEND_ONLY = "GA001";
const TABLES = ["migration", "log", "entry", "node", "blob", "voucher", "disclosure"];

/** What nobody but the owner may do, and the owner not by mistake. */
const CHANGES: readonly (readonly [what: string, sql: string])[] = [
  [
    "insert an entry",
    "INSERT INTO gate_audit.entry SELECT log_id, 9, gen_random_uuid(), kind, 0, body, leaf_hash FROM gate_audit.entry LIMIT 1",
  ],
  ["insert a node", "INSERT INTO gate_audit.node VALUES (1, 9, 9, sha256(''))"],
  ["insert a blob", "INSERT INTO gate_audit.blob VALUES (1, sha256(''), 'x', '')"],
  ["insert a log", "INSERT INTO gate_audit.log VALUES (9, 'x')"],
  ["delete a blob", "DELETE FROM gate_audit.blob"],
  ["insert a name", "INSERT INTO gate_audit.disclosure VALUES (1, sha256(''), sha256(''), sha256(''), '')"],
  ["drop a table", "DROP TABLE gate_audit.entry CASCADE"],
  ["drop the schema", "DROP SCHEMA gate_audit CASCADE"],
  ["create a table", "CREATE TABLE gate_audit.mine (x integer)"],
  ["add a column", "ALTER TABLE gate_audit.entry ADD COLUMN mine integer"],
  ["disable a trigger", "ALTER TABLE gate_audit.entry DISABLE TRIGGER ALL"],
  ["drop a trigger", "DROP TRIGGER entry_no_change ON gate_audit.entry"],
  [
    "replace a function",
    "CREATE OR REPLACE FUNCTION gate_audit.refuse_unless_durable() RETURNS void LANGUAGE sql AS ''",
  ],
  ["turn triggers off", "SET session_replication_role = replica"],
  ["become the owner", "SET ROLE gate_audit_owner"],
  ["create a log", "SELECT gate_audit.create_log('x', '')"],
  ["add an entry without its checks", "SELECT gate_audit.add_entry(1, 'x', '')"],
];

/** The owner may: time runs out for evidence, and people have rights. */
const ERASABLE: ReadonlySet<string> = new Set(["delete from blob", "delete from disclosure"]);

const EDITS = TABLES.flatMap((table): readonly (readonly [string, string])[] => [
  [
    `update ${table}`,
    `UPDATE gate_audit.${table} SET ${table === "migration" ? "number = number" : "log_id = log_id"}`,
  ],
  [`delete from ${table}`, `DELETE FROM gate_audit.${table}`],
  [`truncate ${table}`, `TRUNCATE gate_audit.${table}`],
]);

describeWithPostgres("rights", () => {
  let server: Server;
  let database: string;
  beforeAll(async () => {
    server = await startServer();
    database = await server.newLog();
    const store = await openAuditStore({ path: server.url(database), mode: "append" });
    const { entry, blobs } = sampleEntry(1);
    await store.append(entry, blobs);
    const { entry: sealed, blobs: documents, disclosures } = sealedSample(2);
    await store.append(sealed, documents, disclosures);
    await store.keep({ size: 1, kind: "checkpoint", name: "log", material: Buffer.from("note") });
    await store.close();
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  async function codeOf(sql: string, role: Role): Promise<unknown> {
    return server.run(database, sql, role).then(
      () => "done",
      (error: { readonly code?: string }) => error.code,
    );
  }

  async function remove(parameters: readonly Uint8Array[], role: Role = "keeper"): Promise<unknown> {
    const given = parameters.map((one) => `decode('${Buffer.from(one).toString("hex")}', 'hex')`).join(", ");
    return codeOf(`SELECT gate_audit.remove('${ORIGIN}', ${given}, 3)`, role);
  }

  describe.each<Role>(["ci", "auditor", "stranger"])("%s", (role) => {
    test.each([...CHANGES, ...EDITS])("cannot %s", async (_, sql) => {
      expect(await codeOf(sql, role)).toBe(DENIED);
    });
  });

  test.each(TABLES)("%s can be read by the writer and the reader, and by no stranger", async (table) => {
    const sql = `SELECT count(*) FROM gate_audit.${table}`;
    expect(await Promise.all((["ci", "auditor", "stranger"] as const).map((role) => codeOf(sql, role)))).toEqual([
      "done",
      "done",
      DENIED,
    ]);
  });

  test.each([
    ["append", "SELECT gate_audit.append('x', '{}', '{}', '{}', '{}', '{}')"],
    ["keep", "SELECT gate_audit.keep('x', 1, 'checkpoint', 'x', 'x')"],
  ])("the reader cannot call %s", async (_, sql) => {
    expect(await codeOf(sql, "auditor")).toBe(DENIED);
    expect(await codeOf(sql, "ci")).toBe("GA004");
  });

  describe("what the role that prunes gives to the function", () => {
    const { entry, blobs } = deletionEntry(sampleDeletion([sampleEntry(1).blobs[0]?.digest ?? ZERO_DIGEST]));
    const document = Buffer.from(blobs[0]?.data ?? []);
    const body = entryBody(ORIGIN, entry);
    const decision = entryBody(ORIGIN, sampleEntry(8).entry);
    const foreign = Buffer.from(document.toString().replace("gate/deletion/v1", "gate/deletion/v9"));
    const strange = deletionEntry(sampleDeletion([ZERO_DIGEST.slice(0, 20) as Digest]));

    test.each<readonly [what: string, parameters: readonly Uint8Array[], code: string]>([
      ["a decision", [decision, document], "GA003"],
      ["another document", [body, foreign], "GA003"],
      ["no document", [body, Buffer.from("x")], "GA006"],
      ["what is no digest", [entryBody(ORIGIN, strange.entry), strange.blobs[0]?.data ?? document], "GA006"],
    ])("%s is refused, and leaves no trace", async (_, parameters, code) => {
      expect(await remove(parameters)).toBe(code);
      expect(await server.run(database, "SELECT count(*)::int AS n FROM gate_audit.entry")).toEqual([{ n: 3 }]);
      expect(await server.run(database, "SELECT count(*)::int AS n FROM gate_audit.blob")).toEqual([{ n: 2 }]);
    });

    test("a right that neither the writer nor the reader has", async () => {
      for (const role of ["ci", "auditor", "stranger"] as const)
        expect(await remove([body, document], role)).toBe(DENIED);
    });

    test("and the writer cannot append a deletion", async () => {
      const given = `decode('${Buffer.from(body).toString("hex")}', 'hex')`;
      expect(await codeOf(`SELECT gate_audit.append('${ORIGIN}', ${given}, '{}', '{}', '{}', '{}')`, "ci")).toBe(
        "GA006",
      );
    });
  });

  test("the reader reads the log and appends nothing", async () => {
    const store = await openAuditStore({ path: server.url(database, "auditor"), mode: "read" });
    expect(await collect(store.entries())).toHaveLength(3);
    const { entry, blobs } = sampleEntry(3);
    await expect(store.append(entry, blobs)).rejects.toThrow(
      expect.objectContaining({ code: "audit-write-failed", message: expect.stringContaining("permission denied") }),
    );
    await store.close();
  });

  test.each(EDITS.filter(([what]) => !ERASABLE.has(what)))("the owner cannot %s", async (_, sql) => {
    expect(await codeOf(`SET ROLE gate_audit_owner; ${sql}`, "postgres")).toBe(APPEND_ONLY);
    expect(await codeOf(`SET session_replication_role = replica; ${sql}`, "postgres")).toBe(APPEND_ONLY);
  });

  test("the owner prunes blobs, which is what retention needs", async () => {
    const other = await server.newLog();
    const store = await openAuditStore({ path: server.url(other), mode: "append" });
    const { entry, blobs } = sampleEntry(1);
    await store.append(entry, blobs);
    await server.run(other, "SET ROLE gate_audit_owner; DELETE FROM gate_audit.blob");
    expect(await collect(store.entries())).toHaveLength(2);
    for (const { digest } of blobs) expect(await store.has(digest)).toBe(false);
    await store.close();
  });

  describe("what the writer gives to the function", () => {
    const other = entryBody("github.com/acme/other", sampleEntry(7).entry);
    const created = entryBody(ORIGIN, logCreatedEntry(sampleId(7), sampleTime(7)));
    const { log: _, ...without } = JSON.parse(Buffer.from(other).toString());

    test.each([
      ["no JSON", Buffer.from("no JSON"), "GA006"],
      ["no text", Buffer.from([0xff, 0xfe]), "GA006"],
      ["an entry of another log", other, "GA006"],
      ["an entry of no log", Buffer.from(canonicalJson(without)), "GA006"],
      ["a second creation", created, "GA006"],
      ["an id that is none", Buffer.from(canonicalJson({ ...without, log: ORIGIN, id: "7" })), "GA006"],
      ["a time that is none", Buffer.from(canonicalJson({ ...without, log: ORIGIN, time: "soon" })), "GA006"],
      [
        "a body that is too large",
        Buffer.from(canonicalJson({ ...without, log: ORIGIN, x: "x".repeat(66_000) })),
        "23514",
      ],
    ])("%s is refused", async (_what, body, code) => {
      const sql = `SELECT gate_audit.append('${ORIGIN}', '\\x${Buffer.from(body).toString("hex")}', '{}', '{}', '{}', '{}')`;
      expect(await codeOf(sql, "ci")).toBe(code);
    });

    test("a member that looks like the id once its escapes are gone is not taken for it", async () => {
      const text = canonicalJson({ ...without, log: ORIGIN, "i\u0000d": sampleId(9), x: "\\u0000\\\\\u0000" });
      const sql = `SELECT gate_audit.append('${ORIGIN}', '\\x${Buffer.from(text).toString("hex")}', '{}', '{}', '{}', '{}')`;
      const fresh = await server.newLog();
      await server.run(fresh, sql, "ci");
      expect(await server.run(fresh, "SELECT id FROM gate_audit.entry WHERE seq = 1")).toEqual([{ id: sampleId(7) }]);
    });

    test("a blob is stored under its own digest, whatever it is called", async () => {
      const fresh = await server.newLog();
      const body = entryBody(ORIGIN, sampleEntry(7).entry).toString();
      const hex = Buffer.from(body).toString("hex");
      await server.run(
        fresh,
        `SELECT gate_audit.append('${ORIGIN}', '\\x${hex}', '{x}', '{\\\\x6869}', '{}', '{}')`,
        "ci",
      );
      expect(await server.run(fresh, "SELECT sha256 = sha256('hi') AS own FROM gate_audit.blob")).toEqual([
        { own: true },
      ]);
    });

    test("objects of the session that hide the real ones change nothing", async () => {
      const fresh = await server.newLog();
      const hex = Buffer.from(entryBody(ORIGIN, sampleEntry(7).entry)).toString("hex");
      const hiding = `CREATE FUNCTION pg_temp.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT decode(repeat(''00'', 32), ''hex'')';
        SET search_path = pg_temp, pg_catalog;`;
      await server.run(
        fresh,
        `${hiding} SELECT gate_audit.append('${ORIGIN}', '\\x${hex}', '{}', '{}', '{}', '{}')`,
        "ci",
      );
      const query = `SELECT leaf_hash = sha256('\\x00'::bytea || body) AS own FROM gate_audit.entry`;
      expect(await server.run(fresh, query)).toEqual([{ own: true }, { own: true }]);
    });
  });

  test("a creator of roles who is no superuser can set up a database", async () => {
    await server.run("postgres", "CREATE DATABASE managed", "admin");
    expect(await createLog(server.url("managed", "admin"))).toBe(true);
    expect(await createLog(server.url("managed", "admin"))).toBe(false);
    expect(await createLog(server.url("managed", "admin", "second"), "second")).toBe(true);
    const store = await openAuditStore({ path: server.url("managed", "ci", "second"), mode: "append" });
    expect(await store.head()).toMatchObject({ origin: "second", size: 1 });
    await store.close();
  });
});
