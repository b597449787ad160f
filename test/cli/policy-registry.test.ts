import { execFileSync, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Decision } from "../../src/decision/types.ts";
import { sha256 } from "../../src/evidence/canonical.ts";
import { archive, entriesOf } from "../policy/archive.ts";
import { CANARY, DENY_FAILED, gateSource } from "../policy/compile.ts";
import { type CliResult, gate, temporaryFolder, writeFiles } from "../support.ts";

/**
 * The other tools that read and write policy packages: `opa`, `conftest`, and the registry of the distribution project.
 * `.ci/run` builds them; elsewhere they are where these variables say, and their tests are skipped without.
 */
const OPA = env["GATE_TEST_OPA"] ?? "";
const CONFTEST = env["GATE_TEST_CONFTEST"] ?? "";
const REGISTRY = env["GATE_TEST_REGISTRY"] ?? "";

const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const PRIVATE = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const PUBLIC = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
const EVIDENCE = { evidence: { tests: [{ id: "e", cases: [{ item: 0, status: "failed" }] }] } };

const FILES = {
  "key.pem": PRIVATE,
  "key.pub": PUBLIC,
  "input.json": JSON.stringify(EVIDENCE),
  "policies/few/few.rego": gateSource("few", DENY_FAILED),
  "policies/few/examples.yaml": `gate: few\n${CANARY}`,
  "reports/junit.xml":
    '<testsuite name="s" tests="1" failures="1"><testcase name="t"><failure/></testcase></testsuite>',
};

function project(): string {
  const folder = temporaryFolder();
  writeFiles(folder, FILES);
  return folder;
}

async function ok(cwd: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gate(["policy", ...args], { cwd });
  expect(code, stderr).toBe(0);
  return stdout;
}

async function signedPackage(cwd: string): Promise<string> {
  await ok(cwd, "build", "policies", "-o", "plain.tar.gz");
  const printed = await ok(cwd, "sign", "plain.tar.gz", "--key", "key.pem", "--key-id", "team", "-o", "pack.tar.gz");
  return printed.split(" ")[0] ?? "";
}

interface ToolResult {
  readonly status: number;
  readonly output: string;
}

function run(program: string, args: readonly string[], cwd: string): ToolResult {
  try {
    const output = execFileSync(program, args, { cwd, encoding: "utf8", env: { HOME: cwd }, stdio: "pipe" });
    return { status: 0, output };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { status, output: `${stdout}${stderr}` };
  }
}

function opa(cwd: string, ...args: readonly string[]): ToolResult {
  return run(OPA, args, cwd);
}

describe.skipIf(OPA === "")("opa (GATE_TEST_OPA)", () => {
  const VERIFY = ["--verification-key", "key.pub", "--signing-alg", "ES256"];

  it("evaluates a package of ours, and verifies its signature", async () => {
    const cwd = project();
    await signedPackage(cwd);
    const evaluated = opa(
      cwd,
      "eval",
      "-b",
      "plain.tar.gz",
      "-i",
      "input.json",
      "-f",
      "raw",
      "count(data.gates.few.deny)",
    );
    expect(evaluated).toEqual({ status: 0, output: "1\n" });
    expect(opa(cwd, "build", "--bundle", "pack.tar.gz", ...VERIFY, "-o", "out.tar.gz")).toMatchObject({ status: 0 });
    expect(opa(cwd, "inspect", "pack.tar.gz")).toMatchObject({
      status: 0,
      output: expect.stringContaining("gates/few"),
    });
  });

  it.each(["few/few.rego", "few/examples.yaml", ".manifest"])("does not accept another %s in it", async (changed) => {
    const cwd = project();
    await signedPackage(cwd);
    const entries = entriesOf(readFileSync(join(cwd, "pack.tar.gz"))).map(({ name, content }) => ({
      name,
      content: name === changed ? content.replace("few", "new") : content,
    }));
    writeFileSync(join(cwd, "pack.tar.gz"), archive(entries));
    const built = opa(cwd, "build", "--bundle", "pack.tar.gz", ...VERIFY, "-o", "out.tar.gz");
    expect(built).toMatchObject({ status: 1, output: expect.stringContaining(`${changed}: digest mismatch`) });
    expect((await gate(["policy", "verify", "pack.tar.gz", "--key", "key.pub"], { cwd })).code).toBe(1);
  });

  it("builds and signs packages that we accept", async () => {
    const cwd = project();
    const sign = ["--signing-key", "key.pem", "--signing-alg", "ES256"];
    expect(opa(cwd, "build", "--bundle", "policies", ...sign, "-o", "theirs.tar.gz")).toMatchObject({ status: 0 });
    expect(await ok(cwd, "verify", "theirs.tar.gz", "--key", "key.pub")).toContain("verified (ES256, key id default)");
  });

  it("signs folders that we accept as packages, examples included", async () => {
    const cwd = project();
    const signed = run(
      OPA,
      ["sign", "--bundle", ".", "--signing-key", "../key.pem", "--signing-alg", "ES256"],
      join(cwd, "policies"),
    );
    expect(signed).toMatchObject({ status: 0 });
    run("tar", ["--create", "--gzip", "--file", "theirs.tar.gz", "--directory", "policies", "."], cwd);
    expect(await ok(cwd, "verify", "theirs.tar.gz", "--key", "key.pub")).toContain("verified (ES256)");
    writeFiles(cwd, { "gate.yaml": config("path: theirs.tar.gz", "key: key.pub") });
    expect(await check(cwd)).toMatchObject({ code: 1 });
    writeFiles(cwd, { "policies/few/examples.yaml": `gate: few\n# changed\n${CANARY}` });
    run("tar", ["--create", "--gzip", "--file", "theirs.tar.gz", "--directory", "policies", "."], cwd);
    expect(await check(cwd)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("examples.yaml: digest mismatch"),
    });
  });
});

