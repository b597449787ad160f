import { canonicalDigest } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import type { ApprovalRules } from "./environment.ts";
import type { People } from "./people.ts";
import type { ApprovalNote, DecisionGate, Subject } from "./types.ts";

/** What a statement is about. Every member that is there has to agree with the decision. */
export interface StatementSubject {
  readonly repository?: string;
  readonly commit: string;
  readonly environment: string;
  /** Of an approval: the gate that it overrides. */
  readonly gate?: string;
  /** Of an approval: what was wrong with the gate when it was approved, as `violationsDigest` gives it. */
  readonly violations?: Digest;
  /** Of an approval of a bypass: the id of that bypass. */
  readonly bypass?: Digest;
}

/**
 * What a person signed, or what a forge says that they did, once its signature was looked at. It is the same for every
 * way of signing.
 */
export interface Statement {
  /** Of the signed bytes; of a review the digest of what the evidence says. */
  readonly id: Digest;
  readonly kind: "approval" | "bypass" | "bypass-approval";
  readonly via: "ssh" | "dsse" | "review" | "deployment";
  /** The name of the person, or of the key's owner. */
  readonly signer: string;
  readonly subject: StatementSubject;
  /** Of a bypass: the gates that it lets through; empty for all. */
  readonly gates: readonly string[];
  readonly reason: string;
  readonly ticket?: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly expiresAt: string;
  /** The file that it was read from. */
  readonly path: string;
  /** Why it can never count: a bad signature, a key that nobody vouches for. */
  readonly problem?: string;
}

/**
 * What is wrong with a gate, as an approval of it names it: another violation, a graver one, another result or another
 * reason gives another digest. Whether a waiver or the baseline covers a violation makes no difference: otherwise an
 * approval that a waiver has made void would hold again when the waiver expires.
 */
export function violationsDigest({ result, reason, violations }: DecisionGate): Digest {
  const found = violations.map(({ fingerprint, severity }) => `${fingerprint} ${severity}`).toSorted();
  return canonicalDigest({ result, reason: reason ?? null, violations: found });
}

/** What statements are judged by. */
export interface StatementContext {
  readonly environment: string;
  readonly people: People;
  /** Every known author of the commit or the change; without one no approval counts. */
  readonly authors: readonly string[];
  readonly subject: Subject;
  readonly now: Date;
}

/** Says which closed advisory gates are overridden, and of each statement whether it counts and why not. */
export function applyApprovals(
  gates: readonly DecisionGate[],
  _statements: readonly Statement[],
  _rules: ApprovalRules,
  _context: StatementContext,
): { readonly gates: readonly DecisionGate[]; readonly notes: readonly ApprovalNote[] } {
  return { gates, notes: [] };
}
