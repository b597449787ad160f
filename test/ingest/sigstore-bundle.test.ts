import { describe, expect, it } from "vitest";
import { attestations, bundle, COMMIT, envelope, only, SHA256, statement } from "./attestation-support.ts";
import { fixture, readAs, refusalOf } from "./support.ts";

const TYPE = "https://slsa.dev/provenance/v0.2";
const dsseEnvelope = envelope(statement(TYPE, { builder: { id: "b" } }));

function refused(value: unknown): string {
  return refusalOf(JSON.stringify(value), "x.json", "attestation");
}

describe("a bundle", () => {
  const text = fixture("bundle.sigstore.json").toString("utf8");

  it("has the signer that its certificate claims, and the time of the log", () => {
    const document = readAs("attestation", text, "bundle.sigstore.json");
    expect(document).toMatchObject({
      status: "unknown",
      source: { format: "sigstore-bundle" },
      subject: { repository: "https://github.com/example/shop", commit: COMMIT },
      summary: { statements: 1, signed: 1, verified: 0 },
    });
    expect(document.body.statements[0]).toMatchObject({
      signer: {
        issuer: "https://token.actions.example.com",
        identity: "https://github.com/example/shop/.github/workflows/release.yml@refs/heads/main",
      },
      loggedAt: "2026-03-01T10:05:00.000Z",
      verified: "unchecked",
      materials: 2,
    });
  });

  it("is read all the same when it was tampered with: nothing here verifies a signature", () => {
    const { dsseEnvelope: signed, ...rest } = JSON.parse(text);
    const payload = Buffer.from(signed.payload, "base64").toString("utf8").replace("shop-1.4.0", "shop-9.9.9");
    const tampered = { ...rest, dsseEnvelope: { ...signed, payload: Buffer.from(payload).toString("base64") } };
    const found = only(tampered);
    expect([found.subjects[0]?.name, found.signatures, found.verified]).toEqual(["shop-9.9.9.tgz", 1, "unchecked"]);
  });

  it.each([
    "application/vnd.dev.sigstore.bundle+json;version=0.1",
    "application/vnd.dev.sigstore.bundle+json;version=0.2",
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
    "application/vnd.dev.sigstore.bundle.v0.3+json",
  ])("may be of %s", (mediaType) => {
    expect(only(bundle({ dsseEnvelope }, mediaType))).toMatchObject({ builder: "b", signer: { keyId: "key" } });
  });

  it("may have its certificate in a chain", () => {
    const { certificate } = JSON.parse(text).verificationMaterial;
    const verificationMaterial = { x509CertificateChain: { certificates: [certificate] } };
    const found = only({ ...bundle({ dsseEnvelope }), verificationMaterial });
    expect(found.signer?.issuer).toBe("https://token.actions.example.com");
    expect(found.loggedAt).toBeUndefined();
  });

  it("of a message has its digest for a subject and no type", () => {
    const digest = Buffer.from(SHA256, "hex").toString("base64");
    const messageSignature = { messageDigest: { algorithm: "SHA2_256", digest }, signature: "MEUCIQ==" };
    const document = attestations(bundle({ messageSignature }));
    expect(document.summary).toEqual({ statements: 1, signed: 1, verified: 0, predicateTypes: [] });
    expect(document.body.statements[0]).toMatchObject({
      statementType: "",
      predicateType: "",
      subjects: [{ digests: [`sha256:${SHA256}`] }],
    });
  });

  it("of a message without a digest fits nothing", () => {
    const document = attestations(bundle({ messageSignature: { signature: "MEUCIQ==" } }));
    expect(document.body.statements[0]?.subjects).toEqual([{ digests: [] }]);
    expect(document.quality.warnings.map(({ code }) => code)).toEqual(["no-digests"]);
  });

  it.each(["0", 0, "-1", "soon", null])("has no time of the log where that is %j", (integratedTime) => {
    const verificationMaterial = { publicKey: { hint: "key" }, tlogEntries: [{ integratedTime }] };
    expect(only({ ...bundle({ dsseEnvelope }), verificationMaterial }).loggedAt).toBeUndefined();
  });

  it.each([
    [
      "of a version to come",
      bundle({ dsseEnvelope }, "application/vnd.dev.sigstore.bundle.v0.4+json"),
      "unsupported-version at /mediaType",
    ],
    ["of another type", bundle({ dsseEnvelope }, "application/json"), "not-this-format at /mediaType"],
    ["without content", bundle({}), "malformed at /dsseEnvelope"],
    [
      "without what to verify it with",
      { ...bundle({ dsseEnvelope }), verificationMaterial: null },
      "malformed at /verificationMaterial",
    ],
    [
      "with a certificate that is none",
      { ...bundle({ dsseEnvelope }), verificationMaterial: { certificate: { rawBytes: "AAAA" } } },
      "malformed at /verificationMaterial/certificate/rawBytes",
    ],
    [
      "with a payload that is damaged",
      bundle({ dsseEnvelope: { ...dsseEnvelope, payload: "eyJ" } }),
      "malformed at /dsseEnvelope/payload",
    ],
  ])("%s is refused", (_, value, expected) => expect(refused(value)).toBe(expected));
});

describe("a list of bundles", () => {
  const first = { predicateType: TYPE, bundle: bundle({ dsseEnvelope }) };

  it.each([
    ["npm", { attestations: [first, first] }],
    ["GitHub's API", { attestations: [first, { repository_id: 1, bundle: first.bundle }] }],
    ["gh attestation verify", [1, 2].map(() => ({ attestation: { bundle: first.bundle }, verificationResult: {} }))],
  ])("of %s is read", (_, list) => {
    const document = attestations(list);
    expect(document.source.format).toBe("sigstore-bundle");
    expect(document.summary).toEqual({ statements: 2, signed: 2, verified: 0, predicateTypes: [TYPE] });
    expect(document.quality.inconsistencies).toEqual([]);
  });

  it("that lists a bundle as something else says so, and goes by the bundle", () => {
    const document = attestations({ attestations: [first, { ...first, predicateType: "other" }] });
    expect(document.summary.predicateTypes).toEqual([TYPE]);
    expect(document.quality.inconsistencies).toMatchObject([
      { code: "predicate-type-differs", place: "/attestations/1/predicateType" },
    ]);
  });

  it("that is empty is no evidence", () => {
    const document = attestations({ attestations: [] });
    expect([document.status, document.statusReasons[0]?.code]).toEqual(["empty", "no-statements"]);
  });

  it.each([
    ["without a bundle", { attestations: [first, { predicateType: TYPE }] }, "not-this-format at /attestations/1"],
    ["with a bundle that is gone", { attestations: [{ bundle: null }] }, "malformed at /attestations/0/bundle"],
  ])("%s is refused", (_, value, expected) => expect(refused(value)).toBe(expected));
});
