import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  countLines,
  joinRanges,
  type LineRange,
  parseRanges,
  rangesOf,
  textOfRanges,
  withoutRanges,
} from "../../src/util/line-ranges.ts";

const SETTINGS = { numRuns: 1_000, seed: 1 } as const;

/** Ranges of a few lines near each other, so that they touch and overlap often, in the order of their first lines. */
const nearby = fc
  .array(fc.record({ start: fc.integer({ min: 1, max: 60 }), length: fc.nat(6) }), { maxLength: 12 })
  .map((found) => {
    const ranges = found.map(({ start, length }): LineRange => ({ start, end: start + length }));
    return ranges.toSorted((a, b) => a.start - b.start);
  });

function linesIn(ranges: readonly LineRange[]): ReadonlySet<number> {
  return new Set(ranges.flatMap(({ start, end }) => Array.from({ length: end - start + 1 }, (_, n) => start + n)));
}

describe("lines as text", () => {
  it.each([
    [[], ""],
    [[8], "8"],
    [[1, 2, 3, 4, 5, 8], "1-5,8"],
    [[1, 1, 2], "1-2"],
    [[1, 3, 5], "1,3,5"],
    [[999_999_998, 999_999_999], "999999998-999999999"],
  ])("%j is %j", (lines, text) => expect(rangesOf(lines)).toBe(text));

  it("is read back as it was written", () => {
    fc.assert(
      fc.property(nearby, (ranges) => {
        const text = textOfRanges(ranges);
        const read = parseRanges(text) ?? [];
        expect([linesIn(read), countLines(read), textOfRanges(read)]).toEqual([
          linesIn(ranges),
          linesIn(ranges).size,
          text,
        ]);
      }),
      SETTINGS,
    );
  });

  it.each([
    "0",
    "01",
    "1-",
    "-1",
    "1-1",
    "2-1",
    "1,",
    ",1",
    "1,2",
    "2,1",
    "1-3,3",
    "1-3,4",
    "1 ,3",
    "1;3",
    "x",
    "1e3",
    "1-2-3",
  ])("is not %j", (text) => expect(parseRanges(text)).toBeUndefined());
});

it("takes ranges away from others", () => {
  fc.assert(
    fc.property(nearby, nearby, (ranges, others) => {
      const left = withoutRanges(joinRanges(ranges), joinRanges(others));
      const taken = linesIn(others);
      expect([...linesIn(left)]).toEqual([...linesIn(ranges)].filter((line) => !taken.has(line)));
    }),
    SETTINGS,
  );
});
