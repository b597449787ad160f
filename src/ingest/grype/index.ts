import type { Category, Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { findingsEvidence, objectsIn } from "../findings.ts";
import { scannedImage } from "../image.ts";
import { splitJson } from "../json.ts";
import { instantOf, isObject, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";
import { mapMatch } from "./map.ts";

/** Grype's own JSON, of every version of its schema so far. */
export const grype = {
  id: "grype",
  title: "Grype JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{") || !/"matches"\s*:\s*\[/.test(text))
    return { confidence: "no", reason: "it has no list of matches" };
  if (/"matchDetails"\s*:|"ignoredMatches"\s*:/.test(text))
    return { confidence: "certain", reason: "it has matches with details" };
  if (/"descriptor"\s*:\s*\{[^{}]*"name"\s*:\s*"grype"/.test(text))
    return { confidence: "certain", reason: "its descriptor names Grype" };
  return { confidence: "likely", reason: "it has a list of matches" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, context.limits, ["matches"], ["ignoredMatches"]);
  const { document } = report;
  if (!isObject(document) || !("descriptor" in document || "source" in document)) {
    throw new FormatError("not-this-format", "it has neither a descriptor nor a source");
  }
  const { matches, ignoredMatches } = document;
  // Without the list nothing was looked up, which is not the same as nothing found.
  if (!Array.isArray(matches)) throw new FormatError("malformed", "the matches are not an array", "/matches");
  if (ignoredMatches !== undefined && ignoredMatches !== null && !Array.isArray(ignoredMatches)) {
    throw new FormatError("malformed", "the ignored matches are not an array", "/ignoredMatches");
  }
  const source = objectOf(document["source"]);
  const findings: Finding[] = [];
  for (const name of ["matches", "ignoredMatches"]) {
    for (const [match, place] of objectsIn(report, document[name], `/${name}`)) {
      findings.push(mapMatch(match, source, place, context));
    }
  }
  const descriptor = objectOf(document["descriptor"]);
  const version = textOf(descriptor["version"]);
  return findingsEvidence(
    {
      tool: { name: textOf(descriptor["name"]) ?? "grype", ...(version === undefined ? {} : { version }) },
      scanned: scannedOf(source),
      findings,
      artifacts: imageOf(source, context),
      // The format has no room for the outcome of the run, nor for how many packages were looked up.
      status: "unknown",
      reasons: createDiagnostics(),
      warnings: createDiagnostics(),
      inconsistencies: createDiagnostics(),
      producedAt: instantOf(descriptor["timestamp"]),
    },
    context,
  );
}

/** Of an image Grype looks up the packages of the distribution and those of languages alike. */
function scannedOf(source: JsonObject): readonly Category[] {
  return source["type"] === "image" ? ["container", "sca"] : ["sca"];
}

function imageOf(source: JsonObject, context: ParseContext) {
  if (source["type"] !== "image") return [];
  const target = objectOf(source["target"]);
  const name = textOf(target["userInput"]);
  const references = [name, target["repoDigests"], target["manifestDigest"], target["imageID"]].flatMap(stringsOf);
  return scannedImage(name, references, context);
}
