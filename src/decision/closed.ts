import type { Environment } from "./environment.ts";
import type { DecisionGate } from "./types.ts";

/** Whether a result keeps its gate closed. */
export function isClosed(gate: DecisionGate): boolean {
  return gate.result === "fail" || gate.result === "not-evaluated";
}

/** Whether a gate is closed and nobody has overridden it. */
export function standsInTheWay(gate: DecisionGate): boolean {
  return isClosed(gate) && (gate.enforcement === "mandatory" || gate.approvedBy === undefined);
}

/** Whether a gate keeps the outcome from being `allow`; where advisory gates only warn, they do not. */
export function isBlocking(gate: DecisionGate, onAdvisory: Environment["onAdvisory"]): boolean {
  return standsInTheWay(gate) && (gate.enforcement === "mandatory" || onAdvisory === "approval");
}
