import { describe, expect, it } from "vitest";
import { errorOf, fixture, read, readAs, refusalOf } from "./support.ts";

const PURL = "pkg:npm/p@1";

const TREE = {
  full_product_names: [
    { product_id: "P", name: "P 1", product_identification_helper: { purl: PURL } },
    { product_id: "Q", name: "Q 1" },
    { product_id: "L", name: "lib 1", product_identification_helper: { purl: "pkg:npm/lib@1" } },
  ],
  relationships: [
    {
      category: "default_component_of",
      product_reference: "L",
      relates_to_product_reference: "Q",
      full_product_name: { product_id: "Q:L", name: "lib in Q" },
    },
    {
      category: "installed_on",
      product_reference: "Q:L",
      relates_to_product_reference: "P",
      full_product_name: { product_id: "P:Q:L", name: "lib in Q on P" },
    },
  ],
  product_groups: [{ group_id: "G", product_ids: ["P", "Q"] }],
};

function documentOf(vulnerabilities: unknown, tracking: object = {}, tree: unknown = TREE): string {
  const release = { status: "final", current_release_date: "2026-01-01T00:00:00Z", ...tracking };
  return JSON.stringify({
    document: { category: "csaf_vex", csaf_version: "2.0", publisher: { name: "A" }, tracking: release },
    product_tree: tree,
    vulnerabilities,
  });
}

function vex(vulnerability: object, tracking: object = {}) {
  return readAs("vex", documentOf([{ cve: "CVE-1", ...vulnerability }], tracking), "x.json");
}

function statementsOf(vulnerability: object) {
  return vex(vulnerability).body.statements;
}

describe("the fixture", () => {
  const document = readAs("vex", fixture("shop.csaf.json"), "shop.csaf.json");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "complete",
      producedAt: "2026-03-05T10:00:00.000Z",
      source: { format: "csaf", formatVersion: "2.0", tools: [{ name: "maker", version: "4.0.0" }] },
      quality: { warnings: [], inconsistencies: [] },
      summary: {
        specification: "CSAF",
        author: "Läden product security",
        statements: 3,
        inForce: 3,
        notAffected: 2,
        affected: 1,
      },
    });
    const common = { at: "2026-03-05T10:00:00.000Z", superseded: false };
    expect(document.body.statements).toEqual([
      {
        ...common,
        vulnerability: "CVE-2026-0001",
        aliases: ["SHOP-77"],
        products: ["pkg:npm/shop@1.0.0"],
        subcomponents: ["pkg:npm/tinya@1.0.0"],
        status: "not-affected",
        justification: "vulnerable_code_not_in_execute_path",
      },
      {
        ...common,
        vulnerability: "CVE-2026-0001",
        aliases: ["SHOP-77"],
        products: ["Shop CLI 1.0.0"],
        subcomponents: [],
        status: "not-affected",
        impact: "tinya is not a part of it",
      },
      {
        ...common,
        vulnerability: "CVE-2026-0002",
        aliases: [],
        products: ["pkg:npm/shop@1.0.0", "Shop CLI 1.0.0"],
        subcomponents: [],
        status: "affected",
        action: "update to 1.0.1",
      },
    ]);
  });
});

