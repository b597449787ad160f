import { expect, it } from "vitest";
import { assessEvidence, evidenceRecord } from "../../src/decision/evidence.ts";
import { fixture, read } from "../ingest/support.ts";

it("records the counts of a document, and no other number", () => {
  const document = read(fixture("scorecard.json"), "scorecard.json");
  expect(document.summary).toMatchObject({ score: 7.5 });
  const { counts } = evidenceRecord(assessEvidence(document, { artifacts: [], source: "none" }));
  expect(counts).toEqual({ controls: 4, satisfied: 1, notSatisfied: 2, notApplicable: 0, unknown: 1 });
});
