import { closeSync, fsyncSync, linkSync, lstatSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { makeDirectory, syncDirectory } from "../../util/durable.ts";
import { GateError, messageOf, systemCodeOf } from "../../util/errors.ts";
import type { TreeHead } from "../store.ts";
import type { FindingCode } from "../stored.ts";
import { verifyStore } from "../verify.ts";
import { asGateError, BUSY_MS, createDraft, openForReading, storePath, whileBusy } from "./open.ts";
import { SqliteAuditStore } from "./store.ts";

/** What a faithful copy has as its original does. */
const SAME_AS_ORIGINAL: ReadonlySet<FindingCode> = new Set(["empty", "pruned"]);

/** A copy that was verified. */
export interface Backup {
  readonly file: string;
  readonly bytes: number;
  /** Of the copy, recomputed from its bytes. */
  readonly head: TreeHead;
  /** Whether documents are missing in it, because they are in the log. */
  readonly pruned: boolean;
}

/**
 * Copies a store within one read transaction and verifies the copy; only then has it its name. SQLite writes the copy, for a
 * copy of the bytes while somebody appends is of no moment of the log. Space of what was deleted is not in it. Appends
 * wait while the copy is written.
 *
 * @param target a path where nothing is yet
 * @throws {GateError} `output-failed`, and `audit-corrupt` where the copy is not good, for then its original is not; what
 *   `openForReading` throws
 */
export async function backupStore(path: string, target: string): Promise<Backup> {
  const file = storePath(target);
  refuseExisting(file, target);
  const draft = makeDraft(file, target);
  try {
    const head = await copy(path, draft);
    const report = await verifyStore(draft, { expect: [head] });
    const finding = report.findings.find(({ code }) => !SAME_AS_ORIGINAL.has(code));
    if (finding !== undefined || report.head === null) {
      throw new GateError("audit-corrupt", `the copy of the audit log is not good: ${finding?.message ?? "no head"}`, {
        hint: "Run `gate audit verify` on the log itself. No copy was kept.",
      });
    }
    asOutput(target, () => {
      linkSync(draft, file);
      syncDirectory(dirname(file));
    });
    const pruned = report.deleted > 0 || report.findings.some(({ code }) => code === "pruned");
    return { file, bytes: lstatSync(file).size, head: report.head, pruned };
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @returns the tree before the copy was begun: what came in between is in the copy as well */
async function copy(path: string, draft: string): Promise<TreeHead> {
  const file = storePath(path);
  const database = openForReading(path);
  const store = new SqliteAuditStore(file, database);
  try {
    const head = await store.head();
    asGateError(file, "output-failed", () => {
      whileBusy(performance.now() + BUSY_MS, () => database.prepare("VACUUM INTO ?").run(draft));
      // SQLite leaves a copy to the system's own time.
      const handle = openSync(draft, "r+");
      try {
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
    });
    return head;
  } finally {
    await store.close();
  }
}

function makeDraft(file: string, target: string): string {
  return asOutput(target, () => {
    makeDirectory(dirname(file));
    return createDraft(file);
  });
}

function refuseExisting(file: string, target: string): void {
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  throw new GateError("output-failed", `${target} is there already`, { hint: "Give each copy a name of its own." });
}

function asOutput<T>(target: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (systemCodeOf(cause) === undefined) throw cause;
    throw new GateError("output-failed", `${target} cannot be written: ${messageOf(cause)}`, { cause });
  }
}
