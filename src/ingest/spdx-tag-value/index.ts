import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { spdxEvidence } from "../spdx.ts";
import { readTagValue } from "./parse.ts";

/** SPDX bills of materials in the tag-value form, specification 2.2 and 2.3. */
export const spdxTagValue = {
  id: "spdx-tag-value",
  title: "SPDX tag-value",
  kind: "sbom",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text, name }: Head): Detection {
  if (/^\s*SPDXVersion:/m.test(text)) return { confidence: "certain", reason: "it has an SPDXVersion" };
  if (name.endsWith(".spdx")) return { confidence: "likely", reason: "it has the name of an SPDX file" };
  return { confidence: "no", reason: "it has no line with an SPDXVersion" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return spdxEvidence(readTagValue(bytes, limits), limits);
}
