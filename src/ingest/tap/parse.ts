import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { type Line, linesIn } from "../lines.ts";

/** A test point: a test, or what is said of the subtests in it. */
export interface Point {
  readonly ok: boolean;
  readonly name: string;
  readonly directive: "skip" | "todo" | undefined;
  readonly reason: string;
  durationMs: number | undefined;
  message: string | undefined;
  subtests: Level | undefined;
}

/** The points of one stream, or of one subtest. */
export interface Level {
  readonly indent: number;
  /** The line of the point whose `{` opened it. */
  readonly opened: { readonly point: Point; readonly line: number } | undefined;
  readonly points: Point[];
  plan: number | undefined;
}

export interface RawTap {
  readonly version: string | undefined;
  readonly root: Level;
  readonly bailOut: string | undefined;
}

const POINT = /^(not )?ok\b(?: +(\d+)\b)?(?: *- *| +|$)(.*)$/;
const PLAN = /^1\.\.(\d+)(?:\s*(?:#.*)?)?$/;
const DIRECTIVE = /(?:^|\s)#\s*(skip|todo)\S*\s*(.*)$/i;
const TIME = /\s*# time=([\d.]+)ms$/;

/**
 * Reads a TAP stream (testanything.org, versions 12 to 14) with subtests: indented in front of their point, as TAP 14,
 * node and tap have them, or between braces behind it, as vitest has them. Of the YAML blocks only the message and the
 * duration are looked at. Lines that are no TAP are passed over with a warning, as the specification wants.
 *
 * @throws {FormatError} of every reason
 */
export function readTap(bytes: Uint8Array, limits: Limits, warnings: DiagnosticList): RawTap {
  const root = openLevel(0);
  const stack = [root];
  let version: string | undefined;
  let bailOut: string | undefined;
  /** The point in the line before. */
  let last: Point | undefined;
  let block:
    | { readonly point: Point; readonly indent: number; readonly line: number; readonly lines: string[] }
    | undefined;
  for (const { text, number } of linesIn(bytes, limits)) {
    const line = text.trimStart();
    const indent = text.length - line.length;
    if (block !== undefined) {
      if (line !== "..." || indent > block.indent) {
        if (block.lines.length < limits.stringLength) block.lines.push(text.slice(block.indent));
        continue;
      }
      addDiagnostics(block.point, block.lines);
      block = undefined;
      continue;
    }
    if (line === "---" && last !== undefined && indent > 0) {
      block = { point: last, indent, line: number, lines: [] };
      continue;
    }
    last = undefined;
    if (/^TAP version /i.test(line)) {
      version ??= versionOf(line, number);
    } else if (/^Bail out!/i.test(line)) {
      bailOut = line.slice("Bail out!".length).trim();
    } else if (line === "}" && stack.some(({ opened }) => opened !== undefined)) {
      closeBlock(stack);
    } else if (indent % 4 === 0 && (PLAN.test(line) || POINT.test(line))) {
      last = addLine({ text: line, number }, indent, stack, limits);
    } else if (line !== "" && !line.startsWith("#") && !line.startsWith("pragma ")) {
      warnings.add("no-tap", "the line is no TAP", `line ${number}`);
    }
  }
  if (block !== undefined) throw new FormatError("malformed", "the YAML block has no end", `line ${block.line}`);
  const open = stack.find(({ opened }) => opened !== undefined)?.opened;
  if (open !== undefined) throw new FormatError("malformed", "the subtests have no end", `line ${open.line}`);
  if (closeDeeper(stack, 0) !== undefined) throw withoutPoint("the end");
  if (version === undefined && root.plan === undefined && root.points.length === 0 && bailOut === undefined) {
    throw new FormatError("not-this-format", "there is no version, no plan and no test point");
  }
  return { version, root, bailOut };
}

function withoutPoint(place: string): FormatError {
  return new FormatError("malformed", "the subtests in front have no test point", place);
}

function versionOf(line: string, number: number): string {
  const version = /^TAP version (\d+)$/i.exec(line)?.[1] ?? "";
  if (/^1[234]$/.test(version)) return version;
  throw new FormatError("unsupported-version", `${line.slice(0, 64)}; 12 to 14 are supported`, `line ${number}`);
}

function openLevel(indent: number, opened?: Level["opened"]): Level {
  return { indent, opened, points: [], plan: undefined };
}

/** Adds a plan or a point to the level of its indentation, and gives the point. */
function addLine({ text, number }: Line, indent: number, stack: Level[], limits: Limits): Point | undefined {
  const subtests = closeDeeper(stack, indent);
  let level = stack.at(-1) ?? openLevel(0);
  if (indent < level.indent) throw new FormatError("malformed", "the line is outside its block", `line ${number}`);
  if (indent > level.indent) {
    if (stack.length >= limits.depth) throw new FormatError("limit-exceeded", "too many subtests in each other");
    level = openLevel(indent);
    stack.push(level);
  }
  const plan = PLAN.exec(text)?.[1];
  if (plan !== undefined) {
    if (level.plan !== undefined) throw new FormatError("malformed", "there is a second plan", `line ${number}`);
    if (subtests !== undefined) throw withoutPoint(`line ${number}`);
    level.plan = Number(plan);
    return undefined;
  }
  const [, not, , rest = ""] = POINT.exec(text) ?? [];
  const opens = rest.endsWith(" {");
  const written = opens ? rest.slice(0, -2) : rest;
  const [, time] = TIME.exec(written) ?? [];
  const described = written.replace(TIME, "");
  const [found, word, reason = ""] = DIRECTIVE.exec(described) ?? [];
  const point: Point = {
    ok: not === undefined,
    name: (found === undefined ? described : described.slice(0, -found.length)).replaceAll(/\\([\\#])/g, "$1").trim(),
    directive: word === undefined ? undefined : word.toLowerCase() === "skip" ? "skip" : "todo",
    reason,
    durationMs: time === undefined ? undefined : Number(time),
    message: undefined,
    subtests,
  };
  level.points.push(point);
  if (opens) {
    if (stack.length >= limits.depth) throw new FormatError("limit-exceeded", "too many subtests in each other");
    stack.push(openLevel(indent + 4, { point, line: number }));
  }
  return point;
}

/** Closes the indented subtests that are deeper; the outermost of them belongs to the point that comes now. */
function closeDeeper(stack: Level[], indent: number): Level | undefined {
  let closed: Level | undefined;
  for (let top = stack.at(-1); top !== undefined && top.opened === undefined; top = stack.at(-1)) {
    if (top.indent <= indent) break;
    if (closed !== undefined) top.points.push(...closed.points);
    closed = top;
    stack.pop();
  }
  return closed;
}

function closeBlock(stack: Level[]): void {
  const inner = closeDeeper(stack, -1);
  const block = stack.pop();
  if (inner !== undefined) block?.points.push(...inner.points);
  if (block?.opened !== undefined) block.opened.point.subtests = block;
}

function addDiagnostics(point: Point, lines: readonly string[]): void {
  for (const [index, line] of lines.entries()) {
    const [, key, value = ""] = /^\s*(message|error|duration_ms):\s*(.*)$/.exec(line) ?? [];
    if (key === "duration_ms") point.durationMs = Number(value || Number.NaN);
    else if (key !== undefined && value !== "") point.message ??= scalarOf(value, lines.slice(index + 1));
  }
}

/** A YAML scalar in one line, or the indented lines of a literal one. */
function scalarOf(value: string, rest: readonly string[]): string {
  if (!/^[|>][+-]?$/.test(value)) return value.replace(/^(["'])(.*)\1$/, "$2");
  const end = rest.findIndex((line) => line.trim() !== "" && !/^\s\s/.test(line));
  return (end === -1 ? rest : rest.slice(0, end)).map((line) => line.trim()).join("\n");
}
