import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { openAuditStore } from "../../src/audit/open.ts";
import { verifyStore } from "../../src/audit/verify.ts";
import { collect, ORIGIN, sampleEntry, sampleId } from "./fixtures.ts";
import { GIT_VARIABLES, type GitSite, git, gitSite } from "./git-support.ts";
import { startWriter } from "./writing.ts";

// Hundreds of pushes, on whatever machine this is.
vi.setConfig({ testTimeout: 600_000 });

const WRITER = join(import.meta.dirname, "git-writer.ts");

test("eight clones that append 25 each at the same time lose nothing, repeat nothing and leave no gap", async () => {
  using site = gitSite();
  const writers = Array.from({ length: 8 }, (_, number) => {
    return startWriter(site.clone(), 1 + number * 25, 25, { env: { ...GIT_VARIABLES } }, WRITER);
  });
  const attempts = (await Promise.all(writers.map((writer) => writer.attempts))).flat();
  const numbers = Array.from({ length: 200 }, (_, number) => number + 1);
  expect(attempts.filter(({ index }) => index === undefined)).toEqual([]);
  expect(attempts.map(({ index }) => index ?? Number.NaN).toSorted((a, b) => a - b)).toEqual(numbers);
  const path = site.location(site.clone());
  const store = await openAuditStore({ path, mode: "read" });
  const ids = (await collect(store.entries({ kind: "decision" }))).map(({ id }) => id);
  await store.close();
  expect(ids.toSorted()).toEqual(numbers.map(sampleId));
  expect(await verifyStore(path)).toMatchObject({ verdict: "good", entries: 201, findings: [] });
  // One commit for each entry, in one line.
  expect(git(site.remote, ["rev-list", "--count", "refs/gate/audit"]).toString().trim()).toBe("201");
  expect(git(site.remote, ["rev-list", "--count", "--merges", "refs/gate/audit"]).toString().trim()).toBe("0");
});

describe("a writer that is killed", () => {
  test.each([
    ["before the push", 'kill -9 "$PPID"; exit 1', 2],
    ["while nobody has told it that the remote took the entry", '"$REAL" "$@"; kill -9 "$PPID"; exit 1', 3],
  ])("%s leaves a whole log, and trying again appends the entry once", async (_name, atPush, size) => {
    using site = gitSite();
    await appendSample(site, 1);
    const clone = site.clone();
    const bin = join(site.path, "bin");
    mkdirSync(bin);
    const real = spawnSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).stdout.trim();
    const script = `#!/bin/sh\nREAL=${real}\ncase "$*" in *" push "*) ${atPush};; esac\nexec "$REAL" "$@"\n`;
    writeFileSync(join(bin, "git"), script, { mode: 0o755 });
    const killed = spawnSync(process.execPath, [WRITER, clone, "2", "1"], {
      env: { ...GIT_VARIABLES, PATH: `${bin}:${process.env["PATH"]}` },
      encoding: "utf8",
    });
    expect(killed).toMatchObject({ signal: "SIGKILL", stdout: "" });
    const other = site.location(site.clone());
    expect(await verifyStore(other)).toMatchObject({ verdict: "good", entries: size });

    const again = await startWriter(clone, 2, 1, { env: { ...GIT_VARIABLES } }, WRITER).attempts;
    expect(again).toEqual([{ number: 2, index: 2 }]);
    expect(await verifyStore(other)).toMatchObject({ verdict: "good", entries: 3 });
  });
});

async function appendSample(site: GitSite, number: number): Promise<void> {
  const store = await openAuditStore({ path: site.location(), origin: ORIGIN, mode: "append" });
  const { entry, blobs } = sampleEntry(number);
  await store.append(entry, blobs);
  await store.close();
}
