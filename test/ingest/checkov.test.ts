import { describe, expect, it } from "vitest";
import { detectFormat, ingestBytes } from "../../src/ingest/index.ts";
import { DEFAULT_LIMITS } from "../../src/util/limits.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const CHECK = {
  check_id: "CKV_AWS_18",
  check_name: "Ensure logging",
  check_result: { result: "FAILED" },
  file_path: "/main.tf",
  repo_file_path: "/infra/main.tf",
  file_abs_path: "/src/shop/infra/main.tf",
  file_line_range: [1, 4],
  resource: "aws_s3_bucket.b",
  severity: null,
};

interface Lists {
  readonly type?: string;
  readonly failed?: unknown;
  readonly skipped?: unknown;
  readonly results?: object;
  readonly summary?: object;
}

function reportOf({ type = "terraform", failed = [], skipped = [], results = {}, summary = {} }: Lists): object {
  return {
    check_type: type,
    results: { passed_checks: [], failed_checks: failed, skipped_checks: skipped, parsing_errors: [], ...results },
    summary: { checkov_version: "3.3.30", ...summary },
  };
}

function textOf(report: unknown): string {
  return JSON.stringify(report);
}

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "report.json");
}

/** The only finding of a report with one check that failed. */
function findingOf(check: object, type = "terraform") {
  const [finding] = findingsOf(textOf(reportOf({ type, failed: [{ ...CHECK, ...check }] }))).body.findings;
  if (finding === undefined) throw new Error("there is no finding");
  return finding;
}

describe("the fixture", () => {
  const document = findingsOf(fixture("checkov.json"));

  it("is told by its content alone, and by no other reader", () => {
    const { attempts } = detectFormat(fixture("checkov.json"), "report");
    expect(attempts.filter(({ confidence }) => confidence !== "no").map(({ adapter }) => adapter.id)).toEqual([
      "checkov",
    ]);
  });

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      source: { format: "checkov", tools: [{ name: "Checkov", version: "3.3.30" }] },
      summary: { total: 3, open: 2, suppressed: 1, bySeverity: { unknown: 2 } },
      quality: { warnings: [], inconsistencies: [] },
      body: {
        scans: [{ category: "iac", results: 3 }],
        findings: [
          {
            ruleId: "CKV_DOCKER_3",
            message: "Ensure that a user for the container has been created (/Dockerfile.)",
            location: { path: "infra/Dockerfile", line: 1, endLine: 2 },
          },
          {
            category: "iac",
            ruleId: "CKV_AWS_21",
            ruleName: "Ensure all data stored in the S3 bucket have versioning enabled",
            message: "Ensure all data stored in the S3 bucket have versioning enabled (aws_s3_bucket.größe)",
            severity: "unknown",
            location: { path: "infra/main.tf", line: 1, endLine: 4 },
            suppressed: false,
          },
          {
            ruleId: "CKV_AWS_18",
            suppressed: true,
            suppressions: [{ kind: "in-source", status: "accepted", justification: "logs go elsewhere" }],
          },
        ],
      },
    });
  });
});

