import { describe, expect, it } from "vitest";
import { detectFormat } from "../../src/ingest/index.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const ISSUE = { id: "SNYK-1", packageName: "p", name: "p", version: "1", severity: "low", from: ["a@1", "p@1"] };

function projectOf(vulnerabilities: readonly object[], more: object = {}) {
  return { vulnerabilities, ok: vulnerabilities.length === 0, dependencyCount: 3, ...more };
}

function findingsOf(content: string | Uint8Array | object) {
  const text = typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content);
  return readAs("findings", text, "snyk.json");
}

/** The findings of a project with some issues. */
function issuesOf(...issues: readonly object[]) {
  return findingsOf(projectOf(issues.map((issue) => ({ ...ISSUE, ...issue })))).body.findings;
}

it("the fixture is normalised in full", () => {
  const document = findingsOf(fixture("snyk.json"));
  expect(document).toMatchObject({
    status: "unknown",
    source: { format: "snyk", tools: [{ name: "Snyk" }] },
    summary: { total: 3, open: 2, suppressed: 1, bySeverity: { high: 1, medium: 1 } },
    quality: { inconsistencies: [] },
    body: {
      scans: [
        { tool: "Snyk", category: "sca", successful: "unknown", results: 2 },
        { category: "licence", results: 1 },
      ],
    },
  });
  expect(document.body.findings).toMatchObject([
    {
      ruleId: "SNYK-JS-QS-0000001",
      message:
        "SNYK-JS-QS-0000001 (CVE-2024-0003, GHSA-aaaa-bbbb-cccc) in qs 6.5.1, fixed in 6.5.3: Prototype Pöllution",
      severityRaw: { value: "7.5", scale: "cvss", source: "cvssScore" },
      aliases: ["CVE-2024-0003", "GHSA-aaaa-bbbb-cccc"],
      scores: [{ version: "3.1", value: 7.5, source: "Snyk" }],
      epss: 0.0125,
      cwe: ["CWE-1321"],
      component: { name: "qs", version: "6.5.1", direct: true },
      fix: { state: "fixed", versions: ["6.5.3"] },
      location: { path: "package-lock.json" },
    },
    { category: "licence", ruleId: "GPL-3.0", severity: "medium", component: { name: "chart", direct: true } },
    {
      severity: "low",
      fix: { state: "not-fixed", versions: [] },
      component: { direct: false },
      suppressed: true,
      suppressions: [{ kind: "external", status: "accepted", justification: "no input from outside" }],
    },
  ]);
});

describe("the status", () => {
  const error = { ok: false, error: "Could not detect supported target files", path: "/a" };
  it.each([
    ["of an error", error, "failed"],
    ["of errors alone", [error, error], "failed"],
    ["of an error beside a project", [error, projectOf([])], "partial"],
    ["of a clean project", projectOf([]), "unknown"],
    ["of a project without dependencies", projectOf([], { dependencyCount: 0 }), "empty"],
    ["of one beside others", [projectOf([], { dependencyCount: 0 }), projectOf([])], "unknown"],
    ["of fewer issues than are declared", projectOf([ISSUE], { uniqueCount: 2 }), "partial"],
    ["of more issues than are declared", projectOf([ISSUE], { uniqueCount: 0 }), "unknown"],
    ["of a project that is not ok for no reason", projectOf([], { ok: false }), "partial"],
    ["of an image whose application failed", { ...projectOf([]), applications: [error] }, "partial"],
  ])("%s", (_, report, status) => {
    const document = findingsOf(report);
    expect(document.status).toBe(status);
    if (status !== "unknown") expect(document.statusReasons.length).toBeGreaterThan(0);
  });

  it("names the contradiction", () => {
    const { quality } = findingsOf(projectOf([ISSUE], { ok: true, uniqueCount: 0 }));
    expect(quality.inconsistencies.map(({ code, place }) => [code, place])).toEqual([
      ["verdict-differs", "/ok"],
      ["total-differs", "/uniqueCount"],
    ]);
  });
});

