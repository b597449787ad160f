import type { AuditReference } from "../decision/types.ts";
import type { Receipt, TreeHead } from "./store.ts";

/** At most this many characters, so that an entry's fixed part stays far below the limit of a leaf. */
const MAX_ORIGIN_LENGTH = 255;

// Printable ASCII without the space and plus sign that C2SP signed-note keeps for itself.
const ORIGIN = /^[!-*,-~]+$/;
const CHECKPOINT = /^(\S+) (0|[1-9][0-9]{0,15}) sha256:([0-9a-f]{64})$/;

/** Whether two heads are of one tree of one log. */
export function isSameTree(one: TreeHead, other: TreeHead): boolean {
  return one.origin === other.origin && one.size === other.size && one.root === other.root;
}

/** Whether a string can name a log (C2SP tlog-checkpoint: non-empty, one line, no space, no plus sign). */
export function isOrigin(origin: string): boolean {
  return origin.length <= MAX_ORIGIN_LENGTH && ORIGIN.test(origin);
}

/**
 * A name for a new log, from the URL or name of the repository, else of its directory.
 *
 * @example originOf("git@github.com:acme/payments.git") // "github.com/acme/payments"
 */
export function originOf(repository: string): string {
  const name = repository
    .replace(/^[a-z][a-z0-9+.-]*:\/\//i, "")
    .replace(/^[^/@]*@/, "")
    .replace(/^([^/:]+):(?!\d+\/)/, "$1/")
    .replace(/[?#].*$/s, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .replace(/[^!-*,-~]+/g, "-")
    .replace(/^\/+/, "")
    .slice(0, MAX_ORIGIN_LENGTH);
  return name === "" ? "gate" : name;
}

/** `<origin> <size> <root>`: one line that a person can keep and later hold against the log. */
export function checkpointLine(head: TreeHead): string {
  return `${head.origin} ${head.size} ${head.root}`;
}

/** Reads what {@link checkpointLine} wrote; `undefined` for anything else. */
export function parseCheckpointLine(line: string): TreeHead | undefined {
  const [, origin = "", size = "", root = ""] = CHECKPOINT.exec(line.trim()) ?? [];
  if (!isOrigin(origin) || !Number.isSafeInteger(Number(size))) return undefined;
  return { origin, size: Number(size), root: `sha256:${root}` };
}

/**
 * What a decision says about its place in the log.
 *
 * @param salts of what the recorded form commits to; undefined where that is nothing
 */
export function auditReference(receipt: Receipt, salts?: AuditReference["salts"]): AuditReference {
  return {
    log: receipt.head.origin,
    index: receipt.index,
    leafHash: receipt.leafHash,
    checkpoint: checkpointLine(receipt.head),
    ...(salts === undefined ? {} : { salts }),
  };
}
