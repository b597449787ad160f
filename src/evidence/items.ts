import { canonicalDigest } from "./canonical.ts";
import { EVIDENCE_ITEMS, EVIDENCE_LISTS, type EvidenceDocument, type ReadableKind } from "./types.ts";

/** A document that could be read. */
export type ReadableDocument = Exclude<EvidenceDocument, { kind: "unreadable" }>;

/** An item of a document: a finding, a test case, a component. */
export type Item = Readonly<Record<string, unknown>>;

/** The items of a document: findings, files, cases and so on. */
export function itemsOf({ kind, body }: ReadableDocument): readonly Item[] {
  const lists: Readonly<Record<string, readonly Item[]>> = asLists(body);
  return lists[EVIDENCE_ITEMS[kind]] ?? [];
}

/** The other lists of a document, such as the scans of findings. */
export function otherListsOf({ kind, body }: ReadableDocument): Readonly<Record<string, readonly Item[]>> {
  const lists = asLists(body);
  return Object.fromEntries(namesOfOtherLists(kind).map((name) => [name, lists[name] ?? []]));
}

/** The names of {@link otherListsOf}. */
export function namesOfOtherLists(kind: ReadableKind): readonly string[] {
  return EVIDENCE_LISTS[kind].filter((name) => name !== EVIDENCE_ITEMS[kind]);
}

/** Interfaces have no index signature; their members are read here by declared name only. */
function asLists(body: object): Readonly<Record<string, readonly Item[]>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the body of every kind is made of lists of objects
  return body as Readonly<Record<string, readonly Item[]>>;
}

/** What names an item, whatever its kind: the first of these fields that it has. */
const NAMING_FIELDS = ["id", "vulnerability", "name", "sha", "path", "page", "predicateType", "action"] as const;

/** The name of an item among those of its kind; its digest where it has none. */
export function nameOfItem(item: Item): string {
  for (const field of NAMING_FIELDS) {
    const value = item[field];
    if (typeof value === "string" && value !== "") return value;
  }
  return canonicalDigest(item);
}
