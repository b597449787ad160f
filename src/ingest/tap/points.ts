import { FormatError } from "../adapter.ts";

/** A test point: a test, or what is said of the subtests in it. */
export interface Point {
  readonly ok: boolean;
  /** As written; missing where the points are not numbered. */
  readonly number: number | undefined;
  name: string;
  readonly directive: "skip" | "todo" | undefined;
  /** Whether it ends in a brace, which is part of the name unless subtests follow. */
  readonly braced: boolean;
  /** Behind the directive, or of the diagnostics. */
  message: string | undefined;
  /** In milliseconds. */
  duration: number | undefined;
  subtests: Level | undefined;
}

/** A point and where it is written. */
export interface PointLine {
  readonly point: Point;
  readonly indent: number;
  /** Of the line, from 1. */
  readonly number: number;
}

/** The points of one stream, or of one subtest. */
export interface Level {
  readonly indent: number;
  /** The point whose brace opened it. */
  readonly opened: PointLine | undefined;
  readonly points: Point[];
  plan: number | undefined;
}

const POINT = /^(not )?ok(?: +(\d+)(?=\s|$))?(?: +-(?=\s|$))?(?:\s+(.*))?$/;
/** A name may hold a `#`, so only a whole word behind it is a directive: a failure must not be taken for a todo. */
const DIRECTIVE = /(?:^|\s)#\s*(skip(?:ped)?|todo)(?:[:\s]\s*(.*))?$/i;
const TIME = /(?:^|\s)# time=([\d.]+)(ms|s)$/;

/** A line without its indentation as a test point, if it is one. */
export function pointOf(line: string): Point | undefined {
  const match = POINT.exec(line);
  if (match === null) return undefined;
  const [, not, number, rest = ""] = match;
  const braced = /(?:^|\s)\{$/.test(rest);
  const written = braced ? rest.slice(0, -1).trimEnd() : rest;
  const [timed = "", time, unit] = TIME.exec(written) ?? [];
  const described = written.slice(0, written.length - timed.length);
  const [directed = "", word, reason] = DIRECTIVE.exec(described) ?? [];
  const name = described.slice(0, described.length - directed.length);
  return {
    ok: not === undefined,
    number: number === undefined ? undefined : Number(number),
    name: unescaped(name),
    directive: word === undefined ? undefined : word.toLowerCase() === "todo" ? "todo" : "skip",
    braced,
    message: reason === undefined ? undefined : unescaped(reason),
    duration: time === undefined ? undefined : Number(time) * (unit === "s" ? 1000 : 1),
    subtests: undefined,
  };
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([\\#])/g, "$1").trim();
}

/** A point behind which no subtests follow, so that its brace is part of its name. */
export function named(point: Point): Point {
  if (point.braced && point.subtests === undefined) point.name = `${point.name} {`;
  return point;
}

/** Takes the message and the duration out of a YAML block; nothing else of it is looked at. */
export function addDiagnostics(point: Point, block: readonly string[]): void {
  let message: string | undefined;
  for (const [index, line] of block.entries()) {
    const [, key, value = ""] = /^\s*(message|error|duration_ms):\s*(.*)$/.exec(line) ?? [];
    if (key === "duration_ms") point.duration ??= Number(value || Number.NaN);
    else if (key !== undefined && value !== "") message ??= scalarOf(value, block.slice(index + 1));
  }
  point.message = message ?? point.message;
}

/** A YAML scalar in one line, or the indented lines of a literal one. */
function scalarOf(value: string, rest: readonly string[]): string {
  if (!/^[|>][+-]?$/.test(value)) return value.replace(/^(["'])(.*)\1$/, "$2");
  const end = rest.findIndex((line) => line.trim() !== "" && !/^\s\s/.test(line));
  return (end === -1 ? rest : rest.slice(0, end)).map((line) => line.trim()).join("\n");
}

/** A level without points. */
export function openLevel(indent: number, opened?: Level["opened"]): Level {
  return { indent, opened, points: [], plan: undefined };
}

/**
 * Closes the indented subtests that are deeper, and returns them for the point that comes now.
 *
 * @throws {FormatError} `malformed` where there are subtests in them that belong to no point
 */
export function closeDeeper(stack: Level[], indent: number, place: string | undefined): Level | undefined {
  let closed: Level | undefined;
  for (let top = stack.at(-1); top !== undefined && top.opened === undefined; top = stack.at(-1)) {
    if (top.indent <= indent) break;
    if (closed !== undefined) throw withoutPoint(place);
    closed = top;
    stack.pop();
  }
  return closed;
}

/**
 * Makes sure that nothing deeper is open, where no point comes that it could belong to.
 *
 * @throws {FormatError} `malformed`
 */
export function closeOrphans(stack: Level[], indent: number, place: string | undefined): undefined {
  if (closeDeeper(stack, indent, place) !== undefined) throw withoutPoint(place);
}

/**
 * Closes the innermost subtests between braces.
 *
 * @throws {FormatError} `malformed` where there are indented subtests in them that belong to no point
 */
export function closeBraces(stack: Level[], place: string): void {
  closeOrphans(stack, -1, place);
  const level = stack.pop();
  if (level?.opened !== undefined) level.opened.point.subtests = level;
}

/** Gives the points of all open levels to the levels around them, for a run that was given up. */
export function adoptAll(stack: Level[]): void {
  for (let inner = stack.pop(); inner !== undefined; inner = stack.pop()) {
    if (inner.opened === undefined) stack.at(-1)?.points.push(...inner.points);
    else inner.opened.point.subtests = inner;
  }
}

function withoutPoint(place: string | undefined): FormatError {
  return new FormatError("malformed", "the subtests in front have no test point", place);
}
