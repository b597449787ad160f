import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { oscalEvidence } from "../oscal.ts";
import { xmlRootOf } from "../xml-root.ts";
import { readOscalXml } from "./parse.ts";

/** OSCAL assessment results 1.x in XML. */
export const oscalArXml = {
  id: "oscal-ar-xml",
  title: "OSCAL assessment results XML",
  kind: "assessment",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const root = xmlRootOf(text);
  if (root?.name !== "assessment-results") return { confidence: "no", reason: "its root is not assessment-results" };
  if (root.attributes.includes("csrc.nist.gov/ns/oscal/")) {
    return { confidence: "certain", reason: "its root element is assessment-results of OSCAL" };
  }
  return { confidence: "likely", reason: "its root element is assessment-results" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { document, warnings } = readOscalXml(bytes, limits);
  return oscalEvidence(document, limits, warnings);
}
