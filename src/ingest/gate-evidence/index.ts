import { canonicalDigest } from "../../evidence/canonical.ts";
import type { DeclaredEvidence } from "../../evidence/declared.ts";
import { itemsOf, type ReadableDocument } from "../../evidence/items.ts";
import { EVIDENCE_SCHEMA, type ParsedEvidence } from "../../evidence/types.ts";
import { isReadableKind, shapeProblem } from "../../evidence/validate.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { parseJsonDocument } from "../json.ts";
import { textMembersIn } from "../json-head.ts";
import { checkPlain } from "../plain.ts";
import { isObject, type JsonObject } from "../values.ts";

/** A document of evidence as gate itself writes it, of any kind. */
export const gateEvidence = {
  id: "gate-evidence",
  title: "gate evidence",
  kind: "any",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const members = textMembersIn(text);
  if (!/^gate\/evidence\/v\d+$/.test(members.get("schema") ?? "")) {
    return { confidence: "no", reason: "its schema is not gate/evidence" };
  }
  const reason = "its schema is gate/evidence";
  const kind = members.get("kind");
  return isReadableKind(kind) ? { confidence: "certain", reason, kind } : { confidence: "certain", reason };
}

/**
 * Takes a document at its word where its id is the digest of the rest: what was counted once is not counted again. What
 * the file says of its own source stays out, but for the tools; the new source is the file itself.
 */
function parse(bytes: Content, { declared, limits }: ParseContext): ParsedEvidence {
  const document = readDocument(bytes, limits);
  if (declared !== undefined) compareDeclared(document, declared);
  const { schema: _, id: __, source, ...rest } = document;
  return { ...rest, formatVersion: "1", tools: source.tools };
}

function readDocument(bytes: Content, limits: ParseContext["limits"]): ReadableDocument {
  const value = parseJsonDocument(bytes, limits);
  if (!isObject(value)) throw new FormatError("not-this-format", "the document is no object");
  const { schema, kind } = value;
  if (typeof schema !== "string" || !schema.startsWith("gate/evidence/")) {
    throw new FormatError("not-this-format", `the schema is not ${EVIDENCE_SCHEMA}`, "/schema");
  }
  if (schema !== EVIDENCE_SCHEMA) {
    throw new FormatError("unsupported-version", `the schema is not ${EVIDENCE_SCHEMA}`, "/schema");
  }
  if (kind === "history") {
    throw new FormatError("malformed", "gate reads history out of its own audit log, and out of no file", "/kind");
  }
  if (kind === "unreadable") throw new FormatError("malformed", "it is of a file that could not be read", "/kind");
  checkPlain(value, limits.depth);
  const problem = shapeProblem(value);
  if (problem !== undefined) throw new FormatError("malformed", problem.message, problem.pointer);
  const document = identified(value);
  refuseConclusions(document);
  return document;
}

/** What is concluded from several files together is not for one file to say: it could hide a finding. */
const CONCLUSIONS: ReadonlySet<string> = new Set(["alsoBy", "duplicate", "changed", "changedMissed", "aboutArtifact"]);

function refuseConclusions(document: ReadableDocument): void {
  const parts: readonly object[] = [document.summary, ...itemsOf(document)];
  const name = parts.flatMap((part) => Object.keys(part)).find((key) => CONCLUSIONS.has(key));
  if (name === undefined || document.kind === "document") return;
  throw new FormatError("malformed", `"${name}" is concluded by gate from all evidence, and is in no file`, "/body");
}

function identified(value: JsonObject): ReadableDocument {
  const { id, ...content } = value;
  if (canonicalDigest(content) !== id) {
    throw new FormatError("malformed", "the id is not the digest of the document: it was changed", "/id");
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its shape is that of the model
  return value as unknown as ReadableDocument;
}

/** A declaration of another category or suite would say of the findings or tests what nobody counted. */
function compareDeclared({ kind, summary, body }: ReadableDocument, declared: DeclaredEvidence): void {
  if (kind !== declared.kind) {
    throw new FormatError("not-this-format", `it is ${kind} evidence, and ${declared.kind} was declared`, "/kind");
  }
  const { category, suite } = declared;
  if ("findings" in body && category !== undefined) {
    const other = [...body.scans, ...body.findings].find((one) => one.category !== category)?.category;
    if (other === undefined) return;
    throw new FormatError("malformed", `it is about ${other}, and ${category} was declared`, "/body");
  }
  if ("suite" in summary && suite !== undefined && summary.suite !== suite) {
    throw new FormatError("malformed", `the suite is ${summary.suite}, and ${suite} was declared`, "/summary/suite");
  }
}
