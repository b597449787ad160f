import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import Database from "better-sqlite3";
import { openAuditStore } from "../../../src/audit/open.ts";
import { verifyStore } from "../../../src/audit/verify.ts";
import { collect, ORIGIN, sampleEntry, sampleId } from "../fixtures.ts";
import type { Attempt } from "../writing.ts";
import { underStrace } from "./strace.ts";

/** The calls by which a store and its journal change; `write` and `rename` are not among them as SQLite makes none. */
const CALLS = ["pwrite64", "fsync", "fdatasync", "ftruncate", "unlink", "link", "mkdir"] as const;

/** What the kernel does in place of the call; with `+` to all from there on, as a disk that stays full or broken. */
export const FAULTS = ["signal=KILL", "error=EIO", "error=ENOSPC", "error=EIO+", "error=ENOSPC+"] as const;
export type Fault = (typeof FAULTS)[number];

export interface Scenario {
  readonly name: string;
  /** Decisions that are recorded before; undefined where there is no log yet. */
  readonly before: number | undefined;
  /** Whether an earlier version of gate has written the log, so that the first write raises its schema. */
  readonly isOld?: boolean;
}

export const SCENARIOS = {
  append: { name: "an append", before: 3 },
  upgrade: { name: "an append to a log of schema version 2, which raises it", before: 3, isOld: true },
  create: { name: "the first append, which creates the log", before: undefined },
} as const satisfies Readonly<Record<string, Scenario>>;

/** One fault at one call, and what was found after it. */
export interface Injected {
  readonly call: string;
  readonly at: number;
  readonly fault: Fault;
  /** Whether the caller was told that the decision is recorded. */
  readonly acknowledged: boolean;
  /** Whether it is, though the caller was told otherwise or nothing. */
  readonly recordedAnyway: boolean;
  /** Everything that is not as it has to be. */
  readonly wrong: readonly string[];
}

