import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { statementBytes, summaryStatement } from "../../src/attest/statement.ts";
import type { Decision } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { readEnvelope } from "../../src/trust/dsse.ts";
import { KEY_KINDS, testKeys } from "../attest/support.ts";
import { type CliResult, gate, temporaryFolder, writeFiles } from "../support.ts";

const RESOURCE = "pkg:oci/payments";
const ARTIFACT = "the artifact\n";
const DIGEST = sha256(ARTIFACT);
const COMMIT = "c".repeat(40);
const JUNIT = `<testsuites><testsuite name="s" tests="1"><testcase name="a" classname="s"/></testsuite></testsuites>`;
const FAILED = JUNIT.replace("/></testsuite>", "><failure/></testcase></testsuite>").replace(
  'tests="1"',
  'tests="1" failures="1"',
);
const KEYS = { Ed25519: testKeys("Ed25519"), "P-256": testKeys("P-256") };
/** A program that signs with the project's P-256 key. */
const SIGNER = `${execPath} sign.mjs`;
const SIGN = `import { readFileSync } from "node:fs"; import { sign } from "node:crypto";
process.stdout.write(sign("sha256", readFileSync(0), readFileSync("key.pem")));
`;
const CONFIG = `version: 1
evidence:
  - {path: junit.xml, kind: unit-tests}
environments:
  development: {mandatory: [tests], integrity: open}
  production: {mandatory: [tests], integrity: open}
`;

function project(junit = JUNIT, cwd = temporaryFolder()): string {
  const { privatePem, publicPem } = KEYS["P-256"];
  writeFiles(cwd, {
    "gate.yaml": CONFIG,
    "junit.xml": junit,
    "app.tar": ARTIFACT,
    "sign.mjs": SIGN,
    "key.pem": privatePem,
    "key.pub": publicPem,
    "ed.pem": KEYS["Ed25519"].privatePem,
    "ed.pub": KEYS["Ed25519"].publicPem,
  });
  return cwd;
}

function check(cwd: string, ...args: readonly string[]): Promise<CliResult> {
  const resource = args.includes("--attest") ? ["--attest-resource", RESOURCE] : [];
  const about = ["--artifact", `app.tar@${DIGEST}`, "--commit", COMMIT, ...resource];
  return gate(["check", "-e", "production", ...about, ...args], { cwd });
}

function verify(cwd: string, file: string, ...args: readonly string[]): Promise<CliResult> {
  return gate(["verify", file, ...args], { cwd });
}

const ASKED = ["--key", "key.pub", "--artifact", "app.tar", "--resource-uri", RESOURCE, "-e", "production"];

