import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const ISSUE = { rule_id: "G204", severity: "MEDIUM", confidence: "HIGH", details: "d", file: "a.go", line: "3" };
const STATS = { files: 2, lines: 9, nosec: 0 };

function reportOf(issues: unknown, { errors = {}, stats = {} }: { errors?: unknown; stats?: object } = {}): string {
  return JSON.stringify({
    "Golang errors": errors,
    Issues: issues,
    Stats: { ...STATS, ...stats },
    GosecVersion: "2.22.0",
  });
}

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "gosec.json");
}

/** The only finding of a report with one issue. */
function findingOf(issue: object) {
  const [finding] = findingsOf(reportOf([{ ...ISSUE, ...issue }])).body.findings;
  if (finding === undefined) throw new Error("there is no finding");
  return finding;
}

it("the fixture is normalised in full", () => {
  const document = findingsOf(fixture("gosec.json"));
  expect(document).toMatchObject({
    status: "complete",
    source: { format: "gosec", tools: [{ name: "gosec" }] },
    summary: { total: 5, open: 4, suppressed: 1, bySeverity: { medium: 3, low: 1 } },
    quality: { warnings: [], inconsistencies: [] },
    body: { scans: [{ category: "sast", successful: true, results: 5 }] },
  });
  expect(document.body.findings.slice(0, 2)).toMatchObject([
    {
      ruleId: "G401",
      suppressed: true,
      suppressions: [{ kind: "in-source", status: "accepted", justification: "a checksum, nothing secret" }],
    },
    {
      ruleId: "G204",
      message: "Subprocess launched with a potential tainted input or cmd arguments",
      severityRaw: { value: "MEDIUM", scale: "word", source: "severity" },
      confidence: "high",
      cwe: ["CWE-78"],
      location: { path: "/src/shop/main.go", line: 16, column: 6 },
      suppressed: false,
    },
  ]);
});

describe("the status", () => {
  const errors = { "/src/a.go": [{ line: 1, column: 1, error: "expected operand" }] };
  it.each([
    ["of a clean scan", reportOf([]), "complete"],
    ["of a clean scan whose list is null", reportOf(null), "complete"],
    ["of code that does not compile", reportOf([ISSUE], { errors }), "partial"],
    ["of code that does not compile, where no file was read", reportOf([], { errors, stats: { files: 0 } }), "failed"],
    ["of a scan of nothing", reportOf([], { stats: { files: 0 } }), "empty"],
    ["of fewer issues than are declared", reportOf([ISSUE], { stats: { found: 2 } }), "partial"],
    ["of more issues than are declared", reportOf([ISSUE], { stats: { found: 0 } }), "complete"],
    ["of an old report", JSON.stringify({ Issues: [ISSUE], Stats: STATS }), "unknown"],
  ])("%s", (_, content, status) => expect(findingsOf(content).status).toBe(status));

  it("names the error", () => {
    expect(findingsOf(reportOf([], { errors })).statusReasons).toMatchObject([
      { code: "tool-error", message: "/src/a.go: expected operand" },
    ]);
  });
});

it("comments that hide issues are counted", () => {
  expect(findingsOf(reportOf([], { stats: { nosec: 2 } })).quality.warnings).toMatchObject([
    { code: "nosec", message: "there are 2 nosec comments and 0 suppressed issues" },
  ]);
});

describe("a finding", () => {
  it.each([
    [{ nosec: true }, true],
    [{ suppressions: [{ kind: "external", justification: "j" }] }, true],
    [{ suppressions: null, nosec: false }, false],
    [{ suppressions: [] }, false],
  ])("by %j is suppressed: %s", (issue, suppressed) => expect(findingOf(issue).suppressed).toBe(suppressed));

  it("may be on several lines", () => {
    expect(findingOf({ line: "3-5", column: "2" }).location).toEqual({ path: "a.go", line: 3, column: 2, endLine: 5 });
  });

  it("survives an edit further up", () => {
    const before = { line: "3", code: "2: a\n3: \tf(x)\n4: b\n" };
    expect(findingOf({ line: "9", code: "8: c\n9: f(x)\n" }).id).toBe(findingOf(before).id);
    expect(findingOf({ line: "3", code: "3: f(y)\n" }).id).not.toBe(findingOf(before).id);
  });

  it("is not known by a credential in it", () => {
    const [first, second] = ["a", "b"].map((code) => findingOf({ rule_id: "G101", code }).id);
    expect(first).toBe(second);
    expect(findingsOf(reportOf([{ ...ISSUE, rule_id: "G101" }])).quality.redactions).toBe(1);
  });
});

describe.each([
  ["issues that are no list", reportOf({}), "malformed at /Issues"],
  ["an issue that is no object", reportOf([1]), "malformed at /Issues/0"],
  ["an issue without a rule", reportOf([{ ...ISSUE, rule_id: "" }]), "malformed at /Issues/0/rule_id"],
  ["an issue without a file", reportOf([{ ...ISSUE, file: 1 }]), "malformed at /Issues/0/file"],
  ["no issues", '{"Golang errors":{}}', "not-this-format"],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});
