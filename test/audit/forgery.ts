import Database from "better-sqlite3";
import { entryBody } from "../../src/audit/entry.ts";
import { appendLeaf, EMPTY_RANGE, leafHash } from "../../src/audit/log.ts";
import { SCHEMA_VERSION, schemaOf } from "../../src/audit/sqlite/schema.ts";
import type { NewEntry } from "../../src/audit/store.ts";
import { ORIGIN } from "./fixtures.ts";

/** Does what the owner of the file can: drops the guards, changes what it likes, puts the guards back. */
export function forge(
  path: string,
  change: (database: Database.Database) => void,
  after: readonly string[] = [],
): void {
  const database = new Database(path);
  const guards = schemaOf(SCHEMA_VERSION).filter(({ type }) => type === "trigger");
  for (const { name } of guards) database.exec(`DROP TRIGGER ${name}`);
  change(database);
  for (const sql of [...guards.map((guard) => guard.sql), ...after]) database.exec(sql);
  database.close();
}

/** Writes the log anew from the bodies of its entries, every hash in its place: a forgery without a seam. */
export function rewrite(
  database: Database.Database,
  entries: readonly (readonly [entry: NewEntry, origin?: string])[],
): void {
  database.exec("DELETE FROM entry; DELETE FROM node");
  let range = EMPTY_RANGE;
  for (const [index, [entry, origin = ORIGIN]] of entries.entries()) {
    const body = entryBody(origin, entry);
    const appended = appendLeaf(range, leafHash(body));
    range = appended.range;
    database
      .prepare("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)")
      .run(index, entry.id, entry.kind, Date.parse(entry.time), body, leafHash(body));
    for (const node of appended.nodes.slice(1)) {
      database.prepare("INSERT INTO node VALUES (?, ?, ?)").run(node.level, node.index, node.hash);
    }
  }
  database.exec(
    `DELETE FROM blob WHERE lower(hex(sha256)) NOT IN (SELECT substr(json_extract(CAST(body AS TEXT), '$.decision'), 8) FROM entry WHERE kind = 'decision')`,
  );
}

/** The entries of a log, as they could be recorded again. */
export function storedEntries(database: Database.Database): readonly (readonly [NewEntry])[] {
  const bodies: unknown[] = database.prepare("SELECT CAST(body AS TEXT) FROM entry ORDER BY seq").pluck().all();
  return bodies.map((body) => {
    const { v: _, log: __, id, kind, time, ...content } = JSON.parse(String(body));
    return [{ id, kind, time, content }];
  });
}
