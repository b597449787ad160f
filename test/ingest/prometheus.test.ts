import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const AT = 1_772_359_200.5;

type Json = Readonly<Record<string, unknown>>;

function metrics(document: unknown) {
  return readAs("metrics", JSON.stringify(document), "query.json");
}

function answer(resultType: string, result: unknown, more: Json = {}): Json {
  return { status: "success", data: { resultType, result }, ...more };
}

/** A vector of one series for each value. */
function vector(...values: readonly string[]): Json {
  return answer(
    "vector",
    values.map((value, index) => ({ metric: { n: String(index) }, value: [AT, value] })),
  );
}

describe("the fixture", () => {
  const document = readAs("metrics", fixture("prometheus.json"), "query.json");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "complete",
      producedAt: "2026-03-01T10:00:00.123Z",
      quality: { warnings: [{ code: "not-finite" }], redactions: 1 },
      summary: { resultType: "vector", series: 2, samples: 2, notFinite: 1, alerts: 0, firing: 0 },
    });
    expect(document.body.series).toEqual([
      {
        name: "job:errors:ratio",
        labels: [
          { name: "instance", value: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) },
          { name: "job", value: "bücher" },
          { name: "zone", value: "b" },
        ],
        samples: [{ at: "2026-03-01T10:00:00.123Z", value: 0.0125, raw: "0.0125" }],
      },
      {
        name: "job:errors:ratio",
        labels: [
          { name: "instance", value: "basket:9090" },
          { name: "job", value: "basket" },
          { name: "zone", value: "b" },
        ],
        samples: [{ at: "2026-03-01T10:00:00.123Z", raw: "NaN" }],
      },
    ]);
  });
});

describe("values", () => {
  it.each([
    ["0.0125", 0.0125],
    ["1.3333333333333333e-01", 0.133_333_333_333_333_33],
    ["1e+06", 1_000_000],
    ["-5", -5],
    ["+Inf", undefined],
    ["-Inf", undefined],
    ["NaN", undefined],
    ["1e999", undefined],
  ])("%s is %j, and kept as it is", (raw, value) => {
    const { body, summary } = metrics(vector("1", raw));
    const sample = { at: "2026-03-01T10:00:00.500Z", raw };
    expect(body.series[1]?.samples).toEqual([value === undefined ? sample : { ...sample, value }]);
    expect(summary.notFinite).toBe(value === undefined ? 1 : 0);
  });

  it.each(["", "abc", "0x10", "1,5", "Infinity", " 1"])("%j is damage", (raw) => {
    expect(refusalOf(JSON.stringify(vector("1", raw)), "query.json")).toBe("malformed at /data/result/1/value");
  });
});

describe("a result", () => {
  it("may be a matrix, and was made no earlier than its last sample", () => {
    const values = [
      [AT, "1"],
      [AT + 60, "2"],
    ];
    const document = metrics(answer("matrix", [{ metric: { role: "canary" }, values }]));
    expect(document).toMatchObject({ status: "complete", producedAt: "2026-03-01T10:01:00.500Z" });
    expect(document.summary).toMatchObject({ resultType: "matrix", series: 1, samples: 2 });
  });

  it("may be a scalar", () => {
    const { status, body } = metrics(answer("scalar", [AT, "3"]));
    expect([status, body.series]).toEqual([
      "complete",
      [{ labels: [], samples: [{ at: "2026-03-01T10:00:00.500Z", value: 3, raw: "3" }] }],
    ]);
  });

  it("may be a string, which is no number whatever it looks like", () => {
    const { status, summary, body } = metrics(answer("string", [AT, "3"]));
    expect([status, summary.notFinite, body.series[0]?.samples[0]?.value]).toEqual(["complete", 1, undefined]);
  });

  it("may be large", () => {
    const values = Array.from({ length: 60_000 }, (_, index) => [AT + index, `${index}.25`]);
    const { summary } = metrics(
      answer("matrix", [
        { metric: {}, values },
        { metric: {}, values },
      ]),
    );
    expect(summary).toMatchObject({ series: 2, samples: 120_000, notFinite: 0 });
  });
});

