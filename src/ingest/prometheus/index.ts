import type { EvidenceStatus, ParsedEvidence, Sample } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { kept } from "../values.ts";
import { type RawAnswer, readAnswer } from "./parse.ts";

/** Answers of the HTTP API of Prometheus, and of what answers like it: Thanos, Mimir, VictoriaMetrics. */
export const prometheus = {
  id: "prometheus",
  title: "Prometheus API JSON",
  kind: "metrics",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"resultType"\s*:\s*"(?:vector|matrix|scalar|string)"/.test(text)) {
    return { confidence: "certain", reason: "it has the type of a result of Prometheus" };
  }
  if (/"data"\s*:\s*\{\s*"alerts"\s*:/.test(text) && /"status"\s*:\s*"success"/.test(text)) {
    return { confidence: "certain", reason: "it has alerts as Prometheus lists them" };
  }
  if (/"status"\s*:\s*"error"/.test(text) && /"errorType"\s*:/.test(text)) {
    return { confidence: "certain", reason: "it is an error of the API of Prometheus" };
  }
  return { confidence: "no", reason: "it has neither a result nor alerts nor an error of Prometheus" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const answer = readAnswer(bytes, limits);
  const { series, alerts, producedAt } = answer;
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  for (const message of answer.infos) warnings.add("query-info", message);
  const samples = countOf(answer, () => true);
  const notFinite = countOf(answer, ({ value }) => value === undefined);
  const status = statusOf(answer, { samples, notFinite }, reasons);
  if (notFinite > 0) warnings.add("not-finite", `values that are no finite number: ${notFinite} of ${samples}`);
  if (answer.resultType === "alerts" && alerts.length === 0) {
    warnings.add("no-alerts", "no alert is active, and nothing says whether there are rules");
  }
  return {
    kind: "metrics",
    tools: [{ name: "Prometheus" }],
    subject: {},
    ...compact({ producedAt }),
    status,
    statusReasons: reasons.list(),
    quality: { warnings: warnings.list(), inconsistencies: [], redactions: answer.redactions },
    summary: {
      resultType: kept(answer.resultType, limits),
      series: series.length,
      samples,
      notFinite,
      alerts: alerts.length,
      firing: alerts.filter(({ state }) => state === "firing").length,
    },
    body: { series, alerts },
  };
}

function statusOf(
  answer: RawAnswer,
  { samples, notFinite }: { readonly samples: number; readonly notFinite: number },
  reasons: DiagnosticList,
): EvidenceStatus {
  if (answer.error !== undefined) {
    reasons.add("query-failed", answer.error);
    return "failed";
  }
  for (const message of answer.warnings) reasons.add("query-warning", message);
  if (answer.isPartial) reasons.add("partial-response", "the server says that a part of the data is missing");
  if (answer.histograms > 0) reasons.add("histograms", `native histograms, which are not read: ${answer.histograms}`);
  const partial = reasons.list().length > 0;
  if (answer.resultType === "alerts") return partial ? "partial" : "unknown";
  if (samples === 0 && answer.histograms === 0) {
    reasons.add("no-samples", "the query has no result");
    return "empty";
  }
  // NaN is 0 of 0, and infinity something of 0: there was nothing to measure.
  if (notFinite === samples && samples > 0 && answer.resultType !== "string") {
    reasons.add("no-numbers", "not one value is a finite number");
    return "empty";
  }
  return partial ? "partial" : "complete";
}

function countOf({ series }: RawAnswer, counts: (sample: Sample) => boolean): number {
  return series.reduce((sum, { samples }) => sum + samples.filter(counts).length, 0);
}
