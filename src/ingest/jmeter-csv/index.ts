import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { columnsOf, readLog } from "./parse.ts";

/** JMeter's test log as CSV, the default of `jmeter -n -l`; also written by Taurus and others after it. */
export const jmeterCsv = {
  id: "jmeter-csv",
  title: "JMeter JTL (CSV)",
  kind: "performance",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  const columns = columnsOf(text.split("\n", 1)[0] ?? "");
  if (columns === undefined) return { confidence: "no", reason: "its first line has no column elapsed, and no sample" };
  if (columns.header) return { confidence: "certain", reason: "its first line has the columns of JMeter" };
  return { confidence: "likely", reason: "its first line looks like a sample of JMeter" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return readLog(bytes, limits);
}
