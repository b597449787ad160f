import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "audit.json");
}

function reportOf(vulnerabilities: unknown, metadata: object = {}): string {
  return JSON.stringify({ auditReportVersion: 2, vulnerabilities, metadata });
}

/** The only finding of a report of version 2 with one advisory. */
function findingOf(advisory: object, entry: object = {}) {
  const [finding] = findingsOf(reportOf({ p: { via: [{ source: 1, ...advisory }], ...entry } })).body.findings;
  if (finding === undefined) throw new Error("there is no finding");
  return finding;
}

/** A report of version 1 with one advisory. */
function advisoryOf(advisory: object, findings: readonly object[] = [{ version: "1.0.0" }]) {
  const all = { "7": { id: 7, module_name: "@s/p", severity: "low", findings, ...advisory } };
  return findingsOf(JSON.stringify({ advisories: all, metadata: { totalDependencies: 1 } })).body.findings;
}

it("the fixture is normalised in full", () => {
  expect(findingsOf(fixture("npm-audit.json"))).toMatchObject({
    status: "unknown",
    source: { format: "npm-audit", formatVersion: "2", tools: [{ name: "npm audit" }] },
    summary: { total: 1, open: 1, bySeverity: { high: 1 } },
    quality: { inconsistencies: [] },
    body: {
      scans: [{ tool: "npm audit", category: "sca", successful: "unknown", results: 1 }],
      findings: [
        {
          ruleId: "GHSA-hrpp-h998-j3pp",
          message: "GHSA-hrpp-h998-j3pp in qs <6.5.3, fixed in express 4.21.2: qs vulnerable to Prototype Pöllution",
          severity: "high",
          severityRaw: { value: "7.5", scale: "cvss", source: "cvss.score" },
          cwe: ["CWE-1321"],
          component: { name: "qs", purl: "pkg:npm/qs", direct: false },
          scores: [{ version: "3.1", value: 7.5, source: "ghsa" }],
          fix: { state: "fixed", versions: ["express 4.21.2"] },
          location: { path: "node_modules/qs" },
        },
      ],
    },
  });
});

describe("an audit that failed", () => {
  // The first two have the shape that npm 11 wrote here: against a closed port, and a registry that takes no audits.
  it.each([
    ["to connect", { message: "request to http://127.0.0.1:9/ failed", error: { summary: "", detail: "" } }],
    ["by the registry", { message: "405", method: "POST", statusCode: 405, error: { summary: "", detail: "" } }],
    ["without a lock file", { error: { code: "ENOLOCK", summary: "This command requires a lockfile.", detail: "" } }],
    ["but has the frame of a report", { auditReportVersion: 2, error: { code: "ENOAUDIT" } }],
    ["and has an empty list", { auditReportVersion: 2, vulnerabilities: {}, error: { code: "ENOAUDIT" } }],
    ["and has a list that is null", { auditReportVersion: 2, vulnerabilities: null }],
  ])("%s is failed, with a reason", (_, report) => {
    const { status, statusReasons, summary, body } = findingsOf(JSON.stringify(report));
    expect([status, summary.total, statusReasons[0]?.code]).toEqual(["failed", 0, "audit-failed"]);
    expect(statusReasons[0]?.message).not.toBe("");
    expect(body.scans).toMatchObject([{ category: "sca", successful: false }]);
  });

  it("beside findings is partial", () => {
    const vulnerabilities = { p: { severity: "low", via: [{ source: 1 }] } };
    const report = JSON.stringify({ auditReportVersion: 2, vulnerabilities, error: { code: "E" } });
    expect(findingsOf(report).status).toBe("partial");
  });
});

describe("a clean report", () => {
  it.each([
    ["of no dependencies", reportOf({}, { dependencies: { total: 0 } }), "empty"],
    ["of some dependencies", reportOf({}, { dependencies: { total: 3 } }), "unknown"],
    ["of version 1 without dependencies", '{"advisories":{},"metadata":{"totalDependencies":0}}', "empty"],
    ["of version 1", '{"advisories":{},"metadata":{"totalDependencies":9}}', "unknown"],
  ])("%s is %s", (_, content, status) => expect(findingsOf(content).status).toBe(status));
});

