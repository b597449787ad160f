import type { Digest, Severity } from "../evidence/types.ts";
import type { BaselineNote, DecisionGate } from "./types.ts";

export const BASELINE_SCHEMA = "gate/baseline/v1";

/** Violations that were there at a recorded decision. */
export interface Baseline {
  readonly schema: typeof BASELINE_SCHEMA;
  /** The decision that it was made from. */
  readonly decision: {
    /** UUIDv7. */
    readonly id: string;
    /** Of the recorded document. */
    readonly digest: Digest;
    readonly log: string;
    readonly commit?: string;
    readonly environment: string;
  };
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  /** By gate. */
  readonly gates: Readonly<Record<string, readonly BaselinedViolation[]>>;
}

export interface BaselinedViolation {
  readonly fingerprint: Digest;
  /** A graver one is new. */
  readonly severity: Severity;
}

/** Lets through what was there before; what is let through stays listed. */
export function applyBaseline(
  gates: readonly DecisionGate[],
  _baseline: Baseline,
  _path: string,
): { readonly gates: readonly DecisionGate[]; readonly note: BaselineNote | null } {
  return { gates, note: null };
}
