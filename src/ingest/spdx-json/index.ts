import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { spdxEvidence } from "../spdx.ts";
import { readSpdxJson } from "./parse.ts";

/** SPDX bills of materials in JSON, specification 2.2 and 2.3. */
export const spdxJson = {
  id: "spdx-json",
  title: "SPDX JSON",
  kind: "sbom",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text, name }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"spdxVersion"\s*:\s*"SPDX-/.test(text)) return { confidence: "certain", reason: "it has an spdxVersion" };
  // Some tools write the version behind thousands of files.
  if (/"SPDXID"\s*:\s*"SPDXRef-/.test(text)) return { confidence: "certain", reason: "it has an SPDXID" };
  if (name.endsWith(".spdx.json")) return { confidence: "likely", reason: "it has the name of an SPDX file" };
  return { confidence: "no", reason: "it has neither an spdxVersion nor an SPDXID" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return spdxEvidence(readSpdxJson(bytes, limits), limits);
}
