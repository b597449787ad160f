import { describe, expect, it } from "vitest";
import { relateEvidence } from "../../src/evidence/relate.ts";
import type { EvidenceDocument, FindingsEvidence } from "../../src/evidence/types.ts";
import { exampleDocument } from "../../src/policy/example-evidence.ts";

type Part = Readonly<Record<string, unknown>>;

let documents = 0;

function findings(tool: string, ...list: readonly Part[]): EvidenceDocument {
  const complete = list.map((finding) => ({ tool, category: "sca", ruleId: "CVE-2024-1", ...finding }));
  return exampleDocument({ kind: "findings", path: `${tool}.json`, findings: complete }, documents++);
}

function statements(...list: readonly Part[]): EvidenceDocument {
  const complete = list.map((statement) => ({
    vulnerability: "CVE-2024-1",
    aliases: [],
    products: ["pkg:npm/left-pad@1.0.0"],
    subcomponents: [],
    status: "not-affected",
    superseded: false,
    ...statement,
  }));
  const summary = { specification: "OpenVEX", author: "Security team" };
  return exampleDocument({ kind: "vex", path: "vex.json", summary, statements: complete }, documents++);
}

const LEFT_PAD = { name: "left-pad", version: "1.0.0", purl: "pkg:npm/left-pad@1.0.0" };

function related(list: readonly EvidenceDocument[], artifacts: readonly string[] = []) {
  const evidence = relateEvidence(list, ({ status }) => status === "complete", { artifacts });
  return { documents: evidence.map(({ view }) => view), notes: evidence.map(({ notes }) => notes) };
}

function findingsOf(document: EvidenceDocument | undefined): FindingsEvidence["body"]["findings"] {
  if (document?.kind !== "findings") throw new Error("expected findings");
  return document.body.findings;
}

describe("what several tools find alike", () => {
  it("is one finding, by any of its names", () => {
    const trivy = findings("trivy", { component: LEFT_PAD });
    const grype = findings("grype", { ruleId: "GHSA-x", aliases: ["cve-2024-1"], component: LEFT_PAD });
    const {
      documents: [first, second],
      notes,
    } = related([trivy, grype]);
    expect(findingsOf(first)).toMatchObject([{ duplicate: true }]);
    expect(findingsOf(second)).toMatchObject([{ alsoBy: ["trivy"] }]);
    expect(first?.summary).toMatchObject({ total: 0, open: 0 });
    expect(notes).toEqual([["1 finding is another tool's as well, and counted there"], []]);
  });

  it("keeps the gravest that is open", () => {
    const low = findings("a", { component: LEFT_PAD, severity: "low" });
    const critical = findings("b", { component: LEFT_PAD, severity: "critical" });
    const ignored = findings("c", {
      component: LEFT_PAD,
      severity: "critical",
      suppressed: true,
      suppressions: [{ kind: "external", status: "accepted" }],
    });
    const [first, second, third] = related([low, critical, ignored]).documents;
    expect(findingsOf(first)).toMatchObject([{ duplicate: true }]);
    expect(findingsOf(second)).toMatchObject([{ alsoBy: ["a", "c"], severity: "critical" }]);
    expect(findingsOf(third)).toMatchObject([{ duplicate: true }]);
  });

  it.each([
    ["another version", { component: { ...LEFT_PAD, version: "2.0.0" } }],
    ["another package", { component: { ...LEFT_PAD, name: "right-pad" } }],
    ["another vulnerability", { ruleId: "CVE-2024-2", component: LEFT_PAD }],
    ["another category, which another gate looks at", { category: "container", component: LEFT_PAD }],
    ["no version", { component: { name: "left-pad" } }],
  ])("does not take %s for the same", (_, other) => {
    const list = [findings("trivy", { component: LEFT_PAD }), findings("grype", other)];
    expect(related(list).documents).toEqual(list);
  });

  it("leaves what one tool finds in two places apart", () => {
    const list = [findings("trivy", { component: LEFT_PAD }, { component: LEFT_PAD, location: { path: "b" } })];
    expect(related(list).documents).toEqual(list);
  });
});