describe("gate check --attest", () => {
  it.each([
    ["dsse=out/app.dsse.json", "out/app.dsse.json"],
    ["bundle=app.sigstore.json", "app.sigstore.json"],
  ])("writes %s, which gate verify takes", async (flag, path) => {
    const cwd = project();
    const checked = await check(cwd, "--attest", flag, "--attest-key", "key.pem");
    expect(checked).toMatchObject({ code: 0, stderr: "" });
    const { code, stdout } = await verify(cwd, path, ...ASKED, "--commit", COMMIT, "--max-age", "1h");
    expect(stdout).toMatch(/^GOOD\nResult: PASSED\nResource: pkg:oci\/payments\n/);
    expect(code).toBe(0);
  });

  it("names the place in the log, and what the log commits to", async () => {
    const cwd = project();
    const { stdout } = await check(cwd, "-f", "json", "--attest", "statement=app.json");
    const decision = JSON.parse(stdout) as Decision;
    const payload = statementBytes(summaryStatement(decision, { resourceUri: RESOURCE }));
    expect(readFileSync(join(cwd, "app.json"), "utf8").trimEnd()).toBe(payload.toString());
    expect(decision.audit).toMatchObject({ index: 1 });
  });

  it("says that nobody has signed a statement, and nobody takes it", async () => {
    const cwd = project();
    const { stderr } = await check(cwd, "--attest", "statement=app.json");
    expect(stderr).toBe("app.json is signed by nobody.\n");
    const { code, stdout } = await verify(cwd, "app.json", ...ASKED);
    expect(stdout).toContain("CANNOT TELL\n  not-signed");
    expect(code).toBe(2);
  });

  it("attests what was blocked as FAILED, and its exit code stays that of the decision", async () => {
    const cwd = project(FAILED);
    expect((await check(cwd, "--attest", "dsse=app.json", "--attest-key", "key.pem")).code).toBe(1);
    const { code, stdout } = await verify(cwd, "app.json", ...ASKED);
    expect(stdout).toContain('result: the result is "FAILED"');
    expect(code).toBe(1);
  });

  it("signs with a program", async () => {
    const cwd = project();
    const signer = ["--attest-signer", SIGNER, "--attest-public-key", "key.pub"];
    expect(await check(cwd, "--attest", "dsse=app.json", ...signer)).toMatchObject({ code: 0, stderr: "" });
    expect((await verify(cwd, "app.json", ...ASKED)).code).toBe(0);
  });

  it.each([
    [
      "a program that fails",
      ["--attest-signer", `${execPath} no-such.mjs`, "--attest-public-key", "key.pub"],
      "attestation-failed",
    ],
    [
      "another key than the program's",
      ["--attest-signer", SIGNER, "--attest-public-key", "ed.pub"],
      "attestation-failed",
    ],
    ["a resource that is no URI", ["--attest-key", "key.pem", "--attest-resource", "a b"], "usage"],
    ["a key that is not there", ["--attest-key", "no.pem"], "key-invalid"],
    ["a program without public key", ["--attest-signer", "true"], "usage"],
    [
      "a key and a program",
      ["--attest-key", "key.pem", "--attest-signer", "true", "--attest-public-key", "key.pub"],
      "usage",
    ],
    ["no key", [], "usage"],
    ["a format that is none", ["--attest", "xml=a"], "usage"],
  ])("gives no answer with %s, and leaves nothing of an earlier run", async (_, args, code) => {
    const cwd = project();
    writeFileSync(join(cwd, "app.json"), "earlier");
    const result = await check(cwd, "--attest", "dsse=app.json", ...args);
    expect(result.stderr).toContain(`[${code}]`);
    expect(result.code).toBe(2);
    if (code === "attestation-failed") expect(existsSync(join(cwd, "app.json"))).toBe(false);
  });

  it("gives no answer where the file cannot be written", async () => {
    const cwd = project();
    const { code, stderr } = await check(cwd, "--attest", "dsse=app.tar/x", "--attest-key", "key.pem");
    expect(stderr).toContain("[output-failed]");
    expect(code).toBe(2);
  });

  it("refuses a key with nowhere to write to", async () => {
    expect((await check(project(), "--attest-key", "key.pem")).stderr).toContain("nothing to attest");
  });

  it("writes one for each component", async () => {
    const cwd = project();
    writeFileSync(join(cwd, "gate.yaml"), `${CONFIG}components:\n  api: {paths: [api/**]}\n  web: {paths: [web/**]}\n`);
    const one = await check(cwd, "--attest", "dsse=app.json", "--attest-key", "key.pem");
    expect(one.stderr).toContain("Put {component} into the path");
    expect(one.code).toBe(2);
    await check(cwd, "--attest", "dsse={component}.json", "--attest-key", "key.pem");
    for (const name of ["api", "web"]) {
      const { payload } = readEnvelope(readFileSync(join(cwd, `${name}.json`), "utf8"));
      expect(payload.toString()).toContain(`"component":"${name}"`);
    }
  });
});