describe("version 2", () => {
  it("keeps a package whose advisory is not in the file", () => {
    const { body, quality } = findingsOf(reportOf({ p: { severity: "critical", via: ["q"] } }));
    expect(body.findings).toMatchObject([{ ruleId: "npm-audit", severity: "critical", component: { name: "p" } }]);
    expect(quality.inconsistencies).toMatchObject([{ code: "no-advisory", place: "/vulnerabilities/p" }]);
  });

  it("says where the totals differ", () => {
    const { quality } = findingsOf(reportOf({ p: { via: [{ source: 1 }] } }, { vulnerabilities: { total: 3 } }));
    expect(quality.inconsistencies).toMatchObject([{ code: "total-differs" }]);
  });

  it.each([
    [{ severity: "moderate", cvss: { score: 9.8 } }, "critical"],
    [{ severity: "moderate", cvss: { score: 0, vectorString: null } }, "medium"],
    [{ severity: "info" }, "info"],
    [{}, "unknown"],
  ])("rates %j", (advisory, severity) => expect(findingOf(advisory).severity).toBe(severity));

  it("takes CWE that is null, and a number for want of a GHSA", () => {
    expect(findingOf({ cwe: null, url: "https://example.com/advisories/1" })).toMatchObject({
      cwe: [],
      ruleId: "npm-1",
    });
  });

  it("names a scope in the package URL", () => {
    const { body } = findingsOf(reportOf({ "@s/p": { via: [{ source: 1 }] } }));
    expect(body.findings[0]?.component?.purl).toBe("pkg:npm/%40s/p");
  });
});

describe("version 1", () => {
  it("has a finding for each installed version", () => {
    const findings = advisoryOf({}, [{ version: "1.0.0" }, { version: "2.0.0" }]);
    expect(findings.map(({ component }) => component?.purl)).toEqual(["pkg:npm/%40s/p@1.0.0", "pkg:npm/%40s/p@2.0.0"]);
  });

  it.each([
    [{ github_advisory_id: "GHSA-aaaa-bbbb-cccc", cves: ["CVE-1"] }, "GHSA-aaaa-bbbb-cccc"],
    [{ cves: ["CVE-1"] }, "CVE-1"],
    [{ url: "https://github.com/advisories/GHSA-aaaa-bbbb-cccc" }, "GHSA-aaaa-bbbb-cccc"],
    [{}, "npm-7"],
  ])("names %j", (advisory, id) => expect(advisoryOf(advisory)[0]?.ruleId).toBe(id));

  it("knows what is not fixed, and lists of CWE", () => {
    const [finding] = advisoryOf({ patched_versions: "<0.0.0", cwe: "CWE-94, CWE-843" });
    expect([finding?.message, finding?.cwe]).toEqual(["npm-7 in @s/p 1.0.0, no fixed version", ["CWE-94", "CWE-843"]]);
  });
});

describe.each([
  ["another version", '{"auditReportVersion":3}', "unsupported-version at /auditReportVersion"],
  ["a package that is no object", reportOf({ "a/b": 1 }), "malformed at /vulnerabilities/a~1b"],
  ["an advisory that is no object", '{"advisories":{"1":1},"metadata":{}}', "malformed at /advisories/1"],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});

describe("what is known of a vulnerability", () => {
  it.each([
    [{ fixAvailable: true }, { state: "fixed", versions: [] }, "fixed in another version"],
    [{ fixAvailable: false }, { state: "not-fixed", versions: [] }, "no fixed version"],
    [{}, undefined, "no fixed version"],
  ])("is the fix of version 2 by %j", (entry, fix, words) => {
    const finding = findingOf({}, entry);
    expect([finding.fix, finding.message]).toEqual([fix, `npm-1 in p, ${words}`]);
  });

  it("is not which version is installed, in version 2", () => {
    expect(findingOf({ range: "<2" }, { isDirect: true }).component).toEqual({
      name: "p",
      purl: "pkg:npm/p",
      direct: true,
    });
  });

  it.each([
    [
      { dev: true, paths: ["a>p"] },
      { scope: "dev", direct: false },
    ],
    [
      { dev: false, optional: true, paths: [".>p"] },
      { scope: "optional", direct: true },
    ],
    [
      { dev: false, paths: ["a>p", "p"] },
      { scope: "runtime", direct: true },
    ],
  ])("is how version 1 depends by %j", (installed, expected) => {
    expect(advisoryOf({}, [installed])[0]?.component).toMatchObject(expected);
  });

  it("is that version 1 knows of no fix", () => {
    expect(advisoryOf({ patched_versions: "<0.0.0" })[0]?.fix).toEqual({ state: "not-fixed", versions: [] });
  });
});
