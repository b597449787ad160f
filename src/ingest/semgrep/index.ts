import type { EvidenceStatus, Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { findingsEvidence, objectAt, objectsAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import { isObject, type JsonObject, objectOf, textOf } from "../values.ts";
import { mapResult } from "./map.ts";

/** `semgrep scan --json` and `semgrep ci --json`, and Opengrep, which writes the same. */
export const semgrep = {
  id: "semgrep",
  title: "Semgrep JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  const results = /"results"\s*:\s*\[/.test(text);
  if (results && /"check_id"\s*:\s*"/.test(text))
    return { confidence: "certain", reason: "it has results with ids of checks" };
  if (/"paths"\s*:\s*\{\s*"(?:scanned|skipped)"\s*:/.test(text) && (results || /"errors"\s*:\s*\[/.test(text)))
    return { confidence: "certain", reason: "it has results or errors, and the paths that were scanned" };
  if (/"errors"\s*:\s*\[\s*\{\s*"code"\s*:\s*\d+\s*,\s*"level"\s*:/.test(text))
    return { confidence: "certain", reason: "it has errors of Semgrep" };
  if (results && /semgrep|opengrep/.test(name))
    return { confidence: "likely", reason: "it has results and the name of Semgrep" };
  return { confidence: "no", reason: "it has no results with ids of checks" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, context.limits, ["results"]);
  const { document } = report;
  if (!isObject(document) || !("results" in document) || !("errors" in document)) {
    throw new FormatError("not-this-format", "it has no results with errors");
  }
  if (!Array.isArray(document["results"]))
    throw new FormatError("malformed", "the results are not an array", "/results");
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const findings: Finding[] = [];
  let redactions = 0;
  let index = 0;
  for (const item of report.elements("/results")) {
    const place = `/results/${index++}`;
    const mapped = mapResult(objectAt(item, place), place, context);
    findings.push(mapped.finding);
    redactions += mapped.redactions;
  }
  const version = textOf(document["version"]);
  return findingsEvidence(
    {
      tool: { name: "Semgrep", ...(version === undefined ? {} : { version }) },
      scanned: ["sast"],
      findings,
      status: statusOf(document, findings, { reasons, warnings }),
      reasons,
      warnings,
      inconsistencies: createDiagnostics(),
      redactions,
    },
    context,
  );
}

interface Notes {
  readonly reasons: DiagnosticList;
  readonly warnings: DiagnosticList;
}

/** Errors of the level `error` end a part of the run; those of the level `warn`, such as a file parsed in part, do not. */
function statusOf(document: JsonObject, findings: readonly Finding[], { reasons, warnings }: Notes): EvidenceStatus {
  let failed = false;
  for (const [index, error] of objectsAt(document["errors"], "/errors").entries()) {
    const text = textOf(error["message"]) ?? textOf(error["long_msg"]) ?? textOf(error["short_msg"]);
    const harmless = error["level"] === "warn" || error["level"] === "info";
    failed ||= !harmless;
    const message = text ?? "an error without a message";
    if (harmless) warnings.add("tool-warning", message, `/errors/${index}`);
    else reasons.add("tool-error", message, `/errors/${index}`);
  }
  const { scanned } = objectOf(document["paths"]);
  const nothing = !Array.isArray(scanned) || scanned.length === 0;
  if (nothing && findings.length === 0) {
    reasons.add("nothing-scanned", "Semgrep names no file that it scanned", "/paths/scanned");
    return failed ? "failed" : "empty";
  }
  if (failed) return "partial";
  return nothing ? "unknown" : "complete";
}
