import type { ParsedEvidence, PassCount, PerformanceMetric, Threshold } from "../evidence/types.ts";
import { compact } from "../util/compact.ts";
import type { Limits } from "../util/limits.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { amountOf, type StatedFigures, statedLatency } from "./latency.ts";
import { loadStatus, performanceEvidence } from "./performance.ts";
import { countOf } from "./values.ts";

export const K6_TYPES = ["counter", "gauge", "rate", "trend"] as const;
export type K6Type = (typeof K6_TYPES)[number];

/** One metric of k6 over the whole run, whatever the file says it with. */
export interface K6Metric {
  /** A submetric has its tags behind the name: `http_req_duration{expected_response:true}`. */
  readonly name: string;
  readonly type: K6Type;
  /** `time`, `data` or `default`; missing where the format does not say. */
  readonly contains?: string | undefined;
  /** How many values went into it; missing where the file does not say. */
  readonly samples?: number | undefined;
  /** The sum of a counter, the last value of a gauge, how many values of a rate were true. */
  readonly value?: number | undefined;
  /** The highest value of a gauge. */
  readonly max?: number | undefined;
  /** Of a counter, per second. */
  readonly rate?: number | undefined;
  /** Of a trend. */
  readonly figures?: StatedFigures | undefined;
}

/** What a file of k6 holds, before it becomes evidence. */
export interface K6Run {
  readonly metrics: readonly K6Metric[];
  readonly thresholds: readonly Omit<Threshold, "samples">[];
  /** Counted from the checks themselves, where the file lists them. */
  readonly checks?: PassCount | undefined;
  readonly timeouts?: number | undefined;
  readonly durationMs?: number | undefined;
  readonly version?: string | undefined;
  readonly formatVersion?: string | undefined;
  readonly producedAt?: string | undefined;
  readonly warnings: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
  /** Set where the file cannot be whole. */
  readonly lacking?: { readonly code: string; readonly message: string } | undefined;
  readonly redactions?: number;
}

