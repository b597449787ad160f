import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

function linesOf(...lines: readonly unknown[]): string {
  return lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
}

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "trufflehog.json");
}

function resultOf(more: object = {}, data: object = { Filesystem: { file: "a.ts", line: 1 } }) {
  return { SourceMetadata: { Data: data }, DetectorName: "AWS", Verified: false, Raw: "s", ...more };
}

function logOf(msg: string, more: object = {}) {
  return { level: "info-0", ts: "2026-03-01T10:00:00Z", logger: "trufflehog", msg, ...more };
}

const END = logOf("finished scanning", { chunks: 3, bytes: 110 });
const ERROR = logOf("error scanning", { level: "error", error: "permission denied" });

describe("the fixture", () => {
  const document = findingsOf(fixture("trufflehog.json"));

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      source: { format: "trufflehog", tools: [{ name: "trufflehog" }] },
      summary: { total: 1, open: 1, bySeverity: { critical: 1 } },
      quality: { redactions: 3 },
      body: {
        scans: [{ tool: "trufflehog", category: "secret", successful: "unknown", results: 1 }],
        findings: [
          {
            category: "secret",
            ruleId: "AWS",
            message: "AWS secret, verified to be live",
            severityRaw: { value: "true", scale: "default", source: "Verified" },
            location: { path: "src/config.ts", line: 5 },
          },
        ],
      },
    });
  });

  it("keeps neither the secret nor the account", () => {
    expect(JSON.stringify(document)).not.toMatch(/do-not-keep|Zoë/);
  });
});

describe("the status", () => {
  it.each([
    ["of results alone", linesOf(resultOf()), "unknown", 1],
    ["with the end of the log", linesOf(resultOf(), END), "complete", 1],
    ["of a clean scan with the log", linesOf(logOf("running source"), END), "complete", 0],
    ["of a scan of nothing", linesOf(logOf("finished scanning", { chunks: 0 })), "empty", 0],
    ["with an error in the log", linesOf(resultOf(), ERROR, END), "partial", 1],
    ["of a clean scan with an error", linesOf(ERROR, END), "partial", 0],
    ["of an error alone", linesOf(ERROR), "failed", 0],
    ["of a log without its end", linesOf(logOf("running source")), "unknown", 0],
  ])("%s is right", (_, content, status, total) => {
    const document = findingsOf(content);
    expect([document.status, document.summary.total]).toEqual([status, total]);
  });

  it("says which error it was", () => {
    expect(findingsOf(linesOf(ERROR)).statusReasons).toEqual([
      { code: "tool-error", message: "error scanning: permission denied" },
    ]);
  });
});

describe("a result", () => {
  it.each([
    ["not verified", {}, "high", "AWS secret, not verified"],
    ["verified", { Verified: true }, "critical", "AWS secret, verified to be live"],
    ["not verifiable", { VerificationError: "timeout" }, "high", "AWS secret, not verified, because that failed"],
  ])("that is %s is rated", (_, more, severity, message) => {
    expect(findingsOf(linesOf(resultOf(more))).body.findings).toMatchObject([{ severity, message }]);
  });

  it("of one's own rule has its name", () => {
    const custom = resultOf({ DetectorName: "CustomRegex", ExtraData: { name: "token" } });
    expect(findingsOf(linesOf(custom)).body.findings).toMatchObject([{ ruleId: "CustomRegex/token" }]);
  });

  it("of a history has its commit in the id", () => {
    const [first, second] = findingsOf(
      linesOf(...["c1", "c2"].map((commit) => resultOf({}, { Git: { file: "a.ts", line: 1, commit } }))),
    ).body.findings;
    expect([first?.message, first?.id === second?.id]).toEqual(["AWS secret, not verified (commit c1)", false]);
  });
});

it("console output between the lines is passed over with a warning", () => {
  const { summary, quality } = findingsOf(linesOf(resultOf(), "TruffleHog. Unearth your secrets.", "", resultOf()));
  expect([summary.total, quality.warnings]).toMatchObject([2, [{ code: "not-json", place: "line 2" }]]);
});

describe.each([
  ["a line that is cut", linesOf(resultOf(), '{"SourceMetadata":'), "malformed at line 2"],
  ["a line that is neither result nor log", linesOf(resultOf(), "", { Raw: "s" }), "malformed at line 3"],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});

it.each([
  ["proved", { Verified: true }, true],
  ["not proved", { Verified: false }, false],
  ["not known, because trying it failed", { Verified: false, VerificationError: "timeout" }, undefined],
])("that a secret is live is %s", (_, result, verified) => {
  expect(findingsOf(linesOf(resultOf(result))).body.findings[0]?.verified).toBe(verified);
});
