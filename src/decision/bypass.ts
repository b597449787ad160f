import type { Statement, StatementContext } from "./approvals.ts";
import type { BypassRules } from "./environment.ts";
import type { ApprovalNote, BypassNote, DecisionGate } from "./types.ts";

/**
 * Says whether an emergency bypass lets the closed mandatory gates through. A bypass that does not cover every closed
 * gate covers none.
 */
export function applyBypass(
  _gates: readonly DecisionGate[],
  _statements: readonly Statement[],
  _rules: BypassRules,
  _context: StatementContext,
): { readonly bypass: BypassNote | null; readonly notes: readonly ApprovalNote[] } {
  return { bypass: null, notes: [] };
}
