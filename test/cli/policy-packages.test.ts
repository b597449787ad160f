import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Decision } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { archive, entriesOf } from "../policy/archive.ts";
import { CANARY, DENY_FAILED, gateSource } from "../policy/compile.ts";
import { type CliResult, gate, git, temporaryFolder, writeFiles } from "../support.ts";

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const other = generateKeyPairSync("ec", { namedCurve: "P-256" });
const KEYS = {
  "key.pem": pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  "key.pub": pair.publicKey.export({ type: "spki", format: "pem" }).toString(),
  "other.pub": other.publicKey.export({ type: "spki", format: "pem" }).toString(),
};

const FAILING = '<testsuite name="s" tests="1" failures="1"><testcase name="t"><failure/></testcase></testsuite>';

/** A gate in a folder, keys, evidence that closes it, and a configuration with some packages. */
function project(packages = "", gates = "few", folder = temporaryFolder()): string {
  writeFiles(folder, {
    ...KEYS,
    "policies/few/few.rego": gateSource("few", DENY_FAILED),
    "policies/few/few_test.rego":
      "package gates.few_test\n\nimport data.gates.few\n\ntest_none if count(few.deny) == 0\n",
    "policies/few/examples.yaml": `gate: few\n${CANARY}`,
    "reports/junit.xml": FAILING,
    "gate.yaml": config(packages, gates),
  });
  return folder;
}

function config(packages: string, gates = "few"): string {
  return `version: 1
policy:
  builtin: false
  packages:
${packages}
evidence:
  - path: reports/junit.xml
    kind: unit-tests
environments:
  development:
    mandatory: [${gates}]
`;
}

