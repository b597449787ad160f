import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { isDigest, sha256 } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { makeDirectory, syncDirectory, writeNewFile } from "../util/durable.ts";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { printableLocation, type StoreLocation } from "./location.ts";
import { toDigest } from "./log.ts";
import type { AuditStore, TreeHead } from "./store.ts";

/** The largest tree of a log that this machine saw, as it is noted outside of the log. */
export interface NotedHead extends TreeHead {
  /** Leaf hash of the first entry: whether a log is another one, and not an earlier state of the same. */
  readonly created: Digest;
}

/**
 * The memory of a machine for the heads of the logs that it appends to, in one small file for each. It shows what no log can
 * show of itself: that it was put back to an earlier state.
 */
export interface HeadGuard {
  /** Where the head is noted. */
  readonly path: string;
  /** @throws {GateError} `audit-rolled-back` where the note cannot be read: nobody can tell then */
  noted(): NotedHead | undefined;
  /**
   * Holds the log against the note. The note is read first, so that what others append meanwhile is no contradiction.
   *
   * @param store undefined where there is no log
   * @returns what the user should know: that the log is another one than before, or gone
   * @throws {GateError} `audit-rolled-back` where the log is the same and ends earlier, or has other entries
   */
  check(store: GuardedLog | undefined): Promise<string | undefined>;
  /**
   * Notes the head, unless a larger tree of the same log is noted.
   *
   * @returns why it could not be noted, which undoes nothing: the log has the entry
   */
  note(store: GuardedLog): Promise<string | undefined>;
  /** Notes the head whatever was noted. @throws {GateError} `audit-write-failed` */
  accept(store: GuardedLog): Promise<void>;
}

type GuardedLog = Pick<AuditStore, "head" | "node">;

/**
 * The guard of one log.
 *
 * @param folder absolute; where this machine keeps its state
 */
export function openGuard(folder: string, location: StoreLocation): HeadGuard {
  const path = join(folder, "heads", `${sha256(identityOf(location)).slice("sha256:".length)}.json`);
  const shown = printableLocation(location);

  function noted(): NotedHead | undefined {
    let text: string;
    try {
      text = readFileSync(path, "utf8");
    } catch (cause) {
      if (["ENOENT", "ENOTDIR"].includes(systemCodeOf(cause) ?? "")) return undefined;
      throw unreadable(path, messageOf(cause));
    }
    const head = readNoted(text);
    if (head === undefined) throw unreadable(path, "it is not what gate writes");
    return head;
  }

  async function accept(store: GuardedLog): Promise<void> {
    const head = await store.head();
    try {
      write(path, `${JSON.stringify({ location: shown, ...head, created: await createdOf(store) })}\n`);
    } catch (cause) {
      throw new GateError(
        "audit-write-failed",
        `the head of the audit log cannot be noted in ${path}: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  }

  return {
    path,
    noted,
    accept,
    async check(store) {
      const before = noted();
      if (before === undefined) return undefined;
      if (store === undefined) return `the audit log ${shown} is gone: it had ${entries(before.size)}`;
      if ((await createdOf(store)) !== before.created) {
        return `the audit log ${shown} is another one than before, which had ${entries(before.size)}`;
      }
      const now = await store.head();
      if (now.size < before.size) {
        throw rolledBack(shown, path, `it had ${entries(before.size)} and holds ${now.size}`);
      }
      if ((await store.head(before.size)).root !== before.root) {
        throw rolledBack(shown, path, `its first ${entries(before.size)} are not the ones that it had`);
      }
      return undefined;
    },
    async note(store) {
      try {
        const before = noted();
        const { size } = await store.head();
        const isKnown = before !== undefined && before.size >= size && before.created === (await createdOf(store));
        if (!isKnown) await accept(store);
        return undefined;
      } catch (error) {
        return `the head of the audit log is not noted on this machine: ${messageOf(error)}`;
      }
    },
  };
}

async function createdOf(store: GuardedLog): Promise<Digest> {
  return toDigest(await store.node({ level: 0, index: 0 }));
}

/** Two logs have two. The origin is no part of it: a log that takes the place of another is to be noticed. */
function identityOf(location: StoreLocation): Buffer {
  const clone = typeof location === "string" ? "" : `${location.clone}\n`;
  return Buffer.from(`${clone}${printableLocation(location)}`, "utf8");
}

/** Whole or not at all, and there after a power cut. */
function write(path: string, text: string): void {
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  makeDirectory(dirname(path));
  try {
    writeNewFile(temporary, text, 0o600);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

function readNoted(text: string): NotedHead | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  const { origin, size, root, created } = value;
  if (typeof origin !== "string" || typeof size !== "number" || !Number.isSafeInteger(size) || size < 1)
    return undefined;
  return isDigest(root) && isDigest(created) ? { origin, size, root, created } : undefined;
}

function entries(count: number): string {
  return count === 1 ? "1 entry" : `${count} entries`;
}

function rolledBack(location: string, path: string, why: string): GateError {
  return new GateError("audit-rolled-back", `the audit log ${location} was put back or rewritten: ${why}`, {
    hint: `Bring back the newest copy. Where an older one was restored on purpose, say so with \`gate audit guard --accept\`; the head was noted in ${path}.`,
  });
}

function unreadable(path: string, why: string): GateError {
  return new GateError("audit-rolled-back", `whether the audit log was put back cannot be told: ${path}: ${why}`, {
    hint: "Hold the log against a receipt or a checkpoint that was kept elsewhere, then note its head with `gate audit guard --accept`.",
  });
}
