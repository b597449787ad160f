import { describe, expect, it } from "vitest";
import { detectFormat } from "../../src/ingest/index.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const COUNTERS = {
  kics_version: "v2.1.6",
  files_scanned: 2,
  files_parsed: 2,
  files_failed_to_scan: 0,
  queries_total: 10,
  queries_failed_to_execute: 0,
  queries_failed_to_compute_similarity_id: 0,
  end: "2026-03-01T10:00:00Z",
};
const FILE = {
  file_name: "infra/main.tf",
  similarity_id: "1f",
  line: 3,
  search_key: "k",
  actual_value: "it is missing",
};
const QUERY = { query_id: "q1", query_name: "Bucket", severity: "HIGH", description: "d", files: [FILE] };

function reportOf(queries: unknown, more: object = {}): string {
  return JSON.stringify({ ...COUNTERS, queries, ...more });
}

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "report.json");
}

/** The only finding of a report with one query and one file. */
function findingOf(file: object, query: object = {}, more: object = {}) {
  const [finding] = findingsOf(reportOf([{ ...QUERY, ...query, files: [{ ...FILE, ...file }] }], more)).body.findings;
  if (finding === undefined) throw new Error("there is no finding");
  return finding;
}

describe("the fixture", () => {
  const document = findingsOf(fixture("kics.json"));

  it("is told by its content alone, and by no other reader", () => {
    const { attempts } = detectFormat(fixture("kics.json"), "report");
    expect(attempts.filter(({ confidence }) => confidence !== "no").map(({ adapter }) => adapter.id)).toEqual(["kics"]);
  });

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "complete",
      producedAt: "2026-03-01T10:00:07.987Z",
      source: { format: "kics", tools: [{ name: "KICS", version: "v2.1.6" }] },
      summary: { total: 3, open: 3, bySeverity: { high: 1, medium: 2 } },
      quality: { redactions: 2, inconsistencies: [], warnings: [] },
      body: {
        scans: [
          { category: "secret", results: 1, successful: true },
          { category: "iac", results: 2, successful: true },
        ],
        findings: [
          {
            category: "secret",
            message: "Passwords And Secrets - Generic Password",
            location: { path: "infra/main.tf", line: 25 },
          },
          {
            category: "iac",
            ruleId: "568a4d22-3517-44a6-a7ad-6a7eed88722c",
            ruleName: "S3 Bucket Without Versioning",
            message: "S3 Bucket Without Versioning: 'versioning' of aws_s3_bucket[größe] is missing",
            severityRaw: { value: "MEDIUM", scale: "word", source: "severity" },
            cwe: ["CWE-710"],
            location: { path: "infra/main.tf", line: 5 },
          },
          { location: { path: "infra/logs.tf", line: 1 } },
        ],
      },
    });
  });

  it("does not keep the secret", () => expect(JSON.stringify(document)).not.toContain("do-not-keep-this"));
});

describe("a finding", () => {
  it.each([
    ["CRITICAL", "critical"],
    ["HIGH", "high"],
    ["INFO", "info"],
    ["TRACE", "info"],
    [null, "unknown"],
  ])("of severity %s is %s", (severity, expected) => expect(findingOf({}, { severity }).severity).toBe(expected));

  it.each([
    ["the similarity id", { similarity_id: "2f" }, false],
    ["the line", { line: 9 }, true],
    ["what was found", { actual_value: "it is wrong", search_value: "x" }, true],
  ])("has an id that knows of %s", (_, change, same) => {
    expect(findingOf(change).id === findingOf({}).id).toBe(same);
  });

  it("without a similarity id is known by its attribute", () => {
    const none = { similarity_id: "" };
    expect(findingOf({ ...none, line: 9 }).id).toBe(findingOf(none).id);
    expect(findingOf({ ...none, search_key: "l" }).id).not.toBe(findingOf(none).id);
  });

  it.each([
    ["in the container", "../../path/infra/main.tf", ["/path"], "infra/main.tf"],
    ["in a folder of the container", "../../path/infra/main.tf", ["/path/infra"], "main.tf"],
    ["outside of what was scanned", "../../other/main.tf", ["/path"], "../../other/main.tf"],
    ["without a list of paths", "../../path/main.tf", undefined, "../../path/main.tf"],
    ["without a container", "infra/main.tf", ["infra"], "infra/main.tf"],
  ])("%s has its path", (_, file_name, paths, path) => {
    expect(findingOf({ file_name }, {}, { paths }).location?.path).toBe(path);
  });
});

