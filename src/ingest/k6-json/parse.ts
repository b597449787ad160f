import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { parseJsonDocument } from "../json.ts";
import { K6_TYPES, type K6Metric, type K6Run, type K6Type } from "../k6.ts";
import { createDurations, latencyOf, type StatedFigures } from "../latency.ts";
import { linesIn } from "../lines.ts";
import { isObject, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";

interface Series {
  readonly type: K6Type;
  readonly contains: string | undefined;
  readonly limits: number;
  samples: number;
  sum: number;
  /** Values other than zero, which are the ones that are true in a rate. */
  set: number;
  min: number;
  max: number;
  last: number;
}

/** A request that ran into its time, and a connection that did (`error_codes.go` of k6's httpext). */
const TIMEOUTS: ReadonlySet<unknown> = new Set(["1050", "1211"]);

/**
 * Reads and adds up the lines of `k6 run --out json`, in one pass. Only the durations of requests are held, for their
 * percentiles; other trends get a mean and their bounds.
 *
 * @throws {FormatError} of every reason but `unsupported-version`
 */
export function readPoints(bytes: Content, limits: Limits): K6Run {
  const series = new Map<string, Series>();
  const durations = createDurations();
  let timeouts = 0;
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { text, number } of linesIn(bytes, limits)) {
    if (text.trim() === "") continue;
    const place = `line ${number}`;
    const { type, name, data } = readLine(text, place, limits);
    if (type === "Metric") {
      if (!series.has(name)) series.set(name, seriesOf(data, place));
      continue;
    }
    const found = series.get(name);
    if (found === undefined) throw new FormatError("malformed", "the metric of the point was not declared", place);
    const { value, at } = pointOf(data, place);
    add(found, value);
    if (at < first) first = at;
    if (at > last) last = at;
    if (name === "http_req_duration") durations.add(value);
    if (name === "http_reqs" && TIMEOUTS.has(objectOf(data["tags"])["error_code"])) timeouts++;
  }
  if (series.size === 0) throw new FormatError("malformed", "there is no metric in it");
  const warnings = createDiagnostics();
  const stated = [...series.values()].reduce((sum, { limits: count }) => sum + count, 0);
  if (stated > 0)
    warnings.add("no-thresholds", `this format of k6 does not say which of ${stated} thresholds were crossed`);
  const latency = latencyOf([durations]);
  return {
    metrics: [...series].map(([name, found]) =>
      metricOf(name, found, name === "http_req_duration" ? latency : undefined),
    ),
    thresholds: [],
    timeouts: series.has("http_reqs") ? timeouts : undefined,
    durationMs: last > first ? last - first : undefined,
    producedAt: Number.isFinite(first) ? new Date(first).toISOString() : undefined,
    ...lackingOf(series.get("http_reqs"), series.get("http_req_duration")),
    warnings,
  };
}

function readLine(text: string, place: string, limits: Limits) {
  const line = parseLine(text, place, limits);
  const type = isObject(line) ? line["type"] : undefined;
  const name = isObject(line) ? textOf(line["metric"]) : undefined;
  const data = isObject(line) ? line["data"] : undefined;
  if ((type !== "Metric" && type !== "Point") || name === undefined || !isObject(data)) {
    throw new FormatError("malformed", "the line is neither a metric nor a point", place);
  }
  return { type, name, data };
}

function parseLine(text: string, place: string, limits: Limits): unknown {
  try {
    return parseJsonDocument(Buffer.from(text), limits);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new FormatError(cause.reason, cause.message, place, cause);
  }
}

function seriesOf(data: JsonObject, place: string): Series {
  const type = K6_TYPES.find((known) => known === data["type"]);
  if (type === undefined) throw new FormatError("malformed", "the metric is of none of k6's types", place);
  return {
    type,
    contains: textOf(data["contains"]),
    limits: stringsOf(data["thresholds"]).length,
    samples: 0,
    sum: 0,
    set: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    last: 0,
  };
}

function pointOf(data: JsonObject, place: string): { readonly value: number; readonly at: number } {
  const value = data["value"];
  const at = typeof data["time"] === "string" ? Date.parse(data["time"]) : Number.NaN;
  if (typeof value !== "number" || Number.isNaN(at)) {
    throw new FormatError("malformed", "the point has no value or no time", place);
  }
  return { value, at };
}

function add(series: Series, value: number): void {
  series.samples++;
  series.sum += value;
  if (value !== 0) series.set++;
  if (value < series.min) series.min = value;
  if (value > series.max) series.max = value;
  series.last = value;
}

function metricOf(name: string, found: Series, latency: StatedFigures | undefined): K6Metric {
  const { type, contains, samples, sum, set, min, max, last } = found;
  const base = { name, type, contains };
  switch (type) {
    case "counter":
      return { ...base, value: sum };
    case "gauge":
      return samples === 0 ? base : { ...base, samples, value: last, max };
    case "rate":
      return { ...base, samples, value: set };
    case "trend":
      return { ...base, samples, figures: latency ?? (samples === 0 ? {} : { mean: sum / samples, min, max }) };
  }
}

/** k6 writes both for every request, one behind the other, so a stream that was cut between them shows. */
function lackingOf(
  requests: Series | undefined,
  durations: Series | undefined,
): Pick<K6Run, "inconsistencies" | "lacking"> {
  const inconsistencies = createDiagnostics();
  const [counted, timed] = [requests?.sum ?? 0, durations?.samples ?? 0];
  if (counted === timed) return { inconsistencies };
  const message = `${counted} requests and ${timed} durations of requests`;
  inconsistencies.add("requests-differ", message);
  return { inconsistencies, lacking: { code: "points-missing", message: `it is not whole: ${message}` } };
}
