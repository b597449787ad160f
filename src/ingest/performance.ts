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
import type { DiagnosticList } from "./diagnostics.ts";

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
export function performanceEvidence(test: LoadTest): ParsedEvidence {
  const { requests, failures, timeouts, throughput, users, durationMs, latency, checks, thresholds, metrics } = test;
  return {
    kind: "performance",
    ...compact({ formatVersion: test.formatVersion, producedAt: test.producedAt }),
    tools: [test.tool],
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

/** The percentiles of the model, with the share of the samples that are not above each. */
const PERCENTILES = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;

/**
 * The distribution of some durations in milliseconds, with percentiles by the nearest rank: each is one of the samples,
 * never a value between two (ISO 3534-1 leaves the choice open; JMeter's own report does the same).
 *
 * @param durations in any order; sorted in place
 * @returns undefined for no samples
 */
export function latencyOf(durations: Float64Array): Latency | undefined {
  const samples = durations.length;
  if (samples === 0) return undefined;
  durations.sort();
  const at = (share: number): number => durations[Math.max(0, Math.ceil(share * samples) - 1)] ?? 0;
  const percentiles = Object.entries(PERCENTILES).map(([name, share]) => [name, at(share)] as const);
  const sum = durations.reduce((total, duration) => total + duration, 0);
  return {
    samples,
    mean: sum / samples,
    min: at(0),
    ...Object.fromEntries(percentiles),
    max: durations[samples - 1] ?? 0,
  };
}
