import { componentCounts } from "../evidence/summary.ts";
import type { Component, SbomEvidence } from "../evidence/types.ts";

/** What a bill of materials says beside its components. */
export interface BomFacts extends Pick<SbomEvidence["summary"], "dependencyEdges" | "specification"> {
  /** The people, organisations and tools that are said to have made the file; each is counted once. */
  readonly authors: readonly string[];
  readonly root: SbomEvidence["summary"]["root"];
}

/** The summary of a bill of materials, counted from its components. */
export function bomSummary(
  { specification, authors, dependencyEdges, root }: BomFacts,
  components: readonly Component[],
): SbomEvidence["summary"] {
  return {
    specification,
    ...componentCounts(components),
    authors: new Set(authors).size,
    dependencyEdges,
    ...(root === undefined ? {} : { root }),
  };
}

/** A text that says something: `NOASSERTION` and `NONE` of SPDX are used in CycloneDX too. */
export function assertedOf(text: string | undefined): string | undefined {
  const written = text?.trim();
  return written === undefined || /^(?:NOASSERTION|NONE|)$/i.test(written) ? undefined : written;
}
