import { canonicalDigest } from "../evidence/canonical.ts";
import type { Digest } from "../evidence/types.ts";
import { isClosed } from "./closed.ts";
import type { ApprovalRules } from "./environment.ts";
import type { People } from "./people.ts";
import {
  authorProblem,
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
import type { ApprovalNote, DecisionGate } from "./types.ts";

export type { Statement, StatementContext, StatementSubject } from "./statement.ts";

/** Says which closed advisory gates are overridden, and of each approval whether it counts and why not. */
export function applyApprovals(
  gates: readonly DecisionGate[],
  statements: readonly Statement[],
  rules: ApprovalRules,
  context: StatementContext,
): { readonly gates: readonly DecisionGate[]; readonly notes: readonly ApprovalNote[] } {
  const counted: Statement[] = [];
  const notes: ApprovalNote[] = [];
  for (const statement of inOrder(statements)) {
    if (statement.kind !== "approval") continue;
    const problem =
      problemOf(statement, rules.lifetimeMs, context) ??
      sourceProblem(statement, rules) ??
      signerProblem(statement.signer, rules.roles, context) ??
      authorProblem(statement.signer, context) ??
      gateProblem(statement, gates) ??
      repetition(statement, counted, context.people);
    if (problem === undefined) counted.push(statement);
    if (isListed(statement, context)) notes.push(noteOf(statement, problem, context));
  }
  return { gates: gates.map((gate) => overridden(gate, counted, rules.quorum)), notes: listedNotes(notes) };
}

/**
 * What is wrong with a gate, as an approval of it is bound to: why it could not be evaluated, and every violation with its
 * severity and what was measured. Whether a waiver or the baseline covers a violation makes no difference, and so neither
 * does the result: nothing that expires can bring an old approval back.
 */
export function violationsDigest({ reason, violations }: DecisionGate): Digest {
  const found = violations.map(({ fingerprint, severity, measured }) => [
    fingerprint,
    severity,
    measured?.value ?? null,
  ]);
  const sorted = found.toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return canonicalDigest({ reason: reason ?? null, violations: sorted });
}

/** Only closed advisory gates have approvals that count. */
function overridden(gate: DecisionGate, counted: readonly Statement[], quorum: number): DecisionGate {
  const approvals = counted.filter(({ subject }) => subject.gate === gate.id);
  const enough = approvals.length >= Math.max(1, quorum);
  return enough ? { ...gate, approvedBy: approvals.map(({ id }) => id) } : gate;
}

function sourceProblem(statement: Statement, { from }: ApprovalRules): string | undefined {
  const source = sourceOf(statement);
  if (from.includes(source)) return undefined;
  return `it is a ${source}, and \`approvals.from\` of this environment takes only ${from.join(" and ")}`;
}

function gateProblem({ subject: about }: Statement, gates: readonly DecisionGate[]): string | undefined {
  if (about.gate === undefined) return "it does not say for which gate it is";
  const gate = gates.find(({ id }) => id === about.gate);
  if (gate === undefined) return `this environment has no gate ${about.gate}`;
  if (gate.enforcement === "mandatory") return `${gate.id} is mandatory here, and only advisory gates can be approved`;
  if (!isClosed(gate)) return `${gate.id} is open, so there is nothing to approve`;
  if (about.violations === undefined || about.violations === violationsDigest(gate)) return undefined;
  return "the findings changed since it was given";
}

/** Two approvals of one person are one. */
function repetition({ signer, subject }: Statement, counted: readonly Statement[], people: People): string | undefined {
  const again = counted.some((other) => other.subject.gate === subject.gate && people.same(other.signer, signer));
  return again ? `${nameOf(signer, people)} has approved it already` : undefined;
}
