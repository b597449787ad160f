import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fixture, read, readAs, refusalOf } from "./support.ts";

const ROOT = { SPDXID: "SPDXRef-root", name: "root" };
const A = { SPDXID: "SPDXRef-a", name: "a" };

function documentOf(value: object): string {
  return JSON.stringify({ spdxVersion: "SPDX-2.3", SPDXID: "SPDXRef-DOCUMENT", packages: [A], ...value });
}

function sbom(value: object) {
  return readAs("sbom", documentOf(value), "x.json");
}

function relationship(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement };
}

describe("the fixture", () => {
  const document = readAs("sbom", fixture("shop.spdx.json"), "shop.spdx.json");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-11-21T03:54:41.144Z",
      source: { format: "spdx-json", formatVersion: "2.3", tools: [{ name: "npm/cli", version: "11.19.1" }] },
      quality: { warnings: [], inconsistencies: [] },
    });
    expect(document.summary).toEqual({
      specification: "SPDX",
      components: 2,
      withPurl: 2,
      withVersion: 2,
      withLicence: 2,
      withHash: 1,
      withSupplier: 0,
      authors: 1,
      dependencyEdges: 3,
      root: { name: "shop", version: "1.0.0", purl: "pkg:npm/shop@1.0.0" },
    });
    expect(document.body.components[1]).toEqual({
      ref: "SPDXRef-Package-tinya-1.0.0",
      name: "tinya",
      version: "1.0.0",
      purl: "pkg:npm/tinya@1.0.0",
      type: "unknown",
      licences: [{ expression: "MIT OR Apache-2.0", spdx: true, alternatives: [["MIT"], ["Apache-2.0"]] }],
      hashes: 1,
    });
  });

  it("has the components of the CycloneDX document of the same tree", () => {
    const bytes = readFileSync(new URL("../fixtures/ingest/npm-sbom.cdx.json", import.meta.url));
    const cyclonedx = readAs("sbom", bytes, "npm-sbom.cdx.json");
    // npm takes the name of the folder for the root in one of the two.
    const { specification: _, root: __, ...counts } = document.summary;
    expect(cyclonedx.summary).toMatchObject(counts);
    const facts = ({ body }: typeof document) => {
      return body.components.map(({ name, version, purl, licences }) => ({ name, version, purl, licences }));
    };
    expect(facts(document)).toEqual(facts(cyclonedx));
  });
});

describe.each([
  ["2.2", "2.2"],
  ["2.3", "2.3"],
])("specification %s", (version, expected) => {
  it("is read", () => expect(sbom({ spdxVersion: `SPDX-${version}` }).source.formatVersion).toBe(expected));
});

describe.each([
  ["an older specification", { spdxVersion: "SPDX-2.1" }, "unsupported-version at /spdxVersion"],
  ["a newer specification", { spdxVersion: "SPDX-3.0" }, "unsupported-version at /spdxVersion"],
  ["a version that is none", { spdxVersion: 2.3 }, "malformed at /spdxVersion"],
  ["no version", { spdxVersion: undefined }, "malformed at /spdxVersion"],
  ["packages that are no array", { packages: {} }, "malformed at /packages"],
  ["a package that is no object", { packages: [A, "b"] }, "malformed at /packages/1"],
  ["files that are no array", { files: {} }, "malformed at /files"],
  ["half a relationship", { relationships: [{ spdxElementId: "SPDXRef-a" }] }, "malformed at /relationships/0"],
])("a document with %s", (_, value, refusal) => {
  it("is refused", () => expect(refusalOf(documentOf(value), "x.json")).toBe(refusal));
});

