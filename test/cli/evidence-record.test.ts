import { createHash } from "node:crypto";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readAs } from "../ingest/support.ts";
import { gate, git, ROOT, temporaryFolder, writeFiles } from "../support.ts";

const COMMIT = "b".repeat(40);

function written(cwd: string, name: string): Buffer {
  return readFileSync(join(cwd, name));
}

/** A folder with a program of that name that prints a file, or ends with a code. */
function folderWith(program: string, script: string): string {
  const cwd = temporaryFolder();
  writeFiles(cwd, { [program]: `#!/bin/sh\n${script}\n` });
  chmodSync(join(cwd, program), 0o755);
  return cwd;
}

describe("gate evidence record build", () => {
  it("writes evidence that is read back", async () => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { "shop.tgz": "made" });
    const flags = ["--started", "2026-03-01T10:00:00+01:00", "--finished", "2026-03-01T09:01:00Z", "--warnings", "2"];
    const artifacts = ["--artifact", "shop.tgz", "--artifact", `image@sha256:${"A".repeat(64)}`];
    const commit = ["--commit", COMMIT, "--repository", "acme/shop"];
    const args = ["evidence", "record", "build", "--name", "make", "--exit-code", "0", "-o", "build.json"];
    expect(await gate([...args, ...flags, ...artifacts, ...commit], { cwd })).toMatchObject({ code: 0, stdout: "" });
    const digest = createHash("sha256").update("made").digest("hex");
    const expected = [
      { name: "shop.tgz", digests: [`sha256:${digest}`] },
      { name: "image", digests: [`sha256:${"a".repeat(64)}`] },
    ];
    const document = readAs("build", written(cwd, "build.json"), "build.json");
    expect(document).toMatchObject({
      status: "complete",
      startedAt: "2026-03-01T09:00:00.000Z",
      producedAt: "2026-03-01T09:01:00.000Z",
      subject: { repository: "acme/shop", commit: COMMIT, artifacts: expected },
      summary: { builds: 1, succeeded: 1, failed: 0, artifacts: 2 },
    });
    expect(document.body.builds).toEqual([
      {
        name: "make",
        outcome: "success",
        exitCode: 0,
        startedAt: "2026-03-01T09:00:00.000Z",
        finishedAt: "2026-03-01T09:01:00.000Z",
        durationMs: 60_000,
        artifacts: expected,
        warnings: 2,
        commit: COMMIT,
      },
    ]);
  });

  it("prints it where no file is named, and calls any other code a failure", async () => {
    const args = ["evidence", "record", "build", "--name", "make", "--exit-code", "2", "--commit", COMMIT];
    const { stdout } = await gate(args, { cwd: temporaryFolder() });
    expect(readAs("build", stdout, "x.json")).toMatchObject({
      summary: { succeeded: 0, failed: 1 },
      body: { builds: [{ outcome: "failure", exitCode: 2 }] },
    });
  });

  it.each([
    ["no code", ["--exit-code", "x"], /"x" is no exit code/],
    ["an artifact that is not there", ["--exit-code", "0", "--artifact", "none"], /the artifact none cannot be read/],
    ["a time without an offset", ["--exit-code", "0", "--started", "2026-03-01T10:00:00"], /--started must be a time/],
    ["no count", ["--exit-code", "0", "--warnings", "-1"], /--warnings must be a whole number/],
  ])("refuses %s", async (_, flags, message) => {
    const args = ["evidence", "record", "build", "--name", "make", "--commit", COMMIT, "-o", "build.json"];
    const cwd = temporaryFolder();
    const { code, stderr } = await gate([...args, ...flags], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(join(cwd, "build.json"))).toBe(false);
  });

  it("asks for the commit where nothing says it", async () => {
    const args = ["evidence", "record", "build", "--name", "make", "--exit-code", "0"];
    const { code, stderr } = await gate(args, { cwd: temporaryFolder() });
    expect([code, stderr]).toEqual([2, expect.stringContaining("the commit is not known")]);
  });
});

