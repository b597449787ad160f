import { createHash } from "node:crypto";
import { DELETION_MEDIA_TYPE, PERMANENT_MEDIA_TYPES } from "../entry.ts";

/**
 * What a database of audit logs consists of. As in the SQLite store, nothing is in it that a verifier cannot recompute; one
 * database holds many logs, each a tree of its own.
 *
 * The SQL is kept plain: no extension, no sequence for an index of the log (a sequence leaves gaps after a rollback), no
 * advisory lock, no LISTEN. What other servers of this protocol lack is said where it is used, and in docs/audit-postgres.md.
 */

/** The schema that everything is in. */
export const SCHEMA = "gate_audit";

/** Owns the schema, without a login: nobody is it, and only `gate audit init` acts as it. */
export const OWNER = "gate_audit_owner";

/** SQLSTATE of what the functions refuse; the class is not used by PostgreSQL. */
export const REFUSAL = {
  appendOnly: "GA001",
  otherEntry: "GA002",
  otherBlobs: "GA003",
  noLog: "GA004",
  notDurable: "GA005",
  notAnEntry: "GA006",
  damaged: "GA007",
  closed: "GA008",
  grown: "GA009",
} as const;

const TABLES = `
CREATE TABLE gate_audit.migration (
  number integer PRIMARY KEY,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  applied_at timestamp with time zone NOT NULL DEFAULT now()
);

-- One row for each log. Its row lock is what puts the appends to a log in order; the row itself never changes.
CREATE TABLE gate_audit.log (
  log_id integer PRIMARY KEY,
  origin text NOT NULL UNIQUE CHECK (length(origin) BETWEEN 1 AND 255)
);

CREATE TABLE gate_audit.entry (
  log_id integer NOT NULL,
  seq bigint NOT NULL CHECK (seq >= 0),
  id uuid NOT NULL,
  kind text NOT NULL,
  recorded_ms bigint NOT NULL,
  body bytea NOT NULL CHECK (octet_length(body) BETWEEN 2 AND 65535),
  leaf_hash bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
  PRIMARY KEY (log_id, seq),
  CONSTRAINT entry_id UNIQUE (log_id, id)
);
CREATE INDEX entry_kind ON gate_audit.entry (log_id, kind, seq);

-- The complete subtrees of two leaves and more; those of one leaf are in entry.leaf_hash.
CREATE TABLE gate_audit.node (
  log_id integer NOT NULL,
  level smallint NOT NULL CHECK (level BETWEEN 1 AND 52),
  position bigint NOT NULL CHECK (position >= 0),
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  PRIMARY KEY (log_id, level, position)
);

-- Each log has its own, so that one can be pruned, moved or dropped without another.
CREATE TABLE gate_audit.blob (
  log_id integer NOT NULL,
  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),
  media_type text NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (log_id, sha256)
);

CREATE TABLE gate_audit.voucher (
  log_id integer NOT NULL,
  size bigint NOT NULL CHECK (size > 0),
  kind text NOT NULL,
  name text NOT NULL,
  material bytea NOT NULL,
  PRIMARY KEY (log_id, size, kind, name)
);
`;

// CockroachDB has no triggers for a statement, and so none for TRUNCATE. ENABLE ALWAYS: they fire under session_replication_role = replica as well, which is how a superuser would walk past them.
const TRIGGERS = `
CREATE FUNCTION gate_audit.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'append-only: % of %', TG_OP, TG_TABLE_NAME USING ERRCODE = '${REFUSAL.appendOnly}';
END $$;
${["migration", "log", "entry", "node", "voucher"].map((table) => guard(table, "UPDATE OR DELETE")).join("")}
-- A blob may be deleted by the owner: retention prunes evidence, and the log must outlive it.
${guard("blob", "UPDATE")}`;

// current_setting(…, true) is null where a server has no such setting: CockroachDB is always durable.
const CHECKS = `
CREATE FUNCTION gate_audit.refuse_unless_durable() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_name text;
BEGIN
  FOREACH v_name IN ARRAY ARRAY['synchronous_commit', 'fsync', 'full_page_writes'] LOOP
    IF current_setting(v_name, true) = 'off' THEN
      RAISE EXCEPTION '% is off', v_name USING ERRCODE = '${REFUSAL.notDurable}';
    END IF;
  END LOOP;
END $$;
`;

