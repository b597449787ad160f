import type { EvidenceStatus, Finding, ParsedEvidence, Tool } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { findingsEvidence, objectAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import { instantOf, isObject, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";
import { categoryOfScan, mapVulnerability } from "./map.ts";

/**
 * The security reports of GitLab's analysers (`gl-sast-report.json` and its kind), up to version 15 of their schemas:
 * https://gitlab.com/gitlab-org/security-products/security-report-schemas
 */
export const gitlab = {
  id: "gitlab",
  title: "GitLab security report",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const NEWEST_MAJOR = 15;

const SCAN_TYPE =
  /"type"\s*:\s*"(?:sast|dast|api_fuzzing|coverage_fuzzing|dependency_scanning|(?:container|cluster_image)_scanning|secret_detection)"/;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"schema"\s*:\s*"[^"]*security-report-schemas/.test(text))
    return { confidence: "certain", reason: "its schema is one of GitLab's security reports" };
  if (/"scan"\s*:\s*\{/.test(text) && /"(?:scanner|analyzer)"\s*:\s*\{/.test(text) && SCAN_TYPE.test(text))
    return { confidence: "certain", reason: "it has a scan with a scanner and a type" };
  if (
    /"vulnerabilities"\s*:\s*\[/.test(text) &&
    /"identifiers"\s*:\s*\[\s*\{/.test(text) &&
    /"location"\s*:\s*\{/.test(text)
  )
    return { confidence: "certain", reason: "it has vulnerabilities with identifiers and a location" };
  return { confidence: "no", reason: "it has neither a scan with a scanner nor vulnerabilities with identifiers" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, context.limits, ["vulnerabilities"]);
  const { document } = report;
  if (!isObject(document) || !("version" in document)) throw new FormatError("not-this-format", "it has no version");
  const version = versionOf(document["version"]);
  // Without the list nothing was looked for, which is not the same as nothing found.
  if (!Array.isArray(document["vulnerabilities"])) {
    throw new FormatError("malformed", "the vulnerabilities are not an array", "/vulnerabilities");
  }
  const scan = objectOf(document["scan"]);
  const tool = toolOf(scan);
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const findings: Finding[] = [];
  let redactions = 0;
  let index = 0;
  for (const item of report.elements("/vulnerabilities")) {
    const place = `/vulnerabilities/${index++}`;
    const mapped = mapVulnerability(objectAt(item, place), { tool: tool.name, scan }, place, context);
    findings.push(mapped.finding);
    redactions += mapped.redactions;
  }
  const category = categoryOfScan(scan["type"]);
  return findingsEvidence(
    {
      tool,
      formatVersion: version,
      scanned: category === undefined ? [] : [category],
      findings,
      status: statusOf(scan, findings, { reasons, warnings }),
      reasons,
      warnings,
      inconsistencies: createDiagnostics(),
      // The schemas write times in UTC without saying so.
      producedAt: instantOf(`${textOf(scan["end_time"]) ?? ""}Z`) ?? instantOf(scan["end_time"]),
      redactions,
    },
    context,
  );
}

function versionOf(value: unknown): string {
  const version = textOf(value) ?? "";
  const major = /^(\d+)\.\d+/.exec(version)?.[1];
  if (major === undefined || Number(major) > NEWEST_MAJOR) {
    const said = JSON.stringify(value).slice(0, 32);
    throw new FormatError(
      "unsupported-version",
      `GitLab report ${said}; up to ${NEWEST_MAJOR} is supported`,
      "/version",
    );
  }
  return version;
}

function toolOf(scan: JsonObject): Tool {
  const scanner = objectOf(scan["scanner"] ?? scan["analyzer"]);
  const version = textOf(scanner["version"]);
  const name = textOf(scanner["name"]) ?? textOf(scanner["id"]) ?? "GitLab";
  return version === undefined ? { name } : { name, version };
}

interface Notes {
  readonly reasons: DiagnosticList;
  readonly warnings: DiagnosticList;
}

/** Before version 14 the scan may be missing, and with it every word on how it went. */
function statusOf(scan: JsonObject, findings: readonly Finding[], { reasons, warnings }: Notes): EvidenceStatus {
  let fatal = false;
  for (const [index, { level, value }] of objectsOf(scan["messages"]).entries()) {
    const message = textOf(value) ?? "a message without a text";
    if (level === "fatal") reasons.add("tool-error", message, `/scan/messages/${index}`);
    if (level === "warn") warnings.add("tool-warning", message, `/scan/messages/${index}`);
    fatal ||= level === "fatal";
  }
  const status = scan["status"];
  if (status !== undefined && status !== "success") {
    reasons.add("scan-failed", `the status of the scan is ${JSON.stringify(status)}`, "/scan/status");
    return findings.length === 0 ? "failed" : "partial";
  }
  if (fatal) return "partial";
  const { scanned_resources: resources } = scan;
  if (Array.isArray(resources) && resources.length === 0 && findings.length === 0) {
    reasons.add("nothing-scanned", "the scan requested no resource", "/scan/scanned_resources");
    return "empty";
  }
  return status === "success" ? "complete" : "unknown";
}
