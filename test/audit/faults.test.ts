import { existsSync } from "node:fs";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { examine, lookAtLog, lookAtPlain, record } from "./faults/cut-report.ts";
import { injectFaults, SCENARIOS } from "./faults/injection.ts";
import { bundle, whyNoStrace } from "./faults/strace.ts";
import { temporaryDirectory } from "./fixtures.ts";

/**
 * The store under faults of the machine. This is the short form, for every run of the tests; `npm run test:faults` is the
 * long one, with what each found.
 */

/** For a machine that is busy with other tests. */
const TIMEOUT = 600_000;

const missing = whyNoStrace();
if (missing !== undefined) process.stderr.write(`The fault tests are left out: ${missing}\n`);

let writer = "";
let plainWriter = "";

beforeAll(async () => {
  if (missing !== undefined) return;
  [writer, plainWriter] = await Promise.all([bundle("writer.ts"), bundle("faults/plain-writer.ts")]);
});

/** In memory where that is possible: a flush is counted here, and waits for no disk. */
function newFolder(): string {
  const directory = temporaryDirectory(existsSync("/dev/shm") ? "/dev/shm" : undefined);
  onTestFinished(() => directory[Symbol.dispose]());
  return directory.path;
}

describe.skipIf(missing !== undefined)("a call that fails, or during which the writer is killed", () => {
  test.each([
    [SCENARIOS.append, ["signal=KILL", "error=EIO", "error=ENOSPC+"]],
    [SCENARIOS.create, ["signal=KILL"]],
    [SCENARIOS.upgrade, ["signal=KILL"]],
  ] as const)(
    "in $name: nothing acknowledged is lost, nothing damaged, nothing twice",
    async (scenario, faults) => {
      const results = await injectFaults(writer, scenario, faults, newFolder());
      expect(results.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
      // At the very least the journal, the pages, and the flushes of both.
      expect(results.length).toBeGreaterThan(20 * faults.length);
      expect(new Set(results.map(({ call }) => call))).toEqual(
        new Set(["pwrite64", "fsync", "unlink", ...(scenario === SCENARIOS.create ? ["link", "mkdir"] : [])]),
      );
      // The commit is the end of the journal: after it the entry is there, whatever the caller could be told.
      expect(results.filter(({ recordedAnyway }) => recordedAnyway).length).toBeGreaterThan(0);
      expect(results.filter(({ fault, acknowledged }) => fault === "signal=KILL" && acknowledged)).toEqual([]);
    },
    TIMEOUT,
  );
});

describe.skipIf(missing !== undefined)("a power cut", () => {
  test(
    "at any moment of the first eight appends loses nothing acknowledged and damages nothing",
    async () => {
      const folder = newFolder();
      const recording = await record(folder, "log/audit.db", (path) => [writer, path, "1", "8"]);
      const acknowledged = recording.operations.filter(({ kind }) => kind === "acknowledge");
      expect(acknowledged).toHaveLength(8);
      const report = await examine(recording, `${folder}/state`, { perMoment: 20, seed: 1 }, lookAtLog);
      expect(report).toMatchObject({ corrupt: 0, losing: 0, mostLost: 0, examples: [] });
      expect(report.states).toBeGreaterThanOrEqual(2000);
    },
    TIMEOUT,
  );

  test(
    "loses rows of a plain database in WAL mode with synchronous=NORMAL: the control",
    async () => {
      const folder = newFolder();
      const recording = await record(folder, "plain.db", (path) => [plainWriter, path, "wal", "normal", "10"]);
      const report = await examine(recording, `${folder}/state`, { perMoment: 8, seed: 1 }, lookAtPlain);
      expect(report.losing).toBeGreaterThan(report.states / 10);
      expect(report.mostLost).toBeGreaterThan(1);
    },
    TIMEOUT,
  );

  test(
    "loses and damages the log itself where no flush counts: the other control",
    async () => {
      const folder = newFolder();
      const recording = await record(folder, "log/audit.db", (path) => [writer, path, "1", "2"]);
      const options = { perMoment: 6, seed: 1, ignoreFlushes: true };
      const report = await examine(recording, `${folder}/state`, options, lookAtLog);
      expect(report.losing).toBeGreaterThan(0);
      expect(report.corrupt).toBeGreaterThan(0);
    },
    TIMEOUT,
  );
});
