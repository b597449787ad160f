import { expiryOf, isExpired } from "./expiry.ts";
import { type Person, peopleOf } from "./people.ts";
import { namesOfAuthor } from "./statement.ts";
import type { Decision, DecisionGate } from "./types.ts";

/** A review that somebody owes after a bypass. */
export interface Obligation {
  /** The id of the bypassed decision. */
  readonly id: string;
  readonly repository?: string;
  readonly environment: string;
  readonly commit?: string;
  /** The gates that were bypassed. */
  readonly gates: readonly string[];
  readonly reason: string;
  readonly ticket: string;
  readonly requestedBy: string;
  /** Every other name of whoever asked for the bypass, who cannot review it. */
  readonly identities: readonly string[];
  readonly approvers: readonly string[];
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly dueAt: string;
}

/** What a bypassed decision owes; undefined for any other decision. */
export function obligationOf(
  { id, bypass, subject, environment, evaluatedAt }: Decision,
  people: readonly Person[],
): Obligation | undefined {
  if (bypass === null) return undefined;
  const { repository, commit } = subject;
  return {
    id,
    ...(repository === undefined ? {} : { repository }),
    environment,
    ...(commit === undefined ? {} : { commit }),
    gates: bypass.gates,
    reason: bypass.reason,
    ticket: bypass.ticket,
    requestedBy: bypass.requestedBy,
    identities: peopleOf(people).of(bypass.requestedBy).identities,
    approvers: bypass.approvers,
    createdAt: evaluatedAt,
    dueAt: bypass.reviewDue,
  };
}

/**
 * Why somebody cannot review a bypass: whoever asked for it does not judge it.
 *
 * @returns undefined where they can
 */
export function reviewerProblem({ requestedBy, identities }: Obligation, reviewer: string): string | undefined {
  if (requestedBy === "")
    return "the record no longer says who asked for the bypass, so nobody can be told apart from them";
  const people = peopleOf([{ name: requestedBy, roles: [], identities }]);
  const isRequester = namesOfAuthor(reviewer).some((name) => people.same(name, requestedBy));
  return isRequester ? `${reviewer} asked for the bypass, so somebody else has to review it` : undefined;
}

/** The gate that no policy has. */
export const OBLIGATIONS_GATE = "obligations";

/** The gate that stays closed while a review is overdue; undefined where nothing is owed. */
export function obligationsGate(open: readonly Obligation[], now: Date): DecisionGate | undefined {
  if (open.length === 0) return undefined;
  const ordered = open.toSorted((a, b) => expiryOf(a.dueAt) - expiryOf(b.dueAt) || (a.id < b.id ? -1 : 1));
  const overdue = ordered.filter((obligation) => isOverdue(obligation, now));
  const gate = {
    id: OBLIGATIONS_GATE,
    title: "Reviews of emergency bypasses",
    enforcement: "mandatory",
    applicable: open.length,
    durationMs: 0,
    parameters: {},
    evidence: [],
    violations: [],
    controls: [],
  } as const;
  if (overdue.length === 0) return { ...gate, result: "pass", reason: ordered.map(inWords).join("; ") };
  const commands = overdue.map(({ id }) => `\`gate review ${id}\``);
  return {
    ...gate,
    result: "not-evaluated",
    reason: overdue.map(overdueInWords).join("; "),
    remediation: `Look at what happened, and record it: ${commands.join(", ")}.`,
  };
}

/** Whether a review should have been done. */
export function isOverdue({ dueAt }: Obligation, now: Date): boolean {
  return isExpired(dueAt, now);
}

function inWords({ id, environment, dueAt }: Obligation): string {
  return `the review of the bypass of ${environment} (${id}) is due at ${dueAt}`;
}

function overdueInWords({ id, environment, createdAt, dueAt, requestedBy }: Obligation): string {
  const asked = `${requestedBy === "" ? "somebody" : requestedBy} asked for at ${createdAt}`;
  return `the review of the bypass of ${environment} that ${asked} is overdue since ${dueAt} (\`gate review ${id}\`)`;
}
