import type { Component, SbomEvidence } from "../evidence/types.ts";

/** What a bill of materials says beside its components. */
export type BomFacts = Pick<SbomEvidence["summary"], "authors" | "dependencyEdges" | "root" | "specification">;

/** The summary of a bill of materials, counted from its components. */
export function bomSummary({ root, ...facts }: BomFacts, components: readonly Component[]): SbomEvidence["summary"] {
  return {
    ...facts,
    components: components.length,
    withPurl: components.filter(({ purl }) => purl !== undefined).length,
    withVersion: components.filter(({ version }) => version !== undefined).length,
    withLicence: components.filter(({ licences }) => licences.length > 0).length,
    withHash: components.filter(({ hashes }) => hashes > 0).length,
    withSupplier: components.filter(({ supplier }) => supplier !== undefined).length,
    ...(root === undefined ? {} : { root }),
  };
}