describe("gate attest", () => {
  it.each(KEY_KINDS)(
    "attests a recorded decision as it was attested when it was made, with a key of kind %s",
    async (kind) => {
      const cwd = project();
      const key = kind === "P-256" ? "key" : "ed";
      await check(cwd, "--attest", "statement=first.json");
      await gate(["check", "-e", "development"], { cwd });
      const written = await gate(
        [
          "attest",
          "1",
          "-o",
          "dsse=app.json",
          "-o",
          "bundle=app.sigstore.json",
          "--key",
          `${key}.pem`,
          "--resource",
          RESOURCE,
        ],
        { cwd },
      );
      expect(written).toMatchObject({ code: 0, stderr: "", stdout: "" });
      const { payload } = readEnvelope(readFileSync(join(cwd, "app.json"), "utf8"));
      expect(payload.toString()).toBe(readFileSync(join(cwd, "first.json"), "utf8").trimEnd());
      for (const file of ["app.json", "app.sigstore.json"]) {
        const asked = ASKED.map((word) => (word === "key.pub" ? `${key}.pub` : word));
        expect(await verify(cwd, file, ...asked)).toMatchObject({ code: 0 });
      }
    },
  );

  it("prints the statement, or the envelope where there is a key", async () => {
    const cwd = project();
    await check(cwd);
    const plain = await gate(["attest", "--resource", RESOURCE], { cwd });
    expect(JSON.parse(plain.stdout)).toMatchObject({ predicateType: "https://slsa.dev/verification_summary/v1" });
    const signed = await gate(["attest", "--resource", RESOURCE, "--key", "key.pem"], { cwd });
    expect(readEnvelope(signed.stdout).payload.toString()).toBe(plain.stdout.trimEnd());
  });

  it("attests nothing of a log that was tampered with", async () => {
    const cwd = project(FAILED);
    await check(cwd);
    const file = join(cwd, ".gate/audit.db");
    const bytes = readFileSync(file);
    const at = bytes.indexOf('"outcome":"block"') + '"outcome":"'.length;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(file, bytes);
    const { code, stdout, stderr } = await gate(["attest", "--resource", RESOURCE, "--key", "key.pem"], { cwd });
    expect(stderr).toContain("[audit-corrupt]");
    expect([code, stdout]).toEqual([2, ""]);
  });
});

