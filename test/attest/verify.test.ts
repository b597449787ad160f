import { sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { readBundle } from "../../src/attest/bundle.ts";
import { readAttestationKey } from "../../src/attest/keys.ts";
import {
  DECISION_EXTENSION,
  DEFAULT_VERIFIER,
  STATEMENT_PAYLOAD_TYPE,
  summaryStatement,
  VSA_TYPE,
} from "../../src/attest/statement.ts";
import {
  ATTESTATION_FINDINGS,
  type AttestationReport,
  type Expectations,
  verifyAttestation,
} from "../../src/attest/verify.ts";
import { type Attestation, attest } from "../../src/attest/write.ts";
import { canonicalJson, sha256 } from "../../src/evidence/canonical.ts";
import { preAuthenticationEncoding, readEnvelope, signEnvelope } from "../../src/trust/dsse.ts";
import { fingerprintOf, parseKey } from "../../src/trust/ssh-key.ts";
import { ROOT } from "../support.ts";
import { gateKey, SSH_KEYGEN, sshKey } from "../trust/keys.ts";
import {
  allowed,
  COMMIT,
  expectations,
  KEY_KINDS,
  keyOf,
  RESOURCE,
  signerOf,
  type TestKeys,
  testKeys,
  withMember,
} from "./support.ts";

function verified(
  dsse: string | undefined,
  keys: TestKeys,
  expected: Expectations = expectations(),
): AttestationReport {
  return verifyAttestation(readEnvelope(dsse ?? ""), [keyOf(keys)], expected);
}

/** What a verifier makes of any text: one that cannot be read is as bad as one that does not hold. */
function verdictOf(dsse: string, keys: TestKeys): string {
  try {
    return verified(dsse, keys).verdict;
  } catch {
    return "bad";
  }
}

describe.each(KEY_KINDS)("an attestation with a key of kind %s", (kind) => {
  const keys = testKeys(kind);
  let attestation: Attestation;
  beforeAll(async () => {
    attestation = await attest(allowed(), {}, signerOf(keys));
  });

  it("is good", () => {
    expect(verified(attestation.dsse, keys)).toMatchObject({ verdict: "good", findings: [], key: keyOf(keys).id });
  });

  it("is one signature in both forms", () => {
    const bundle = readBundle(JSON.parse(attestation.bundle ?? ""));
    expect(bundle).toMatchObject({ material: "key", witnesses: false });
    expect(bundle.envelope).toEqual(readEnvelope(attestation.dsse ?? ""));
  });

  it("is refused with another key, and with none it cannot be told", () => {
    expect(verified(attestation.dsse, testKeys(kind))).toMatchObject({
      verdict: "bad",
      findings: [{ code: "signature" }],
    });
    expect(verifyAttestation(readEnvelope(attestation.dsse ?? ""), [], expectations())).toMatchObject({
      verdict: "unknown",
      findings: [{ code: "no-key" }],
    });
  });

  it("is refused with any byte of the payload or the signature changed", () => {
    const { payload, payloadType, signatures } = readEnvelope(attestation.dsse ?? "");
    const flips = fc.record({
      place: fc.nat(payload.length + (signatures[0]?.length ?? 0) - 1),
      bit: fc.integer({ min: 0, max: 7 }),
    });
    fc.assert(
      fc.property(flips, ({ place, bit }) => {
        const bytes = Buffer.concat([payload, signatures[0] ?? Buffer.alloc(0)]);
        bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << bit), place);
        const text = JSON.stringify({
          payloadType,
          payload: bytes.subarray(0, payload.length).toString("base64"),
          signatures: [{ keyid: "", sig: bytes.subarray(payload.length).toString("base64") }],
        });
        expect(verdictOf(text, keys)).toBe("bad");
      }),
      { numRuns: 500 },
    );
  });

  it("stays what it is, or is refused, with any character of the file changed", () => {
    const text = attestation.dsse ?? "";
    const { payload } = readEnvelope(text);
    fc.assert(
      fc.property(fc.nat(text.length - 2), fc.integer({ min: 0x20, max: 0x7e }), (place, code) => {
        const changed = text.slice(0, place) + String.fromCodePoint(code) + text.slice(place + 1);
        // The id of the key is a hint: whatever it says, the statement is the one that was signed.
        return verdictOf(changed, keys) === "bad" || readEnvelope(changed).payload.equals(payload);
      }),
      { numRuns: 1000 },
    );
    expect(verdictOf(text, keys)).toBe("good");
  });

  it.each([
    ["another type of payload", { payloadType: "application/json" }],
    ["no signature", { signatures: [] }],
    ["a member that nobody knows", { more: 1 }],
  ])("is refused with %s", (_, changes) => {
    expect(verdictOf(JSON.stringify({ ...JSON.parse(attestation.dsse ?? ""), ...changes }), keys)).toBe("bad");
  });

  it("is refused with something behind it, or in another writing of the same bytes", () => {
    const { payload, ...rest } = JSON.parse(attestation.dsse ?? "") as Record<string, string>;
    expect(verdictOf(`${attestation.dsse}{}`, keys)).toBe("bad");
    expect(verdictOf(JSON.stringify({ ...rest, payload: `${payload}\n` }), keys)).toBe("bad");
    expect(verdictOf(JSON.stringify({ ...rest, payload: `${payload}=` }), keys)).toBe("bad");
  });
});

