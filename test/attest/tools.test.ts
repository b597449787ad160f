import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_VERIFIER, VSA_TYPE } from "../../src/attest/statement.ts";
import { attest } from "../../src/attest/write.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { ROOT, temporaryFolder } from "../support.ts";
import { ARTIFACT, allowed, COMMIT, KEY_KINDS, RESOURCE, signerOf, testKeys, withMember } from "./support.ts";

/** Other people's verifiers, as `scripts/build-verifiers.ts` builds them; CI has Go. */

const GO = spawnSync("go", ["version"]).error === undefined;
const BUILD_MS = 1_200_000;
const DIGEST = sha256(ARTIFACT);

let folder = "";
let verifiers = "";

interface Answer {
  readonly code: number | null;
  readonly said: string;
}

function run(name: "cosign" | "slsa-verifier", args: readonly string[]): Answer {
  // No configuration, no credentials, and nothing to fetch with.
  const { status, stdout, stderr } = spawnSync(join(verifiers, name), args, {
    cwd: folder,
    env: { HOME: folder, HTTPS_PROXY: "http://127.0.0.1:9" },
    encoding: "utf8",
  });
  return { code: status, said: stdout + stderr };
}

function cosign(changes: Readonly<Record<string, string>> = {}, subject: readonly string[] = ["app.tar"]): Answer {
  const options = { bundle: "app.sigstore.json", key: "key.pub", type: VSA_TYPE, ...changes };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return run("cosign", ["verify-blob-attestation", "--insecure-ignore-tlog", ...flags, ...subject]);
}

function slsaVerifier(changes: Readonly<Record<string, string>> = {}): Answer {
  const options = {
    "attestation-path": "app.dsse.json",
    "public-key-path": "key.pub",
    "subject-digest": DIGEST,
    "verifier-id": DEFAULT_VERIFIER,
    "resource-uri": RESOURCE,
    "verified-level": "GATE_ENVIRONMENT_production",
    ...changes,
  };
  return run("slsa-verifier", [
    "verify-vsa",
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  ]);
}

function write(name: string, value: unknown): void {
  writeFileSync(join(folder, name), `${JSON.stringify(value)}\n`);
}

/** The envelope with its payload, or its signature, changed. */
function altered(
  dsse: unknown,
  change: { readonly payload?: (text: string) => string; readonly sig?: Buffer },
): unknown {
  const payload = Buffer.from(String(Reflect.get(Object(dsse), "payload")), "base64").toString();
  const changed = withMember(dsse, "payload", Buffer.from((change.payload ?? String)(payload)).toString("base64"));
  return change.sig === undefined ? changed : withMember(changed, "signatures/0/sig", change.sig.toString("base64"));
}

