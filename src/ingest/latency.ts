import type { Latency } from "../evidence/types.ts";
import { compact } from "../util/compact.ts";

/** The percentiles of the model, with the share of the samples that are not above each. */
const PERCENTILES = { p50: 0.5, p75: 0.75, p90: 0.9, p95: 0.95, p99: 0.99, p999: 0.999 } as const;

/**
 * The distribution of all durations of some lists, in milliseconds. Percentiles are by the nearest rank: each is one of
 * the durations, never a value between two.
 *
 * @returns undefined where there is not one
 */
export function latencyOf(lists: readonly Durations[]): Latency | undefined {
  const samples = lists.reduce((sum, { length }) => sum + length, 0);
  if (samples === 0) return undefined;
  const sorted = new Float64Array(samples);
  let offset = 0;
  for (const list of lists) {
    list.copyTo(sorted, offset);
    offset += list.length;
  }
  // Before they are added up, so that the sum is the same whatever the order of the lines was.
  sorted.sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * samples) - 1)] ?? 0;
  const percentiles = Object.entries(PERCENTILES).map(([name, share]) => [name, at(share)] as const);
  return {
    samples,
    mean: sorted.reduce((sum, duration) => sum + duration, 0) / samples,
    min: at(0),
    ...Object.fromEntries(percentiles),
    max: at(1),
  };
}

/** The figures of a distribution as a tool states them; what is undefined, or no number from 0 up, was not stated. */
export type StatedFigures = { readonly [K in Exclude<keyof Latency, "samples">]?: unknown };

/**
 * The distribution that a tool states.
 *
 * @returns undefined where nothing was measured or it is not known how much, for zeros then look like figures
 */
export function statedLatency(samples: number | undefined, figures: StatedFigures): Latency | undefined {
  if (samples === undefined || samples === 0) return undefined;
  const { mean, min, p50, p75, p90, p95, p99, p999, max } = figures;
  const stated = compact({
    mean: amountOf(mean),
    min: amountOf(min),
    p50: amountOf(p50),
    p75: amountOf(p75),
    p90: amountOf(p90),
    p95: amountOf(p95),
    p99: amountOf(p99),
    p999: amountOf(p999),
    max: amountOf(max),
  });
  return Object.keys(stated).length === 0 ? undefined : { samples, ...stated };
}

/** The value if it is a finite number from 0 up. */
export function amountOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
}

/** Numbers in the order in which they come, eight bytes each. */
export interface Durations {
  readonly length: number;
  add(duration: number): void;
  /** Writes all of them into `target` from `offset` on. */
  copyTo(target: Float64Array, offset: number): void;
}

/** An empty {@link Durations}. */
export function createDurations(): Durations {
  let space = new Float64Array(16);
  let length = 0;
  return {
    get length() {
      return length;
    },
    add(duration) {
      if (length === space.length) {
        const larger = new Float64Array(length * 2);
        larger.set(space);
        space = larger;
      }
      space[length] = duration;
      length++;
    },
    copyTo(target, offset) {
      target.set(space.subarray(0, length), offset);
    },
  };
}
