import type { DeclaredEvidence } from "../evidence/declared.ts";
import type { Counter, CoverageFile, Diagnostic, ParsedEvidence, Tool } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import type { MeasuredLines } from "./line-marks.ts";
import { instantOfEpoch, kept } from "./values.ts";

export const COVERAGE_METRICS = ["lines", "branches", "functions", "statements"] as const;
export type CoverageMetric = (typeof COVERAGE_METRICS)[number];

/** What was counted in one source file; a metric that was not measured is left out. */
export interface MeasuredFile extends MeasuredLines {
  /** As it is to be kept. */
  readonly path: string;
  readonly branches?: Counter | undefined;
  readonly functions?: Counter | undefined;
  readonly statements?: Counter | undefined;
}

/** What was counted in a report, before it becomes evidence. */
export interface MeasuredReport {
  readonly provider: string;
  readonly files: readonly MeasuredFile[];
  /** Used instead of the sums over the files. */
  readonly totals?: Readonly<Partial<Record<CoverageMetric, Counter | undefined>>>;
  readonly tools?: readonly Tool[];
  readonly formatVersion?: string;
  readonly producedAt?: string | undefined;
  readonly warnings: readonly Diagnostic[];
  readonly inconsistencies: readonly Diagnostic[];
}

/**
 * Makes evidence of what was counted. A metric that no file has is left out, which is not the same as none covered.
 * No format of coverage can say that a run was complete, so the best status is `unknown`.
 */
export function coverageEvidence(
  report: MeasuredReport,
  declared: DeclaredEvidence | undefined,
  limits: Limits,
): ParsedEvidence {
  const { provider, files, totals, formatVersion, producedAt } = report;
  const total = (metric: CoverageMetric) => totals?.[metric] ?? sumOf(files.map((file) => file[metric]));
  const lines = total("lines");
  const measured = COVERAGE_METRICS.slice(1).filter((metric) => {
    return totals?.[metric] !== undefined || files.some((file) => file[metric] !== undefined);
  });
  const reasons = createDiagnostics();
  if (lines.total === 0) reasons.add("no-lines", "not one line was measured");
  return {
    kind: "coverage",
    ...(formatVersion === undefined ? {} : { formatVersion }),
    tools: report.tools ?? [],
    subject: {},
    ...(producedAt === undefined ? {} : { producedAt }),
    status: lines.total === 0 ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: { warnings: report.warnings, inconsistencies: report.inconsistencies, redactions: 0 },
    summary: {
      suite: declared?.suite ?? "unit",
      provider,
      lines,
      ...Object.fromEntries(measured.map((metric) => [metric, total(metric)])),
      files: files.length,
    },
    body: { files: files.map((file) => fileOf(file, limits)) },
  };
}

function fileOf(file: MeasuredFile, limits: Limits): CoverageFile {
  const { path, lines, branches, functions, statements, covered, missed } = file;
  return {
    path: kept(path, limits),
    lines,
    ...(branches === undefined ? {} : { branches }),
    ...(functions === undefined ? {} : { functions }),
    ...(statements === undefined ? {} : { statements }),
    ...(covered === undefined ? {} : { covered }),
    ...(missed === undefined ? {} : { missed }),
  };
}

/** The sum of counters; those that a file does not have count for nothing. */
export function sumOf(counters: Iterable<Counter | undefined>): Counter {
  let covered = 0;
  let total = 0;
  for (const counter of counters) {
    covered += counter?.covered ?? 0;
    total += counter?.total ?? 0;
  }
  return { covered, total };
}

/** How many of the marks are set, out of how many there are. */
export function counterOf(marks: ReadonlyMap<unknown, boolean>): Counter {
  let covered = 0;
  for (const hit of marks.values()) if (hit) covered++;
  return { covered, total: marks.size };
}

/** Sets a mark for what was run; one that is set stays set. */
export function mark<K>(marks: Map<K, boolean>, key: K, hit: boolean): void {
  marks.set(key, hit || marks.get(key) === true);
}

/** Notes where a total that the report declares agrees with none of the ways in which it can be counted. */
export function compareTotal(
  metric: CoverageMetric,
  declared: Counter | undefined,
  counted: readonly [Counter, ...Counter[]],
  place: string,
  inconsistencies: DiagnosticList,
): void {
  if (declared === undefined) return;
  if (counted.some(({ covered, total }) => covered === declared.covered && total === declared.total)) return;
  const [{ covered, total }] = counted;
  const figures = `declares ${declared.covered}/${declared.total} ${metric} and has ${covered}/${total}`;
  inconsistencies.add(`${metric}-differ`, `the report ${figures}`, place);
}

/** The number of a line as written; 0 occurs, and is no line. */
export function lineNumberOf(text: string | undefined, place: string): number {
  if (text === undefined || !/^\d{1,9}$/.test(text)) {
    throw new FormatError("malformed", `${quoted(text)} is no line`, place);
  }
  return Number(text);
}

/**
 * Whether a count as written is above zero. Counts beyond 2^53, such as `1e+19`, and, from old compilers, negative ones
 * occur.
 */
export function isHit(text: string | undefined, place: string): boolean {
  if (text === undefined || !/^-?\d+(?:\.0*)?(?:e\+?\d+)?$/i.test(text)) {
    throw new FormatError("malformed", `${quoted(text)} is no count`, place);
  }
  return !text.startsWith("-") && /[1-9]/.test(text.replace(/e.*/i, ""));
}

/** A count as written; `undefined` where there is none or it is no integer that a double holds exactly. */
export function countIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,15}$/.test(text.trim())) return undefined;
  return Number(text);
}

/** A counter, unless there is nothing in it: where 0 of 0 means that the tool does not measure it. */
export function unlessEmpty(counter: Counter): Counter | undefined {
  return counter.total === 0 ? undefined : counter;
}

/** A counter of two counts as written, if both are there and make sense. */
export function counterIn(covered: string | undefined, total: string | undefined): Counter | undefined {
  const counter = { covered: countIn(covered), total: countIn(total) };
  if (counter.covered === undefined || counter.total === undefined || counter.covered > counter.total) return undefined;
  return { covered: counter.covered, total: counter.total };
}

/** {@link instantOfEpoch} of a count as written. */
export function instantIn(text: string | undefined): string | undefined {
  return instantOfEpoch(countIn(text) ?? 0);
}

/** A member's name as a segment of a JSON pointer (RFC 6901), of at most 500 characters. */
export function segmentOf(member: string): string {
  return member.slice(0, 500).toWellFormed().replaceAll("~", "~0").replaceAll("/", "~1");
}

function quoted(text: string | undefined): string {
  return text === undefined ? "nothing" : JSON.stringify(text.slice(0, 40));
}