describe("gate evidence record deployment", () => {
  const ARGS = ["evidence", "record", "deployment", "-e", "production", "--actor", "zoe", "--reason", "release 2.1"];

  it("says who, what, when and why", async () => {
    const what = ["--service", "shop", "--release", "2.1.0", "--commit", COMMIT, "--artifact", `sha256:${COMMIT}`];
    const when = ["--started", "2026-03-01T10:00:00Z", "--finished", "2026-03-01T10:05:00Z"];
    const more = ["--outcome", "success", "--ref", "v2.1.0", "--id", "7", "--rollback"];
    const { stdout } = await gate([...ARGS, ...what, ...when, ...more], { cwd: temporaryFolder() });
    const document = readAs("deployment", stdout, "x.json");
    expect(document).toMatchObject({ status: "complete", summary: { deployments: 1, success: 1, rollbacks: 1 } });
    expect(document.body.deployments).toEqual([
      {
        id: "7",
        service: "shop",
        environment: "production",
        commit: COMMIT,
        ref: "v2.1.0",
        version: "2.1.0",
        artifact: `sha256:${COMMIT}`,
        actor: "zoe",
        reason: "release 2.1",
        startedAt: "2026-03-01T10:00:00.000Z",
        finishedAt: "2026-03-01T10:05:00.000Z",
        outcome: "success",
        rollback: true,
      },
    ]);
  });

  it("has no end where it has not ended", async () => {
    const { stdout } = await gate([...ARGS, "--outcome", "in-progress", "--release", "2"], { cwd: temporaryFolder() });
    const [deployment] = readAs("deployment", stdout, "x.json").body.deployments;
    expect(deployment).toMatchObject({ outcome: "in-progress", id: `production ${deployment?.startedAt}` });
    expect(deployment).not.toHaveProperty("finishedAt");
  });

  it.each([
    ["nothing that was deployed", ["--outcome", "success"], /it is not said what was deployed/],
    ["an outcome that is none", ["--outcome", "fine", "--release", "2"], /Allowed choices are success/],
    ["a commit that is none", ["--outcome", "success", "--commit", "main"], /--commit must be a commit id/],
    ["nobody", ["--outcome", "success", "--release", "2", "--actor", ""], /It is empty/],
  ])("refuses %s", async (_, flags, message) => {
    const { code, stderr } = await gate([...ARGS, ...flags], { cwd: temporaryFolder() });
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});

function run(cwd: string, ...args: readonly string[]) {
  return gate(["evidence", "run", "-o", "out.json", "--commit", COMMIT, ...args], { cwd });
}

describe("gate evidence run", () => {
  it("runs a build, lets it print, and records what it made", async () => {
    const cwd = folderWith("build", "echo building; echo made > made.txt");
    const { code, stdout } = await run(cwd, "--artifact", "made.txt", "--", "./build", "release", "--token=secret");
    expect([code, stdout]).toEqual([0, "building\n"]);
    const document = readAs("build", written(cwd, "out.json"), "out.json");
    const digest = `sha256:${createHash("sha256").update("made\n").digest("hex")}`;
    expect(document.body.builds).toMatchObject([
      {
        name: "./build release",
        outcome: "success",
        exitCode: 0,
        artifacts: [{ name: "made.txt", digests: [digest] }],
      },
    ]);
    expect(document.body.builds[0]?.durationMs).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(document)).not.toContain("secret");
  });

  it("ends with the code of the build, and takes an artifact of an earlier one for none", async () => {
    const cwd = folderWith("build", "exit 3");
    writeFiles(cwd, { "made.txt": "old" });
    expect(await run(cwd, "--artifact", "made.txt", "--", "./build")).toMatchObject({ code: 3 });
    expect(readAs("build", written(cwd, "out.json"), "out.json").body.builds).toMatchObject([
      { outcome: "failure", exitCode: 3, artifacts: [] },
    ]);
  });

  it("says as shells do that a signal ended the build", async () => {
    const cwd = folderWith("build", "kill -TERM $$");
    expect(await run(cwd, "--", "./build")).toMatchObject({ code: 143 });
    expect(readAs("build", written(cwd, "out.json"), "out.json").summary.failed).toBe(1);
  });

  it.each([
    ["that cannot be started", ["--", "./none"], /\.\/none cannot be started/],
    ["that does not make what it should", ["--artifact", "none", "--", "true"], /the artifact none cannot be read/],
  ])("leaves no evidence of an earlier run for a command %s", async (_, args, message) => {
    const cwd = temporaryFolder();
    writeFiles(cwd, { "out.json": "{}" });
    const { code, stderr } = await run(cwd, ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(existsSync(join(cwd, "out.json"))).toBe(false);
  });

  it("takes the commit from git", async () => {
    const cwd = folderWith("build", "true");
    git(cwd, "init", "-q");
    git(cwd, "commit", "-q", "--allow-empty", "-m", "first");
    await gate(["evidence", "run", "-o", "out.json", "--", "./build"], { cwd });
    const { subject } = readAs("build", written(cwd, "out.json"), "out.json");
    expect(subject.commit).toBe(git(cwd, "rev-parse", "HEAD").trim());
  });
});

function verify(cwd: string, ...command: readonly string[]) {
  return gate(["evidence", "run", "--kind", "attestation", "-o", "out.json", "--commit", COMMIT, "--", ...command], {
    cwd,
  });
}

describe("gate evidence run --kind attestation", () => {
  const signature = join(ROOT, "test/fixtures/ingest/cosign-verify.json");

  it("says that what a verifier prints was verified", async () => {
    const cwd = folderWith("cosign", `cat ${signature}`);
    expect(await verify(cwd, "./cosign", "verify", "shop")).toMatchObject({ code: 0, stdout: "" });
    const document = readAs("attestation", written(cwd, "out.json"), "out.json");
    expect(document).toMatchObject({
      status: "complete",
      subject: { commit: COMMIT },
      summary: { statements: 1, verified: 1 },
      body: { statements: [{ verified: "verified" }] },
    });
  });

  it("says nothing where the verifier fails, whatever it prints", async () => {
    const cwd = folderWith("cosign", `cat ${signature}; exit 1`);
    writeFiles(cwd, { "out.json": "{}" });
    const { code, stderr } = await verify(cwd, "./cosign", "verify", "shop");
    expect([code, stderr]).toEqual([1, expect.stringContaining("nothing is verified")]);
    expect(existsSync(join(cwd, "out.json"))).toBe(false);
  });

  it.each([
    ["downloads", ["./cosign", "download", "verify"], /"\.\/cosign download verify" is not known to verify/],
    ["is another program", ["cat", "verify"], /is not known to verify/],
    ["names a verifier as an argument", ["sh", "cosign", "verify"], /is not known to verify/],
  ])("refuses a command that %s", async (_, command, message) => {
    const { code, stderr } = await verify(folderWith("cosign", "true"), ...command);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it.each([
    ["nothing", "true"],
    ["an empty list", "echo []"],
    ["words", "echo Verified OK"],
  ])("refuses a verifier that prints %s", async (_, script) => {
    const cwd = folderWith("cosign", script);
    const { code, stderr } = await verify(cwd, "./cosign", "verify", "shop");
    expect([code, stderr]).toEqual([2, expect.stringContaining("it printed no attestations")]);
    expect(existsSync(join(cwd, "out.json"))).toBe(false);
  });
});
