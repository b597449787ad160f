import type { Severity } from "../evidence/types.ts";
import type { WaiverRules } from "./environment.ts";
import type { People } from "./people.ts";
import type { DecisionGate, Subject, WaiverReport } from "./types.ts";

/** One entry of `waivers.yaml`: people's word that a violation is let through for a while. */
export interface Waiver {
  readonly id: string;
  readonly gate: string;
  /** Either the fingerprint of one violation, or what violations have to match. */
  readonly fingerprint?: string;
  readonly match?: {
    readonly rule?: string;
    /** A package URL without its version, such as `pkg:npm/lodash`. */
    readonly package?: string;
    /** A glob. */
    readonly path?: string;
  };
  /** The gravest severity that it covers. */
  readonly severity: Severity;
  /** How many violations it covers; default 1. */
  readonly occurrences: number;
  readonly reason: string;
  readonly ticket: string;
  readonly owner: string;
  readonly requestedBy: string;
  readonly approvedBy: readonly string[];
  /** A day or an instant. */
  readonly created: string;
  readonly expires: string;
  readonly scope: {
    /** Empty for every environment. */
    readonly environments: readonly string[];
    /** Globs; empty for every path. */
    readonly paths: readonly string[];
    /** A range of versions of the package. */
    readonly versions?: string;
  };
  /** Such as `waivers.yaml:12`. */
  readonly source: string;
}

/** What waivers are judged by. */
export interface WaiverContext {
  readonly environment: string;
  readonly rules: WaiverRules;
  readonly people: People;
  /** Every known author of the commit or the change. */
  readonly authors: readonly string[];
  readonly subject: Subject;
  readonly now: Date;
}

/** Covers violations with waivers; what is covered stays listed. A gate of which all violations are covered is `waived`. */
export function applyWaivers(
  gates: readonly DecisionGate[],
  _waivers: readonly Waiver[],
  _context: WaiverContext,
): { readonly gates: readonly DecisionGate[]; readonly report: WaiverReport } {
  return { gates, report: { used: [], unused: [], expired: [], expiring: [], refused: [] } };
}
