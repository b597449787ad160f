import { describe, expect, it } from "vitest";
import { fixture, read, readAs, refusalOf } from "./support.ts";

const LINK = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#cli";

function bomOf(vulnerabilities: unknown, more: object = {}): string {
  return JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", vulnerabilities, ...more });
}

function analysed(state: string | undefined, affects: unknown = [{ ref: "p" }], more: object = {}) {
  return { id: "CVE-1", analysis: { state }, affects, ...more };
}

function vex(vulnerabilities: readonly object[], more: object = {}) {
  return readAs("vex", bomOf(vulnerabilities, more), "x.json", "vex");
}

describe("the fixture", () => {
  const document = readAs("vex", fixture("shop.vex.cdx.json"), "shop.vex.cdx.json");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.000Z",
      source: { format: "cyclonedx-vex", formatVersion: "1.6", tools: [{ name: "maker", version: "4.0.0" }] },
      summary: {
        specification: "CycloneDX",
        author: "Läden product security",
        statements: 3,
        inForce: 3,
        notAffected: 2,
        affected: 1,
      },
    });
    expect(document.body.statements).toEqual([
      {
        vulnerability: "CVE-2026-0001",
        aliases: ["GHSA-aaaa-bbbb-cccc"],
        products: ["pkg:npm/shop@1.0.0"],
        subcomponents: [],
        status: "not-affected",
        justification: "code_not_reachable",
        impact: "the parser is not used",
        at: "2026-02-01T10:00:00.000Z",
        superseded: false,
      },
      {
        vulnerability: "CVE-2026-0002",
        aliases: [],
        products: [`${LINK} 1.0.0`],
        subcomponents: [],
        status: "affected",
        action: "update: update to 1.0.1",
        at: "2026-03-01T10:00:00.000Z",
        superseded: false,
      },
      {
        vulnerability: "CVE-2026-0002",
        aliases: [],
        products: [`${LINK} vers:npm/>=1.0.1`],
        subcomponents: [],
        status: "not-affected",
        at: "2026-03-01T10:00:00.000Z",
        superseded: false,
      },
    ]);
  });
});

describe("one file in CycloneDX", () => {
  const components = [{ "bom-ref": "p", name: "p" }];
  const plain = { id: "CVE-1", affects: [{ ref: "p" }] };

  it.each([
    ["components and analyses", bomOf([analysed("fixed")], { components }), undefined, "sbom"],
    ["analyses", bomOf([analysed("resolved"), plain]), undefined, "vex"],
    ["vulnerabilities", bomOf([plain]), undefined, "findings"],
    ["nothing", bomOf([]), undefined, "sbom"],
    ["components and analyses", bomOf([analysed("resolved")], { components }), "vex", "vex"],
    ["components and analyses", bomOf([analysed("resolved")], { components }), "sca", "findings"],
    ["components and analyses", bomOf([analysed("resolved")], { components }), "sbom", "sbom"],
    ["analyses", bomOf([analysed("resolved")]), "findings", "findings"],
    ["analyses", bomOf([analysed("resolved")]), "sbom", "unreadable"],
    ["no analyses", bomOf([plain], { components }), "vex", "unreadable"],
    ["no list of vulnerabilities", bomOf(undefined, { components }), "sca", "unreadable"],
    ["vulnerabilities", bomOf([plain], { components }), "sast", "unreadable"],
  ] as const)("with %s (%#), declared as is said, is what it can be", (_, content, declared, kind) => {
    expect(read(content, "x.json", declared).kind).toBe(kind);
  });
});

describe.each([
  ["exploitable", "affected", undefined],
  ["in_triage", "under-investigation", undefined],
  ["false_positive", "not-affected", "false_positive"],
  ["not_affected", "not-affected", undefined],
  ["resolved", "fixed", undefined],
  ["resolved_with_pedigree", "fixed", undefined],
])("the state %s", (state, status, justification) => {
  it(`is ${status}`, () => {
    const [statement] = vex([analysed(state)]).body.statements;
    expect([statement?.status, statement?.justification]).toEqual([status, justification]);
  });
});

describe.each([
  ["a state that is none", [analysed("safe")], "malformed at /vulnerabilities/0/analysis/state"],
  [
    "a vulnerability without an id",
    [analysed("resolved", [], { id: undefined })],
    "malformed at /vulnerabilities/0/id",
  ],
  ["a product without a reference", [analysed("resolved", [{}])], "malformed at /vulnerabilities/0/affects/0/ref"],
  ["products that are no array", [analysed("resolved", {})], "malformed at /vulnerabilities/0/affects"],
])("a document with %s", (_, vulnerabilities, refusal) => {
  it("is refused with its place", () => expect(refusalOf(bomOf(vulnerabilities), "x.json", "vex")).toBe(refusal));
});

describe("a document", () => {
  it("states nothing of what has no analysis or an analysis without a state", () => {
    const document = vex([analysed("resolved"), analysed(undefined), { id: "CVE-2", analysis: null }]);
    expect([document.summary.statements, document.quality.warnings.map(({ code }) => code)]).toEqual([
      1,
      ["no-analysis", "no-analysis"],
    ]);
  });

  it("that analyses one thing in two ways is partial", () => {
    expect(vex([analysed("exploitable"), analysed("not_affected")]).status).toBe("partial");
  });
});

function productsOf(component: object, target: object) {
  const components = [{ "bom-ref": "p", name: "p", ...component }];
  return vex([analysed("resolved", [{ ref: "p", ...target }])], { components }).body.statements[0]?.products;
}

describe("a product", () => {
  it.each([
    ["its purl", { purl: "pkg:npm/p@1", version: "1" }, {}, "pkg:npm/p@1"],
    ["its name and version", { version: "1" }, { versions: [{ version: "2" }] }, "p@1"],
    ["its name and the version that is affected", {}, { versions: [{ version: "2" }] }, "p 2"],
    ["what its reference says, where that is in no component", {}, { ref: LINK }, LINK],
  ])("is known by %s", (_, component, target, expected) => expect(productsOf(component, target)).toEqual([expected]));

  it("is not taken for another one with its reference", () => {
    const components = [
      { "bom-ref": "p", name: "a" },
      { "bom-ref": "p", name: "b" },
    ];
    expect(vex([analysed("resolved")], { components }).body.statements[0]?.products).toEqual(["p"]);
  });

  it.each([
    ["exploitable", "unaffected", "not-affected"],
    ["exploitable", "unknown", "affected"],
    ["not_affected", "affected", "not-affected"],
    ["not_affected", "unknown", "under-investigation"],
    ["resolved", undefined, "fixed"],
  ])("that is %s in a version that is %s is %s", (state, status, expected) => {
    const affects = [{ ref: LINK, versions: [{ version: "1", status }] }];
    expect(vex([analysed(state, affects)]).body.statements.map((one) => one.status)).toEqual([expected]);
  });
});
