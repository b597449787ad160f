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

/** More elements than a file may have; two numbers below it make one that a double holds exactly. */
const MOST_ELEMENTS = 2 ** 26;

/** Empty {@link SpdxLinks}. */
export function createLinks(): SpdxLinks {
  // A number takes less room than an id, of which there may be millions.
  const numbers = new Map<string, number>();
  const present: boolean[] = [];
  const described = new Set<string>();
  const dependencies = new Set<number>();
  const numberOf = (id: string): number => {
    const known = numbers.get(id);
    if (known !== undefined) return known;
    numbers.set(id, present.length);
    return present.push(false) - 1;
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
      if (type === "DEPENDS_ON") dependencies.add(source * MOST_ELEMENTS + target);
      else if (DEPENDENCY_OF.test(type)) dependencies.add(target * MOST_ELEMENTS + source);
    },
    isDescribed: (id) => described.has(id),
    missing() {
      // Elements of other documents cannot be looked up.
      const named = [...numbers].filter(([id, number]) => present[number] === false && !id.startsWith("DocumentRef-"));
      return named.map(([id]) => id);
    },
    countDependencies: () => dependencies.size,
  };
}
