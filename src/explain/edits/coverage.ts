import type { Counter, CoverageEvidence, CoverageFile } from "../../evidence/types.ts";
import { joinRanges, type LineRange, parseRanges, textOfRanges, withoutRanges } from "../../util/line-ranges.ts";
import type { CountEdit, DocumentEdits } from "./edits.ts";

const METRICS = ["lines", "branches", "functions", "statements"] as const;
type Metric = (typeof METRICS)[number];

/** Files that are named; the counts have them all. */
const MOST_FILES = 10;

/** How many more to cover in each file, by path. */
type Plan = ReadonlyMap<string, number>;

/**
 * More changed lines, lines, branches, functions and statements can be covered, those of the files with most missed first.
 *
 * @param document as gates see it: merged with others, and with changed lines counted
 */
export function coverageEdits(document: CoverageEvidence): DocumentEdits {
  const { path } = document.source;
  const { files } = document.body;
  const missedOf = (metric: Metric) => (file: CoverageFile) => missedIn(file[metric]);
  const changedOf = ({ changed }: CoverageFile) => missedIn(changed);
  // The search asks for as little as it can of the first ones: lines that are changed are worth more than others.
  const counted: readonly { readonly metric: Metric | "changed lines"; readonly edit: CountEdit }[] = [
    ...METRICS.map((metric) => {
      return { metric, edit: countEdit(metric, missedIn(document.summary[metric]), missedOf(metric)) };
    }),
    { metric: "changed lines", edit: countEdit("changed lines", missedIn(document.summary.changed), changedOf) },
  ];

  function countEdit(metric: string, most: number, missed: (file: CoverageFile) => number): CountEdit {
    return {
      most,
      changed(count) {
        const plan = [...planOf(files, missed, count)].map(([file, amount]) => ({ path: file, count: amount }));
        return { action: "cover", evidence: path, metric, count, files: plan.slice(0, MOST_FILES) };
      },
    };
  }

  return {
    units: [],
    counts: counted.map(({ edit }) => edit),
    apply(_, amounts) {
      // Lines that are changed come first here: they count among the lines.
      return counted.reduceRight((before, { metric }, index) => {
        const count = amounts[index] ?? 0;
        if (count === 0) return before;
        return metric === "changed lines" ? withChangedCovered(before, count) : withCovered(before, metric, count);
      }, document);
    },
  };
}

function missedIn(counter: Counter | undefined): number {
  return counter === undefined ? 0 : counter.total - counter.covered;
}

/** Takes as much as there is from the files with most missed, until there is enough. */
function planOf(files: readonly CoverageFile[], missed: (file: CoverageFile) => number, count: number): Plan {
  const plan = new Map<string, number>();
  let left = count;
  for (const file of files.toSorted((a, b) => missed(b) - missed(a))) {
    const amount = Math.min(left, missed(file));
    if (amount === 0) break;
    plan.set(file.path, amount);
    left -= amount;
  }
  return plan;
}

/** A summary can count more than the files show; the rest is covered there alone. */
function withCovered(document: CoverageEvidence, metric: Metric, wanted: number): CoverageEvidence {
  const counter = document.summary[metric];
  // What was covered with the changed lines is covered already.
  const count = Math.min(wanted, missedIn(counter));
  if (counter === undefined || count === 0) return document;
  const plan = planOf(document.body.files, (file) => missedIn(file[metric]), count);
  return {
    ...document,
    summary: { ...document.summary, [metric]: { ...counter, covered: counter.covered + count } },
    body: {
      files: document.body.files.map((file) => {
        const amount = plan.get(file.path) ?? 0;
        const own = file[metric];
        if (amount === 0 || own === undefined) return file;
        const covered = { ...file, [metric]: { ...own, covered: own.covered + amount } };
        return metric === "lines" ? withLines(covered, firstLines(rangesIn(file.missed), amount)) : covered;
      }),
    },
  };
}

/** Changed lines are lines as well: both counts grow. */
function withChangedCovered(document: CoverageEvidence, count: number): CoverageEvidence {
  const plan = planOf(document.body.files, ({ changed }) => missedIn(changed), count);
  const covered = [...plan.values()].reduce((sum, amount) => sum + amount, 0);
  const { lines, changed } = document.summary;
  return {
    ...document,
    summary: {
      ...document.summary,
      lines: { ...lines, covered: lines.covered + covered },
      ...(changed === undefined ? {} : { changed: { ...changed, covered: changed.covered + covered } }),
    },
    body: {
      files: document.body.files.map((file) => {
        const amount = plan.get(file.path) ?? 0;
        if (amount === 0 || file.changed === undefined) return file;
        const taken = firstLines(rangesIn(file.changedMissed), amount);
        const changedMissed = textOfRanges(withoutRanges(rangesIn(file.changedMissed), taken));
        const counted = {
          ...file,
          lines: { ...file.lines, covered: file.lines.covered + amount },
          changed: { ...file.changed, covered: file.changed.covered + amount },
          changedMissed,
        };
        return withLines(counted, taken);
      }),
    },
  };
}

/** Moves lines from those that were missed to those that were run, where the file tells lines apart. */
function withLines(file: CoverageFile, taken: readonly LineRange[]): CoverageFile {
  if (file.covered === undefined || file.missed === undefined) return file;
  const covered = [...rangesIn(file.covered), ...taken].toSorted((a, b) => a.start - b.start);
  const missed = withoutRanges(rangesIn(file.missed), taken);
  return { ...file, covered: textOfRanges(joinRanges(covered)), missed: textOfRanges(missed) };
}

function rangesIn(text: string | undefined): readonly LineRange[] {
  return text === undefined ? [] : (parseRanges(text) ?? []);
}

function firstLines(ranges: readonly LineRange[], count: number): readonly LineRange[] {
  const taken: LineRange[] = [];
  let left = count;
  for (const { start, end } of ranges) {
    if (left <= 0) break;
    const last = Math.min(end, start + left - 1);
    taken.push({ start, end: last });
    left -= last - start + 1;
  }
  return taken;
}