/** Metrics that count up or are there even where a script fails before it has asked for anything. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  "iterations",
  "iteration_duration",
  "dropped_iterations",
  "group_duration",
  "vus",
  "vus_max",
  "data_sent",
  "data_received",
]);

/** Trends of which k6 adds a value for each request. */
const REQUEST_TREND =
  /^http_req_(?:duration|blocked|connecting|tls_handshaking|sending|waiting|receiving|looking_up)(\{.*)?$/s;
const ITERATION_TREND = /^iteration_duration(?=\{|$)/;
const REQUEST_COUNTER = /^(?:http_reqs|iterations|dropped_iterations)(?:\{.*)?$/s;

/** The names of k6's own trends, all of them times; the oldest of the formats does not say what a trend contains. */
const TIMES =
  /^(?:http_req_\w+|iteration_duration|group_duration|grpc_req_duration|ws_connecting|ws_session_duration|ws_ping|browser_\w+)(?:\{.*)?$/s;

/** The evidence of a run of k6. None of its formats has room to say that the run was not broken off. */
export function k6Evidence(run: K6Run, limits: Limits): ParsedEvidence {
  const metrics = new Map(run.metrics.map((metric) => [metric.name, metric]));
  const failed = metrics.get("http_req_failed");
  const reqs = metrics.get("http_reqs");
  const requests = countOf(reqs?.value) ?? failed?.samples;
  // Of this rate the values that are true are the requests that failed.
  const failures = countOf(failed?.value);
  const checks = run.checks ?? passesOf(metrics.get("checks"));
  const users = metrics.get("vus");
  const latency = latencyIn(metrics, metrics.get("http_req_duration"));
  const counts = { requests, failures, checks };
  const reasons = createDiagnostics();
  return performanceEvidence(
    {
      ...run,
      ...counts,
      tool: compact({ name: "k6", version: run.version }),
      throughput: reqs?.rate ?? perSecond(requests, run.durationMs),
      users: countOf(users?.max ?? users?.value),
      latency,
      metrics: run.metrics.map((metric) => metricOf(metric, metrics)),
      thresholds: run.thresholds.map((threshold) => {
        return compact({ ...threshold, samples: judgedOn(metrics, threshold.metric) });
      }),
      // A check on the time that a request took holds where it was refused in none.
      status: statusOf(run, metrics, { ...counts, checks: latency === undefined ? undefined : checks }, reasons),
      reasons,
    },
    limits,
  );
}

function statusOf(
  { lacking }: K6Run,
  metrics: ReadonlyMap<string, K6Metric>,
  counts: Parameters<typeof loadStatus>[0],
  reasons: DiagnosticList,
) {
  const others = [...metrics.values()].filter(({ name }) => !isBookkeeping(name));
  const iterations = metrics.get("iterations")?.value ?? 0;
  // A script without HTTP has no requests, and measures with the metrics of gRPC, a browser or its own.
  const measured = (counts.requests ?? 0) > 0 || (iterations > 0 && others.some((metric) => hasValues(metric)));
  if (!measured) {
    const message =
      iterations > 0 ? `${iterations} iterations made no request and no check` : "not one iteration ended";
    reasons.add("nothing-measured", `${message}; thresholds over nothing are met`);
    return "empty";
  }
  if (lacking !== undefined) reasons.add(lacking.code, lacking.message);
  const known = counts.requests === 0 ? { ...counts, requests: undefined } : counts;
  return loadStatus(known, lacking === undefined ? "unknown" : "partial", reasons);
}

function isBookkeeping(name: string): boolean {
  return BOOKKEEPING.has(name.split("{", 1)[0] ?? "");
}

function hasValues({ type, samples = 0, value = 0, figures = {} }: K6Metric): boolean {
  if (type === "trend") return samples > 0 || Object.values(figures).some((figure) => (amountOf(figure) ?? 0) > 0);
  return type === "rate" ? samples > 0 : value !== 0;
}

/** How many values a threshold was judged on. The sum of a counter of the script's own says nothing about that. */
function judgedOn(metrics: ReadonlyMap<string, K6Metric>, name: string): number | undefined {
  const metric = metrics.get(name);
  if (metric === undefined) return 0;
  if (REQUEST_COUNTER.test(name)) return countOf(metric.value);
  return metric.type === "trend" ? samplesOf(metrics, metric) : metric.samples;
}

/**
 * How many values a trend has. Summaries do not say, unless they are told to; but k6 adds one for each request or
 * iteration. A trend of zeros that nothing tells more of is taken to be empty.
 */
function samplesOf(metrics: ReadonlyMap<string, K6Metric>, trend: K6Metric): number | undefined {
  if (trend.samples !== undefined) return trend.samples;
  const { name } = trend;
  const request = REQUEST_TREND.exec(name);
  const tags = request?.[1] ?? "";
  const failed = metrics.get("http_req_failed");
  const known = request
    ? (metrics.get(`http_reqs${tags}`)?.value ??
      metrics.get(`http_req_failed${tags}`)?.samples ??
      (tags === "{expected_response:true}" ? difference(failed?.samples, failed?.value) : undefined))
    : ITERATION_TREND.test(name)
      ? metrics.get(name.replace(ITERATION_TREND, "iterations"))?.value
      : undefined;
  return countOf(known) ?? (hasValues(trend) ? undefined : 0);
}

function latencyIn(metrics: ReadonlyMap<string, K6Metric>, trend: K6Metric | undefined) {
  if (trend === undefined) return undefined;
  const figures = trend.figures ?? {};
  // k6 has a duration of zero for a request that was refused, which is no answer in no time.
  const stated = /^http_req_(?:duration|waiting)\b/.test(trend.name)
    ? Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== 0))
    : figures;
  return statedLatency(samplesOf(metrics, trend), stated);
}

function metricOf(metric: K6Metric, metrics: ReadonlyMap<string, K6Metric>): PerformanceMetric {
  const { name, type, contains, value, samples } = metric;
  if (type === "trend") {
    const isTime = contains === undefined ? TIMES.test(name) : contains === "time";
    return compact({
      name,
      requests: samplesOf(metrics, metric),
      latency: isTime ? latencyIn(metrics, metric) : undefined,
    });
  }
  if (type !== "rate") return compact({ name, value, unit: contains === "data" ? "byte" : undefined });
  if (/^http_req_failed\b/.test(name)) return compact({ name, requests: samples, failures: value });
  if (/^checks\b/.test(name)) return compact({ name, requests: samples, failures: difference(samples, value) });
  return compact({ name, requests: samples, value });
}

function passesOf(checks: K6Metric | undefined): PassCount | undefined {
  const failed = difference(checks?.samples, checks?.value);
  return failed === undefined ? undefined : { passed: checks?.value ?? 0, failed };
}

function difference(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b > a ? undefined : a - b;
}

function perSecond(count: number | undefined, durationMs: number | undefined): number | undefined {
  return count === undefined || !durationMs ? undefined : (count * 1000) / durationMs;
}
