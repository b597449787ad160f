import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "pip-audit.json");
}

function reportOf(...dependencies: readonly unknown[]): string {
  return JSON.stringify({ dependencies, fixes: [] });
}

const CLEAN = { name: "a", version: "1", vulns: [] };
const SKIPPED = { name: "b", skip_reason: "Dependency not found on PyPI and could not be audited: b (1)" };
const EDITABLE = { name: "c", skip_reason: "distribution marked as editable" };

it("the fixture is normalised in full", () => {
  expect(findingsOf(fixture("pip-audit.json"))).toMatchObject({
    status: "unknown",
    source: { format: "pip-audit", tools: [{ name: "pip-audit" }] },
    quality: { warnings: [{ code: "dependency-skipped", place: "/dependencies/2" }] },
    summary: { total: 1, open: 1, bySeverity: { unknown: 1 } },
    body: {
      scans: [{ tool: "pip-audit", category: "sca", successful: "unknown", results: 1 }],
      findings: [
        {
          ruleId: "PYSEC-2021-439",
          message: "PYSEC-2021-439 (CVE-2021-44420) in Django 3.2.9, fixed in 2.2.25, 3.2.10",
          severity: "unknown",
          severityRaw: { scale: "default", source: "none" },
          component: { name: "Django", version: "3.2.9", purl: "pkg:pypi/django@3.2.9" },
          fix: { state: "fixed", versions: ["2.2.25", "3.2.10"] },
        },
      ],
    },
  });
});

describe("the status", () => {
  it.each([
    ["of nothing", reportOf(), "empty", 1],
    ["of an array of nothing audited", JSON.stringify([SKIPPED]), "empty", 2],
    ["of clean dependencies", reportOf(CLEAN), "unknown", 0],
    ["of clean dependencies in an array", JSON.stringify([CLEAN]), "unknown", 0],
    ["where a dependency was skipped", reportOf(CLEAN, SKIPPED), "partial", 1],
    ["where one's own package was skipped", reportOf(CLEAN, EDITABLE), "unknown", 0],
    ["where all were skipped", reportOf(EDITABLE), "empty", 1],
  ])("%s is right", (_, content, status, reasons) => {
    const document = findingsOf(content);
    expect([document.status, document.statusReasons.length]).toEqual([status, reasons]);
  });

  it("names what was skipped", () => {
    expect(findingsOf(reportOf(CLEAN, SKIPPED)).statusReasons).toMatchObject([
      { code: "dependency-skipped", place: "/dependencies/1" },
    ]);
  });
});

describe.each([
  [
    "dependencies that are no list",
    '{"dependencies":1,"x":{"dependencies":[],"fixes":[]}}',
    "malformed at /dependencies",
  ],
  ["no dependencies", '{"x":{"dependencies":[],"fixes":[]}}', "not-this-format"],
  ["a dependency that is no object", reportOf(1), "malformed at /dependencies/0"],
  ["a dependency without a name", reportOf({ vulns: [] }), "malformed at /dependencies/0/name"],
  ["one that was neither audited nor skipped", reportOf({ name: "a" }), "malformed at /dependencies/0/vulns"],
  ["one without an id", reportOf({ name: "a", vulns: [{}] }), "malformed at /dependencies/0/vulns/0/id"],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});

it("an empty list of fixed versions says that there is none", () => {
  const vulns = [{ id: "A", fix_versions: [] }, { id: "B" }];
  const report = JSON.stringify({ dependencies: [{ name: "p", version: "1", vulns }] });
  const { body } = findingsOf(report);
  expect(body.findings.map(({ fix }) => fix)).toEqual([{ state: "not-fixed", versions: [] }, undefined]);
});