// The functions without a search path of their own are called by those that have one, and by nobody else.
const TREE = `
CREATE FUNCTION gate_audit.subtree(p_log integer, p_level integer, p_position bigint) RETURNS bytea
LANGUAGE plpgsql AS $$
DECLARE
  v_hash bytea;
BEGIN
  IF p_level = 0 THEN
    SELECT leaf_hash INTO v_hash FROM gate_audit.entry WHERE log_id = p_log AND seq = p_position;
  ELSE
    SELECT hash INTO v_hash FROM gate_audit.node WHERE log_id = p_log AND level = p_level AND position = p_position;
  END IF;
  IF v_hash IS NULL THEN
    RAISE EXCEPTION 'the hash of subtree % at level % is missing', p_position, p_level
      USING ERRCODE = '${REFUSAL.damaged}';
  END IF;
  RETURN v_hash;
END $$;

-- The complete subtrees that a tree of that size consists of, the largest first.
CREATE FUNCTION gate_audit.compact_range(p_log integer, p_size bigint) RETURNS bytea[]
LANGUAGE plpgsql AS $$
DECLARE
  v_range bytea[] := ARRAY[]::bytea[];
  v_count bigint := p_size;
  v_level integer := 0;
BEGIN
  WHILE v_count > 0 LOOP
    IF v_count % 2 = 1 THEN
      v_range := gate_audit.subtree(p_log, v_level, v_count - 1) || v_range;
    END IF;
    v_count := v_count / 2;
    v_level := v_level + 1;
  END LOOP;
  RETURN v_range;
END $$;
`;

// Every column and hash is made here, of the bytes alone: a writer who may call nothing else cannot store a wrong one. The
// hashes are of decode('00', 'hex') because a literal of bytes depends on standard_conforming_strings.
const ADD_ENTRY = `
CREATE FUNCTION gate_audit.add_entry(p_log integer, p_origin text, p_body bytea, OUT p_seq bigint, OUT p_new boolean)
LANGUAGE plpgsql AS $$
DECLARE
  v_leaf bytea := sha256(decode('00', 'hex') || p_body);
  v_fixed json;
  v_id uuid;
  v_kind text;
  v_recorded bigint;
  v_known bytea;
  v_hash bytea := v_leaf;
  v_level integer := 0;
  v_position bigint;
BEGIN
  BEGIN
    -- JSON may hold U+0000, text of this server may not. Escaped backslashes go first, so that no other is taken for one.
    v_fixed := replace(replace(convert_from(p_body, 'UTF8'), '\\\\', '?'), '\\u0000', '?')::json;
    v_id := (v_fixed ->> 'id')::uuid;
    v_kind := v_fixed ->> 'kind';
    v_recorded := round(extract(epoch FROM (v_fixed ->> 'time')::timestamp with time zone) * 1000);
  EXCEPTION WHEN data_exception THEN
    RAISE EXCEPTION 'the body is not an entry' USING ERRCODE = '${REFUSAL.notAnEntry}';
  END;
  IF v_id IS NULL OR v_kind IS NULL OR v_recorded IS NULL OR (v_fixed ->> 'log') IS DISTINCT FROM p_origin THEN
    RAISE EXCEPTION 'the body is not an entry of this log' USING ERRCODE = '${REFUSAL.notAnEntry}';
  END IF;

  SELECT seq, leaf_hash INTO p_seq, v_known FROM gate_audit.entry WHERE log_id = p_log AND id = v_id;
  p_new := NOT FOUND;
  IF NOT p_new THEN
    IF v_known <> v_leaf THEN
      RAISE EXCEPTION 'the id % is taken', v_id USING ERRCODE = '${REFUSAL.otherEntry}';
    END IF;
    RETURN;
  END IF;

  SELECT coalesce(max(seq) + 1, 0) INTO p_seq FROM gate_audit.entry WHERE log_id = p_log;
  IF (v_kind = 'log-created') <> (p_seq = 0) THEN
    RAISE EXCEPTION 'a log is created once' USING ERRCODE = '${REFUSAL.notAnEntry}';
  END IF;
  INSERT INTO gate_audit.entry (log_id, seq, id, kind, recorded_ms, body, leaf_hash)
    VALUES (p_log, p_seq, v_id, v_kind, v_recorded, p_body, v_leaf);
  v_position := p_seq;
  WHILE v_position % 2 = 1 LOOP
    v_hash := sha256(decode('01', 'hex') || gate_audit.subtree(p_log, v_level, v_position - 1) || v_hash);
    v_level := v_level + 1;
    v_position := v_position / 2;
    INSERT INTO gate_audit.node (log_id, level, position, hash) VALUES (p_log, v_level, v_position, v_hash);
  END LOOP;
END $$;
`;

