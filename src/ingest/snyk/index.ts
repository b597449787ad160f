import type { EvidenceStatus, Finding, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { findingsEvidence } from "../findings.ts";
import { countOf, stringsOf, textOf } from "../values.ts";
import { mapProject } from "./map.ts";
import { readSnykReport, type SnykProject } from "./parse.ts";

/** `snyk test --json` and `snyk container test --json`: a project, an array of them, or the document of an error. */
export const snyk = {
  id: "snyk",
  title: "Snyk CLI JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!/^(?:\{|\[\s*\{)/.test(text)) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"infrastructureAsCodeIssues"\s*:/.test(text))
    return { confidence: "no", reason: "it is of Snyk IaC, whose SARIF is read" };
  if (/"bomFormat"\s*:/.test(text)) return { confidence: "no", reason: "it is a bill of materials" };
  const listed = /"vulnerabilities"\s*:\s*\[/.test(text);
  if (listed && /"id"\s*:\s*"(?:SNYK-|snyk:lic:)|"alternativeIds"\s*:\s*\[/.test(text))
    return { confidence: "certain", reason: "it has vulnerabilities with ids of Snyk" };
  if (/"ok"\s*:\s*(?:true|false)/.test(text)) {
    if (listed && /"(?:dependencyCount|licensesPolicy|ignoreSettings|uniqueCount)"\s*:/.test(text))
      return { confidence: "certain", reason: "it has vulnerabilities and a count of dependencies" };
    if (/"error"\s*:\s*"/.test(text) && /"path"\s*:\s*"/.test(text))
      return { confidence: "certain", reason: "it is an error of Snyk" };
    if (listed) return { confidence: "likely", reason: "it has vulnerabilities and says whether all is ok" };
  }
  return { confidence: "no", reason: "it has no vulnerabilities of Snyk" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const projects = readSnykReport(bytes, context.limits);
  const reasons = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const findings: Finding[] = [];
  const statuses = projects.map((project) => {
    const mapped = mapProject(project, context);
    for (const finding of mapped) findings.push(finding);
    return statusOf(project, mapped, { reasons, inconsistencies });
  });
  if (projects.length === 0) reasons.add("nothing-scanned", "there is no project, so nothing was tested");
  return findingsEvidence(
    {
      tool: { name: "Snyk" },
      scanned: projects.filter(({ failed }) => !failed).map(({ category }) => category),
      findings,
      status: together(statuses),
      reasons,
      warnings: createDiagnostics(),
      inconsistencies,
    },
    context,
  );
}

interface Notes {
  readonly reasons: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
}

function statusOf(project: SnykProject, findings: readonly Finding[], notes: Notes): EvidenceStatus {
  const { raw, pointer, failed } = project;
  if (failed) {
    notes.reasons.add("project-failed", textOf(raw["error"]) ?? "Snyk reports an error without a message", pointer);
    return "failed";
  }
  if (raw["dependencyCount"] === 0 && findings.length === 0) {
    notes.reasons.add("nothing-scanned", "the project has no dependencies, so nothing was tested", pointer);
    return "empty";
  }
  if (raw["ok"] === false && project.vulnerabilities.length === 0) {
    notes.reasons.add("findings-missing", "it says that not all is ok and lists no vulnerability", `${pointer}/ok`);
    return "partial";
  }
  if (raw["ok"] === true && project.vulnerabilities.length > 0) {
    notes.inconsistencies.add("verdict-differs", "it says that all is ok and lists vulnerabilities", `${pointer}/ok`);
  }
  const declared = countOf(raw["uniqueCount"]);
  const listed = new Set(project.vulnerabilities.flatMap(({ id }) => stringsOf(id))).size;
  if (declared === undefined || declared === listed) return "unknown";
  const message = `it declares ${declared} unique vulnerabilities and lists ${listed}`;
  notes.inconsistencies.add("total-differs", message, `${pointer}/uniqueCount`);
  if (declared < listed) return "unknown";
  notes.reasons.add("findings-missing", message, `${pointer}/uniqueCount`);
  return "partial";
}

/** A project without dependencies says nothing about the others; one that failed does. */
function together(statuses: readonly EvidenceStatus[]): EvidenceStatus {
  const known = new Set(statuses);
  const [only] = known;
  if (known.size <= 1) return only ?? "empty";
  return known.has("failed") || known.has("partial") ? "partial" : "unknown";
}
