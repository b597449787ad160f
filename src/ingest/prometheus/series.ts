import { isIP } from "node:net";
import { sha256 } from "../../evidence/canonical.ts";
import type { Alert, AlertState, Label, Sample, Series } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import { objectAt, textAt } from "../findings.ts";
import { instantOfMilliseconds } from "../test-cases.ts";
import { instantOf, type JsonObject, kept, objectOf, textOf } from "../values.ts";

/** Collects what is to be said of series and alerts beside themselves. */
export interface Keeper {
  readonly limits: Limits;
  /** The latest sample. */
  latest: string | undefined;
  /** Samples that are histograms. */
  histograms: number;
  redactions: number;
}

const STATES = new Map<unknown, AlertState>([
  ["firing", "firing"],
  ["pending", "pending"],
  ["inactive", "inactive"],
]);
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const NOT_FINITE = /^(?:NaN|[+-]?Inf)$/;

/** The series of a result; a scalar or a string is one without labels. */
export function seriesOf(resultType: string, result: Iterable<unknown>, keeper: Keeper): readonly Series[] {
  if (resultType === "scalar" || resultType === "string") {
    const point = [...result];
    // Some servers write null for a scalar of nothing.
    if (point.length === 0) return [];
    return [{ labels: [], samples: [sampleAt(point, "/data/result", keeper, resultType === "string")] }];
  }
  if (resultType !== "vector" && resultType !== "matrix") {
    throw new FormatError("malformed", "it is none of the types of Prometheus", "/data/resultType");
  }
  return Array.from(result, (item, index) => {
    const pointer = `/data/result/${index}`;
    const one = objectAt(item, pointer);
    return resultType === "vector" ? instantSeries(one, pointer, keeper) : rangeSeries(one, pointer, keeper);
  });
}

function instantSeries(one: JsonObject, pointer: string, keeper: Keeper): Series {
  if (one["value"] === undefined && one["histogram"] !== undefined) {
    keeper.histograms++;
    return { ...nameOf(one, keeper), samples: [] };
  }
  return { ...nameOf(one, keeper), samples: [sampleAt(one["value"], `${pointer}/value`, keeper)] };
}

function rangeSeries(one: JsonObject, pointer: string, keeper: Keeper): Series {
  const { values = [], histograms } = one;
  if (Array.isArray(histograms)) keeper.histograms += histograms.length;
  if (!Array.isArray(values)) throw new FormatError("malformed", "it is not an array", `${pointer}/values`);
  const samples = values.map((point: unknown, index) => sampleAt(point, `${pointer}/values/${index}`, keeper));
  return { ...nameOf(one, keeper), samples };
}

function nameOf(one: JsonObject, keeper: Keeper): Pick<Series, "name" | "labels"> {
  const labels = objectOf(one["metric"]);
  const name = textOf(labels["__name__"]);
  return { ...(name === undefined ? {} : { name: kept(name, keeper.limits) }), labels: labelsOf(labels, keeper) };
}

/** Labels in the order of their names. Addresses of machines are hashed: they still tell series apart. */
function labelsOf(labels: JsonObject, keeper: Keeper): readonly Label[] {
  return Object.entries(labels)
    .filter(([name]) => name !== "__name__" && name !== "alertname")
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const text = String(value);
      if (!isAddress(text)) return { name: kept(name, keeper.limits), value: kept(text, keeper.limits) };
      keeper.redactions++;
      return { name: kept(name, keeper.limits), value: sha256(text) };
    });
}

/** Whether it is an IP address, with or without a port. */
function isAddress(text: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^:]+))(?::\d{1,5})?$/.exec(text) ?? [];
  return isIP(bracketed ?? plain ?? text) !== 0;
}

function sampleAt(point: unknown, pointer: string, keeper: Keeper, isText = false): Sample {
  const [seconds, raw] = Array.isArray(point) ? point : [];
  const at = typeof seconds === "number" ? instantOfMilliseconds(Math.round(seconds * 1000)) : undefined;
  if (at === undefined || typeof raw !== "string") {
    throw new FormatError("malformed", "it is no pair of a time and a value", pointer);
  }
  if (keeper.latest === undefined || at > keeper.latest) keeper.latest = at;
  const number = NUMBER.test(raw) ? Number(raw) : Number.NaN;
  if (!isText && Number.isNaN(number) && !NOT_FINITE.test(raw)) {
    throw new FormatError("malformed", "the value is no number", pointer);
  }
  const value = !isText && Number.isFinite(number) ? number : undefined;
  return { at, ...compact({ value }), raw: kept(raw, keeper.limits) };
}

/** An alert. Its annotations are texts for people, with values from anywhere in them, and are left out. */
export function alertOf(alert: JsonObject, pointer: string, keeper: Keeper): Alert {
  const labels = objectOf(alert["labels"]);
  const state = STATES.get(alert["state"]);
  if (state === undefined) throw new FormatError("malformed", "the alert is in no known state", `${pointer}/state`);
  const severity = textOf(labels["severity"]);
  return {
    name: kept(textAt(labels["alertname"], `${pointer}/labels/alertname`), keeper.limits),
    state,
    ...(severity === undefined ? {} : { severity: kept(severity, keeper.limits) }),
    ...compact({ since: instantOf(alert["activeAt"]) }),
    labels: labelsOf(labels, keeper),
  };
}
