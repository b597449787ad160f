/**
 * The control of the power-cut tests: rows in a plain SQLite database, in a journal mode and with a `synchronous` of the
 * caller's choice, and a line for each that is committed.
 */
import Database from "better-sqlite3";

const [path = "", journalMode = "", synchronous = "", count = "1"] = process.argv.slice(2);

const database = new Database(path);
database.pragma(`journal_mode = ${journalMode}`);
database.pragma(`synchronous = ${synchronous}`);
database.exec("CREATE TABLE IF NOT EXISTS row (number INTEGER PRIMARY KEY, text TEXT NOT NULL)");
const insert = database.prepare("INSERT INTO row VALUES (?, ?)");
for (let number = 1; number <= Number(count); number++) {
  insert.run(number, "x".repeat(600));
  process.stdout.write(`${JSON.stringify({ number })}\n`);
}
database.close();
