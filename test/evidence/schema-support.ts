import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { type EvidenceDocument, type EvidenceKind, READABLE_KINDS } from "../../src/evidence/types.ts";

export const EVIDENCE_KINDS = [...READABLE_KINDS, "unreadable"] as const satisfies readonly EvidenceKind[];

/** The published schema of a kind of evidence. */
export function schemaOf(kind: EvidenceKind): Record<string, unknown> {
  const url = new URL(`../../schemas/evidence-${kind}.v1.schema.json`, import.meta.url);
  return JSON.parse(readFileSync(url, "utf8"));
}

// `date-time` is checked by its producer; ajv has formats only in another package.
const ajv = new Ajv({ strict: true, allErrors: false, formats: { "date-time": true } });
const validators = new Map(EVIDENCE_KINDS.map((kind) => [kind, ajv.compile(schemaOf(kind))]));

/** Where a document departs from the schema of its kind; nothing where it does not. */
export function schemaErrorsOf(document: EvidenceDocument): readonly string[] {
  const validate = validators.get(document.kind);
  if (validate === undefined) return [`no schema for ${document.kind}`];
  if (validate(document)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
