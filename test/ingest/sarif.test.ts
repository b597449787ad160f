import { describe, expect, it } from "vitest";
import type { DeclaredEvidenceName } from "../../src/evidence/declared.ts";
import { fixture, read, readAs, refusalOf } from "./support.ts";

interface Log {
  readonly driver?: object;
  readonly run?: object;
  readonly results?: unknown;
}

/** A log of one run; `results` is put in as it is, and left out where it is missing. */
function logOf({ driver = {}, run = {}, ...rest }: Log): string {
  return JSON.stringify({
    version: "2.1.0",
    runs: [{ tool: { driver: { name: "Checker", ...driver } }, ...run, ...rest }],
  });
}

function findingsOf(content: string, declared?: DeclaredEvidenceName) {
  return readAs("findings", content, "x.sarif", declared);
}

/** The only finding of a log with one result. */
function findingOf(result: object, log: Log = {}, declared?: DeclaredEvidenceName) {
  const { body } = findingsOf(logOf({ ...log, results: [{ message: { text: "m" }, ...result }] }), declared);
  const [finding] = body.findings;
  if (finding === undefined) throw new Error("there is no finding");
  return finding;
}

function at(artifactLocation: object, region: object = {}) {
  return { locations: [{ physicalLocation: { artifactLocation, region } }] };
}

describe("the fixture", () => {
  it("is normalised in full", () => {
    expect(findingsOf(fixture("scan.sarif").toString("utf8"))).toMatchObject({
      status: "complete",
      producedAt: "2026-03-01T10:00:00.000Z",
      source: { format: "sarif", formatVersion: "2.1.0", tools: [{ name: "Checker", version: "1.2.3" }] },
      summary: { total: 2, open: 1, suppressed: 1, bySeverity: { high: 1, medium: 0 } },
      body: {
        scans: [{ tool: "Checker", version: "1.2.3", category: "sast", successful: true, results: 2 }],
        findings: [
          {
            ruleId: "sql",
            ruleName: "SqlInjection",
            message: "Ünsafe query 😀",
            severity: "high",
            severityRaw: { value: "8.1", scale: "security-severity", source: "rule.properties.security-severity" },
            cwe: ["CWE-89"],
            location: { path: "src/a b.ts", line: 7, column: 3 },
          },
          { suppressed: true, suppressions: [{ kind: "in-source", status: "accepted", justification: "reviewed" }] },
        ],
      },
    });
  });
});

describe.each([
  ["2.1.0", undefined],
  ["2.1.0-rtm.5", undefined],
  ["2.0.0", "unsupported-version at /version"],
  ["1.0.0", "unsupported-version at /version"],
  ["2.2", "unsupported-version at /version"],
])("version %s", (version, refusal) => {
  it("is read or refused", () => {
    const { kind, statusReasons } = read(JSON.stringify({ version, runs: [{ results: [] }] }), "x.sarif");
    const [reason] = statusReasons;
    expect([kind, reason && `${reason.code} at ${reason.place}`]).toEqual([
      refusal ? "unreadable" : "findings",
      refusal,
    ]);
  });
});

