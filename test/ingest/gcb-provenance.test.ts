import { describe, expect, it } from "vitest";
import { attestations, COMMIT, envelope, statement } from "./attestation-support.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

function summary(...provenance: readonly object[]): object {
  return { image_summary: { digest: "sha256:0" }, provenance_summary: { provenance } };
}

describe("the provenance of Cloud Build", () => {
  it("is what its envelopes say", () => {
    const document = readAs("attestation", fixture("gcb-provenance.json"), "gcb-provenance.json");
    expect(document).toMatchObject({
      status: "unknown",
      source: { format: "gcb-provenance" },
      subject: { repository: "https://github.com/example/shop", commit: COMMIT },
      summary: { statements: 1, signed: 1, predicateTypes: ["https://slsa.dev/provenance/v0.1"] },
    });
    expect(document.body.statements[0]).toMatchObject({
      builder: "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3",
      buildType: "https://cloudbuild.googleapis.com/CloudBuildYaml@v0.1",
      invocation: "9c11d255",
      startedAt: "2026-03-01T10:00:00.000Z",
      finishedAt: "2026-03-01T10:04:00.500Z",
      materials: 1,
    });
  });

  it("is not what the readable copy beside an envelope says", () => {
    const signed = envelope(statement("https://slsa.dev/provenance/v1", {}));
    const copy = statement("other", {});
    expect(attestations(summary({ envelope: signed, build: { inTotoSlsaProvenanceV1: copy } })).summary).toMatchObject({
      statements: 1,
      predicateTypes: ["https://slsa.dev/provenance/v1"],
    });
  });

  it.each([
    ["intotoStatement", { predicate: undefined, slsaProvenance: { builder: { id: "b" } } }, "v0.1"],
    ["inTotoSlsaProvenanceV1", { predicate: { runDetails: { builder: { id: "b" } } } }, "v1"],
  ])("without an envelope is the unsigned %s", (member, more, version) => {
    const copy = statement(`https://slsa.dev/provenance/${version}`, {}, more);
    const document = attestations(summary({ build: { [member]: copy } }));
    expect([document.summary.signed, document.body.statements[0]?.builder]).toEqual([0, "b"]);
    expect(document.quality.warnings.map(({ code }) => code)).toEqual(["unsigned"]);
  });

  it("that is missing makes the document empty", () => expect(attestations(summary()).status).toBe("empty"));

  it.each([
    ["without a statement", summary({ build: {} }), "malformed at /provenance_summary/provenance/0/build/_type"],
    ["that is no list", { provenance_summary: { provenance: {} } }, "malformed at /provenance_summary/provenance"],
    ["without a summary", { provenance_summary: null }, "malformed at /provenance_summary"],
  ])("%s is refused", (_, value, expected) => {
    expect(refusalOf(JSON.stringify(value), "x.json", "attestation")).toBe(expected);
  });
});