it("takes the signatures of services that write r and s of P-256 one after the other", () => {
  const keys = testKeys("P-256");
  const statement = Buffer.from(canonicalJson(summaryStatement(allowed())));
  const data = preAuthenticationEncoding(STATEMENT_PAYLOAD_TYPE, statement);
  const sig = sign("sha256", data, { key: keys.privatePem, dsaEncoding: "ieee-p1363" }).toString("base64");
  const payload = statement.toString("base64");
  const text = JSON.stringify({ payloadType: STATEMENT_PAYLOAD_TYPE, payload, signatures: [{ sig }] });
  expect(verified(text, keys).verdict).toBe("good");
});

it("takes a statement that one of several keys has signed", () => {
  const [alice, bob] = [gateKey(), gateKey()];
  const text = signEnvelope(STATEMENT_PAYLOAD_TYPE, Buffer.from(canonicalJson(summaryStatement(allowed()))), [
    alice.key,
    bob.key,
  ]);
  const key = readAttestationKey({ text: bob.text, label: "bob" });
  expect(verifyAttestation(readEnvelope(text), [key], expectations())).toMatchObject({ verdict: "good", key: key.id });
});

describe("a statement that was signed", () => {
  const { key, text } = gateKey();
  const reader = readAttestationKey({ text, label: "key" });

  /** The verdict on a statement, whatever it says, under a good signature. */
  function verdictOnPayload(payload: string, type = STATEMENT_PAYLOAD_TYPE): AttestationReport {
    return verifyAttestation(readEnvelope(signEnvelope(type, Buffer.from(payload), [key])), [reader], expectations());
  }

  const statement: unknown = JSON.parse(canonicalJson(summaryStatement(allowed())));

  it.each([
    ["of another type", "_type", "https://in-toto.io/Statement/v0.1", "predicate-type"],
    ["of no type", "_type", undefined, "predicate-type"],
    ["with another predicate", "predicateType", `${VSA_TYPE}0`, "predicate-type"],
    ["without predicate", "predicate", undefined, "malformed"],
    ["without subject", "subject", undefined, "subject"],
    ["with no subject", "subject", [], "subject"],
    ["of a subject that is none", "subject/2", 7, "malformed"],
    ["of a digest that is none", "subject/0/digest/sha256", 7, "malformed"],
    ["of another artifact", "subject/0/digest/sha256", "0".repeat(64), "subject"],
    ["of a digest by another name", "subject/1/digest", { sha1: COMMIT }, "subject"],
    ["that has failed", "predicate/verificationResult", "FAILED", "result"],
    ["that has passed in small letters", "predicate/verificationResult", "passed", "result"],
    ["without result", "predicate/verificationResult", undefined, "malformed"],
    ["of another verifier", "predicate/verifier/id", `${DEFAULT_VERIFIER}/`, "verifier"],
    ["without verifier", "predicate/verifier", undefined, "malformed"],
    ["of another resource", "predicate/resourceUri", `${RESOURCE}#component=api`, "resource"],
    ["without resource", "predicate/resourceUri", undefined, "malformed"],
    ["without policy", "predicate/policy", undefined, "malformed"],
    ["for another environment", "predicate/verifiedLevels/0", "GATE_ENVIRONMENT_dev", "level"],
    ["of a lower level", "predicate/verifiedLevels/1", "GATE_INTEGRITY", "level"],
    ["whose levels failed", "predicate/verifiedLevels/2", "FAILED", "contradiction"],
    ["whose levels are a text", "predicate/verifiedLevels", "GATE_", "malformed"],
    ["from tomorrow", "predicate/timeVerified", "2099-01-01T00:00:00Z", "time"],
    ["from no time", "predicate/timeVerified", "soon", "malformed"],
    ["that has passed by a bypass", `predicate/<${DECISION_EXTENSION}>/outcome`, "allow-bypassed", "contradiction"],
    ["whose decision is none", `predicate/<${DECISION_EXTENSION}>`, null, "contradiction"],
  ])("%s is refused", (_, path, member, code) => {
    const report = verdictOnPayload(JSON.stringify(withMember(statement, path, member)));
    expect(report.verdict).toBe("bad");
    expect(report.findings.map((finding) => finding.code)).toContain(code);
  });

  it.each([
    ["no JSON", "{"],
    ["no object", "[]"],
    ["two statements", `${JSON.stringify(statement)}{}`],
  ])("of %s is refused", (_, payload) => {
    expect(verdictOnPayload(payload)).toMatchObject({ verdict: "bad", findings: [{ code: "predicate-type" }] });
  });

  it("of another type of payload is refused, however well it reads", () => {
    const report = verdictOnPayload(JSON.stringify(statement), "application/vnd.in-toto+json; charset=utf-8");
    expect(report).toMatchObject({ verdict: "bad", findings: [{ code: "payload-type" }] });
  });

  it("with members that the format may get one day is taken", () => {
    const later = withMember(statement, "predicate/<https://example.com/later>", true);
    const payload = JSON.stringify(withMember(later, "predicate/dependencyLevels", {}));
    expect(verdictOnPayload(payload).verdict).toBe("good");
  });

  it("of somebody else, without a decision of gate, is taken by what it says", () => {
    const other = withMember(statement, `predicate/<${DECISION_EXTENSION}>`, undefined);
    const payload = JSON.stringify(withMember(other, "predicate/verifiedLevels", ["SLSA_BUILD_LEVEL_2"]));
    const envelope = readEnvelope(signEnvelope(STATEMENT_PAYLOAD_TYPE, Buffer.from(payload), [key]));
    const { environment: _environment, ...rest } = expectations({ levels: ["SLSA_BUILD_LEVEL_2"] });
    expect(verifyAttestation(envelope, [reader], rest).verdict).toBe("good");
  });
});

