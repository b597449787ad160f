import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const VULNERABILITY = { id: "CVE-1", severity: "Low" };
const ARTIFACT = { name: "p", version: "1", type: "npm" };

interface Match {
  readonly vulnerability?: object;
  readonly artifact?: object;
  readonly related?: readonly object[];
}

function reportOf(matches: unknown, more: object = {}): string {
  return JSON.stringify({
    matches,
    source: { type: "directory", target: "." },
    descriptor: { name: "grype" },
    ...more,
  });
}

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "grype.json");
}

/** The only finding of a report with one match. */
function findingOf({ vulnerability = {}, artifact = {}, related = [] }: Match, more: object = {}) {
  const match = {
    vulnerability: { ...VULNERABILITY, ...vulnerability },
    artifact: { ...ARTIFACT, ...artifact },
    relatedVulnerabilities: related,
  };
  const [finding] = findingsOf(reportOf([match], more)).body.findings;
  if (finding === undefined) throw new Error("there is no finding");
  return finding;
}

function cvss(version: string, baseScore: number, source = "nvd@nist.gov") {
  return { source, version, metrics: { baseScore } };
}

it("the fixture is normalised in full", () => {
  const document = findingsOf(fixture("grype.json"));
  expect(document).toMatchObject({
    status: "unknown",
    producedAt: "2026-03-01T10:00:00.000Z",
    source: { format: "grype", tools: [{ name: "grype", version: "0.90.0" }] },
    summary: { total: 2, open: 1, suppressed: 1, bySeverity: { critical: 1 } },
    body: {
      scans: [
        { category: "sca", results: 1, successful: "unknown" },
        { category: "container", results: 1 },
      ],
      findings: [
        {
          category: "sca",
          ruleId: "GHSA-aaaa-bbbb-cccc",
          message: "GHSA-aaaa-bbbb-cccc (CVE-2024-0003) in qs 6.5.1, fixed in 6.5.3",
          severityRaw: { value: "9.1", scale: "cvss", source: "vulnerability.cvss" },
          cwe: ["CWE-1321"],
          component: { purl: "pkg:npm/qs@6.5.1" },
          scores: [{ version: "3.1", value: 9.1, source: "security-advisories@github.com" }],
          aliases: ["CVE-2024-0003"],
          fix: { state: "fixed", versions: ["6.5.3"] },
          location: { path: "package-lock.json" },
        },
        {
          category: "container",
          message: "CVE-2024-0004 in bash 5.2, no fixed version",
          severity: "low",
          component: { name: "bash", version: "5.2" },
          fix: { state: "not-fixed", versions: [] },
          suppressed: true,
          suppressions: [{ kind: "external", status: "accepted", justification: "nöt used" }],
        },
      ],
    },
  });
});

describe.each([
  ["the newest version of CVSS", { vulnerability: { cvss: [cvss("3.1", 9.8), cvss("4.0", 5)] } }, "medium"],
  ["the NVD before others", { vulnerability: { cvss: [cvss("3.1", 9.8, "x"), cvss("3.0", 5)] } }, "medium"],
  ["the advisory before a related one", { vulnerability: { cvss: [cvss("3.1", 5)] }, related: [critical()] }, "medium"],
  ["a related advisory", { related: [critical()] }, "critical"],
  ["the CVSS 2 of old reports", { vulnerability: { cvssV2: { baseScore: 10 } } }, "high"],
  ["the CVSS 3 of old reports", { vulnerability: { cvssV3: { baseScore: 9 } } }, "critical"],
  ["the word", {}, "low"],
  ["the word Negligible", { vulnerability: { severity: "Negligible" } }, "low"],
  ["the word Unknown", { vulnerability: { severity: "Unknown" } }, "unknown"],
])("the severity by %s", (_, match, severity) => {
  it(`is ${severity}`, () => expect(findingOf(match).severity).toBe(severity));
});

function critical() {
  return { id: "CVE-2", cvss: [cvss("3.1", 9.8)] };
}

