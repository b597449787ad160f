import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, expect, onTestFinished } from "vitest";
import { type Installation, locateInstallation } from "../src/installation.ts";
import type { ReplayReport } from "../src/replay/model.ts";

export const ROOT = join(import.meta.dirname, "..");

/** The program as it runs from source. */
export const installation: Installation = locateInstallation(join(ROOT, "src"));

/** Compiled policies of all test runs; keys are digests, so that it can never be stale. */
export const TEST_CACHE = join(ROOT, "node_modules/.cache/gate-test");

/** What the program remembers from one command to the next, for the tests of one file. */
const TEST_STATE = mkdtempSync(join(tmpdir(), "gate-test-state-"));
afterAll(() => rmSync(TEST_STATE, { recursive: true, force: true }));

/** The folders of the test that runs. */
const folders: string[] = [];

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "gate-test-"));
  folders.push(folder);
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
      env: {
        PATH: process.env["PATH"],
        HOME: options.cwd,
        GATE_CACHE_DIR: TEST_CACHE,
        GATE_STATE_DIR: TEST_STATE,
        ...options.env,
      },
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

/** Makes every decision of a log again; the exit code says the same as the report. */
export async function replayAll(cwd: string, ...args: readonly string[]): Promise<ReplayReport> {
  const { code, stdout, stderr } = await gate(["replay", "--all", "--json", ...args], { cwd });
  expect(stderr).toBe("");
  const report = JSON.parse(stdout) as ReplayReport;
  const results = new Set(report.decisions.map(({ result }) => result));
  expect(code).toBe(results.has("different") ? 1 : results.has("cannot-be-replayed") ? 2 : 0);
  return report;
}

/**
 * After each test of a file: every decision that it recorded in a temporary folder comes out the same, byte for byte, when
 * it is made again. One without its evidence has to be such by intention.
 */
export function replayEveryDecision(): void {
  afterEach(async () => {
    for (const cwd of folders.splice(0)) {
      const store = join(cwd, ".gate/audit.db");
      if (!existsSync(store)) continue;
      for (const { id, result, differences, reason } of (await replayAll(cwd, "--store", store)).decisions) {
        expect({ id, result: reason ?? result, differences }).toEqual({
          id,
          result: expect.stringMatching(/^identical$|^its evidence is not stored/),
          differences: [],
        });
      }
    }
  });
}
