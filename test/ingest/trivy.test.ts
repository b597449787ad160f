import { describe, expect, it } from "vitest";
import type { DeclaredEvidenceName } from "../../src/evidence/declared.ts";
import { fixture, read, readAs, refusalOf } from "./support.ts";

function reportOf(results: unknown, more: object = {}): string {
  return JSON.stringify({ SchemaVersion: 2, ArtifactName: "x", ArtifactType: "repository", Results: results, ...more });
}

function findingsOf(content: string, declared?: DeclaredEvidenceName) {
  return readAs("findings", content, "trivy.json", declared);
}

/** The only finding of a report with one vulnerability in a lock file. */
function vulnerabilityOf(vulnerability: object, result: object = {}) {
  const Vulnerabilities = [{ VulnerabilityID: "CVE-1", PkgName: "p", ...vulnerability }];
  const { body } = findingsOf(reportOf([{ Target: "yarn.lock", Class: "lang-pkgs", Vulnerabilities, ...result }]));
  const [finding] = body.findings;
  if (finding === undefined) throw new Error("there is no finding");
  return finding;
}

describe("the fixture", () => {
  const document = readAs("findings", fixture("trivy.json"), "trivy.json");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.123Z",
      source: { format: "trivy", formatVersion: "2", tools: [{ name: "Trivy", version: "0.69.1" }] },
      summary: { total: 4, open: 3, suppressed: 1, bySeverity: { critical: 2, high: 1, medium: 0 } },
      quality: { redactions: 1 },
    });
    expect(document.body.scans.map(({ category, results }) => [category, results])).toEqual([
      ["sca", 1],
      ["container", 1],
      ["secret", 1],
      ["iac", 1],
    ]);
  });

  it("has findings with their packages and places", () => {
    expect(document.body.findings).toMatchObject([
      {
        category: "container",
        ruleId: "CVE-2024-0001",
        message: "CVE-2024-0001 in libcrypto3 3.3.0-r1, fixed in 3.3.1-r0: openssl: héap overflow",
        severityRaw: { value: "9.8", scale: "cvss", source: "CVSS.nvd.V3Score" },
        cwe: ["CWE-122"],
        component: { name: "libcrypto3", purl: "pkg:apk/alpine/libcrypto3@3.3.0-r1?distro=3.20.1" },
        scores: [{ version: "3", value: 9.8, source: "nvd" }],
        fix: { state: "fixed", versions: ["3.3.1-r0"] },
      },
      {
        category: "sca",
        component: { name: "qs" },
        location: { path: "app/node_modules/qs/package.json" },
        suppressed: true,
      },
      { category: "iac", ruleId: "DS-0002", location: { path: "Dockerfile", line: 3, endLine: 3 } },
      { category: "secret", ruleId: "aws-access-key-id", location: { path: "app/.env", line: 2 } },
    ]);
    expect(document.body.findings[0]?.location).toBeUndefined();
  });

  it("does not keep the secret", () => expect(JSON.stringify(document)).not.toContain("do-not-keep-this"));
});

describe.each([
  ["a score before the word", { Severity: "LOW", CVSS: { nvd: { V3Score: 7.8 } } }, "high"],
  ["CVSS 4 before 3", { CVSS: { a: { V40Score: 6.3 }, nvd: { V3Score: 9.8 } } }, "medium"],
  ["the source of the severity before the NVD", { SeveritySource: "redhat", CVSS: scores(9.8, 5.3) }, "medium"],
  ["the NVD before others", { CVSS: { ...scores(5, 9.9) } }, "medium"],
  ["CVSS 2, which has no critical", { CVSS: { nvd: { V2Score: 10 } } }, "high"],
  ["CVSS 2 with the word of the tool", { Severity: "CRITICAL", CVSS: { nvd: { V2Score: 10 } } }, "critical"],
  ["the word without a score", { Severity: "LOW" }, "low"],
  ["a score of zero, which is none", { Severity: "HIGH", CVSS: { nvd: { V3Score: 0 } } }, "high"],
  ["UNKNOWN", { Severity: "UNKNOWN" }, "unknown"],
  ["nothing", {}, "unknown"],
])("the severity of %s", (_, vulnerability, severity) => {
  it(`is ${severity}`, () => expect(vulnerabilityOf(vulnerability).severity).toBe(severity));
});

function scores(nvd: number, redhat: number) {
  return { nvd: { V3Score: nvd }, redhat: { V3Score: redhat } };
}