describe("an issue", () => {
  it("is one finding for each version of a package, on however many paths", () => {
    const found = issuesOf({}, { from: ["a@1", "b@1", "p@1"] }, { version: "2", from: ["a@1", "b@1", "p@2"] });
    expect(found.map(({ component }) => [component?.version, component?.direct])).toEqual([
      ["1", true],
      ["2", false],
    ]);
  });

  it("that is grouped is one finding for each package at the end of a path", () => {
    const from = [
      ["a@1", "@s/p@1"],
      ["a@1", "b@1", "@s/p@2"],
      ["a@1", "c@1", "@s/p@2"],
    ];
    const found = issuesOf({ name: ["@s/p", "@s/p", "@s/p"], from });
    expect(found.map(({ component }) => component)).toEqual([
      { name: "@s/p", version: "1", direct: true },
      { name: "@s/p", version: "2", direct: false },
    ]);
  });

  it("that is ignored on one path only is open", () => {
    const ignored = { ...ISSUE, filtered: { ignored: [{ reason: "r" }] } };
    const { summary } = findingsOf(projectOf([ISSUE], { filtered: { ignore: [ignored] } }));
    expect(summary).toMatchObject({ total: 1, open: 1 });
  });

  it("that is patched is suppressed", () => {
    const { body } = findingsOf(projectOf([], { filtered: { patch: [ISSUE] } }));
    expect(body.findings).toMatchObject([{ suppressed: true, suppressions: [{ justification: "patched by Snyk" }] }]);
  });

  it.each([
    [
      "Snyk's score before others",
      { cvssScore: 5, cvssDetails: [{ assigner: "NVD", cvssV3BaseScore: 9.8 }] },
      "medium",
    ],
    ["another's for want of it", { cvssDetails: [{ assigner: "NVD", cvssV3BaseScore: 9.8 }] }, "critical"],
    ["the word for want of a score", { severityWithCritical: "critical", severity: "high" }, "critical"],
    ["the word", {}, "low"],
  ])("has the severity of %s", (_, issue, severity) => expect(issuesOf(issue)[0]?.severity).toBe(severity));

  it("keeps the scores of all who gave one", () => {
    const cvssSources = [
      { assigner: "Snyk", baseScore: 5.1, vector: "CVSS:4.0/AV:N", cvssVersion: "4.0" },
      { assigner: "NVD", baseScore: 9.8, vector: "CVSS:3.1/AV:N", cvssVersion: "3.1" },
    ];
    expect(issuesOf({ cvssScore: 5.1, cvssSources })[0]).toMatchObject({
      severity: "medium",
      scores: [
        { version: "4.0", value: 5.1, source: "Snyk" },
        { version: "3.1", value: 9.8, source: "nvd" },
      ],
    });
  });

  it.each([
    [{ exploitDetails: { sources: ["CISA"] } }, true],
    [{ exploitDetails: { maturityLevels: [{ format: "CVSSv4", level: "Attacked" }] } }, true],
    [{ exploit: "Mature" }, undefined],
    [{}, undefined],
  ])("is exploited by %j: %s", (issue, exploited) => expect(issuesOf(issue)[0]?.exploited).toBe(exploited));
});

it("an image has packages of the distribution and of applications", () => {
  const application = projectOf([ISSUE], { packageManager: "npm", targetFile: "/app/package.json" });
  const image = projectOf([ISSUE], { packageManager: "deb", docker: { baseImage: "x" }, applications: [application] });
  const { body } = findingsOf(image);
  expect(body.findings.map(({ category, component, location }) => [category, component?.direct, location])).toEqual([
    ["container", undefined, undefined],
    ["sca", true, { path: "/app/package.json" }],
  ]);
});

it("a report of Snyk IaC is not taken for one of packages", () => {
  const report = JSON.stringify({ ok: true, infrastructureAsCodeIssues: [], vulnerabilities: [], dependencyCount: 0 });
  expect(detectFormat(Buffer.from(report), "x.json").found).toBeUndefined();
});

describe.each([
  [
    "a list that is none",
    '{"ok":true,"error":null,"vulnerabilities":{"a":[]},"x":{"vulnerabilities":[]},"dependencyCount":1}',
    "malformed at /vulnerabilities",
  ],
  ["a project that is no object", '[{"vulnerabilities":[],"ok":true,"dependencyCount":1},1]', "malformed at /1"],
  [
    "a project without a list",
    '[{"vulnerabilities":[],"ok":true,"dependencyCount":1},{"ok":true}]',
    "malformed at /1/vulnerabilities",
  ],
  [
    "an issue that is no object",
    JSON.stringify({ ...projectOf([]), vulnerabilities: [1] }),
    "malformed at /vulnerabilities/0",
  ],
  ["an issue without an id", JSON.stringify(projectOf([{ name: "p" }])), "malformed at /vulnerabilities/0/id"],
  [
    "an issue without a package",
    JSON.stringify(projectOf([{ id: "a" }])),
    "malformed at /vulnerabilities/0/packageName",
  ],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});
