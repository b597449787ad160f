import type { PassCount } from "../../evidence/types.ts";
import { FormatError } from "../adapter.ts";
import { segmentOf } from "../coverage.ts";
import { objectAt, textAt } from "../findings.ts";
import { K6_TYPES, type K6Metric, type K6Type } from "../k6.ts";
import { amountOf, type StatedFigures } from "../latency.ts";
import { countOf, isObject, type JsonObject, textOf } from "../values.ts";

/** A threshold of a metric and what k6 says of it. */
export interface K6Limit {
  readonly expression: string;
  readonly met: boolean;
}

export interface LimitedMetric {
  readonly metric: K6Metric;
  readonly limits: readonly K6Limit[];
}

/** The name of a figure in the model by its names in `summaryTrendStats` and in the machine-readable summary. */
const FIGURES: Readonly<Record<string, keyof StatedFigures>> = {
  avg: "mean",
  min: "min",
  med: "p50",
  max: "max",
  "p(50)": "p50",
  "p(75)": "p75",
  "p(90)": "p90",
  "p(95)": "p95",
  "p(99)": "p99",
  "p(99.9)": "p999",
  p75: "p75",
  p90: "p90",
  p95: "p95",
  p99: "p99",
};

/** A metric of `--summary-export`, whose thresholds are `true` where they were crossed, and which has no type. */
export function readExportedMetric(name: string, metric: JsonObject, pointer: string): LimitedMetric {
  const limits = limitsAt(metric["thresholds"], `${pointer}/thresholds`, (crossed) => {
    return typeof crossed === "boolean" ? !crossed : undefined;
  });
  return { metric: metricOf(name, typeOf(metric), undefined, metric), limits };
}

/** A metric as `handleSummary` is given it, whose thresholds say `{ok}`. */
export function readSummaryMetric(name: string, metric: JsonObject, pointer: string): LimitedMetric {
  const limits = limitsAt(metric["thresholds"], `${pointer}/thresholds`, (verdict) => {
    const ok = isObject(verdict) ? verdict["ok"] : undefined;
    return typeof ok === "boolean" ? ok : undefined;
  });
  const values = objectAt(metric["values"], `${pointer}/values`);
  return { metric: metricOf(name, typeAt(metric, pointer), textOf(metric["contains"]), values), limits };
}

/** A metric of the machine-readable summary, which has no thresholds. */
export function readCurrentMetric([metric, pointer]: readonly [JsonObject, string]): K6Metric {
  const name = textAt(metric["name"], `${pointer}/name`);
  const values = objectAt(metric["values"], `${pointer}/values`);
  return metricOf(name, typeAt(metric, pointer), textOf(metric["contains"]), values);
}

/** How often a check held; one without counts is damaged. */
export function passesAt(check: JsonObject, pointer: string): PassCount {
  const passed = countOf(check["passes"]);
  const failed = countOf(check["fails"]);
  if (passed !== undefined && failed !== undefined) return { passed, failed };
  throw new FormatError("malformed", "the check does not count passes and fails", pointer);
}

function metricOf(name: string, type: K6Type, contains: string | undefined, values: JsonObject): K6Metric {
  const base = { name, type, contains };
  switch (type) {
    case "counter":
      return { ...base, value: numberOf(values["count"]), rate: amountOf(values["rate"]) };
    case "gauge":
      return { ...base, value: numberOf(values["value"]), max: numberOf(values["max"]) };
    case "rate":
      return { ...base, ...shareOf(values) };
    case "trend":
      return { ...base, samples: countOf(values["count"]), figures: figuresOf(values) };
  }
}

/** `passes` are the values that were true, whatever that means: of `http_req_failed` the requests that failed. */
function shareOf(values: JsonObject): Pick<K6Metric, "samples" | "value"> {
  const value = countOf(values["passes"]) ?? countOf(values["matches"]);
  const rest = countOf(values["fails"]);
  const samples = value !== undefined && rest !== undefined ? value + rest : countOf(values["total"]);
  return { value, samples };
}

function figuresOf(values: JsonObject): StatedFigures {
  const stated = Object.entries(values).flatMap(([key, figure]) => {
    const name = Object.hasOwn(FIGURES, key) ? FIGURES[key] : undefined;
    return name === undefined ? [] : [[name, figure] as const];
  });
  return Object.fromEntries(stated);
}

function limitsAt(
  value: unknown,
  pointer: string,
  metBy: (verdict: unknown) => boolean | undefined,
): readonly K6Limit[] {
  if (value === undefined || value === null) return [];
  return Object.entries(objectAt(value, pointer)).map(([expression, verdict]) => {
    const met = metBy(verdict);
    if (met !== undefined) return { expression, met };
    throw new FormatError("malformed", "the threshold has no verdict", `${pointer}/${segmentOf(expression)}`);
  });
}

/** The exported summary has no types, but no two types have the same members. */
function typeOf(metric: JsonObject): K6Type {
  if ("passes" in metric && "fails" in metric) return "rate";
  if ("count" in metric && "rate" in metric) return "counter";
  return "value" in metric ? "gauge" : "trend";
}

function typeAt(metric: JsonObject, pointer: string): K6Type {
  const type = K6_TYPES.find((known) => known === metric["type"]);
  if (type !== undefined) return type;
  throw new FormatError("malformed", "the metric is of none of k6's types", `${pointer}/type`);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
