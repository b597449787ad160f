import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const IDENTIFIERS = [{ type: "semgrep_id", name: "Rule r", value: "r" }];
const SCAN = { scanner: { id: "s", name: "Scanner" }, type: "sast", status: "success" };

function reportOf(vulnerabilities: unknown, scan: object = {}, more: object = {}): string {
  return JSON.stringify({ version: "15.0.7", vulnerabilities, scan: { ...SCAN, ...scan }, ...more });
}

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "gl-report.json");
}

/** The only finding of a report with one vulnerability. */
function findingOf(vulnerability: object, scan: object = {}) {
  const item = { name: "n", identifiers: IDENTIFIERS, location: { file: "a.py", start_line: 1 }, ...vulnerability };
  const [finding] = findingsOf(reportOf([item], scan)).body.findings;
  if (finding === undefined) throw new Error("there is no finding");
  return finding;
}

/** The signatures of a vulnerability, one of them that of its line. */
function tracking(scope: string, line: number) {
  const signatures = [
    { algorithm: "scope_offset", value: scope },
    { algorithm: "location", value: `a.py:${line}` },
  ];
  return { items: [{ signatures }] };
}

function request(method: string) {
  return { location: { hostname: "http://h", path: "/p", method } };
}

it("the fixture is normalised in full", () => {
  expect(findingsOf(fixture("gl-sast-report.json"))).toMatchObject({
    status: "complete",
    producedAt: "2026-03-01T10:00:00.000Z",
    source: { format: "gitlab", formatVersion: "15.1.4", tools: [{ name: "Semgrep", version: "1.110.0" }] },
    summary: { total: 2, open: 2, bySeverity: { high: 1, unknown: 1 } },
    quality: { warnings: [{ code: "tool-warning", message: "a rule took long", place: "/scan/messages/0" }] },
    body: {
      scans: [{ tool: "Semgrep", category: "sast", successful: true, results: 2 }],
      findings: [
        {
          ruleId: "bandit.B602",
          ruleName: "Improper neutralization of special elements used in an OS command",
          severityRaw: { value: "High", scale: "word", source: "severity" },
          cwe: ["CWE-78"],
          confidence: "low",
          location: { path: "shop/pay.py", line: 13, endLine: 13 },
          suppressed: false,
        },
        { ruleId: "bandit.B301", severity: "unknown", location: { line: 9 } },
      ],
    },
  });
});

describe("the status", () => {
  const one = [{ name: "n", identifiers: IDENTIFIERS }];
  it.each([
    ["of a success", [], {}, "complete"],
    ["of a failure", [], { status: "failure" }, "failed"],
    ["of a failure with findings", one, { status: "failure" }, "partial"],
    ["of a word that is not known", [], { status: "odd" }, "failed"],
    ["that is missing", [], { status: undefined }, "unknown"],
    ["with a fatal message", [], { messages: [{ level: "fatal", value: "no memory" }] }, "partial"],
    ["of a web scan that requested nothing", [], { type: "dast", scanned_resources: [] }, "empty"],
    ["of a web scan that requested something", [], { type: "dast", scanned_resources: [{}] }, "complete"],
  ])("%s", (_, vulnerabilities, scan, status) => {
    const document = findingsOf(reportOf(vulnerabilities, scan));
    expect(document.status).toBe(status);
    if (status !== "complete" && status !== "unknown") expect(document.statusReasons).toHaveLength(1);
  });
});

describe.each([
  ["sast", "sast"],
  ["dast", "dast"],
  ["api_fuzzing", "dast"],
  ["dependency_scanning", "sca"],
  ["container_scanning", "container"],
  ["secret_detection", "secret"],
])("a clean scan of type %s", (type, category) => {
  it(`is one of ${category}`, () => {
    expect(findingsOf(reportOf([], { type })).body.scans).toMatchObject([{ category, results: 0 }]);
  });
});

it.each([
  ["a page", { hostname: "http://h", path: "/p" }, IDENTIFIERS, "dast"],
  ["an image", { image: "i", dependency: { package: { name: "p" } } }, IDENTIFIERS, "container"],
  ["a package", { dependency: { package: { name: "p" } } }, IDENTIFIERS, "sca"],
  ["a rule for secrets", { file: "a" }, [{ type: "gitleaks_rule_id", value: "r" }], "secret"],
  ["code", { file: "a", dependency: { package: {} } }, IDENTIFIERS, "sast"],
])("before version 14 %s tells the category", (_, location, identifiers, category) => {
  const report = JSON.stringify({ version: "2.3", vulnerabilities: [{ location, identifiers }] });
  expect(findingsOf(report)).toMatchObject({ status: "unknown", body: { findings: [{ category }] } });
});