describe.each([
  ["another version", documentOf([]).replace('"2.0"', '"2.1"'), "unsupported-version at /document/csaf_version"],
  ["vulnerabilities that are no array", documentOf({}), "malformed at /vulnerabilities"],
  ["a vulnerability without a name", documentOf([{ product_status: {} }]), "malformed at /vulnerabilities/0/cve"],
  [
    "a status that is no list",
    documentOf([{ cve: "C", product_status: { fixed: "P" } }]),
    "malformed at /vulnerabilities/0/product_status/fixed",
  ],
  [
    "a product that is no id",
    documentOf([{ cve: "C", product_status: { fixed: ["P", {}] } }]),
    "malformed at /vulnerabilities/0/product_status/fixed/1",
  ],
  ["a product tree that is none", documentOf([], {}, []), "malformed at /product_tree"],
  [
    "half a relationship",
    documentOf([], {}, { relationships: [{ full_product_name: { product_id: "X" } }] }),
    "malformed at /product_tree/relationships/0/product_reference",
  ],
])("a document with %s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});

describe("a document", () => {
  it.each([
    ["final", "complete", [], []],
    ["interim", "unknown", [], ["interim"]],
    ["draft", "partial", ["draft"], []],
    [undefined, "unknown", [], []],
  ])("that is %s is %s", (status, expected, reasons, warnings) => {
    const document = vex({ product_status: { fixed: ["P"] } }, { status });
    expect(document.status).toBe(expected);
    expect(document.statusReasons.map(({ code }) => code)).toEqual(reasons);
    expect(document.quality.warnings.map(({ code }) => code)).toEqual(warnings);
  });

  it("without vulnerabilities is empty, and none of ours without a version", () => {
    expect(readAs("vex", documentOf(undefined), "x").status).toBe("empty");
    expect(errorOf(() => read('{"document":{}}', "x")).code).toBe("evidence-unrecognised");
  });

  it("that names a product which is not in the tree is partial", () => {
    const document = vex({ product_status: { known_not_affected: ["P", "X"] } });
    expect([document.status, document.body.statements[0]?.products]).toEqual(["partial", [PURL, "X"]]);
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(["product-missing"]);
  });

  it("that calls a product fixed and affected is partial", () => {
    expect(vex({ product_status: { fixed: ["P"], known_affected: ["P"] } }).status).toBe("partial");
  });

  it("in which a product is a part of itself is refused", () => {
    const loop = { product_reference: "X", relates_to_product_reference: "X", full_product_name: { product_id: "X" } };
    const content = documentOf([{ cve: "C", product_status: { fixed: ["X"] } }], {}, { relationships: [loop] });
    expect(refusalOf(content, "x")).toBe("malformed at /product_tree/relationships");
  });
});

describe.each([
  ["known_affected", "affected"],
  ["first_affected", "affected"],
  ["last_affected", "affected"],
  ["known_not_affected", "not-affected"],
  ["fixed", "fixed"],
  ["first_fixed", "fixed"],
  ["under_investigation", "under-investigation"],
])("the group %s", (group, status) => {
  it(`is ${status}`, () => expect(statementsOf({ product_status: { [group]: ["P"] } })).toMatchObject([{ status }]));
});

describe("a product", () => {
  it("is recommended without a statement, and of an unknown group with a warning", () => {
    expect(statementsOf({ product_status: { recommended: ["P"], first_fixed: ["Q"], fixed: ["Q"] } })).toMatchObject([
      { status: "fixed", products: ["Q 1"] },
    ]);
    expect(vex({ product_status: { unknown: ["P"] } }).quality.warnings.map(({ code }) => code)).toEqual([
      "product-status-unknown",
    ]);
  });

  it("of a relationship is the package in the product, and never the package alone", () => {
    expect(statementsOf({ product_status: { known_not_affected: ["Q:L", "P:Q:L", "P"] } })).toMatchObject([
      { products: [PURL], subcomponents: [] },
      { products: ["Q 1"], subcomponents: ["pkg:npm/lib@1"] },
    ]);
    expect(statementsOf({ product_status: { fixed: ["P:Q:L"] } })).toMatchObject([
      { products: [PURL], subcomponents: ["pkg:npm/lib@1"] },
    ]);
  });
});

describe("a reason or remedy", () => {
  it("is that of the products that it names, alone or as a group", () => {
    const found = statementsOf({
      product_status: { known_not_affected: ["P", "Q", "Q:L"] },
      flags: [{ label: "component_not_present", group_ids: ["G"] }],
      threats: [{ category: "impact", details: "not built in", product_ids: ["Q"] }],
      remediations: [{ category: "vendor_fix", details: "update" }],
    });
    expect(
      found.map(({ products, justification, impact, action }) => [products, justification, impact, action]),
    ).toEqual([
      [[PURL], "component_not_present", undefined, undefined],
      [["Q 1"], "component_not_present", "not built in", undefined],
      [["Q 1"], undefined, undefined, undefined],
    ]);
  });

  it("is that of all products where it names none, and a severity is no reason", () => {
    const threats = [
      { category: "impact", details: "Important" },
      { category: "exploit_status", details: "none" },
    ];
    const remediations = [
      { category: "vendor_fix", details: "update" },
      { category: "workaround", details: "wait" },
    ];
    expect(
      statementsOf({ product_status: { known_affected: ["P"], known_not_affected: ["Q"] }, threats, remediations }),
    ).toEqual([
      expect.objectContaining({ status: "affected", action: "update\nwait" }),
      expect.not.objectContaining({ impact: "Important" }),
    ]);
  });
});
