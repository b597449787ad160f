import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const NPM = { name: "p", version: "1", ecosystem: "npm" };

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "osv.json");
}

function reportOf(entry: object, source: object = { path: "yarn.lock", type: "lockfile" }): string {
  return JSON.stringify({ results: [{ source, packages: [{ package: NPM, ...entry }] }], experimental_config: {} });
}

/** The findings of one package. */
function packageOf(vulnerabilities: readonly object[], groups?: readonly object[], about: object = {}) {
  return findingsOf(reportOf({ package: { ...NPM, ...about }, vulnerabilities, groups })).body.findings;
}

it("the fixture is normalised in full", () => {
  expect(findingsOf(fixture("osv-scanner.json"))).toMatchObject({
    status: "unknown",
    source: { format: "osv-scanner", tools: [{ name: "osv-scanner" }] },
    summary: { total: 1, open: 1, bySeverity: { high: 1 } },
    body: {
      scans: [{ tool: "osv-scanner", category: "sca", successful: "unknown", results: 1 }],
      findings: [
        {
          ruleId: "GHSA-aaaa-bbbb-cccc",
          message: "GHSA-aaaa-bbbb-cccc (CVE-2024-0003) in @scope/qs 6.5.1, fixed in 6.5.3: Prototype pöllution",
          severityRaw: { value: "7.5", scale: "cvss", source: "groups.max_severity" },
          cwe: ["CWE-1321"],
          component: { purl: "pkg:npm/%40scope/qs@6.5.1" },
          aliases: ["CVE-2024-0003"],
          fix: { state: "fixed", versions: ["6.5.3"] },
          location: { path: "service/package-lock.json" },
        },
      ],
    },
  });
});

describe("groups", () => {
  it("are one finding each, and what is in no group is one too", () => {
    const found = packageOf([{ id: "A" }, { id: "B" }, { id: "C" }], [{ ids: ["A", "B"] }]);
    expect(found.map(({ ruleId }) => ruleId)).toEqual(["A", "C"]);
  });

  it("may be missing", () => expect(packageOf([{ id: "A" }])).toHaveLength(1));

  it("are findings even where the vulnerability is not described", () => {
    expect(packageOf([], [{ ids: ["A"], max_severity: "9.8" }])).toMatchObject([{ ruleId: "A", severity: "critical" }]);
  });
});

describe.each([
  ["a score", { max_severity: "9.8" }, {}, "critical"],
  ["a score of nothing, with a word", { max_severity: "" }, { severity: "MODERATE" }, "medium"],
  ["a score of nothing", { max_severity: "" }, {}, "unknown"],
  ["a word", {}, { severity: "HIGH" }, "high"],
])("the severity by %s", (_, group, specific, severity) => {
  it(`is ${severity}`, () => {
    const found = packageOf([{ id: "A", database_specific: specific }], [{ ids: ["A"], ...group }]);
    expect(found.map((finding) => finding.severity)).toEqual([severity]);
  });
});

it("a malicious package is critical", () => {
  const found = packageOf([{ id: "MAL-2023-1" }, { id: "GHSA-1" }], [{ ids: ["GHSA-1", "MAL-2023-1"] }]);
  expect(found).toMatchObject([
    { ruleId: "MAL-2023-1", severity: "critical", severityRaw: { scale: "default", source: "malicious package" } },
  ]);
});

describe.each([
  [{ ecosystem: "PyPI", name: "Foo_Bar" }, "sca", { name: "Foo_Bar", version: "1", purl: "pkg:pypi/foo-bar@1" }],
  [{ ecosystem: "Maven", name: "org.x:y" }, "sca", { purl: "pkg:maven/org.x/y@1" }],
  [{ ecosystem: "Go", name: "github.com/x/y" }, "sca", { purl: "pkg:golang/github.com/x/y@1" }],
  [{ ecosystem: "Debian:12", name: "bash", version: "1:2+b" }, "container", { purl: "pkg:deb/debian/bash@1:2%2Bb" }],
  [{ ecosystem: "Elsewhere" }, "sca", { name: "p", version: "1" }],
])("a package %j", (about, category, component) => {
  it(`is of category ${category}`, () =>
    expect(packageOf([{ id: "A" }], [], about)).toMatchObject([{ category, component }]));
});

function range(type: string, fixed: string) {
  return { ranges: [{ type, events: [{ fixed }] }] };
}

it("fixed versions are those of the package, and no commits", () => {
  const affected = [
    { package: { name: "p" }, ...range("SEMVER", "2") },
    { package: { name: "p" }, ...range("GIT", "abc") },
    { package: { name: "q" }, ...range("SEMVER", "3") },
  ];
  expect(packageOf([{ id: "A", affected }])[0]?.message).toBe("A in p 1, fixed in 2");
});

it("a clean scan is usable, and says that it was one", () => {
  const document = findingsOf('{"results":[],"experimental_config":{}}');
  expect([document.status, document.body.scans]).toMatchObject(["unknown", [{ category: "sca", results: 0 }]]);
});

describe.each([
  ["a result that is no object", '{"results":[1],"experimental_config":{}}', "malformed at /results/0"],
  [
    "packages that are no list",
    reportOf({}).replace(/"packages":.*\]\}\]/, '"packages":1}]'),
    "malformed at /results/0/packages",
  ],
  [
    "a vulnerability without an id",
    reportOf({ vulnerabilities: [{}] }),
    "malformed at /results/0/packages/0/vulnerabilities/0/id",
  ],
  [
    "a package without a name",
    reportOf({ package: {}, groups: [{ ids: ["A"] }], ecosystem: "x" }),
    "malformed at /results/0/packages/0/package/name",
  ],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "osv.json")).toBe(refusal));
});

describe("what is known of a vulnerability", () => {
  it.each([
    ["called", { A: { called: true }, B: { called: false } }, true],
    ["not called", { A: { called: false } }, false],
    ["not analysed", {}, undefined],
  ])("is that its code is %s", (_, experimentalAnalysis, reachable) => {
    expect(packageOf([{ id: "A" }], [{ ids: ["A"], experimentalAnalysis }])[0]?.reachable).toBe(reachable);
  });

  it.each([
    [["dev"], "dev"],
    [["dev", "optional"], "optional"],
    [["dev", "main"], undefined],
    [[], undefined],
  ])("is the scope of a package in the groups %j", (dependency_groups, scope) => {
    const [finding] = findingsOf(reportOf({ vulnerabilities: [{ id: "A" }], dependency_groups })).body.findings;
    expect(finding?.component?.scope).toBe(scope);
  });

  it.each([
    [[{ score: "CVSS:3.1/AV:N" }], [{ version: "3.1", value: 7.5, vector: "CVSS:3.1/AV:N", source: "osv" }]],
    [[{ score: "CVSS:3.1/AV:N" }, { score: "CVSS:3.1/AV:L" }], [{ version: "3.1", value: 7.5, source: "osv" }]],
    [[{ score: "CVSS:3.1/AV:N" }, { score: "CVSS:4.0/AV:N" }], undefined],
    [[], undefined],
  ])("is the score that vectors %j give", (severity, scores) => {
    const found = packageOf([{ id: "A", severity }], [{ ids: ["A"], max_severity: "7.5" }]);
    expect([found[0]?.severity, found[0]?.scores]).toEqual(["high", scores]);
  });
});