describe("gate verify", () => {
  let cwd = "";
  let dsse = "";
  beforeAll(async () => {
    cwd = project(JUNIT, mkdtempSync(join(tmpdir(), "gate-test-")));
    await check(cwd, "--attest", "dsse=app.json", "--attest", "bundle=bundle.json", "--attest-key", "key.pem");
    dsse = readFileSync(join(cwd, "app.json"), "utf8");
    const { payloadType, payload } = JSON.parse(dsse) as Record<string, unknown>;
    const bundle = JSON.parse(readFileSync(join(cwd, "bundle.json"), "utf8")) as Record<string, object>;
    const certificate = { ...bundle, verificationMaterial: { certificate: { rawBytes: "AAAA" } } };
    const file = {
      mediaType: bundle["mediaType"],
      verificationMaterial: bundle["verificationMaterial"],
      messageSignature: {},
    };
    const logged = { ...bundle, verificationMaterial: { ...bundle["verificationMaterial"], tlogEntries: [{}] } };
    writeFiles(cwd, {
      "unsigned.json": JSON.stringify({ payloadType, payload, signatures: [] }),
      "certificate.json": JSON.stringify(certificate),
      "file.json": JSON.stringify(file),
      "logged.json": JSON.stringify(logged),
      "other.pub": testKeys("P-256").publicPem,
      "other.tar": "other",
      "text.txt": "text",
      "list.json": "[]",
      "empty.json": "",
      "object.json": "{}",
    });
  });

  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  function without(...options: readonly string[]): readonly string[] {
    return ASKED.filter((word, index) => !options.includes(word) && !options.includes(ASKED[index - 1] ?? ""));
  }

  it.each<readonly [string, string, () => readonly string[], number, RegExp]>([
    ["everything that is asked for", "app.json", () => ASKED, 0, /^GOOD\n/],
    ["a bundle", "bundle.json", () => ASKED, 0, /^GOOD\n/],
    ["a digest", "app.json", () => [...without("--artifact"), "--digest", DIGEST], 0, /^GOOD\n/],
    ["the second of two keys", "app.json", () => ["--key", "other.pub", ...ASKED], 0, /^GOOD\n/],
    ["a bundle with an entry of a log", "logged.json", () => ASKED, 0, /^GOOD\n[^]*Nobody looked at the entries/],
    ["no key", "app.json", () => without("--key"), 2, /^CANNOT TELL\n {2}no-key/],
    ["no subject", "app.json", () => without("--artifact"), 2, /nothing-to-hold-against: of what/],
    ["no resource", "app.json", () => without("--resource-uri"), 2, /nothing-to-hold-against: it is about pkg:oci/],
    [
      "no environment",
      "app.json",
      () => without("-e"),
      2,
      /nothing-to-hold-against: it is for GATE_ENVIRONMENT_production/,
    ],
    ["a certificate", "certificate.json", () => ASKED, 2, /keyless/],
    ["the signature of a file", "file.json", () => ASKED, 2, /not-an-attestation/],
    ["another key", "app.json", () => ["--key", "other.pub", ...without("--key")], 1, /^NOT GOOD\n {2}signature/],
    ["another artifact", "app.json", () => [...ASKED, "--artifact", "other.tar"], 1, /subject: sha256:/],
    ["another commit", "app.json", () => [...ASKED, "--commit", "d".repeat(40)], 1, /subject: gitCommit:d/],
    ["another resource", "app.json", () => [...ASKED, "--resource-uri", "pkg:oci/other"], 1, /resource:/],
    ["another environment", "app.json", () => [...ASKED, "-e", "development"], 1, /level:/],
    ["another level", "app.json", () => [...ASKED, "--level", "GATE_INTEGRITY_SEALED"], 1, /level:/],
    ["another verifier", "app.json", () => [...ASKED, "--verifier-id", "https://example.com"], 1, /verifier:/],
    ["another policy", "app.json", () => [...ASKED, "--policy", DIGEST], 1, /policy:/],
    [
      "a later time",
      "app.json",
      () => [...ASKED, "--max-age", "1d", "--now", "2099-01-01T00:00:00Z"],
      1,
      /too long ago/,
    ],
    ["an earlier time", "app.json", () => [...ASKED, "--now", "2020-01-01T00:00:00Z"], 1, /yet to come/],
    ["no signature", "unsigned.json", () => ASKED, 1, /malformed: nobody signed it/],
  ])("with %s", async (_, file, args, code, words) => {
    const result = await verify(cwd, file, ...args());
    expect(result.stdout).toMatch(words);
    expect(result).toMatchObject({ code, stderr: "" });
  });

  it.each([
    ["a text", "text.txt", ASKED, "nothing that can be verified"],
    ["an empty file", "empty.json", ASKED, "nothing that can be verified"],
    ["a list", "list.json", ASKED, "nothing that can be verified"],
    ["an object", "object.json", ASKED, "nothing that can be verified"],
    ["a file that is not there", "no.json", ASKED, "cannot be read"],
    ["a folder", ".", ASKED, "cannot be read"],
    ["a private key", "app.json", ["--key", "key.pem"], "is a private key"],
    ["an artifact that is not there", "app.json", [...ASKED, "--artifact", "no.tar"], "no.tar cannot be read"],
    ["a digest that is none", "app.json", [...ASKED, "--digest", "sha256"], "ALGORITHM:VALUE"],
    ["a time that is none", "app.json", [...ASKED, "--now", "noon"], "--now must be"],
    ["an age that is none", "app.json", [...ASKED, "--max-age", "1y"], "--max-age must be"],
    ["a policy that is none", "app.json", [...ASKED, "--policy", "main"], "--policy must be"],
    ["an empty resource", "app.json", [...ASKED, "--resource-uri", ""], "It is empty"],
  ])("has no answer for %s", async (_, file, args, words) => {
    const result = await verify(cwd, file, ...args);
    expect(result.stderr).toContain(words);
    expect(result).toMatchObject({ code: 2, stdout: "" });
  });

  it("says it as JSON, and reads standard input", async () => {
    const { code, stdout } = await gate(["verify", "-", "--json", ...ASKED], { cwd, stdin: dsse });
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: "good",
      findings: [],
      unchecked: [],
      claims: { result: "PASSED", resourceUri: RESOURCE, levels: ["GATE_ENVIRONMENT_production"] },
    });
    expect(code).toBe(0);
  });

  it("prints no control character of what it was given", async () => {
    const folder = project();
    const evil = "https://x\u001b[2J/\u202e";
    const statement = { _type: "https://in-toto.io/Statement/v1", predicateType: evil };
    const payload = Buffer.from(JSON.stringify(statement)).toString("base64");
    const body = { payloadType: evil, payload, signatures: [{ sig: "AAAA" }], [evil]: 1 };
    writeFileSync(join(folder, "evil.json"), JSON.stringify(body));
    const { stdout } = await verify(folder, "evil.json", ...ASKED);
    expect(stdout).toMatch(/^NOT GOOD/);
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
  });
});
