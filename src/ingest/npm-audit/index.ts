import type { EvidenceStatus, Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { findingsEvidence } from "../findings.ts";
import { type JsonMembers, splitJson } from "../json.ts";
import { countOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";
import { mapAdvisories, mapPackages } from "./map.ts";

/** `npm audit --json`: version 2 (npm 7 and later), version 1 (npm 6, pnpm), and the document of a failed audit. */
export const npmAudit = {
  id: "npm-audit",
  title: "npm audit JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"auditReportVersion"\s*:/.test(text)) return { confidence: "certain", reason: "it has an auditReportVersion" };
  if (/"advisories"\s*:\s*\{/.test(text) && /"module_name"\s*:|"metadata"\s*:|"muted"\s*:/.test(text))
    return { confidence: "certain", reason: "it has advisories with modules" };
  // npm 6 puts its advice, which may be long, before the advisories.
  if (/"actions"\s*:\s*\[/.test(text) && /"resolves"\s*:\s*\[/.test(text))
    return { confidence: "certain", reason: "it has actions that resolve advisories" };
  if (/"error"\s*:\s*\{\s*"(?:code|summary|detail)"\s*:/.test(text))
    return { confidence: "likely", reason: "it is an error of npm" };
  if (/"advisories"\s*:\s*\{/.test(text)) return { confidence: "likely", reason: "it has advisories" };
  return { confidence: "no", reason: "it has neither an auditReportVersion nor advisories" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = splitJson(bytes, context.limits, ["vulnerabilities"], ["advisories"], ["actions"]);
  const { document } = report;
  if (!isObject(document)) throw new FormatError("not-this-format", "it is not an object");
  const { auditReportVersion: version, vulnerabilities, advisories, error } = document;
  if (version !== undefined && version !== 2 && version !== 1) {
    const said = JSON.stringify(version).slice(0, 32);
    throw new FormatError(
      "unsupported-version",
      `npm audit report ${said}; 1 and 2 are supported`,
      "/auditReportVersion",
    );
  }
  if (version === undefined && !isObject(advisories) && !isNpmError(error)) {
    throw new FormatError("not-this-format", "it has no auditReportVersion, advisories or error of npm");
  }
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const second = isObject(vulnerabilities);
  const names = second ? namesOf(report.members("/vulnerabilities")) : undefined;
  const findings =
    names !== undefined
      ? mapPackages(report.members("/vulnerabilities"), names, inconsistencies, context)
      : isObject(advisories)
        ? mapAdvisories(report.members("/advisories"), context)
        : undefined;
  const declared = countOf(objectOf(objectOf(document["metadata"])["vulnerabilities"])["total"]);
  const packages = names?.size;
  if (packages !== undefined && declared !== undefined && declared !== packages) {
    const message = `it declares ${declared} vulnerable packages and lists ${packages}`;
    inconsistencies.add("total-differs", message, "/metadata/vulnerabilities/total");
  }
  return findingsEvidence(
    {
      tool: { name: "npm audit" },
      ...(findings === undefined ? {} : { formatVersion: second ? "2" : "1" }),
      scanned: ["sca"],
      findings: findings ?? [],
      status: statusOf(document, findings, reasons),
      reasons,
      warnings,
      inconsistencies,
    },
    context,
  );
}

function namesOf(members: JsonMembers): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [name] of members) names.add(name);
  return names;
}

function isNpmError(error: unknown): error is JsonObject {
  return isObject(error) && ("code" in error || "summary" in error || "detail" in error);
}

/** An audit that failed has no list at all, or says so beside it; one without dependencies has looked at nothing. */
function statusOf(
  document: JsonObject,
  findings: readonly Finding[] | undefined,
  reasons: DiagnosticList,
): EvidenceStatus {
  const error = objectOf(document["error"]);
  if (findings === undefined || document["error"] !== undefined) {
    const why = [document["message"], error["summary"], error["detail"], error["code"]].find(
      (text) => textOf(text) !== undefined,
    );
    reasons.add("audit-failed", textOf(why) ?? "npm reports an error, and no list of vulnerabilities");
    return findings === undefined || findings.length === 0 ? "failed" : "partial";
  }
  const metadata = objectOf(document["metadata"]);
  const total = metadata["totalDependencies"] ?? objectOf(metadata["dependencies"])["total"];
  if (total === 0 && findings.length === 0) {
    reasons.add("nothing-scanned", "there are no dependencies, so nothing was audited", "/metadata");
    return "empty";
  }
  // npm writes the document as a whole or the error; it has no word for success.
  return "unknown";
}
