import type { Digest } from "../evidence/types.ts";
import type { ReportFinding } from "./stored.ts";

/**
 * Documents that entries commit to and that a store does not have, while a log is verified in its order: a deletion
 * answers for what entries before it commit to, and for nothing after it.
 */
export interface AbsentDocuments {
  /** An entry commits to it for certain. */
  missing(digest: Digest, index: number): void;
  /** It can have been stored with a decision whose document is gone, and need not have been. */
  maybe(digest: Digest): void;
  /** The document of a decision whose leaf does not list what was stored with it. */
  unlisted(digest: Digest): void;
  /** Takes from what is missing what a deletion lists. @returns false for what no entry so far commits to */
  deletedBy(digest: Digest): boolean;
  /** Whether a document is missing that no deletion lists, and with it the only list of what it names. */
  isUnlisted(): boolean;
  /** How many are gone that a deletion lists. */
  deleted(): number;
  /** Reports what no deletion lists. */
  end(report: ReportFinding): void;
}

/** None yet. */
export function absentDocuments(): AbsentDocuments {
  // By the first entry that commits to each.
  const missing = new Map<Digest, number>();
  const possible = new Set<Digest>();
  const unlisted = new Set<Digest>();
  const deleted = new Set<Digest>();
  // From the first such document on it cannot be told what else may have been stored.
  let anything = false;
  return {
    missing(digest, index) {
      if (!missing.has(digest)) missing.set(digest, index);
    },
    maybe: (digest) => void possible.add(digest),
    unlisted(digest) {
      unlisted.add(digest);
      anything = true;
    },
    deletedBy(digest) {
      const isCommitted = missing.delete(digest) || possible.has(digest) || deleted.has(digest);
      unlisted.delete(digest);
      if (isCommitted || anything) deleted.add(digest);
      return isCommitted || anything;
    },
    isUnlisted: () => unlisted.size > 0,
    deleted: () => deleted.size,
    end(report) {
      for (const [digest, index] of missing) report("pruned", prunedText(digest), index);
    },
  };
}

/** Says of a document that it is gone and that no entry says why. */
export function prunedText(digest: Digest): string {
  return `the document ${digest} is no longer in the store`;
}
