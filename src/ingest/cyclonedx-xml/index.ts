import type { ParsedEvidence } from "../../evidence/types.ts";
import type { EvidenceAdapter, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { sbomEvidence } from "../cyclonedx.ts";
import { detectCycloneXml, readCycloneXml } from "../cyclonedx-elements.ts";

/** CycloneDX bills of materials in XML, specification 1.0 to 1.7. */
export const cyclonedxXml = {
  id: "cyclonedx-xml",
  title: "CycloneDX XML",
  kind: "sbom",
  detect: detectCycloneXml,
  parse,
} as const satisfies EvidenceAdapter;

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { bom, warnings } = readCycloneXml(bytes, limits);
  return sbomEvidence(bom, warnings, limits);
}