describe("what nobody asked for", () => {
  const keys = testKeys("Ed25519");
  it.each([
    ["a subject", { subjects: [] }],
    ["the resource", { resourceUri: undefined }],
    ["the environment", { environment: undefined }],
  ])("cannot be told: %s", async (_, changes) => {
    const { dsse } = await attest(allowed(), {}, signerOf(keys));
    const expected = { ...expectations(), ...changes } as Expectations;
    expect(verified(dsse, keys, expected)).toMatchObject({
      verdict: "unknown",
      findings: [{ code: "nothing-to-hold-against" }],
    });
  });

  it("does not hide what is wrong", async () => {
    const { dsse } = await attest(allowed({ outcome: "block", exitCode: 1 }), {}, signerOf(keys));
    expect(verified(dsse, keys, expectations({ subjects: [] })).verdict).toBe("bad");
  });
});

it.each([
  ["an hour ago, within a day", 3_600_000, "good"],
  ["a day and a millisecond ago", 86_400_001, "bad"],
  ["in five minutes, by a clock that is behind", -300_000, "good"],
  ["in more than five minutes", -300_001, "bad"],
])("holds the time against the clock: verified %s", async (_, age, verdict) => {
  const keys = testKeys("Ed25519");
  const { dsse } = await attest(allowed(), {}, signerOf(keys));
  const now = new Date(Date.parse(allowed().evaluatedAt) + age);
  expect(verified(dsse, keys, expectations({ now, maxAgeMs: 86_400_000 })).verdict).toBe(verdict);
});

