import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { spdxEvidence } from "../spdx.ts";
import { readSpdxGraph } from "./parse.ts";

/** SPDX bills of materials in JSON-LD, specification 3.0. */
export const spdxJsonLd = {
  id: "spdx-json-ld",
  title: "SPDX JSON-LD",
  kind: "sbom",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"@context"\s*:[^{}]*"[^"]*spdx\.org\/rdf\/3/.test(text)) {
    return { confidence: "certain", reason: "its context is SPDX 3" };
  }
  if (/"spdxId"\s*:|"software_\w+"\s*:/.test(text) || /\.spdx3?\.json(?:ld)?$/.test(name)) {
    return { confidence: "likely", reason: "it has elements or the name of an SPDX 3 file" };
  }
  return { confidence: "no", reason: "its context is not SPDX 3" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return spdxEvidence(readSpdxGraph(bytes, limits), limits);
}
