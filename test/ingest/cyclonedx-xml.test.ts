import { describe, expect, it } from "vitest";
import { errorOf, fixture, read, readAs, refusalOf } from "./support.ts";

const SCHEMA = "http://cyclonedx.org/schema/bom/";

function bomOf(content: string, version = "1.6"): string {
  return `<?xml version="1.0"?><bom xmlns="${SCHEMA}${version}">${content}</bom>`;
}

function sbom(content: string, version?: string) {
  return readAs("sbom", bomOf(content, version), "bom.xml");
}

function componentOf(content: string) {
  return sbom(`<components><component type="library"><name>a</name>${content}</component></components>`).body
    .components[0];
}

const ONE = '<components><component type="library"><name>a</name><version>1</version></component></components>';

it("the fixture gives the evidence of the same document in JSON", () => {
  const xml = readAs("sbom", fixture("bom.xml"), "bom.xml");
  const json = readAs("sbom", fixture("bom.json"), "bom.json");
  expect(xml.source.format).toBe("cyclonedx-xml");
  for (const part of ["status", "statusReasons", "producedAt", "quality", "summary", "body"] as const) {
    expect(xml[part], part).toEqual(json[part]);
  }
  expect([xml.source.formatVersion, xml.source.tools]).toEqual([json.source.formatVersion, json.source.tools]);
});

describe.each(["1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])("specification %s", (version) => {
  it("is read", () => expect(sbom(ONE, version).source.formatVersion).toBe(version));
});

describe.each([
  ["a newer specification", bomOf(ONE, "2.0"), "unsupported-version at line 1"],
  ["a tag that is not closed", bomOf("<components>"), "malformed at line 1, column 88"],
  [
    "vulnerabilities and no components",
    bomOf("<vulnerabilities><vulnerability/></vulnerabilities>"),
    "not-this-format",
  ],
])("a document with %s", (_, content, refusal) => {
  it("is refused", () => expect(refusalOf(content, "bom.xml")).toBe(refusal));
});

describe("a document", () => {
  it("of another name space is none of ours", () => {
    expect(errorOf(() => read('<bom xmlns="http://example.com/bom"/>', "bom.xml")).code).toBe("evidence-unrecognised");
    expect(refusalOf("<bom/>", "bom.xml", "sbom")).toBe("not-this-format at line 1");
  });

  it("may have a prefix on every name", () => {
    const content = `<c:bom xmlns:c="${SCHEMA}1.4"><c:components><c:component><c:name>a</c:name></c:component></c:components></c:bom>`;
    expect(readAs("sbom", content, "x").body.components[0]?.name).toBe("a");
  });

  it("without components is empty", () => expect(sbom("<components/>").status).toBe("empty"));

  it("has its tools as a list up to 1.4", () => {
    const tools = "<tools><tool><vendor>v</vendor><name>old</name><version>1</version></tool></tools>";
    expect(sbom(`<metadata>${tools}</metadata>${ONE}`).source.tools).toEqual([{ name: "old", version: "1" }]);
  });

  it("counts its authors as in JSON, and says that its author calls it incomplete", () => {
    const people = "<authors><author><name>J</name></author></authors><manufacturer><name>M</name></manufacturer>";
    const { summary, quality } = sbom(
      `<metadata>${people}</metadata>${ONE}<compositions><composition><aggregate>incomplete</aggregate></composition></compositions>`,
    );
    expect(summary.authors).toBe(2);
    expect(quality.warnings.map(({ code }) => code)).toEqual(["composition-incomplete"]);
  });

  it("keeps what is said of damage in the text", () => {
    const { quality } = sbom(`${ONE}<properties><property>\u0001</property></properties>`);
    expect(quality.warnings.map(({ code }) => code)).toEqual(["xml-not-well-formed"]);
  });
});

