import { isClosed, standsInTheWay } from "../decision/decide.ts";
import { OBLIGATIONS_GATE } from "../decision/obligations.ts";
import type { ApprovalNote, BypassNote, Decision } from "../decision/types.ts";

/** What the outputs for people say of approvals, bypasses and what is owed for them, in the same words. */

/** What let closed gates through, for the end of the headline; empty where nothing did. */
export function letThrough({ gates, bypass, exitCode }: Decision): string {
  const closed = gates.filter(isClosed);
  if (exitCode !== 0 || closed.length === 0) return "";
  if (bypass !== null) return `, bypassed for ${bypass.requestedBy} (${bypass.ticket})`;
  const overridden = closed.filter((gate) => !standsInTheWay(gate)).length;
  const warned = closed.length - overridden;
  const words = [
    ...(overridden === 0 ? [] : [`${overridden} overridden by approval`]),
    ...(warned === 0 ? [] : [`${warned} only warned about`]),
  ];
  return `, ${words.join(", ")}`;
}

/** The bypass in one line; undefined where there is none. */
export function bypassLine({ bypass }: Decision): string | undefined {
  return bypass === null ? undefined : bypassWords(bypass);
}

function bypassWords({ gates, requestedBy, approvers, ticket, reason, expires, reviewDue }: BypassNote): string {
  return (
    `EMERGENCY BYPASS of ${gates.join(", ")}: asked for by ${requestedBy} (${ticket}: ${reason}), ` +
    `approved by ${approvers.join(", ")}, until ${expires}; its review is due at ${reviewDue}`
  );
}

/**
 * A line for each approval and bypass that somebody gave, with why it does not count where it does not.
 *
 * @param most lines of them; one more says how many are left out
 */
export function approvalLines({ approvals }: Decision, most: number): readonly string[] {
  const lines = approvals.slice(0, most).map((note) => {
    const said = `${noteWords(note)} (${note.via}, until ${note.expires})`;
    return note.problem === undefined ? `${said}: ${note.reason}` : `${said} does not count: ${note.problem}`;
  });
  const more = approvals.length - lines.length;
  return more === 0 ? lines : [...lines, `and ${more} more; the json output has them all`];
}

function noteWords({ kind, approver, gate }: ApprovalNote): string {
  switch (kind) {
    case "approval":
      return `approval of ${gate ?? "no gate"} by ${approver}`;
    case "bypass":
      return `bypass asked for by ${approver}`;
    case "bypass-approval":
      return `approval of the bypass by ${approver}`;
  }
}

/** The reviews that are owed and not overdue; where one is, its gate is closed and says so itself. */
export function owedLines({ gates }: Decision): readonly string[] {
  const gate = gates.find(({ id }) => id === OBLIGATIONS_GATE);
  return gate === undefined || isClosed(gate) ? [] : (gate.reason ?? "").split("; ");
}

/** What remains to be done about what people let through, or could. */
export function approvalSteps(decision: Decision): readonly string[] {
  const { outcome, environment, id, bypass, gates } = decision;
  if (outcome === "approval-required") {
    const closed = gates.filter(standsInTheWay).map((gate) => gate.id);
    const commands = closed.map((gate) => `\`gate approve --env ${environment} --gate ${gate}\``);
    return [`Or have each approved by somebody who did not write the change: ${commands.join(", ")}.`];
  }
  if (bypass === null) return [];
  return [`Review the bypass before ${bypass.reviewDue}: \`gate review ${id} --outcome justified --findings TEXT\`.`];
}
