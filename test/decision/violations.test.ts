import { describe, expect, it } from "vitest";
import { completeViolations, fingerprintOfRepeat, placeViolations } from "../../src/decision/violations.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import type { StatedViolation } from "../../src/policy/statement.ts";

const findings = exampleDocument(
  {
    kind: "findings",
    scans: [{ category: "sast" }],
    findings: [
      { id: "one", severity: "medium", message: "first", ruleId: "r1", location: { path: "b.ts", line: 9 } },
      { id: "two", severity: "critical", message: "second", location: { path: "a.ts", line: 3 } },
    ],
  },
  0,
);

function complete(items: readonly number[], document = findings): ReturnType<typeof completeViolations> {
  return completeViolations(
    "sast",
    items.map((item) => ({ evidence: document.id, item })),
    [document],
  );
}

it("says what the finding says", () => {
  expect(complete([0])).toEqual([
    {
      fingerprint: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      severity: "medium",
      message: "first",
      rule: "r1",
      location: { path: "b.ts", line: 9 },
      evidence: findings.id,
    },
  ]);
});

it("puts the gravest first", () => {
  expect(complete([0, 1]).map(({ message }) => message)).toEqual(["second", "first"]);
});

it("keeps a fingerprint when lines move and order changes", () => {
  const moved = exampleDocument(
    {
      kind: "findings",
      scans: [{ category: "sast" }],
      findings: [
        { id: "two", severity: "critical", message: "second", location: { path: "a.ts", line: 300 } },
        { id: "one", severity: "medium", message: "first", ruleId: "r1", location: { path: "b.ts", line: 900 } },
      ],
    },
    0,
  );
  const fingerprints = (violations: ReturnType<typeof complete>): readonly string[] =>
    violations.map(({ fingerprint }) => fingerprint);
  expect(fingerprints(complete([1, 0], moved))).toEqual(fingerprints(complete([0, 1])));
});

it("tells two violations of one item apart", () => {
  const [first, second] = complete([0, 0]);
  expect(first?.fingerprint).not.toBe(second?.fingerprint);
});

it("gives gates that find the same thing different fingerprints", () => {
  const raw = [{ evidence: findings.id, item: 0 }];
  const [sast] = completeViolations("sast", raw, [findings]);
  const [other] = completeViolations("other", raw, [findings]);
  expect(sast?.fingerprint).not.toBe(other?.fingerprint);
});

describe.each([
  {
    name: "a test",
    document: exampleDocument(
      { kind: "tests", cases: [{ id: "t", suite: "sums", name: "adds", status: "failed", message: "expected 3" }] },
      0,
    ),
    violation: { item: 0 },
    message: "sums > adds: expected 3",
  },
  {
    name: "a component",
    document: exampleDocument({ kind: "sbom", components: [{ name: "left" }] }, 0),
    violation: { item: 0, msg: "is restricted" },
    message: "left@1.0.0: is restricted",
  },
  {
    name: "a figure without an item",
    document: exampleDocument({ kind: "coverage", summary: {} }, 0),
    violation: { key: "lines", msg: "too few" },
    message: "too few",
  },
  {
    name: "an item that the evidence does not have",
    document: exampleDocument({ kind: "tests", cases: [] }, 0),
    violation: { item: 7 },
    message: "the gate gave no message",
  },
])("$name", ({ document, violation, message }) => {
  it("has a message", () => {
    const [completed] = completeViolations("gate", [{ evidence: document.id, ...violation }], [document]);
    expect(completed?.message).toBe(message);
  });
});

const [TESTS, COMPONENTS, COVERAGE, FINDINGS, CHANGE, MUTANTS] = [
  { kind: "tests", cases: [{ id: "t", suite: "", name: "adds", status: "failed", file: "sum.ts" }] },
  { kind: "sbom", components: [{ name: "left", version: "1.2.3", purl: "pkg:npm/left@1.2.3" }] },
  { kind: "coverage", files: [{ path: "a.ts" }] },
  {
    kind: "findings",
    scans: [{ category: "sca" }],
    findings: [
      {
        id: "purl",
        message: "old",
        ruleId: "CVE-1",
        severity: "low",
        component: { name: "left", purl: "pkg:npm/left@1" },
      },
      { id: "named", message: "old", ruleId: "CVE-1", severity: "low", component: { name: "left" } },
    ],
  },
  { kind: "change", files: [{ path: "b.ts" }], commits: [{ sha: "abc" }] },
  {
    kind: "mutation",
    mutants: [
      { id: "m1", file: "sum.ts", line: 4 },
      { id: "m2", file: "sum.ts" },
    ],
  },
].map((part, index) => exampleDocument(part, index)) as [
  EvidenceDocument,
  EvidenceDocument,
  EvidenceDocument,
  EvidenceDocument,
  EvidenceDocument,
  EvidenceDocument,
];
const BROKEN = exampleDocument(
  { kind: "unreadable", path: "x", status: "malformed", summary: { intended: "findings" } },
  9,
);
const FIGURE = { value: 70, limit: 80, better: "higher" } as const;

