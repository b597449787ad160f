import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const REPORT = fixture("wrk.txt").toString("utf8");
const ANSWERS = Number(/(\d+) requests in/.exec(REPORT)?.[1]);
const ERRORS = Number(/responses: (\d+)/.exec(REPORT)?.[1]);

function performance(content: string) {
  return readAs("performance", content, "wrk.txt");
}

/** A report of wrk2, which adds the times without the waiting before them when it is asked to (`-U`). */
const WRK2 = `Running 2m test @ http://127.0.0.1:8080/
  4 threads and 64 connections
  Thread calibration: mean lat.: 1.7ms, rate sampling interval: 10ms
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     3.45ms   16.29ms   1.20s    97.80%
    Req/Sec     1.32k   238.99     4.33k    88.95%
  Latency Distribution (HdrHistogram - Recorded Latency)
 50.000%    1.37ms
 75.000%    1.90ms
 90.000%    3.04ms
 99.000%   56.64ms
 99.900%  272.89ms
 99.990%    0.95m
100.000%    1.20m

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)

       1.367     0.500000       274800         2.00
       7.071     0.950000       522120        20.00
#[Mean    =        3.445, StdDeviation   =       16.292]
#[Max     =      476.160, Total count    =       549600]
#[Buckets =           27, SubBuckets     =         2048]
----------------------------------------------------------
  Latency Distribution (HdrHistogram - Uncorrected Latency (measured without taking delayed starts into account))
 50.000%    0.10ms
 95.000%    0.20ms
----------------------------------------------------------
  599839 requests in 1.50m, 52.06MB read
  Socket errors: connect 1, read 2, write 3, timeout 4
  Non-2xx or 3xx responses: 5
Requests/sec:   4998.66
Transfer/sec:    444.22KB
`;

describe("a report", () => {
  it("is read in full, without its address", () => {
    const document = performance(REPORT);
    expect(document).toMatchObject({
      status: "complete",
      statusReasons: [],
      summary: { requests: ANSWERS, failures: ERRORS, timeouts: 0, users: 2, durationMs: 1000 },
    });
    const { samples, p50 = 0, p99 = 0, max = 0 } = document.summary.latency ?? { samples: 0 };
    expect([samples, p50 < 1, p99 > p50, max > p99]).toEqual([ANSWERS, true, true, true]);
    expect(JSON.stringify(document)).not.toContain("127.0.0.1");
  });

  it("of wrk2 has the latencies that were recorded, and none without the waiting", () => {
    const { status, summary } = performance(WRK2);
    expect(status).toBe("complete");
    expect(summary).toMatchObject({
      requests: 599_845,
      failures: 15,
      timeouts: 4,
      throughput: 4998.66,
      users: 64,
      durationMs: 90_000,
      latency: {
        samples: 549_600,
        mean: 3.45,
        p50: 1.37,
        p75: 1.9,
        p90: 3.04,
        p95: 7.071,
        p99: 56.64,
        p999: 272.89,
        max: 1200,
      },
    });
  });

  it("of wrk2 that ended in its calibration has no latency", () => {
    const short = WRK2.replace(/Latency {5}3.45ms.*/, "Latency     -nanus    -nanus   0.00us    0.00%").replace(
      "549600]",
      "0]",
    );
    expect(performance(short).summary.latency).toBeUndefined();
  });

  it.each([
    ["50.00us", 0.05],
    ["2.00ms", 2],
    ["1.50s", 1500],
    ["0.50m", 30_000],
    ["1.00h", 3_600_000],
    ["-nanus", undefined],
  ])("has %s as %s ms", (text, p50) => {
    expect(performance(REPORT.replace(/50%.*/, `50%   ${text}`)).summary.latency?.p50).toBe(p50);
  });

  it("without an answer is empty, and its zeros are none", () => {
    const none = REPORT.replace(/\d+ requests in/, "0 requests in").replace(/ {2}Non-2xx.*\n/, "");
    const { status, summary } = performance(none);
    expect([status, summary.requests, summary.latency]).toEqual(["empty", 0, undefined]);
  });

  it("of errors only has failed", () => {
    const { status, summary } = performance(REPORT.replace(/responses: \d+/, `responses: ${ANSWERS}`));
    expect([status, summary.failures]).toEqual(["failed", ANSWERS]);
  });

  it("of connections that were all refused has failed", () => {
    const refused = REPORT.replace(/\d+ requests in/, "0 requests in").replace(
      /Non-2xx.*/,
      "Socket errors: connect 20, read 0, write 0, timeout 0",
    );
    const { status, summary } = performance(refused);
    expect([status, summary.requests, summary.failures]).toEqual(["failed", 20, 20]);
  });

  it.each([
    ["1s", "complete"],
    ["2s", "partial"],
    ["1m", "partial"],
    ["soon", "unknown"],
  ])("of a run of a second that was to take %s is %s", (planned, status) => {
    expect(performance(REPORT.replace("Running 1s", `Running ${planned}`)).status).toBe(status);
  });

  it("may have other lines around it", () => {
    expect(performance(`warming up\n${REPORT}------\nBücher: 3\n`).status).toBe("complete");
  });

  it.each([
    ["no end", REPORT.replace(/Transfer.*\n/, ""), "malformed"],
    ["half an end", REPORT.trimEnd().slice(0, -1), "malformed"],
    ["no total", REPORT.replace(/.*requests in.*\n/, ""), "malformed"],
    ["a second run", REPORT + REPORT, `malformed at line ${REPORT.trimEnd().split("\n").length + 1}`],
  ])("is refused with %s", (_, text, refusal) => expect(refusalOf(text, "wrk.txt")).toBe(refusal));
});
