import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { bomOf, sbomEvidence } from "../cyclonedx.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { wholeDocument } from "../json.ts";
import { xmlRootOf } from "../xml-root.ts";
import { documentOf } from "./map.ts";
import { readBomXml } from "./parse.ts";

/** CycloneDX bills of materials in XML, specification 1.0 to 1.7. */
export const cyclonedxXml = {
  id: "cyclonedx-xml",
  title: "CycloneDX XML",
  kind: "sbom",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root === undefined) return { confidence: "no", reason: "it does not start with an XML element" };
  if (root.name !== "bom") return { confidence: "no", reason: "its root element is not bom" };
  if (/\/\/cyclonedx\.org\/schema\/bom\//.test(root.attributes)) {
    return { confidence: "certain", reason: "its root element is bom of CycloneDX" };
  }
  return { confidence: "likely", reason: "its root element is bom" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { version, root, warnings } = readBomXml(bytes, limits);
  const list = createDiagnostics();
  for (const { code, message, place } of warnings) list.add(code, message, place);
  const document = documentOf(root);
  return sbomEvidence(bomOf(wholeDocument(document), document, version), list, limits);
}
