import { withArtifacts, withMadeArtifacts } from "./artifact.ts";
import { mergeCoverage, withChangedLines } from "./coverage.ts";
import { markDuplicates } from "./duplicates.ts";
import type { ChangeEvidence, CoverageEvidence, EvidenceDocument, VexEvidence } from "./types.ts";
import { applyVex, type VexScope } from "./vex.ts";

/** A document in the light of the others. */
export interface RelatedEvidence {
  /**
   * The document as gates see it, with the same id: VEX statements applied, doubles marked, coverage merged, changed lines
   * counted, attestations and builds held against the gated artifacts. Undefined where another document stands for it. What is recorded is the document as it was read.
   */
  readonly view: EvidenceDocument | undefined;
  /** What was done to it, in words. */
  readonly notes: readonly string[];
}

/**
 * Puts the evidence of several files together, as a person would who reads all of them.
 *
 * @param isUsable whether a document may speak in favour of a release
 * @returns in the order of the documents
 */
export function relateEvidence(
  documents: readonly EvidenceDocument[],
  isUsable: (document: EvidenceDocument) => boolean,
  scope: VexScope,
): readonly RelatedEvidence[] {
  const usable = documents.filter(isUsable);
  const statements = usable.filter((document): document is VexEvidence => document.kind === "vex");
  const coverage = usable.filter((document): document is CoverageEvidence => document.kind === "coverage");
  const changes = usable.filter((document): document is ChangeEvidence => document.kind === "change");
  const merged = mergedCoverage(coverage);
  const findings = markDuplicates(applyVex(documents, statements, scope));
  return documents.map((document, index) => {
    if (document.kind === "coverage") return relatedCoverage(document, merged, changes);
    if (document.kind === "attestation") return { view: withArtifacts(document, scope.artifacts), notes: [] };
    if (document.kind === "build") return { view: withMadeArtifacts(document, scope.artifacts), notes: [] };
    const view = findings[index] ?? document;
    return { view, notes: notesOn(view) };
  });
}

/** For each document of a group of several the one that stands for all of them. */
function mergedCoverage(documents: readonly CoverageEvidence[]): ReadonlyMap<CoverageEvidence, CoverageEvidence> {
  const merged = new Map<CoverageEvidence, CoverageEvidence>();
  const groups = Map.groupBy(documents, ({ summary }) => JSON.stringify([summary.suite, summary.provider]));
  for (const [first, ...others] of groups.values()) {
    if (first === undefined || others.length === 0) continue;
    const whole = mergeCoverage([first, ...others]);
    if (whole !== undefined) for (const document of [first, ...others]) merged.set(document, whole);
  }
  return merged;
}

function relatedCoverage(
  document: CoverageEvidence,
  merged: ReadonlyMap<CoverageEvidence, CoverageEvidence>,
  changes: readonly ChangeEvidence[],
): RelatedEvidence {
  const whole = merged.get(document) ?? document;
  if (whole.id !== document.id) return { view: undefined, notes: [`counted with ${whole.source.path}`] };
  const change = changes.find(({ body }) => body.files.length > 0);
  const view = change === undefined ? whole : withChangedLines(whole, change);
  return { view, notes: whole === document ? [] : [`counted as ${whole.source.path}`] };
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