describe("a vulnerable package", () => {
  const location = { file: "Gemfile.lock", dependency: { package: { name: "rack" }, version: "1.0", direct: false } };
  const identifiers = [
    { type: "gemnasium", name: "Gemnasium-7", value: "7" },
    { type: "ghsa", name: "GHSA-aaaa-bbbb-cccc", value: "GHSA-aaaa-bbbb-cccc" },
    { type: "cve", name: "CVE-2024-1", value: "CVE-2024-1" },
    { type: "cwe", name: "CWE-79", value: "79" },
  ];

  it("goes by the name that others know", () => {
    expect(findingOf({ location, identifiers, severity: "Info" }, { type: "dependency_scanning" })).toMatchObject({
      category: "sca",
      ruleId: "CVE-2024-1",
      aliases: ["GHSA-aaaa-bbbb-cccc"],
      severity: "info",
      cwe: ["CWE-79"],
      component: { name: "rack", version: "1.0", direct: false },
      location: { path: "Gemfile.lock" },
    });
  });

  it("goes by GitLab's name for want of another", () => {
    expect(findingOf({ location, identifiers: identifiers.slice(0, 1) }).ruleId).toBe("7");
  });
});

describe("what may hold a secret", () => {
  const evidence = { summary: "4111-do-not-keep", request: { url: "do-not-keep" }, response: { body: "do-not-keep" } };
  const location = { hostname: "http://u:do-not-keep@h", path: "/p?token=do-not-keep", method: "GET", param: "q" };

  it("is left out of a web scan, and counted", () => {
    const document = findingsOf(reportOf([{ name: "n", identifiers: IDENTIFIERS, evidence, location }]));
    expect(JSON.stringify(document)).not.toContain("do-not-keep");
    expect(document.quality.redactions).toBe(3);
    expect(document.body.findings[0]?.location).toEqual({ path: "http://h/p" });
  });

  it("is left out of a leak, and counted", () => {
    const leak = { name: "Key", description: "do-not-keep", raw_source_code_extract: "do-not-keep" };
    const commit = { sha: "0000000", message: "do-not-keep" };
    const item = { ...leak, identifiers: IDENTIFIERS, location: { file: "a", start_line: 1, commit } };
    const document = findingsOf(reportOf([item], { type: "secret_detection" }));
    expect(JSON.stringify(document)).not.toContain("do-not-keep");
    expect(document.quality.redactions).toBe(1);
    expect(document.body.findings).toMatchObject([{ message: "Key", severity: "high", location: { path: "a" } }]);
  });
});

describe("the identity", () => {
  it("is the tracking signature that is not a line", () => {
    const [first, second] = [1, 2].map((start_line) =>
      findingOf({
        id: String(start_line),
        tracking: tracking("f[0]:1", start_line),
        location: { file: "a.py", start_line },
      }),
    );
    expect(first?.id).toBe(second?.id);
    expect(findingOf({ tracking: tracking("f[0]:2", 1) }).id).not.toBe(first?.id);
  });

  it("is the key for comparing in old reports", () => {
    const [first, second] = ["a:1:r", "a:2:r"].map((cve) => findingOf({ cve }).id);
    expect(first).not.toBe(second);
  });

  it("tells requests to one page apart", () => {
    expect(findingOf(request("GET")).id).not.toBe(findingOf(request("POST")).id);
  });
});

it.each([
  [{ confidence: "Confirmed" }, "high"],
  [{ confidence: "Unknown" }, undefined],
  [{ flags: [{ type: "flagged-as-likely-false-positive" }] }, "low"],
])("the confidence by %j is %s", (vulnerability, confidence) => {
  const finding = findingOf(vulnerability);
  expect([finding.confidence, finding.suppressed]).toEqual([confidence, false]);
});

describe.each([
  ["a version that is not known", reportOf([], {}, { version: "16.0.0" }), "unsupported-version at /version"],
  ["a version that is none", reportOf([], {}, { version: 15 }), "unsupported-version at /version"],
  ["no list", reportOf(undefined), "malformed at /vulnerabilities"],
  ["a list that is null", reportOf(null), "malformed at /vulnerabilities"],
  ["a vulnerability that is no object", reportOf([1]), "malformed at /vulnerabilities/0"],
  ["a vulnerability without a name", reportOf([{}]), "malformed at /vulnerabilities/0/identifiers"],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});
