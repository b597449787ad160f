import { describe, expect, it } from "vitest";
import { errorOf, fixture, read, readAs, refusalOf } from "./support.ts";

const SCANNED = { scanned: ["a.py"] };

interface Report {
  readonly errors?: unknown;
  readonly paths?: object | undefined;
}

function resultOf(extra: object = {}, more: object = {}) {
  const place = { path: "a.py", start: { line: 2, col: 3 }, end: { line: 2, col: 9 } };
  return { check_id: "rules.eval", ...place, extra: { message: "m", severity: "WARNING", ...extra }, ...more };
}

function reportOf(results: unknown, { errors = [], paths = SCANNED }: Report = {}): string {
  return JSON.stringify({ version: "1.110.0", results, errors, paths });
}

function findingsOf(content: string | Uint8Array) {
  return readAs("findings", content, "semgrep.json");
}

/** The only finding of a report with one result. */
function findingOf(extra: object, more: object = {}) {
  const [finding] = findingsOf(reportOf([resultOf(extra, more)])).body.findings;
  if (finding === undefined) throw new Error("there is no finding");
  return finding;
}

it("the fixture is normalised in full", () => {
  expect(findingsOf(fixture("semgrep.json"))).toMatchObject({
    status: "complete",
    source: { format: "semgrep", tools: [{ name: "Semgrep", version: "1.182.0" }] },
    summary: { total: 2, open: 2, bySeverity: { high: 1, medium: 1 } },
    quality: { warnings: [], redactions: 0 },
    body: {
      scans: [{ tool: "Semgrep", category: "sast", successful: true, results: 2 }],
      findings: [
        {
          ruleId: "shell-true",
          message: "Shell mit Argument: prüft nichts",
          severityRaw: { value: "ERROR", scale: "word", source: "extra.severity" },
          confidence: "high",
          cwe: ["CWE-78"],
          location: { path: "shop/pay.py", line: 13, column: 5, endLine: 13 },
        },
        { ruleId: "eval", confidence: "medium", cwe: ["CWE-95"] },
      ],
    },
  });
});

describe("the status", () => {
  const error = { code: 2, level: "error", type: "SemgrepError", message: "no such config" };
  const warning = { ...error, level: "warn" };
  it.each([
    ["of a clean scan", reportOf([]), "complete"],
    ["with a warning", reportOf([], { errors: [warning] }), "complete"],
    ["with an error", reportOf([], { errors: [error] }), "partial"],
    ["with an error of no level", reportOf([], { errors: [{}] }), "partial"],
    ["of an error before anything was scanned", reportOf([], { errors: [error], paths: { scanned: [] } }), "failed"],
    ["of a scan of nothing", reportOf([], { paths: { scanned: [] } }), "empty"],
    ["of a scan that names nothing", '{"results":[],"errors":[]}', "empty"],
    ["of an old report", JSON.stringify({ results: [resultOf()], errors: [] }), "unknown"],
  ])("%s", (_, content, status) => expect(findingsOf(content).status).toBe(status));

  it("names the error and the warning", () => {
    const { statusReasons, quality } = findingsOf(reportOf([], { errors: [warning, error] }));
    expect(statusReasons).toEqual([{ code: "tool-error", message: "no such config", place: "/errors/1" }]);
    expect(quality.warnings).toMatchObject([{ code: "tool-warning", place: "/errors/0" }]);
  });
});

describe.each(["fingerprint", "lines"])("the %s", (member) => {
  it("tells findings apart", () => {
    expect(findingOf({ [member]: "a" }).id).not.toBe(findingOf({ [member]: "b" }).id);
  });

  it("that takes a login is ignored", () => {
    expect(findingOf({ [member]: "requires login" }).id).toBe(findingOf({}).id);
  });
});

it.each([
  ["CRITICAL", "critical"],
  ["ERROR", "high"],
  ["WARNING", "medium"],
  ["LOW", "low"],
  ["INFO", "info"],
  ["INVENTORY", "unknown"],
])("the word %s is %s", (word, severity) => expect(findingOf({ severity: word }).severity).toBe(severity));

it("a result that a comment ignores is suppressed", () => {
  expect(findingOf({ is_ignored: true })).toMatchObject({
    suppressed: true,
    suppressions: [{ kind: "in-source", status: "accepted" }],
  });
  expect(findingOf({ is_ignored: false }).suppressed).toBe(false);
});

describe("a secret", () => {
  const extra = { message: "found do-not-keep", lines: "key = 'do-not-keep'" };

  it("is left out, and counted", () => {
    const document = findingsOf(reportOf([resultOf(extra, { check_id: "generic.secrets.detected-key" })]));
    expect(JSON.stringify(document)).not.toContain("do-not-keep");
    expect(document.quality.redactions).toBe(2);
  });

  it.each([
    ["CONFIRMED_VALID", true],
    ["CONFIRMED_INVALID", false],
    ["VALIDATION_ERROR", undefined],
    ["NO_VALIDATOR", undefined],
  ])("of the state %s is verified: %s", (validation_state, verified) => {
    expect(findingOf({ ...extra, validation_state }).verified).toBe(verified);
  });
});

it("a result of Supply Chain is about a package", () => {
  const found_dependency = { package: "qs", version: "6.5.1", ecosystem: "npm", transitivity: "transitive" };
  const metadata = {
    "sca-vuln-database-identifier": "CVE-2024-3",
    "sca-severity": "HIGH",
    "sca-fix-versions": [{ qs: "6.5.3" }],
    cwe: ["CWE-1321: x"],
  };
  const extra = { metadata, sca_info: { reachable: false, dependency_match: { found_dependency } } };
  expect(findingOf(extra)).toMatchObject({
    category: "sca",
    ruleId: "CVE-2024-3",
    severity: "high",
    cwe: ["CWE-1321"],
    reachable: false,
    component: { name: "qs", version: "6.5.1", purl: "pkg:npm/qs@6.5.1", direct: false },
    fix: { state: "fixed", versions: ["6.5.3"] },
  });
});

describe.each([
  [
    "results that are no list",
    '{"results":{"a":["check_id"]},"errors":[],"paths":{"scanned":[]}}',
    "malformed at /results",
  ],
  ["a result that is no object", reportOf([1]), "malformed at /results/0"],
  ["a result without a check", reportOf([{ path: "a" }]), "malformed at /results/0/check_id"],
  ["a result without a path", reportOf([{ check_id: "a" }]), "malformed at /results/0/path"],
  ["errors that are no list", reportOf([], { errors: {} }), "malformed at /errors"],
])("%s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});

it.each([
  ["without errors", '{"results":[]}', "semgrep.json"],
  ["of nobody knows what", '{"results":[],"errors":[]}', "x.json"],
])("results %s are not taken for a clean scan", (_, content, name) => {
  expect(errorOf(() => read(content, name)).code).toBe("evidence-unrecognised");
});
