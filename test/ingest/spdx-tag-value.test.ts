import { describe, expect, it } from "vitest";
import { fixture, read, readAs, refusalOf } from "./support.ts";

const HEAD = "SPDXVersion: SPDX-2.2\nSPDXID: SPDXRef-DOCUMENT\n";

function sbom(content: string) {
  return readAs("sbom", HEAD + content, "x.spdx");
}

/** A package with what it must have, and more. */
function pack(name: string, more = ""): string {
  return `PackageName: ${name}\nSPDXID: SPDXRef-${name}\nPackageDownloadLocation: NONE\n${more}`;
}

describe("the fixture", () => {
  const bytes = fixture("shop.spdx");
  const document = readAs("sbom", bytes, "shop.spdx");

  it("has the components and counts of the same document in JSON", () => {
    const json = readAs("sbom", fixture("shop.spdx.json"), "shop.spdx.json");
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-11-21T03:54:41.000Z",
      source: { format: "spdx-tag-value", formatVersion: "2.3", tools: json.source.tools },
      quality: { warnings: [], inconsistencies: [] },
      summary: json.summary,
    });
    expect(document.body).toEqual(json.body);
  });

  it("is never clean when it is cut before its last package is there", () => {
    const end = bytes.lastIndexOf("PackageDownloadLocation:");
    for (let length = 0; length < end; length++) {
      const { status } = read(bytes.subarray(0, length), "shop.spdx", "sbom");
      expect(["malformed", "partial", "empty"], `${length}`).toContain(status);
    }
  });
});

describe.each([
  ["an older specification", "SPDXVersion: SPDX-2.1\n", "unsupported-version at line 1"],
  ["a newer specification", "# later\nSPDXVersion: SPDX-3.0\n", "unsupported-version at line 2"],
  ["a version that is none", "SPDXVersion: 2.3\n", "malformed at line 1"],
  ["a second document", `${HEAD}${HEAD}`, "malformed at line 3"],
  ["a line without a tag", `${HEAD}no tag\n`, "malformed at line 3"],
  ["a text without an end", `${HEAD}DocumentComment: <text>a\nb\n`, "malformed at line 3"],
  ["a package without an SPDXID", `${HEAD}PackageName: a\nPackageDownloadLocation: NONE\n`, "malformed at line 3"],
  ["a package without a location", `${HEAD}${pack("a")}PackageName: b\nSPDXID: SPDXRef-b\n`, "malformed at line 6"],
  ["half a relationship", `${HEAD}Relationship: SPDXRef-a DEPENDS_ON\n`, "malformed at line 3"],
  ["too much in a relationship", `${HEAD}Relationship: a DEPENDS_ON b c\n`, "malformed at line 3"],
  ["a NUL character", `${HEAD}DocumentName: \0\n`, "malformed at line 3"],
])("a document with %s", (_, content, refusal) => {
  it("is refused with its place", () => expect(refusalOf(content, "x.spdx")).toBe(refusal));
});

describe("a document", () => {
  it("without packages is empty", () => expect(sbom("").status).toBe("empty"));

  it("that names a package it does not have is partial", () => {
    expect(sbom(`${pack("a")}Relationship: SPDXRef-a DEPENDS_ON SPDXRef-b\n`).status).toBe("partial");
  });

  it("may name its files and snippets", () => {
    const content = [
      "Relationship: SPDXRef-a CONTAINS SPDXRef-f",
      "Relationship: SPDXRef-a CONTAINS SPDXRef-s",
      pack("a").trim(),
      "FileName: ./f",
      "SPDXID: SPDXRef-f",
      "SnippetSPDXID: SPDXRef-s",
    ].join("\n");
    expect(sbom(content).status).toBe("unknown");
  });

  it("may have tags in its texts", () => {
    const { summary } = sbom(`${pack("a")}PackageComment: <text>x\nPackageName: b\n</text>\n${pack("c")}`);
    expect(summary.components).toBe(2);
  });
});

describe("who made it", () => {
  it("is counted as in JSON, and the supplier of a package too", () => {
    const creators = [
      "Person: Jane (jane@example.com)",
      "Organization: E",
      "Tool: t-1",
      "Tool: t-1",
      "Person: NOASSERTION",
    ];
    const supplier = "Organization: Example (mail@example.com)";
    const packages = [{ SPDXID: "SPDXRef-a", name: "a", supplier }];
    const json = readAs("sbom", JSON.stringify({ spdxVersion: "SPDX-2.2", creationInfo: { creators }, packages }), "x");
    const lines = creators.map((creator) => `Creator: ${creator}\n`).join("");
    const text = sbom(`${lines}${pack("a", `PackageSupplier: ${supplier}\n`)}`);
    expect([text.summary, text.body]).toEqual([json.summary, json.body]);
    expect(text.summary).toMatchObject({ authors: 3, withSupplier: 1 });
  });
});

describe("a package", () => {
  it("has the licence of its own, and not those of the files behind it", () => {
    const { body } = sbom(`${pack("a")}FileName: ./f\nSPDXID: SPDXRef-f\nPackageLicenseDeclared: MIT\n`);
    expect(body.components[0]?.licences).toEqual([]);
  });

  it("has its first purl, and counts its checksums", () => {
    const more = [
      "ExternalRef: PACKAGE_MANAGER http://spdx.org/rdf/references/purl pkg:npm/a@1",
      "ExternalRef: PACKAGE-MANAGER purl pkg:npm/a@2",
      "PackageChecksum: MD5: 00",
      "PackageChecksum: SHA1: 00\n",
    ].join("\n");
    expect(sbom(pack("a", more)).body.components[0]).toMatchObject({ purl: "pkg:npm/a@1", hashes: 2 });
  });
});