describe.each([
  ["no runs", { version: "2.1.0", runs: [] }, "empty"],
  ["no results", { version: "2.1.0", runs: [{ tool: {} }] }, "failed"],
  ["null for results", { version: "2.1.0", runs: [{ tool: {}, results: null }] }, "failed"],
  ["an empty array of results", { version: "2.1.0", runs: [{ results: [] }] }, "unknown"],
  ["one run of two without results", { version: "2.1.0", runs: [{ results: [] }, { tool: {} }] }, "failed"],
  ["a taxonomy alone", { version: "2.1.0", runs: [{ taxonomies: [{ name: "CWE" }] }] }, "failed"],
  [
    "a taxonomy beside a scan",
    { version: "2.1.0", runs: [{ taxonomies: [{ name: "CWE" }] }, { results: [] }] },
    "unknown",
  ],
  [
    "a failed scan with a taxonomy beside another scan",
    { version: "2.1.0", runs: [{ taxonomies: [{}], invocations: [{ executionSuccessful: false }] }, { results: [] }] },
    "failed",
  ],
  [
    "a success",
    { version: "2.1.0", runs: [{ invocations: [{ executionSuccessful: true }], results: [] }] },
    "complete",
  ],
  ["a failure", { version: "2.1.0", runs: [{ invocations: [{ executionSuccessful: false }], results: [] }] }, "failed"],
  [
    "a failure with results",
    { version: "2.1.0", runs: [{ invocations: [{ executionSuccessful: false }], results: [{}] }] },
    "partial",
  ],
  [
    "a success and a failure",
    {
      version: "2.1.0",
      runs: [{ invocations: [{ executionSuccessful: true }, { executionSuccessful: false }], results: [] }],
    },
    "failed",
  ],
  ["an invocation that does not say", { version: "2.1.0", runs: [{ invocations: [{}], results: [] }] }, "unknown"],
  [
    "an error in a notification",
    {
      version: "2.1.0",
      runs: [
        {
          invocations: [
            { executionSuccessful: true, toolExecutionNotifications: [{ level: "ERROR", message: { text: "no" } }] },
          ],
          results: [],
        },
      ],
    },
    "partial",
  ],
  [
    "a warning in a notification",
    {
      version: "2.1.0",
      runs: [
        {
          invocations: [{ executionSuccessful: true, toolConfigurationNotifications: [{ level: "warning" }] }],
          results: [],
        },
      ],
    },
    "complete",
  ],
  [
    "results in another file",
    { version: "2.1.0", runs: [{ externalPropertyFileReferences: { results: [{ location: {} }] }, results: [] }] },
    "partial",
  ],
])("a log with %s", (_, log, status) => {
  it(`is ${status}`, () => {
    const document = findingsOf(JSON.stringify(log));
    expect(document.status).toBe(status);
    expect(document.statusReasons.length > 0).toBe(!["complete", "unknown"].includes(status));
  });
});

describe.each([
  ["runs that are no array", '{"version":"2.1.0","runs":{}}', "malformed at /runs"],
  ["results that are a number", '{"version":"2.1.0","runs":[{"results":3}]}', "malformed at /runs/0/results"],
  ["a result that is null", '{"version":"2.1.0","runs":[{"results":[{},null]}]}', "malformed at /runs/0/results/1"],
  ["results twice", '{"version":"2.1.0","runs":[{"results":[{}],"results":[]}]}', "malformed at byte 43"],
  [
    "results twice, once in escapes",
    '{"version":"2.1.0","runs":[{"results":[{}],"resul\\u0074s":[]}]}',
    "malformed at byte 43",
  ],
  ["data after its end", '{"version":"2.1.0","runs":[]}{}', "malformed at byte 29"],
])("a log with %s", (_, log, refusal) => {
  it("is refused", () => expect(refusalOf(log, "x.sarif")).toBe(refusal));
});

describe.each([
  ["nothing", {}, "fail", 1],
  ["kind pass", { kind: "pass" }, "", 0],
  ["kind notApplicable", { kind: "notApplicable" }, "", 0],
  ["kind informational", { kind: "informational" }, "", 0],
  ["kind review", { kind: "review" }, "info", 1],
  ["an unknown kind", { kind: "sinister" }, "info", 1],
  ["baseline absent", { baselineState: "absent" }, "", 0],
  ["baseline unchanged", { baselineState: "unchanged" }, "", 1],
])("a result with %s", (_, result, __, count) => {
  it(`counts ${count} times`, () => expect(findingsOf(logOf({ results: [result] })).summary.total).toBe(count));
});

describe.each([
  ["the level", { level: "error" }, {}, "high", "result.level"],
  ["a level in capitals", { level: "NOTE" }, {}, "low", "result.level"],
  ["an empty level", { level: "" }, {}, "medium", "SARIF default"],
  ["no level", {}, {}, "medium", "SARIF default"],
  [
    "the rule's level",
    { ruleId: "r" },
    { rules: [{ id: "r", defaultConfiguration: { level: "error" } }] },
    "high",
    "rule.defaultConfiguration.level",
  ],
  [
    "a kind before the rule's level",
    { ruleId: "r", kind: "open" },
    { rules: [{ id: "r", defaultConfiguration: { level: "error" } }] },
    "info",
    "result.kind",
  ],
  [
    "a score before the level",
    { ruleId: "r", level: "note" },
    { rules: [{ id: "r", properties: { "security-severity": "9.0" } }] },
    "critical",
    "rule.properties.security-severity",
  ],
  [
    "a score on the result",
    { properties: { "security-severity": 4 } },
    {},
    "medium",
    "result.properties.security-severity",
  ],
  ["a score that is none", { level: "error", properties: { "security-severity": "high" } }, {}, "high", "result.level"],
  [
    "a word of the tool",
    { level: "note", properties: { issue_severity: "HIGH" } },
    {},
    "high",
    "result.properties.issue_severity",
  ],
  [
    "a word in a tag",
    { ruleId: "r", level: "note" },
    { rules: [{ id: "r", properties: { tags: ["security", "HIGH"] } }] },
    "high",
    "rule.properties.tags",
  ],
  [
    "a topic in a tag",
    { ruleId: "r", level: "error" },
    { rules: [{ id: "r", properties: { tags: ["STYLE"] } }] },
    "high",
    "result.level",
  ],
  [
    "a score of zero with a word",
    { ruleId: "r" },
    {
      name: "Grype",
      rules: [{ id: "r", help: { text: "CVE\nSeverity: low\n" }, properties: { "security-severity": "0.0" } }],
    },
    "low",
    "rule.help",
  ],
  [
    "a score of zero that nobody rated",
    { ruleId: "r" },
    { name: "Trivy", rules: [{ id: "r", properties: { tags: ["UNKNOWN"], "security-severity": "0.0" } }] },
    "unknown",
    "rule.properties.tags",
  ],
  [
    "a score that the tool made up",
    { ruleId: "r" },
    { name: "Trivy", rules: [{ id: "r", properties: { "security-severity": "8.0" } }] },
    "high",
    "synthetic",
  ],
])("the severity by %s", (_, result, driver, severity, source) => {
  it(`is ${severity}`, () => {
    const finding = findingOf(result, { driver });
    expect([finding.severity, finding.severityRaw.source]).toEqual([severity, source]);
  });
});

