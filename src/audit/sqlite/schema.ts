/**
 * The tables of the store. Nothing is in them that a verifier cannot recompute: `id`, `kind` and `recorded_ms` repeat
 * what a body says, `leaf_hash` and `node` follow from the bodies, a blob's key follows from its data, its media type
 * from the entry that names it.
 */

/** `gate` in ASCII: marks a SQLite file as ours. */
export const APPLICATION_ID = 0x67617465;

/** Raised by every change of the schema, and by every new kind of entry: an older gate must not judge what it cannot read. */
export const SCHEMA_VERSION = 5;

/**
 * The versions that can be read. Version 1 has no obligations and reviews, versions 1 and 2 have no vouchers, versions up to 3
 * no deletions, holds and ends, versions up to 4 no disclosures; the first write makes a log one of the current version
 * ({@link migration}).
 */
export const READABLE_VERSIONS: readonly unknown[] = [1, 2, 3, 4, SCHEMA_VERSION];

/** An object of the database as `sqlite_schema` lists it. */
export interface SchemaObject {
  readonly type: "table" | "index" | "trigger";
  readonly name: string;
  readonly table: string;
  readonly sql: string;
}

const ENTRY = `CREATE TABLE entry (
  seq INTEGER PRIMARY KEY CHECK (seq >= 0),
  id TEXT NOT NULL CHECK (length(id) = 36),
  kind TEXT NOT NULL,
  recorded_ms INTEGER NOT NULL,
  body BLOB NOT NULL CHECK (length(body) BETWEEN 2 AND 65535),
  leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32)
) STRICT`;

// The complete subtrees of two leaves and more; those of one leaf are in entry.leaf_hash.
const NODE = `CREATE TABLE node (
  level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 52),
  position INTEGER NOT NULL CHECK (position >= 0),
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID`;

const BLOB = `CREATE TABLE blob (
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  media_type TEXT NOT NULL,
  data BLOB NOT NULL
) STRICT`;

const VOUCHER = `CREATE TABLE voucher (
  size INTEGER NOT NULL CHECK (size > 0),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  material BLOB NOT NULL,
  PRIMARY KEY (size, kind, name)
) STRICT, WITHOUT ROWID`;

// What the commitments of documents stand for: the only table whose rows are personal data, and so can be deleted.
const DISCLOSURE = `CREATE TABLE disclosure (
  document BLOB NOT NULL CHECK (length(document) = 32),
  commitment BLOB NOT NULL CHECK (length(commitment) = 32),
  salt BLOB NOT NULL CHECK (length(salt) = 32),
  value TEXT NOT NULL,
  PRIMARY KEY (document, commitment)
) STRICT, WITHOUT ROWID`;

/**
 * In the order of creation. The triggers stop mistakes and casual edits: the owner of the file can drop them, so only
 * the tree and a checkpoint held elsewhere stop an attacker. The ones before INSERT close the way through
 * `INSERT OR REPLACE`, for which SQLite runs no DELETE trigger.
 */
const FIRST: readonly SchemaObject[] = [
  { type: "table", name: "entry", table: "entry", sql: ENTRY },
  { type: "table", name: "node", table: "node", sql: NODE },
  { type: "table", name: "blob", table: "blob", sql: BLOB },
  index("entry_id", "entry", "CREATE UNIQUE INDEX entry_id ON entry (id)"),
  index("entry_kind", "entry", "CREATE INDEX entry_kind ON entry (kind, seq)"),
  index("blob_sha256", "blob", "CREATE UNIQUE INDEX blob_sha256 ON blob (sha256)"),
  guard("entry", "no_update", "UPDATE", "true"),
  guard("entry", "no_delete", "DELETE", "true"),
  guard("entry", "next", "INSERT", "NEW.seq <> (SELECT coalesce(max(seq) + 1, 0) FROM entry)"),
  guard("entry", "once", "INSERT", "EXISTS (SELECT 1 FROM entry WHERE id = NEW.id)"),
  guard("node", "no_update", "UPDATE", "true"),
  guard("node", "no_delete", "DELETE", "true"),
  guard("node", "once", "INSERT", "EXISTS (SELECT 1 FROM node WHERE level = NEW.level AND position = NEW.position)"),
  // A blob may be deleted: retention prunes evidence, and the log must outlive it.
  guard("blob", "no_update", "UPDATE", "true"),
  guard("blob", "once", "INSERT", "EXISTS (SELECT 1 FROM blob WHERE sha256 = NEW.sha256)"),
];

const VOUCHERS: readonly SchemaObject[] = [
  { type: "table", name: "voucher", table: "voucher", sql: VOUCHER },
  guard("voucher", "no_update", "UPDATE", "true"),
  guard("voucher", "no_delete", "DELETE", "true"),
  guard(
    "voucher",
    "once",
    "INSERT",
    "EXISTS (SELECT 1 FROM voucher WHERE size = NEW.size AND kind = NEW.kind AND name = NEW.name)",
  ),
];

const DISCLOSURES: readonly SchemaObject[] = [
  { type: "table", name: "disclosure", table: "disclosure", sql: DISCLOSURE },
  guard("disclosure", "no_update", "UPDATE", "true"),
  guard(
    "disclosure",
    "once",
    "INSERT",
    "EXISTS (SELECT 1 FROM disclosure WHERE document = NEW.document AND commitment = NEW.commitment)",
  ),
];

/** What each version added to the one before. */
const ADDED: readonly (readonly [version: number, objects: readonly SchemaObject[]])[] = [
  [1, FIRST],
  [3, VOUCHERS],
  [5, DISCLOSURES],
];

/** What a database of a version consists of. */
export function schemaOf(version: unknown): readonly SchemaObject[] {
  return ADDED.flatMap(([since, objects]) => (since <= Number(version) ? objects : []));
}

/** What makes a database of an earlier version one of the current. */
export function migration(version: unknown): readonly SchemaObject[] {
  return ADDED.flatMap(([since, objects]) => (since > Number(version) ? objects : []));
}

function index(name: string, table: string, sql: string): SchemaObject {
  return { type: "index", name, table, sql };
}

function guard(table: string, rule: string, event: "INSERT" | "UPDATE" | "DELETE", condition: string): SchemaObject {
  const name = `${table}_${rule}`;
  const sql = `CREATE TRIGGER ${name} BEFORE ${event} ON ${table} WHEN ${condition}
BEGIN SELECT raise(ABORT, 'append-only: ${name}'); END`;
  return { type: "trigger", name, table, sql };
}
