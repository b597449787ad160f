import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const SUMMARY = { controls: 2, satisfied: 1, notSatisfied: 1, notApplicable: 0, unknown: 0 };
const TARGET_XML = '<target target-id="ac-1_obj"><status state="satisfied"/></target>';
const FINDING = { title: "f", target: { "target-id": "ac-1_obj", status: { state: "satisfied" } } };

function textOf(results: unknown, version = "1.1.2"): string {
  return JSON.stringify({ "assessment-results": { metadata: { "oscal-version": version }, results } });
}

function xml(results: string, version = "1.1.2"): string {
  const metadata = `<metadata><oscal-version>${version}</oscal-version></metadata>`;
  return `<assessment-results xmlns="http://csrc.nist.gov/ns/oscal/1.0">${metadata}${results}</assessment-results>`;
}

function oscal(text: string) {
  return readAs("assessment", text, "x", "assessment");
}

describe.each([
  ["oscal-ar", "oscal-ar.json"],
  ["oscal-ar-xml", "oscal-ar.xml"],
] as const)("%s", (format, name) => {
  it("has a control for each finding", () => {
    const document = readAs("assessment", fixture(name), name);
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:00:00.000Z",
      source: { format, formatVersion: "1.1.2", tools: [] },
      summary: SUMMARY,
      quality: { warnings: [], inconsistencies: [] },
    });
    expect(document.body.controls).toEqual([
      {
        id: "ac-6.1_obj",
        title: "Least privilege – café",
        status: "not-satisfied",
        observations: 2,
        message: "A role may delete logs.",
      },
      {
        id: "ac-2_obj",
        title: "Accounts are reviewed",
        status: "satisfied",
        observations: 1,
        message: "All were reviewed.",
      },
    ]);
  });
});

function finding(target: object, more: object = {}): string {
  return textOf([{ findings: [{ ...FINDING, target, ...more }] }]);
}

describe("assessment results", () => {
  it.each([
    ["JSON", textOf([{ findings: [FINDING] }, { findings: [FINDING, FINDING] }])],
    [
      "XML",
      xml(
        `<result><finding>${TARGET_XML}</finding></result>
         <result><finding>${TARGET_XML}</finding><finding>${TARGET_XML}</finding></result>`,
      ),
    ],
  ])("count every result, in %s", (_, text) =>
    expect(oscal(text).summary).toMatchObject({ controls: 3, satisfied: 3 }),
  );

  it.each([
    ["JSON without findings", textOf([{ observations: [{ uuid: "a" }] }])],
    ["JSON without results", textOf([])],
    ["XML without findings", xml('<result><observation uuid="a"/></result>')],
    ["XML without results", xml("")],
  ])("are empty as %s", (_, text) => {
    const document = oscal(text);
    expect([document.status, document.statusReasons[0]?.code]).toEqual(["empty", "no-controls"]);
  });

  it.each([
    ["JSON", finding({ "target-id": "a", status: { state: "other" } })],
    ["XML", xml('<result><finding><target target-id="a"><status state="other"/></target></finding></result>')],
  ])("with a state that nobody knows are unknown, in %s", (_, text) => {
    const document = oscal(text);
    expect([document.summary.unknown, document.quality.warnings[0]?.code]).toEqual([1, "state-unknown"]);
  });

  it.each([
    ["JSON", finding(FINDING.target, { "related-observations": [{ "observation-uuid": "gone" }] })],
    ["XML", xml(`<result><finding>${TARGET_XML}<related-observation observation-uuid="gone"/></finding></result>`)],
  ])("that were made on observations that are missing say so, in %s", (_, text) => {
    const document = oscal(text);
    expect(document.quality.inconsistencies.map(({ code }) => code)).toEqual(["observation-missing"]);
    expect(document.body.controls[0]?.observations).toBe(0);
  });

  it.each([
    ["JSON of another version", textOf([], "2.0.0"), "unsupported-version"],
    ["XML of another version", xml("", "2.0.0"), "unsupported-version"],
    ["JSON without a version", textOf([], ""), "malformed at /assessment-results/metadata/oscal-version"],
    ["XML without a version", xml("", " "), "malformed"],
    [
      "a finding without a state",
      finding({ "target-id": "a", status: {} }),
      "malformed at /assessment-results/results/0/findings/0/target/status/state",
    ],
    [
      "a finding without a target",
      finding({ status: { state: "satisfied" } }),
      "malformed at /assessment-results/results/0/findings/0/target/target-id",
    ],
    ["findings that are no list", textOf([{ findings: {} }]), "malformed at /assessment-results/results/0/findings"],
    [
      "XML without a state",
      xml('<result>\n<finding><target target-id="a"/></finding></result>'),
      "malformed at line 2",
    ],
    ["XML without a target", xml("<result>\n<finding/></result>"), "malformed at line 2"],
    ["another root", "<catalog/>", "not-this-format"],
  ])("are refused as %s", (_, text, expected) => expect(refusalOf(text, "x", "assessment")).toBe(expected));
});