describe.skipIf(!GO)("verifiers of other people (skipped without Go)", () => {
  beforeAll(() => {
    const script = join(ROOT, "scripts/build-verifiers.ts");
    verifiers = execFileSync(process.execPath, [script], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }).trim();
  }, BUILD_MS);

  describe.each(KEY_KINDS)("with a key of kind %s", (kind) => {
    const keys = testKeys(kind);
    let dsse: unknown;
    let bundle: unknown;

    async function prepare(changes: Parameters<typeof allowed>[0] = {}): Promise<void> {
      const written = await attest(allowed(changes), {}, signerOf(keys));
      dsse = JSON.parse(written.dsse ?? "");
      bundle = JSON.parse(written.bundle ?? "");
      folder = temporaryFolder();
      writeFileSync(join(folder, "app.tar"), ARTIFACT);
      writeFileSync(join(folder, "key.pub"), keys.publicPem);
      writeFileSync(join(folder, "other.pub"), testKeys(kind).publicPem);
      write("app.dsse.json", dsse);
      write("app.sigstore.json", bundle);
    }

    beforeEach(() => prepare());

    it("cosign takes the bundle for the artifact and for the commit", () => {
      expect(cosign()).toMatchObject({ code: 0, said: expect.stringContaining("Verified OK") });
      expect(cosign({ digest: COMMIT, digestAlg: "gitCommit" }, [])).toMatchObject({ code: 0 });
    });

    it("slsa-verifier takes the envelope for the artifact, the commit and every level", () => {
      expect(slsaVerifier()).toMatchObject({ code: 0, said: expect.stringContaining("PASSED") });
      expect(slsaVerifier({ "subject-digest": `gitCommit:${COMMIT}` })).toMatchObject({ code: 0 });
      expect(slsaVerifier({ "verified-level": "GATE_INTEGRITY_BOUND" })).toMatchObject({ code: 0 });
    });

    it.each([
      ["another key", { key: "other.pub" }, /signature/],
      ["another type", { type: "https://slsa.dev/provenance/v1" }, /predicate type/],
      ["another commit", { digest: "d".repeat(40), digestAlg: "gitCommit" }, /digest|subject/],
    ])("cosign refuses it for %s", (_, changes, message) => {
      const { code, said } = cosign(changes, "digest" in changes ? [] : ["app.tar"]);
      expect(said).toMatch(message);
      expect(code).not.toBe(0);
    });

    it("cosign refuses it for another artifact", () => {
      writeFileSync(join(folder, "app.tar"), `${ARTIFACT} `);
      expect(cosign().code).not.toBe(0);
    });

    it.each([
      ["another key", { "public-key-path": "other.pub" }, /signature/],
      ["another artifact", { "subject-digest": sha256("other") }, /digest not found/],
      ["another commit", { "subject-digest": `gitCommit:${"d".repeat(40)}` }, /digest not found/],
      ["another verifier", { "verifier-id": "https://example.com/gate" }, /verifier ID mismatch/],
      ["another resource", { "resource-uri": `${RESOURCE}#component=api` }, /resource URI mismatch/],
      ["another environment", { "verified-level": "GATE_ENVIRONMENT_staging" }, /verified level not found/],
      ["a higher level", { "verified-level": "GATE_INTEGRITY_SEALED" }, /verified level not found/],
      ["a level of SLSA", { "verified-level": "SLSA_BUILD_LEVEL_1" }, /SLSA level not found/],
    ])("slsa-verifier refuses it for %s", (_, changes, message) => {
      const { code, said } = slsaVerifier(changes);
      expect(said).toMatch(message);
      expect(code).not.toBe(0);
    });

    it.each<readonly [string, Parameters<typeof altered>[1]]>([
      ["a payload that goes on", { payload: (text) => `${text} ` }],
      ["another subject", { payload: (text) => text.replace(DIGEST.slice(7), "0".repeat(64)) }],
      ["another result", { payload: (text) => text.replace("PASSED", "FAILED") }],
      ["another verifier", { payload: (text) => text.replace(DEFAULT_VERIFIER, "https://example.com/gate") }],
      ["another resource", { payload: (text) => text.replaceAll(RESOURCE, "git+https://github.com/acme/other") }],
      ["another level", { payload: (text) => text.replace("GATE_INTEGRITY_BOUND", "GATE_INTEGRITY_SEALED") }],
      ["another signature", { sig: Buffer.alloc(64, 1) }],
      ["no signature", { sig: Buffer.alloc(0) }],
    ])("both refuse it with %s", (_, change) => {
      const changed = altered(dsse, change);
      expect(changed).not.toEqual(dsse);
      write("app.dsse.json", changed);
      write("app.sigstore.json", withMember(bundle, "dsseEnvelope", changed));
      for (const { code, said } of [slsaVerifier(), cosign()]) {
        expect(said).toMatch(/signature/);
        expect(code).not.toBe(0);
      }
    });

    it.each([
      ["is blocked", { outcome: "block", exitCode: 1 }],
      ["is let through by a bypass", { outcome: "allow-bypassed", exitCode: 0 }],
      ["waits for an approval", { outcome: "approval-required", exitCode: 3 }],
    ] as const)("slsa-verifier refuses what %s; cosign does not look", async (_, changes) => {
      await prepare(changes);
      expect(slsaVerifier()).toMatchObject({ said: expect.stringContaining("not Passed: FAILED") });
      expect(slsaVerifier().code).not.toBe(0);
      expect(cosign().code).toBe(0);
    });
  });
});
