import { copyFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openAuditStore } from "../../src/audit/open.ts";
import { prune } from "../../src/audit/retention/prune.ts";
import { verifyStore } from "../../src/audit/verify.ts";
import { bundle, underStrace, whyNoStrace } from "./faults/strace.ts";
import { collect, ORIGIN, sampleEntry, temporaryDirectory } from "./fixtures.ts";

const DECISIONS = 6;
const CALLS = ["pwrite64", "fsync", "fdatasync", "ftruncate", "unlink"];
const REASON = { basis: "audit.retention: documents 7y", at: "2034-01-01T00:00:00.000Z", by: "ada@acme.example" };
const CUTOFFS = { documents: new Date("2033-01-01T00:00:00.000Z") };

/** What is left of a log has to be what was there before or what was to be there after, and nothing between. */
async function wrongIn(path: string, acknowledged: boolean): Promise<readonly string[]> {
  const wrong: string[] = [];
  const left = await verifyStore(path);
  wrong.push(...left.findings.filter(({ code }) => code !== "write-unfinished").map(({ code }) => `left: ${code}`));
  const store = await openAuditStore({ path, mode: "append" });
  const size = (await collect(store.entries())).length;
  const rolledBack = await verifyStore(path);
  const isDone = size === DECISIONS + 2;
  if (rolledBack.verdict !== "good") wrong.push(`rolled back: ${rolledBack.findings[0]?.code ?? ""}`);
  if (rolledBack.deleted !== (isDone ? DECISIONS : 0)) wrong.push(`${rolledBack.deleted} are gone of ${size} entries`);
  if (acknowledged && !isDone) wrong.push("what was acknowledged is lost");
  await prune(store, CUTOFFS, REASON);
  await store.close();
  const done = await verifyStore(path);
  if (done.verdict !== "good" || done.deleted !== DECISIONS) wrong.push(`after a second run: ${done.verdict}`);
  return wrong;
}

describe.skipIf(whyNoStrace() !== undefined)("a prune that is killed, or whose disk fails", () => {
  test.each(["signal=KILL", "error=EIO"])(
    "with %s has removed everything and says so, or nothing",
    async (fault) => {
      using directory = temporaryDirectory(existsSync("/dev/shm") ? "/dev/shm" : undefined);
      const base = join(directory.path, "base.db");
      const store = await openAuditStore({ path: base, origin: ORIGIN, mode: "append" });
      for (let number = 1; number <= DECISIONS; number++) {
        const { entry, blobs } = sampleEntry(number);
        await store.append(entry, blobs);
      }
      await store.close();
      const pruner = await bundle("faults/pruner.ts");
      const run = async (options: readonly string[]): Promise<Awaited<ReturnType<typeof underStrace>>> => {
        rmSync(join(directory.path, "log"), { recursive: true, force: true });
        mkdirSync(join(directory.path, "log"), { mode: 0o700 });
        copyFileSync(base, join(directory.path, "log/audit.db"));
        return underStrace(directory.path, [...options], [pruner, join(directory.path, "log/audit.db")]);
      };

      const { trace } = await run(["-e", `trace=${CALLS.join(",")}`]);
      const found: string[] = [];
      for (const call of CALLS) {
        const count = [...trace.matchAll(new RegExp(`^(?:\\d+ +)?${call}\\(`, "gm"))].length;
        for (let at = 1; at <= count; at += 1) {
          const { output } = await run(["-e", `trace=${call}`, "-e", `inject=${call}:${fault}:when=${at}`]);
          const wrong = await wrongIn(join(directory.path, "log/audit.db"), output.includes('"removed"'));
          found.push(...wrong.map((what) => `${call} ${at}: ${what}`));
        }
      }
      expect(found).toEqual([]);
      expect(trace.match(/pwrite64\(/g)?.length ?? 0).toBeGreaterThan(20);
    },
    600_000,
  );
});
