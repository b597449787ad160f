import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const RESULT = { test_id: "B301", filename: "a.py", line_number: 2, issue_severity: "LOW", issue_text: "m" };
const TOTALS = { loc: 9, nosec: 0, "SEVERITY.LOW": 1 };

function reportOf(results: unknown, { errors = [], totals = {} }: { errors?: unknown; totals?: object } = {}): string {
  const metrics = { _totals: { ...TOTALS, ...totals } };
  return JSON.stringify({ errors, generated_at: "2026-03-01T10:00:00Z", metrics, results });
}

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "bandit.json");
}

/** The only finding of a report with one result. */
function findingOf(result: object) {
  const [finding] = findingsOf(reportOf([{ ...RESULT, ...result }])).body.findings;
  if (finding === undefined) throw new Error("there is no finding");
  return finding;
}

describe("the fixture", () => {
  const document = findingsOf(fixture("bandit.json"));

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "complete",
      source: { format: "bandit", tools: [{ name: "Bandit" }] },
      summary: { total: 6, open: 6, bySeverity: { high: 1, medium: 2, low: 3 } },
      quality: { warnings: [], inconsistencies: [], redactions: 2 },
      body: { scans: [{ tool: "Bandit", category: "sast", successful: true, results: 6 }] },
    });
    expect(document.body.findings.at(4)).toMatchObject({
      ruleId: "B602",
      ruleName: "subprocess_popen_with_shell_equals_true",
      message: "subprocess call with shell=True identified, security issue.",
      severity: "high",
      severityRaw: { value: "HIGH", scale: "word", source: "issue_severity" },
      confidence: "high",
      cwe: ["CWE-78"],
      location: { path: "shop/pay.py", line: 13, column: 5, endLine: 13 },
    });
  });

  it("keeps no password", () => {
    expect(JSON.stringify(document)).not.toContain("s3cr3t-example");
    expect(document.body.findings.find(({ ruleId }) => ruleId === "B105")?.message).toBe("hardcoded password string");
  });
});

describe("the status", () => {
  const errors = [{ filename: "b.py", reason: "syntax error while parsing AST from file" }];
  it.each([
    ["of a clean scan", reportOf([], { totals: { "SEVERITY.LOW": 0 } }), "complete"],
    ["of a scan that left a file out", reportOf([RESULT], { errors }), "partial"],
    ["of a scan that left every file out", reportOf([], { errors, totals: { loc: 0 } }), "failed"],
    ["of a scan of nothing", reportOf([], { totals: { loc: 0 } }), "empty"],
    ["without a list of errors", reportOf([RESULT], { errors: null }), "unknown"],
  ])("%s", (_, content, status) => expect(findingsOf(content).status).toBe(status));

  it("names the file that was left out", () => {
    expect(findingsOf(reportOf([], { errors })).statusReasons).toEqual([
      {
        code: "tool-error",
        message: "b.py was not scanned: syntax error while parsing AST from file",
        place: "/errors/0",
      },
    ]);
  });
});

describe("the totals", () => {
  it.each([
    ["of a threshold, which are higher", { "SEVERITY.LOW": 3 }, ["issues-not-listed"], []],
    ["that are lower", { "SEVERITY.LOW": 0 }, [], ["total-differs"]],
    ["of nosec", { nosec: 2 }, ["nosec"], []],
  ])("%s are said", (_, totals, warnings, inconsistencies) => {
    const { status, quality } = findingsOf(reportOf([RESULT], { totals }));
    expect(status).toBe("complete");
    expect(quality.warnings.map(({ code }) => code)).toEqual(warnings);
    expect(quality.inconsistencies.map(({ code }) => code)).toEqual(inconsistencies);
  });
});

describe("a finding", () => {
  it("survives an edit further up and beside it", () => {
    const before = { code: "1 x\n2 eval(a)\n3 y\n", line_number: 2, line_range: [2] };
    const after = { code: "8 other\n9  eval(a)\n10 y\n", line_number: 9, line_range: [9] };
    expect(findingOf(before).id).toBe(findingOf(after).id);
    expect(findingOf({ ...before, code: "2 eval(b)" }).id).not.toBe(findingOf(before).id);
  });

  it.each([
    ["UNDEFINED", "unknown", undefined],
    ["MEDIUM", "medium", "medium"],
  ])("of severity and confidence %s", (word, severity, confidence) => {
    const finding = findingOf({ issue_severity: word, issue_confidence: word });
    expect([finding.severity, finding.confidence]).toEqual([severity, confidence]);
  });

  it("may have no column", () => expect(findingOf({ col_offset: -1 }).location).toEqual({ path: "a.py", line: 2 }));
});

describe.each([
  ["results that are no list", reportOf({}), "malformed at /results"],
  ["a result that is no object", reportOf([1]), "malformed at /results/0"],
  ["a result without a test", reportOf([{ ...RESULT, test_id: undefined }]), "malformed at /results/0/test_id"],
  ["a result without a file", reportOf([{ ...RESULT, filename: "" }]), "malformed at /results/0/filename"],
  ["errors that are no list", reportOf([], { errors: {} }), "malformed at /errors"],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});
