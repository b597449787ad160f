import { sha256 } from "../../evidence/canonical.ts";
import type { Connection } from "./connection.ts";
import { MIGRATIONS, migrationDigest, OWNER } from "./schema.ts";

/**
 * What the catalogue says of the schema, one fact a line. Facts that versions of the server word differently, such as the
 * text of a CHECK, are left out: what they protect is verified itself.
 */
const FACTS = `
WITH relation AS (
  SELECT c.* FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'gate_audit'
)
SELECT 'owner ' || pg_get_userbyid(nspowner) AS fact FROM pg_namespace WHERE nspname = 'gate_audit'
UNION ALL
SELECT format('%s %s %s%s', CASE relkind WHEN 'r' THEN 'table' ELSE 'relation of kind ' || relkind::text END, relname,
    relpersistence, CASE WHEN relrowsecurity OR relforcerowsecurity THEN ' with row security' ELSE '' END)
  FROM relation WHERE relkind NOT IN ('i', 'I', 't')
UNION ALL
SELECT format('column %s.%s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
    CASE WHEN a.attnotnull THEN '' ELSE ' null' END)
  FROM relation AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
  WHERE c.relkind NOT IN ('i', 'I', 't') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT format('index %s on %s (%s)%s%s', c.relname, t.relname,
    (SELECT string_agg(a.attname, ', ' ORDER BY k.place) FROM unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
      LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum),
    CASE WHEN i.indisunique THEN ' unique' ELSE '' END,
    CASE WHEN i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL THEN '' ELSE ' in part' END)
  FROM relation AS c JOIN pg_index AS i ON i.indexrelid = c.oid JOIN pg_class AS t ON t.oid = i.indrelid
UNION ALL
SELECT format('trigger %s on %s %s %s %s%s', t.tgname, c.relname, p.proname, t.tgtype, t.tgenabled,
    CASE WHEN t.tgqual IS NULL THEN '' ELSE ' in some cases' END)
  FROM relation AS c JOIN pg_trigger AS t ON t.tgrelid = c.oid JOIN pg_proc AS p ON p.oid = t.tgfoid
  WHERE NOT t.tgisinternal
UNION ALL
SELECT format('function %s%s %s %s', p.proname, CASE WHEN p.prosecdef THEN ' definer' ELSE '' END,
    coalesce(array_to_string(p.proconfig, '; '), '-'), encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'))
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE n.nspname = 'gate_audit'
UNION ALL
SELECT format('rule %s on %s', r.rulename, c.relname) FROM relation AS c JOIN pg_rewrite AS r ON r.ev_class = c.oid
UNION ALL
SELECT format('policy %s on %s', p.polname, c.relname) FROM relation AS c JOIN pg_policy AS p ON p.polrelid = c.oid
UNION ALL
SELECT format('heir %s of %s', h.inhrelid::regclass, c.relname) FROM relation AS c JOIN pg_inherits AS h ON h.inhparent = c.oid
  WHERE c.relkind NOT IN ('i', 'I')
UNION ALL
SELECT format('owner %s of %s', pg_get_userbyid(c.relowner), c.relname) FROM relation AS c
  WHERE c.relowner <> (SELECT nspowner FROM pg_namespace WHERE nspname = 'gate_audit')
UNION ALL
SELECT format('right of %s to %s %s', CASE a.grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(a.grantee) END,
    a.privilege_type, c.relname)
  FROM relation AS c CROSS JOIN aclexplode(c.relacl) AS a WHERE a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
UNION ALL
SELECT format('right of %s to %s %s', CASE a.grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(a.grantee) END,
    a.privilege_type, p.proname)
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
  CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
  WHERE n.nspname = 'gate_audit' AND a.grantee <> p.proowner
    AND (a.grantee = 0 OR p.proname NOT IN ('append', 'append_disclosed', 'keep', 'remove'))
UNION ALL
SELECT format('right of %s to %s %s', CASE a.grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(a.grantee) END,
    a.privilege_type, n.nspname)
  FROM pg_namespace AS n CROSS JOIN aclexplode(n.nspacl) AS a
  WHERE n.nspname = 'gate_audit' AND a.grantee <> n.nspowner AND a.privilege_type <> 'USAGE'
UNION ALL
SELECT format('migration %s %s', number, encode(sha256, 'hex')) FROM gate_audit.migration`;

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  migration: ["number integer", "sha256 bytea", "applied_at timestamp with time zone"],
  log: ["log_id integer", "origin text"],
  entry: [
    "log_id integer",
    "seq bigint",
    "id uuid",
    "kind text",
    "recorded_ms bigint",
    "body bytea",
    "leaf_hash bytea",
  ],
  node: ["log_id integer", "level smallint", "position bigint", "hash bytea"],
  blob: ["log_id integer", "sha256 bytea", "media_type text", "data bytea"],
  voucher: ["log_id integer", "size bigint", "kind text", "name text", "material bytea"],
  disclosure: ["log_id integer", "document bytea", "commitment bytea", "salt bytea", "value bytea"],
};

