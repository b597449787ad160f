import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { k6Evidence } from "../k6.ts";
import { readPoints } from "./parse.ts";

/** The stream of `k6 run --out json`: every measured value in a line. */
export const k6Json = {
  id: "k6-json",
  title: "k6 JSON lines",
  kind: "performance",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const [line = ""] = text.split("\n", 1);
  if (line.startsWith("{") && /"type"\s*:\s*"(?:Metric|Point)"/.test(line) && /"metric"\s*:\s*"/.test(line)) {
    return { confidence: "certain", reason: "its first line is a metric or a point of k6" };
  }
  return { confidence: "no", reason: "its first line is neither a metric nor a point of k6" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return k6Evidence(readPoints(bytes, limits), limits);
}