describe("what a document describes", () => {
  it.each([
    ["by name", { documentDescribes: ["SPDXRef-root"] }, "root", 1],
    [
      "by a relationship",
      { relationships: [relationship("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-root")] },
      "root",
      1,
    ],
    ["the other way", { relationships: [relationship("SPDXRef-root", "DESCRIBED_BY", "SPDXRef-DOCUMENT")] }, "root", 1],
    ["for two packages", { documentDescribes: ["SPDXRef-root", "SPDXRef-a"] }, undefined, 2],
    ["not at all", {}, undefined, 2],
  ])("%s", (_, value, root, components) => {
    const { summary } = sbom({ packages: [ROOT, A], ...value });
    expect([summary.root?.name, summary.components]).toEqual([root, components]);
  });

  it("is no component, so that a document with nothing else is empty", () => {
    expect(sbom({ packages: [ROOT], documentDescribes: ["SPDXRef-root"] }).status).toBe("empty");
    expect(sbom({ packages: undefined, files: [{ SPDXID: "SPDXRef-f" }] }).status).toBe("empty");
  });
});

describe("relationships", () => {
  it("are dependencies in either direction, and each counted once", () => {
    const relationships = [
      relationship("SPDXRef-root", "DEPENDS_ON", "SPDXRef-a"),
      relationship("SPDXRef-a", "DEPENDENCY_OF", "SPDXRef-root"),
      relationship("SPDXRef-root", "DEV_DEPENDENCY_OF", "SPDXRef-a"),
      relationship("SPDXRef-root", "CONTAINS", "SPDXRef-a"),
    ];
    expect(sbom({ packages: [ROOT, A], relationships }).summary.dependencyEdges).toBe(2);
    const none = [relationship("SPDXRef-a", "DEPENDS_ON", "NONE")];
    expect(sbom({ relationships: none }).summary.dependencyEdges).toBe(0);
  });

  it.each([
    ["a package that is missing", "SPDXRef-b", "partial", 1],
    ["a file", "SPDXRef-file", "unknown", 0],
    ["an element of another document", "DocumentRef-x:SPDXRef-y", "unknown", 0],
    ["nothing", "NONE", "unknown", 0],
  ])("may name %s", (_, id, status, inconsistencies) => {
    const relationships = [relationship("SPDXRef-a", "DEPENDS_ON", id)];
    const document = sbom({ relationships, files: [{ SPDXID: "SPDXRef-file" }] });
    expect([document.status, document.quality.inconsistencies.length]).toEqual([status, inconsistencies]);
  });
});

describe.each([
  ["nothing", {}, []],
  ["a declared one", { licenseDeclared: "MIT" }, ["MIT"]],
  ["a concluded one", { licenseConcluded: "ISC", licenseDeclared: "MIT" }, ["ISC"]],
  ["a conclusion that was not drawn", { licenseConcluded: "NOASSERTION", licenseDeclared: "MIT" }, ["MIT"]],
  ["the conclusion that there is none", { licenseConcluded: "NONE", licenseDeclared: "MIT" }, []],
  ["no assertion at all", { licenseConcluded: "NOASSERTION", licenseDeclared: "NOASSERTION" }, []],
])("the licence of a package with %s", (_, value, expected) => {
  it(`is ${JSON.stringify(expected)}`, () => {
    const [component] = sbom({ packages: [{ ...A, ...value }] }).body.components;
    expect(component?.licences.map(({ expression }) => expression)).toEqual(expected);
  });
});

describe.each([
  ["concluded otherwise", { licenseConcluded: "ISC", licenseDeclared: "MIT" }, ["MIT"]],
  ["concluded to be none", { licenseConcluded: "NONE", licenseDeclared: "MIT" }, ["MIT"]],
  ["concluded alike", { licenseConcluded: "MIT", licenseDeclared: "MIT" }, undefined],
  ["not concluded", { licenseConcluded: "NOASSERTION", licenseDeclared: "MIT" }, undefined],
  ["not asserted", { licenseConcluded: "ISC", licenseDeclared: "NOASSERTION" }, undefined],
])("the declared licence of a package, where it is %s", (_, value, expected) => {
  it(`is ${JSON.stringify(expected)}`, () => {
    const [component] = sbom({ packages: [{ ...A, ...value }] }).body.components;
    expect(component?.declared?.map(({ expression }) => expression)).toEqual(expected);
  });
});

