import type { DeclaredEvidence } from "../../evidence/declared.ts";
import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { isObject, kept, textOf } from "../values.ts";
import { prepareYaml, readDocuments } from "../yaml.ts";

/** Any JSON or YAML file that the user declares to be a document, for gates that know its shape. */
export const document = {
  id: "document",
  title: "JSON or YAML document",
  kind: "document",
  detect,
  prepare: prepareYaml,
  parse,
} as const satisfies EvidenceAdapter;

function detect(_: Head, declared?: DeclaredEvidence): Detection {
  if (declared?.kind === "document") return { confidence: "likely", reason: "it is declared to be one" };
  return { confidence: "no", reason: "a file is a document only where it is declared to be one" };
}

/**
 * Nothing is cut and nothing left out but documents without content, which YAML files have between two separators: what
 * a gate reads must be what the file says. A document that is a text alone is refused, for so is an error page.
 */
function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  if (bytes.length === 0) throw new FormatError("malformed", "the file is empty");
  const documents = readDocuments(bytes, limits).filter((content) => content !== null);
  for (const [index, content] of documents.entries()) {
    if (isObject(content) || Array.isArray(content)) continue;
    throw new FormatError("not-this-format", "a document is neither an object nor a list", `/${index}`);
  }
  const [first] = documents;
  const schema = isObject(first) ? (textOf(first["$schema"]) ?? textOf(first["schema"])) : undefined;
  const reasons = createDiagnostics();
  if (first === undefined) reasons.add("no-documents", "there is no document in the file");
  return {
    kind: "document",
    tools: [],
    subject: {},
    status: first === undefined ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: { warnings: [], inconsistencies: [], redactions: 0 },
    summary: { documents: documents.length, ...(schema === undefined ? {} : { schemaId: kept(schema, limits) }) },
    body: { documents: documents.map((content) => ({ content })) },
  };
}
