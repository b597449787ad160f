import type { Verdict } from "../../audit/verify.ts";
import type { ControlReport, ControlStatus, Deviation, DeviationKind, EvidenceReference, Report } from "../model.ts";

/** The words that every format of a report uses. None of them is escaped: that belongs to the sink. */

export const STATUS_WORDS = {
  error: { label: "Error", mark: "!", meaning: "The log is not what was written; nothing can be said." },
  "not-satisfied": {
    label: "Not satisfied",
    mark: "✗",
    meaning: "A decision contradicts the claim, or a gate ran with a weaker setting than the claim needs.",
  },
  "no-evidence": {
    label: "No evidence",
    mark: "?",
    meaning: "In scope, and evidence is missing, unusable or below the required integrity.",
  },
  "partially-satisfied": {
    label: "Partially satisfied",
    mark: "◐",
    meaning: "The claim held; the control asks for more, which people have to show.",
  },
  "satisfied-with-exceptions": {
    label: "Satisfied with exceptions",
    mark: "✓",
    meaning: "The claim held, with violations that valid waivers cover.",
  },
  satisfied: {
    label: "Satisfied",
    mark: "✓",
    meaning: "The claim held for every decision, and the control asks no more.",
  },
  "not-applicable": { label: "Not applicable", mark: "–", meaning: "Scoped out with a signed reason." },
  "not-assessed": { label: "Not assessed", mark: "○", meaning: "Outside what the program can test today." },
} as const satisfies Record<ControlStatus, { readonly label: string; readonly mark: string; readonly meaning: string }>;

export const DEVIATION_WORDS = {
  failed: { label: "Failed", meaning: "Violations without a waiver; the decision stopped the change." },
  overridden: { label: "Overridden", meaning: "The gate was closed, and the change was allowed all the same." },
  bypassed: { label: "Bypassed", meaning: "The gate was closed, and an emergency bypass let the change through." },
  guardrail: { label: "Setting too weak", meaning: "The gate ran with a weaker setting than a control needs." },
  "not-evaluated": { label: "Not evaluated", meaning: "The gate had no usable evidence, or could not run." },
  absent: { label: "Gate absent", meaning: "A gate that a control needs was no part of the decision." },
  "below-integrity": {
    label: "Below integrity",
    meaning: "The decision did not reach the integrity that its environment requires.",
  },
  unread: {
    label: "Document missing",
    meaning: "Only the leaf of the decision is left; its document was pruned or cannot be read.",
  },
  unexplained: { label: "Unexplained", meaning: "The record does not bear its own result." },
  waived: { label: "Waived", meaning: "Every violation is covered by a waiver that was valid at the time." },
} as const satisfies Record<DeviationKind, { readonly label: string; readonly meaning: string }>;

export const AUTOMATION_WORDS = {
  full: "Gates decide all that it asks.",
  partial: "Gates decide the claim; people show the rest.",
  manual: "Only a statement by people shows it.",
  none: "Nothing that the program reads bears on it.",
} as const satisfies Record<ControlReport["automation"], string>;

const VERDICT_WORDS = {
  good: { title: "The log was verified", text: "" },
  unknown: {
    title: "The log was not verified",
    text: "Nothing below is proven, and no control counts as satisfied. ",
  },
  tampered: {
    title: "DO NOT RELY ON THIS REPORT: the log has been tampered with",
    text: "The records that it was read from are not what was written, so no control is assessed. ",
  },
} as const satisfies Record<Verdict, { readonly title: string; readonly text: string }>;

/** What stands at the top of a report, where nobody can miss it. */
export function verdictOf({ log }: Report): { readonly title: string; readonly text: string } {
  const { title, text } = VERDICT_WORDS[log.verification.verdict];
  return { title, text: `${text}${log.verification.detail}` };
}

/** Whether there are figures to show for a control; figures out of a log that was tampered with would only mislead. */
export function hasFigures({ gates, status }: ControlReport): boolean {
  return gates.length > 0 && status !== "error";
}

/** The sentences under the heading of the summary. */
export function summaryOf({ summary, population, log }: Report): readonly string[] {
  const { controls, testable, stopped, letThrough } = summary;
  if (log.verification.verdict === "tampered") {
    return [
      `None of the framework's ${counted(controls, "control")} is assessed. What follows shows what the log holds now, so that the change can be found.`,
    ];
  }
  return [
    `Existing gates bear on ${testable} of the framework's ${controls} controls; they are judged by ${counted(population.count, "recorded decision")}. The other ${controls - testable} are listed and not assessed.`,
    `${counted(stopped + letThrough, "deviation")} without a waiver: in ${stopped} the change was stopped, in ${letThrough} it was let through. ${counted(summary.deviations.waived, "deviation")} covered by waivers.`,
  ];
}

/** `1 decision`, `2 decisions`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** `2026-01-31 12:00:00 UTC` for `2026-01-31T12:00:00.000Z`. */
export function readableTime(time: string): string {
  return time.replace("T", " ").replace(/(?:\.\d+)?Z$/, " UTC");
}

/** `3 to 7, 9` for the indexes 3, 4, 5, 6, 7 and 9, which must be in order. */
export function indexRanges(indexes: readonly number[]): string {
  const ranges: { readonly first: number; last: number }[] = [];
  for (const index of indexes) {
    const range = ranges.at(-1);
    if (range !== undefined && range.last + 1 === index) range.last = index;
    else ranges.push({ first: index, last: index });
  }
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first} to ${last}`)).join(", ");
}

/** The log entries that a control was judged by. */
export function evidenceRanges(evidence: readonly EvidenceReference[]): string {
  return evidence.length === 0 ? "none" : indexRanges(evidence.map(({ index }) => index));
}

/** Whether a deviation's decision let the change through, in words. */
export function dispositionOf({ stopped, decision }: Deviation): string {
  return `${decision.outcome} (${stopped ? "stopped" : "let through"})`;
}

/** One line for a violation: severity, rule, place, message. */
export function violationLine(violation: Deviation["excerpt"][number]): string {
  const { severity, rule, location, message, waiver } = violation;
  const place = [rule, violation.package, location].filter((part) => part !== undefined).join(" ");
  const head = place === "" ? severity : `${severity}, ${place}`;
  return `${head}: ${message}${waiver === undefined ? "" : ` (waiver ${waiver})`}`;
}

/** What the excerpt of a deviation leaves out. */
export function moreViolations({ violations, excerpt }: Deviation): string | undefined {
  const more = violations - excerpt.length;
  return more > 0 ? `and ${more} more in the recorded decision` : undefined;
}
