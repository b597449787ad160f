import type { DecisionGate } from "./types.ts";

/** A review that somebody owes after a bypass. */
export interface Obligation {
  /** The id of the bypassed decision. */
  readonly id: string;
  readonly repository?: string;
  readonly environment: string;
  readonly commit?: string;
  readonly reason: string;
  readonly ticket: string;
  readonly requestedBy: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly dueAt: string;
}

/** The gate that stays closed while a review is overdue; undefined where nothing is owed. */
export function obligationsGate(_open: readonly Obligation[], _now: Date): DecisionGate | undefined {
  return undefined;
}