describe.each([
  ["Organization: Example (mail@example.com)", "Example"],
  ["Organization: Example ()", "Example"],
  ["Organization: Example (Europe)", "Example (Europe)"],
  ["Person: Jane Doe", "Jane Doe"],
  ["NOASSERTION", undefined],
  ["Organization: NOASSERTION", undefined],
  ["Person: ()", undefined],
  [undefined, undefined],
])("the supplier %j", (supplier, expected) => {
  it("is a name or nobody", () => {
    const { body, summary } = sbom({ packages: [{ ...A, supplier }] });
    expect([body.components[0]?.supplier, summary.withSupplier]).toEqual([expected, expected === undefined ? 0 : 1]);
  });
});

describe("the authors of a document", () => {
  it("are its people, organisations and tools, each once", () => {
    const creators = [
      "Person: Jane ()",
      "Organization: E",
      "Tool: t-1",
      "Tool: t-1",
      "Person: NOASSERTION",
      "Person: ",
    ];
    expect(sbom({ creationInfo: { creators } }).summary.authors).toBe(3);
  });
});

describe("a package", () => {
  it.each(["PACKAGE-MANAGER", "PACKAGE_MANAGER", undefined])("has a purl in the category %s", (referenceCategory) => {
    const externalRefs = [
      { referenceCategory: "SECURITY", referenceType: "cpe23Type", referenceLocator: "cpe:2.3:a" },
      { referenceCategory, referenceType: "http://spdx.org/rdf/references/purl", referenceLocator: "pkg:npm/a@1" },
    ];
    expect(sbom({ packages: [{ ...A, externalRefs }] }).body.components[0]?.purl).toBe("pkg:npm/a@1");
  });

  it("has its purpose as its type, and no version where that is empty", () => {
    const packages = [{ ...A, versionInfo: "", primaryPackagePurpose: "OPERATING_SYSTEM" }];
    expect(sbom({ packages }).body.components[0]).toMatchObject({ type: "operating-system" });
    expect(sbom({ packages }).summary.withVersion).toBe(0);
  });

  it("gets a reference that is unique", () => {
    const document = sbom({ packages: [A, A, { name: "n", versionInfo: "1" }, { name: "n", versionInfo: "1" }] });
    expect(document.body.components.map(({ ref }) => ref)).toEqual(["SPDXRef-a", "SPDXRef-a#2", "n@1", "n@1#2"]);
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(["spdx-id-twice"]);
  });
});

describe("the tools of a document", () => {
  it.each([
    ["Tool: trivy-0.42.1", { name: "trivy", version: "0.42.1" }],
    ["Tool: Microsoft.SBOMTool-0.0.0-preview.0", { name: "Microsoft.SBOMTool", version: "0.0.0-preview.0" }],
    ["Tool: GitHub.com-Dependency-Graph", { name: "GitHub.com-Dependency-Graph" }],
    ["Organization: x", undefined],
  ])("are read from %s", (creator, tool) => {
    const { tools } = sbom({ creationInfo: { creators: [creator] } }).source;
    expect(tools).toEqual(tool === undefined ? [] : [tool]);
  });
});

describe("detection", () => {
  it.each([
    ["the version", '{"spdxVersion":"SPDX-2.3"}', "x"],
    ["an SPDXID in front of the version", '{"SPDXID":"SPDXRef-DOCUMENT","spdxVersion":"SPDX-2.3"}', "x"],
    ["the name, where the head has neither", `{"x":"${"y".repeat(9_000)}","spdxVersion":"SPDX-2.3"}`, "x.spdx.json"],
  ])("goes by %s", (_, content, name) => expect(read(content, name).source.format).toBe("spdx-json"));
});