it("holds the digest of the policies against the one that is asked for", async () => {
  const keys = testKeys("Ed25519");
  const { dsse } = await attest(allowed(), {}, signerOf(keys));
  expect(verified(dsse, keys, expectations({ policy: allowed().policy.digest })).verdict).toBe("good");
  expect(verified(dsse, keys, expectations({ policy: sha256("other") }))).toMatchObject({
    verdict: "bad",
    findings: [{ code: "policy" }],
  });
});

it("takes any of a file's digests, and asks for every file", async () => {
  const keys = testKeys("Ed25519");
  const { dsse } = await attest(allowed(), {}, signerOf(keys));
  const [known = []] = expectations().subjects;
  const other = `sha512:${"0".repeat(128)}`;
  expect(verified(dsse, keys, expectations({ subjects: [[other, ...known]] })).verdict).toBe("good");
  expect(verified(dsse, keys, expectations({ subjects: [known, [other]] })).verdict).toBe("bad");
});

describe("a bundle", () => {
  let bundle: unknown;
  beforeAll(async () => {
    bundle = JSON.parse((await attest(allowed(), {}, signerOf(testKeys("P-256")))).bundle ?? "");
  });

  it.each([
    ["of a later version", "mediaType", "application/vnd.dev.sigstore.bundle.v0.4+json", "not read"],
    ["with another member", "more", 1, '"more"'],
    ["without verification material", "verificationMaterial", undefined, "no verification material"],
    ["with nothing to verify it with", "verificationMaterial", {}, "one key or one certificate"],
    ["with a key and a certificate", "verificationMaterial/certificate", {}, "one key or one certificate"],
    ["without content", "dsseEnvelope", undefined, "either an envelope"],
    ["with two contents", "messageSignature", {}, "either an envelope"],
    ["that names another key", "verificationMaterial/publicKey/hint", "x", "names one key"],
    ["with two signatures", "dsseEnvelope/signatures/1", { sig: "" }, "exactly one"],
  ])("%s is refused", (_, path, member, message) => {
    expect(() => readBundle(withMember(bundle, path, member))).toThrow(message);
  });
});

describe("a public key", () => {
  it.each([
    ["a private key", testKeys("Ed25519").privatePem, "is a private key"],
    ["a key of another curve", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "is no public key"],
    ["nothing", "", "is no public key"],
  ])("cannot be %s", (_, text, message) => {
    expect(() => readAttestationKey({ text, label: "key" })).toThrow(message);
  });

  it("has the fingerprint that gate shows for it elsewhere", () => {
    const { text } = gateKey();
    expect(readAttestationKey({ text, label: "key" }).id).toBe(fingerprintOf(parseKey(text)));
  });

  it.skipIf(!SSH_KEYGEN)("can be a .pub file of OpenSSH (skipped without ssh-keygen)", () => {
    const { line } = sshKey("ed25519");
    expect(readAttestationKey({ text: `${line}\n`, label: "key" }).id).toBe(fingerprintOf(parseKey(line)));
    const other = sshKey("ecdsa", 256).line;
    expect(() => readAttestationKey({ text: other, label: "key" })).toThrow("give others in PEM");
  });
});

it("is about the resource that it was said to be about", async () => {
  const keys = testKeys("Ed25519");
  const { dsse } = await attest(
    allowed(),
    { resourceUri: "pkg:oci/app", verifier: "https://acme.example/gate" },
    signerOf(keys),
  );
  expect(verified(dsse, keys).findings.map(({ code }) => code)).toEqual(["verifier", "resource"]);
  const expected = expectations({ resourceUri: "pkg:oci/app", verifier: "https://acme.example/gate" });
  expect(verified(dsse, keys, expected).verdict).toBe("good");
});

it.each(ATTESTATION_FINDINGS)("explains the finding %s in docs/attestations.md", (code) => {
  expect(readFileSync(join(ROOT, "docs/attestations.md"), "utf8")).toContain(`\`${code}\``);
});
