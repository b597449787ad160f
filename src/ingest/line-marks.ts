import type { Counter } from "../evidence/types.ts";
import { rangesOf } from "../util/line-ranges.ts";

/** The lines of one source file, counted and, where the format tells them, named. */
export interface MeasuredLines {
  readonly lines: Counter;
  /** As the model writes lines; missing where the format counts only. */
  readonly covered?: string;
  /** As `covered`. */
  readonly missed?: string;
}

/** Which lines of one source file were run. */
export interface LineMarks {
  /** Notes a line, from 1 to {@link LARGEST_LINE}, as often as the file names it. It was run if it was run once. */
  add(line: number, hit: boolean): void;
  /** Notes all lines of another. */
  addAll(other: LineMarks): void;
  measured(): Required<MeasuredLines>;
  /** For each line twice its number, and one more where it was run; each line once, in ascending order. */
  entries(): readonly number[];
}

/** The largest number of a line; no file of code has so many. */
export const LARGEST_LINE = 999_999_999;

/** How many entries are not worth being put in order. */
const FEW = 1_024;

/** An empty {@link LineMarks}. It costs 8 bytes a line, for large reports hold millions. */
export function createLineMarks(): LineMarks {
  let entries: number[] = [];
  let most = FEW;
  const add = (entry: number): void => {
    entries.push(entry);
    if (entries.length < most) return;
    // Reports may name a line again and again; that must not cost memory each time.
    entries = inOrder(entries);
    most = Math.max(FEW, entries.length * 2);
  };
  return {
    add: (line, hit) => add(line * 2 + (hit ? 1 : 0)),
    addAll(other) {
      for (const entry of other.entries()) add(entry);
    },
    measured() {
      entries = inOrder(entries);
      const covered = entries.filter(isRun).map(lineOf);
      const missed = entries.filter((entry) => !isRun(entry)).map(lineOf);
      const lines = { covered: covered.length, total: entries.length };
      return { lines, covered: rangesOf(covered), missed: rangesOf(missed) };
    },
    entries() {
      entries = inOrder(entries);
      return entries;
    },
  };
}

function isRun(entry: number): boolean {
  return entry % 2 === 1;
}

/** Shifted without a sign, for twice the largest line does not fit 31 bits. */
function lineOf(entry: number): number {
  return entry >>> 1;
}

/** Most tools write lines in order, and then there is nothing to sort. */
function inOrder(entries: readonly number[]): number[] {
  const ascending = entries.every((entry, index) => index === 0 || entry >= (entries[index - 1] ?? 0));
  const sorted = ascending ? entries : Uint32Array.from(entries).toSorted();
  const distinct: number[] = [];
  for (const entry of sorted) {
    const last = distinct.at(-1);
    // Of one line the entry of a run comes last.
    if (last !== undefined && lineOf(last) === lineOf(entry)) distinct[distinct.length - 1] = entry;
    else distinct.push(entry);
  }
  return distinct;
}
