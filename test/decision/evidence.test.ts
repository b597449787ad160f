import { describe, expect, it } from "vitest";
import {
  assessEvidence,
  bySubjectAlone,
  type EvidenceContext,
  evidenceRecord,
  isSameRepository,
} from "../../src/decision/evidence.ts";
import type { Subject } from "../../src/decision/types.ts";
import type { EvidenceDocument } from "../../src/evidence/types.ts";
import { exampleDocument } from "../../src/policy/examples.ts";
import { fixture, read } from "../ingest/support.ts";

it("records the counts of a document, and no other number", () => {
  const document = read(fixture("scorecard.json"), "scorecard.json");
  expect(document.summary).toMatchObject({ score: 7.5 });
  const { counts } = evidenceRecord(assessEvidence(document, bySubjectAlone({ artifacts: [], source: "none" })));
  expect(counts).toEqual({ controls: 4, satisfied: 1, notSatisfied: 2, notApplicable: 0, unknown: 1 });
});

const COMMIT = "a".repeat(40);
const OTHER = "b".repeat(40);
const subject: Subject = {
  repository: "acme/shop",
  commit: COMMIT,
  run: { provider: "github", id: "7" },
  artifacts: [],
  source: "ci",
};
const plain = exampleDocument({ kind: "tests", path: "junit.xml", cases: [{}] }, 0);
const dated: EvidenceDocument = { ...plain, producedAt: "2026-01-01T00:00:00Z" };

interface Case {
  readonly name: string;
  readonly document: EvidenceDocument;
  readonly context?: Partial<EvidenceContext>;
  readonly use: string;
  readonly reason?: string;
}

describe.each<Case>([
  { name: "says nothing of its commit", document: plain, use: "usable" },
  { name: "is of this commit", document: { ...plain, subject: { commit: COMMIT } }, use: "usable" },
  {
    name: "is of another commit",
    document: { ...plain, subject: { commit: OTHER } },
    use: "unbound",
    reason: "it is for the commit bbbbbbbbbbbb, not for aaaaaaaaaaaa",
  },
  {
    name: "is of this repository, as a URL",
    document: { ...plain, subject: { repository: "https://github.com/Acme/shop.git" } },
    use: "usable",
  },
  {
    name: "is of another repository",
    document: { ...plain, subject: { repository: "https://github.com/acme/shop-2" } },
    use: "unbound",
    reason: "it is for the repository https://github.com/acme/shop-2, not for acme/shop",
  },
  { name: "is of another run", document: { ...plain, subject: { run: "github:6" } }, use: "usable" },
  {
    name: "is of another run, where only this run counts",
    document: { ...plain, subject: { run: "github:6" } },
    context: { binding: "run" },
    use: "unbound",
    reason: "it is of the run github:6, not of github:7",
  },
  {
    name: "does not say its run, where only this run counts",
    document: plain,
    context: { binding: "run" },
    use: "unbound",
    reason: "only evidence of this run counts",
  },
  {
    name: "is of this run, where only this run counts",
    document: { ...plain, subject: { run: "github:7" } },
    context: { binding: "run" },
    use: "usable",
  },
  {
    name: "is part of the change",
    document: { ...plain, subject: { commit: COMMIT } },
    context: { broughtByChange: ["junit.xml"] },
    use: "unbound",
    reason: "the change that is decided on brings this file itself",
  },
  {
    name: "was recorded for another commit, and has a time of its own",
    document: { ...dated, subject: { commit: COMMIT } },
    context: { recordedFor: { [dated.source.sha256]: OTHER } },
    use: "unbound",
    reason: "these very bytes were evidence for the commit bbbbbbbbbbbb before",
  },
  {
    name: "was recorded for another commit, and looks the same for every commit",
    document: { ...dated, binding: { dated: true } },
    context: { recordedFor: { [dated.source.sha256]: OTHER } },
    use: "usable",
  },
  {
    name: "is as old as it may be",
    document: dated,
    context: { freshness: { default: 3_600_000, kinds: {} }, now: new Date("2026-01-01T00:59:59.999Z") },
    use: "usable",
  },
  {
    name: "is older",
    document: dated,
    context: { freshness: { default: 3_600_000, kinds: {} }, now: new Date("2026-01-01T01:00:00Z") },
    use: "stale",
    reason: "it was made at 2026-01-01T00:00:00Z, and tests evidence may be 1h old",
  },
  {
    name: "is older than others may be, and of a kind that may",
    document: dated,
    context: { freshness: { default: 1, kinds: { tests: 7_200_000 } }, now: new Date("2026-01-01T01:00:00Z") },
    use: "usable",
  },
  {
    name: "has a time that nobody can read",
    document: { ...plain, producedAt: "yesterday" },
    context: { freshness: { default: 1, kinds: {} }, now: new Date("2026-01-01T01:00:00Z") },
    use: "stale",
  },
  {
    name: "was damaged and is of another commit",
    document: { ...plain, status: "failed", subject: { commit: OTHER } },
    use: "unbound",
  },
  { name: "comes from a tool that failed", document: { ...plain, status: "partial" }, use: "failed" },
])("evidence that $name", ({ document, context, use, reason }) => {
  it(`is ${use}`, () => {
    const assessed = assessEvidence(document, { ...bySubjectAlone(subject), ...context });
    expect(assessed.use).toBe(use);
    if (reason !== undefined) expect(assessed.reasons[0]).toContain(reason);
  });
});

it.each([
  ["acme/shop", "https://github.com/acme/shop", true],
  ["git@github.com:acme/shop.git", "https://github.com/acme/shop/", true],
  ["ssh://git@github.com/acme/shop", "acme/shop", true],
  ["acme/shop", "evil-acme/shop", false],
  ["shop", "github.com/acme/workshop", false],
  ["https://gitlab.com/acme/shop", "https://github.com/acme/shop", false],
])("%s and %s: the same repository is %s", (a, b, same) => {
  expect(isSameRepository(a, b)).toBe(same);
  expect(isSameRepository(b, a)).toBe(same);
});