describe("a check", () => {
  it.each([
    [null, "unknown"],
    ["LOW", "low"],
    ["MEDIUM", "medium"],
    ["CRITICAL", "critical"],
    ["NONE", "info"],
  ])("of severity %j is %s", (severity, expected) => expect(findingOf({ severity }).severity).toBe(expected));

  it("names its guideline", () => {
    expect(findingOf({ guideline: "https://docs.example/18" }).message).toBe(
      "Ensure logging (aws_s3_bucket.b), see https://docs.example/18",
    );
  });

  it.each([
    ["terraform", "iac"],
    ["github_actions", "iac"],
    ["secrets", "secret"],
    ["sca_package", "sca"],
    ["sca_image", "container"],
    ["sast_python", "sast"],
  ])("of type %s is of category %s", (type, category) => {
    expect(findingOf({}, type).category).toBe(category);
    const clean = findingsOf(textOf(reportOf({ type, summary: { passed: 1 }, results: { passed_checks: [{}] } })));
    expect(clean.body.scans).toMatchObject([{ category, results: 0 }]);
  });

  it.each([
    ["the resource", { resource: "aws_s3_bucket.c" }, false],
    ["the rule", { check_id: "CKV_AWS_19" }, false],
    ["the file", { repo_file_path: "/other.tf" }, false],
    ["the lines", { file_line_range: [5, 9] }, true],
    ["the severity", { severity: "HIGH" }, true],
  ])("has an id that knows of %s", (_, change, same) => {
    expect(findingOf(change).id === findingOf({}).id).toBe(same);
  });

  it("of YAML has an id without the lines in its resource", () => {
    expect(findingOf({ resource: "ci.yml.jobs[3:9]" }).id).toBe(findingOf({ resource: "ci.yml.jobs[4:10]" }).id);
  });

  it.each([
    ["below the checkout", "/src/shop", "infra/main.tf"],
    ["below a folder of it", "/src/shop/infra", "main.tf"],
    ["elsewhere", "/other", "infra/main.tf"],
  ])("is placed where the run was %s", (_, root, path) => {
    const bytes = Buffer.from(textOf(reportOf({ failed: [CHECK] })));
    expect(ingestBytes(bytes, "x", undefined, { limits: DEFAULT_LIMITS, root })).toMatchObject({
      body: { findings: [{ location: { path } }] },
    });
  });
});

describe("a skipped check", () => {
  it.each([
    ["for a reason", "it is public", [{ kind: "in-source", status: "accepted", justification: "it is public" }]],
    ["without a reason", "No comment provided", [{ kind: "in-source", status: "accepted" }]],
    ["with an empty comment", "", [{ kind: "in-source", status: "accepted" }]],
    [
      "by a baseline",
      "baseline-skipped",
      [{ kind: "external", status: "accepted", justification: "baseline-skipped" }],
    ],
    [
      "by an option",
      "Filtered by severity",
      [{ kind: "external", status: "accepted", justification: "Filtered by severity" }],
    ],
  ])("%s says so", (_, comment, suppressions) => {
    const skipped = [{ ...CHECK, check_result: { result: "SKIPPED", suppress_comment: comment } }];
    const [finding] = findingsOf(textOf(reportOf({ skipped }))).body.findings;
    expect([finding?.suppressed, finding?.suppressions]).toEqual([true, suppressions]);
  });
});

describe("a secret", () => {
  const secret = {
    check_id: "CKV_SECRET_6",
    check_name: "High Entropy",
    resource: "3f2a9c",
    code_block: [[1, "k=abc"]],
  };
  const content = textOf(reportOf({ type: "secrets", failed: [{ ...CHECK, ...secret }] }));

  it("is kept without its digest and its code", () => {
    const document = findingsOf(content);
    expect([document.quality.redactions, JSON.stringify(document).match(/3f2a9c|k=abc/)]).toEqual([2, null]);
    expect(document.body.findings).toMatchObject([{ severity: "high", message: "High Entropy" }]);
  });

  it("that is live is critical", () => {
    expect(findingOf({ ...secret, validation_status: "Valid" }, "secrets").severity).toBe("critical");
    expect(findingOf({ ...secret, validation_status: "Invalid" }, "secrets").severity).toBe("high");
  });
});

describe("a package", () => {
  const details = {
    id: "CVE-2024-1",
    package_name: "django",
    package_version: "1.2",
    cvss: 9.8,
    vector: "CVSS:3.1/AV:N",
    lowest_fixed_version: "1.11.27",
  };

  it("with a vulnerability is known by the advisory", () => {
    expect(findingOf({ severity: "HIGH", vulnerability_details: details }, "sca_package")).toMatchObject({
      category: "sca",
      ruleId: "CVE-2024-1",
      severity: "critical",
      component: { name: "django", version: "1.2" },
      fix: { state: "fixed", versions: ["1.11.27"] },
    });
  });

  it.each([
    ["CVSS:4.0/AV:N", "4.0"],
    ["AV:N/AC:L/Au:N", "2.0"],
    [null, "3"],
  ])("with the vector %s has a score of version %s", (vector, version) => {
    const finding = findingOf({ vulnerability_details: { ...details, vector } }, "sca_image");
    expect(finding.scores?.[0]?.version).toBe(version);
  });

  it("without a fix has none", () => {
    const unfixed = { ...details, lowest_fixed_version: "N/A", cvss: null };
    const finding = findingOf({ severity: "LOW", vulnerability_details: unfixed }, "sca_package");
    expect([finding.fix, finding.severity]).toEqual([undefined, "low"]);
  });

  it("with a licence that is not allowed is a finding of licences", () => {
    const vulnerability_details = { package_name: "p", license: "GPL-3.0", policy: "BC_LIC_1" };
    expect(findingOf({ check_id: "BC_LIC_1", vulnerability_details }, "sca_package")).toMatchObject({
      category: "licence",
      component: { name: "p" },
    });
  });
});

