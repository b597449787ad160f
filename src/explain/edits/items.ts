import { itemsOf, nameOfItem, type ReadableDocument } from "../../evidence/items.ts";
import { EVIDENCE_ITEMS } from "../../evidence/types.ts";
import { changedItems, type DocumentEdits } from "./edits.ts";

/** Each item can be taken out. Figures of the summary stay as they are: what they would be, only the tool can say. */
export function itemEdits(document: ReadableDocument): DocumentEdits {
  const items = itemsOf(document);
  const units = items.map((item, position) => {
    const name = nameOfItem(item);
    return { item: position, ways: [{ action: "remove-item", evidence: document.source.path, name } as const] };
  });
  return {
    units,
    counts: [],
    apply(ways) {
      const gone = changedItems(units, ways);
      const left = items.filter((_, position) => !gone.has(position));
      const body = { ...document.body, [EVIDENCE_ITEMS[document.kind]]: left };
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same kind, with fewer items of its own
      return { ...document, body } as ReadableDocument;
    },
  };
}