describe("a VEX statement", () => {
  const found = findings("trivy", { component: LEFT_PAD });

  function suppressionOf(statement: Part, artifacts: readonly string[] = [], finding = found) {
    return findingsOf(related([finding, statements(statement)], artifacts).documents[0])[0]?.suppressions;
  }

  it("suppresses the finding, visibly", () => {
    const vex = statements({ justification: "vulnerable_code_not_present" });
    const {
      documents: [document],
      notes,
    } = related([found, vex]);
    const why = "not-affected (vulnerable_code_not_present), says vex.json by Security team";
    expect(findingsOf(document)).toMatchObject([
      { suppressed: true, suppressions: [{ kind: "vex", status: "accepted", justification: why }] },
    ]);
    expect(document?.summary).toMatchObject({ open: 0, suppressed: 1 });
    expect(document?.id).toBe(found.id);
    expect(notes).toEqual([["1 finding is suppressed by VEX statements"], []]);
  });

  it.each([
    ["names it by an alias", { vulnerability: "GHSA-1", aliases: ["cve-2024-1"] }],
    ["names the package without a version", { products: ["pkg:npm/left-pad"] }],
    ["says that it is fixed", { status: "fixed" }],
  ])("applies where it %s", (_, statement) => expect(suppressionOf(statement)).toHaveLength(1));

  it.each([
    ["another version", { products: ["pkg:npm/left-pad@1.0.1"] }],
    ["another package", { products: ["pkg:npm/left-pad2@1.0.0"] }],
    ["another ecosystem", { products: ["pkg:pypi/left-pad@1.0.0"] }],
    ["a qualifier that the package does not have", { products: ["pkg:npm/left-pad@1.0.0?arch=arm64"] }],
    ["no product", { products: [] }],
    ["a product that is not known here", { products: ["shop"] }],
    ["a package inside a product that is not known here", { products: ["shop"], subcomponents: [LEFT_PAD.purl] }],
    ["another vulnerability", { vulnerability: "CVE-2024-11" }],
    ["that it is affected", { status: "affected" }],
    ["that it is looked into", { status: "under-investigation" }],
    ["something that a later statement replaced", { superseded: true }],
  ])("does not apply where it says %s", (_, statement) => expect(suppressionOf(statement)).toEqual([]));

  it("may be about the gated artifact", () => {
    const digest = `sha256:${"a".repeat(64)}`;
    const products = [`pkg:oci/shop@sha256%3A${"a".repeat(64)}`];
    expect(suppressionOf({ products }, [digest])).toHaveLength(1);
    expect(suppressionOf({ products, subcomponents: [LEFT_PAD.purl] }, [digest])).toHaveLength(1);
    expect(suppressionOf({ products, subcomponents: ["pkg:npm/other"] }, [digest])).toEqual([]);
    expect(suppressionOf({ products }, [`sha256:${"b".repeat(64)}`])).toEqual([]);
  });

  function open(...list: readonly Part[]): boolean {
    return findingsOf(related([found, statements(...list)]).documents[0])[0]?.suppressed === false;
  }

  it("gives way to a later one, and without times to the less favourable", () => {
    const earlier = { status: "affected", at: "2026-01-01T00:00:00Z" };
    const later = { status: "not-affected", at: "2026-02-01T00:00:00Z" };
    expect(open(earlier, later)).toBe(false);
    expect(open(later, { ...earlier, at: "2026-03-01T00:00:00Z" })).toBe(true);
    expect(open({ status: "not-affected" }, { status: "affected" })).toBe(true);
    expect(open({ status: "not-affected", at: later.at }, { status: "affected" })).toBe(true);
  });

  it("in a damaged document suppresses nothing", () => {
    const vex = { ...statements({}), status: "partial" } as const;
    expect(related([found, vex]).documents).toEqual([found, vex]);
  });
});

function coverage(files: readonly Part[], summary: Part = {}): EvidenceDocument {
  const path = `${documents}.info`;
  const lines = { covered: 0, total: 0 };
  return exampleDocument(
    { kind: "coverage", path, files, summary: { lines, files: files.length, ...summary } },
    documents++,
  );
}

function counts(path: string, covered: number): EvidenceDocument {
  const lines = { covered, total: 10 };
  return coverage([{ path, lines }], { lines });
}

