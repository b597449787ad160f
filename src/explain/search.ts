/** What can be changed: things of which each is changed or not, and things of which more or fewer are. */
export interface SearchSpace {
  /** For each unit in how many ways it can be changed, the last one being the strongest. The units that matter come first. */
  readonly units: readonly number[];
  /** For each count the most of it. */
  readonly counts: readonly number[];
}

/** A selection of changes. */
export interface Choice {
  /** The way in which each chosen unit is changed, by the unit's place in the space. */
  readonly units: ReadonlyMap<number, number>;
  readonly counts: readonly number[];
}

/** What a search has found. */
export type SearchResult =
  /** Not even all changes together help. */
  | { readonly found: false; readonly evaluations: number }
  | {
      readonly found: true;
      /** It was tried, and it helps. */
      readonly choice: Choice;
      readonly evaluations: number;
      /** False where the limit was reached before it was known that nothing can be left out. */
      readonly minimal: boolean;
    };

/** Everything, in the strongest way. */
export function wholeChoice({ units, counts }: SearchSpace): Choice {
  return { units: new Map(units.map((ways, unit) => [unit, ways - 1])), counts };
}

/**
 * A small selection of changes that helps. Without any one of its units, or with one less of any of its counts, it does
 * not: found by bisection of the counts one after the other, then of the units in their order, then by leaving out one unit
 * after the other until none can be. Where more changes never do harm, no part of the selection helps.
 *
 * @param helps whether a selection does; it is asked one at a time
 * @param maxEvaluations how often it may be asked, at least once
 */
export async function smallestChoice(
  space: SearchSpace,
  helps: (choice: Choice) => Promise<boolean>,
  maxEvaluations: number,
): Promise<SearchResult> {
  let evaluations = 1;
  let minimal = true;
  let best = wholeChoice(space);

  /** Keeps the selection where it helps. One that may not be asked for any more does not. */
  async function improves(choice: Choice): Promise<boolean> {
    if (evaluations >= maxEvaluations) {
      minimal = false;
      return false;
    }
    evaluations++;
    const answer = await helps(choice);
    if (answer) best = choice;
    return answer;
  }

  if (!(await helps(best))) return { found: false, evaluations };
  for (const [index, most] of space.counts.entries()) {
    await bisect(most, (value) => improves({ ...best, counts: best.counts.with(index, value) }));
  }
  const all = [...best.units];
  await bisect(all.length, (length) => improves({ ...best, units: new Map(all.slice(0, length)) }));
  await leaveOut(
    () => [...best.units.keys()],
    (unit) => improves({ ...best, units: without(best.units, unit) }),
  );
  for (const [unit, way] of best.units) {
    for (let weaker = 0; weaker < way; weaker++) {
      if (await improves({ ...best, units: new Map(best.units).set(unit, weaker) })) break;
    }
  }
  return { found: true, choice: best, evaluations, minimal };
}

/** Tries values below one that is known to do, as if all above the least one did; first none at all, which is most often it. */
async function bisect(known: number, does: (value: number) => Promise<boolean>): Promise<void> {
  if (known === 0 || (await does(0))) return;
  let low = 1;
  let high = known;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    if (await does(middle)) high = middle;
    else low = middle + 1;
  }
}

/** Once more after a round in which something could be left out: then something else may have become dispensable. */
async function leaveOut(units: () => readonly number[], does: (unit: number) => Promise<boolean>): Promise<void> {
  for (let removed = true; removed; ) {
    removed = false;
    for (const unit of units().toReversed()) removed = (await does(unit)) || removed;
  }
}

function without(units: ReadonlyMap<number, number>, unit: number): ReadonlyMap<number, number> {
  return new Map([...units].filter(([other]) => other !== unit));
}