// Called once for each entry, in one round trip and in a transaction of its own. Every object is named in full, for servers
// whose functions have no SET clause.
const APPEND = `
CREATE FUNCTION gate_audit.append(
  p_origin text, p_body bytea, p_blob_types text[], p_blobs bytea[], p_stored_types text[], p_stored bytea[],
  OUT p_seq bigint, OUT p_range bytea[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '20s' AS $$
DECLARE
  v_log integer;
  v_new boolean;
  v_type text;
BEGIN
  PERFORM gate_audit.refuse_unless_durable();
  SELECT log_id INTO v_log FROM gate_audit.log WHERE origin = p_origin FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such log' USING ERRCODE = '${REFUSAL.noLog}';
  END IF;
  SELECT a.p_seq, a.p_new INTO p_seq, v_new FROM gate_audit.add_entry(v_log, p_origin, p_body) AS a;
  IF v_new THEN
    FOR i IN 1..coalesce(array_length(p_blobs, 1), 0) LOOP
      INSERT INTO gate_audit.blob (log_id, sha256, media_type, data)
        VALUES (v_log, sha256(p_blobs[i]), p_blob_types[i], p_blobs[i]) ON CONFLICT DO NOTHING;
      CONTINUE WHEN FOUND;
      SELECT media_type INTO v_type FROM gate_audit.blob WHERE log_id = v_log AND sha256 = sha256(p_blobs[i]);
      IF v_type IS DISTINCT FROM p_blob_types[i] THEN
        RAISE EXCEPTION 'a blob is stored under another type' USING ERRCODE = '${REFUSAL.otherBlobs}';
      END IF;
    END LOOP;
    -- A reference without its blob would be born pruned. Here, so that nothing can delete it in between.
    FOR i IN 1..coalesce(array_length(p_stored, 1), 0) LOOP
      PERFORM 1 FROM gate_audit.blob
        WHERE log_id = v_log AND sha256 = p_stored[i] AND media_type = p_stored_types[i] FOR KEY SHARE;
      IF NOT FOUND THEN
        RAISE EXCEPTION 'a blob is missing' USING ERRCODE = '${REFUSAL.otherBlobs}';
      END IF;
    END LOOP;
  END IF;
  p_range := gate_audit.compact_range(v_log, p_seq + 1);
END $$;

CREATE FUNCTION gate_audit.keep(p_origin text, p_size bigint, p_kind text, p_name text, p_material bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '20s' AS $$
DECLARE
  v_log integer;
BEGIN
  PERFORM gate_audit.refuse_unless_durable();
  SELECT log_id INTO v_log FROM gate_audit.log WHERE origin = p_origin;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such log' USING ERRCODE = '${REFUSAL.noLog}';
  END IF;
  INSERT INTO gate_audit.voucher (log_id, size, kind, name, material)
    VALUES (v_log, p_size, p_kind, p_name, p_material) ON CONFLICT DO NOTHING;
END $$;

-- For the owner only. Creating a log that is there changes nothing.
CREATE FUNCTION gate_audit.create_log(p_origin text, p_body bytea) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_log integer;
BEGIN
  PERFORM gate_audit.refuse_unless_durable();
  PERFORM 1 FROM gate_audit.log WHERE origin = p_origin;
  IF FOUND THEN
    RETURN false;
  END IF;
  INSERT INTO gate_audit.log (log_id, origin)
    SELECT coalesce(max(log_id), 0) + 1, p_origin FROM gate_audit.log RETURNING log_id INTO v_log;
  PERFORM gate_audit.add_entry(v_log, p_origin, p_body);
  RETURN true;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA gate_audit FROM PUBLIC;
`;