describe("coverage in several files", () => {
  const one = coverage(
    [
      {
        path: "a.ts",
        lines: { covered: 2, total: 4 },
        branches: { covered: 1, total: 4 },
        covered: "1-2",
        missed: "5-6",
      },
      { path: "b.ts", lines: { covered: 1, total: 1 }, covered: "1", missed: "" },
    ],
    { branches: { covered: 1, total: 4 } },
  );
  const two = coverage(
    [
      {
        path: "a.ts",
        lines: { covered: 1, total: 4 },
        branches: { covered: 2, total: 4 },
        covered: "5",
        missed: "1-2,6",
      },
    ],
    { branches: { covered: 2, total: 4 } },
  );

  it("of one provider is one coverage, line by line", () => {
    const { documents: views, notes } = related([one, two]);
    expect(views[1]).toBeUndefined();
    expect(views[0]).toMatchObject({
      id: one.id,
      summary: { lines: { covered: 4, total: 5 }, branches: { covered: 2, total: 4 }, files: 2 },
      body: { files: [{ path: "a.ts", covered: "1-2,5", missed: "6" }, { path: "b.ts" }] },
    });
    expect(notes.flat()).toEqual([
      `counted as ${one.source.path} and 1 more`,
      `counted with ${one.source.path} and 1 more`,
    ]);
  });

  it("stays apart by provider, by suite, where it counts only, and where it is damaged", () => {
    const counted = counts("a.ts", 4);
    const other = coverage([{ path: "a.ts", lines: { covered: 4, total: 4 } }], { provider: "other" });
    const integration = coverage([{ path: "a.ts", lines: { covered: 4, total: 4 } }], { suite: "integration" });
    const damaged = { ...two, status: "partial" } as const;
    for (const list of [
      [one, counted],
      [one, other],
      [one, integration],
      [one, damaged],
    ]) {
      expect(related(list).documents).toEqual(list);
    }
  });

  it("of disjoint files adds up even where it counts only", () => {
    const [view] = related([counts("a.ts", 3), counts("b.ts", 4)]).documents;
    expect(view?.summary).toMatchObject({ lines: { covered: 7, total: 20 } });
  });

  it("tells how much of a change was run", () => {
    const files = [
      { path: "packages/x/a.ts", status: "modified", addedLines: "2,5,100" },
      { path: "b.ts", status: "modified", addedLines: "1" },
      { path: "new.ts", status: "added", addedLines: "1-3" },
      { path: "README.md", status: "modified", addedLines: "1-3" },
      { path: "gone.ts", status: "deleted" },
    ];
    const change = exampleDocument({ kind: "change", files }, documents++);
    expect(related([one, change]).documents[0]).toMatchObject({
      summary: { changed: { covered: 2, total: 3 }, changedUnmeasured: 1, changedUnmeasuredPaths: ["new.ts"] },
      body: { files: [{ changed: { covered: 1, total: 2 }, changedMissed: "5" }, { changedMissed: "" }] },
    });
  });
});

describe("a build", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const builds = [
    { name: "one", artifacts: [{ digests: ["sha1:0", digest.toUpperCase()] }] },
    { name: "two", artifacts: [{ name: digest, digests: [] }] },
    { name: "three", artifacts: [] },
  ];
  const built = exampleDocument({ kind: "build", builds }, documents++);

  it("is held against the gated artifact by digest", () => {
    expect(related([built], [digest]).documents[0]).toMatchObject({
      body: { builds: [{ aboutArtifact: true }, { aboutArtifact: false }, { aboutArtifact: false }] },
    });
  });

  it("is left as it is where no artifact is gated", () => {
    expect(related([built]).documents).toEqual([built]);
  });
});

describe("an attestation", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const statement = { statementType: "", predicateType: "p", signatures: 1, verified: "unchecked" };
  const attested = [
    { ...statement, subjects: [{ digests: [digest.toUpperCase()] }] },
    { ...statement, subjects: [{ name: digest, digests: [] }] },
  ];
  const attestation = exampleDocument({ kind: "attestation", statements: attested }, documents++);

  it("is held against the gated artifact by digest", () => {
    expect(related([attestation], [digest]).documents[0]).toMatchObject({
      summary: { aboutArtifact: 1 },
      body: { statements: [{ aboutArtifact: true }, { aboutArtifact: false }] },
    });
  });

  it("is left as it is where no artifact is gated", () => {
    expect(related([attestation]).documents).toEqual([attestation]);
  });
});
