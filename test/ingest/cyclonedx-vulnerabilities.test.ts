import { describe, expect, it } from "vitest";
import type { DeclaredEvidenceName } from "../../src/evidence/declared.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const COMPONENT = { "bom-ref": "p", name: "p", version: "1", purl: "pkg:npm/p@1" };

function bomOf(vulnerabilities: unknown, more: object = {}): string {
  return JSON.stringify({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    components: [COMPONENT],
    vulnerabilities,
    ...more,
  });
}

function findings(vulnerabilities: unknown, declared: DeclaredEvidenceName = "sca", more: object = {}) {
  return readAs("findings", bomOf(vulnerabilities, more), "x.json", declared);
}

/** The only finding of a report with one vulnerability. */
function findingOf(vulnerability: object, declared?: DeclaredEvidenceName) {
  const { body } = findings([{ id: "CVE-1", affects: [{ ref: "p" }], ...vulnerability }], declared);
  const [finding] = body.findings;
  if (finding === undefined || body.findings.length > 1) throw new Error("there is not one finding");
  return finding;
}

it("the fixture is normalised in full", () => {
  const document = readAs("findings", fixture("found.cdx.json"), "found.cdx.json");
  expect(document).toMatchObject({
    status: "unknown",
    producedAt: "2026-03-01T10:00:00.000Z",
    source: {
      format: "cyclonedx-vulnerabilities",
      formatVersion: "1.6",
      tools: [{ name: "prüfer", version: "4.0.0" }],
    },
    summary: { total: 3, open: 3, suppressed: 0, bySeverity: { critical: 1, low: 2 } },
    body: {
      scans: [
        { category: "sca", results: 2, successful: "unknown" },
        { category: "container", results: 1 },
      ],
      findings: [
        {
          ruleId: "CVE-2026-0001",
          message: "CVE-2026-0001 (GHSA-aaaa-bbbb-cccc) in tinya 1.0.0, fixed in 1.0.1",
          severityRaw: { value: "9.8", scale: "cvss", source: "ratings.nvd.score" },
          cwe: ["CWE-79"],
          component: { name: "tinya", version: "1.0.0", purl: "pkg:npm/tinya@1.0.0" },
          fix: { state: "fixed", versions: ["1.0.1"] },
        },
        { category: "container", severityRaw: { value: "low", scale: "word", source: "ratings.severity" }, cwe: [] },
        { category: "sca", component: { name: "shop:1.0.0" } },
      ],
    },
  });
});

describe("an empty list of vulnerabilities", () => {
  it("is no clean scan, for Trivy writes it where it has not looked", () => {
    const document = findings([]);
    expect([document.status, document.statusReasons[0]?.code]).toEqual(["empty", "no-vulnerabilities"]);
  });
});

describe.each([
  ["vulnerabilities that are no array", {}, "malformed at /vulnerabilities"],
  ["a vulnerability without an id", [{ affects: [] }], "malformed at /vulnerabilities/0/id"],
  ["ratings that are no array", [{ id: "C", ratings: {} }], "malformed at /vulnerabilities/0/ratings"],
  ["a component without a reference", [{ id: "C", affects: [{}] }], "malformed at /vulnerabilities/0/affects/0/ref"],
  ["an analysis that is none", [{ id: "C", analysis: "fine" }], "malformed at /vulnerabilities/0/analysis"],
])("a document with %s", (_, vulnerabilities, refusal) => {
  it("is refused with its place", () => expect(refusalOf(bomOf(vulnerabilities), "x.json", "sca")).toBe(refusal));
});

describe.each([
  ["CVSS of any version before words", [{ method: "CVSSv2", score: 5 }, { severity: "critical" }], "medium"],
  [
    "the newest CVSS",
    [
      { method: "CVSSv2", score: 5 },
      { method: "CVSSv4", score: 9.3 },
    ],
    "critical",
  ],
  ["a score of CVSS 2 never critical", [{ method: "CVSSv2", score: 10 }], "high"],
  [
    "the NVD among others",
    [
      { method: "CVSSv31", score: 9.8 },
      { method: "CVSSv31", score: 5, source: { name: "NVD" } },
    ],
    "medium",
  ],
  [
    "the source of the vulnerability first",
    [
      { method: "CVSSv31", score: 5, source: { name: "NVD" } },
      { method: "CVSSv3", score: 7.5, source: { name: "Vendor" } },
    ],
    "high",
  ],
  [
    "the word of a rating that is no CVSS",
    [
      { method: "OWASP", score: 9, severity: "low" },
      { method: "SSVC", severity: "unknown" },
    ],
    "low",
  ],
  ["the highest word", [{ severity: "low" }, { severity: "high" }], "high"],
  [
    "the word of the source of the vulnerability",
    [{ severity: "low", source: { name: "vendor" } }, { severity: "high" }],
    "low",
  ],
  ["a score of nothing as no score", [{ method: "CVSSv31", score: 0, severity: "unknown" }], "unknown"],
  ["nothing", [], "unknown"],
])("the severity takes %s", (_, ratings, severity) => {
  it(`and is ${severity}`, () => {
    expect(findingOf({ ratings, source: { name: "vendor" } }).severity).toBe(severity);
  });
});

describe.each([
  ["not_affected", true],
  ["false_positive", true],
  ["resolved", false],
  ["in_triage", false],
  ["exploitable", false],
])("a vulnerability that is %s", (state, suppressed) => {
  it(`is suppressed: ${suppressed}`, () => {
    const finding = findingOf({ analysis: { state, justification: "code_not_reachable", detail: "why" } });
    expect(finding.suppressed).toBe(suppressed);
    const justification = "code_not_reachable: why";
    expect(finding.suppressions).toEqual(suppressed ? [{ kind: "vex", status: "accepted", justification }] : []);
  });
});

describe("a finding", () => {
  it.each([
    ["a component", "p", { name: "p", version: "1", purl: "pkg:npm/p@1" }],
    ["a package URL", "pkg:npm/q@2", { name: "q", version: "2", purl: "pkg:npm/q@2" }],
    ["a component of another document", "urn:cdx:x/1#pkg:npm/q@2", { name: "q", version: "2", purl: "pkg:npm/q@2" }],
    ["a name", "q", { name: "q" }],
  ])("is about %s", (_, ref, component) => expect(findingOf({ affects: [{ ref }] }).component).toEqual(component));

  it("is there for a vulnerability without a component too, and for each component once", () => {
    expect(findings([{ id: "CVE-1" }]).summary.total).toBe(1);
    const { body } = findings([
      { id: "CVE-1", affects: [{ ref: "p" }, { ref: "q" }] },
      { id: "CVE-2", affects: [{ ref: "p" }] },
    ]);
    expect(new Set(body.findings.map(({ id }) => id)).size).toBe(3);
  });

  it("has the category that is declared", () => {
    expect(findingOf({}, "container").category).toBe("container");
    expect(findingOf({ affects: [{ ref: "pkg:apk/alpine/musl@1" }] }, "findings").category).toBe("container");
    expect(findingOf({}, "findings").category).toBe("sca");
  });
});
