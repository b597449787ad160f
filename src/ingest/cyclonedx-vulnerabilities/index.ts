import type { Category, Finding, ParsedEvidence } from "../../evidence/types.ts";
import { type EvidenceAdapter, FormatError, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { type CycloneBom, hasAnalysis, referencesIn, toolsOf } from "../cyclonedx.ts";
import { detectCyclone, readCyclone } from "../cyclonedx-elements.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { findingsEvidence } from "../findings.ts";
import { instantOf, objectOf } from "../values.ts";
import { mapVulnerability } from "./map.ts";

/** The vulnerabilities in CycloneDX JSON and XML, specification 1.4 to 1.7, as a scanner's findings. */
export const cyclonedxVulnerabilities = {
  id: "cyclonedx-vulnerabilities",
  title: "CycloneDX vulnerabilities",
  kind: "findings",
  detect: detectCyclone,
  parse,
} as const satisfies EvidenceAdapter;

const CATEGORIES: ReadonlySet<Category | undefined> = new Set([undefined, "sca", "container"]);

function parse(bytes: Content, context: ParseContext): ParsedEvidence {
  const { limits, declared } = context;
  const { bom, warnings } = readCyclone(bytes, limits);
  if (declared === undefined) checkNothingElse(bom);
  if (!CATEGORIES.has(declared?.category)) {
    throw new FormatError("not-this-format", `vulnerabilities of components are no ${declared?.category} findings`);
  }
  if (bom.document["vulnerabilities"] === undefined) {
    throw new FormatError("not-this-format", "it has no list of vulnerabilities: nobody looked for any");
  }
  const [tool = { name: "CycloneDX" }] = toolsOf(bom.metadata, limits);
  const lookup = { ...context, references: referencesIn(bom, limits), tool: tool.name };
  const findings: Finding[] = [];
  for (const [one, place] of bom.vulnerabilities()) {
    for (const finding of mapVulnerability(one, lookup, place)) findings.push(finding);
  }
  const reasons = createDiagnostics();
  if (findings.length === 0) {
    const message = "an empty list does not tell a clean scan from one that was not made, as Trivy writes it";
    reasons.add("no-vulnerabilities", message, "/vulnerabilities");
  }
  return findingsEvidence(
    {
      tool,
      formatVersion: bom.version,
      scanned: scannedOf(bom),
      findings,
      // The format has no room for the outcome of the scan.
      status: findings.length === 0 ? "empty" : "unknown",
      reasons,
      warnings,
      inconsistencies: createDiagnostics(),
      producedAt: instantOf(bom.metadata["timestamp"]),
    },
    context,
  );
}

/** Undeclared, a document with components is a bill of materials, and one with analyses is VEX. */
function checkNothingElse(bom: CycloneBom): void {
  for (const _ of bom.components()) throw new FormatError("not-this-format", "it has components: an SBOM");
  if (hasAnalysis(bom)) {
    throw new FormatError("not-this-format", "it has vulnerabilities with an analysis: VEX");
  }
}

/** In an image both the packages of the distribution and those of languages are looked up. */
function scannedOf({ metadata }: CycloneBom): readonly Category[] {
  const { type } = objectOf(metadata["component"]);
  return type === "container" || type === "operating-system" ? ["container", "sca"] : ["sca"];
}
