import type { EvidenceContext } from "../decision/evidence.ts";
import { isSameRepository } from "../decision/evidence.ts";
import type { Subject } from "../decision/types.ts";
import type { EvidenceDocument } from "../evidence/types.ts";
import { readDecisionLeaf } from "./entry.ts";
import type { AuditStore } from "./store.ts";

/** Decisions that are looked at, the newest first; evidence that is older than these is stale where it says its age. */
const LOOK_BACK = 2000;

/**
 * Which files of a check were evidence for another commit before.
 *
 * @returns by the digest of the file, the commit that it was for when it was last recorded
 */
export async function commitsOfEvidence(
  store: Pick<AuditStore, "entries">,
  documents: readonly EvidenceDocument[],
  subject: Subject,
): Promise<EvidenceContext["recordedFor"]> {
  const wanted = new Set<string>(documents.map(({ source }) => source.sha256));
  const found: Record<string, string> = {};
  if (wanted.size === 0 || subject.commit === undefined) return found;
  for await (const entry of store.entries({ kind: "decision", last: LOOK_BACK })) {
    const { subject: earlier, evidence } = readDecisionLeaf(entry);
    if (earlier.commit === undefined || !isOfSame(earlier.repository, subject.repository)) continue;
    for (const { sha256, status } of evidence.items ?? []) {
      if (!wanted.has(sha256) || status !== "usable") continue;
      wanted.delete(sha256);
      // What was evidence for this very commit is no replay.
      if (earlier.commit !== subject.commit) found[sha256] = earlier.commit;
    }
    if (wanted.size === 0) break;
  }
  return found;
}

function isOfSame(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || isSameRepository(a, b);
}
