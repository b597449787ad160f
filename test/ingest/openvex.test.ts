import { describe, expect, it } from "vitest";
import { errorOf, fixture, read, readAs, refusalOf } from "./support.ts";

const P = "pkg:npm/p@1";
const EARLY = "2026-01-01T00:00:00Z";
const LATE = "2026-02-01T00:00:00Z";

function documentOf(statements: unknown, more: object = {}): string {
  return JSON.stringify({
    "@context": "https://openvex.dev/ns/v0.2.0",
    author: "A",
    timestamp: EARLY,
    statements,
    ...more,
  });
}

function stated(status: string, more: object = {}) {
  return { vulnerability: { name: "CVE-1" }, products: [{ "@id": P }], status, ...more };
}

function vex(statements: readonly object[], more: object = {}) {
  return readAs("vex", documentOf(statements, more), "x.json");
}

/** The statements with their force, and what they are about. */
function forceOf(...statements: readonly object[]) {
  return vex(statements).body.statements.map(({ status, products, subcomponents, superseded }) => [
    `${superseded ? "was" : "is"} ${status}`,
    ...products,
    ...subcomponents,
  ]);
}

describe("the fixture", () => {
  const document = readAs("vex", fixture("shop.openvex.json"), "shop.openvex.json");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-05T10:00:00.000Z",
      source: { format: "openvex", formatVersion: "0.2.0", tools: [{ name: "vexctl" }] },
      quality: { warnings: [], inconsistencies: [], redactions: 0 },
    });
    expect(document.summary).toEqual({
      specification: "OpenVEX",
      author: "Läden product security",
      statements: 3,
      inForce: 2,
      notAffected: 1,
      affected: 1,
      fixed: 0,
      underInvestigation: 0,
    });
    expect(document.body.statements.slice(0, 2)).toEqual([
      {
        vulnerability: "CVE-2026-0001",
        aliases: ["GHSA-aaaa-bbbb-cccc"],
        products: ["pkg:npm/shop@1.0.0"],
        subcomponents: ["pkg:npm/tinya@1.0.0"],
        status: "under-investigation",
        at: "2026-03-01T10:00:00.000Z",
        superseded: true,
      },
      {
        vulnerability: "CVE-2026-0001",
        aliases: [],
        products: ["pkg:npm/shop@1.0.0"],
        subcomponents: ["pkg:npm/tinya@1.0.0"],
        status: "not-affected",
        justification: "vulnerable_code_not_in_execute_path",
        impact: "the parser is not used",
        at: "2026-03-05T10:00:00.000Z",
        superseded: false,
      },
    ]);
    expect(document.body.statements[2]).toMatchObject({
      products: ["pkg:npm/shop@1.0.0", "pkg:npm/shop-cli@1.0.0"],
      action: "update to 1.0.1",
    });
  });
});

describe.each([
  ["https://openvex.dev/ns", undefined],
  ["https://openvex.dev/ns/v0.0.1", "0.0.1"],
  ["https://openvex.dev/ns/v0.2.0", "0.2.0"],
])("the context %s", (context, version) => {
  it("is read", () => {
    expect(vex([stated("fixed")], { "@context": context }).source.formatVersion).toBe(version);
  });
});

describe.each([
  [
    "a newer specification",
    documentOf([], { "@context": "https://openvex.dev/ns/v1.0.0" }),
    "unsupported-version at /@context",
  ],
  ["no statements", documentOf(undefined), "malformed at /statements"],
  ["statements that are no array", documentOf({}), "malformed at /statements"],
  ["a statement that is no object", documentOf([stated("fixed"), 1]), "malformed at /statements/1"],
  ["a status that is none", documentOf([stated("safe")]), "malformed at /statements/0/status"],
  ["no status", documentOf([stated("fixed", { status: undefined })]), "malformed at /statements/0/status"],
  [
    "no vulnerability",
    documentOf([stated("fixed", { vulnerability: {} })]),
    "malformed at /statements/0/vulnerability",
  ],
  ["products that are no array", documentOf([stated("fixed", { products: P })]), "malformed at /statements/0/products"],
  [
    "a product without an identity",
    documentOf([stated("fixed", { products: [P, {}] })]),
    "malformed at /statements/0/products/1",
  ],
  ["its end missing", documentOf([stated("fixed")]).slice(0, -1), "malformed at byte 193"],
])("a document with %s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.json")).toBe(refusal));
});

