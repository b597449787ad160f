import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const RESULT = JSON.parse(fixture("autocannon.json").toString("utf8"));

function performance(changes: object = {}) {
  return readAs("performance", JSON.stringify({ ...RESULT, ...changes }), "autocannon.json");
}

const NOTHING = { average: 0, min: 0, max: 0, p50: 0, p75: 0, p90: 0, p99: 0, p99_9: 0, totalCount: 0 };
const NO_ANSWERS = { "2xx": 0, "5xx": 0, non2xx: 0, requests: { total: 0, average: 0 }, latency: NOTHING };

describe("a result", () => {
  it("is read in full, without its address", () => {
    const document = performance();
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: RESULT.start,
      quality: { warnings: [], inconsistencies: [] },
      summary: { requests: 40, failures: 8, timeouts: 0, throughput: 40, users: 4, latency: { samples: 40 } },
    });
    expect(document.summary.latency).toEqual({
      samples: 40,
      mean: RESULT.latency.average,
      p50: RESULT.latency.p50,
      p75: RESULT.latency.p75,
      p90: RESULT.latency.p90,
      p99: RESULT.latency.p99,
      p999: RESULT.latency.p99_9,
      max: RESULT.latency.max,
    });
    expect(document.body.metrics).toContainEqual({ name: "5xx", requests: 8 });
    expect(JSON.stringify(document)).not.toContain("127.0.0.1");
  });

  it("of a closed port has failed, and has no latency of zero", () => {
    const { status, statusReasons, summary } = performance({ ...NO_ANSWERS, errors: 120 });
    expect([status, statusReasons[0]?.code]).toEqual(["failed", "all-requests-failed"]);
    expect([summary.requests, summary.failures, summary.latency]).toEqual([120, 120, undefined]);
  });

  it("of nothing at all is empty", () => {
    const { status, statusReasons } = performance(NO_ANSWERS);
    expect([status, statusReasons[0]?.code]).toEqual(["empty", "no-requests"]);
  });

  it("of errors only has failed, however fast they came", () => {
    expect(performance({ "2xx": 0, "4xx": 32, non2xx: 40 }).status).toBe("failed");
  });

  it.each([
    ["errors and timeouts, which are errors too", { errors: 5, timeouts: 3 }, 45, 13],
    ["answers with another body", { mismatches: 4 }, 40, 12],
    ["answers that are wrong in both ways", { mismatches: 40 }, 40, 40],
  ])("counts %s", (_, changes, requests, failures) => {
    expect(performance(changes).summary).toMatchObject({ requests, failures });
  });

  it("whose counts disagree says so, and has the larger number of failures", () => {
    const { quality, summary } = performance({ non2xx: 2 });
    expect([quality.inconsistencies[0]?.code, summary.failures]).toEqual(["answers-differ", 8]);
  });

  it.each([
    ["a count that is none", { errors: -1 }, "malformed at /errors"],
    ["a latency that is none", { latency: 3 }, "not-this-format"],
  ])("is refused with %s", (_, changes, refusal) => {
    expect(refusalOf(JSON.stringify({ ...RESULT, ...changes }), "autocannon.json")).toBe(refusal);
  });
});
