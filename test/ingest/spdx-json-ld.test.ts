import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const CONTEXT = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";
const CREATION = { type: "CreationInfo", "@id": "_:c", specVersion: "3.0.1", created: "2026-01-01T00:00:00Z" };
const A = { type: "software_Package", spdxId: "urn:a", name: "a" };

function graphOf(elements: readonly object[], context: unknown = CONTEXT): string {
  return JSON.stringify({ "@context": context, "@graph": elements });
}

function sbom(...elements: readonly object[]) {
  return readAs("sbom", graphOf([CREATION, ...elements]), "x.json");
}

function relationship(from: string, relationshipType: string, ...to: readonly string[]) {
  return { type: "Relationship", from, relationshipType, to };
}

describe("the fixture", () => {
  const document = readAs("sbom", fixture("shop.spdx3.json"), "shop.spdx3.json");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-11-21T03:54:41.000Z",
      source: { format: "spdx-json-ld", formatVersion: "3.0.1", tools: [{ name: "npm", version: "11.19.1" }] },
      quality: { warnings: [], inconsistencies: [] },
    });
    expect(document.body.components[0]).toMatchObject({ type: "library", supplier: "Läden" });
  });

  it("has the packages, licences and dependencies of the same tree in SPDX 2", () => {
    const older = readAs("sbom", fixture("shop.spdx.json"), "shop.spdx.json");
    expect(document.summary).toEqual({ ...older.summary, authors: 2, withSupplier: 1 });
    const facts = ({ body }: typeof document) =>
      body.components.map(({ name, version, purl, licences, hashes }) => ({ name, version, purl, licences, hashes }));
    expect(facts(document)).toEqual(facts(older));
  });
});