it("takes the level that an invocation sets for a rule", () => {
  const run = {
    invocations: [{ ruleConfigurationOverrides: [{ descriptor: { id: "r" }, configuration: { level: "error" } }] }],
  };
  expect(findingOf({ ruleId: "r" }, { run }).severity).toBe("high");
});

describe("the rule of a result", () => {
  const rules = [
    { id: "a", name: "A" },
    { id: "b", name: "B" },
    { id: "CA1000", name: "C" },
  ];
  const extensions = [
    {
      name: "pack",
      rules: [
        { id: "x", name: "X" },
        { id: "y", name: "Y" },
      ],
    },
  ];
  const run = { tool: { driver: { name: "Checker", rules }, extensions } };

  it.each([
    ["by id", { ruleId: "b" }, "b", "B"],
    ["by index", { ruleIndex: 1 }, "b", "B"],
    ["by id where the index disagrees", { ruleId: "a", ruleIndex: 1 }, "a", "A"],
    ["by id where the index is out of range", { ruleId: "a", ruleIndex: 99 }, "a", "A"],
    ["by the rule above it", { ruleId: "CA1000/1" }, "CA1000/1", "C"],
    ["in an extension by index", { rule: { index: 1, toolComponent: { index: 0 } } }, "y", "Y"],
    ["in an extension by id", { ruleId: "x" }, "x", "X"],
    ["that nothing describes", { ruleId: "z" }, "z", undefined],
    ["that has no id", {}, "unnamed", undefined],
  ])("is found %s", (_, result, id, name) => {
    const finding = findingOf(result, { run });
    expect([finding.ruleId, finding.ruleName]).toEqual([id, name]);
  });

  it("is found where the rules come after the results", () => {
    const log = `{"runs":[{"results":[{"ruleId":"r","message":{"text":"m"}}],"tool":{"driver":{"rules":[{"id":"r","name":"R"}],"name":"T"}}}],"version":"2.1.0"}`;
    expect(findingsOf(log).body.findings[0]).toMatchObject({ ruleName: "R", tool: "T" });
  });
});

describe.each([
  ["missing", undefined, false],
  ["null", null, false],
  ["empty", [], false],
  ["without a status", [{ kind: "external" }], true],
  ["accepted", [{ kind: "inSource", status: "accepted" }], true],
  ["under review", [{ status: "underReview" }], false],
  ["rejected", [{ status: "rejected" }], false],
  ["accepted and rejected", [{ status: "accepted" }, { status: "rejected" }], false],
  ["of a status nobody knows", [{ status: "sure" }], false],
])("suppressions that are %s", (_, suppressions, suppressed) => {
  it("suppress only where all are accepted", () => expect(findingOf({ suppressions }).suppressed).toBe(suppressed));
});

