import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import type { StatedFigures } from "../latency.ts";
import { linesIn } from "../lines.ts";

/** What a report says; counts that it has no line for are 0, as wrk leaves out the lines of nothing. */
export interface RawRun {
  readonly planned: { readonly text: string; readonly atLeastMs: number } | undefined;
  readonly connections: number | undefined;
  readonly durationMs: number | undefined;
  readonly answers: number;
  readonly connectErrors: number;
  readonly readErrors: number;
  readonly writeErrors: number;
  readonly timeouts: number;
  /** Answers of status 400 and above. */
  readonly errorStatuses: number;
  readonly throughput: number | undefined;
  /** Milliseconds. */
  readonly mean: number | undefined;
  readonly max: number | undefined;
  readonly percentiles: StatedFigures;
  /** How many latencies wrk2 has recorded. */
  readonly recorded: number | undefined;
}

/** The lines of a report, by what they are (`wrk.c` of wrk 4 and of wrk2). */
const LINES = {
  running: /^Running (\S+) test @ /,
  connections: /^\s*\d+ threads and (\d+) connections/,
  latency: /^\s*Latency\s+(\S+)\s+\S+\s+(\S+)\s/,
  total: /^\s*(\d+) requests in (\S+), \S+ read$/,
  socket: /^\s*Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)$/,
  statuses: /^\s*Non-2xx or 3xx responses: (\d+)$/,
  recorded: /Total count\s*=\s*(\d+)\]/,
  throughput: /^\s*Requests\/sec:\s+(\S+)$/,
  end: /^\s*Transfer\/sec:\s+[\d.]+[KMGTP]?B$/,
} as const;
type Kind = keyof typeof LINES;
const KINDS = Object.keys(LINES).filter((kind): kind is Kind => Object.hasOwn(LINES, kind));

const PERCENTILE = /^\s*(\d{1,3}(?:\.\d+)?)%\s+(\S+)$/;
/** A row of wrk2's spectrum, in milliseconds; its summary has no 95 %. */
const SPECTRUM_P95 = /^\s*(\d+(?:\.\d+)?)\s+0\.950000\s+\d+\s+\d+\.\d+$/;
const NAMES = new Map<number, keyof StatedFigures>([
  [50, "p50"],
  [75, "p75"],
  [90, "p90"],
  [95, "p95"],
  [99, "p99"],
  [99.9, "p999"],
]);

const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * Reads the text that wrk or wrk2 prints. The last of its lines is the transfer rate; a report without it was cut.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readRun(bytes: Content, limits: Limits): RawRun {
  const found: Partial<Record<Kind, RegExpExecArray>> = {};
  const percentiles: Partial<Record<keyof StatedFigures, number>> = {};
  let corrected = true;
  for (const { text, number } of linesIn(bytes, limits)) {
    // With -U wrk2 adds the times without the waiting before them, which look better.
    if (text.includes("Latency Distribution")) corrected = !text.includes("Uncorrected");
    for (const kind of KINDS) {
      const match = LINES[kind].exec(text);
      if (match === null) continue;
      if (kind === "running" && found.running !== undefined) {
        throw new FormatError("malformed", "a second run begins; every run needs a file of its own", `line ${number}`);
      }
      found[kind] ??= match;
    }
    const [name, value] = percentileIn(text);
    if (corrected && name !== undefined && value !== undefined) percentiles[name] ??= value;
  }
  if (found.running === undefined) throw new FormatError("not-this-format", "no line says that a test runs");
  if (found.total === undefined || found.end === undefined) {
    throw new FormatError("malformed", "the report ends before its totals do");
  }
  return {
    planned: plannedIn(found.running[1] ?? ""),
    connections: found.connections === undefined ? undefined : Number(found.connections[1]),
    durationMs: millisecondsOf(found.total[2]),
    answers: Number(found.total[1]),
    connectErrors: Number(found.socket?.[1] ?? 0),
    readErrors: Number(found.socket?.[2] ?? 0),
    writeErrors: Number(found.socket?.[3] ?? 0),
    timeouts: Number(found.socket?.[4] ?? 0),
    errorStatuses: Number(found.statuses?.[1] ?? 0),
    throughput: found.throughput === undefined ? undefined : Number(found.throughput[1]),
    mean: millisecondsOf(found.latency?.[1]),
    max: millisecondsOf(found.latency?.[2]),
    percentiles,
    recorded: found.recorded === undefined ? undefined : Number(found.recorded[1]),
  };
}

function percentileIn(text: string): readonly [name?: keyof StatedFigures | undefined, value?: number | undefined] {
  const spectrum = SPECTRUM_P95.exec(text);
  if (spectrum !== null) return ["p95", Number(spectrum[1])];
  const match = PERCENTILE.exec(text);
  return match === null ? [] : [NAMES.get(Number(match[1])), millisecondsOf(match[2])];
}

/** How long a run is meant to take. Minutes and hours are rounded to a whole number, so a half less may be meant. */
function plannedIn(text: string): RawRun["planned"] {
  const [, digits, unit = ""] = /^(\d+)(s|m|h)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const slack = unit === "s" ? 0.01 : 0.5;
  return { text, atLeastMs: (Number(digits) - slack) * (UNITS[unit] ?? 1) };
}

function millisecondsOf(text: string | undefined): number | undefined {
  const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)(us|ms|s|m|h)$/.exec(text ?? "") ?? [];
  // As many digits as wrk prints; a thousandth is no exact number in base two.
  return digits === undefined ? undefined : Math.round(Number(digits) * (UNITS[unit] ?? 1) * 1e5) / 1e5;
}
