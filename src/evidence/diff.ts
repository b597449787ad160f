import { type Item, itemsOf, nameOfItem, type ReadableDocument } from "./items.ts";
import { EVIDENCE_ITEMS, type ReadableKind } from "./types.ts";

/** An item that is in both documents, and differs in what matters of its kind. */
export interface ChangedItem {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly item: Item;
}

/** What changed between two documents of one kind. */
export interface EvidenceDiff {
  readonly kind: ReadableKind;
  /** What the items are called, such as findings. */
  readonly items: string;
  readonly added: readonly Item[];
  readonly removed: readonly Item[];
  readonly changed: readonly ChangedItem[];
  readonly unchanged: number;
}

/** What matters of an item of a kind: a change of it is a change of the item. */
const STATES: Readonly<Partial<Record<ReadableKind, (item: Item) => unknown>>> = {
  findings: ({ severity, suppressed }) => (suppressed === true ? `${String(severity)}, suppressed` : severity),
  coverage: ({ lines }) => counterText(lines),
  tests: ({ status }) => status,
  mutation: ({ status }) => status,
  sbom: ({ version }) => version ?? "no version",
  vex: ({ status }) => status,
  deployment: ({ outcome }) => outcome,
  incident: ({ state }) => state,
  assessment: ({ status }) => status,
};

/** What tells items of a kind apart, where it is not their name. */
const NAMES: Readonly<Partial<Record<ReadableKind, (item: Item) => string>>> = {
  sbom: ({ purl, name }) =>
    typeof purl === "string" ? purl.replace(/@[^?#]*/, "").replace(/[?#].*/, "") : String(name),
  vex: ({ vulnerability, products }) => JSON.stringify([vulnerability, products]),
};

/** Compares two documents of one kind by the identity of their items, whatever their order. */
export function diffEvidence(before: ReadableDocument, after: ReadableDocument): EvidenceDiff {
  const { kind } = after;
  const nameOf = NAMES[kind] ?? nameOfItem;
  const stateOf = STATES[kind] ?? JSON.stringify;
  const remaining = Map.groupBy(itemsOf(before), nameOf);
  const added: Item[] = [];
  const changed: ChangedItem[] = [];
  let unchanged = 0;
  for (const item of itemsOf(after)) {
    const name = nameOf(item);
    const earlier = remaining.get(name)?.shift();
    if (earlier === undefined) {
      added.push(item);
      continue;
    }
    const [was, is] = [String(stateOf(earlier)), String(stateOf(item))];
    if (was === is) unchanged++;
    else changed.push({ name, before: was, after: is, item });
  }
  const removed = [...remaining.values()].flat();
  return { kind, items: EVIDENCE_ITEMS[kind], added, removed, changed, unchanged };
}

function counterText(counter: unknown): string {
  if (typeof counter !== "object" || counter === null) return "";
  const { covered, total } = { covered: 0, total: 0, ...counter };
  return `${covered}/${total}`;
}