const COUNTERS = { passed: 0, failed: 0, skipped: 0, parsing_errors: 0, resource_count: 0, checkov_version: "3.3.30" };

describe.each([
  ["bare counters", COUNTERS, "empty", ["nothing-scanned"]],
  ["no check at all", reportOf({ summary: COUNTERS }), "empty", ["nothing-scanned"]],
  ["checks that passed", reportOf({ results: { passed_checks: [CHECK] }, summary: { passed: 1 } }), "unknown", []],
  ["one type of two empty", [reportOf({}), reportOf({ failed: [CHECK] })], "unknown", []],
  ["a file that was not parsed", reportOf({ results: { parsing_errors: ["a.tf"] } }), "partial", ["parsing-errors"]],
  [
    "an error beside another type",
    [reportOf({ failed: [CHECK] }), reportOf({ results: { parsing_errors: ["a.tf"] } })],
    "partial",
    ["parsing-errors"],
  ],
  ["errors in the summary alone", reportOf({ summary: { parsing_errors: 1 } }), "partial", ["parsing-errors"]],
  ["fewer checks than it says", reportOf({ failed: [CHECK], summary: { failed: 2 } }), "partial", ["checks-missing"]],
  ["more checks than it says", reportOf({ failed: [CHECK], summary: { failed: 0 } }), "unknown", []],
] as const)("a report with %s", (_, report, status, reasons) => {
  it(`is ${status}`, () => {
    const document = findingsOf(textOf(report));
    expect([document.status, document.statusReasons.map(({ code }) => code)]).toEqual([status, reasons]);
  });
});

/** A report of `--quiet`, which lists nothing but failures. */
function quiet(summary: object) {
  return findingsOf(textOf({ check_type: "terraform", results: { failed_checks: [] }, summary }));
}

describe("a report of --quiet", () => {
  it("has made checks although it lists none", () => {
    expect(quiet({ passed: 4, failed: 0, skipped: 0 })).toMatchObject({
      status: "unknown",
      quality: { warnings: [], inconsistencies: [] },
    });
  });

  it("warns of skipped checks that it does not list", () => {
    expect(quiet({ passed: 4, failed: 0, skipped: 1 }).quality.warnings).toMatchObject([
      { code: "skipped-not-listed", place: "/summary" },
    ]);
  });
});

describe.each([
  ["no results", { check_type: "terraform", summary: COUNTERS }, "malformed at /results"],
  [
    "no failed checks",
    { check_type: "terraform", results: {}, summary: COUNTERS },
    "malformed at /results/failed_checks",
  ],
  ["a check that is no object", reportOf({ failed: [1] }), "malformed at /results/failed_checks/0"],
  ["a check without an id", [reportOf({ failed: [{}] })], "malformed at /0/results/failed_checks/0/check_id"],
  ["skipped checks that are no list", reportOf({ skipped: {} }), "malformed at /results/skipped_checks"],
  ["a report that is none", [reportOf({}), {}], "malformed at /1/check_type"],
  ["counters in a list", [reportOf({}), COUNTERS], "malformed at /1/check_type"],
  ["a version alone", { checkov_version: "3.3.30" }, "not-this-format"],
])("a report with %s", (_, report, refusal) => {
  it("is refused with its place", () => expect(refusalOf(textOf(report), "x.json")).toBe(refusal));
});
