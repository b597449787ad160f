import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { k6Evidence } from "../k6.ts";
import { readSummary } from "./parse.ts";

/** k6's end-of-test summary: `--summary-export`, the data of `handleSummary`, and the machine-readable summary. */
export const k6Summary = {
  id: "k6-summary",
  title: "k6 summary JSON",
  kind: "performance",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const METRIC =
  /"(?:iteration_duration|http_req_(?:duration|failed|waiting|sending|receiving|blocked|connecting))"\s*:\s*\{/;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"k6_version"\s*:/.test(text) || (/"script"\s*:/.test(text) && /"execution"\s*:/.test(text))) {
    return { confidence: "certain", reason: "it has the metadata of a summary of k6" };
  }
  if (/"testRunDurationMs"\s*:/.test(text) || (/"metrics"\s*:\s*\{/.test(text) && /"root_group"\s*:/.test(text))) {
    return { confidence: "certain", reason: "it has the metrics and groups of k6" };
  }
  if (METRIC.test(text)) return { confidence: "certain", reason: "it has a metric of k6" };
  return { confidence: "no", reason: "it has neither metrics nor metadata of k6" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return k6Evidence(readSummary(bytes, limits), limits);
}
