import { exec } from "node:child_process";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { query } from "./db.js";

const run = promisify(exec);
const COLUMNS = ["id", "customer", "country", "total_cents", "created_at"];

function csvField(value) {
  const text = value === null ? "" : String(value);
  if (/[",\n]/.test(text)) {
    return `"${text.replaceAll('"', '""')}"`;
  }
  return text;
}

function toCsv(rows, columns) {
  const out = [columns.join(",")];
  for (const row of rows) {
    out.push(columns.map((name) => csvField(row[name])).join(","));
  }
  return out.join("\n") + "\n";
}

function selectRows(db, { from, to }) {
  if (from && to) {
    return query(db, "SELECT * FROM orders WHERE created_at BETWEEN ? AND ?", [from, to]);
  }
  if (from) {
    return query(db, "SELECT * FROM orders WHERE created_at >= ?", [from]);
  }
  return query(db, "SELECT * FROM orders");
}

/** Write the orders to `<name>.csv` and compress the file. */
export async function exportOrders(db, dir, { name, ...range }) {
  const rows = selectRows(db, range);
  const csv = toCsv(rows, COLUMNS);
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, `${name}.csv`), csv);
  await run(`gzip -f ${name}.csv`, { cwd: dir });
  return { file: `${name}.csv.gz`, rows: rows.length };
}

export async function listExports(dir) {
  const files = [];
  const now = Date.now();
  for (const file of await readdir(dir)) {
    if (!file.endsWith(".gz")) continue;
    const { size, mtime } = await stat(join(dir, file));
    files.push({ file, size, created: mtime.toISOString() });
  }
  return files.sort((a, b) => (a.created < b.created ? 1 : -1));
}
