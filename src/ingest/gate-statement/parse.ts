import type { Claim, EvidenceSubject, ParsedEvidence, StatementResult } from "../../evidence/types.ts";
import { nearest } from "../../util/nearest.ts";
import { FormatError, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { segmentOf } from "../coverage.ts";
import { objectAt, textAt } from "../findings.ts";
import { instantOf, isObject, type JsonObject, kept } from "../values.ts";
import { readDocuments } from "../yaml.ts";

const SCHEMA = "gate/statement/v1";

const MEMBERS = ["schema", "type", "statedBy", "role", "statedAt", "expiresAt", "result", "subject", "claims"] as const;
const RESULTS: readonly StatementResult[] = ["passed", "failed", "conditional"];

/**
 * Reads a statement, in JSON or YAML. It is written by hand, so a name that is not known is an error and not something to
 * pass over: it may be a slip in `expiresAt`. Nothing verifies that the person has stated it.
 *
 * @throws {FormatError} `not-this-format`, `unsupported-version`, `malformed` or `limit-exceeded`
 */
export function readStatement(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const statement = statementIn(bytes, limits);
  checkNames(statement, MEMBERS, "");
  const statedAt = instantAt(statement["statedAt"], "/statedAt");
  const expiresAt = statement["expiresAt"] === undefined ? undefined : instantAt(statement["expiresAt"], "/expiresAt");
  if (expiresAt !== undefined && expiresAt <= statedAt) {
    throw new FormatError("malformed", "it expires before it is stated", "/expiresAt");
  }
  const role = statement["role"] === undefined ? undefined : kept(textAt(statement["role"], "/role"), limits);
  const claims = Object.entries(optionalAt(statement["claims"], "/claims"));
  return {
    kind: "statement",
    formatVersion: "1",
    tools: [],
    subject: subjectOf(optionalAt(statement["subject"], "/subject"), limits),
    producedAt: statedAt,
    // Nothing in a file can say that its author left nothing out.
    status: "unknown",
    statusReasons: [],
    quality: { warnings: [], inconsistencies: [], redactions: 0 },
    summary: {
      type: typeAt(statement["type"]),
      statedBy: kept(textAt(statement["statedBy"], "/statedBy"), limits),
      ...(role === undefined ? {} : { role }),
      statedAt,
      ...(expiresAt === undefined ? {} : { expiresAt }),
      result: resultAt(statement["result"]),
      verified: "unchecked",
    },
    body: {
      claims: claims.map(([name, value]): Claim => {
        return { name: kept(name, limits), value: kept(claimAt(value, `/claims/${segmentOf(name)}`), limits) };
      }),
    },
  };
}

type Limits = ParseContext["limits"];

function statementIn(bytes: Content, limits: Limits): JsonObject {
  const documents = readDocuments(bytes, limits);
  const [statement, ...others] = documents;
  if (!isObject(statement)) throw new FormatError("not-this-format", "the document is no object");
  const { schema } = statement;
  if (typeof schema !== "string" || !schema.startsWith("gate/statement/")) {
    throw new FormatError("not-this-format", `the schema is not ${SCHEMA}`, "/schema");
  }
  if (schema !== SCHEMA) throw new FormatError("unsupported-version", `the schema is not ${SCHEMA}`, "/schema");
  if (others.length > 0) throw new FormatError("malformed", "a file holds one statement, and here are more documents");
  return statement;
}

function checkNames(object: JsonObject, known: readonly string[], pointer: string): void {
  for (const name of Object.keys(object)) {
    if (known.includes(name)) continue;
    const suggestion = nearest(name.slice(0, 100), known);
    const hint = suggestion === undefined ? `known are ${known.join(", ")}` : `did you mean ${suggestion}?`;
    throw new FormatError("malformed", `the name is not known; ${hint}`, `${pointer}/${segmentOf(name)}`);
  }
}

function optionalAt(value: unknown, pointer: string): JsonObject {
  return value === undefined ? {} : objectAt(value, pointer);
}

function subjectOf(subject: JsonObject, limits: Limits): EvidenceSubject {
  checkNames(subject, ["repository", "commit"], "/subject");
  const { repository, commit } = subject;
  if (commit !== undefined && (typeof commit !== "string" || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(commit))) {
    throw new FormatError("malformed", "it is not a whole commit id", "/subject/commit");
  }
  return {
    ...(repository === undefined ? {} : { repository: kept(textAt(repository, "/subject/repository"), limits) }),
    ...(commit === undefined ? {} : { commit: commit.toLowerCase() }),
  };
}

function typeAt(value: unknown): string {
  const type = textAt(value, "/type");
  if (/^[a-z][a-z0-9-]{0,63}$/.test(type)) return type;
  throw new FormatError(
    "malformed",
    "a type is lower-case letters, digits and hyphens, such as access-review",
    "/type",
  );
}

function resultAt(value: unknown): StatementResult {
  const result = RESULTS.find((known) => known === value);
  if (result !== undefined) return result;
  throw new FormatError("malformed", `the result is none of ${RESULTS.join(", ")}`, "/result");
}

/** A day alone is no instant: it begins and ends at other times elsewhere. */
function instantAt(value: unknown, pointer: string): string {
  const instant = instantOf(value);
  if (instant !== undefined) return instant;
  throw new FormatError("malformed", "it is not an instant such as 2026-01-31T09:00:00Z", pointer);
}

/** Numbers are texts here, for 1.10 and 1.1 are one number and two versions. */
function claimAt(value: unknown, pointer: string): string {
  if (typeof value === "string" || typeof value === "boolean") return String(value);
  throw new FormatError("malformed", "a claim is a text, or true or false; put a number in quotes", pointer);
}