describe("a document", () => {
  it("without statements is empty", () => expect(vex([]).status).toBe("empty"));

  it("of another context is none of ours", () => {
    expect(errorOf(() => read('{"@context":"https://example.com","statements":[]}', "x.openvex.json")).code).toBe(
      "evidence-unrecognised",
    );
  });

  it("may be of the older form", () => {
    const statement = {
      vulnerability: "CVE-1",
      products: [P, "nginx"],
      subcomponents: ["pkg:deb/z@1"],
      status: "fixed",
    };
    expect(vex([statement]).body.statements).toEqual([
      {
        vulnerability: "CVE-1",
        aliases: [],
        products: [P, "nginx"],
        subcomponents: ["pkg:deb/z@1"],
        status: "fixed",
        at: "2026-01-01T00:00:00.000Z",
        superseded: false,
      },
    ]);
  });

  it.each([
    ["a purl", { "@id": "urn:x", identifiers: { purl: P, cpe23: "cpe:2.3:a" } }, P],
    ["an id", { "@id": "urn:x", identifiers: { cpe23: "cpe:2.3:a" } }, "urn:x"],
    ["a CPE", { identifiers: { cpe22: "cpe:/a" } }, "cpe:/a"],
    ["a hash", { hashes: { "sha-256": "00" } }, "sha-256:00"],
  ])("may know a product by %s", (_, product, expected) => {
    expect(vex([stated("fixed", { products: [product] })]).body.statements[0]?.products).toEqual([expected]);
  });
});

describe("of two statements", () => {
  it.each([
    [
      "the later one wins, wherever it stands",
      [stated("affected", { timestamp: LATE }), stated("fixed")],
      [
        ["is affected", P],
        ["was fixed", P],
      ],
    ],
    [
      "the later one wins by the time of the document",
      [stated("affected", { timestamp: "2025-01-01T00:00:00Z" }), stated("fixed")],
      [
        ["was affected", P],
        ["is fixed", P],
      ],
    ],
    [
      "the later one wins under another name of the vulnerability",
      [
        stated("fixed", { vulnerability: { name: "GHSA-1", aliases: ["CVE-1"] } }),
        stated("affected", { timestamp: LATE }),
      ],
      [
        ["was fixed", P],
        ["is affected", P],
      ],
    ],
    [
      "the later one wins for what it is about",
      [stated("not_affected", { products: [P, "q"] }), stated("affected", { timestamp: LATE })],
      [
        ["was not-affected", P],
        ["is not-affected", "q"],
        ["is affected", P],
      ],
    ],
    [
      "both are in force on two products",
      [stated("fixed"), stated("affected", { products: ["q"], timestamp: LATE })],
      [
        ["is fixed", P],
        ["is affected", "q"],
      ],
    ],
    [
      "both are in force on two packages of a product",
      [stated("fixed", { subcomponents: ["a"] }), stated("affected", { subcomponents: ["b"], timestamp: LATE })],
      [
        ["is fixed", P, "a"],
        ["is affected", P, "b"],
      ],
    ],
    [
      "the later one on a package wins over the product",
      [stated("not_affected"), stated("affected", { subcomponents: ["a"], timestamp: LATE })],
      [
        ["was not-affected", P],
        ["is affected", P, "a"],
      ],
    ],
    [
      "the later one on the product wins over its packages",
      [stated("not_affected", { subcomponents: ["a", "b"] }), stated("affected", { timestamp: LATE })],
      [
        ["was not-affected", P, "a", "b"],
        ["is affected", P],
      ],
    ],
    [
      "the later one wins for the packages that it names",
      [
        stated("not_affected", { subcomponents: ["a", "b"] }),
        stated("affected", { subcomponents: ["a"], timestamp: LATE }),
      ],
      [
        ["was not-affected", P, "a"],
        ["is not-affected", P, "b"],
        ["is affected", P, "a"],
      ],
    ],
  ])("%s", (_, statements, expected) => {
    expect(forceOf(...statements)).toEqual(expected);
  });

  it.each([
    ["one status", [stated("fixed"), stated("fixed")], "unknown"],
    [
      "a package that is affected in a product that is not",
      [stated("not_affected"), stated("affected", { subcomponents: ["a"] })],
      "partial",
    ],
    [
      "a package that is not affected in a product that is",
      [stated("affected"), stated("not_affected", { subcomponents: ["a"] })],
      "unknown",
    ],
    ["two statuses", [stated("not_affected"), stated("affected")], "partial"],
    [
      "two statuses under two names",
      [stated("not_affected"), stated("affected", { vulnerability: { name: "X", aliases: ["CVE-1"] } })],
      "partial",
    ],
  ])("of one time with %s the document is as sure as it can be", (_, statements, status) => {
    const document = vex(statements);
    expect([document.status, document.quality.inconsistencies.length]).toEqual([status, status === "partial" ? 1 : 0]);
  });
});

it("a document of more products than can be compared is refused", () => {
  const many = Array.from({ length: 2_100 }, (_, index) => `p${index}`);
  const content = documentOf([stated("fixed", { products: many, subcomponents: many })]);
  expect(refusalOf(content, "x.json")).toBe("limit-exceeded");
});
