import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Choice, type SearchSpace, smallestChoice } from "../../src/explain/search.ts";
import { subsetsOf } from "./fixture.ts";

function space(units: number, counts: readonly number[] = []): SearchSpace {
  return { units: Array.from({ length: units }, () => 1), counts };
}

/** Helps with one of these sets of units and at least these counts. */
function needing(sets: readonly (readonly number[])[], counts: readonly number[] = []) {
  return (choice: Choice): boolean =>
    sets.some((set) => set.every((unit) => choice.units.has(unit))) &&
    counts.every((count, index) => (choice.counts[index] ?? 0) >= count);
}

async function found(searched: SearchSpace, helps: (choice: Choice) => boolean, max = 1_000) {
  const asked: Choice[] = [];
  const result = await smallestChoice(
    searched,
    async (choice) => {
      asked.push(choice);
      return helps(choice);
    },
    max,
  );
  return { result, asked };
}

describe("the smallest choice", () => {
  it.each([
    { name: "one unit of many", units: 100, sets: [[57]], expected: [57] },
    { name: "all units", units: 9, sets: [[0, 1, 2, 3, 4, 5, 6, 7, 8]], expected: [0, 1, 2, 3, 4, 5, 6, 7, 8] },
    { name: "none", units: 9, sets: [[]], expected: [] },
    {
      name: "the first units where any will do",
      units: 6,
      sets: subsetsOf([0, 1, 2, 3, 4, 5]).filter((set) => set.length === 2),
      expected: [0, 1],
    },
    {
      name: "one of two ways",
      units: 8,
      sets: [
        [1, 6],
        [2, 3, 5],
      ],
      expected: [2, 3, 5],
    },
  ])("is $name", async ({ units, sets, expected }) => {
    const { result } = await found(space(units), needing(sets));
    expect(result).toMatchObject({ found: true, minimal: true });
    expect(result.found ? [...result.choice.units.keys()] : []).toEqual(expected);
  });

  it.each([
    { name: "exactly as many as it takes", most: [1_000, 50], needed: [41, 3] },
    { name: "none where none is needed", most: [1_000, 50], needed: [0, 0] },
    { name: "all there is", most: [7, 50], needed: [7, 50] },
  ])("counts $name", async ({ most, needed }) => {
    const { result, asked } = await found(space(0, most), needing([[]], needed));
    expect(result.found ? result.choice.counts : undefined).toEqual(needed);
    expect(asked.length).toBeLessThan(25);
  });

  it("says where not even everything helps, after one question", async () => {
    const { result } = await found(space(50, [10]), () => false);
    expect(result).toEqual({ found: false, evaluations: 1 });
  });

  it("takes the weakest way that still helps, unit by unit", async () => {
    const { result } = await found({ units: [3, 3, 1], counts: [] }, ({ units }) => {
      return (units.get(0) ?? -1) >= 1 && (units.get(1) ?? -1) >= 0;
    });
    expect(result.found ? [...result.choice.units] : []).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it("gives something that helps where it may ask no more, and says that less may do", async () => {
    const helps = needing([[3], [60]]);
    for (const max of [1, 2, 3, 5, 8]) {
      const { result, asked } = await found(space(64), helps, max);
      expect(asked.length).toBeLessThanOrEqual(max);
      expect(result).toMatchObject({ found: true, minimal: false, evaluations: asked.length });
      expect(result.found && helps(result.choice)).toBe(true);
    }
  });

  it("always helps, was tried, and has no part that helps where more never harms", async () => {
    const sets = fc.array(fc.uniqueArray(fc.nat({ max: 6 })), { minLength: 1, maxLength: 4 });
    const counts = fc.tuple(fc.nat({ max: 9 }), fc.nat({ max: 9 }));
    await fc.assert(
      fc.asyncProperty(sets, counts, async (helping, needed) => {
        const helps = needing(helping, needed);
        const { result, asked } = await found(space(7, [9, 9]), helps);
        if (!result.found) throw new Error("everything together helps");
        const { choice } = result;
        expect(asked.map(textOf)).toContain(textOf(choice));
        expect(helps(choice)).toBe(true);
        expect(choice.counts).toEqual(needed);
        const units = [...choice.units.keys()];
        for (const subset of subsetsOf(units).filter(({ length }) => length < units.length)) {
          expect(helps({ ...choice, units: new Map(subset.map((unit) => [unit, 0])) })).toBe(false);
        }
      }),
    );
  });

  it("has no unit that can be left out alone, whatever the answers", async () => {
    await fc.assert(
      fc.asyncProperty(fc.func(fc.boolean()), async (answer) => {
        const helps = ({ units }: Choice): boolean =>
          units.size === 6 || answer([...units.keys()].toSorted((a, b) => a - b));
        const { result } = await found(space(6), helps);
        if (!result.found) throw new Error("everything together helps");
        expect(helps(result.choice)).toBe(true);
        for (const unit of result.choice.units.keys()) {
          const units = new Map([...result.choice.units].filter(([other]) => other !== unit));
          expect(helps({ ...result.choice, units })).toBe(false);
        }
      }),
    );
  });
});

function textOf({ units, counts }: Choice): string {
  return JSON.stringify([[...units], counts]);
}
