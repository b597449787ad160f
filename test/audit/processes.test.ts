import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openAuditStore } from "../../src/audit/open.ts";
import { type FindingCode, verifyStore } from "../../src/audit/verify.ts";
import { collect, sampleId, temporaryDirectory } from "./fixtures.ts";
import { type Attempt, startWriter } from "./writing.ts";

async function readIds(path: string): Promise<readonly string[]> {
  const store = await openAuditStore({ path, mode: "read" });
  const entries = await collect(store.entries({ kind: "decision" }));
  await store.close();
  return entries.map(({ id }) => id);
}

test("eight processes that start a log together and append 50 each lose nothing and leave no gap", async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, "audit.db");
  const writers = Array.from({ length: 8 }, (_, number) => startWriter(path, 1 + number * 50, 50));
  const attempts = (await Promise.all(writers.map((writer) => writer.attempts))).flat();

  const numbers = Array.from({ length: 400 }, (_, number) => number + 1);
  expect(attempts.map(({ index }) => index ?? Number.NaN).toSorted((a, b) => a - b)).toEqual(numbers);
  expect((await readIds(path)).toSorted()).toEqual(numbers.map(sampleId));
  expect(await verifyStore(path)).toMatchObject({ verdict: "good", entries: 401, findings: [] });
  expect(readdirSync(directory.path)).toEqual(["audit.db"]);
});

test("a writer killed at any moment loses no decision that was acknowledged, and leaves a log that verifies", async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, "audit.db");
  const attempts: Attempt[] = [];
  const lost: Attempt[] = [];
  const findings = new Set<FindingCode>();
  for (let round = 0; round < 25; round++) {
    const writer = startWriter(path, 1 + round * 1000, 1000);
    // Some at any time from before the log exists, most in the middle of the appends.
    if (round % 5 === 0) await sleep(round * 20);
    else await writer.started.then(() => sleep(round * 2));
    writer.process.kill("SIGKILL");
    attempts.push(...(await writer.attempts));
    if (!existsSync(path)) continue;

    const left = await verifyStore(path);
    for (const { code } of left.findings) findings.add(code);
    const ids = new Set(await readIds(path));
    lost.push(...attempts.filter(({ number }) => !ids.has(sampleId(number))));
    // Reading rolled back what was unfinished.
    const { verdict } = await verifyStore(path);
    expect(verdict).toBe(ids.size === 0 ? "unknown" : "good");
  }
  expect(attempts.length).toBeGreaterThan(20);
  expect(attempts.filter(({ index }) => index === undefined)).toEqual([]);
  expect(lost).toEqual([]);
  expect([...findings].filter((code) => code !== "write-unfinished" && code !== "empty")).toEqual([]);

  // What was in flight can be recorded again: it is either there already or it is not.
  const last = attempts.at(-1)?.number ?? 0;
  const retried = await startWriter(path, last, 2).attempts;
  expect(retried.map(({ index }) => index)).toEqual([expect.any(Number), expect.any(Number)]);
  expect((await verifyStore(path)).verdict).toBe("good");
});
