import { describe, expect, it } from "vitest";
import { attestations, SHA256 } from "./attestation-support.ts";
import { errorOf, fixture, read, readAs, refusalOf } from "./support.ts";

const CRITICAL = {
  identity: { "docker-reference": "example.com/shop" },
  image: { "docker-manifest-digest": `sha256:${SHA256.toUpperCase()}` },
  type: "https://sigstore.dev/cosign/sign/v1",
};

describe("cosign verify", () => {
  it("has the image, the signer and the time of the log", () => {
    const document = readAs("attestation", fixture("cosign-verify.json"), "cosign-verify.json");
    expect(document).toMatchObject({
      status: "unknown",
      producedAt: "2026-03-01T10:05:00.000Z",
      source: { format: "cosign-verify" },
      summary: { statements: 1, signed: 1, verified: 0, predicateTypes: ["cosign container image signature"] },
    });
    expect(document.body.statements[0]).toMatchObject({
      statementType: "",
      subjects: [{ name: "example.com/café-shop", digests: [expect.stringMatching(/^sha256:[0-9a-f]{64}$/)] }],
      verified: "unchecked",
      signer: {
        issuer: "https://token.actions.example.com",
        identity: "https://github.com/example/shop/.github/workflows/release.yml@refs/heads/main",
      },
    });
  });

  it("may have a key's signatures without more, and several images", () => {
    const list = [{ critical: CRITICAL, optional: null }];
    const document = attestations([...list, ...list], list);
    expect(document.summary.statements).toBe(3);
    expect(document.body.statements[0]?.signer).toBeUndefined();
    expect(document.subject.artifacts).toEqual([{ name: "example.com/shop", digests: [`sha256:${SHA256}`] }]);
  });

  it("keeps no annotations", () => {
    const document = attestations([{ critical: CRITICAL, optional: { note: "private" } }]);
    expect(JSON.stringify(document)).not.toContain("private");
  });

  it.each([
    ["a digest", [{ critical: { ...CRITICAL, image: {} } }], "malformed at /0/critical/image/docker-manifest-digest"],
    ["a type", [{ critical: { ...CRITICAL, type: null } }], "malformed at /0/critical/type"],
    ["a payload", [{ critical: CRITICAL }, {}], "malformed at /1/critical"],
  ])("without %s is refused", (_, value, expected) => {
    expect(refusalOf(JSON.stringify(value), "x.json", "attestation")).toBe(expected);
  });

  it("that printed nothing is not known", () =>
    expect(errorOf(() => read("[]", "x.json")).code).toBe("evidence-unrecognised"));
});