// A log that is closed takes no decisions; what its documents need goes on.
const ADD_ENTRY_UNTIL_CLOSED = amended(
  ADD_ENTRY,
  `  INSERT INTO gate_audit.entry (`,
  `  IF v_kind NOT IN ('deletion', 'hold') THEN
    PERFORM 1 FROM gate_audit.entry WHERE log_id = p_log AND kind = 'closed';
    IF FOUND THEN
      RAISE EXCEPTION 'the log is closed' USING ERRCODE = '${REFUSAL.closed}';
    END IF;
  END IF;
`,
);

// Whoever may only append must not say that something was removed.
const APPEND_NO_DELETION = amended(
  APPEND.slice(0, APPEND.indexOf("END $$;") + "END $$;\n".length),
  `  p_range := `,
  `  PERFORM 1 FROM gate_audit.entry WHERE log_id = v_log AND seq = p_seq AND kind = 'deletion';
  IF FOUND THEN
    RAISE EXCEPTION 'a deletion is recorded by what removes the documents' USING ERRCODE = '${REFUSAL.notAnEntry}';
  END IF;
`,
);

// Removes what the document of the entry lists, and nothing else: so whoever may call this can remove nothing in silence.
const REMOVE = `
CREATE FUNCTION gate_audit.remove(
  p_origin text, p_body bytea, p_document bytea, p_size bigint, OUT p_seq bigint, OUT p_range bytea[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '20s' AS $$
DECLARE
  v_log integer;
  v_new boolean;
  v_entry json;
  v_document json;
  v_digest text;
  v_type text;
BEGIN
  PERFORM gate_audit.refuse_unless_durable();
  SELECT log_id INTO v_log FROM gate_audit.log WHERE origin = p_origin FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no such log' USING ERRCODE = '${REFUSAL.noLog}';
  END IF;
  SELECT a.p_seq, a.p_new INTO p_seq, v_new FROM gate_audit.add_entry(v_log, p_origin, p_body) AS a;
  IF v_new AND p_seq <> p_size THEN
    RAISE EXCEPTION 'the log has grown' USING ERRCODE = '${REFUSAL.grown}';
  END IF;
  IF v_new THEN
    BEGIN
      v_entry := convert_from(p_body, 'UTF8')::json;
      v_document := replace(replace(convert_from(p_document, 'UTF8'), '\\\\', '?'), '\\u0000', '?')::json;
    EXCEPTION WHEN data_exception THEN
      RAISE EXCEPTION 'the document is not a deletion' USING ERRCODE = '${REFUSAL.notAnEntry}';
    END;
    IF v_entry ->> 'kind' <> 'deletion'
        OR v_entry ->> 'document' IS DISTINCT FROM 'sha256:' || encode(sha256(p_document), 'hex')
        OR v_document ->> 'schema' IS DISTINCT FROM 'gate/deletion/v1' THEN
      RAISE EXCEPTION 'the entry is not of the document' USING ERRCODE = '${REFUSAL.otherBlobs}';
    END IF;
    INSERT INTO gate_audit.blob (log_id, sha256, media_type, data)
      VALUES (v_log, sha256(p_document), '${DELETION_MEDIA_TYPE}', p_document);
    FOR v_digest IN SELECT json_array_elements_text(v_document -> 'documents') LOOP
      IF v_digest !~ '^sha256:[0-9a-f]{64}$' THEN
        RAISE EXCEPTION 'the document lists what is no digest' USING ERRCODE = '${REFUSAL.notAnEntry}';
      END IF;
      v_type := NULL;
      DELETE FROM gate_audit.blob WHERE log_id = v_log AND sha256 = decode(substr(v_digest, 8), 'hex')
        RETURNING media_type INTO v_type;
      IF v_type IN (${PERMANENT_MEDIA_TYPES.map((type) => `'${type}'`).join(", ")}) THEN
        RAISE EXCEPTION 'a document that is never removed' USING ERRCODE = '${REFUSAL.otherBlobs}';
      END IF;
    END LOOP;
  END IF;
  p_range := gate_audit.compact_range(v_log, p_seq + 1);
END $$;

REVOKE ALL ON FUNCTION gate_audit.remove(text, bytea, bytea, bigint) FROM PUBLIC;
`;