/** How often each call is made when nothing goes wrong. */
async function callsOf(writer: string, scenario: Scenario, folder: string): Promise<ReadonlyMap<string, number>> {
  const { path, number } = await prepare(scenario, folder);
  const { trace } = await underStrace(folder, ["-e", `trace=${CALLS.join(",")}`], [writer, path, String(number), "1"]);
  const counts = new Map<string, number>();
  for (const [, call = ""] of trace.matchAll(/^(\w+)\(/gm)) counts.set(call, (counts.get(call) ?? 0) + 1);
  return counts;
}

/**
 * Runs a writer once for each call and fault, and looks at what is left each time.
 *
 * @param folder for the logs
 * @param every 1 for each call, 2 for every other, and so on
 */
export async function injectFaults(
  writer: string,
  scenario: Scenario,
  faults: readonly Fault[],
  folder: string,
  every = 1,
): Promise<readonly Injected[]> {
  const counts = await callsOf(writer, scenario, makeFolder(folder, "count"));
  const points = [...counts].flatMap(([call, count]) =>
    faults.flatMap((fault) =>
      Array.from({ length: Math.ceil(count / every) }, (_, index) => ({ call, fault, at: index * every + 1 })),
    ),
  );
  const results: Injected[] = [];
  // Two at a time: each waits for the disk more than it computes.
  const run = async (lane: number): Promise<void> => {
    for (let point = points.shift(); point !== undefined; point = points.shift()) {
      results.push(await injectOne(writer, scenario, point, makeFolder(folder, `lane-${lane}`)));
    }
  };
  await Promise.all([run(1), run(2)]);
  return results;
}

async function injectOne(
  writer: string,
  scenario: Scenario,
  { call, fault, at }: Pick<Injected, "call" | "fault" | "at">,
  folder: string,
): Promise<Injected> {
  const { path, number, head } = await prepare(scenario, folder);
  const kind = fault.replace("+", "");
  const when = fault.endsWith("+") ? `${at}+` : String(at);
  const options = ["-e", `trace=${call}`, "-e", `inject=${call}:${kind}:when=${when}`];
  const { trace, output } = await underStrace(folder, options, [writer, path, String(number), "1"]);
  const wrong: string[] = [];
  if (!/INJECTED|killed by SIGKILL/.test(trace)) wrong.push("the fault did not happen");
  const acknowledged = attemptsOf(output).some(({ index }) => index !== undefined);

  const recorded = await look(path, scenario, head, wrong);
  const isThere = recorded.includes(sampleId(number));
  if (acknowledged && !isThere) wrong.push("the acknowledged entry is lost");
  await retry(path, number, wrong);
  return { call, at, fault, acknowledged, recordedAnyway: isThere && !acknowledged, wrong };
}

/** Verifies what is left, lets `gate audit list` roll back what was unfinished, and verifies again. */
async function look(
  path: string,
  { before }: Scenario,
  head: string | undefined,
  wrong: string[],
): Promise<readonly string[]> {
  if (!existsSync(path)) {
    if (before !== undefined) wrong.push("the log is gone");
    return [];
  }
  const left = await verifyStore(path);
  const unexpected = left.findings.filter(({ code }) => code !== "write-unfinished" && code !== "empty");
  wrong.push(...unexpected.map(({ code, message }) => `left: ${code}: ${message}`));
  const store = await openAuditStore({ path, mode: "read" });
  const entries = await collect(store.entries());
  if (head !== undefined && (await store.head((before ?? 0) + 1)).root !== head) wrong.push("earlier entries changed");
  await store.close();
  const after = await verifyStore(path);
  if (after.verdict !== (entries.length === 1 ? "unknown" : "good")) {
    wrong.push(`after a list: ${after.findings.map(({ code }) => code).join(", ")}`);
  }
  return entries.map(({ id }) => id);
}

/** The same entry once more, twice: it is recorded once, whatever had become of the first attempt. */
async function retry(path: string, number: number, wrong: string[]): Promise<void> {
  const { entry, blobs } = sampleEntry(number);
  for (const attempt of ["retry", "second retry"]) {
    const store = await openAuditStore({ path, origin: ORIGIN, mode: "append" });
    const { index } = await store.append(entry, blobs);
    const ids = (await collect(store.entries())).map(({ id }) => id);
    await store.close();
    if (index !== number || ids.length !== number + 1) wrong.push(`${attempt}: index ${index} of ${ids.length}`);
  }
  const { verdict } = await verifyStore(path);
  if (verdict !== "good") wrong.push(`after the retry: ${verdict}`);
  const others = readdirSync(dirname(path)).filter((name) => name !== "audit.db" && !name.startsWith(".audit.db."));
  if (others.length > 0) wrong.push(`left behind: ${others.join(", ")}`);
}

interface Prepared {
  readonly path: string;
  /** Of the decision to append. */
  readonly number: number;
  /** The root of what is there before. */
  readonly head: string | undefined;
}

/** Puts a new log into place, or none. */
async function prepare({ before, isOld = false }: Scenario, folder: string): Promise<Prepared> {
  rmSync(join(folder, "log"), { recursive: true, force: true });
  const path = join(folder, "log/audit.db");
  if (before === undefined) return { path, number: 1, head: undefined };
  const base = join(folder, "base.db");
  if (!existsSync(base)) {
    const store = await openAuditStore({ path: base, origin: ORIGIN, mode: "append" });
    for (let number = 1; number <= before; number++) {
      const { entry, blobs } = sampleEntry(number);
      await store.append(entry, blobs);
    }
    await store.close();
    if (isOld) lowerVersion(base);
  }
  mkdirSync(dirname(path), { mode: 0o700 });
  copyFileSync(base, path);
  const store = await openAuditStore({ path, mode: "read" });
  const { root } = await store.head();
  await store.close();
  return { path, number: before + 1, head: root };
}

/** A log as the version of gate left it that kept no vouchers. */
function lowerVersion(path: string): void {
  const database = new Database(path);
  database.exec("DROP TABLE voucher; DROP TABLE disclosure; PRAGMA user_version = 2");
  database.close();
}

/** A killed writer may leave half a line: an attempt that nobody was told of. */
function attemptsOf(output: string): readonly Attempt[] {
  return output
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Attempt);
}

function makeFolder(folder: string, name: string): string {
  const made = join(folder, name);
  mkdirSync(made, { recursive: true });
  return made;
}