describe("the place", () => {
  it.each([
    ["in the directory", "/a/yarn.lock", { type: "directory", target: "." }, "a/yarn.lock"],
    ["below the directory", "/home/me/a/yarn.lock", { type: "directory", target: "/home/me" }, "a/yarn.lock"],
    ["without a root", "a/yarn.lock", { type: "directory", target: "." }, "a/yarn.lock"],
    ["in an image", "/usr/lib/a.jar", { type: "image", target: {} }, "/usr/lib/a.jar"],
  ])("%s", (_, path, source, expected) => {
    expect(findingOf({ artifact: { locations: [{ path }] } }, { source }).location).toEqual({ path: expected });
  });

  it("tells findings of one advisory apart", () => {
    const [first, second] = ["/a", "/b"].map((path) => findingOf({ artifact: { locations: [{ path }] } }).id);
    expect(first).not.toBe(second);
  });
});

it("a clean image was scanned for both kinds of packages", () => {
  const document = findingsOf(reportOf([], { source: { type: "image", target: {} } }));
  expect(document.status).toBe("unknown");
  expect(document.body.scans.map(({ category, results }) => [category, results])).toEqual([
    ["sca", 0],
    ["container", 0],
  ]);
});

it("a fix of old reports is named", () => {
  expect(findingOf({ vulnerability: { fixedInVersion: "2" } }).message).toBe("CVE-1 in p 1, fixed in 2");
});

describe.each([
  ["no matches", '{"ignoredMatches":[],"matches":[],"x":1}', "not-this-format"],
  ["a match that is no object", reportOf([1]), "malformed at /matches/0"],
  ["a match without an id", reportOf([{ matchDetails: [] }]), "malformed at /matches/0/vulnerability/id"],
  ["a match without a package", reportOf([{ vulnerability: VULNERABILITY }]), "malformed at /matches/0/artifact/name"],
  ["ignored matches that are no list", reportOf([], { ignoredMatches: {} }), "malformed at /ignoredMatches"],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => {
    expect(refusalOf(content, "grype.json")).toBe(refusal);
  });
});

describe("what is known of a vulnerability", () => {
  it("is the probability and the fact of exploitation, under any of its names", () => {
    const related = [{ id: "CVE-2", epss: [{ epss: 0.5 }], knownExploited: [{ cve: "CVE-2" }] }];
    expect(findingOf({ vulnerability: { epss: [{ epss: 0.25 }] }, related })).toMatchObject({
      epss: 0.5,
      exploited: true,
    });
  });

  it("is nothing of either where the report is silent", () => {
    const finding = findingOf({ vulnerability: { epss: [{ epss: 2 }], knownExploited: [] } });
    expect([finding.epss, finding.exploited]).toEqual([undefined, undefined]);
  });

  it("is every score once, with the source and version", () => {
    const vector = "CVSS:3.0/AV:N";
    const own = { ...cvss("3.1", 5, "a@example.com"), vector };
    const { scores } = findingOf({ vulnerability: { cvss: [own] }, related: [critical(), critical()] });
    expect(scores).toEqual([
      { version: "3.0", value: 5, vector, source: "a@example.com" },
      { version: "3.1", value: 9.8, source: "nvd" },
    ]);
  });

  it.each(["fixed", "not-fixed", "wont-fix", "unknown"])("is that the fix is %s", (state) => {
    expect(findingOf({ vulnerability: { fix: { state, versions: [] } } }).fix).toEqual({ state, versions: [] });
  });

  it("is nothing of a fix whose state is empty", () => {
    expect(findingOf({ vulnerability: { fix: { state: "" } } }).fix).toBeUndefined();
  });
});

/** What a digest of SHA-256 looks like. */
function hex(digit: string): string {
  return digit.repeat(64);
}

describe("the image that was scanned", () => {
  it("is known by its digests in registries, that of its manifest and that of its configuration", () => {
    const target = {
      userInput: "shop:1.0",
      imageID: `sha256:${hex("a")}`,
      manifestDigest: `sha256:${hex("b")}`,
      repoDigests: [`registry.example/shop@sha256:${hex("c")}`],
    };
    expect(findingsOf(reportOf([], { source: { type: "image", target } })).subject.artifacts).toEqual([
      { name: "shop:1.0", digests: [`sha256:${hex("c")}`, `sha256:${hex("b")}`, `sha256:${hex("a")}`] },
    ]);
  });

  it.each([
    ["there is no digest", { type: "image", target: { userInput: "shop:1.0" } }],
    ["it is a folder", { type: "directory", target: `x@sha256:${hex("a")}` }],
  ])("is not known where %s", (_, source) => {
    expect(findingsOf(reportOf([], { source })).subject.artifacts).toBeUndefined();
  });
});
