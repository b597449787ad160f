import type { EvidenceDocument } from "../../evidence/types.ts";
import type { Change } from "../model.ts";

/** Something in a document that can be made better, or not. */
export interface UnitEdit {
  /** The position of the item that it changes; missing where it changes the document as a whole. */
  readonly item?: number;
  /** In which ways, the strongest last. */
  readonly ways: readonly Change[];
}

/** Something of which more can be made better. */
export interface CountEdit {
  readonly most: number;
  /** What it takes to do it that often. */
  changed(count: number): Change;
}

/** Everything that can be made better in one document. */
export interface DocumentEdits {
  readonly units: readonly UnitEdit[];
  readonly counts: readonly CountEdit[];
  /**
   * The document with some of it done; its summary still agrees with its lists.
   *
   * @param ways the way in which each chosen unit is changed, by its place in `units`
   * @param counts how often each of `counts` is done
   */
  apply(ways: ReadonlyMap<number, number>, counts: readonly number[]): EvidenceDocument;
}

/** The positions of the items that are changed, with the way in which each is. */
export function changedItems(
  units: readonly UnitEdit[],
  ways: ReadonlyMap<number, number>,
): ReadonlyMap<number, Change> {
  const items = new Map<number, Change>();
  for (const [unit, way] of ways) {
    const { item, ways: possible } = units[unit] ?? { ways: [] };
    const change = possible[way];
    if (item !== undefined && change !== undefined) items.set(item, change);
  }
  return items;
}
