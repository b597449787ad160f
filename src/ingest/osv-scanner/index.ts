import type { Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { findingsEvidence, objectsAt, objectsIn } from "../findings.ts";
import { splitJson } from "../json.ts";
import { isObject } from "../values.ts";
import { mapPackage } from "./map.ts";

/** OSV-Scanner's own JSON, of versions 1 and 2. */
export const osvScanner = {
  id: "osv-scanner",
  title: "OSV-Scanner JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{") || !/"results"\s*:\s*\[/.test(text))
    return { confidence: "no", reason: "it has no list of results" };
  if (/"packages"\s*:\s*\[/.test(text) && /"ecosystem"\s*:/.test(text))
    return { confidence: "certain", reason: "it has results with packages of ecosystems" };
  if (/"experimental_config"\s*:/.test(text))
    return { confidence: "certain", reason: "it has results and an experimental_config" };
  if (/osv/.test(name)) return { confidence: "likely", reason: "it has results and the name of OSV" };
  return { confidence: "no", reason: "it has results, but no packages of ecosystems" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, context.limits, ["results", "*", "packages"]);
  const { document } = report;
  if (!isObject(document) || !("results" in document)) throw new FormatError("not-this-format", "it has no results");
  if (!Array.isArray(document["results"])) {
    throw new FormatError("malformed", "the results are not an array", "/results");
  }
  const findings: Finding[] = [];
  for (const [index, result] of objectsAt(document["results"], "/results").entries()) {
    for (const [entry, place] of objectsIn(report, result["packages"], `/results/${index}/packages`)) {
      for (const finding of mapPackage(entry, result["source"], place, context)) findings.push(finding);
    }
  }
  return findingsEvidence(
    {
      tool: { name: "osv-scanner" },
      scanned: ["sca"],
      findings,
      // A clean scan has no results, and nothing says what was scanned; where nothing was, the tool exits with 128.
      status: "unknown",
      reasons: createDiagnostics(),
      warnings: createDiagnostics(),
      inconsistencies: createDiagnostics(),
    },
    context,
  );
}
