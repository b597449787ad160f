import type { Counter } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { COVERAGE_METRICS, type CoverageMetric, segmentOf } from "../coverage.ts";
import { parseJsonDocument } from "../json.ts";
import { countOf, isObject, type JsonObject } from "../values.ts";

/** The counters of one file, or of all. The percentages beside them are rounded, or `"Unknown"`, and are not read. */
export type Counters = Readonly<Partial<Record<CoverageMetric, Counter>>> & { readonly lines: Counter };

export interface RawSummary {
  readonly total: Counters;
  /** Path as written, and counters. */
  readonly files: readonly (readonly [path: string, counters: Counters])[];
}

/**
 * Reads `coverage-summary.json` as istanbul-reports 3 (`json-summary`) writes it; there is no specification.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readSummary(bytes: Content, limits: Limits): RawSummary {
  const document = parseJsonDocument(bytes, limits);
  if (!isObject(document) || !isObject(document["total"])) {
    throw new FormatError("not-this-format", 'there is no "total" with counters');
  }
  const { total, ...files } = document;
  return {
    total: readCounters(total, "/total"),
    files: Object.entries(files).map(([path, value]) => [path, readCounters(value, `/${segmentOf(path)}`)] as const),
  };
}

function readCounters(value: unknown, pointer: string): Counters {
  if (!isObject(value)) throw new FormatError("malformed", "the counters are not an object", pointer);
  const lines = readCounter(value, "lines", pointer);
  if (lines === undefined) throw new FormatError("malformed", "there are no lines", pointer);
  const counters: Partial<Record<CoverageMetric, Counter>> = {};
  for (const metric of COVERAGE_METRICS) {
    const counter = readCounter(value, metric, pointer);
    if (counter !== undefined) counters[metric] = counter;
  }
  return { ...counters, lines };
}

function readCounter(counters: JsonObject, metric: CoverageMetric, pointer: string): Counter | undefined {
  const value = counters[metric];
  if (value === undefined) return undefined;
  const covered = isObject(value) ? countOf(value["covered"]) : undefined;
  const total = isObject(value) ? countOf(value["total"]) : undefined;
  if (covered === undefined || total === undefined || covered > total) {
    throw new FormatError("malformed", `${metric} has no count of covered out of total`, `${pointer}/${metric}`);
  }
  return { covered, total };
}
