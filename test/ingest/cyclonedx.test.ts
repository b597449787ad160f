import { describe, expect, it } from "vitest";
import { licenceOf } from "../../src/evidence/licence.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

function bomOf(value: object) {
  return JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.5", ...value });
}

function sbom(value: object) {
  return readAs("sbom", bomOf(value), "bom.json");
}

describe("the fixture", () => {
  it("is normalised in full", () => {
    const document = readAs("sbom", fixture("bom.json"), "bom.json");
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.000Z",
      source: { formatVersion: "1.6", tools: [{ name: "maker", version: "4.0.0" }] },
    });
    expect(document.summary).toEqual({
      specification: "CycloneDX",
      components: 2,
      withPurl: 1,
      withVersion: 1,
      withLicence: 2,
      withHash: 1,
      withSupplier: 0,
      authors: 1,
      dependencyEdges: 1,
      root: { name: "shop", version: "1.0.0", purl: "pkg:npm/shop@1.0.0" },
    });
    expect(document.body.components).toEqual([
      {
        ref: "a",
        name: "@scope/a",
        version: "1.0.0",
        purl: "pkg:npm/%40scope/a@1.0.0",
        type: "library",
        scope: "required",
        licences: [{ expression: "MIT OR Apache-2.0", spdx: true, alternatives: [["MIT"], ["Apache-2.0"]] }],
        hashes: 1,
      },
      {
        ref: "b",
        name: "bü",
        type: "library",
        licences: [
          { expression: "House rules", spdx: false, alternatives: [] },
          { expression: "ISC", spdx: true, alternatives: [["ISC"]] },
        ],
        hashes: 0,
      },
    ]);
  });
});

describe.each(["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])("specification %s", (specVersion) => {
  it("is read", () =>
    expect(sbom({ specVersion, components: [{ name: "a" }] }).source.formatVersion).toBe(specVersion));
});

describe.each([
  ["an older specification", { specVersion: "1.1" }, "unsupported-version at /specVersion"],
  ["a newer specification", { specVersion: "2.0" }, "unsupported-version at /specVersion"],
  ["no specification", { specVersion: undefined }, "malformed at /specVersion"],
  ["components that are no array", { components: {} }, "malformed at /components"],
  [
    "a component that is no object",
    { components: [{ name: "a", components: ["b"] }] },
    "malformed at /components/0/components/0",
  ],
  ["vulnerabilities that are no array", { vulnerabilities: {} }, "malformed at /vulnerabilities"],
])("a bill of materials with %s", (_, value, refusal) => {
  it("is refused", () => expect(refusalOf(bomOf(value), "bom.json")).toBe(refusal));
});

it("is none where it lists vulnerabilities and no components", () => {
  expect(refusalOf(bomOf({ vulnerabilities: [{ id: "CVE-1" }] }), "bom.json", "sbom")).toBe("not-this-format");
});

