import { existsSync, readFileSync, writeFileSync } from "node:fs";
import initSqlJs from "sql.js";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY,
    customer TEXT NOT NULL,
    country TEXT NOT NULL,
    items TEXT NOT NULL,
    total_cents INTEGER NOT NULL,
    created_at TEXT NOT NULL
  )`;

/** Open the database file, or a new database in memory when no file is given. */
export async function openDb(file) {
  const SQL = await initSqlJs();
  // eslint-disable-next-line security/detect-non-literal-fs-filename -- operator setting, never request data
  const bytes = file && existsSync(file) ? readFileSync(file) : undefined;
  const db = new SQL.Database(bytes);
  db.run(SCHEMA);
  return db;
}

/** Run one query and return its rows as objects. */
export function query(db, sql, params = []) {
  const [result] = db.exec(sql, params);
  if (!result) return [];
  return result.values.map((row) =>
    Object.fromEntries(result.columns.map((name, i) => [name, row.at(i)])),
  );
}

/** Write the database back to its file. The path comes from DB_FILE only. */
export function saveDb(db, file) {
  // eslint-disable-next-line security/detect-non-literal-fs-filename -- operator setting, never request data
  writeFileSync(file, db.export());
}
