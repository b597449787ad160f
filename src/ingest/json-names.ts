/**
 * The names that an object has had so far, as a place in a tree. Most objects of a document have the same names in the
 * same order, with the same white space between them. Where the bytes of the next member are those of one that the
 * tree knows, its name need not be read, and it is certain that it was not there before.
 */
export interface Names {
  /** The last one; empty at a root, where there is none. */
  readonly last: string;
  readonly before: Names | undefined;
  /** How many there are. */
  readonly size: number;
  /** The bytes of the last one's member from behind the value before it up to its own, as they were seen last. */
  written: Uint8Array;
  /** What came last behind these. */
  likely: Names | undefined;
  /** What came behind these, by its last name; missing while that is `likely` at most. */
  next: Map<string, Names> | undefined;
  /** The root for the objects in the value of the last one's member. */
  inner: Names | undefined;
  /** All names of an object that has no room in the tree. */
  readonly all: Set<string> | undefined;
}

/** A document is made of few shapes; what goes beyond these counts are the keys of a map, and not remembered. */
const MAX_PLACES = 16_384;
const MAX_SIZE = 4_096;
const MAX_NEXT = 64;

/** The members behind so many share a root for what is inside them: they are keys of a map, with values of one shape. */
const MAX_ROOTS = 16;

const NOTHING = new Uint8Array(0);

/** The names of the objects of one document. */
export interface NameTree {
  readonly root: Names;
  /** Where the next name of an object leads; `undefined` where it has the name already. */
  add(names: Names, name: string): Names | undefined;
}

/** An empty {@link NameTree}. */
export function createNameTree(): NameTree {
  let places = 0;
  return {
    root: placeOf("", undefined),
    add(names, name) {
      const known = names.likely?.last === name ? names.likely : names.next?.get(name);
      if (known !== undefined) return known;
      if (names.all?.has(name) ?? hasName(names, name)) return undefined;
      const room = places < MAX_PLACES && names.size < MAX_SIZE && (names.next?.size ?? 0) < MAX_NEXT;
      if (names.all !== undefined || !room) return placeOf(name, names, (names.all ?? setOf(names)).add(name));
      places++;
      const next = placeOf(name, names);
      if (names.likely !== undefined) {
        names.next ??= new Map([[names.likely.last, names.likely]]);
        names.next.set(name, next);
      }
      return next;
    },
  };
}

function placeOf(last: string, before: Names | undefined, all?: Set<string>): Names {
  const size = before === undefined ? 0 : before.size + 1;
  return { last, before, size, written: NOTHING, likely: undefined, next: undefined, inner: undefined, all };
}

function hasName(names: Names, name: string): boolean {
  for (let place = names; place.before !== undefined; place = place.before) if (place.last === name) return true;
  return false;
}

function setOf(names: Names): Set<string> {
  const set = new Set<string>();
  for (let place = names; place.before !== undefined; place = place.before) set.add(place.last);
  return set;
}

/** The root for objects in the value of the last member of an object that began at `root`. */
export function insideOf(root: Names, names: Names): Names {
  const owner = names.size > MAX_ROOTS || names.all !== undefined ? root : names;
  owner.inner ??= placeOf("", undefined);
  return owner.inner;
}
