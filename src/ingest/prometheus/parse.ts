import type { Alert, Series } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { splitJson } from "../json.ts";
import { isObject, stringsOf, textOf } from "../values.ts";
import { alertOf, type Keeper, seriesOf } from "./series.ts";

export interface RawAnswer {
  /** `vector`, `matrix`, `scalar`, `string`, `alerts`, or `none` of an error. */
  readonly resultType: string;
  readonly series: readonly Series[];
  readonly alerts: readonly Alert[];
  /** The latest sample: the query ran no earlier. */
  readonly producedAt: string | undefined;
  readonly error: string | undefined;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
  readonly isPartial: boolean;
  /** Samples that are histograms. */
  readonly histograms: number;
  readonly redactions: number;
}

/**
 * Reads an answer of `/api/v1/query`, `/api/v1/query_range` or `/api/v1/alerts`
 * (https://prometheus.io/docs/prometheus/latest/querying/api/). Values are texts, for JSON has no NaN.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readAnswer(bytes: Content, limits: Limits): RawAnswer {
  const answer = splitJson(bytes, limits, ["data", "result"]);
  const { document } = answer;
  const status = isObject(document) ? document["status"] : undefined;
  if (!isObject(document) || (status !== "success" && status !== "error")) {
    throw new FormatError("not-this-format", "there is no status of the API of Prometheus");
  }
  const common = {
    warnings: stringsOf(document["warnings"]),
    infos: stringsOf(document["infos"]),
    isPartial: document["isPartial"] === true,
  };
  const keeper: Keeper = { limits, latest: undefined, histograms: 0, redactions: 0 };
  if (status === "error") {
    const error = [textOf(document["errorType"]), textOf(document["error"])].filter(Boolean).join(": ");
    return { ...common, ...factsOf(keeper), resultType: "none", series: [], alerts: [], error: error || "an error" };
  }
  const data = objectAt(document["data"], "/data");
  if (data["alerts"] !== undefined) {
    const alerts = objectsAt(data["alerts"], "/data/alerts").map((alert, index) => {
      return alertOf(alert, `/data/alerts/${index}`, keeper);
    });
    return { ...common, ...factsOf(keeper), resultType: "alerts", series: [], alerts, error: undefined };
  }
  const resultType = textAt(data["resultType"], "/data/resultType");
  const { result } = data;
  if (result !== null && !Array.isArray(result))
    throw new FormatError("malformed", "it is not an array", "/data/result");
  const series = seriesOf(resultType, answer.elements("/data/result"), keeper);
  return { ...common, ...factsOf(keeper), resultType, series, alerts: [], error: undefined };
}

function factsOf({ latest, histograms, redactions }: Keeper) {
  return { producedAt: latest, histograms, redactions };
}