describe("paths", () => {
  const originalUriBaseIds = {
    REPO: { uri: "file:///home/ci/project/" },
    SRC: { uri: "src/", uriBaseId: "REPO" },
    OPEN: { description: {} },
    LOOP: { uri: "l/", uriBaseId: "LOOP" },
  };
  const run = { originalUriBaseIds, artifacts: [{ location: { uri: "listed.ts" } }] };

  it.each([
    ["a relative URI", { uri: "a/b.ts" }, "a/b.ts"],
    ["percent-encoding", { uri: "a%20b/%C3%BC.ts" }, "a b/ü.ts"],
    ["a stray percent sign", { uri: "100%.ts" }, "100%.ts"],
    ["backslashes", { uri: "a\\b.ts" }, "a/b.ts"],
    ["dots", { uri: "./a/../b//c.ts" }, "b/c.ts"],
    ["a base below a base", { uri: "a.ts", uriBaseId: "SRC" }, "src/a.ts"],
    ["a base without a URI", { uri: "a.ts", uriBaseId: "OPEN" }, "a.ts"],
    ["a base that is not defined", { uri: "a.ts", uriBaseId: "%SRCROOT%" }, "a.ts"],
    ["a base that goes round in circles", { uri: "a.ts", uriBaseId: "LOOP" }, "l/a.ts"],
    ["a file URI below a base", { uri: "file:///home/ci/project/src/a.ts" }, "src/a.ts"],
    ["a file URI elsewhere", { uri: "file:///etc/passwd" }, "/etc/passwd"],
    ["a file URI with a drive", { uri: "file:///C:/code/a.c" }, "C:/code/a.c"],
    ["a URL", { uri: "https://example.org/a?b=c" }, "https://example.org/a?b=c"],
    ["an index of an artifact", { index: 0 }, "listed.ts"],
    ["an artifact that is not listed", { index: 7 }, undefined],
  ])("resolve %s", (_, location, path) => expect(findingOf(at(location), { run }).location?.path).toBe(path));

  it("leave out a place of zero", () => {
    expect(findingOf(at({ uri: "a" }, { startLine: 0, startColumn: 2 })).location).toEqual({ path: "a", column: 2 });
  });
});

describe.each([
  ["an unknown tool", "Nobody's", {}, {}, "sast"],
  ["ESLint, style", "ESLint", { ruleId: "semi" }, {}, "quality"],
  ["ESLint, a security plugin", "ESLint", { ruleId: "security/detect-eval" }, {}, "sast"],
  ["ESLint, eval", "eslint", { ruleId: "no-eval" }, {}, "sast"],
  ["CodeQL, maintainability", "CodeQL", { ruleId: "r" }, { tags: ["maintainability"] }, "quality"],
  ["CodeQL, rated", "CodeQL", { ruleId: "r" }, { "security-severity": "5" }, "sast"],
  ["gitleaks", "gitleaks", {}, {}, "secret"],
  ["Grype", "Grype", {}, {}, "sca"],
  ["Trivy, a package", "Trivy", { ruleId: "r" }, { tags: ["vulnerability"] }, "container"],
  ["Trivy, a configuration", "Trivy", { ruleId: "r" }, { tags: ["misconfiguration"] }, "iac"],
  ["Trivy, a secret", "Trivy", { ruleId: "r" }, { tags: ["secret"] }, "secret"],
])("the category of %s", (_, name, result, properties, category) => {
  const driver = { name, rules: [{ id: "r", properties }] };
  it(`is ${category}`, () => expect(findingOf(result, { driver }).category).toBe(category));
  it("is what the user declares", () => expect(findingOf(result, { driver }, "dast").category).toBe("dast"));
});

describe("secrets", () => {
  const secret = "AKIA-very-secret";
  const result = {
    ruleId: "aws-key",
    message: { text: `found ${secret}` },
    ...at({ uri: "env" }, { startLine: 3, snippet: { text: secret } }),
  };
  const log = (name: string) =>
    logOf({ driver: { name, rules: [{ id: "aws-key", name: "AWS key" }] }, results: [result] });

  it.each([
    ["gitleaks", undefined],
    ["gitleaks", "sast"],
    ["Nobody's", "secrets"],
  ] as const)("of %s declared as %s are left out", (name, declared) => {
    const document = findingsOf(log(name), declared);
    expect(JSON.stringify(document)).not.toContain(secret);
    expect(document.quality.redactions).toBe(2);
    expect(document.body.findings[0]).toMatchObject({
      message: "AWS key",
      severity: "high",
    });
  });

  it("are not in the id either", () => {
    const other = log("gitleaks").replaceAll(secret, "something-else");
    expect(findingsOf(other).body.findings[0]?.id).toBe(findingsOf(log("gitleaks")).body.findings[0]?.id);
  });
});

function idOf(result: object, message: string): string {
  return findingOf({ ...result, message: { text: message } }).id;
}