function config(...lines: readonly string[]): string {
  return `version: 1
policy:
  builtin: false
  packages:
    - ${lines.join("\n      ")}
evidence:
  - path: reports/junit.xml
    kind: unit-tests
environments:
  development:
    mandatory: [few]
`;
}

function check(cwd: string): Promise<CliResult> {
  return gate(["check", "--env", "development", "--format", "json", "--no-audit"], { cwd });
}

describe.skipIf(REGISTRY === "")("a registry (GATE_TEST_REGISTRY)", () => {
  let host = "";
  let stop: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), "gate-registry-"));
    host = `127.0.0.1:${await freePort()}`;
    writeFiles(folder, {
      "registry.yml": JSON.stringify({
        version: 0.1,
        log: { level: "error", accesslog: { disabled: true } },
        storage: { filesystem: { rootdirectory: join(folder, "data") } },
        http: { addr: host },
      }),
    });
    const child = spawn(REGISTRY, ["serve", join(folder, "registry.yml")], { env: { HOME: folder }, stdio: "ignore" });
    const ended = once(child, "exit");
    stop = async () => {
      child.kill();
      await ended;
      rmSync(folder, { recursive: true });
    };
    for (let tries = 0; tries < 100 && !(await answers(host)); tries++) await delay(100);
  });
  afterAll(() => stop?.());

  it("keeps a package that is pushed, pulled, pinned, locked and checked", async () => {
    const cwd = project();
    const packed = await signedPackage(cwd);
    const reference = `${host}/team/pack:1.0`;
    const [digest = ""] = (await ok(cwd, "push", reference, "pack.tar.gz")).split(" ");
    expect(await ok(cwd, "push", reference, "pack.tar.gz")).toBe(`${digest}  ${reference}\n`);
    const printed = await ok(cwd, "pull", reference, "-o", "got.tar.gz");
    expect(printed).toBe(`${packed}  got.tar.gz\n${digest}  ${reference}\n`);
    expect(readFileSync(join(cwd, "got.tar.gz"))).toEqual(readFileSync(join(cwd, "pack.tar.gz")));

    writeFiles(cwd, { "gate.yaml": config(`oci: ${reference}`, `digest: ${digest}`, "key: key.pub") });
    expect(await check(cwd)).toMatchObject({ code: 2, stderr: expect.stringContaining("gate policy pull") });
    expect(await ok(cwd, "pull")).toBe(`${digest}  oci:${reference}\n`);
    const { packages } = JSON.parse(readFileSync(join(cwd, "gate.lock"), "utf8")) as { packages: unknown };
    const key = sha256(pair.publicKey.export({ type: "spki", format: "der" }));
    expect(packages).toEqual([{ source: `oci:${reference}`, digest, package: packed, signer: { keyId: "team", key } }]);
    const { code, stdout } = await check(cwd);
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as Decision).policy.source).toBe(`${reference}@${packed}`);

    const pulled = join(cwd, ".gate/packages", `${digest.slice("sha256:".length)}.tar.gz`);
    writeFileSync(pulled, readFileSync(join(cwd, "plain.tar.gz")));
    expect(await check(cwd)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("in gate.lock, and the file's is"),
    });
    await ok(cwd, "pull");
    expect((await check(cwd)).code).toBe(1);
    rmSync(pulled);
    expect(await check(cwd)).toMatchObject({ code: 2, stderr: expect.stringContaining("has not been pulled") });
  });

  it("does not lock what is not signed as it should be", async () => {
    const cwd = project();
    await ok(cwd, "build", "policies", "-o", "plain.tar.gz");
    const reference = `${host}/team/plain:1.0`;
    const [digest = ""] = (await ok(cwd, "push", reference, "plain.tar.gz")).split(" ");
    writeFiles(cwd, { "gate.yaml": config(`oci: ${reference}`, `digest: ${digest}`, "key: key.pub") });
    const { code, stderr } = await gate(["policy", "pull"], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("the package is not signed") });
  });

  it("says what it does not have", async () => {
    const { code, stderr } = await gate(["policy", "pull", `${host}/team/none:1`, "-o", "x.tar.gz"], {
      cwd: project(),
    });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining(`${host}/team/none has no manifests 1 [registry-failed]`),
    });
  });

  it("is not given what is no package", async () => {
    const cwd = project();
    writeFiles(cwd, { "no.tar.gz": archive([{ name: "../a.rego", content: "package a" }]) });
    const { code, stderr } = await gate(["policy", "push", `${host}/team/no:1`, "no.tar.gz"], { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("[package-invalid]") });
  });

  describe.skipIf(OPA === "")("with opa (GATE_TEST_OPA)", () => {
    it("gives opa the package that we pushed, and opa verifies it", async () => {
      const cwd = project();
      await signedPackage(cwd);
      const reference = `${host}/team/opa:1.0`;
      await ok(cwd, "push", reference, "pack.tar.gz");
      const opaConfig = {
        services: { registry: { url: `http://${host}`, type: "oci" } },
        bundles: { gates: { service: "registry", resource: reference, signing: { keyid: "team" } } },
        keys: { team: { algorithm: "ES256", key: PUBLIC } },
      };
      writeFiles(cwd, { "opa.json": JSON.stringify(opaConfig) });
      const args = ["exec", "--config-file", "opa.json", "--decision", "gates/few/applicable", "input.json"];
      const { status, output } = run(OPA, args, cwd);
      expect(status, output).toBe(0);
      expect(JSON.parse(output)).toMatchObject({ result: [{ path: "input.json", result: 1 }] });
    });
  });

  describe.skipIf(CONFTEST === "")("with conftest (GATE_TEST_CONFTEST)", () => {
    it("gives us what conftest pushed", async () => {
      const cwd = project();
      const reference = `${host}/team/conftest:1.0`;
      const pushed = run(CONFTEST, ["push", reference, "--policy", "policies"], cwd);
      expect(pushed.status, pushed.output).toBe(0);
      const printed = await ok(cwd, "pull", reference, "-o", "got.tar.gz");
      const digest = printed.split("\n")[1]?.split(" ")[0] ?? "";
      const names = entriesOf(readFileSync(join(cwd, "got.tar.gz"))).map(({ name }) => name);
      expect(names).toEqual([".manifest", "data.json", "policies/few/examples.yaml", "policies/few/few.rego"]);
      writeFiles(cwd, { "gate.yaml": config(`oci: ${reference}`, `digest: ${digest}`) });
      await ok(cwd, "pull");
      expect((await check(cwd)).code).toBe(1);
    });

    it("gives conftest what we pushed", async () => {
      const cwd = project();
      const digest = await signedPackage(cwd);
      const reference = `${host}/team/ours:1.0`;
      await ok(cwd, "push", reference, "pack.tar.gz");
      const pulled = run(CONFTEST, ["pull", `oci://${reference}`, "--policy", "pulled"], cwd);
      expect(pulled.status, pulled.output).toBe(0);
      expect(sha256(readFileSync(join(cwd, "pulled/policy.tar.gz")))).toBe(digest);
    });
  });
});

/** One that is free now; the registry says nothing of the one it would choose. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function answers(host: string): Promise<boolean> {
  return fetch(`http://${host}/v2/`).then(
    () => true,
    () => false,
  );
}
