import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GateError } from "../../src/util/errors.ts";
import { fixture, read, readAs, refusalOf } from "./support.ts";

const EXPORTED = readFileSync(new URL("../fixtures/ingest/same-run/k6-export.json", import.meta.url));
const STREAM = fixture("k6.ndjson").toString("utf8");

type Values = Readonly<Record<string, unknown>>;

/** A summary as `handleSummary` is given it. */
function summary(metrics: Readonly<Record<string, Values>>, more: Values = {}): string {
  return JSON.stringify({ metrics, root_group: { groups: [], checks: [] }, ...more });
}

function counter(count: number): Values {
  return { type: "counter", contains: "default", values: { count, rate: count } };
}

function rate(passes: number, fails: number): Values {
  return { type: "rate", contains: "default", values: { rate: 0, passes, fails } };
}

function trend(values: Values, contains = "time"): Values {
  return { type: "trend", contains, values };
}

const ITERATED = { iterations: counter(3), iteration_duration: trend({ avg: 1, max: 2 }) };
const ANSWERED = {
  ...ITERATED,
  http_reqs: counter(4),
  http_req_failed: rate(1, 3),
  http_req_duration: trend({ max: 9 }),
};

function performance(content: string | Uint8Array, name = "k6.json") {
  return readAs("performance", content, name);
}

describe("one run", () => {
  const given = performance(fixture("k6-summary.json"));
  const other = performance(EXPORTED);
  const stream = performance(STREAM);

  it("has the same facts in the data of handleSummary and in the exported summary", () => {
    const { durationMs, ...facts } = given.summary;
    expect(durationMs).toBe(7);
    expect(other.summary).toEqual(facts);
    expect(other.body.thresholds).toEqual(expect.arrayContaining([...given.body.thresholds]));
    expect(other.body.metrics.map(({ name }) => name).toSorted()).toEqual(
      given.body.metrics.map(({ name }) => name).toSorted(),
    );
  });

  it("has the same facts in the stream of its values, but for percentiles, which k6 interpolates", () => {
    const { requests, failures, checks, latency } = given.summary;
    expect(stream.summary).toMatchObject({ requests, failures, checks, timeouts: 0 });
    const { samples, mean = 0, min, max } = stream.summary.latency ?? { samples: 0 };
    expect({ samples, min, max }).toEqual({ samples: latency?.samples, min: latency?.min, max: latency?.max });
    expect(mean).toBeCloseTo(latency?.mean ?? 0, 9);
  });

  it("has requests, failures and thresholds, and none of what setup() returned", () => {
    expect(given).toMatchObject({
      status: "unknown",
      quality: { warnings: [], inconsistencies: [], redactions: 1 },
      summary: {
        requests: 4,
        failures: 1,
        checks: { passed: 3, failed: 1 },
        thresholds: 5,
        thresholdsMissed: 2,
        thresholdsWithoutSamples: 1,
      },
    });
    expect(given.body.thresholds).toEqual(
      expect.arrayContaining([
        { metric: "http_req_failed", expression: "rate<0.01", met: false, samples: 4 },
        { metric: "grpc_req_duration", expression: "avg<1", met: true, samples: 0 },
      ]),
    );
    expect(JSON.stringify([given, other, stream])).not.toContain("not-a-real-token");
  });
});

