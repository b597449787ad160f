import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { openAuditStore } from "../../../src/audit/open.ts";
import { verifyStore } from "../../../src/audit/verify.ts";
import { collect, sampleId } from "../fixtures.ts";
import { type CutOptions, cutPower, type DiskState, writeState } from "./power-cut.ts";
import { type Operation, RECORDING, readRecording } from "./recording.ts";
import { underStrace } from "./strace.ts";

export interface Recording {
  readonly root: string;
  readonly operations: readonly Operation[];
}

/** What came of all states of a recording. */
export interface CutReport {
  readonly operations: number;
  readonly states: number;
  readonly corrupt: number;
  /** States in which something is missing that was acknowledged. */
  readonly losing: number;
  /** The most that is missing in one of them. */
  readonly mostLost: number;
  /** In words, the first few. */
  readonly examples: readonly string[];
}

/** Records a program that is given the path of a database in a folder which does not exist yet. */
export async function record(
  folder: string,
  file: string,
  command: (path: string) => readonly string[],
): Promise<Recording> {
  const root = join(folder, "root");
  mkdirSync(root, { recursive: true });
  const { trace } = await underStrace(folder, RECORDING, command(join(root, file)));
  return { root, operations: readRecording(trace, root, join(folder, "output")) };
}

interface Found {
  readonly corrupt?: string;
  readonly numbers: ReadonlySet<number>;
}

/** Opens each state as the next run would, and compares it with what was acknowledged. */
export async function examine(
  { root, operations }: Recording,
  folder: string,
  options: CutOptions,
  look: (folder: string, acknowledged: number) => Promise<Found>,
): Promise<CutReport> {
  const examples: string[] = [];
  let [states, corrupt, losing, mostLost] = [0, 0, 0, 0];
  for (const state of cutPower(root, operations, options)) {
    writeState(root, state, folder);
    const numbers = acknowledgedOf(state);
    const found = await look(folder, numbers.length);
    const lost = numbers.filter((number) => !found.numbers.has(number)).length;
    states += 1;
    if (found.corrupt !== undefined) corrupt += 1;
    if (lost > 0) losing += 1;
    mostLost = Math.max(mostLost, lost);
    if ((lost > 0 || found.corrupt !== undefined) && examples.length < 5) {
      examples.push(`after ${state.after}: ${lost} of ${numbers.length} lost; ${found.corrupt ?? "not corrupt"}`);
    }
  }
  return { operations: operations.length, states, corrupt, losing, mostLost, examples };
}

/** Looks at a state with the log at `log/audit.db`: verify, list, verify. */
export async function lookAtLog(folder: string): Promise<Found> {
  const path = join(folder, "log/audit.db");
  if (!existsSync(path)) return { numbers: new Set() };
  const left = await verifyStore(path);
  if (left.verdict === "tampered") return { corrupt: left.findings[0]?.message ?? "", numbers: new Set() };
  try {
    const store = await openAuditStore({ path, mode: "read" });
    const ids = new Set((await collect(store.entries())).map(({ id }) => id));
    await store.close();
    const after = await verifyStore(path);
    const numbers = new Set(
      Array.from({ length: 100 }, (_, number) => number).filter((number) => ids.has(sampleId(number))),
    );
    return after.verdict === (ids.size === 1 ? "unknown" : "good")
      ? { numbers }
      : { corrupt: after.findings[0]?.message ?? "", numbers };
  } catch (error) {
    return { corrupt: String(error), numbers: new Set() };
  }
}

/** Looks at a state with the plain database of `plain-writer.ts`. */
export async function lookAtPlain(folder: string): Promise<Found> {
  const path = join(folder, "plain.db");
  if (!existsSync(path)) return { numbers: new Set() };
  const database = new Database(path);
  try {
    const [problem] = database.prepare<[], string>("PRAGMA integrity_check").pluck().all();
    const hasTable = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'row'").get() !== undefined;
    const numbers = hasTable ? database.prepare<[], number>("SELECT number FROM row").pluck().all() : [];
    return { ...(problem === "ok" || problem === undefined ? {} : { corrupt: problem }), numbers: new Set(numbers) };
  } catch (error) {
    return { corrupt: String(error), numbers: new Set() };
  } finally {
    database.close();
  }
}

function acknowledgedOf({ acknowledged }: DiskState): readonly number[] {
  return acknowledged.flatMap((text) => {
    const attempt = JSON.parse(text) as { readonly number: number; readonly code?: string };
    return attempt.code === undefined ? [attempt.number] : [];
  });
}
