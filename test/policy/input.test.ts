import { describe, expect, it } from "vitest";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import type { EvidenceNeed, GateDefinition } from "../../src/policy/gate.ts";
import { answers, EXAMPLE_CONTEXT, gateInput } from "../../src/policy/input.ts";

const need: EvidenceNeed = { kind: "findings", category: "sast", fields: ["category", "severity"] };

const gate: GateDefinition = {
  id: "gate",
  title: "",
  description: "",
  package: "data.gates.gate",
  evidence: [need],
  parameters: {},
  controls: [],
  remediation: "",
  severity: "unknown",
  resources: [],
  builtinErrors: "close",
  path: "",
};

describe.each([
  ["a scan of the category", { kind: "findings", scans: [{ category: "sast" }] }, true],
  ["a scan of another category", { kind: "findings", scans: [{ category: "secret" }] }, false],
  [
    "a finding of the category in another scan",
    { kind: "findings", scans: [{ category: "secret" }], findings: [{ category: "sast" }] },
    true,
  ],
  ["another kind", { kind: "tests", cases: [{}] }, false],
  [
    "a damaged file that was meant to be it",
    { kind: "unreadable", summary: { intended: "findings", category: "sast" } },
    true,
  ],
  ["a damaged file of an unknown category", { kind: "unreadable", summary: { intended: "findings" } }, true],
  [
    "a damaged file of another category",
    { kind: "unreadable", summary: { intended: "findings", category: "secret" } },
    false,
  ],
  ["a damaged file of another kind", { kind: "unreadable", summary: { intended: "tests" } }, false],
])("%s", (_, part, expected) => {
  it(`is ${String(expected)}`, () => {
    expect(answers(exampleDocument(part, 0), need)).toBe(expected);
  });
});

it("gives the declared fields of the declared category, with the position in the document", () => {
  const document = exampleDocument(
    { kind: "findings", scans: [{ category: "sast" }], findings: [{ category: "secret" }, { severity: "low" }] },
    0,
  );
  expect(gateInput(gate, [document], EXAMPLE_CONTEXT)).toMatchObject({
    evidence: { findings: [{ id: document.id, findings: [{ item: 1, category: "sast", severity: "low" }] }] },
  });
});

it("gives nothing of a kind that was not declared", () => {
  const input = gateInput(gate, [exampleDocument({ kind: "tests", cases: [{}] }, 0)], EXAMPLE_CONTEXT);
  expect(input).toMatchObject({ evidence: { findings: [] } });
  expect(JSON.stringify(input)).not.toContain("tests");
});

it("gives what the file says that it is about, where it says so", () => {
  const artifacts = [{ name: "shop", digests: ["sha256:1"] }];
  const scan = { kind: "findings", scans: [{ category: "sast" }] };
  const input = gateInput(
    gate,
    [exampleDocument({ ...scan, artifacts }, 0), exampleDocument(scan, 1)],
    EXAMPLE_CONTEXT,
  );
  expect(input).toMatchObject({ evidence: { findings: [{ artifacts }, { summary: { total: 0 } }] } });
  expect(JSON.stringify(input).match(/"artifacts":\[\{/g)).toHaveLength(1);
});
