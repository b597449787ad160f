import type { ParsedEvidence } from "../../evidence/types.ts";
import type { EvidenceAdapter, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { detectCycloneJson, readCycloneJson, sbomEvidence } from "../cyclonedx.ts";
import { createDiagnostics } from "../diagnostics.ts";

/** CycloneDX bills of materials in JSON, specification 1.2 to 1.7. */
export const cyclonedxJson = {
  id: "cyclonedx-json",
  title: "CycloneDX JSON",
  kind: "sbom",
  detect: detectCycloneJson,
  parse,
} as const satisfies EvidenceAdapter;

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return sbomEvidence(readCycloneJson(bytes, limits), createDiagnostics(), limits);
}
