import { X509Certificate } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Bundle, readBundle } from "../../src/attest/bundle.ts";
import { readAttestationKey } from "../../src/attest/keys.ts";
import { type Expectations, verifyAttestation } from "../../src/attest/verify.ts";
import { isSigned, readEnvelope } from "../../src/trust/dsse.ts";
import { isRecord } from "../../src/util/json.ts";
import { ROOT } from "../support.ts";

const VECTORS = join(ROOT, "../shared/corpus/vectors");
const BUNDLES = join(VECTORS, "sigstore-conformance/test/assets/bundle-verify");
const VSA = join(VECTORS, "slsa-vsa/cli/slsa-verifier/testdata/vsa/gce/v1");

/** Google's statement about an image of its own, as slsa-verifier is tested with it. */
describe.skipIf(!existsSync(VSA))("a verification summary of Google (skipped without ../shared)", () => {
  const text = existsSync(VSA) ? readFileSync(join(VSA, "gke-gce-pre.bcid-vsa.jsonl"), "utf8") : "";
  const pem = existsSync(VSA) ? readFileSync(join(VSA, "vsa_signing_public_key.pem"), "utf8") : "";
  const good: Expectations = {
    subjects: [["gce_image_id:8970095005306000053"]],
    verifier: "https://bcid.corp.google.com/verifier/bcid_package_enforcer/v0.1",
    resourceUri: "gce_image://gke-node-images:gke-12615-gke1418000-cos-101-17162-463-29-c-cgpv1-pre",
    levels: ["BCID_L1", "SLSA_BUILD_LEVEL_2"],
    now: new Date("2024-06-12T08:00:00Z"),
  };

  function verdict(changes: Partial<Expectations>): string {
    const key = readAttestationKey({ text: pem, label: "key" });
    return verifyAttestation(readEnvelope(text), [key], { ...good, ...changes }).verdict;
  }

  it("is good", () => expect(verdict({})).toBe("good"));

  it.each([
    ["image", { subjects: [["gce_image_id:8970095005306000054"]] }],
    ["verifier", { verifier: "https://example.com" }],
    ["resource", { resourceUri: "gce_image://other" }],
    ["level", { levels: ["SLSA_BUILD_LEVEL_3"] }],
    ["environment", { environment: "production" }],
  ])("is not good for another %s", (_, changes) => expect(verdict(changes)).toBe("bad"));
});

const folders = globSync("*/bundle.sigstore.json", { cwd: BUNDLES }).map(dirname).toSorted();

/**
 * Most of the cases need certificates and logs, which gate leaves to cosign. What it says of them must never be that they
 * are good; and those that are about the signature of an envelope have to agree with it.
 */
describe.skipIf(folders.length === 0)("bundles of sigstore-conformance (skipped without ../shared)", () => {
  it("are all there", () => expect(folders.length).toBeGreaterThan(60));

  it.each(folders)("%s", (folder) => {
    const text = readFileSync(join(BUNDLES, folder, "bundle.sigstore.json"), "utf8");
    const bundle = bundleIn(text);
    if (bundle === undefined) {
      expect(basename(folder)).toMatch(/_fail$/);
      return;
    }
    expect(bundle.material === "key" && bundle.envelope !== undefined).toBe(false);
    const { envelope } = bundle;
    if (envelope === undefined) return;
    const key = certifiedKey(text);
    const signed = isSigned(envelope, (data, signature) => key.verify(data, signature));
    if (!folder.endsWith("_fail")) expect(signed).toBe(true);
    if (/dsse-invalid-sig/.test(folder)) expect(signed).toBe(false);
  });
});

function bundleIn(text: string): Bundle | undefined {
  try {
    return readBundle(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The key of the certificate that is in a bundle, believed as it is. */
function certifiedKey(text: string): ReturnType<typeof readAttestationKey> {
  const value: unknown = JSON.parse(text);
  const raw = /"rawBytes":"([^"]+)"/.exec(JSON.stringify(isRecord(value) ? value["verificationMaterial"] : {}))?.[1];
  const { publicKey } = new X509Certificate(Buffer.from(raw ?? "", "base64"));
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  return readAttestationKey({ text: pem, label: "certificate" });
}
