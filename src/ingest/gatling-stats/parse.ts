import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { segmentOf } from "../coverage.ts";
import { objectAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { amountOf, type StatedFigures } from "../latency.ts";
import { countOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";

/** The figures of one request of the simulation, or of all. */
export interface RawStats {
  /** With the names of the groups around it. */
  readonly name: string;
  readonly place: string;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly perSecond: number | undefined;
  readonly figures: StatedFigures;
}

export interface RawReport {
  readonly all: RawStats;
  /** Missing in a file of the total alone. */
  readonly requests: readonly RawStats[] | undefined;
}

/** Groups of three digits, which some locales put into numbers. */
const GROUPED = /^\d{1,3}(?:[,\s'’]\d{3})+$/;
const PLAIN = /^\d+(?:\.\d+)?$/;

/**
 * Reads `global_stats.json`, which has the total, or `stats.json`, in which requests are in groups (`GlobalStatsJsonTemplate`
 * and `StatsJsTemplate` of Gatling). Figures are numbers, or texts with `-` for none. Percentiles have numbers for names:
 * they are the 50th, 75th, 95th and 99th, unless `gatling.charting.indicators` says otherwise, which the file does not.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readStats(bytes: Content, limits: Limits): RawReport {
  const document = parseJsonDocument(bytes, limits);
  if (isObject(document) && isObject(document["numberOfRequests"])) {
    return { all: statsAt(document, textOf(document["name"]), ""), requests: undefined };
  }
  if (!isObject(document) || !isObject(document["stats"])) {
    throw new FormatError("not-this-format", "there is neither a number of requests nor a node with statistics");
  }
  return { all: statsAt(document["stats"], textOf(document["name"]), "/stats"), requests: requestsIn(document, "") };
}

/** The requests of a node. A group has figures of its own, which are those of its requests again. */
function requestsIn(node: JsonObject, pointer: string): readonly RawStats[] {
  if (node["type"] === "REQUEST") {
    const stats = objectAt(node["stats"], `${pointer}/stats`);
    return [statsAt(stats, textOf(node["path"]) ?? textOf(node["name"]), `${pointer}/stats`)];
  }
  if (node["type"] !== "GROUP")
    throw new FormatError("malformed", "it is neither a group nor a request", `${pointer}/type`);
  return Object.entries(objectOf(node["contents"])).flatMap(([key, child]) => {
    const place = `${pointer}/contents/${segmentOf(key)}`;
    return requestsIn(objectAt(child, place), place);
  });
}

function statsAt(stats: JsonObject, name: string | undefined, place: string): RawStats {
  const totalOf = (member: string) => figureAt(objectOf(stats[member])["total"], `${place}/${member}/total`);
  const counts = objectAt(stats["numberOfRequests"], `${place}/numberOfRequests`);
  const countAt = (member: string) => {
    const pointer = `${place}/numberOfRequests/${member}`;
    // `-` is none here too, but a count that is not there is not known.
    const count = counts[member] === undefined ? undefined : countOf(figureAt(counts[member], pointer) ?? 0);
    if (count === undefined) throw new FormatError("malformed", "it is no count", pointer);
    return count;
  };
  const [total, succeeded, failed] = [countAt("total"), countAt("ok"), countAt("ko")];
  return {
    name: name ?? "(no name)",
    place: `${place}/numberOfRequests`,
    total,
    succeeded,
    failed,
    perSecond: totalOf("meanNumberOfRequestsPerSecond"),
    figures: {
      mean: totalOf("meanResponseTime"),
      min: totalOf("minResponseTime"),
      p50: totalOf("percentiles1"),
      p75: totalOf("percentiles2"),
      p95: totalOf("percentiles3"),
      p99: totalOf("percentiles4"),
      max: totalOf("maxResponseTime"),
    },
  };
}

/** A figure, which may be missing; what looks like none is damage, for 0 would be a good one. */
function figureAt(value: unknown, pointer: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === "string" ? value.trim() : undefined;
  if (text === "-" || text === "") return undefined;
  const number = text === undefined ? amountOf(value) : numberIn(text);
  if (number === undefined) throw new FormatError("malformed", "it is no number", pointer);
  return number;
}

function numberIn(text: string): number | undefined {
  if (PLAIN.test(text)) return Number(text);
  return GROUPED.test(text) ? Number(text.replaceAll(/\D/g, "")) : undefined;
}