describe("an answer", () => {
  it.each([
    ["without series is empty", answer("vector", []), "empty", "no-samples"],
    ["of null is empty", answer("vector", null), "empty", "no-samples"],
    ["of a scalar of nothing is empty", answer("scalar", []), "empty", "no-samples"],
    ["with a series without values is empty", answer("matrix", [{ metric: {}, values: [] }]), "empty", "no-samples"],
    ["of NaN alone is empty", vector("NaN", "NaN"), "empty", "no-numbers"],
    ["of infinity alone is empty", vector("+Inf"), "empty", "no-numbers"],
    ["with a warning is partial", { ...vector("1"), warnings: ["a store did not answer"] }, "partial", "query-warning"],
    ["that says so is partial", { ...vector("1"), isPartial: true }, "partial", "partial-response"],
    [
      "with a histogram is partial",
      answer("vector", [{ metric: {}, histogram: [AT, { count: "1" }] }]),
      "partial",
      "histograms",
    ],
    [
      "with histograms in a range is partial",
      answer("matrix", [{ metric: {}, values: [[AT, "1"]], histograms: [[AT, {}]] }]),
      "partial",
      "histograms",
    ],
    [
      "that is an error has failed",
      { status: "error", errorType: "timeout", error: "query timed out" },
      "failed",
      "query-failed",
    ],
  ])("%s", (_, document, status, code) => {
    const found = metrics(document);
    expect([found.status, found.statusReasons[0]?.code]).toEqual([status, code]);
  });

  it("with an info is complete, and says it", () => {
    const { status, quality } = metrics({ ...vector("1"), infos: ["metric might not be a counter"] });
    expect([status, quality.warnings]).toEqual([
      "complete",
      [{ code: "query-info", message: "metric might not be a counter" }],
    ]);
  });

  it.each([
    ["of another type", answer("streams", []), "not-this-format"],
    ["without a result", { status: "success", data: { resultType: "vector" } }, "malformed at /data/result"],
    ["with a series that is none", answer("vector", [1]), "malformed at /data/result/0"],
    [
      "with a value without a time",
      answer("vector", [{ metric: {}, value: ["1"] }]),
      "malformed at /data/result/0/value",
    ],
    ["with a number that is no text", answer("scalar", [AT, 1]), "malformed at /data/result"],
    ["with values that are none", answer("matrix", [{ metric: {}, values: {} }]), "malformed at /data/result/0/values"],
  ])("%s is refused", (_, document, refusal) => {
    expect(refusalOf(JSON.stringify(document), "query.json", "metrics")).toBe(refusal);
  });
});

describe("addresses in labels", () => {
  it.each([
    ["127.0.0.1:9090", true],
    ["10.0.0.7", true],
    ["[2001:db8::7]:9090", true],
    ["2001:db8::7", true],
    ["shop:9090", false],
    ["10:30:00", false],
    ["1.2.3", false],
  ])("%s is hashed: %j", (value, hashed) => {
    const { body, quality } = metrics(answer("vector", [{ metric: { instance: value }, value: [AT, "1"] }]));
    expect(quality.redactions).toBe(hashed ? 1 : 0);
    expect(body.series[0]?.labels[0]?.value === value).toBe(!hashed);
  });
});

describe("alerts", () => {
  const labels = { alertname: "Errors", severity: "page", job: "shop" };
  const firing = {
    labels,
    state: "firing",
    activeAt: "2026-03-01T10:00:00.113348130Z",
    annotations: { summary: "secret" },
  };

  it("are read, without their annotations", () => {
    const pending = { labels: { alertname: "Slow" }, state: "pending" };
    const document = metrics({ status: "success", data: { alerts: [firing, pending] } });
    expect(document.status).toBe("unknown");
    expect(document.summary).toMatchObject({ resultType: "alerts", alerts: 2, firing: 1, series: 0 });
    expect(document.body.alerts).toEqual([
      {
        name: "Errors",
        state: "firing",
        severity: "page",
        since: "2026-03-01T10:00:00.113Z",
        labels: [
          { name: "job", value: "shop" },
          { name: "severity", value: "page" },
        ],
      },
      { name: "Slow", state: "pending", labels: [] },
    ]);
    expect(JSON.stringify(document)).not.toContain("secret");
  });

  it("that there are none of prove little, which is said", () => {
    const { status, quality } = metrics({ status: "success", data: { alerts: [] } });
    expect([status, quality.warnings[0]?.code]).toEqual(["unknown", "no-alerts"]);
  });

  it.each([
    ["in no known state", { ...firing, state: "on" }, "malformed at /data/alerts/0/state"],
    ["without a name", { ...firing, labels: {} }, "malformed at /data/alerts/0/labels/alertname"],
  ])("%s are damaged", (_, alert, refusal) => {
    expect(refusalOf(JSON.stringify({ status: "success", data: { alerts: [alert] } }), "alerts.json")).toBe(refusal);
  });
});
