import type { DecisionInputs } from "../decision/decide.ts";
import type { Decision, DecisionGate, Violation, WaiverNote } from "../decision/types.ts";
import { matchedBy, openViolations } from "../decision/waiver-match.ts";
import type { Excuse } from "./model.ts";

/** What people decided about a gate: waivers, approvals and a bypass, each with whether it counts. */
export function excusesOfGate(decision: Decision, gate: DecisionGate): readonly Excuse[] {
  const waivers = waiverNotes(decision).filter(({ note }) => note.gate === gate.id);
  const approvals = decision.approvals.filter(({ gate: approved }) => approved === gate.id);
  const bypasses = decision.approvals.filter(({ kind, counts }) => kind === "bypass" && !counts);
  return [
    ...waivers.map(excuseOf),
    ...[...approvals, ...bypasses].map(({ kind, id, approver, expires, counts, problem }): Excuse => {
      const who = `${kind === "approval" ? "approved" : "bypass asked for"} by ${approver} until ${expires}`;
      return {
        kind: kind === "approval" ? "approval" : "bypass",
        id,
        counts,
        text: problem === undefined ? who : `${who}: ${problem}`,
      };
    }),
    ...(decision.bypass?.gates.includes(gate.id) === true
      ? [{ kind: "bypass", counts: true, text: `bypassed for ${decision.bypass.ticket}` } as const]
      : []),
  ];
}

/**
 * What people decided about one violation.
 *
 * @param inputs say what each waiver is for; undefined where they are not stored
 */
export function excusesOfViolation(
  decision: Decision,
  gate: DecisionGate,
  violation: Violation,
  inputs: DecisionInputs | undefined,
): readonly Excuse[] {
  const open = openViolations(gate);
  const waivers = waiverNotes(decision).flatMap((listed) => {
    const { note } = listed;
    if (note.gate !== gate.id) return [];
    if (note.id === violation.waiver) return [listed];
    const waiver = inputs?.waivers.find(({ id }) => id === note.id);
    const matched = waiver === undefined ? undefined : matchedBy(waiver, open);
    const meant = [...(matched ?? [])].find(([{ fingerprint }]) => fingerprint === violation.fingerprint);
    return meant === undefined ? [] : [{ ...listed, counts: false, why: meant[1] ?? listed.why }];
  });
  const { baseline } = decision;
  if (baseline === null) return waivers.map(excuseOf);
  const known = violation.baseline === true;
  const text = known ? `it was there at the decision ${baseline.decision}` : "it is new: the baseline does not have it";
  return [...waivers.map(excuseOf), { kind: "baseline", source: baseline.path, counts: known, text }];
}

interface ListedWaiver {
  readonly note: WaiverNote;
  readonly counts: boolean;
  readonly why: string;
}

/** Each once, with the gravest that is said of it. */
function waiverNotes({ waivers }: Decision): readonly ListedWaiver[] {
  const listed = [
    ...waivers.refused.map((note) => ({ note, counts: false, why: note.problem ?? "it is refused" })),
    ...waivers.expired.map((note) => ({ note, counts: false, why: note.problem ?? `it expired ${note.expires}` })),
    ...waivers.used.map((note) => ({ note, counts: true, why: `it covers ${note.covers} until ${note.expires}` })),
    ...waivers.unused.map((note) => ({ note, counts: false, why: note.problem ?? "it fits no violation" })),
  ];
  return listed.filter(({ note }, index) => listed.findIndex((other) => other.note.id === note.id) === index);
}

function excuseOf({ note, counts, why }: ListedWaiver): Excuse {
  return { kind: "waiver", id: note.id, source: note.source, counts, text: why };
}