describe("the category", () => {
  it.each([
    [{ Class: "os-pkgs" }, "container"],
    [{ Class: "lang-pkgs" }, "sca"],
    [{ Class: undefined, Type: "debian" }, "container"],
    [{ Class: undefined, Type: "npm" }, "sca"],
  ])("of %j is %s", (result, category) => expect(vulnerabilityOf({}, result).category).toBe(category));

  it("is what the user declares", () => {
    const { body } = findingsOf(fixture("trivy.json").toString("utf8"), "container");
    expect(new Set(body.findings.map(({ category }) => category))).toEqual(new Set(["container"]));
    expect(body.scans).toMatchObject([{ category: "container", results: 4 }]);
  });
});

describe("the id", () => {
  const id = vulnerabilityOf({ InstalledVersion: "1", Severity: "LOW" }).id;

  it("does not depend on what is said about the advisory", () => {
    expect(vulnerabilityOf({ InstalledVersion: "1", Severity: "HIGH", Title: "t", FixedVersion: "2" }).id).toBe(id);
  });

  it.each([
    [{ VulnerabilityID: "CVE-2" }, {}],
    [{ PkgName: "q" }, {}],
    [{ InstalledVersion: "2" }, {}],
    [{}, { Target: "b/yarn.lock" }],
  ])("depends on %j %j", (vulnerability, result) => {
    expect(vulnerabilityOf({ InstalledVersion: "1", ...vulnerability }, result).id).not.toBe(id);
  });
});

describe("a report", () => {
  it.each([
    ["without results", reportOf(undefined), undefined, "empty"],
    ["with an empty list", reportOf([]), undefined, "empty"],
    ["without results of a scan for secrets", reportOf(undefined), "secrets", "unknown"],
    ["with a clean target", reportOf([{ Target: "a", Class: "lang-pkgs" }]), undefined, "unknown"],
    ["of before version 2", '[{"Target":"a","Type":"npm","Vulnerabilities":null}]', undefined, "unknown"],
  ] as const)("%s is %s", (_, content, declared, status) => {
    const document = findingsOf(content, declared);
    expect([document.status, document.statusReasons.length > 0]).toEqual([status, status === "empty"]);
  });

  it("says what clean targets were scanned for", () => {
    const { body } = findingsOf(reportOf([{ Target: "a", Class: "config" }, { Class: "custom" }]));
    expect(body.scans).toMatchObject([{ tool: "Trivy", category: "iac", successful: "unknown", results: 0 }]);
  });

  it("keeps what was suppressed as suppressed", () => {
    const Finding = { VulnerabilityID: "CVE-3", PkgName: "p" };
    const modified = [{ Type: "vulnerability", Status: "ignored", Statement: "not reachable", Finding }];
    const { body } = findingsOf(reportOf([{ Target: "a", ExperimentalModifiedFindings: modified }]));
    expect(body.findings).toMatchObject([
      { ruleId: "CVE-3", suppressed: true, suppressions: [{ justification: "not reachable" }] },
    ]);
  });

  it("may have an exception to a check, and licences", () => {
    const Misconfigurations = [{ ID: "A", Title: "t", Severity: "LOW", Status: "EXCEPTION" }];
    const Licenses = [{ Name: "GPL-3.0", Category: "restricted", Severity: "HIGH", PkgName: "p" }];
    const results = [
      { Target: "a", Class: "config", Misconfigurations },
      { Target: "b", Class: "license", Licenses },
    ];
    expect(findingsOf(reportOf(results)).body.findings).toMatchObject([
      { category: "iac", suppressed: true, severity: "low" },
      { category: "licence", ruleId: "GPL-3.0", severity: "high", component: { name: "p" } },
    ]);
  });
});

describe.each([
  ["another version", '{"SchemaVersion":3,"ArtifactName":"x"}', "unsupported-version at /SchemaVersion"],
  ["results that are no array", reportOf({}), "malformed at /Results"],
  ["a result that is no object", reportOf([1]), "malformed at /Results/0"],
  ["vulnerabilities that are no array", reportOf([{ Vulnerabilities: {} }]), "malformed at /Results/0/Vulnerabilities"],
  ["one that is no object", reportOf([{ Vulnerabilities: [1] }]), "malformed at /Results/0/Vulnerabilities/0"],
  [
    "one without an id",
    reportOf([{ Vulnerabilities: [{}] }]),
    "malformed at /Results/0/Vulnerabilities/0/VulnerabilityID",
  ],
  ["secrets that are no array", reportOf([{ Secrets: "x" }]), "malformed at /Results/0/Secrets"],
  ["targets without a Target", '[{"Target":"a","Vulnerabilities":[]},{}]', "not-this-format at /1"],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});

