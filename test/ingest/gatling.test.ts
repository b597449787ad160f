import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const STATS = JSON.parse(fixture("gatling-stats.json").toString("utf8"));
const ASSERTIONS = JSON.parse(fixture("gatling-assertions.json").toString("utf8"));

type Json = Readonly<Record<string, unknown>>;

function performance(document: Json) {
  return readAs("performance", JSON.stringify(document), "stats.json");
}

/** The total alone, as `global_stats.json` has it, with some members changed. */
function total(changes: Json = {}) {
  return performance({ ...STATS.stats, ...changes });
}

describe("statistics of all requests", () => {
  it("are read in full, groups counted by their requests", () => {
    const document = performance(STATS);
    expect(document).toMatchObject({
      status: "unknown",
      quality: { warnings: [], inconsistencies: [] },
      summary: { requests: 10, failures: 1, throughput: 2.5 },
    });
    const latency = { samples: 10, mean: 60, min: 12, p50: 40, p75: 70, p95: 180, p99: 250, max: 250 };
    expect(document.summary.latency).toEqual(latency);
    expect(document.body.metrics.map(({ name, requests, failures }) => [name, requests, failures])).toEqual([
      ["Bücher", 6, 0],
      ["Buy / Pay", 4, 1],
    ]);
  });

  it("that claim more than is listed are partial", () => {
    const { "group_buy-2": group, ...contents } = STATS.contents;
    expect(group).toBeDefined();
    const { status, statusReasons, quality, summary } = performance({ ...STATS, contents });
    expect([status, statusReasons[0]?.code]).toEqual(["partial", "requests-missing"]);
    expect(quality.inconsistencies.map(({ code }) => code)).toEqual(["requests-differ", "failures-differ"]);
    expect([summary.requests, summary.failures]).toEqual([6, 0]);
  });
});

describe("the total alone", () => {
  it("is read with its name as text or its figures as numbers", () => {
    const numbers = { numberOfRequests: { total: 10, ok: 9, ko: 1 }, meanResponseTime: { total: 60.5 } };
    expect(total().summary).toMatchObject({ requests: 10, failures: 1, latency: { mean: 60 } });
    expect(total(numbers).summary).toMatchObject({ requests: 10, failures: 1, latency: { mean: 60.5, p95: 180 } });
  });

  it.each([
    ["180", 180],
    ["  180 ", 180],
    ["1,180", 1180],
    ["1 180", 1180],
    ["1\u202f180", 1180],
    ["0.5", 0.5],
    ["-", undefined],
    [" - ", undefined],
    [null, undefined],
  ])("has %j as %j", (text, p95) => {
    expect(total({ percentiles3: { total: text } }).summary.latency?.p95).toBe(p95);
  });

  it("of nothing is empty, whatever stands for its figures", () => {
    const none = { total: 0, ok: 0, ko: 0 };
    const { status, summary } = total({ numberOfRequests: none, percentiles3: none, maxResponseTime: none });
    expect([status, summary.latency]).toEqual(["empty", undefined]);
  });

  it("of failures only has failed", () => {
    expect(total({ numberOfRequests: { total: "10", ok: "0", ko: "10" } }).status).toBe("failed");
  });

  it("of which ok and ko do not add up says so, and has no success that nobody claims", () => {
    const { quality, summary } = total({ numberOfRequests: { total: "10", ok: "5", ko: "1" } });
    expect([quality.inconsistencies.at(-1)?.code, summary.failures]).toEqual(["outcomes-differ", 5]);
  });

  it.each([
    ["a figure that is none", { percentiles3: { total: "fast" } }, "malformed at /percentiles3/total"],
    ["a figure below zero", { percentiles3: { total: -1 } }, "malformed at /percentiles3/total"],
    ["half a request", { numberOfRequests: { total: 1.5 } }, "malformed at /numberOfRequests/total"],
    ["no failures", { numberOfRequests: { total: 1, ok: 1 } }, "malformed at /numberOfRequests/ko"],
  ])("is refused with %s", (_, changes, refusal) => {
    expect(refusalOf(JSON.stringify({ ...STATS.stats, ...changes }), "global_stats.json")).toBe(refusal);
  });
});

it("a node that is neither a group nor a request is damage", () => {
  const contents = { a: { type: "OTHER", stats: STATS.stats } };
  expect(refusalOf(JSON.stringify({ ...STATS, contents }), "stats.json")).toBe("malformed at /contents/a/type");
});

describe("assertions", () => {
  it("are limits, and nothing is known of requests", () => {
    const document = performance(ASSERTIONS);
    expect([document.status, document.producedAt]).toEqual(["unknown", "2026-03-01T10:00:00.000Z"]);
    expect(document.summary).toEqual({ thresholds: 3, thresholdsMissed: 2, thresholdsWithoutSamples: 1 });
    expect(document.body.thresholds).toEqual([
      { metric: "Global: 95th percentile of response time", expression: "is less than 800", met: true },
      { metric: "Global: percentage of failed events", expression: "is less than 5", met: false },
      { metric: "Bücher: max of response time", expression: "is between 1 90", met: false, samples: 0 },
    ]);
  });

  it("that there are none of make the file empty", () => {
    const { status, statusReasons } = performance({ ...ASSERTIONS, assertions: [] });
    expect([status, statusReasons[0]?.code]).toEqual(["empty", "no-assertions"]);
  });

  it("without a verdict are damaged", () => {
    const [first] = ASSERTIONS.assertions;
    const document = { ...ASSERTIONS, assertions: [{ ...first, result: "true" }] };
    expect(refusalOf(JSON.stringify(document), "assertions.json")).toBe("malformed at /assertions/0/result");
  });
});
