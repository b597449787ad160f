import { markDuplicates } from "./duplicates.ts";
import type { EvidenceDocument, VexEvidence } from "./types.ts";
import { applyVex, type VexScope } from "./vex.ts";

/** The evidence of a check, put together. */
export interface RelatedEvidence {
  /**
   * The documents as gates see them, in the same order and with the same ids: VEX statements applied, and findings that
   * several tools share marked. What is recorded are the documents as they were read.
   */
  readonly documents: readonly EvidenceDocument[];
  /** What was done to documents, by their id, in words. */
  readonly notes: ReadonlyMap<string, readonly string[]>;
}

/**
 * Puts the evidence of several files together, as a person would who reads all of them.
 *
 * @param isUsable whether a document may speak in favour of a release
 */
export function relateEvidence(
  documents: readonly EvidenceDocument[],
  isUsable: (document: EvidenceDocument) => boolean,
  scope: VexScope,
): RelatedEvidence {
  const statements = documents.filter((document): document is VexEvidence => {
    return document.kind === "vex" && isUsable(document);
  });
  const related = markDuplicates(applyVex(documents, statements, scope));
  const notes = new Map<string, readonly string[]>();
  for (const document of related) {
    const said = notesOn(document);
    if (said.length > 0) notes.set(document.id, said);
  }
  return { documents: related, notes };
}

function notesOn(document: EvidenceDocument): readonly string[] {
  if (document.kind !== "findings") return [];
  const { findings } = document.body;
  const excused = findings.filter(({ suppressions }) => suppressions.some(({ kind }) => kind === "vex")).length;
  const repeated = findings.filter(({ duplicate }) => duplicate === true).length;
  return [
    ...(excused === 0 ? [] : [`${findingsAre(excused)} suppressed by VEX statements`]),
    ...(repeated === 0 ? [] : [`${findingsAre(repeated)} another tool's as well, and counted there`]),
  ];
}

function findingsAre(count: number): string {
  return count === 1 ? "1 finding is" : `${count} findings are`;
}
