import type { ParsedEvidence } from "../../evidence/types.ts";
import { type EvidenceAdapter, FormatError, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { hasAnalysis, peopleOf, referencesIn, toolsOf } from "../cyclonedx.ts";
import { detectCyclone, readCyclone } from "../cyclonedx-elements.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { instantOf } from "../values.ts";
import { type StatedVex, vexEvidence } from "../vex.ts";
import { mapAnalysis } from "./map.ts";

/** The analyses of vulnerabilities in CycloneDX JSON and XML, specification 1.4 to 1.7. */
export const cyclonedxVex = {
  id: "cyclonedx-vex",
  title: "CycloneDX VEX",
  kind: "vex",
  detect: detectCyclone,
  parse,
} as const satisfies EvidenceAdapter;

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { bom, warnings } = readCyclone(bytes, limits);
  const { metadata } = bom;
  if (!hasAnalysis(bom)) {
    throw new FormatError("not-this-format", "it has no vulnerability with an analysis: no VEX");
  }
  const madeAt = instantOf(metadata["timestamp"]);
  const context = { references: referencesIn(bom, limits), madeAt, warnings };
  const statements: StatedVex[] = [];
  for (const [one, place] of bom.vulnerabilities()) {
    for (const statement of mapAnalysis(one, context, place)) statements.push(statement);
  }
  const [author] = peopleOf(metadata);
  return vexEvidence(
    {
      specification: "CycloneDX",
      formatVersion: bom.version,
      author,
      tools: toolsOf(metadata, limits),
      producedAt: madeAt,
      // The format has no room to say that a document is finished.
      status: "unknown",
      reasons: createDiagnostics(),
      warnings,
      inconsistencies: createDiagnostics(),
      // All of a document is said at once.
      latestWins: false,
      statements,
    },
    limits,
  );
}
