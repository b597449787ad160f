import fc from "fast-check";

/** How often a property is tried: as often as it says, and less often where mutants are held against it. */
export function runs(usual: number): number {
  return fc.readConfigureGlobal().numRuns ?? usual;
}
