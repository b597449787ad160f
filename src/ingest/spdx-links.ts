import { createIds, pairOf } from "./ids.ts";

/** SPDX 2.3 section 11, with the type in its spelling. */
export interface SpdxRelationship {
  readonly from: string;
  readonly type: string;
  readonly to: string;
}

/**
 * What the relationships of a document come to, gathered one by one: a document may have many times more of them, and of
 * files that they name, than it has packages.
 */
export interface SpdxLinks {
  /** Notes an element that the document has, such as a file. */
  addElement(id: string): void;
  /** Notes what the document says that it describes. */
  addDescribed(id: string): void;
  addRelationship(relationship: SpdxRelationship): void;
  isDescribed(id: string): boolean;
  /** What was named and is not there, in no particular order. */
  missing(): readonly string[];
  /** How many pairs of elements there are of which one depends on the other. */
  countDependencies(): number;
}

const DOCUMENT = "SPDXRef-DOCUMENT";
/** What stands in the place of an element where there is none. */
const NO_ELEMENT: ReadonlySet<string> = new Set(["NONE", "NOASSERTION"]);
const DEPENDENCY_OF = /^(?:[A-Z]+_)?DEPENDENCY_OF$/;

/** Empty {@link SpdxLinks}. */
export function createLinks(): SpdxLinks {
  const ids = createIds();
  /** By number. */
  const present: boolean[] = [];
  const described = new Set<string>();
  const dependencies = new Set<number>();
  const numberOf = (id: string): number => {
    const number = ids.numberOf(id);
    present[number] ??= false;
    return number;
  };
  const addElement = (id: string): void => {
    present[numberOf(id)] = true;
  };
  for (const id of [DOCUMENT, ...NO_ELEMENT]) addElement(id);
  return {
    addElement,
    addDescribed(id) {
      numberOf(id);
      described.add(id);
    },
    addRelationship({ from, type, to }) {
      const [source, target] = [numberOf(from), numberOf(to)];
      if (type === "DESCRIBES" && from === DOCUMENT) described.add(to);
      if (type === "DESCRIBED_BY" && to === DOCUMENT) described.add(from);
      if (NO_ELEMENT.has(from) || NO_ELEMENT.has(to)) return;
      if (type === "DEPENDS_ON") dependencies.add(pairOf(source, target));
      else if (DEPENDENCY_OF.test(type)) dependencies.add(pairOf(target, source));
    },
    isDescribed: (id) => described.has(id),
    missing() {
      // Elements of other documents cannot be looked up.
      const named: string[] = [];
      for (const [id, number] of ids.entries()) {
        if (present[number] === false && !id.startsWith("DocumentRef-")) named.push(id);
      }
      return named;
    },
    countDependencies: () => dependencies.size,
  };
}
