import { type BypassRules, CAPS } from "./environment.ts";
import { OBLIGATIONS_GATE } from "./obligations.ts";
import {
  authorProblem,
  bypassLifetime,
  inOrder,
  isListed,
  listedNotes,
  nameOf,
  noteOf,
  problemOf,
  type Statement,
  type StatementContext,
  signerProblem,
  sourceOf,
} from "./statement.ts";
import type { ApprovalNote, BypassNote, DecisionGate } from "./types.ts";

/**
 * Says whether an emergency bypass lets the closed gates through. A bypass that does not cover every one of them covers
 * none.
 *
 * @param gates those that stand in the way
 */
export function applyBypass(
  gates: readonly DecisionGate[],
  statements: readonly Statement[],
  rules: BypassRules,
  context: StatementContext,
): { readonly bypass: BypassNote | null; readonly notes: readonly ApprovalNote[] } {
  const notes: ApprovalNote[] = [];
  let bypass: BypassNote | null = null;
  const ordered = inOrder(statements);
  const seconds = ordered.filter(({ kind }) => kind === "bypass-approval");
  const judged = new Map<Statement, string | undefined>();
  for (const request of ordered) {
    if (request.kind !== "bypass") continue;
    const wanting = wordProblem(request, rules, context) ?? requestProblem(request) ?? coverageProblem(request, gates);
    const counted: Statement[] = [];
    for (const second of seconds) {
      if (second.subject.bypass !== request.id) continue;
      const problem = secondProblem({ second, request, counted, wanting }, rules, context);
      if (problem === undefined) counted.push(second);
      judged.set(second, problem);
    }
    const problem = wanting ?? quorumProblem(counted.length, rules.quorum) ?? (bypass === null ? undefined : ANOTHER);
    if (problem === undefined) bypass = bypassNote(request, counted, gates, rules, context);
    if (isListed(request, context)) notes.push(noteOf(request, problem, context));
  }
  for (const second of seconds) {
    const problem = judged.has(second) ? judged.get(second) : "there is no such bypass";
    if (isListed(second, context)) notes.push(noteOf(second, problem, context));
  }
  return { bypass, notes: listedNotes(notes) };
}

const ANOTHER = "another bypass is in use already";

/** What asking for a bypass and approving of one have in common. */
function wordProblem(statement: Statement, rules: BypassRules, context: StatementContext): string | undefined {
  if (!rules.permitted) return `${context.environment} permits no emergency bypass`;
  if (!context.recorded) return "the decision is not recorded, and so would be no review of the bypass";
  if (sourceOf(statement) !== "signature") return "only what a person signed can bypass a gate";
  return (
    problemOf(statement, bypassLifetime(rules.lifetimeMs), context) ??
    signerProblem(statement.signer, rules.roles, context)
  );
}

function requestProblem({ reason, ticket }: Statement): string | undefined {
  if (reason.trim() === "") return "it gives no reason";
  return ticket === undefined || ticket.trim() === "" ? "it names no ticket" : undefined;
}

function coverageProblem({ gates: named }: Statement, gates: readonly DecisionGate[]): string | undefined {
  const closed = gates.map(({ id }) => id);
  if (closed.includes(OBLIGATIONS_GATE)) {
    return `the gate ${OBLIGATIONS_GATE} cannot be bypassed: the reviews of earlier bypasses come first`;
  }
  const advisory = gates.filter(({ enforcement }) => enforcement === "advisory").map(({ id }) => id);
  if (advisory.length === gates.length) return "no mandatory gate is closed, so there is nothing to bypass";
  // It would otherwise pay to close a mandatory gate, where an advisory one asks for an approval.
  if (advisory.length > 0) return `an advisory gate needs an approval, and a bypass is none: ${advisory.join(", ")}`;
  const missing = named.length === 0 ? [] : closed.filter((id) => !named.includes(id));
  return missing.length === 0 ? undefined : `it does not name ${missing.join(", ")}, so it lets no gate through`;
}

interface Seconding {
  readonly second: Statement;
  readonly request: Statement;
  /** The approvals of this bypass that count so far. */
  readonly counted: readonly Statement[];
  /** Why the bypass cannot be used, however many approve of it. */
  readonly wanting: string | undefined;
}

function secondProblem(
  { second, request, counted, wanting }: Seconding,
  rules: BypassRules,
  context: StatementContext,
): string | undefined {
  const { people } = context;
  const name = nameOf(second.signer, people);
  const problem =
    wordProblem(second, rules, context) ??
    (people.same(second.signer, request.signer) ? `${name} asked for the bypass` : undefined) ??
    authorProblem(second.signer, context);
  if (problem !== undefined) return problem;
  if (counted.some(({ signer }) => people.same(signer, second.signer))) return `${name} has approved it already`;
  return wanting === undefined ? undefined : "the bypass itself does not count";
}

function quorumProblem(approvers: number, quorum: number): string | undefined {
  const needed = Math.max(1, quorum);
  if (approvers >= needed) return undefined;
  return `${approvers} of ${needed} people besides the one who asks approved it`;
}

function bypassNote(
  request: Statement,
  seconds: readonly Statement[],
  gates: readonly DecisionGate[],
  rules: BypassRules,
  { people, now }: StatementContext,
): BypassNote {
  return {
    id: request.id,
    reason: request.reason,
    ticket: request.ticket ?? "",
    requestedBy: nameOf(request.signer, people),
    approvers: seconds.map(({ signer }) => nameOf(signer, people)),
    expires: request.expiresAt,
    gates: gates.map(({ id }) => id),
    reviewDue: new Date(now.getTime() + Math.min(rules.reviewMs, CAPS.reviewMs)).toISOString(),
  };
}