describe("the machine-readable summary", () => {
  const text = fixture("k6-current.json").toString("utf8");

  it("is read without the script in it, and says that it has no thresholds", () => {
    const document = performance(text);
    expect(document).toMatchObject({
      status: "unknown",
      source: { formatVersion: "1.0.0", tools: [{ name: "k6", version: "1.8.1" }] },
      quality: { warnings: [{ code: "no-thresholds" }], redactions: 1 },
      summary: { requests: 4, checks: { passed: 3, failed: 1 }, thresholds: 0 },
    });
    expect(JSON.stringify(document)).not.toContain("k6/http");
  });

  it.each([
    ["another version", /"version": "1.0.0"/, '"version": "2.0.0"', "unsupported-version at /version"],
    ["metrics that are none", /"metrics": \[/, '"metrics": [1,', "malformed at /results/checks/metrics/0"],
    ["a metric of an unknown type", /"type": "trend"/, '"type": "set"', "malformed at /results/metrics/"],
  ])("is refused with %s", (_, from, to, refusal) => {
    expect(refusalOf(text.replace(from, to), "k6.json")).toContain(refusal);
  });
});

describe("a run that measured nothing", () => {
  it.each([
    ["no metric at all", {}],
    ["iterations that ended before they asked for anything", ITERATED],
    ["requests that were never made", { ...ITERATED, http_reqs: counter(0), http_req_failed: rate(0, 0) }],
    ["checks that were never made", { ...ITERATED, checks: rate(0, 0), http_req_duration: trend({ avg: 0, max: 0 }) }],
    ["a metric of setup() only", { orders: counter(3) }],
  ])("with %s is empty", (_, metrics) => {
    const { status, statusReasons } = performance(summary(metrics));
    expect([status, statusReasons[0]?.code]).toEqual(["empty", "nothing-measured"]);
  });

  it.each([
    ["calls of gRPC", { grpc_req_duration: trend({ avg: 3, max: 4 }) }],
    ["checks", { checks: rate(3, 0) }],
    ["a counter of its own", { orders: counter(3) }],
  ])("is not one with %s in place of requests", (_, metrics) => {
    const document = performance(summary({ ...ITERATED, ...metrics }));
    expect([document.status, document.summary.requests]).toEqual(["unknown", undefined]);
  });
});

describe("a run in which every request failed", () => {
  const metrics = { ...ITERATED, http_reqs: counter(4), http_req_failed: rate(4, 0) };
  const refused = { ...metrics, http_req_duration: trend({ avg: 0, min: 0, max: 0, "p(95)": 0 }) };

  it("is failed, and a duration of zero is none", () => {
    const { status, statusReasons, summary: facts } = performance(summary(refused));
    expect([status, statusReasons[0]?.code]).toEqual(["failed", "all-requests-failed"]);
    expect([facts.requests, facts.failures, facts.latency]).toEqual([4, 4, undefined]);
  });

  it("is usable where checks of answers held: they were meant to be errors", () => {
    const answered = { ...metrics, http_req_duration: trend({ max: 3 }), checks: rate(4, 0) };
    expect(performance(summary(answered)).status).toBe("unknown");
    expect(performance(summary({ ...refused, checks: rate(4, 0) })).status).toBe("failed");
  });
});

function thresholdsOf(name: string, metric: Values, verdict: unknown = { ok: true }) {
  const metrics = { ...ANSWERED, [name]: { ...metric, thresholds: { limit: verdict } } };
  return performance(summary(metrics));
}

function exported(crossed: unknown): string {
  const requests = { count: 4, rate: 1, thresholds: { "rate>9": crossed } };
  return JSON.stringify({ root_group: {}, metrics: { http_reqs: requests } });
}

describe("thresholds", () => {
  it.each([
    ["of requests", "http_req_duration", trend({ max: 9 }), 4],
    ["of requests as expected", "http_req_duration{expected_response:true}", trend({ max: 9 }), 3],
    ["of requests with a tag", "http_req_duration{page:a}", trend({ max: 9 }), undefined],
    ["of requests with a tag that none had", "http_req_duration{page:a}", trend({ avg: 0, max: 0 }), 0],
    ["of a trend that counts", "checkout", trend({ max: 9, count: 7 }), 7],
    ["of iterations", "iteration_duration", trend({ max: 9 }), 3],
    ["of a rate", "checks{page:a}", rate(2, 3), 5],
    ["of a rate over nothing", "checks{page:a}", rate(0, 0), 0],
    ["of a counter of requests", "http_reqs{page:a}", counter(0), 0],
    ["of a counter of its own", "orders", counter(0), undefined],
  ])("%s say on how much they were judged", (_, name, metric, samples) => {
    const { summary: facts, body } = thresholdsOf(name, metric);
    const limit = { metric: name, expression: "limit", met: true };
    expect(body.thresholds).toEqual([samples === undefined ? limit : { ...limit, samples }]);
    expect(facts.thresholdsWithoutSamples).toBe(samples === 0 ? 1 : 0);
  });

  it("mean the opposite in the exported summary", () => {
    expect(performance(exported(true)).summary.thresholdsMissed).toBe(1);
    expect(performance(exported(false)).summary.thresholdsMissed).toBe(0);
    expect(refusalOf(exported({ ok: true }), "k6.json")).toBe("malformed at /metrics/http_reqs/thresholds/rate>9");
  });

  it.each([true, false, null, {}, { ok: "true" }])("with the verdict %j are damaged", (verdict) => {
    const metrics = { ...ANSWERED, checks: { ...rate(1, 0), thresholds: { limit: verdict } } };
    expect(refusalOf(summary(metrics), "k6.json")).toBe("malformed at /metrics/checks/thresholds/limit");
  });
});

describe("metrics", () => {
  it("are read by what they are", () => {
    const metrics = {
      ...ANSWERED,
      http_req_duration: trend({ avg: 4, med: 3, min: 0, "p(75)": 5, "p(99.9)": 9, "p(97)": 8, max: 9 }),
      checkout: trend({ avg: 4, count: 2 }),
      basket: trend({ avg: 4, count: 2 }, "default"),
      vus: { type: "gauge", contains: "default", values: { value: 2, min: 1, max: 7 } },
      data_sent: { type: "counter", contains: "data", values: { count: 12, rate: 1 } },
      bought: rate(2, 3),
    };
    const { body, summary: facts } = performance(summary(metrics, { state: { testRunDurationMs: 2000.4 } }));
    const latency = { samples: 4, mean: 4, p50: 3, p75: 5, p999: 9, max: 9 };
    expect(facts).toMatchObject({ requests: 4, failures: 1, throughput: 4, users: 7, durationMs: 2000, latency });
    expect(body.metrics).toEqual([
      { name: "iterations", value: 3 },
      { name: "iteration_duration", requests: 3, latency: { samples: 3, mean: 1, max: 2 } },
      { name: "http_reqs", value: 4 },
      { name: "http_req_failed", requests: 4, failures: 1 },
      { name: "http_req_duration", requests: 4, latency },
      { name: "checkout", requests: 2, latency: { samples: 2, mean: 4 } },
      { name: "basket", requests: 2 },
      { name: "vus", value: 2 },
      { name: "data_sent", value: 12, unit: "byte" },
      { name: "bought", requests: 5, value: 2 },
    ]);
  });

  it("have no distribution where nobody knows of how many values", () => {
    const { body } = performance(summary({ ...ANSWERED, checkout: trend({ avg: 4, "p(95)": 5 }) }));
    expect(body.metrics.at(-1)).toEqual({ name: "checkout" });
  });
});

describe("checks", () => {
  const group = { groups: [{ groups: [], checks: [{ passes: 2, fails: 1 }] }], checks: [{ passes: 1, fails: 0 }] };

  it("are counted in all groups", () => {
    const document = performance(summary({ ...ANSWERED, checks: rate(3, 1) }, { root_group: group }));
    expect([document.summary.checks, document.quality.inconsistencies]).toEqual([{ passed: 3, failed: 1 }, []]);
  });

  it("that the metric claims and nobody lists make a file partial", () => {
    const { status, statusReasons, quality } = performance(
      summary({ ...ANSWERED, checks: rate(3, 2) }, { root_group: group }),
    );
    expect([status, statusReasons[0]?.code, quality.inconsistencies.length]).toEqual(["partial", "checks-missing", 1]);
  });

  it("without counts are damaged", () => {
    const damaged = summary(ANSWERED, { root_group: { checks: [{ passes: 1 }] } });
    expect(refusalOf(damaged, "k6.json")).toBe("malformed at /root_group/checks/0");
  });
});

function outcomeOf(content: string): string {
  try {
    const document = read(content, "k6.ndjson");
    return document.kind === "unreadable" ? "refused" : document.status;
  } catch (error) {
    if (error instanceof GateError) return "refused";
    throw error;
  }
}

function declared(metric: string, type: string): string {
  return `${JSON.stringify({ type: "Metric", metric, data: { type, contains: "time" } })}\n`;
}

function point(metric: string, value: number): string {
  return `${JSON.stringify({ type: "Point", metric, data: { time: "2026-03-01T10:00:00Z", value } })}\n`;
}

describe("the stream", () => {
  const lines = STREAM.trimEnd().split("\n");

  it("is refused wherever a line is cut, and between two lines is whole only where every request is", () => {
    const outcomes = new Map<string, number>();
    for (let length = 1; length < STREAM.trimEnd().length; length++) {
      const cut = STREAM.slice(0, length);
      const outcome = outcomeOf(cut);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      if (outcome !== "refused")
        expect(/\}\n?$/.test(cut) && cut.split("\n").every((line) => !/[^}]$/.test(line))).toBe(true);
      if (outcome === "unknown")
        expect(cut.match(/"http_reqs","type":"Point"/g)?.length).toBe(
          cut.match(/"http_req_duration","type":"Point"/g)?.length,
        );
    }
    expect([...outcomes.keys()].toSorted()).toEqual(["empty", "partial", "refused", "unknown"]);
  });

  it("counts requests that ran into their time", () => {
    const line = lines.find((one) => one.includes('"metric":"http_reqs","type":"Point"')) ?? "";
    const late = line.replace('"tags":{', '"tags":{"error_code":"1050",');
    expect(performance(STREAM.replace(line, late)).summary.timeouts).toBe(1);
  });

  it("has percentiles by the nearest rank", () => {
    const values = Array.from({ length: 20 }, (_, index) => 20 - index);
    const text = [
      declared("http_reqs", "counter"),
      declared("http_req_duration", "trend"),
      ...values.flatMap((value) => [point("http_reqs", 1), point("http_req_duration", value)]),
    ].join("");
    const { summary: facts } = performance(text);
    const percentiles = { p50: 10, p75: 15, p90: 18, p95: 19, p99: 20, p999: 20 };
    expect(facts.latency).toEqual({ samples: 20, mean: 10.5, min: 1, ...percentiles, max: 20 });
    expect([facts.durationMs, facts.throughput]).toEqual([undefined, undefined]);
  });

  it.each([
    ["a line that is no JSON", "oops", "malformed at line 78"],
    ["a line of another type", '{"type":"Log","metric":"a","data":{}}', "malformed at line 78"],
    ["a point of a metric that is not declared", '{"type":"Point","metric":"a","data":{}}', "malformed at line 78"],
    [
      "a point without a value",
      '{"type":"Point","metric":"http_reqs","data":{"time":"2026-03-01T10:00:00Z"}}',
      "malformed at line 78",
    ],
    ["a metric of an unknown type", '{"type":"Metric","metric":"a","data":{"type":"set"}}', "malformed at line 78"],
  ])("is refused with %s", (_, line, refusal) => {
    expect(refusalOf(`${STREAM}${line}\n`, "k6.ndjson")).toBe(refusal);
  });
});