async function ok(cwd: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gate(["policy", ...args], { cwd });
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Packages of the project's gate, made once by the commands that these tests are about. */
let plain: Uint8Array;
let signed: Uint8Array;
beforeAll(async () => {
  const cwd = project("", "few", mkdtempSync(join(tmpdir(), "gate-test-")));
  await ok(cwd, "build", "policies", "-o", "plain.tar.gz", "--revision", "r1");
  await ok(cwd, "sign", "plain.tar.gz", "--key", "key.pem", "--key-id", "team", "-o", "pack.tar.gz");
  plain = readFileSync(join(cwd, "plain.tar.gz"));
  signed = readFileSync(join(cwd, "pack.tar.gz"));
  rmSync(cwd, { recursive: true });
});

/** A project with `plain.tar.gz` and `pack.tar.gz`, which is signed. */
function packaged(packages: string, gates = "few"): string {
  const cwd = project(packages, gates);
  writeFiles(cwd, { "plain.tar.gz": plain, "pack.tar.gz": signed });
  return cwd;
}

function check(cwd: string): Promise<CliResult> {
  return gate(["check", "--env", "development", "--format", "json", "--no-audit"], { cwd });
}

describe("gate policy build", () => {
  it("prints the digest of what it wrote, without tests unless they are asked for", async () => {
    const cwd = project();
    const { code, stdout, stderr } = await gate(["policy", "build", "policies", "-o", "out/pack.tar.gz"], { cwd });
    const bytes = readFileSync(join(cwd, "out/pack.tar.gz"));
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${sha256(bytes)}  out/pack.tar.gz\n` });
    expect(stderr).toBe("1 gate, 2 files: few\n");
    const names = entriesOf(bytes).map(({ name }) => name);
    expect(names).toEqual([".manifest", "data.json", "few/examples.yaml", "few/few.rego"]);
    await ok(cwd, "build", "policies", "--tests", "-o", "tested.tar.gz");
    const tested = entriesOf(readFileSync(join(cwd, "tested.tar.gz")));
    expect(tested.map(({ name }) => name)).toContain("few/few_test.rego");
  });

  it("takes the folders of gate.yaml, and libraries that ship with gate", async () => {
    const cwd = project();
    writeFiles(cwd, {
      "gate.yaml": "version: 1\npolicy:\n  paths: [policies]\nenvironments:\n  development:\n    mandatory: [few]\n",
      "policies/few/few.rego": gateSource(
        "few",
        `import data.lib.ratio\n\n${DENY_FAILED}\n\ndeny contains "half" if ratio.percent(1, 2) < 50\n`,
      ),
    });
    const { stderr } = await gate(["policy", "build", "-o", "pack.tar.gz"], { cwd });
    expect(stderr).toBe("1 gate, 2 files: few\n");
    await ok(cwd, "build", "policies", "--builtin", "-o", "same.tar.gz");
    expect(readFileSync(join(cwd, "same.tar.gz"))).toEqual(readFileSync(join(cwd, "pack.tar.gz")));
    const alone = await gate(["policy", "build", "policies", "-o", "alone.tar.gz"], { cwd });
    expect(alone).toMatchObject({ code: 2, stderr: expect.stringContaining("data.lib.ratio.percent") });
  });

  it.each([
    {
      name: "Rego with an error",
      files: { "policies/few/few.rego": "package gates.few\n\ndeny := input.x" },
      says: /METADATA/,
    },
    { name: "no gate", files: { "policies/few/few.rego": "package lib.few\n\none := 1\n" }, says: /defines a gate/ },
    { name: "examples that are none", files: { "policies/few/examples.yaml": "cases: 1" }, says: /examples\.yaml/ },
  ])("refuses $name", async ({ files, says }) => {
    const cwd = project();
    writeFiles(cwd, files);
    const { code, stderr } = await gate(["policy", "build", "policies", "-o", "pack.tar.gz"], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(says) });
  });

  it("refuses two folders with the same file", async () => {
    const cwd = project();
    writeFiles(cwd, { "more/few/few.rego": gateSource("more", DENY_FAILED) });
    const { code, stderr } = await gate(["policy", "build", "policies", "more", "-o", "pack.tar.gz"], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("few/few.rego: is in more than one") });
  });
});

describe("gate policy sign and verify", () => {
  it("say who signed, and exit 0, 1 or 2", async () => {
    const cwd = packaged("");
    const digest = sha256(signed);
    const good = await gate(["policy", "verify", "pack.tar.gz", "--key", "key.pub"], { cwd });
    expect(good).toMatchObject({ code: 0, stdout: `pack.tar.gz ${digest}: verified (ES256, key id team)\n` });
    const wrong = await gate(["policy", "verify", "pack.tar.gz", "--key", "other.pub"], { cwd });
    expect(wrong).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("NOT verified: failed to verify JWT signature"),
    });
    const unsigned = await gate(["policy", "verify", "plain.tar.gz", "--key", "key.pub"], { cwd });
    expect(unsigned).toMatchObject({ code: 2, stderr: expect.stringContaining("is not signed") });
    const keyless = await gate(["policy", "verify", "pack.tar.gz"], { cwd });
    expect(keyless).toMatchObject({ code: 2, stderr: expect.stringContaining("no key was given [usage]") });
    const missing = await gate(["policy", "verify", "nothing.tar.gz", "--key", "key.pub"], { cwd });
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("[package-not-found]") });
  });

  it("take a key from a variable, which no other process sees", async () => {
    const cwd = packaged("");
    const secret = "s".repeat(32);
    const env = { GATE_POLICY_KEY: secret };
    const signing = await gate(["policy", "sign", "plain.tar.gz", "--alg", "HS256", "-o", "pack.tar.gz"], { cwd, env });
    expect(signing.code).toBe(0);
    const verifying = await gate(["policy", "verify", "pack.tar.gz", "--alg", "HS256"], { cwd, env });
    expect(verifying).toMatchObject({ code: 0, stdout: expect.stringContaining("verified (HS256, key id default)") });
    expect(signing.stdout + signing.stderr + verifying.stdout).not.toContain(secret);
  });
});

describe("gate check with a package", () => {
  it("decides with its gates and names it with its digest", async () => {
    const cwd = packaged("");
    const digest = sha256(signed);
    writeFileSync(
      join(cwd, "gate.yaml"),
      config(`    - path: pack.tar.gz\n      digest: ${digest}\n      key: key.pub`),
    );
    rmSync(join(cwd, "policies"), { recursive: true });
    const { code, stdout } = await check(cwd);
    const decision = JSON.parse(stdout) as Decision;
    expect(code).toBe(1);
    expect(decision.gates.map(({ id, result }) => `${id} ${result}`)).toEqual(["few fail"]);
    expect(decision.policy).toMatchObject({ gates: 1, source: `pack.tar.gz@${digest}` });
    const again = await check(cwd);
    expect(again.code).toBe(1);
  });

  it("lists its gates", async () => {
    const cwd = packaged("");
    const digest = sha256(signed);
    writeFileSync(join(cwd, "gate.yaml"), config(`    - path: pack.tar.gz\n      digest: ${digest}`));
    expect(await ok(cwd, "list")).toContain("few: few");
  });

  const entry = "    - path: pack.tar.gz";
  it.each<{
    name: string;
    packages: string;
    spoil?: (cwd: string) => void;
    says: string;
  }>([
    {
      name: "of another digest",
      packages: `${entry}\n      digest: sha256:${"0".repeat(64)}`,
      says: "and the file's is",
    },
    { name: "signed by somebody else", packages: `${entry}\n      key: other.pub`, says: "does not verify" },
    {
      name: "that is not signed",
      packages: "    - path: plain.tar.gz\n      key: key.pub",
      says: "the package is not signed",
    },
    { name: "that is signed by nobody knows whom", packages: entry, says: "no key says by whom" },
    { name: "that is not there", packages: "    - path: gone.tar.gz", says: "does not exist [package-not-found]" },
    { name: "whose key is not there", packages: `${entry}\n      key: gone.pub`, says: "[key-invalid]" },
    { name: "whose key is private", packages: `${entry}\n      key: key.pem`, says: "is a private key" },
    {
      name: "with a gate that was changed",
      packages: `${entry}\n      key: key.pub`,
      spoil: (cwd) => replaceIn(cwd, "few/few.rego", '"failed"', '"never"'),
      says: "few/few.rego: digest mismatch",
    },
    {
      name: "with a canary that was changed",
      packages: `${entry}\n      key: key.pub`,
      spoil: (cwd) => replaceIn(cwd, "few/examples.yaml", "failed", "passed"),
      says: "few/examples.yaml: digest mismatch",
    },
    {
      name: "without its signature",
      packages: `${entry}\n      key: key.pub`,
      spoil: (cwd) => {
        const entries = entriesOf(readFileSync(join(cwd, "pack.tar.gz")));
        writeFileSync(join(cwd, "pack.tar.gz"), archive(entries.filter(({ name }) => name !== ".signatures.json")));
      },
      says: "the package is not signed",
    },
  ])("refuses one $name", async ({ packages, spoil, says }) => {
    const cwd = packaged(packages);
    spoil?.(cwd);
    const { code, stdout, stderr } = await check(cwd);
    expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: "", stderr: expect.stringContaining(says) });
  });

  it("does not take what it has read before for what is there now", async () => {
    const cwd = packaged("    - path: pack.tar.gz\n      key: key.pub");
    expect((await check(cwd)).code).toBe(1);
    writeFileSync(join(cwd, "key.pub"), KEYS["other.pub"]);
    expect(await check(cwd)).toMatchObject({ code: 2, stderr: expect.stringContaining("does not verify") });
  });
});

describe("a package beside other policies", () => {
  it.each([
    {
      name: "add rules to a library of theirs",
      files: { "few.rego": gateSource("few", DENY_FAILED), "lib.rego": "package lib.ratio\n\nmore := 1\n" },
      says: /adds to data\.lib\.ratio, which is defined in builtin\/lib\/ratio\.rego/,
    },
    {
      name: "define something inside one of their gates",
      files: { "few.rego": gateSource("few", DENY_FAILED), "in.rego": "package lib.ratio.inside\n\nmore := 1\n" },
      says: /adds to data\.lib\.ratio/,
    },
    {
      name: "bring a canary for a gate of theirs",
      files: { "few.rego": gateSource("few", DENY_FAILED), "examples.yaml": `gate: secrets\n${CANARY}` },
      says: /pack\.tar\.gz\/examples\.yaml: the gate "secrets" is defined elsewhere/,
    },
    {
      name: "define a gate of the same name",
      files: { "few.rego": gateSource("secrets", DENY_FAILED) },
      says: /the gate id "secrets" is already used/,
    },
  ])("cannot $name", async ({ files, says }) => {
    const cwd = project();
    const packed = archive(Object.entries(files).map(([name, content]) => ({ name, content })));
    writeFileSync(join(cwd, "pack.tar.gz"), packed);
    writeFileSync(
      join(cwd, "gate.yaml"),
      config("    - path: pack.tar.gz", "secrets").replace("  builtin: false\n", ""),
    );
    const { code, stderr } = await check(cwd);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(says) });
  });

  it("is used together with them", async () => {
    const cwd = packaged("");
    const both = config("    - path: pack.tar.gz\n      key: key.pub", "few, tests").replace("  builtin: false\n", "");
    writeFileSync(join(cwd, "gate.yaml"), both);
    const decision = JSON.parse((await check(cwd)).stdout) as Decision;
    expect(decision.gates.map(({ id }) => id)).toEqual(["few", "tests"]);
    expect(decision.policy.source).toMatch(/^builtin, pack\.tar\.gz@sha256:/);
  });
});

describe("gate.lock", () => {
  const PACKAGE = "    - path: pack.tar.gz\n      key: key.pub";

  it("says what was taken, without a time, and a check agrees with it", async () => {
    const cwd = packaged(PACKAGE);
    const digest = sha256(signed);
    await ok(cwd, "pull");
    const text = readFileSync(join(cwd, "gate.lock"), "utf8");
    const key = sha256(pair.publicKey.export({ type: "spki", format: "der" }));
    const signer = { keyId: "team", key };
    expect(JSON.parse(text)).toEqual({
      version: 1,
      packages: [{ source: "path:pack.tar.gz", digest, package: digest, signer }],
    });
    await ok(cwd, "pull");
    expect(readFileSync(join(cwd, "gate.lock"), "utf8")).toBe(text);
    expect((await check(cwd)).code).toBe(1);
  });

  it.each<{ name: string; change: (cwd: string) => void | Promise<unknown>; says: RegExp }>([
    {
      name: "another package",
      change: (cwd) => ok(cwd, "sign", "plain.tar.gz", "--key", "key.pem", "-o", "pack.tar.gz"),
      says: /has the digest sha256:\w+ in gate\.lock, and the file's is/,
    },
    {
      name: "another signer",
      change: (cwd) => {
        const lock = readFileSync(join(cwd, "gate.lock"), "utf8");
        writeFileSync(join(cwd, "gate.lock"), lock.replace('"team"', '"them"'));
      },
      says: /was locked with another signer/,
    },
    {
      name: "no key any more",
      change: async (cwd) => {
        const digest = sha256(readFileSync(join(cwd, "pack.tar.gz")));
        writeFileSync(join(cwd, "gate.yaml"), config(`    - path: pack.tar.gz\n      digest: ${digest}`));
      },
      says: /was locked with another signer/,
    },
    {
      name: "a package that it does not have",
      change: (cwd) => writeFileSync(join(cwd, "gate.yaml"), config(`${PACKAGE}\n    - path: plain.tar.gz`)),
      says: /plain\.tar\.gz \(gate\.yaml:7\) is not in gate\.lock/,
    },
    {
      name: "damage",
      change: (cwd) => writeFileSync(join(cwd, "gate.lock"), "{}"),
      says: /gate\.lock is not a lock file/,
    },
  ])("stops a check after $name", async ({ change, says }) => {
    const cwd = packaged(PACKAGE);
    await ok(cwd, "pull");
    await change(cwd);
    const { code, stderr } = await check(cwd);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(says) });
    expect(stderr).toContain("gate policy pull");
  });

  it("is not written for a package whose signature is wrong", async () => {
    const cwd = packaged("    - path: pack.tar.gz\n      key: other.pub");
    const { code } = await gate(["policy", "pull"], { cwd });
    expect(code).toBe(2);
    expect(() => readFileSync(join(cwd, "gate.lock"))).toThrow(/ENOENT/);
  });
});

it("counts what decides about a package as policy of the checkout", async () => {
  const origin = packaged("    - path: pack.tar.gz\n      key: key.pub");
  const digest = sha256(signed);
  git(origin, "init", "--initial-branch", "main");
  git(origin, "add", ".");
  git(origin, "commit", "--message", "first");
  const cwd = join(temporaryFolder(), "clone");
  git(origin, "clone", origin, cwd);
  const codes = async (): Promise<readonly string[]> => {
    const decision = JSON.parse((await check(cwd)).stdout) as Decision;
    return decision.integrity.reasons.map(({ code, message }) => `${code}: ${message}`);
  };
  writeFileSync(join(cwd, "key.pub"), `${KEYS["key.pub"]}\n`);
  expect(await codes()).toContainEqual(expect.stringMatching(/^policy-untrusted: .*key\.pub is not committed/));
  writeFileSync(join(cwd, "gate.yaml"), config(`    - path: pack.tar.gz\n      digest: ${digest}\n      key: key.pub`));
  expect((await codes()).filter((reason) => reason.startsWith("policy-untrusted"))).toEqual([]);
});

function replaceIn(cwd: string, changed: string, from: string, to: string): void {
  const entries = entriesOf(readFileSync(join(cwd, "pack.tar.gz")));
  const replaced = entries.map(({ name, content }) => ({
    name,
    content: name === changed ? content.replace(from, to) : content,
  }));
  writeFileSync(join(cwd, "pack.tar.gz"), archive(replaced));
}
