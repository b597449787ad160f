import type {
  EvidenceStatus,
  Latency,
  ParsedEvidence,
  PassCount,
  PerformanceMetric,
  Threshold,
  Tool,
} from "../evidence/types.ts";
import { compact } from "../util/compact.ts";
import type { Limits } from "../util/limits.ts";
import type { DiagnosticList } from "./diagnostics.ts";
import { amountOf } from "./latency.ts";
import { kept } from "./values.ts";

/** What a load test's report says, before it becomes evidence. What the tool does not say is undefined, never zero. */
export interface LoadTest {
  readonly tool: Tool;
  readonly formatVersion?: string | undefined;
  readonly producedAt?: string | undefined;
  readonly requests?: number | undefined;
  readonly failures?: number | undefined;
  readonly timeouts?: number | undefined;
  /** Requests per second. */
  readonly throughput?: number | undefined;
  readonly users?: number | undefined;
  /** Rounded; what is no finite number from 0 up is left out. */
  readonly durationMs?: number | undefined;
  /** Of all requests. */
  readonly latency?: Latency | undefined;
  readonly checks?: PassCount | undefined;
  readonly metrics: readonly PerformanceMetric[];
  readonly thresholds: readonly Threshold[];
  readonly status: EvidenceStatus;
  readonly reasons: DiagnosticList;
  readonly warnings: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
  /** Strings that were left out because they may hold secrets. */
  readonly redactions?: number;
}

/** The evidence of a load test. A threshold over no samples is met, and proves nothing, so it is counted apart. */
export function performanceEvidence(test: LoadTest, limits: Limits): ParsedEvidence {
  const { requests, failures, timeouts, users, latency, checks, formatVersion, producedAt } = test;
  const throughput = amountOf(test.throughput);
  const durationMs = countOfMilliseconds(test.durationMs);
  const { name, version } = test.tool;
  const metrics = test.metrics.map((metric) => ({ ...metric, name: kept(metric.name, limits) }));
  const thresholds = test.thresholds.map((threshold) => ({
    ...threshold,
    metric: kept(threshold.metric, limits),
    expression: kept(threshold.expression, limits),
  }));
  return {
    kind: "performance",
    ...compact({ formatVersion: formatVersion === undefined ? undefined : kept(formatVersion, limits), producedAt }),
    tools: [compact({ name, version: version === undefined ? undefined : kept(version, limits) })],
    subject: {},
    status: test.status,
    statusReasons: test.reasons.list(),
    quality: {
      warnings: test.warnings.list(),
      inconsistencies: test.inconsistencies.list(),
      redactions: test.redactions ?? 0,
    },
    summary: {
      ...compact({ requests, failures, timeouts, throughput, users, durationMs, latency, checks }),
      thresholds: thresholds.length,
      thresholdsMissed: thresholds.filter(({ met }) => !met).length,
      thresholdsWithoutSamples: thresholds.filter(({ samples }) => samples === 0).length,
    },
    body: { metrics, thresholds },
  };
}

/**
 * What the counts of a load test make of its status: `empty` where nothing was sent, `failed` where every single request
 * failed, for then the times are those of a refused connection or of an error page. Else it is the `status` given.
 *
 * @param counts `requests` may be missing where the tool does not count them; then only the other counts are looked at
 */
export function loadStatus(
  counts: Pick<LoadTest, "requests" | "failures" | "checks">,
  status: EvidenceStatus,
  reasons: DiagnosticList,
): EvidenceStatus {
  const { requests, failures, checks } = counts;
  if (requests === 0) {
    reasons.add("no-requests", "not one request was made");
    return "empty";
  }
  // A test that expects to be refused checks that it is.
  if (requests === undefined || failures !== requests || (checks?.passed ?? 0) > 0) return status;
  reasons.add("all-requests-failed", `all requests failed: ${requests}`);
  return "failed";
}

function countOfMilliseconds(value: number | undefined): number | undefined {
  const rounded = Math.round(amountOf(value) ?? Number.NaN);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
}