describe("a bill of materials", () => {
  it.each([
    ["no components", {}],
    ["an empty array of components", { components: [] }],
  ])("with %s is empty", (_, value) => expect(sbom(value).status).toBe("empty"));

  it("has tools in an array up to 1.4", () => {
    const metadata = { tools: [{ vendor: "v", name: "old", version: "1" }, { name: "plain" }] };
    expect(sbom({ metadata, components: [] }).source.tools).toEqual([{ name: "old", version: "1" }, { name: "plain" }]);
  });

  it("gets references that are unique", () => {
    const document = sbom({
      components: [
        { name: "a", version: "1" },
        { name: "a", version: "1" },
        { "bom-ref": "r", name: "b" },
        { "bom-ref": "r", name: "c" },
      ],
    });
    expect(document.body.components.map(({ ref }) => ref)).toEqual(["a@1", "a@1#2", "r", "r#2"]);
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(["bom-ref-twice"]);
  });

  it("counts the components inside the one it describes", () => {
    expect(sbom({ metadata: { component: { name: "app", components: [{ name: "a" }] } } }).summary.components).toBe(1);
  });

  it.each([
    ["its supplier", { supplier: { name: "S" }, manufacturer: { name: "M" }, publisher: "P" }, "S"],
    ["its manufacturer", { supplier: { name: "NOASSERTION" }, manufacturer: { name: "M" }, publisher: "P" }, "M"],
    ["its publisher", { supplier: {}, publisher: "P" }, "P"],
    ["nobody", { supplier: { name: "NOASSERTION" }, publisher: " " }, undefined],
  ])("has as the supplier of a component %s", (_, value, supplier) => {
    const { body, summary } = sbom({ components: [{ name: "a", ...value }] });
    expect([body.components[0]?.supplier, summary.withSupplier]).toEqual([supplier, supplier === undefined ? 0 : 1]);
  });

  it.each([
    ["nobody", {}, 0],
    [
      "people, the organisation and tools",
      { authors: [{ name: "J" }, { email: "k@example.com" }], manufacturer: { name: "M" }, tools: [{ name: "t" }] },
      4,
    ],
    [
      "nobody twice",
      {
        authors: [{ name: "J" }, { name: "J" }, {}],
        tools: [
          { name: "t", version: "1" },
          { name: "t", version: "1" },
        ],
      },
      2,
    ],
    ["not by whom the product is", { supplier: { name: "S" }, manufacture: { name: "M" } }, 0],
  ])("counts as its authors %s", (_, metadata, authors) => {
    expect(sbom({ metadata, components: [] }).summary.authors).toBe(authors);
  });

  it("says that its author calls it incomplete", () => {
    const document = sbom({
      components: [{ name: "a" }],
      compositions: [{ aggregate: "incomplete" }, { aggregate: "complete" }],
    });
    expect(document.quality.warnings.map(({ code }) => code)).toEqual(["composition-incomplete"]);
  });
});

function licensed(licenses: readonly object[]) {
  return sbom({ components: [{ name: "a", licenses }] }).body.components[0];
}

function expressionsOf(licences: readonly { readonly expression: string }[] = []): readonly string[] {
  return licences.map(({ expression }) => expression);
}

describe("the licences of a component", () => {
  const declared = { license: { id: "MIT", acknowledgement: "declared" } };

  it("may have details beside an expression", () => {
    const detailed = { expression: "MIT AND LicenseRef-x", expressionDetails: [{ licenseIdentifier: "LicenseRef-x" }] };
    expect(licensed([detailed])?.licences).toMatchObject([{ expression: "MIT AND LicenseRef-x", spdx: true }]);
  });

  it.each([
    [
      "concluded beside what is declared",
      [declared, { expression: "ISC", acknowledgement: "concluded" }],
      ["ISC"],
      ["MIT"],
    ],
    ["declared only", [declared], ["MIT"], []],
    ["declared beside what is neither", [declared, { license: { id: "ISC" } }], ["MIT", "ISC"], []],
  ])("are those that are %s", (_, licenses, licences, others) => {
    const found = licensed(licenses);
    expect([expressionsOf(found?.licences), expressionsOf(found?.declared)]).toEqual([licences, others]);
  });
});

describe.each([
  ["MIT", "MIT"],
  ["mit", "MIT"],
  ["apache-2.0", "Apache-2.0"],
  ["GPL-2.0+", "GPL-2.0+"],
  ["gpl-2.0-only+", "GPL-2.0-only+"],
  ["MIT OR (Apache-2.0 AND ISC)", "MIT OR (Apache-2.0 AND ISC)"],
  ["(MIT)", "(MIT)"],
  ["GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"],
  ["LicenseRef-ours", "LicenseRef-ours"],
  ["DocumentRef-x:LicenseRef-y", "DocumentRef-x:LicenseRef-y"],
  ["", undefined],
  ["MIT AND", undefined],
  ["MIT Apache-2.0", undefined],
  ["(MIT", undefined],
  ["MIT)", undefined],
  ["()", undefined],
  ["Apache 2.0", undefined],
  ["MIT/X11", undefined],
  ["NOASSERTION", undefined],
  ["NONE", undefined],
  ["UNLICENSED", undefined],
  ["SEE LICENSE IN LICENSE.md", undefined],
])("the licence %j", (text, expression) => {
  it("is what SPDX makes of it", () => {
    const licence = licenceOf(text);
    expect([licence.spdx, licence.expression]).toEqual([expression !== undefined, expression ?? text]);
  });
});
