import type { Decision } from "../decision/types.ts";

/** The decision itself, `schemas/decision.v1.schema.json`. */
export function formatJson(decision: Decision): string {
  return `${JSON.stringify(decision, null, 2)}\n`;
}