describe("fingerprints of the tool", () => {
  it.each([
    ["fingerprints", { fingerprints: { "0": "abc" } }],
    ["a partial fingerprint with a version", { partialFingerprints: { "matchBasedId/v1": "abc" } }],
    ["GitHub's", { partialFingerprints: { primaryLocationLineHash: "abc:1" } }],
  ])("%s make up the id", (_, prints) => expect(idOf(prints, "one")).toBe(idOf(prints, "two")));

  it.each([
    ["a placeholder", { fingerprints: { "matchBasedId/v1": "requires login" } }],
    ["an object", { fingerprints: { "0": { nested: true } } }],
    ["a commit", { partialFingerprints: { commitSha: "0123" } }],
  ])("%s does not", (_, prints) => expect(idOf(prints, "one")).not.toBe(idOf(prints, "two")));
});

function findingsOfCommits(...ids: readonly string[]) {
  const runs = ids.map((revisionId) => {
    return { results: [], versionControlProvenance: [{ repositoryUri: "https://r", revisionId, branch: "main" }] };
  });
  return findingsOf(JSON.stringify({ version: "2.1.0", runs }));
}

describe("the rest of a result", () => {
  it("has its CWEs by three routes", () => {
    const run = { taxonomies: [{ name: "CWE" }] };
    const driver = {
      rules: [
        {
          id: "r",
          relationships: [{ target: { id: "119", toolComponent: { name: "CWE" } } }],
          properties: { tags: ["external/cwe/cwe-079"] },
        },
      ],
    };
    const result = {
      ruleId: "r",
      taxa: [{ id: "22", toolComponent: { index: 0 } }],
      properties: { cwe: "CWE-532: logs" },
    };
    expect(findingOf(result, { driver, run }).cwe).toEqual(["CWE-119", "CWE-79", "CWE-22", "CWE-532"]);
  });

  it("has a message out of its template", () => {
    const driver = { rules: [{ id: "r", messageStrings: { default: { text: "{0} is not {1} {2}" } } }] };
    const result = { ruleId: "r", message: { id: "default", arguments: ["this", "{0}"] } };
    expect(findingOf(result, { driver }).message).toBe("this is not {0} {2}");
  });

  it("is cut where it is long, without half a character", () => {
    const { message } = findingOf({ message: { text: "😀".repeat(4_000) } });
    expect([message.length <= 4_000, message.endsWith("…"), message.isWellFormed()]).toEqual([true, true, true]);
  });

  it("survives a lone surrogate and the names of a prototype", () => {
    const log = `{"version":"2.1.0","__proto__":{"a":1},"runs":[{"tool":{"driver":{"name":"t\\ud800","rules":[{"id":"__proto__"},{"id":"constructor"}]}},"results":[{"ruleId":"constructor","__proto__":{"level":"note"},"message":{"text":"m"}},{"ruleId":"__proto__"}]}]}`;
    expect(findingsOf(log).body.findings.map(({ ruleId, severity }) => [ruleId, severity])).toEqual([
      ["constructor", "medium"],
      ["__proto__", "medium"],
    ]);
  });

  it("survives members of the wrong type everywhere", () => {
    const wrong = {
      message: 1,
      locations: "x",
      ruleId: {},
      rule: [],
      properties: null,
      taxa: 3,
      suppressions: {},
      level: 4,
      kind: [],
    };
    expect(findingOf(wrong)).toMatchObject({ ruleId: "unnamed", message: "unnamed", suppressed: false });
  });

  it("names the commit that all runs agree on", () => {
    expect(findingsOfCommits("ABCDEF0", "abcdef0").subject).toEqual({
      repository: "https://r",
      commit: "abcdef0",
      ref: "main",
    });
    const differing = findingsOfCommits("abcdef0", "abcdef1");
    expect([differing.subject.commit, differing.quality.inconsistencies[0]?.code]).toEqual([
      undefined,
      "commits-differ",
    ]);
  });
});

it.each([
  ["the result, as Bandit writes it", { issue_confidence: "LOW" }, { precision: "high" }, "low"],
  ["the precision of the rule", {}, { precision: "very-high" }, "high"],
  ["a tag of Semgrep", {}, { tags: ["CWE-79", "MEDIUM CONFIDENCE"] }, "medium"],
  ["nobody", {}, { precision: "who knows" }, undefined],
])("the confidence is that of %s", (_, properties, ofRule, confidence) => {
  const driver = { rules: [{ id: "r", properties: ofRule }] };
  expect(findingOf({ ruleId: "r", properties }, { driver }).confidence).toBe(confidence);
});
