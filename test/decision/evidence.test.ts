import { describe, expect, it } from "vitest";
import {
  type AssessedEvidence,
  assessEvidence,
  bySubjectAlone,
  type EvidenceContext,
  evidenceRecord,
  isSameRepository,
  relateAssessed,
} from "../../src/decision/evidence.ts";
import type { DecisionEvidence, Subject } from "../../src/decision/types.ts";
import type { Diagnostic, EvidenceDocument, Tool } from "../../src/evidence/types.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";
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
const stated = (verified: string): EvidenceDocument => ({
  ...exampleDocument({ kind: "statement", path: "dpia.yaml", summary: { verified } }, 0),
  producedAt: "2026-01-01T00:00:00Z",
});

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
    name: "is a statement, which no default ends",
    document: stated("unchecked"),
    context: { freshness: { default: 1, kinds: {} }, now: new Date("2026-03-01T00:00:00Z") },
    use: "usable",
  },
  {
    name: "is a statement that is older than statements may be",
    document: stated("verified"),
    context: { freshness: { kinds: { statement: 1 } }, now: new Date("2026-03-01T00:00:00Z") },
    use: "stale",
    reason: "statement evidence may be",
  },
  {
    name: "is a statement that served another commit as well",
    document: stated("unchecked"),
    context: { recordedFor: { [stated("unchecked").source.sha256]: OTHER } },
    use: "usable",
  },
  {
    name: "is a statement for another commit, whoever signed it",
    document: { ...stated("verified"), subject: { commit: OTHER } },
    use: "unbound",
    reason: "it is for the commit bbbbbbbbbbbb, not for aaaaaaaaaaaa",
  },
  {
    name: "is a signed statement that is part of the change, and of no run",
    document: stated("verified"),
    context: { broughtByChange: ["dpia.yaml"], binding: "run" },
    use: "usable",
  },
  {
    name: "is a statement that nobody signed, and part of the change",
    document: stated("unchecked"),
    context: { broughtByChange: ["dpia.yaml"] },
    use: "unbound",
    reason: "the change that is decided on brings this file itself",
  },
  {
    name: "is a statement that nobody signed, where only this run counts",
    document: stated("failed"),
    context: { binding: "run" },
    use: "unbound",
    reason: "only evidence of this run counts",
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

it.each([
  ["acme/shop", "acme/evil@shop"],
  ["acme/shop", "mallory@example.com@evil/shop"],
  ["acme/shop", "acme/git+ssh://evil/shop"],
  ["acme/shop", "acme/shop.git.evil"],
])("takes %s and %s for two repositories", (a, b) => {
  expect(isSameRepository(a, b)).toBe(false);
  expect(isSameRepository(b, a)).toBe(false);
});

function record(document: EvidenceDocument): DecisionEvidence {
  return evidenceRecord(assessEvidence(document, bySubjectAlone(subject)));
}

function tool(name: string, version?: string): Tool {
  return { name, ...(version === undefined ? {} : { version }) };
}

function toolOf(...tools: readonly Tool[]): Tool {
  return record({ ...plain, source: { ...plain.source, tools } }).tool;
}

describe("the record of a document", () => {
  it("says what it is, whose, and how it may be used", () => {
    expect(record({ ...dated, source: { ...dated.source, tools: [tool("vitest", "5.1.0")] } })).toEqual({
      id: plain.id,
      kind: "tests",
      tool: { name: "vitest", version: "5.1.0" },
      format: plain.source.format,
      path: "junit.xml",
      sha256: plain.source.sha256,
      bytes: plain.source.bytes,
      producedAt: "2026-01-01T00:00:00Z",
      status: "usable",
      toolStatus: "complete",
      reasons: [],
      counts: expect.objectContaining({ total: 1 }),
    });
  });

  it("names every tool, and a version only of a single one", () => {
    expect(toolOf(tool("a", "1"), tool("b", "2"))).toEqual({ name: "a, b" });
    expect(toolOf(tool("a"))).toEqual({ name: "a" });
    expect(toolOf()).toEqual({ name: "" });
  });

  it("has the kind that a damaged file was meant to be, and no date where there is none", () => {
    const broken = exampleDocument(
      { kind: "unreadable", path: "x", status: "malformed", summary: { intended: "findings" } },
      0,
    );
    expect(record(broken)).toMatchObject({ kind: "findings", status: "malformed", toolStatus: "malformed" });
    expect(record(plain)).not.toHaveProperty("producedAt");
  });

  it("counts what is counted, severities by their own names", () => {
    const counted = {
      ...plain,
      summary: {
        lines: { covered: 8, total: 10, percent: 80.5 },
        bySeverity: { high: 2 },
        none: 0,
        below: -1,
        name: "x",
      },
    } as unknown as EvidenceDocument;
    expect(record(counted).counts).toEqual({ linesCovered: 8, linesTotal: 10, high: 2, none: 0 });
  });
});

const TOLD: readonly Diagnostic[] = [
  { code: "cut", message: "it was cut", place: "line 3" },
  { code: "short", message: "and short" },
];

function half(path: string, changes: Partial<EvidenceDocument> = {}): EvidenceDocument {
  const made = exampleDocument({ kind: "coverage", path, files: [{ path: `${path}.ts` }] }, path.length);
  return { ...made, ...changes } as EvidenceDocument;
}

function together(...documents: readonly EvidenceDocument[]): readonly AssessedEvidence[] {
  const assessed = documents.map((document) => assessEvidence(document, bySubjectAlone(subject)));
  return relateAssessed(
    assessed.map((one) => ({ ...one, reasons: ["known before"] })),
    subject,
  );
}

describe("documents together", () => {
  const finding = {
    id: "f1",
    ruleId: "CVE-1",
    message: "old",
    component: { name: "left", version: "1.0.0", purl: "pkg:npm/left@1.0.0" },
  };
  const scan = exampleDocument(
    { kind: "findings", path: "scan.json", scans: [{ category: "sca" }], findings: [finding] },
    1,
  );
  const twin = { ...scan, subject: { commit: OTHER } };

  it("are told of which artifact is gated", () => {
    const artifact = { name: "app", digest: `sha256:${"1".repeat(64)}` } as const;
    const statements = ["1", "2"].map((digit) => ({
      predicateType: "https://slsa.dev/provenance/v1",
      subjects: [{ name: "app", digests: [`sha256:${digit.repeat(64)}`] }],
    }));
    const document = exampleDocument({ kind: "attestation", path: "provenance.json", statements }, 5);
    const gated = { ...subject, artifacts: [artifact] };
    const [related] = relateAssessed([assessEvidence(document, bySubjectAlone(gated))], gated);
    expect(related?.view).toMatchObject({ body: { statements: [{ aboutArtifact: true }, { aboutArtifact: false }] } });
  });

  it("leave out what is for another commit", () => {
    const assessed = [scan, twin].map((document) => assessEvidence(document, bySubjectAlone(subject)));
    const [own, foreign] = relateAssessed(assessed, subject);
    expect(own).toMatchObject({ use: "usable", view: { id: scan.id } });
    expect(foreign).toBe(assessed[1]);
  });

  it("say what was done to each, after what was known of it", () => {
    const related = together(half("a"), half("bb"));
    expect(related.map(({ reasons }) => reasons)).toEqual([
      ["known before", "counted as a and 1 more"],
      ["known before", "counted with a and 1 more"],
    ]);
    expect(related.map(({ view }) => view?.source.path)).toEqual(["a and 1 more", undefined]);
  });

  it("are not counted with those of a tool that failed", () => {
    const related = together(half("a"), half("bb", { status: "failed" }));
    expect(related.map(({ view }) => view?.source.path)).toEqual(["a", "bb"]);
  });
});

function bindingOf(document: EvidenceDocument, context: Partial<EvidenceContext> = {}): readonly unknown[] {
  const { bound, misused } = assessEvidence(document, { ...bySubjectAlone(subject), ...context });
  return [bound, misused];
}

describe("why evidence does not count", () => {
  const recordedFor = { [plain.source.sha256]: OTHER };
  const bound: EvidenceDocument = { ...dated, subject: { commit: COMMIT } };
  const signers = { "junit.xml": ["ci", "release"] };
  const signedBy = (signer: string): EvidenceDocument => ({ ...bound, binding: { dated: false, signer } });
  const unknown = {
    status: "unknown" as const,
    statusReasons: TOLD,
  };

  it.each<[string, EvidenceDocument, Partial<EvidenceContext>, string, readonly string[]]>([
    ["nothing against it", bound, {}, "usable", []],
    ["what its tool said", { ...bound, ...unknown }, {}, "usable", ["it was cut (at line 3)", "and short"]],
    [
      "another commit",
      { ...bound, subject: { commit: OTHER } },
      {},
      "unbound",
      ["it is for the commit bbbbbbbbbbbb, not for aaaaaaaaaaaa"],
    ],
    [
      "another commit, of a damaged file",
      { ...bound, ...unknown, subject: { commit: OTHER } },
      {},
      "unbound",
      ["it is for the commit bbbbbbbbbbbb, not for aaaaaaaaaaaa", "it was cut (at line 3)", "and short"],
    ],
    ["a commit where none is known", bound, { subject: { artifacts: [], source: "none" } }, "usable", []],
    [
      "another repository",
      { ...bound, subject: { repository: "acme/other" } },
      {},
      "unbound",
      ["it is for the repository acme/other, not for acme/shop"],
    ],
    [
      "a repository where none is known",
      { ...bound, subject: { repository: "acme/other" } },
      { subject: { artifacts: [], source: "none" } },
      "usable",
      [],
    ],
    [
      "no run",
      bound,
      { binding: "run" },
      "unbound",
      ["it does not say in which run it was made, and only evidence of this run counts"],
    ],
    [
      "another run",
      { ...bound, subject: { run: "github:6" } },
      { binding: "run" },
      "unbound",
      ["it is of the run github:6, not of github:7"],
    ],
    ["a run where none is known", bound, { binding: "run", subject: { artifacts: [], source: "none" } }, "usable", []],
    [
      "a file of the change",
      bound,
      { broughtByChange: ["junit.xml"] },
      "unbound",
      ["the change that is decided on brings this file itself, so no tool made it in this run"],
    ],
    ["another file of the change", bound, { broughtByChange: ["other.xml"] }, "usable", []],
    [
      "no signature",
      bound,
      { signers },
      "unbound",
      ["it has to be signed by ci or release, and nobody whose key is known signed it"],
    ],
    [
      "another signature",
      signedBy("mallory"),
      { signers },
      "unbound",
      ["it has to be signed by ci or release, and mallory signed it"],
    ],
    ["the second of two signers", signedBy("release"), { signers }, "usable", []],
    ["no signature where nobody has to sign", bound, { signers: { "other.xml": ["ci"] } }, "usable", []],
    [
      "a path with the name of a method",
      { ...bound, source: { ...bound.source, path: "toString" } },
      { signers },
      "usable",
      [],
    ],
    [
      "being used again",
      bound,
      { recordedFor },
      "unbound",
      ["these very bytes were evidence for the commit bbbbbbbbbbbb before: it is used again for another one"],
    ],
    ["being used again, dated by gate", { ...bound, binding: { dated: true } }, { recordedFor }, "usable", []],
    [
      "its age",
      bound,
      { freshness: { default: 7_200_000, kinds: {} }, now: new Date("2026-01-01T02:00:00Z") },
      "stale",
      ["it was made at 2026-01-01T00:00:00Z, and tests evidence may be 2h old"],
    ],
    [
      "its age, of one hour",
      bound,
      { freshness: { default: 3_600_000, kinds: {} }, now: new Date("2026-01-01T02:00:00Z") },
      "stale",
      ["it was made at 2026-01-01T00:00:00Z, and tests evidence may be 1h old"],
    ],
    [
      "its age, by its kind",
      bound,
      { freshness: { kinds: { tests: 172_800_000 } }, now: new Date("2026-01-09") },
      "stale",
      ["it was made at 2026-01-01T00:00:00Z, and tests evidence may be 2d old"],
    ],
    [
      "its age in minutes",
      bound,
      { freshness: { default: 60_000, kinds: {} }, now: new Date("2026-01-09") },
      "stale",
      ["it was made at 2026-01-01T00:00:00Z, and tests evidence may be 1m old"],
    ],
    [
      "the last millisecond of its age",
      bound,
      { freshness: { default: 7_200_000, kinds: {} }, now: new Date("2026-01-01T01:59:59.999Z") },
      "usable",
      [],
    ],
    [
      "clocks that differ by five minutes",
      bound,
      { freshness: { default: 1_000_000, kinds: {} }, now: new Date("2025-12-31T23:55:00Z") },
      "usable",
      [],
    ],
    [
      "a future time",
      bound,
      { freshness: { default: 1_000_000, kinds: {} }, now: new Date("2025-12-31T23:54:59.999Z") },
      "stale",
      ["it was made at 2026-01-01T00:00:00Z, which is yet to come"],
    ],
    [
      "a time that nobody can read",
      { ...bound, producedAt: "soon" },
      { freshness: { default: 1_000_000, kinds: {} } },
      "stale",
      ["it was made at soon, which is yet to come"],
    ],
    [
      "any age where any will do",
      bound,
      { freshness: { kinds: { findings: 1 } }, now: new Date("2030-01-01") },
      "usable",
      [],
    ],
    [
      "no date",
      { ...plain, subject: { commit: COMMIT } },
      { freshness: { default: 1, kinds: {} }, now: new Date("2030-01-01") },
      "usable",
      [],
    ],
    [
      "age, of a failed tool",
      { ...bound, status: "failed" },
      { freshness: { default: 1, kinds: {} }, now: new Date("2030-01-01") },
      "failed",
      [],
    ],
    ["nothing, of an empty run", { ...bound, status: "empty" }, {}, "failed", []],
  ])("%s", (_, document, context, use, reasons) => {
    const assessed = assessEvidence(document, { ...bySubjectAlone(subject), ...context });
    expect([assessed.use, ...assessed.reasons]).toEqual([use, ...reasons]);
  });

  it("tells whether it states the commit, and how somebody tried to pass it off", () => {
    expect(bindingOf(bound)).toEqual([true, undefined]);
    expect(bindingOf(plain)).toEqual([false, undefined]);
    expect(bindingOf(plain, { subject: { artifacts: [], source: "none" } })).toEqual([false, undefined]);
    expect(bindingOf({ ...bound, subject: { commit: OTHER } })).toEqual([false, undefined]);
    expect(bindingOf(bound, { recordedFor })).toEqual([true, "replayed"]);
    expect(bindingOf(bound, { broughtByChange: ["junit.xml"] })).toEqual([true, "committed"]);
  });
});
