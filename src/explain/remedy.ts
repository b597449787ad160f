import { isClosed } from "../decision/closed.ts";
import { isCovered } from "../decision/covered.ts";
import type { DecisionGate } from "../decision/types.ts";
import { itemsOf } from "../evidence/items.ts";
import type { EvidenceDocument } from "../evidence/types.ts";
import type { EvaluationSession } from "../policy/evaluate.ts";
import type { GateDefinition } from "../policy/gate.ts";
import { answers } from "../policy/input.ts";
import type { RecordedCase } from "../replay/recorded.ts";
import { type CitedItem, type EvidenceEdits, evidenceEdits } from "./edits/evidence.ts";
import type { Remedy } from "./model.ts";
import { type Choice, smallestChoice, wholeChoice } from "./search.ts";
import { type Trial, tryGate, uncovered } from "./trial.ts";

/** How often a gate is asked for one answer, at most. */
const MAX_EVALUATIONS = 3_000;

/** Items that a gate is asked to look at for one answer, all evaluations together: some seconds. */
const MAX_ITEMS = 2_000_000;

/** What a gate says against evidence of which everything was changed that can be. */
const MOST_SAID = 10;

/** An item that comes to light only where another one is gone is looked for this often. */
const CITING_ROUNDS = 8;

/**
 * The smallest set of changes of the evidence with which a closed gate of a recorded decision opens, found by asking the
 * policies that made it.
 *
 * @param asked what the gate says of the evidence as it was
 */
export async function remedyOf(
  recorded: RecordedCase,
  gate: DecisionGate,
  asked: Trial,
  session: EvaluationSession,
  maxEvaluations: number = evaluationsFor(recorded.documents),
): Promise<Remedy> {
  if (!isClosed(gate)) return { kind: "none-needed" };
  const provide = evidenceToProvide(recorded, gate, session.gate(gate.id));
  if (provide.length > 0) return { kind: "evidence", provide };
  const documents = asSeen(recorded, asked.views);
  const editable = new Set<string>(gate.evidence.filter((id) => isUsable(recorded, id)));
  let evaluations = 0;
  let last = asked;

  async function opens(edits: EvidenceEdits, choice: Choice): Promise<boolean> {
    evaluations++;
    last = (await tryGate(recorded, gate, edits.apply(choice), session)) ?? last;
    return last.open;
  }

  async function search(edits: EvidenceEdits): Promise<Remedy> {
    const left = maxEvaluations - evaluations;
    const found = await smallestChoice(edits.space, (choice) => opens(edits, choice), left);
    if (!found.found) return notFound(last, evaluations);
    return { kind: "changes", changes: edits.changes(found.choice), minimal: found.minimal, evaluations };
  }

  const cited = new Map<string, CitedItem>();
  let found = citedItems(asked);
  for (let round = 0; round < CITING_ROUNDS && found.length > 0; round++) {
    const known = cited.size;
    for (const item of found) cited.set(`${item.evidence} ${item.item}`, item);
    if (cited.size === known) break;
    const edits = evidenceEdits(documents, { editable, cited: [...cited.values()], citedOnly: true });
    const whole = wholeChoice(edits.space);
    if (await opens(edits, whole)) return search(edits);
    found = citedItems(last).flatMap((item) => edits.before(whole, item) ?? []);
  }
  return search(evidenceEdits(documents, { editable, cited: [...cited.values()], citedOnly: false }));
}

/** Fewer where there is much to look at. */
function evaluationsFor(documents: readonly EvidenceDocument[]): number {
  const items = documents.reduce((sum, one) => sum + (one.kind === "unreadable" ? 0 : itemsOf(one).length), 1);
  return Math.max(1, Math.min(MAX_EVALUATIONS, Math.floor(MAX_ITEMS / items)));
}

function citedItems(trial: Trial): readonly CitedItem[] {
  return uncovered(trial).flatMap(({ violation: { evidence }, item }) =>
    evidence === undefined || item === undefined ? [] : [{ evidence, item }],
  );
}

/** What keeps the gate closed whatever is in the rest of the evidence. */
function evidenceToProvide(
  { decision, documents }: RecordedCase,
  gate: DecisionGate,
  definition: GateDefinition,
): readonly string[] {
  const own = documents.filter(({ id }) => gate.evidence.includes(id));
  const missing = definition.evidence
    .filter((need) => need.optional !== true && !own.some((document) => answers(document, need)))
    .map(({ suite, category, kind }) => `${[suite, category, kind].filter(Boolean).join(" ")} evidence: there is none`);
  const unusable = decision.evidence
    .filter(({ id, status }) => gate.evidence.includes(id) && status !== "usable")
    .map(({ path, status, reasons }) => `${path}: ${reasons.length === 0 ? status : reasons.join(", ")}`);
  return [...missing, ...unusable];
}

function isUsable({ decision }: RecordedCase, id: string): boolean {
  return decision.evidence.some((record) => record.id === id && record.status === "usable");
}

/** Coverage that several files measured together is changed as a whole, as gates see it. */
function asSeen(recorded: RecordedCase, views: readonly EvidenceDocument[]): readonly EvidenceDocument[] {
  const byId = new Map(views.map((view) => [view.id, view]));
  return recorded.documents.flatMap((document) => {
    if (document.kind !== "coverage" || !isUsable(recorded, document.id)) return [document];
    return byId.get(document.id) ?? [];
  });
}

function notFound({ gate }: Trial, evaluations: number): Remedy {
  const says = [
    ...gate.violations.filter((violation) => !isCovered(violation)).map(({ message }) => message),
    ...(gate.reason === undefined ? [] : gate.reason.split("; ")),
  ];
  return { kind: "not-found", says: says.slice(0, MOST_SAID), evaluations };
}
