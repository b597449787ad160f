import { describe, expect, it } from "vitest";
import { assessEvidence, bySubjectAlone } from "../../src/decision/evidence.ts";
import { stagesOf, withTargets } from "../../src/decision/stages.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
import { sampleGate } from "./fixture.ts";

const MINUTE = 60_000;

function made(index: number, changes: Partial<EvidenceDocument>): EvidenceDocument {
  const document = exampleDocument({ kind: "findings", path: `${index}.sarif`, scans: [{}] }, index);
  return { ...document, ...changes } as EvidenceDocument;
}

const timed = (index: number, startedAt: string, producedAt: string): EvidenceDocument =>
  made(index, { startedAt: `2026-01-01T${startedAt}Z`, producedAt: `2026-01-01T${producedAt}Z` });
const tests = exampleDocument({ kind: "tests", path: "junit.xml", cases: [{}] }, 9);
const took = (durationMs: number): EvidenceDocument =>
  ({ ...tests, summary: { ...tests.summary, durationMs } }) as EvidenceDocument;

describe.each([
  { name: "one tool in time", documents: [timed(1, "00:00:00", "00:10:00")], measuredMs: 10 * MINUTE, missed: false },
  { name: "one tool a second late", documents: [timed(1, "00:00:00", "00:10:01")], measuredMs: 601_000, missed: true },
  {
    name: "two tools side by side",
    documents: [timed(1, "00:00:00", "00:06:00"), timed(2, "00:01:00", "00:07:00")],
    measuredMs: 7 * MINUTE,
    missed: false,
  },
  {
    name: "two tools one after the other",
    documents: [timed(1, "00:00:00", "00:06:00"), timed(2, "00:06:00", "00:12:00")],
    measuredMs: 12 * MINUTE,
    missed: true,
  },
  { name: "a duration that the report states", documents: [took(11 * MINUTE)], measuredMs: 11 * MINUTE, missed: true },
  {
    name: "a tool that does not say",
    documents: [timed(1, "00:00:00", "00:20:00"), made(2, {})],
    measuredMs: undefined,
    missed: false,
  },
  { name: "no evidence", documents: [], measuredMs: undefined, missed: false },
])("the duration of $name", ({ documents, measuredMs, missed }) => {
  const subject = { artifacts: [], source: "none" } as const;
  const evidence = () => documents.map((document) => assessEvidence(document, bySubjectAlone(subject)));
  const gate = sampleGate({ id: "sast", evidence: documents.map(({ id }) => id) });
  const expected = { targetMs: 10 * MINUTE, missed, ...(measuredMs === undefined ? {} : { measuredMs }) };

  it("is held against the gate's target", () => {
    expect(withTargets([gate], { sast: 10 * MINUTE }, evidence())[0]?.target).toEqual(expected);
    expect(withTargets([gate], {}, evidence())[0]).toBe(gate);
  });

  it("is held against the stage's target", () => {
    const stage = { name: "scan", gates: ["sast", "absent"], targetMs: 10 * MINUTE };
    expect(stagesOf([stage], [gate, sampleGate({ id: "other" })], evidence())).toEqual([
      { name: "scan", gates: ["sast", "absent"], ...expected },
    ]);
  });
});