describe.each([
  ["a newer specification", graphOf([{ ...CREATION, specVersion: "3.1.0" }, A]), "unsupported-version at /@graph"],
  [
    "a newer context and no version",
    graphOf([A], "https://spdx.org/rdf/3.1/spdx-context.jsonld"),
    "unsupported-version at /@graph",
  ],
  ["no graph", JSON.stringify({ "@context": CONTEXT }), "malformed at /@graph"],
  ["an element that is no object", graphOf([CREATION, A]).replace("]}", ",1]}"), "malformed at /@graph/2"],
  ["half a relationship", graphOf([A, relationship("urn:a", "dependsOn")]), "malformed at /@graph/1"],
])("a document with %s", (_, content, refusal) => {
  it("is refused", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});

describe("a document", () => {
  it("may have its context in a list and under its other name", () => {
    const content = graphOf([CREATION, A], ["https://spdx.org/rdf/3.0.0/spdx-context.json"]);
    expect(readAs("sbom", content, "x").summary.components).toBe(1);
  });

  it("without packages is empty", () => expect(sbom().status).toBe("empty"));

  it.each([
    ["that is missing", "urn:b", "partial"],
    ["of another document that it imports", "urn:imported", "unknown"],
    ["that is none", "https://spdx.org/rdf/3.0.1/terms/Core/NoneElement", "unknown"],
  ])("may name an element %s", (_, to, status) => {
    const document = { type: "SpdxDocument", spdxId: "urn:d", import: [{ externalSpdxId: "urn:imported" }] };
    expect(sbom(document, A, relationship("urn:a", "dependsOn", to)).status).toBe(status);
  });

  it("describes the root of its bill of materials, or what a relationship of it says", () => {
    const root = { type: "software_Package", spdxId: "urn:root", name: "root" };
    const collection = { type: "software_Sbom", spdxId: "urn:s", rootElement: ["urn:root"] };
    const document = { type: "SpdxDocument", spdxId: "urn:d", rootElement: ["urn:s"] };
    expect(sbom(document, collection, root, A).summary).toMatchObject({ root: { name: "root" }, components: 1 });
    // Microsoft's tool writes the relationship of version 2.
    expect(sbom(root, A, relationship("SPDXRef-DOCUMENT", "DESCRIBES", "urn:root")).summary.root?.name).toBe("root");
  });

  it("has the people and tools of the creation of the document", () => {
    const creation = { ...CREATION, "@id": "_:d", createdBy: ["urn:j", "urn:k"], createdUsing: ["urn:t"] };
    const people = [
      { type: "Person", spdxId: "urn:j", name: "Jane" },
      { type: "Organization", spdxId: "urn:k", name: "NOASSERTION" },
      { type: "Tool", spdxId: "urn:t", name: "t-1.0" },
    ];
    const document = sbom({ type: "SpdxDocument", spdxId: "urn:d", creationInfo: "_:d" }, creation, ...people, A);
    expect([document.summary.authors, document.source.tools]).toEqual([2, [{ name: "t", version: "1.0" }]]);
  });
});

describe("a package", () => {
  it("has the purl that an identifier elsewhere in the graph gives", () => {
    const identifier = {
      type: "ExternalIdentifier",
      spdxId: "urn:i",
      externalIdentifierType: "purl",
      identifier: "pkg:npm/a@1",
    };
    expect(sbom({ ...A, externalIdentifier: ["urn:i"] }, identifier).body.components[0]?.purl).toBe("pkg:npm/a@1");
  });

  it.each([
    ["an organisation", { type: "Organization", spdxId: "urn:o", name: "Organization: Example" }, "Example"],
    ["nobody", { type: "Organization", spdxId: "urn:o", name: "NOASSERTION" }, undefined],
  ])("is supplied by %s", (_, agent, expected) => {
    expect(sbom({ ...A, suppliedBy: "urn:o" }, agent).body.components[0]?.supplier).toBe(expected);
  });

  it.each(["software_Package", "ai_AIPackage", "dataset_DatasetPackage"])("may be of type %s", (type) => {
    const found = sbom({ ...A, type, software_primaryPurpose: "operatingSystem" }).body.components[0];
    expect(found?.type).toBe("operating-system");
  });
});

function licensed(target: string, ...elements: readonly object[]) {
  const [found] = sbom(A, relationship("urn:a", "hasConcludedLicense", target), ...elements).body.components;
  return found?.licences.map(({ expression, spdx }) => [expression, spdx]);
}

function set(kind: string, ...members: readonly string[]) {
  return { type: `expandedlicensing_${kind}LicenseSet`, spdxId: "urn:set", expandedlicensing_member: members };
}

describe("the licence of a package", () => {
  it.each([
    ["on the list", "https://spdx.org/licenses/MIT", [], [["MIT", true]]],
    [
      "an expression",
      "urn:e",
      [{ spdxId: "urn:e", simplelicensing_licenseExpression: "MIT OR ISC" }],
      [["MIT OR ISC", true]],
    ],
    [
      "one of many",
      "urn:set",
      [set("Disjunctive", "https://spdx.org/licenses/MIT", "https://spdx.org/licenses/ISC")],
      [["MIT OR ISC", true]],
    ],
    [
      "all of many",
      "urn:set",
      [set("Conjunctive", "https://spdx.org/licenses/MIT", "https://spdx.org/licenses/ISC")],
      [["MIT AND ISC", true]],
    ],
    [
      "a set in itself",
      "urn:set",
      [set("Conjunctive", "urn:set", "https://spdx.org/licenses/ISC")],
      [["urn:set AND ISC", false]],
    ],
    [
      "one with a name only",
      "urn:e",
      [{ spdxId: "urn:e", type: "expandedlicensing_CustomLicense", name: "House rules" }],
      [["House rules", false]],
    ],
    ["not asserted", "https://spdx.org/rdf/3.0.1/terms/ExpandedLicensing/NoAssertionLicense", [], []],
    ["none", "expandedlicensing_NoneLicense", [], []],
  ])("is %s", (_, target, elements, expected) => expect(licensed(target, ...elements)).toEqual(expected));

  it("is the concluded one, beside which the declared one is kept", () => {
    const document = sbom(
      A,
      relationship("urn:a", "hasConcludedLicense", "https://spdx.org/licenses/MIT"),
      relationship("urn:a", "hasDeclaredLicense", "https://spdx.org/licenses/ISC"),
    );
    expect(document.body.components[0]).toMatchObject({
      licences: [{ expression: "MIT" }],
      declared: [{ expression: "ISC" }],
    });
  });

  it("is soon known where sets are in sets", () => {
    const sets = Array.from({ length: 60 }, (_, index) => ({
      ...set("Conjunctive", `urn:${index + 1}`, `urn:${index + 1}`),
      spdxId: `urn:${index}`,
    }));
    expect(licensed("urn:0", ...sets)?.[0]?.[0]).toHaveLength(4_000);
  });
});
