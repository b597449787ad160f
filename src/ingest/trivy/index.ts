import type { Category, EvidenceStatus, Finding, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { findingsEvidence } from "../findings.ts";
import { scannedImage } from "../image.ts";
import { instantOf, objectOf, stringsOf, textOf } from "../values.ts";
import { categoryOfResult, mapResult } from "./map.ts";
import { readTrivyReport, type TrivyReport } from "./parse.ts";

/** Trivy's own JSON: schema version 2 (from 0.20 on), and the array of results that came before it. */
export const trivy = {
  id: "trivy",
  title: "Trivy JSON",
  kind: "findings",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (
    text.startsWith("{") &&
    /"SchemaVersion"\s*:\s*\d/.test(text) &&
    /"Artifact(?:Name|Type)"\s*:|"Trivy"\s*:/.test(text)
  )
    return { confidence: "certain", reason: "it has a SchemaVersion and an artifact" };
  if (/^\[\s*\{/.test(text) && /"Target"\s*:/.test(text) && /"(?:Vulnerabilities|Misconfigurations)"\s*:/.test(text))
    return { confidence: "certain", reason: "it is an array of targets with vulnerabilities" };
  if (text.startsWith("{") && /"SchemaVersion"\s*:\s*\d/.test(text) && /"Results"\s*:/.test(text))
    return { confidence: "likely", reason: "it has a SchemaVersion and results" };
  return { confidence: "no", reason: "it has no SchemaVersion with an artifact or results" };
}

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const report = readTrivyReport(bytes, context.limits);
  const reasons = createDiagnostics();
  const findings: Finding[] = [];
  let redactions = 0;
  for (const result of report.results) {
    const mapped = mapResult(result, context);
    for (const finding of mapped.findings) findings.push(finding);
    redactions += mapped.redactions;
  }
  const version = textOf(objectOf(report.raw["Trivy"])["Version"]);
  return findingsEvidence(
    {
      tool: { name: "Trivy", ...(version === undefined ? {} : { version }) },
      formatVersion: report.version,
      scanned: scannedOf(report),
      findings,
      artifacts: imageOf(report, context),
      status: statusOf(report, context, () =>
        reasons.add("nothing-scanned", "Trivy names nothing that it scanned", "/Results"),
      ),
      reasons,
      warnings: createDiagnostics(),
      inconsistencies: createDiagnostics(),
      producedAt: instantOf(report.raw["CreatedAt"]),
      redactions,
    },
    context,
  );
}

/** An image has been looked at as an image even where no package of its distribution is listed. */
function scannedOf({ raw, results }: TrivyReport): readonly Category[] {
  const image: readonly Category[] = raw["ArtifactType"] === "container_image" ? ["container"] : [];
  return [...image, ...results.map(({ raw: result }) => categoryOfResult(result)).filter((one) => one !== undefined)];
}

function imageOf({ raw }: TrivyReport, context: ParseContext) {
  if (raw["ArtifactType"] !== "container_image") return [];
  const metadata = objectOf(raw["Metadata"]);
  const name = textOf(raw["ArtifactName"]);
  const references = [name, metadata["RepoDigests"], metadata["ImageID"]].flatMap(stringsOf);
  return scannedImage(name, references, context);
}

/**
 * The format has no room for the outcome of the run. Trivy leaves out targets in which it looked for secrets and found
 * none, so that a scan for secrets alone is clean where it names no target; any other one has scanned nothing.
 */
function statusOf({ results }: TrivyReport, { declared }: ParseContext, empty: () => void): EvidenceStatus {
  if (results.length > 0 || declared?.category === "secret") return "unknown";
  empty();
  return "empty";
}