it("is not taken for Trivy where only a name is the same", () => {
  expect(read('{"SchemaVersion":2}', "trivy.json", "sca").kind).toBe("unreadable");
});

describe("what is known of a vulnerability", () => {
  it.each([
    ["fixed", { FixedVersion: "1.2, 2.0", Status: "fixed" }, { state: "fixed", versions: ["1.2", "2.0"] }],
    ["not fixed", { Status: "affected" }, { state: "not-fixed", versions: [] }],
    ["put off", { Status: "fix_deferred" }, { state: "not-fixed", versions: [] }],
    ["not to be fixed", { Status: "will_not_fix" }, { state: "wont-fix", versions: [] }],
    ["of a release that has ended", { Status: "end_of_life" }, { state: "wont-fix", versions: [] }],
    ["not known yet", { Status: "under_investigation" }, { state: "unknown", versions: [] }],
    ["not said", {}, undefined],
  ])("is that it is %s", (_, vulnerability, fix) => expect(vulnerabilityOf(vulnerability).fix).toEqual(fix));

  it("is every score, with its version", () => {
    const nvd = { V2Score: 4.3, V2Vector: "AV:N/AC:M/Au:N/C:N/I:P/A:N", V3Score: 6.1, V3Vector: "CVSS:3.0/AV:N" };
    const ghsa = { V40Score: 5.1, V40Vector: "CVSS:4.0/AV:N", V3Score: 0 };
    expect(vulnerabilityOf({ CVSS: { nvd, ghsa } }).scores).toEqual([
      { version: "2.0", value: 4.3, vector: "AV:N/AC:M/Au:N/C:N/I:P/A:N", source: "nvd" },
      { version: "3.0", value: 6.1, vector: "CVSS:3.0/AV:N", source: "nvd" },
      { version: "4.0", value: 5.1, vector: "CVSS:4.0/AV:N", source: "ghsa" },
    ]);
  });

  it.each([
    ["a direct one", { Relationship: "direct" }, { direct: true }],
    ["the project itself", { Relationship: "root" }, { direct: true }],
    ["an indirect one", { Relationship: "indirect", Dev: true }, { direct: false, scope: "dev" }],
    ["an indirect one of old reports", { Indirect: true }, { direct: false }],
  ])("is whether the package is %s", (_, more, expected) => {
    const byUid = { Packages: [{ ID: "q@1", Identifier: { UID: "7" }, ...more }] };
    expect(vulnerabilityOf({ PkgIdentifier: { UID: "7" } }, byUid).component).toMatchObject(expected);
    const byId = { Packages: [{ ID: "p@1", ...more }] };
    expect(vulnerabilityOf({ PkgID: "p@1" }, byId).component).toMatchObject(expected);
  });

  it("is nothing of the package where the list does not say", () => {
    const list = { Packages: [{ ID: "p@1", Relationship: "unknown" }] };
    expect(vulnerabilityOf({ PkgID: "p@1" }, list).component).toEqual({ name: "p" });
    expect(vulnerabilityOf({ PkgID: "p@1" }).component).toEqual({ name: "p" });
  });
});

/** What a digest of SHA-256 looks like. */
function hex(digit: string): string {
  return digit.repeat(64);
}

function artifactsOf(more: object) {
  return findingsOf(reportOf([{ Target: "x", Class: "os-pkgs" }], more)).subject.artifacts;
}

describe("the image that was scanned", () => {
  it("is known by every digest that the report states, each once and in lower case", () => {
    const Metadata = {
      ImageID: `sha256:${hex("A")}`,
      RepoDigests: [`registry.example/shop@sha256:${hex("b")}`, `other.example/shop@sha256:${hex("b")}`],
    };
    expect(artifactsOf({ ArtifactName: "shop:1.0", ArtifactType: "container_image", Metadata })).toEqual([
      { name: "shop:1.0", digests: [`sha256:${hex("b")}`, `sha256:${hex("a")}`] },
    ]);
  });

  it("is known by the digest that was asked for", () => {
    const ArtifactName = `registry.example/shop@sha256:${hex("c")}`;
    expect(artifactsOf({ ArtifactName, ArtifactType: "container_image" })).toEqual([
      { name: ArtifactName, digests: [`sha256:${hex("c")}`] },
    ]);
  });

  it.each([
    ["there is no digest", { ArtifactType: "container_image", Metadata: { RepoDigests: [""], ImageID: "sha256:12" } }],
    ["it is no image", { ArtifactType: "filesystem", Metadata: { ImageID: `sha256:${hex("a")}` } }],
  ])("is not known where %s", (_, more) => {
    expect(artifactsOf(more)).toBeUndefined();
  });
});
