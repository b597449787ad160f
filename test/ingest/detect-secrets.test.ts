import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const SECRET = { type: "Secret Keyword", hashed_secret: "ab", is_verified: false, line_number: 1 };

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "detect-secrets.json");
}

function reportOf(results: unknown, plugins: readonly object[] = [{ name: "KeywordDetector" }]): string {
  return JSON.stringify({ version: "1.5.0", plugins_used: plugins, results });
}

function idOf(secret: object) {
  return findingsOf(reportOf({ a: [{ ...SECRET, ...secret }] })).body.findings[0]?.id;
}

describe("the fixture", () => {
  const document = findingsOf(fixture("detect-secrets.json"));

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.000Z",
      source: { format: "detect-secrets", tools: [{ name: "detect-secrets", version: "1.5.0" }] },
      summary: { total: 3, open: 2, suppressed: 1, bySeverity: { critical: 1, high: 1 } },
      quality: { redactions: 3 },
      body: {
        scans: [{ tool: "detect-secrets", category: "secret", successful: "unknown", results: 3 }],
        findings: [
          { category: "secret", ruleId: "Secret Keyword", location: { path: "src/config.ts", line: 5 } },
          {
            verified: true,
            message: "AWS Access Key, verified to be live",
            severityRaw: { value: "true", source: "is_verified" },
          },
          { suppressed: true, suppressions: [{ justification: "audited: is_secret is false" }] },
        ],
      },
    });
  });

  it("does not keep the hash of the secret", () => expect(JSON.stringify(document)).not.toContain("da39a3ee"));
});

describe("a clean report", () => {
  it.each([
    ["is usable", reportOf({}), "unknown", 0],
    ["without a plugin is empty", reportOf({}, []), "empty", 1],
  ])("%s", (_, content, status, reasons) => {
    const document = findingsOf(content);
    expect([document.status, document.statusReasons.length]).toEqual([status, reasons]);
  });
});

it.each([
  [true, false],
  [undefined, false],
  [false, true],
])("a secret for which is_secret is %s is suppressed: %s", (audited, suppressed) => {
  expect(findingsOf(reportOf({ a: [{ ...SECRET, is_secret: audited }] })).body.findings).toMatchObject([
    { suppressed },
  ]);
});

it("the id does not depend on the secret or the line", () => {
  expect(idOf({ line_number: 9, hashed_secret: "cd" })).toBe(idOf({}));
  expect(idOf({ type: "AWS Access Key" })).not.toBe(idOf({}));
});

describe.each([
  ["results that are no object", reportOf([]), "malformed at /results"],
  ["no results", '{"plugins_used":[]}', "not-this-format"],
  ["secrets that are no list", reportOf({ "a/b": {} }), "malformed at /results/a~1b"],
  ["a secret without a type", reportOf({ a: [{}] }), "malformed at /results/a/0/type"],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});
