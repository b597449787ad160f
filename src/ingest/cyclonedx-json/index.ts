import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import { bomSummary } from "../bom.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { instantOf, objectsOf } from "../values.ts";
import { mapComponents, rootOf, toolsOf } from "./map.ts";
import { readBom } from "./parse.ts";

/** CycloneDX bills of materials in JSON, specification 1.2 to 1.7. */
export const cyclonedxJson = {
  id: "cyclonedx-json",
  title: "CycloneDX JSON",
  kind: "sbom",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"bomFormat"\s*:\s*"CycloneDX"/.test(text)) return { confidence: "certain", reason: "bomFormat is CycloneDX" };
  if (/"\$schema"\s*:\s*"[^"]*cyclonedx/i.test(text))
    return { confidence: "certain", reason: "its schema is CycloneDX" };
  if (/"specVersion"\s*:\s*"1\./.test(text) || /\.(?:cdx|bom)\.json$|^bom\.json$/.test(name)) {
    return { confidence: "likely", reason: "it has a specVersion or the name of a CycloneDX file" };
  }
  return { confidence: "no", reason: "it has no bomFormat" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const bom = readBom(bytes, limits);
  const inconsistencies = createDiagnostics();
  const warnings = createDiagnostics();
  const reasons = createDiagnostics();
  const components = mapComponents(bom.components, limits, inconsistencies);
  if (components.length === 0) reasons.add("no-components", "the bill of materials lists no components");
  for (const { aggregate } of bom.compositions) {
    if (typeof aggregate !== "string" || !aggregate.startsWith("incomplete")) continue;
    warnings.add("composition-incomplete", `its author calls a part of it ${aggregate}`, "/compositions");
  }
  const producedAt = instantOf(bom.metadata["timestamp"]);
  const root = rootOf(bom.metadata, limits);
  const tools = toolsOf(bom.metadata, limits);
  return {
    kind: "sbom",
    formatVersion: bom.version,
    tools,
    subject: {},
    ...(producedAt === undefined ? {} : { producedAt }),
    // The format has no room for the outcome of the tool's run.
    status: components.length === 0 ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: { warnings: warnings.list(), inconsistencies: inconsistencies.list(), redactions: 0 },
    summary: bomSummary(
      {
        specification: "CycloneDX",
        authors: objectsOf(bom.metadata["authors"]).length + tools.length,
        dependencyEdges: bom.dependencyEdges,
        ...(root === undefined ? {} : { root }),
      },
      components,
    ),
    body: { components },
  };
}
