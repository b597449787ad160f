import { describe, expect, it } from "vitest";
import { fixture, read, readAs, refusalOf } from "./support.ts";

const CSV = fixture("jmeter.csv").toString("utf8");
const XML = fixture("jmeter.jtl").toString("utf8");
const HEADER = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success\n";

function performance(content: string, name = "log.jtl") {
  return readAs("performance", content, name);
}

/** A row of {@link HEADER}. */
function row(
  elapsed: number,
  more: Partial<Record<"at" | "label" | "code" | "message" | "thread" | "success", string>> = {},
) {
  const { at = "1000", label = "a", code = "200", message = "OK", thread = "T 1-1", success = "true" } = more;
  return `${[at, elapsed, label, code, `"${message}"`, thread, success].join(",")}\n`;
}

function transaction(samples: number, failing: number, more: Parameters<typeof row>[1] = {}) {
  const message = `Number of samples in transaction : ${samples}, number of failing samples : ${failing}`;
  return row(50, { label: "sum", message, success: String(failing === 0), ...more });
}

describe("a log as CSV", () => {
  it("is added up", () => {
    const document = performance(CSV);
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.000Z",
      quality: { warnings: [], inconsistencies: [], redactions: 0 },
    });
    expect(document.summary).toEqual({
      requests: 3,
      failures: 2,
      timeouts: 1,
      throughput: 3000 / 2100,
      users: 2,
      durationMs: 2100,
      latency: {
        samples: 3,
        mean: 720,
        min: 40,
        p50: 120,
        p75: 2000,
        p90: 2000,
        p95: 2000,
        p99: 2000,
        p999: 2000,
        max: 2000,
      },
      thresholds: 0,
      thresholdsMissed: 0,
      thresholdsWithoutSamples: 0,
    });
    expect(document.body.metrics.map(({ name, requests, failures }) => [name, requests, failures])).toEqual([
      ["Bücher", 2, 1],
      ["Basket", 1, 1],
      ["Purchase", 1, 1],
    ]);
    expect(JSON.stringify(document)).not.toContain("shop.example");
  });

  it("is never whole where it was cut inside a line", () => {
    const accepted: number[] = [];
    for (let length = CSV.indexOf("\n") + 2; length < CSV.length; length++) {
      const { kind, status } = read(CSV.slice(0, length), "log.csv");
      const between = CSV[length - 1] === "\n" && CSV.slice(0, length).split('"').length % 2 === 1;
      if (!between && kind !== "unreadable" && status !== "partial" && status !== "failed") accepted.push(length);
    }
    expect(accepted).toEqual([]);
  });

  it.each([";", "\t", "|"])("may have %j between its fields", (delimiter) => {
    const text = `${HEADER}${row(10)}${row(20)}`.replaceAll(",", delimiter);
    expect(performance(text).summary).toMatchObject({ requests: 2, failures: 0 });
  });

  it("may have its columns in another order, and leave out most", () => {
    const { summary, body } = performance("label,elapsed,allThreads\na,10,1\nb,30,4\n");
    expect(summary).toMatchObject({ requests: 2, users: 4, latency: { mean: 20 } });
    expect([summary.failures, summary.durationMs, summary.throughput]).toEqual([undefined, undefined, undefined]);
    expect(body.metrics).toHaveLength(2);
  });

  it("may have no header", () => {
    const [, first = ""] = CSV.split("\n");
    const document = performance(`${first}\n${first.replace("true", "false")}\n`);
    expect(document.summary).toMatchObject({ requests: 2, failures: 1, latency: { max: 120 } });
  });

  it("may repeat its header, as logs do that were put together", () => {
    expect(performance(HEADER + row(1) + HEADER + row(2)).summary.requests).toBe(2);
  });

  it("may have dates in place of instants", () => {
    const { summary, producedAt } = performance(HEADER + row(10, { at: "2026/03/01 10:00:00.000" }));
    expect([summary.requests, summary.durationMs, producedAt]).toEqual([1, undefined, undefined]);
  });

  it("without a sample is empty", () => {
    const { status, statusReasons, summary } = performance(HEADER);
    expect([status, statusReasons[0]?.code, summary.latency]).toEqual(["empty", "no-requests", undefined]);
  });

  it("in which everything failed is failed", () => {
    const refused = { code: "Non HTTP response code: java.net.ConnectException", success: "false" };
    const { status, statusReasons } = performance(HEADER + row(0, refused) + row(1, refused));
    expect([status, statusReasons[0]?.code]).toEqual(["failed", "all-requests-failed"]);
  });

  it.each([
    ["a field too few", "1000,5,a\n", "malformed at line 2"],
    ["a time that is none", row(5).replace(",5,", ",-5,"), "malformed at line 2"],
    ["a success that is neither", row(5, { success: "maybe" }), "malformed at line 2"],
    ["a quote that does not end", row(5).replace('"OK"', '"OK'), "malformed at line 2"],
    ["text behind a quote", row(5).replace('"OK"', '"OK"x'), "malformed at line 2"],
    ["a NUL character", row(5, { label: "\0" }), "malformed at line 2"],
  ])("is refused with %s", (_, line, refusal) => expect(refusalOf(HEADER + line, "log.csv")).toBe(refusal));
});