// The only table whose rows are personal data: the owner may delete them, and whoever may call remove().
const DISCLOSURES = `
CREATE TABLE gate_audit.disclosure (
  log_id integer NOT NULL,
  document bytea NOT NULL CHECK (octet_length(document) = 32),
  commitment bytea NOT NULL CHECK (octet_length(commitment) = 32),
  salt bytea NOT NULL CHECK (octet_length(salt) = 32),
  value bytea NOT NULL,
  PRIMARY KEY (log_id, document, commitment)
);
${guard("disclosure", "UPDATE")}
-- HMAC-SHA-256 (RFC 2104) of a key of 32 bytes, of what every server has: pgcrypto is an extension.
CREATE FUNCTION gate_audit.hmac_sha256(p_key bytea, p_value bytea) RETURNS bytea
LANGUAGE plpgsql AS $$
DECLARE
  v_inner bytea := decode(repeat('36', 64), 'hex');
  v_outer bytea := decode(repeat('5c', 64), 'hex');
BEGIN
  FOR i IN 0..31 LOOP
    v_inner := set_byte(v_inner, i, get_byte(p_key, i) # 54);
    v_outer := set_byte(v_outer, i, get_byte(p_key, i) # 92);
  END LOOP;
  RETURN sha256(v_outer || sha256(v_inner || p_value));
END $$;

-- As append(), with what the commitments of the entry's document stand for. In the same transaction: a name that is not
-- recorded with its entry is not recorded at all.
CREATE FUNCTION gate_audit.append_disclosed(
  p_origin text, p_body bytea, p_blob_types text[], p_blobs bytea[], p_stored_types text[], p_stored bytea[],
  p_documents bytea[], p_salts bytea[], p_values bytea[], OUT p_seq bigint, OUT p_range bytea[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '20s' AS $$
DECLARE
  v_log integer;
  v_size bigint;
BEGIN
  SELECT log_id INTO v_log FROM gate_audit.log WHERE origin = p_origin FOR UPDATE;
  SELECT coalesce(max(seq) + 1, 0) INTO v_size FROM gate_audit.entry WHERE log_id = v_log;
  SELECT a.p_seq, a.p_range INTO p_seq, p_range
    FROM gate_audit.append(p_origin, p_body, p_blob_types, p_blobs, p_stored_types, p_stored) AS a;
  -- Of an entry that is there already they are there already, or were erased: an erased one must not come back.
  IF p_seq < v_size THEN
    RETURN;
  END IF;
  FOR i IN 1..coalesce(array_length(p_documents, 1), 0) LOOP
    PERFORM 1 FROM gate_audit.blob WHERE log_id = v_log AND sha256 = p_documents[i];
    IF NOT FOUND OR octet_length(p_salts[i]) IS DISTINCT FROM 32 THEN
      RAISE EXCEPTION 'a disclosure of no document' USING ERRCODE = '${REFUSAL.otherBlobs}';
    END IF;
    INSERT INTO gate_audit.disclosure (log_id, document, commitment, salt, value)
      VALUES (v_log, p_documents[i], gate_audit.hmac_sha256(p_salts[i], p_values[i]), p_salts[i], p_values[i]);
  END LOOP;
END $$;
`;

// Whoever may append may append names, and whoever may read what they are in may read them: as far as that was granted before.
const RIGHTS = `
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA gate_audit FROM PUBLIC;
DO $$
DECLARE
  v_role text;
BEGIN
  FOR v_role IN SELECT quote_ident(r.rolname) FROM pg_class AS c CROSS JOIN aclexplode(c.relacl) AS a
      JOIN pg_roles AS r ON r.oid = a.grantee
      WHERE c.oid = 'gate_audit.blob'::regclass AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner LOOP
    EXECUTE 'GRANT SELECT ON gate_audit.disclosure TO ' || v_role;
  END LOOP;
  FOR v_role IN SELECT quote_ident(r.rolname) FROM pg_proc AS p CROSS JOIN aclexplode(p.proacl) AS a
      JOIN pg_roles AS r ON r.oid = a.grantee
      WHERE p.pronamespace = 'gate_audit'::regnamespace AND p.proname = 'append' AND a.grantee <> p.proowner LOOP
    EXECUTE 'GRANT EXECUTE ON FUNCTION gate_audit.append_disclosed(text, bytea, text[], bytea[], text[], bytea[], '
      || 'bytea[], bytea[], bytea[]) TO ' || v_role;
  END LOOP;
END $$;
`;