describe("a component", () => {
  it.each([
    ["an expression", "<expression>MIT OR ISC</expression>", "MIT OR ISC"],
    [
      "an expression with details",
      '<expression-detailed expression="MIT OR ISC"><details/></expression-detailed>',
      "MIT OR ISC",
    ],
    ["an id", "<license><id>MIT</id><text>long</text></license>", "MIT"],
    ["a name in white space", "<license><name>\n  House rules\n</name></license>", "House rules"],
  ])("has a licence with %s", (_, content, expected) => {
    expect(componentOf(`<licenses>${content}</licenses>`)?.licences.map(({ expression }) => expression)).toEqual([
      expected,
    ]);
  });

  it("has the declared licence beside the concluded one", () => {
    const licences =
      '<license acknowledgement="declared"><id>MIT</id></license><license acknowledgement="concluded"><id>ISC</id></license>';
    expect(componentOf(`<licenses>${licences}</licenses>`)).toMatchObject({
      licences: [{ expression: "ISC" }],
      declared: [{ expression: "MIT" }],
    });
  });

  it("has a supplier, and nothing of its pedigree, evidence or model card", () => {
    const inside = "<component><name>b</name><purl>pkg:npm/b@1</purl></component>";
    const found = componentOf(
      `<supplier><name>S</name></supplier><pedigree><ancestors>${inside}</ancestors></pedigree><evidence><licenses><license><id>MIT</id></license></licenses></evidence>`,
    );
    expect(found).toEqual({ ref: "a", name: "a", type: "library", supplier: "S", licences: [], hashes: 0 });
  });
});

describe("vulnerabilities", () => {
  it.each([
    ["vex", "shop.vex.cdx", "cyclonedx-vex"],
    ["findings", "found.cdx", "cyclonedx-vulnerabilities"],
  ] as const)("as %s give the evidence of the same document in JSON", (kind, name, format) => {
    const xml = readAs(kind, fixture(`${name}.xml`), "bom.xml");
    const json = readAs(kind, fixture(`${name}.json`), "bom.json");
    expect([xml.source.format, xml.source.formatVersion, xml.source.tools]).toEqual([
      format,
      json.source.formatVersion,
      json.source.tools,
    ]);
    for (const part of ["status", "statusReasons", "producedAt", "quality", "summary", "body"] as const) {
      expect(xml[part], part).toEqual(json[part]);
    }
  });

  function vulnerability(content: string, version?: string): string {
    const found = `<vulnerabilities><vulnerability><id>CVE-1</id>${content}</vulnerability></vulnerabilities>`;
    return bomOf(`${ONE}${found}`, version);
  }

  const ANALYSIS = "<analysis><state>not_affected</state></analysis>";

  it("beside components are what the file is declared as", () => {
    const text = vulnerability(`${ANALYSIS}<affects><target><ref>a@1</ref></target></affects>`);
    expect(read(text, "bom.xml").kind).toBe("sbom");
    expect(readAs("vex", text, "bom.xml", "vex").summary.notAffected).toBe(1);
    expect(readAs("findings", text, "bom.xml", "sca").summary).toMatchObject({ total: 1, suppressed: 1 });
  });

  it("affect services, by their names", () => {
    const services = '<services><service bom-ref="s"><name>pay</name><version>2</version></service></services>';
    const text = vulnerability(`${ANALYSIS}<affects><target><ref>s</ref></target></affects>`);
    const { body } = readAs("vex", text.replace("</bom>", `${services}</bom>`), "bom.xml", "vex");
    expect(body.statements[0]?.products).toEqual(["pay@2"]);
  });

  it.each([
    ["that nobody looked for", bomOf(ONE), "sca", "not-this-format"],
    ["of which nothing is analysed", vulnerability(""), "vex", "not-this-format"],
    ["of an extension", vulnerability("", "1.3"), "sca", "unsupported-version"],
    [
      "with an analysis of a state that is none",
      vulnerability(ANALYSIS.replace("not_", "un")),
      "vex",
      "malformed at /vulnerabilities/0/analysis/state",
    ],
    [
      "with two analyses",
      vulnerability(`${ANALYSIS}${ANALYSIS.replace("not_affected", "exploitable")}`),
      "vex",
      "malformed",
    ],
    [
      "with two states",
      vulnerability(ANALYSIS.replace("</state>", "</state><state>exploitable</state>")),
      "vex",
      "malformed",
    ],
    ["without an id", vulnerability("").replace("<id>CVE-1</id>", ""), "sca", "malformed at /vulnerabilities/0/id"],
  ] as const)("%s are refused", (_, text, declared, refusal) => {
    expect(refusalOf(text, "bom.xml", declared)).toBe(refusal);
  });

  it("that were looked for and not found are empty, as in JSON", () => {
    const text = bomOf(`${ONE}<vulnerabilities/>`);
    const { status, statusReasons } = readAs("findings", text, "bom.xml", "sca");
    expect([status, statusReasons[0]?.code]).toEqual(["empty", "no-vulnerabilities"]);
  });

  it("keep what is said of damage in the text", () => {
    const text = vulnerability(`${ANALYSIS}<description>\u0001</description>`);
    expect(readAs("vex", text, "bom.xml", "vex").quality.warnings.map(({ code }) => code)).toEqual([
      "xml-not-well-formed",
    ]);
  });
});
