import { describe, expect, it } from "vitest";
import { detectFormat } from "../../src/ingest/index.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const LEAK = { RuleID: "r", Description: "d", File: "a.ts", StartLine: 1, Match: "m", Secret: "s", Fingerprint: "f" };
const OLD = { line: "m", lineNumber: 3, offender: "s", commit: "c1", rule: "AWS Key", file: "a.ts", leakURL: "" };

function findingsOf(...leaks: readonly unknown[]) {
  return readAs("findings", JSON.stringify(leaks), "gitleaks.json").body.findings;
}

describe("the fixture", () => {
  const document = readAs("findings", fixture("gitleaks.json"), "report.json");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      source: { format: "gitleaks", tools: [{ name: "gitleaks" }] },
      summary: { total: 2, open: 2, bySeverity: { critical: 1, high: 1 } },
      quality: { redactions: 2 },
      body: {
        scans: [{ tool: "gitleaks", category: "secret", successful: "unknown", results: 2 }],
        findings: [
          {
            category: "secret",
            ruleId: "generic-api-key",
            message: "Detected a Generic API Key (commit 5c2d1c3f4b6a7d8e9f00112233445566778899aa)",
            severityRaw: { scale: "default", source: "category secret" },
            location: { path: "src/config.ts", line: 4, column: 2, endLine: 4 },
          },
          { ruleId: "private-key", severityRaw: { value: "private-key" }, location: { path: "k.pem", endLine: 12 } },
        ],
      },
    });
  });

  it("keeps neither the secret nor the author", () => {
    expect(JSON.stringify(document)).not.toMatch(/do-not-keep-this|Zoë|zoe@/);
  });
});

describe("a clean report", () => {
  it.each([
    ["[]", "gitleaks.json"],
    ["[]\n", "secrets.json"],
    ["null\n", "gitleaks-report.json"],
  ])("%j in %s is usable", (content, name) => {
    const document = readAs("findings", content, name, "secrets");
    expect([document.status, document.body.scans]).toMatchObject(["unknown", [{ category: "secret", results: 0 }]]);
  });

  it("cannot be told from anything else by what is in it", () => {
    expect(detectFormat(Buffer.from("[]"), "report.json").found).toBeUndefined();
  });
});

describe("the id", () => {
  const [first] = findingsOf(LEAK);

  it("does not depend on the secret or the line", () => {
    const [other] = findingsOf({ ...LEAK, StartLine: 9, Match: "x", Secret: "y", Fingerprint: "a.ts:r:9" });
    expect(other?.id).toBe(first?.id);
  });

  it.each([{ RuleID: "q" }, { File: "b.ts" }, { Commit: "c" }])("depends on %j", (change) => {
    expect(findingsOf({ ...LEAK, ...change })[0]?.id).not.toBe(first?.id);
  });

  it("tells two leaks of one rule in one file apart", () => {
    expect(new Set(findingsOf(LEAK, { ...LEAK, StartLine: 2 }).map(({ id }) => id)).size).toBe(2);
  });
});

it("leaks of version 7 are read", () => {
  const { body, quality } = readAs("findings", JSON.stringify([OLD]), "x.json");
  expect(quality.redactions).toBe(2);
  expect(body.findings).toMatchObject([
    { ruleId: "AWS Key", message: "AWS Key (commit c1)", severity: "high", location: { path: "a.ts", line: 3 } },
  ]);
});

describe.each([
  ["a leak that is no object", [LEAK, 1], "malformed at /1"],
  ["a leak without a rule", [LEAK, { RuleID: "" }], "malformed at /1/RuleID"],
  ["a leak of version 7 without a rule", [LEAK, {}], "malformed at /1/rule"],
])("%s", (_, leaks, refusal) => {
  it("is refused with its place", () => expect(refusalOf(JSON.stringify(leaks), "x.json")).toBe(refusal));
});
