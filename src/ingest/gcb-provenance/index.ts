import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { attestationEvidence, createReader, readStatement } from "../attestation.ts";
import type { Content } from "../content.ts";
import { readEnvelope } from "../envelope.ts";
import { objectAt, objectsAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { isObject, type JsonObject, objectOf } from "../values.ts";

/** `gcloud artifacts docker images describe --show-provenance --format json`: what Cloud Build states of an image. */
export const gcbProvenance = {
  id: "gcb-provenance",
  title: "Google Cloud Build provenance",
  kind: "attestation",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (/"provenance_summary"\s*:/.test(text)) return { confidence: "certain", reason: "it has a provenance_summary" };
  if (/"image_summary"\s*:/.test(text)) return { confidence: "likely", reason: "it has an image_summary" };
  return { confidence: "no", reason: "it has neither a provenance_summary nor an image_summary" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const document = parseJsonDocument(bytes, context.limits);
  if (!isObject(document) || !("provenance_summary" in document)) {
    throw new FormatError("not-this-format", "it has no provenance_summary");
  }
  const reader = createReader(context);
  const summary = objectAt(document["provenance_summary"], "/provenance_summary");
  for (const [index, item] of objectsAt(summary["provenance"], "/provenance_summary/provenance").entries()) {
    const place = `/provenance_summary/provenance/${index}`;
    if (isObject(item["envelope"])) readEnvelope(item["envelope"], `${place}/envelope`, {}, reader);
    else readStatement(statementOf(objectOf(item["build"])), `${place}/build`, { signatures: 0 }, reader);
  }
  return attestationEvidence(reader);
}

/** The readable copy of the statement beside its envelope, whose member depends on the version of the provenance. */
function statementOf(build: JsonObject): JsonObject {
  const statement = objectOf(build["inTotoSlsaProvenanceV1"] ?? build["intotoStatement"]);
  return { ...statement, predicate: statement["predicate"] ?? statement["slsaProvenance"] };
}
