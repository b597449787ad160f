import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type Installation, locateInstallation } from "../src/installation.ts";

export const ROOT = join(import.meta.dirname, "..");

/** The program as it runs from source. */
export const installation: Installation = locateInstallation(join(ROOT, "src"));

/** Compiled policies of all test runs; keys are digests, so that it can never be stale. */
export const TEST_CACHE = join(ROOT, "node_modules/.cache/gate-test");

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "gate-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A copy of the bundled example, which is no git checkout. */
export function exampleProject(): string {
  const folder = temporaryFolder();
  cpSync(join(ROOT, "examples/service"), folder, {
    recursive: true,
    filter: (path) => !path.includes("node_modules") && !path.endsWith(".gate"),
  });
  return folder;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
}

/** Runs the built program as a user would. */
export function gate(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const { promise, resolve } = Promise.withResolvers<CliResult>();
  const child = execFile(
    process.execPath,
    [join(ROOT, "bin/gate.js"), ...args],
    {
      cwd: options.cwd,
      encoding: "utf8",
      maxBuffer: 256 << 20,
      env: { PATH: process.env["PATH"], HOME: options.cwd, GATE_CACHE_DIR: TEST_CACHE, ...options.env },
    },
    (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
  );
  child.stdin?.end(options.stdin);
  return promise;
}

/** Runs git with an identity and without the machine's configuration. */
export function git(cwd: string, ...args: readonly string[]): string {
  return execFileSync(
    "git",
    ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false", ...args],
    {
      cwd,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: cwd, GIT_CONFIG_NOSYSTEM: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
}