const INDEXES = [
  "migration_pkey on migration (number) unique",
  "log_pkey on log (log_id) unique",
  "log_origin_key on log (origin) unique",
  "entry_pkey on entry (log_id, seq) unique",
  "entry_id on entry (log_id, id) unique",
  "entry_kind on entry (log_id, kind, seq)",
  "node_pkey on node (log_id, level, position) unique",
  "blob_pkey on blob (log_id, sha256) unique",
  "voucher_pkey on voucher (log_id, size, kind, name) unique",
  "disclosure_pkey on disclosure (log_id, document, commitment) unique",
];

// pg_trigger.tgtype: 1 for each row, 2 before, 8 DELETE, 16 UPDATE, 32 TRUNCATE.
const ROW_CHANGES = 1 + 2 + 8 + 16;
const ROW_UPDATES = 1 + 2 + 16;
const TRUNCATION = 2 + 32;

/** Tables whose rows may be deleted. */
const ERASABLE: ReadonlySet<string> = new Set(["blob", "disclosure"]);

/** Those that set nothing run inside of one that does. */
const SETTINGS: Readonly<Record<string, string>> = {
  refuse_change: "search_path=pg_catalog, pg_temp",
  create_log: "search_path=pg_catalog, pg_temp",
  append: "search_path=pg_catalog, pg_temp; lock_timeout=20s",
  append_disclosed: "search_path=pg_catalog, pg_temp; lock_timeout=20s",
  keep: "search_path=pg_catalog, pg_temp; lock_timeout=20s",
  remove: "search_path=pg_catalog, pg_temp; lock_timeout=20s",
};

/** What is missing from, added to or changed in the schema of a database, in words. */
export async function schemaDifferences(connection: Connection): Promise<readonly string[]> {
  const rows = await connection.query<{ readonly fact: string }>(FACTS);
  const actual = new Set(rows.map(({ fact }) => fact));
  const expected = new Set(expectedFacts());
  return [
    ...[...expected].filter((fact) => !actual.has(fact)).map((fact) => `missing or changed: ${fact}`),
    ...[...actual].filter((fact) => !expected.has(fact)).map((fact) => `not part of the schema: ${fact}`),
  ];
}

function expectedFacts(): readonly string[] {
  const tables = Object.entries(COLUMNS);
  return [
    `owner ${OWNER}`,
    ...tables.map(([table]) => `table ${table} p`),
    ...tables.flatMap(([table, columns]) => columns.map((column) => `column ${table}.${column}`)),
    ...INDEXES.map((index) => `index ${index}`),
    ...tables.flatMap(([table]) => [
      `trigger ${table}_no_change on ${table} refuse_change ${ERASABLE.has(table) ? ROW_UPDATES : ROW_CHANGES} A`,
      `trigger ${table}_no_truncate on ${table} refuse_change ${TRUNCATION} A`,
    ]),
    ...functionFacts(),
    ...MIGRATIONS.map((migration) => `migration ${migration.number} ${migrationDigest(migration).toString("hex")}`),
  ];
}

/** A function is stored as the text between its dollars, byte for byte. */
function functionFacts(): readonly string[] {
  const sources = MIGRATIONS.flatMap(({ sql }) => [
    ...sql.matchAll(/CREATE (?:OR REPLACE )?FUNCTION gate_audit\.(\w+)\(([^]*?)AS \$\$([^]*?)\$\$;/g),
  ]);
  const facts = sources.map(([, name = "", head = "", source = ""]): readonly [string, string] => {
    const definer = head.includes("SECURITY DEFINER") ? " definer" : "";
    return [name, `function ${name}${definer} ${SETTINGS[name] ?? "-"} ${sha256(source).slice("sha256:".length)}`];
  });
  return [...new Map(facts).values()];
}
