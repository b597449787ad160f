import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { parseJsonDocument } from "../json.ts";
import { amountOf, statedLatency } from "../latency.ts";
import { loadStatus, performanceEvidence } from "../performance.ts";
import { countOf, instantOf, isObject, type JsonObject, objectOf } from "../values.ts";

/** The result of `autocannon --json`. */
export const autocannon = {
  id: "autocannon",
  title: "autocannon JSON",
  kind: "performance",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const CLASSES = ["1xx", "2xx", "3xx", "4xx", "5xx"] as const;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{")) return { confidence: "no", reason: "it does not start with a JSON object" };
  if (/"non2xx"\s*:/.test(text) && /"(?:p97_5|mismatches|pipelining)"\s*:/.test(text)) {
    return { confidence: "certain", reason: "it counts answers other than 2xx as autocannon does" };
  }
  return { confidence: "no", reason: "it does not count answers other than 2xx" };
}

/**
 * Reads the result object of autocannon (`lib/run.js`). Its histograms are all zeros where nothing was measured, so a
 * closed port has the best latency there is; they are read only for answers that were counted. `min` is not: it leaves
 * out what took less than a millisecond.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const result = parseJsonDocument(bytes, limits);
  if (!isObject(result) || result["non2xx"] === undefined || !isObject(result["latency"])) {
    throw new FormatError("not-this-format", "there are no answers other than 2xx, or no latency");
  }
  const [errors, non2xx, mismatches] = [
    countAt(result, "errors"),
    countAt(result, "non2xx"),
    countAt(result, "mismatches"),
  ];
  const answers = CLASSES.map((name) => countAt(result, name)).reduce((sum, count) => sum + count, 0);
  const inconsistencies = createDiagnostics();
  const others = answers - countAt(result, "2xx");
  compare("non2xx", non2xx, others, inconsistencies);
  compare("requests/total", countOf(objectOf(result["requests"])["total"]), answers, inconsistencies);
  const latency = result["latency"];
  const reasons = createDiagnostics();
  // Errors have no answer. An answer may be of the wrong status and the wrong body at once.
  const requests = answers + errors;
  const failures = errors + Math.min(answers, Math.max(non2xx, others) + mismatches);
  const seconds = amountOf(result["duration"]);
  return performanceEvidence(
    {
      tool: { name: "autocannon" },
      producedAt: instantOf(result["start"]),
      requests,
      failures,
      timeouts: countAt(result, "timeouts"),
      throughput: amountOf(objectOf(result["requests"])["average"]),
      users: countOf(result["connections"]),
      durationMs: seconds === undefined ? undefined : seconds * 1000,
      latency: statedLatency(countOf(latency["totalCount"]) ?? answers, {
        mean: latency["average"] ?? latency["mean"],
        p50: latency["p50"],
        p75: latency["p75"],
        p90: latency["p90"],
        p99: latency["p99"],
        p999: latency["p99_9"] ?? latency["p999"],
        max: latency["max"],
      }),
      metrics: CLASSES.filter((name) => name in result).map((name) => ({ name, requests: countAt(result, name) })),
      thresholds: [],
      status: loadStatus({ requests, failures }, "unknown", reasons),
      reasons,
      warnings: createDiagnostics(),
      inconsistencies,
    },
    limits,
  );
}

/** A count that old versions do not have is 0; one that is no count is damage. */
function countAt(result: JsonObject, name: string): number {
  const count = countOf(result[name] ?? 0);
  if (count === undefined) throw new FormatError("malformed", "it is no count", `/${name}`);
  return count;
}

function compare(name: string, declared: number | undefined, counted: number, inconsistencies: DiagnosticList): void {
  if (declared === undefined || declared === counted) return;
  inconsistencies.add("answers-differ", `${name} is ${declared}, and its classes add up to ${counted}`, `/${name}`);
}