describe.each([
  ["all counters", reportOf([QUERY]), "complete", []],
  ["nothing found", reportOf([]), "complete", []],
  ["no end", reportOf([], { end: undefined }), "unknown", []],
  ["an end that never was", reportOf([], { end: "0001-01-01T00:00:00Z" }), "unknown", []],
  ["a file that was not parsed", reportOf([], { files_parsed: 1 }), "partial", ["files-not-parsed"]],
  ["a file that was not scanned", reportOf([], { files_failed_to_scan: 1 }), "partial", ["files-not-scanned"]],
  ["a query that failed", reportOf([], { queries_failed_to_execute: 1 }), "partial", ["queries-failed"]],
  ["no file", reportOf([], { files_scanned: 0, files_parsed: 0 }), "empty", ["nothing-scanned"]],
  ["no file that was parsed", reportOf([], { files_parsed: 0 }), "empty", ["nothing-scanned"]],
  ["no query", reportOf([], { queries_total: 0 }), "empty", ["nothing-scanned"]],
  ["fewer findings than it says", reportOf([], { total_counter: 2 }), "partial", ["findings-missing"]],
  [
    "fewer findings of a severity than it says",
    reportOf([QUERY], { total_counter: 1, severity_counters: { CRITICAL: 1, HIGH: 0, TRACE: 4 } }),
    "partial",
    ["findings-missing"],
  ],
] as const)("a report with %s", (_, content, status, reasons) => {
  it(`is ${status}`, () => {
    const document = findingsOf(content);
    expect([document.status, document.statusReasons.map(({ code }) => code)]).toEqual([status, reasons]);
  });
});

it("notes counters that differ", () => {
  const { quality } = findingsOf(reportOf([QUERY], { total_counter: 0, severity_counters: { HIGH: 3 } }));
  expect(quality.inconsistencies).toEqual([
    { code: "high-findings-differ", message: "declares 3 high-findings, has 1", place: "/severity_counters/HIGH" },
    { code: "findings-differ", message: "declares 0 findings, has 1", place: "/total_counter" },
  ]);
});

it("warns of similarity ids that are missing", () => {
  const { quality } = findingsOf(reportOf([], { queries_failed_to_compute_similarity_id: 1 }));
  expect(quality.warnings).toMatchObject([{ code: "similarity-id-missing" }]);
});

it("a large report is read like a small one", () => {
  const content = fixture("kics.json").toString("utf8");
  expect(findingsOf(content + " ".repeat(1 << 20)).body).toEqual(findingsOf(content).body);
});

describe.each([
  ["no queries", JSON.stringify(COUNTERS), "not-this-format"],
  ["queries that are no list", reportOf({}), "malformed at /queries"],
  ["a query that is no object", reportOf([1]), "malformed at /queries/0"],
  ["a query without files", reportOf([{ ...QUERY, files: null }]), "malformed at /queries/0/files"],
  ["a file that is no object", reportOf([{ ...QUERY, files: [1] }]), "malformed at /queries/0/files/0"],
  ["a query without an id", reportOf([{ ...QUERY, query_id: "" }]), "malformed at /queries/0/query_id"],
  ["a count that is none", reportOf([], { files_parsed: "2" }), "malformed at /files_parsed"],
])("a report with %s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});
