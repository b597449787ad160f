import { GateError } from "../../util/errors.ts";
import { consistencyProof, fromDigest, verifyConsistency } from "../log.ts";
import type { AuditStore, TreeHead, Voucher } from "../store.ts";
import type { Checkpoint } from "../vouch.ts";

/**
 * Keeps checkpoints of logs where whoever can write the log cannot change them, or has somebody else vouch for them.
 * Each kind says in docs/audit-anchors.md what it proves and what not.
 */
export interface Anchor {
  /** Where it is, without anything that is secret. */
  readonly name: string;
  /**
   * Puts a checkpoint there.
   *
   * @param log what the checkpoint is of, for proofs that it continues what is there
   * @throws {GateError} `anchor-failed`; `audit-corrupt` where it contradicts what is there
   */
  publish(checkpoint: Checkpoint, log: AnchoredLog): Promise<Anchored>;
}

/** What an anchor asks a log. */
export type AnchoredLog = Pick<AuditStore, "head" | "node" | "vouchers">;

export interface Anchored {
  /** `present` where the same checkpoint was there before, `covered` where that of a larger tree of the same log is. */
  readonly status: "added" | "present" | "covered";
  /** Entries of the tree that is anchored now. */
  readonly size: number;
  /** What somebody said of the checkpoint, to be kept beside the log. */
  readonly voucher?: Voucher;
}

/** What can be read back from an anchor: notes by the name that they have there, and what is none. */
export type FoundNote =
  | { readonly place: string; readonly note: Uint8Array /** What its name says. */; readonly size?: number }
  | { readonly place: string; readonly problem: string };

/** Where checkpoints can be read back. */
export interface AnchorSource {
  readonly name: string;
  /**
   * Everything that is kept of a log there.
   *
   * @throws {GateError} `anchor-failed`, `audit-unreadable`, `audit-corrupt` where that cannot be told
   */
  read(origin: string): Promise<readonly FoundNote[]>;
}

/** Far more checkpoints of one log than anybody reads; each is looked at. */
export const MOST_NOTES = 100_000;

/** An `anchor-failed` error. */
export function anchorFailed(name: string, what: string, hint?: string, cause?: unknown): GateError {
  return new GateError("anchor-failed", `${name} ${what}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(cause === undefined ? {} : { cause }),
  });
}

/**
 * Whether a tree is the start of another one, shown by a proof: what the log says of itself counts for nothing.
 *
 * @throws {GateError} `audit-corrupt` where the log lacks a hash
 */
async function continues(earlier: TreeHead, later: TreeHead, log: Pick<AuditStore, "node">): Promise<boolean> {
  if (earlier.origin !== later.origin || earlier.size === 0 || earlier.size > later.size) return false;
  const proof = await consistencyProof(earlier.size, later.size, (place) => log.node(place));
  return verifyConsistency({
    first: earlier.size,
    second: later.size,
    firstRoot: fromDigest(earlier.root),
    secondRoot: fromDigest(later.root),
    proof,
  });
}

/**
 * How a tree stands to the largest one that an anchor has.
 *
 * @returns `continues`, or `covered` where the anchor has a larger tree that the log has as well: another job was faster
 * @throws {GateError} `audit-corrupt` where one of the two is not of this log as it is now
 */
export async function relationTo(
  anchored: TreeHead,
  head: TreeHead,
  log: AnchoredLog,
  name: string,
): Promise<"continues" | "covered"> {
  if (anchored.size <= head.size) {
    if (await continues(anchored, head, log)) return "continues";
    throw contradiction(name, `holds a tree of ${anchored.size} entries that the log's ${head.size} do not begin with`);
  }
  const now = await log.head();
  if (now.size >= anchored.size && (await continues(anchored, now, log)) && (await continues(head, anchored, log))) {
    return "covered";
  }
  throw contradiction(name, `holds a tree of ${anchored.size} entries, and the log has ${now.size}`);
}

/** The log is not what was anchored before: rolled back, rewritten, or another one. */
export function contradiction(name: string, what: string): GateError {
  return new GateError("audit-corrupt", `${name} ${what}`, {
    hint: "Nothing was anchored. Unless another job anchored meanwhile, the log was changed: run `gate audit verify --anchor`.",
  });
}