function counts(rows: readonly string[]) {
  const { summary } = performance(HEADER + rows.join(""));
  return [summary.requests, summary.failures];
}

describe("a transaction", () => {
  const failed = { success: "false" };

  it.each([
    ["around requests of the log is none itself", [row(1), transaction(1, 0)], [1, 0]],
    ["around a request that failed does not fail twice", [row(1, failed), transaction(1, 1)], [1, 1]],
    ["around a transaction is none either", [row(1), transaction(1, 0), transaction(3, 0)], [1, 0]],
    ["in place of its requests is one", [transaction(2, 1)], [1, 1]],
    ["that begins after a request is one", [row(1), transaction(2, 0, { at: "1001" })], [2, 0]],
    ["of another thread is one", [row(1, { thread: "T 1-2" }), transaction(1, 0)], [2, 0]],
    ["whose failed request was not saved is one", [row(1), transaction(2, 1)], [2, 1]],
  ])("%s", (_, rows, expected) => expect(counts(rows)).toEqual(expected));
});

describe("timeouts", () => {
  it.each([
    ["Non HTTP response code: java.net.SocketTimeoutException", "Read timed out", 1],
    ["Non HTTP response code: org.apache.http.conn.ConnectTimeoutException", "Connect to shop failed", 1],
    ["Non HTTP response code: java.net.ConnectException", "Connection timed out", 1],
    ["Non HTTP response code: java.net.ConnectException", "Connection refused", 0],
    ["504", "Gateway Timeout", 0],
  ])("%s, %s: %i", (code, message, timeouts) => {
    expect(performance(HEADER + row(1) + row(5, { code, message, success: "false" })).summary.timeouts).toBe(timeouts);
  });
});

describe("a log as XML", () => {
  it("is added up without the samples inside others", () => {
    const document = performance(XML);
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.000Z",
      source: { formatVersion: "1.2" },
      quality: { warnings: [] },
      summary: { requests: 2, failures: 1, timeouts: 0, users: 3, durationMs: 290, latency: { mean: 140, max: 160 } },
    });
    expect(document.body.metrics.map(({ name }) => name)).toEqual(["Bücher", "Purchase"]);
  });

  it("may have white space before its declaration", () => {
    const { summary, quality } = performance(` \n${XML}`);
    expect([summary.requests, quality.warnings[0]?.code]).toEqual([2, "xml-not-well-formed"]);
  });

  it("warns of a part that failed where the whole did not", () => {
    const { summary, quality } = performance(
      XML.replace('ts="1772359200090" s="true"', 'ts="1772359200090" s="false"'),
    );
    expect([summary.failures, quality.warnings[0]?.code]).toEqual([1, "parts-failed"]);
  });

  it.each([
    ["no sample", '<testResults version="1.2"/>', "empty"],
    ["samples that do not say how they ended", '<testResults version="1.2"><sample t="3"/></testResults>', "unknown"],
    ["failures only", '<testResults version="1.2"><sample t="3" s="false"/></testResults>', "failed"],
  ])("with %s", (_, text, status) => expect(performance(text).status).toBe(status));

  it.each([
    ["another version", '<testResults version="1.1"/>', "unsupported-version at line 1"],
    ["a sample without a time", '<testResults version="1.2">\n<sample s="true"/></testResults>', "malformed at line 2"],
    [
      "a success that is neither",
      '<testResults version="1.2"><sample t="1" s="1"/></testResults>',
      "malformed at line 1",
    ],
    ["no end", XML.replace("</testResults>", ""), "malformed at line 18, column 0"],
  ])("is refused with %s", (_, text, refusal) => expect(refusalOf(text, "log.jtl")).toBe(refusal));
});