function fingerprintOf(stated: StatedViolation): string | undefined {
  return completeViolations("gate", [{ evidence: COVERAGE.id, ...stated }], [COVERAGE])[0]?.fingerprint;
}

function at(path: string, line?: number, column?: number): StatedViolation {
  const place = { ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
  return { location: { path, ...place } };
}

describe("a violation", () => {
  it.each<[string, EvidenceDocument, StatedViolation, object]>([
    [
      "of a test without a suite",
      TESTS,
      { item: 0 },
      { message: "adds", severity: "unknown", location: { path: "sum.ts" } },
    ],
    [
      "of a test in the gate's words",
      TESTS,
      { item: 0, msg: "is slow" },
      { message: "adds: is slow", severity: "unknown", location: { path: "sum.ts" } },
    ],
    [
      "of a component",
      COMPONENTS,
      { item: 0 },
      { message: "left@1.2.3", severity: "unknown", package: "pkg:npm/left@1.2.3" },
    ],
    ["of a file", COVERAGE, { item: 0 }, { message: "a.ts", severity: "unknown", location: { path: "a.ts" } }],
    [
      "of a file in the gate's words",
      COVERAGE,
      { item: 0, msg: "too few" },
      { message: "too few", severity: "unknown", location: { path: "a.ts" } },
    ],
    [
      "of a finding in a package",
      FINDINGS,
      { item: 0 },
      { message: "old", severity: "low", rule: "CVE-1", package: "pkg:npm/left@1" },
    ],
    [
      "of a finding in a package without a URL",
      FINDINGS,
      { item: 1 },
      { message: "old", severity: "low", rule: "CVE-1", package: "left" },
    ],
    [
      "of a finding in the gate's words",
      FINDINGS,
      { item: 0, msg: "too old" },
      { message: "too old", severity: "low", rule: "CVE-1", package: "pkg:npm/left@1" },
    ],
    [
      "of a severity that the gate states",
      FINDINGS,
      { item: 0, severity: "critical" },
      { message: "old", severity: "critical", rule: "CVE-1", package: "pkg:npm/left@1" },
    ],
    [
      "at a place that the gate states",
      COVERAGE,
      { item: 0, location: { path: "c.ts", line: 2 } },
      { message: "a.ts", severity: "unknown", location: { path: "c.ts", line: 2 } },
    ],
    [
      "with a remedy and a figure",
      COVERAGE,
      { msg: "too few", remediation: "Write tests.", measured: FIGURE },
      { message: "too few", severity: "unknown", remediation: "Write tests.", measured: FIGURE },
    ],
    ["of an item of any other kind", CHANGE, { item: 0 }, { message: "abc", severity: "unknown" }],
    [
      "of a mutant",
      MUTANTS,
      { item: 0 },
      { message: "m1", severity: "unknown", location: { path: "sum.ts", line: 4 } },
    ],
    [
      "of a mutant of no line",
      MUTANTS,
      { item: 1, msg: "survived" },
      { message: "survived", severity: "unknown", location: { path: "sum.ts" } },
    ],
    ["of what cannot be read", BROKEN, { item: 0, msg: "damaged" }, { message: "damaged", severity: "unknown" }],
  ])("%s", (_, document, stated, expected) => {
    const [violation] = completeViolations("gate", [{ evidence: document.id, ...stated }], [document]);
    expect(violation).toEqual({ ...expected, fingerprint: expect.stringMatching(/^sha256:/), evidence: document.id });
  });

  it("of evidence that nobody has is of none", () => {
    const [none] = completeViolations("gate", [{ item: 0, msg: "bad" }], [COVERAGE]);
    expect(none).not.toHaveProperty("evidence");
    const [odd] = completeViolations("gate", [{ evidence: "e1", item: 0, msg: "bad" }], [COVERAGE]);
    expect(odd).toEqual({ fingerprint: none?.fingerprint, severity: "unknown", message: "bad" });
  });

  it("is told apart by its key, or else by its words where it is of no item", () => {
    expect(fingerprintOf({ msg: "70 %" })).not.toBe(fingerprintOf({ msg: "69 %" }));
    expect(fingerprintOf({ key: "lines", msg: "70 %" })).toBe(fingerprintOf({ key: "lines", msg: "69 %" }));
    expect(fingerprintOf({ item: 0, msg: "70 %" })).toBe(fingerprintOf({ item: 0, msg: "69 %" }));
    expect(fingerprintOf({ item: 0, key: "lines" })).not.toBe(fingerprintOf({ item: 0, key: "branches" }));
  });
});

describe("violations come", () => {
  it.each<[string, readonly StatedViolation[]]>([
    [
      "by their severity",
      [{ severity: "critical", ...at("z") }, { severity: "unknown", ...at("a") }, { severity: "low" }],
    ],
    ["then by their path, those without one first", [{ msg: "z" }, at("a"), at("b")]],
    ["then by their line", [at("a"), at("a", 1), at("a", 2), at("a", 10)]],
    ["then by their column", [at("a", 1), at("a", 1, 1), at("a", 1, 2)]],
    ["then by their words", [{ msg: "a" }, { msg: "b" }, { msg: "c" }]],
  ])("%s", (_, ordered) => {
    const stated = ordered.map((one, index) => ({ msg: "same", key: String(index), ...one }));
    const [first, second] = [stated, stated.toReversed()].map((all) => completeViolations("gate", all, []));
    expect(second).toEqual(first);
    expect(first?.map(({ severity, location, message }) => ({ severity, location, message }))).toEqual(
      stated.map(({ severity = "unknown", location, msg }) => ({ severity, location, message: msg })),
    );
  });

  it("last by their fingerprints", () => {
    const stated = ["a", "b", "c", "d"].map((key) => ({ key, msg: "same" }));
    const found = completeViolations("gate", stated, []).map(({ fingerprint }) => fingerprint);
    expect(found).toEqual(found.toSorted());
    expect(completeViolations("gate", stated.toReversed(), []).map(({ fingerprint }) => fingerprint)).toEqual(found);
  });

  it("with the place of their items", () => {
    const stated = [{ evidence: COVERAGE.id, item: 0, key: "lines" }, { msg: "none" }];
    const placed = placeViolations("gate", stated, [COVERAGE]).map(({ violation: { message }, ...place }) => ({
      message,
      ...place,
    }));
    expect(placed).toEqual([{ message: "none" }, { message: "a.ts", item: 0, key: "lines" }]);
  });

  it("with a fingerprint each, where three are alike", () => {
    const [first, second, third] = complete([0, 0, 0]).map(({ fingerprint }) => fingerprint);
    expect(second).toBe(fingerprintOfRepeat(first ?? "", 2));
    expect(third).toBe(fingerprintOfRepeat(first ?? "", 3));
  });
});

it("keeps that the policy itself lets something through, and says nothing of what a violation lacks", () => {
  const [excepted] = completeViolations("gate", [{ msg: "bad", exception: "rule" }], []);
  expect(excepted).toEqual({
    fingerprint: expect.stringMatching(/^sha256:/),
    severity: "unknown",
    message: "bad",
    exception: "rule",
  });
  const [plain] = completeViolations("gate", [{ msg: "bad" }], []);
  expect(Object.keys(plain ?? {}).toSorted()).toEqual(["fingerprint", "message", "severity"]);
});

it("gives what is recorded the fingerprint that waivers and baselines already have for it", () => {
  const pinned = { kind: "findings", findings: [{ id: "one", ruleId: "r1", message: "first" }] } as const;
  const document = { ...exampleDocument({ ...pinned, scans: [{ category: "sast" }] }, 0) };
  const stated = [
    { evidence: document.id, item: 0 },
    { evidence: document.id, item: 0, key: "lines" },
    { msg: "too few" },
  ];
  expect(completeViolations("sast", stated, [document]).map(({ fingerprint }) => fingerprint)).toMatchInlineSnapshot(`
    [
      "sha256:30f358af7a1c454b8ab9e6ed2fe0fb0b8d7ad21132385e0b95cc2f4602d22b68",
      "sha256:3c4007f728c0961fa339ba87e9772313cbf96510719913c46431c80a80f64786",
      "sha256:149c4eb0836f9c38a094a713677f84def8da947b8668e318b03972f508d3028c",
    ]
  `);
});
