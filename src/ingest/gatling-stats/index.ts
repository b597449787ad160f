import type { ParsedEvidence } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { statedLatency } from "../latency.ts";
import { loadStatus, performanceEvidence } from "../performance.ts";
import { claimsMore } from "../test-cases.ts";
import { type RawStats, readStats } from "./parse.ts";

/** The figures of a report of Gatling: `js/global_stats.json` and `js/stats.json`. */
export const gatlingStats = {
  id: "gatling-stats",
  title: "Gatling statistics",
  kind: "performance",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"numberOfRequests"\s*:\s*\{/.test(text) && /"(?:min|mean|max)ResponseTime"\s*:\s*\{/.test(text)) {
    return { confidence: "certain", reason: "it has the number of requests and the response times of Gatling" };
  }
  return { confidence: "no", reason: "it has no response times of Gatling" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const { all, requests: list } = readStats(bytes, limits);
  const inconsistencies = createDiagnostics();
  const reasons = createDiagnostics();
  // Without a list the total is taken at its word.
  const parts = list ?? [all];
  const requests = sumOf(parts, ({ total }) => total);
  // Where they disagree, what is not said to be ok is not.
  const failures = sumOf(parts, ({ total, succeeded, failed }) => Math.max(failed, total - succeeded));
  const lacking = isLacking(all, requests, failures, inconsistencies);
  if (lacking) reasons.add("requests-missing", "the total claims more requests or failures than are listed");
  for (const { name, total, succeeded, failed } of list === undefined ? [all] : [all, ...list]) {
    if (succeeded + failed !== total) {
      inconsistencies.add("outcomes-differ", `${name}: ${succeeded} ok and ${failed} ko of ${total}`);
    }
  }
  return performanceEvidence(
    {
      tool: { name: "Gatling" },
      requests,
      failures,
      throughput: all.perSecond,
      latency: statedLatency(all.total, all.figures),
      metrics: (list ?? []).map(({ name, total, failed, figures }) => {
        return compact({ name, requests: total, failures: failed, latency: statedLatency(total, figures) });
      }),
      thresholds: [],
      status: loadStatus({ requests, failures }, lacking ? "partial" : "unknown", reasons),
      reasons,
      warnings: createDiagnostics(),
      inconsistencies,
    },
    limits,
  );
}

function isLacking(all: RawStats, requests: number, failures: number, inconsistencies: DiagnosticList): boolean {
  return [
    claimsMore("requests", all.total, requests, inconsistencies, all.place),
    claimsMore("failures", all.failed, failures, inconsistencies, all.place),
  ].includes(true);
}

function sumOf(parts: readonly RawStats[], count: (stats: RawStats) => number): number {
  return parts.reduce((sum, stats) => sum + count(stats), 0);
}