// What was recorded in place of names goes with its document, or alone where the document stays.
const REMOVE_DISCLOSED = amended(
  REMOVE,
  `  END IF;
  p_range := `,
  `    DELETE FROM gate_audit.disclosure WHERE log_id = v_log AND document IN (
      SELECT decode(substr(d, 8), 'hex') FROM json_array_elements_text(v_document -> 'documents') AS d);
    DELETE FROM gate_audit.disclosure WHERE log_id = v_log AND encode(commitment, 'hex') IN (
      SELECT substr(c, 13) FROM json_array_elements_text(v_document -> 'commitments') AS c);
`,
);

/** The same function with more before its first line that starts like that. */
function amended(sql: string, line: string, more: string): string {
  return sql.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION").replace(line, more + line);
}

/** One step of the schema. A published one never changes: its SHA-256 is recorded where it was applied. */
export interface Migration {
  readonly number: number;
  readonly sql: string;
}

/** In order. A new kind of entry is a migration too, if need be an empty one: an older gate must not judge what it cannot read. */
export const MIGRATIONS: readonly Migration[] = [
  { number: 1, sql: TABLES + TRIGGERS + CHECKS + TREE + ADD_ENTRY + APPEND },
  { number: 2, sql: ADD_ENTRY_UNTIL_CLOSED + APPEND_NO_DELETION + REMOVE },
  { number: 3, sql: DISCLOSURES + REMOVE_DISCLOSED + RIGHTS },
];

/** SHA-256 of the SQL of a migration. */
export function migrationDigest({ sql }: Migration): Buffer {
  return createHash("sha256").update(sql, "utf8").digest();
}

/** What a role can be granted. */
export type RoleRight = "read" | "append" | "remove";

/**
 * What a role is granted. All read: a check looks back at its own log, and what is to be removed has to be found. Whoever
 * removes may hold, too, but a role that decides should not be one that removes.
 */
export function grantsTo(role: string, right: RoleRight): string {
  const name = quoteName(role);
  const reading = `GRANT USAGE ON SCHEMA gate_audit TO ${name};
GRANT SELECT ON gate_audit.migration, gate_audit.log, gate_audit.entry, gate_audit.node, gate_audit.blob, gate_audit.voucher, gate_audit.disclosure TO ${name};`;
  if (right === "read") return reading;
  const appending = `${reading}
GRANT EXECUTE ON FUNCTION gate_audit.append(text, bytea, text[], bytea[], text[], bytea[]) TO ${name};
GRANT EXECUTE ON FUNCTION gate_audit.append_disclosed(text, bytea, text[], bytea[], text[], bytea[], bytea[], bytea[], bytea[]) TO ${name};
GRANT EXECUTE ON FUNCTION gate_audit.keep(text, bigint, text, text, bytea) TO ${name};`;
  if (right === "append") return appending;
  return `${appending}
GRANT EXECUTE ON FUNCTION gate_audit.remove(text, bytea, bytea, bigint) TO ${name};`;
}

/** A name as SQL writes it. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function guard(table: string, events: string): string {
  return `
CREATE TRIGGER ${table}_no_change BEFORE ${events} ON gate_audit.${table}
  FOR EACH ROW EXECUTE FUNCTION gate_audit.refuse_change();
CREATE TRIGGER ${table}_no_truncate BEFORE TRUNCATE ON gate_audit.${table}
  FOR EACH STATEMENT EXECUTE FUNCTION gate_audit.refuse_change();
ALTER TABLE gate_audit.${table} ENABLE ALWAYS TRIGGER ${table}_no_change;
ALTER TABLE gate_audit.${table} ENABLE ALWAYS TRIGGER ${table}_no_truncate;
`;
}
