import { describe, expect, it } from "vitest";
import { completeViolations } from "../../src/decision/violations.ts";
import { exampleDocument } from "../../src/policy/examples.ts";

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
