import { itemsOf } from "../../evidence/items.ts";
import type { EvidenceDocument } from "../../evidence/types.ts";
import type { Change } from "../model.ts";
import type { Choice, SearchSpace } from "../search.ts";
import { componentEdits } from "./components.ts";
import { coverageEdits } from "./coverage.ts";
import type { CountEdit, DocumentEdits, UnitEdit } from "./edits.ts";
import { findingsEdits } from "./findings.ts";
import { itemEdits } from "./items.ts";
import { mutantEdits } from "./mutants.ts";
import { testEdits } from "./tests.ts";

/** An item of some evidence. */
export interface CitedItem {
  /** The id of the document. */
  readonly evidence: string;
  readonly item: number;
}

/** What can be made better in some evidence. */
export interface EvidenceEdits {
  readonly space: SearchSpace;
  apply(choice: Choice): readonly EvidenceDocument[];
  /** What has to be done: to items in their order, then what is counted. */
  changes(choice: Choice): readonly Change[];
  /** Where an item of the changed evidence was before; undefined for one that was not there. */
  before(choice: Choice, cited: CitedItem): CitedItem | undefined;
}

/** What takes an item out of its list. */
const REMOVING: ReadonlySet<Change["action"]> = new Set(["fix-finding", "remove-component", "remove-item"]);

/** Which changes are thought of. */
export interface EditScope {
  /** The documents that may change, by id. */
  readonly editable: ReadonlySet<string>;
  /** The items that matter, the gravest first. */
  readonly cited: readonly CitedItem[];
  /** Whether only they are changed, and what is no item. */
  readonly citedOnly: boolean;
}

interface Owned<Edit> {
  readonly document: number;
  /** In the edits of its document. */
  readonly index: number;
  readonly edit: Edit;
}

/**
 * What can be made better in the evidence of a gate.
 *
 * @param documents all evidence of the decision; coverage as gates see it
 */
export function evidenceEdits(documents: readonly EvidenceDocument[], scope: EditScope): EvidenceEdits {
  const edits = documents.map((document) => (scope.editable.has(document.id) ? editsOf(document) : undefined));
  const units = orderedUnits(
    documents,
    owned(edits, (one) => one.units),
    scope,
  );
  const counts = owned(edits, (one) => one.counts);
  return {
    space: { units: units.map(({ edit }) => edit.ways.length), counts: counts.map(({ edit }) => edit.most) },
    apply(choice) {
      const waysOf = documents.map(() => new Map<number, number>());
      for (const [place, way] of choice.units) {
        const unit = units[place];
        if (unit !== undefined) waysOf[unit.document]?.set(unit.index, way);
      }
      return documents.map((document, index) => {
        const amounts = counts.flatMap((count, place) => (count.document === index ? [choice.counts[place] ?? 0] : []));
        return edits[index]?.apply(waysOf[index] ?? new Map(), amounts) ?? document;
      });
    },
    changes(choice) {
      const changed = [...choice.units].flatMap(([place, way]) => units[place]?.edit.ways[way] ?? []);
      const counted = counts.flatMap(({ edit }, place) => {
        const amount = choice.counts[place] ?? 0;
        return amount === 0 ? [] : [edit.changed(amount)];
      });
      return [...changed, ...counted];
    },
    before(choice, { evidence, item }) {
      const document = documents.find(({ id }) => id === evidence);
      if (document === undefined || document.kind === "unreadable") return undefined;
      const removed = new Set<number>();
      for (const [place, way] of choice.units) {
        const unit = units[place];
        const change = unit?.edit.ways[way];
        if (unit === undefined || documents[unit.document] !== document || unit.edit.item === undefined) continue;
        if (change !== undefined && REMOVING.has(change.action)) removed.add(unit.edit.item);
      }
      const kept = itemsOf(document).flatMap((_, position) => (removed.has(position) ? [] : [position]));
      const position = kept[item];
      return position === undefined ? undefined : { evidence, item: position };
    },
  };
}

function editsOf(document: EvidenceDocument): DocumentEdits | undefined {
  if (document.kind === "findings") return findingsEdits(document);
  if (document.kind === "tests") return testEdits(document);
  if (document.kind === "coverage") return coverageEdits(document);
  if (document.kind === "sbom") return componentEdits(document);
  if (document.kind === "mutation") return mutantEdits(document);
  return document.kind === "unreadable" ? undefined : itemEdits(document);
}

function owned<Edit extends UnitEdit | CountEdit>(
  edits: readonly (DocumentEdits | undefined)[],
  of: (edits: DocumentEdits) => readonly Edit[],
): readonly Owned<Edit>[] {
  return edits.flatMap((one, document) =>
    one === undefined ? [] : of(one).map((edit, index) => ({ document, index, edit })),
  );
}

/** What is cited comes first, in its order; then what concerns a whole document. */
function orderedUnits(
  documents: readonly EvidenceDocument[],
  units: readonly Owned<UnitEdit>[],
  { cited, citedOnly }: EditScope,
): readonly Owned<UnitEdit>[] {
  const rank = new Map(cited.map(({ evidence, item }, place) => [`${evidence} ${item}`, place]));
  const ranked = units.map((unit) => {
    const { item } = unit.edit;
    const place = item === undefined ? cited.length : rank.get(`${documents[unit.document]?.id} ${item}`);
    return { unit, place: place ?? Number.POSITIVE_INFINITY };
  });
  return ranked
    .filter(({ place }) => !citedOnly || place !== Number.POSITIVE_INFINITY)
    .toSorted((a, b) => (a.place === b.place ? 0 : a.place - b.place))
    .map(({ unit }) => unit);
}
