import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { kept } from "../values.ts";
import { webQualityEvidence } from "../web-quality.ts";
import { readResults } from "./parse.ts";

/** Results of Lighthouse 2 and later: one, several, a user flow, or one of the PageSpeed Insights API. */
export const lighthouse = {
  id: "lighthouse",
  title: "Lighthouse JSON",
  kind: "web-quality",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  if (/"lighthouseVersion"\s*:/.test(text) || /"pagespeedonline#result"/.test(text)) {
    return { confidence: "certain", reason: "it has the version of Lighthouse" };
  }
  if (/"scoreDisplayMode"\s*:/.test(text)) return { confidence: "likely", reason: "it has audits of Lighthouse" };
  return { confidence: "no", reason: "it has neither the version nor audits of Lighthouse" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const results = readResults(bytes, limits);
  const versions = new Set(results.map(({ version }) => kept(version, limits)));
  return webQualityEvidence(
    results.map(({ run }) => run),
    [...versions].map((version) => ({ name: "Lighthouse", version })),
    limits,
  );
}
