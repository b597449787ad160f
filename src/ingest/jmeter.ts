import type { Diagnostic, ParsedEvidence } from "../evidence/types.ts";
import { compact } from "../util/compact.ts";
import type { Limits } from "../util/limits.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { createDurations, type Durations, latencyOf } from "./latency.ts";
import { loadStatus, performanceEvidence } from "./performance.ts";
import { instantOfMilliseconds } from "./test-cases.ts";

/** One sample of a test log of JMeter; what a log was not told to save is undefined or empty. */
export interface JmeterSample {
  readonly label: string;
  /** Milliseconds. */
  readonly elapsed: number;
  /** Milliseconds after 1970. */
  readonly at: number | undefined;
  readonly success: boolean | undefined;
  readonly code: string;
  readonly message: string;
  readonly thread: string;
  /** Active users of all groups. */
  readonly users: number | undefined;
}

interface Label {
  readonly durations: Durations;
  /** Undefined where a sample does not say whether it succeeded. */
  failures: number | undefined;
}

/** When the requests of a thread began, ascending: a thread makes one after the other. */
interface Starts {
  readonly all: number[];
  readonly failed: number[];
}

/** Adds samples up. */
export interface JmeterLog {
  add(sample: JmeterSample): void;
  /** @param facts what the file says beside its samples */
  evidence(facts: JmeterFacts, limits: Limits): ParsedEvidence;
}

export interface JmeterFacts {
  readonly formatVersion?: string | undefined;
  readonly warnings?: readonly Diagnostic[];
  /** Set where the file may have been cut. */
  readonly lacking?: { readonly code: string; readonly message: string; readonly place: string } | undefined;
}

/** What a transaction controller says of itself (`TransactionController` of JMeter). */
const TRANSACTION = /^Number of samples in transaction : \d+/;
const TIMEOUT = /Timeout(?:Exception)?\b|timed out/i;

/** An empty {@link JmeterLog}. */
export function createJmeterLog(): JmeterLog {
  const requests = new Map<string, Label>();
  const transactions = new Map<string, Label>();
  const threads = new Map<string, Starts>();
  let timeouts = 0;
  let users: number | undefined;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add(sample) {
      const { at, elapsed, code, message } = sample;
      const starts = threads.get(sample.thread) ?? { all: [], failed: [] };
      threads.set(sample.thread, starts);
      const isSum = TRANSACTION.test(message) && isSumOf(sample, starts);
      addTo(isSum ? transactions : requests, sample);
      if (sample.users !== undefined && sample.users > (users ?? -1)) users = sample.users;
      if (at !== undefined) [first, last] = [Math.min(first, at), Math.max(last, at + elapsed)];
      if (isSum) return;
      starts.all.push(at ?? 0);
      if (sample.success === false) starts.failed.push(at ?? 0);
      if (code.startsWith("Non HTTP") && TIMEOUT.test(`${code} ${message}`)) timeouts++;
    },
    evidence({ formatVersion, warnings = [], lacking }, limits) {
      const labels = [...requests.values()];
      const count = labels.reduce((sum, { durations }) => sum + durations.length, 0);
      const failures = labels.some((label) => label.failures === undefined)
        ? undefined
        : labels.reduce((sum, label) => sum + (label.failures ?? 0), 0);
      const span = last > first ? last - first : undefined;
      const reasons = createDiagnostics();
      if (lacking !== undefined) reasons.add(lacking.code, lacking.message, lacking.place);
      const counts = { requests: count, failures };
      return performanceEvidence(
        {
          ...counts,
          tool: { name: "JMeter" },
          formatVersion,
          producedAt: instantOfMilliseconds(first),
          timeouts,
          throughput: span === undefined ? undefined : (count * 1000) / span,
          users,
          durationMs: span,
          latency: latencyOf(labels.map(({ durations }) => durations)),
          metrics: [...requests, ...transactions].map(([name, { durations, failures: bad }]) => {
            return compact({
              name,
              requests: durations.length,
              failures: bad,
              latency: latencyOf([durations]),
            });
          }),
          thresholds: [],
          status: loadStatus(counts, lacking === undefined ? "unknown" : "partial", reasons),
          reasons,
          warnings: listOf(warnings),
          inconsistencies: createDiagnostics(),
        },
        limits,
      );
    },
  };
}

/**
 * Whether the requests of a transaction are in the log for themselves, and would count twice. They come before it, in
 * the same thread, and begin after it. A log with parents in place of requests has none of them; and where the one that
 * failed was not saved, the transaction has to stand for it.
 */
function isSumOf({ at = 0, success }: JmeterSample, { all, failed }: Starts): boolean {
  return indexFrom(all, at) < all.length && (success !== false || indexFrom(failed, at) < failed.length);
}

function addTo(labels: Map<string, Label>, { label, elapsed, success }: JmeterSample): void {
  const found = labels.get(label) ?? { durations: createDurations(), failures: 0 };
  labels.set(label, found);
  found.durations.add(elapsed);
  if (success === undefined) found.failures = undefined;
  else if (!success && found.failures !== undefined) found.failures++;
}

/** The index of the first of some ascending numbers that is not below one, which is their length where all are. */
function indexFrom(ascending: readonly number[], from: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function listOf(diagnostics: readonly Diagnostic[]): DiagnosticList {
  const list = createDiagnostics();
  for (const { code, message, place } of diagnostics) list.add(code, message, place);
  return list;
}
