import type { Automation } from "./frameworks.ts";
import type { ControlStatus, DeviationKind } from "./model.ts";

/**
 * How much a deviation weighs: `contradicts` shows that the claim did not hold, `missing` leaves it unproven, and
 * `covered` is an exception that someone was allowed to make.
 */
export type DeviationEffect = "contradicts" | "missing" | "covered";

/**
 * Only a waiver covers: an override or a bypass would need its approval or review in the record of the decision, tied to
 * the gate, and it is not there yet.
 */
export const DEVIATION_EFFECTS = {
  failed: "contradicts",
  overridden: "contradicts",
  bypassed: "contradicts",
  guardrail: "contradicts",
  "not-evaluated": "missing",
  absent: "missing",
  "below-integrity": "missing",
  unread: "missing",
  unexplained: "missing",
  waived: "covered",
} as const satisfies Record<DeviationKind, DeviationEffect>;

/** How one decision counts for one control. */
export type ItemResult = "contradicted" | "missing" | "not-applicable" | "waived" | "open";

/** From worst to best; the two statuses that are no verdict stand outside the order. */
const ORDER = [
  "error",
  "not-satisfied",
  "no-evidence",
  "partially-satisfied",
  "satisfied-with-exceptions",
  "satisfied",
] as const satisfies readonly ControlStatus[];

export type AssessedStatus = (typeof ORDER)[number];

/** The worst of some statuses; nothing at all is no evidence. */
export function worst(statuses: Iterable<AssessedStatus>): AssessedStatus {
  let found: AssessedStatus | undefined;
  for (const status of statuses) {
    if (found === undefined || ORDER.indexOf(status) < ORDER.indexOf(found)) found = status;
  }
  return found ?? "no-evidence";
}

/**
 * What the results of one gate come to. One contradiction is enough, and missing evidence is never outvoted by passing
 * evidence; results that are all `not-applicable` prove nothing.
 */
export function statusOfItems(items: readonly ItemResult[]): AssessedStatus {
  if (items.includes("contradicted")) return "not-satisfied";
  if (items.includes("missing")) return "no-evidence";
  if (items.includes("waived")) return "satisfied-with-exceptions";
  return items.includes("open") ? "satisfied" : "no-evidence";
}

/**
 * The best that a control can come to: a control that asks for more than the gates decide is at best partially
 * satisfied, and so is one that some of its gates are still missing for.
 */
export function capped(status: AssessedStatus, automation: Automation, planned: readonly string[]): AssessedStatus {
  if (automation === "full" && planned.length === 0) return status;
  return worst([status, "partially-satisfied"]);
}
