import {
  countLines,
  joinRanges,
  type LineRange,
  parseRanges,
  textOfRanges,
  withoutRanges,
} from "../util/line-ranges.ts";
import type { ChangedFile, ChangeEvidence, Counter, CoverageEvidence, CoverageFile } from "./types.ts";

/** The metrics of a file or a report. */
const METRICS = ["lines", "branches", "functions", "statements"] as const;

/**
 * Puts together what several files of one provider measured of the same tests: shards of one run, or the packages of a
 * repository. A line counts as run where any file says so. Branches, functions and statements of a source file that is in
 * several cannot be joined by counts, so the best one stands for it: a lower bound.
 *
 * @param documents at least one, of one provider and suite
 * @returns a document with the identity of the first; undefined where a source file is in several that count lines only
 */
export function mergeCoverage(
  documents: readonly [CoverageEvidence, ...CoverageEvidence[]],
): CoverageEvidence | undefined {
  const [first, ...others] = documents;
  const byPath = Map.groupBy(
    documents.flatMap(({ body }) => body.files),
    ({ path }) => path,
  );
  const files: CoverageFile[] = [];
  for (const [path, parts] of byPath) {
    const [only] = parts;
    const merged = parts.length === 1 ? only : mergeFiles(path, parts);
    if (merged === undefined) return undefined;
    files.push(merged);
  }
  const path = `${first.source.path} and ${others.length} more`;
  return {
    ...first,
    source: { ...first.source, path },
    summary: { ...first.summary, ...totalsOf(documents, files), files: files.length },
    body: { files },
  };
}

function mergeFiles(path: string, parts: readonly CoverageFile[]): CoverageFile | undefined {
  const covered = joinedRanges(parts.map((part) => part.covered));
  const missed = joinedRanges(parts.map((part) => part.missed));
  if (covered === undefined || missed === undefined) return undefined;
  const left = withoutRanges(missed, covered);
  const hit = countLines(covered);
  return {
    path,
    ...Object.fromEntries(METRICS.slice(1).flatMap((metric) => bestOf(metric, parts))),
    lines: { covered: hit, total: hit + countLines(left) },
    covered: textOfRanges(covered),
    missed: textOfRanges(left),
  };
}

function bestOf(
  metric: (typeof METRICS)[number],
  parts: readonly CoverageFile[],
): readonly (readonly [string, Counter])[] {
  const counters = parts.flatMap((part) => part[metric] ?? []);
  if (counters.length === 0) return [];
  const covered = Math.max(...counters.map((counter) => counter.covered));
  return [[metric, { covered, total: Math.max(...counters.map(({ total }) => total)) }]];
}

/** All lines of the lists; undefined where one is missing. */
function joinedRanges(texts: readonly (string | undefined)[]): readonly LineRange[] | undefined {
  const all: LineRange[] = [];
  for (const text of texts) {
    const ranges = text === undefined ? undefined : parseRanges(text);
    if (ranges === undefined) return undefined;
    all.push(...ranges);
  }
  return joinRanges(all.toSorted((a, b) => a.start - b.start));
}

/**
 * The sums over the files. A metric whose total is more than the files show, as in a summary, is summed over the documents.
 */
function totalsOf(
  documents: readonly CoverageEvidence[],
  files: readonly CoverageFile[],
): Partial<CoverageEvidence["summary"]> {
  const totals = METRICS.flatMap((metric) => {
    if (documents.every(({ summary }) => summary[metric] === undefined)) return [];
    const detailed = files.some((file) => file[metric] !== undefined);
    const parts = detailed ? files.map((file) => file[metric]) : documents.map(({ summary }) => summary[metric]);
    return [[metric, sumOf(parts)] as const];
  });
  return Object.fromEntries(totals);
}

function sumOf(counters: readonly (Counter | undefined)[]): Counter {
  return {
    covered: counters.reduce((sum, counter) => sum + (counter?.covered ?? 0), 0),
    total: counters.reduce((sum, counter) => sum + (counter?.total ?? 0), 0),
  };
}

/**
 * Adds how much of the lines that a change adds or alters was run. Only executable lines count, and only coverage that
 * tells lines apart can say it. Files of the change are found by path, or, where the tool writes other roots, by the only
 * path that ends alike.
 */
export function withChangedLines(document: CoverageEvidence, change: ChangeEvidence): CoverageEvidence {
  const measured = document.body.files;
  if (!measured.some(({ covered, missed }) => covered !== undefined && missed !== undefined)) return document;
  const extensions = new Set(measured.map(({ path }) => extensionOf(path)));
  const counted = new Map<CoverageFile, CoverageFile>();
  const unmeasured: string[] = [];
  for (const file of change.body.files) {
    if (file.addedLines === undefined || file.addedLines === "") continue;
    const found = fileOf(file, measured);
    if (found === undefined) {
      if (extensions.has(extensionOf(file.path))) unmeasured.push(file.path);
      continue;
    }
    const changed = changedPart(found, file.addedLines);
    if (changed === undefined) unmeasured.push(file.path);
    else counted.set(found, changed);
  }
  return {
    ...document,
    summary: {
      ...document.summary,
      changed: sumOf([...counted.values()].map(({ changed }) => changed)),
      changedUnmeasured: unmeasured.length,
      changedUnmeasuredPaths: unmeasured,
    },
    body: { files: measured.map((file) => counted.get(file) ?? file) },
  };
}

function fileOf({ path }: ChangedFile, measured: readonly CoverageFile[]): CoverageFile | undefined {
  const same = measured.find((file) => file.path === path);
  if (same !== undefined) return same;
  const alike = measured.filter((file) => path.endsWith(`/${file.path}`) || file.path.endsWith(`/${path}`));
  return alike.length === 1 ? alike[0] : undefined;
}

function changedPart(file: CoverageFile, addedLines: string): CoverageFile | undefined {
  const added = parseRanges(addedLines);
  const covered = file.covered === undefined ? undefined : parseRanges(file.covered);
  const missed = file.missed === undefined ? undefined : parseRanges(file.missed);
  if (added === undefined || covered === undefined || missed === undefined) return undefined;
  const [hit, left] = [common(added, covered), common(added, missed)];
  const total = countLines(hit) + countLines(left);
  return { ...file, changed: { covered: countLines(hit), total }, changedMissed: textOfRanges(left) };
}

function common(ranges: readonly LineRange[], others: readonly LineRange[]): readonly LineRange[] {
  return withoutRanges(ranges, withoutRanges(ranges, others));
}

function extensionOf(path: string): string {
  return /\.[^./]+$/.exec(path)?.[0] ?? "";
}
