import { readFileSync } from "node:fs";

/** A report of the corpus about performance, counted as simply as can be. */
type Count = (path: string) => object;

interface K6Values {
  readonly count?: number;
  readonly passes?: number;
  readonly matches?: number;
  readonly max?: number;
  readonly "p(95)"?: number;
  readonly p95?: number;
}

function textOf(path: string): string {
  return readFileSync(path, "utf8");
}

/** All three summaries of k6: the values stand in the metric, in its `values`, or in an array of metrics. */
function countK6Summary(path: string) {
  const text = textOf(path);
  const { metrics, results } = JSON.parse(text);
  const all: Record<string, K6Values & { values?: K6Values }> =
    metrics ?? Object.fromEntries(results.metrics.map((one: { name: string }) => [one.name, one]));
  const valuesOf = (name: string): K6Values => all[name]?.values ?? all[name] ?? {};
  const missed = text.match(/"ok":\s*false|"[^"]*[<>]=?[^"]*":\s*true/g)?.length ?? 0;
  const failed = valuesOf("http_req_failed");
  const duration = valuesOf("http_req_duration");
  const requests = valuesOf("http_reqs").count ?? 0;
  const p95 = duration["p(95)"] ?? duration.p95;
  return {
    requests,
    failures: failed.passes ?? failed.matches,
    thresholdsMissed: missed,
    ...(requests === 0 ? {} : { latency: { samples: requests, max: duration.max, p95 } }),
  };
}

function countK6Stream(path: string) {
  const points = textOf(path)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ type }) => type === "Point");
  const valuesOf = (name: string): readonly number[] =>
    points.filter(({ metric }) => metric === name).map(({ data }) => data.value);
  const durations = valuesOf("http_req_duration").toSorted((a, b) => a - b);
  const checks = valuesOf("checks");
  return {
    requests: valuesOf("http_reqs").length,
    failures: valuesOf("http_req_failed").filter((value) => value === 1).length,
    checks: {
      passed: checks.filter((value) => value === 1).length,
      failed: checks.filter((value) => value === 0).length,
    },
    latency: { samples: durations.length, min: durations[0], max: durations.at(-1) },
  };
}

/** Nothing in the log of the corpus holds a comma but the texts of transactions, which are left out. */
function countJmeterCsv(path: string) {
  const [, ...rows] = textOf(path).trimEnd().split("\n");
  const requests = rows.filter((row) => !row.includes("Number of samples in transaction")).map((row) => row.split(","));
  const times = requests.map(([, elapsed]) => Number(elapsed)).toSorted((a, b) => a - b);
  return {
    requests: requests.length,
    failures: requests.filter((row) => row[7] === "false").length,
    users: Math.max(...requests.map((row) => Number(row[12]))),
    latency: { samples: requests.length, min: times[0], max: times.at(-1) },
  };
}

/** The logs of the corpus have no sample inside another one. */
function countJmeterXml(path: string) {
  const samples = textOf(path).match(/<httpSample [^>]*>/g) ?? [];
  const times = samples.map((sample) => Number(/ t="(\d+)"/.exec(sample)?.[1]));
  return {
    requests: samples.length,
    failures: samples.filter((sample) => sample.includes(' s="false"')).length,
    latency: { samples: samples.length, max: Math.max(...times) },
  };
}

function countAutocannon(path: string) {
  const result = JSON.parse(textOf(path));
  const answers = result["1xx"] + result["2xx"] + result["3xx"] + result["4xx"] + result["5xx"];
  return {
    requests: answers + result.errors,
    failures: result.errors + result.non2xx,
    ...(answers === 0 ? {} : { latency: { samples: answers, p99: result.latency.p99 } }),
  };
}

function countWrk(path: string) {
  const text = textOf(path);
  const answers = Number(/(\d+) requests in/.exec(text)?.[1]);
  return {
    requests: answers,
    failures: 0,
    latency: { samples: answers, p99: Number(/99%\s+([\d.]+)ms/.exec(text)?.[1]) },
  };
}

/** Each result of the corpus is one run. */
function countLighthouse(path: string) {
  const { categories } = JSON.parse(textOf(path));
  return {
    pages: 1,
    runs: 1,
    failedRuns: 0,
    performance: categories.performance.score,
    accessibility: categories.accessibility.score,
    bestPractices: categories["best-practices"].score,
    seo: categories.seo.score,
  };
}

/** Values are the only texts behind a number and a comma. */
function countPrometheus(path: string) {
  const text = textOf(path);
  const values = [...text.matchAll(/[\d.]+,\s*"([^"]*)"/g)].map(([, value = ""]) => value);
  const countOf = (pattern: RegExp) => text.match(pattern)?.length ?? 0;
  return {
    series: countOf(/"metric"/g),
    samples: values.length,
    notFinite: values.filter((value) => !/\d/.test(value)).length,
    alerts: countOf(/"activeAt"/g),
    firing: countOf(/"firing"/g),
  };
}

/** By the id of the adapter. */
export const PERFORMANCE_COUNTS: ReadonlyMap<string, Count> = new Map<string, Count>([
  ["k6-summary", countK6Summary],
  ["k6-json", countK6Stream],
  ["jmeter-csv", countJmeterCsv],
  ["jmeter-xml", countJmeterXml],
  ["autocannon", countAutocannon],
  ["wrk", countWrk],
  ["lighthouse", countLighthouse],
  ["prometheus", countPrometheus],
]);
