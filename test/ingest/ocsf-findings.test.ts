import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

type Members = Readonly<Record<string, unknown>>;

function finding(more: Members = {}) {
  return {
    class_uid: 2004,
    finding_info: { title: "Public bucket" },
    metadata: { event_code: "s3_public", product: { name: "Prowler" } },
    severity: "High",
    status_code: "FAIL",
    status_detail: "It is public",
    resources: [{ uid: "arn:aws:s3:::shop" }],
    ...more,
  };
}

function findingsOf(...findings: readonly object[]) {
  return readAs("findings", JSON.stringify(findings), "x.json");
}

it("reads the fixture in full", () => {
  const document = readAs("findings", fixture("prowler.ocsf.json"), "x.json");
  expect(document).toMatchObject({
    status: "unknown",
    source: { format: "ocsf-findings", tools: [{ name: "Prowler", version: "5.0" }] },
    summary: { total: 2, open: 1, suppressed: 1, bySeverity: { high: 1 } },
    quality: { warnings: [{ code: "manual-check", place: "/3" }] },
    body: {
      scans: [{ tool: "Prowler", category: "iac", results: 2 }],
      findings: [
        {
          category: "iac",
          ruleId: "s3_public",
          ruleName: "Café: s3_public",
          message: "s3_public is wrong (arn:aws:s3:::shop)",
          severity: "high",
          severityRaw: { value: "High", scale: "word", source: "severity" },
          suppressed: false,
        },
        { ruleId: "s3_logging", suppressed: true, suppressions: [{ kind: "external", status: "accepted" }] },
      ],
    },
  });
});

describe("a result", () => {
  it.each([
    ["FAIL", 1],
    ["PASS", 0],
    ["MANUAL", 0],
    ["WARNING", 1],
    [undefined, 1],
  ])("of %s is a finding or not", (code, total) => {
    expect(findingsOf(finding({ status_code: code })).summary.total).toBe(total);
  });

  it.each([
    [{ severity: "Fatal" }, "critical"],
    [{ severity: "Informational" }, "info"],
    [{ severity: undefined, severity_id: 4 }, "high"],
    [{ severity: "Other" }, "unknown"],
    [{ severity: undefined }, "unknown"],
  ])("with %j is rated", (more, severity) =>
    expect(findingsOf(finding(more)).body.findings).toMatchObject([{ severity }]),
  );

  it.each([
    [{ status: "New" }, false],
    [{ status: "Suppressed" }, true],
    [{ status_id: 3 }, true],
    [{ status: "Resolved" }, true],
  ])("with %j is open or not", (more, suppressed) => {
    expect(findingsOf(finding(more)).body.findings).toMatchObject([{ suppressed }]);
  });

  it("of another resource or account is another finding", () => {
    const { body } = findingsOf(
      finding(),
      finding({ resources: [{ uid: "b" }] }),
      finding({ cloud: { account: { uid: "2" } } }),
    );
    expect(new Set(body.findings.map(({ id }) => id)).size).toBe(3);
  });
});

describe.each([
  ["another class of findings", [finding(), finding({ class_uid: 2002 })], "unsupported-version at /1"],
  ["a finding without a class", [finding(), finding({ class_uid: null })], "malformed at /1"],
  ["a finding without rule and title", [finding(), finding({ metadata: {}, finding_info: {} })], "malformed at /1"],
])("%s", (_, value, refusal) => {
  it("is refused", () => expect(refusalOf(JSON.stringify(value), "x.json")).toBe(refusal));
});
