import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { type Line, linesIn } from "../lines.ts";
import { utf8BytesOf } from "../text.ts";
import {
  addDiagnostics,
  adoptAll,
  closeBraces,
  closeDeeper,
  closeOrphans,
  type Level,
  named,
  openLevel,
  type PointLine,
  pointOf,
} from "./points.ts";

/** A TAP stream as it is written. */
export interface RawTap {
  readonly root: Level;
  version: string | undefined;
  /** Why the run was given up, if it was; may be empty. */
  bailOut: string | undefined;
  /** Whether node:test or tape say at the end that a test failed. */
  failed: boolean;
  /** Whether the last line is a point that may go on: in a brace, which would make it no test. */
  cutOff: boolean;
}

interface Reader extends RawTap {
  /** The levels that are open, the root first. */
  readonly stack: Level[];
  readonly limits: Limits;
  /** The line before, if it was a point. */
  last: PointLine | undefined;
  block: (PointLine & { readonly lines: string[] }) | undefined;
}

const PLAN = /^1\.\.(\d{1,9})\s*(?:#.*)?$/;

/**
 * Reads a TAP stream (testanything.org, versions 12 to 14) with subtests: indented in front of their point, as TAP 14,
 * node:test and tap have them, or between braces behind it, as vitest has them. Lines that are no TAP are passed over
 * with a warning, as the specification wants.
 *
 * @throws {FormatError} of every reason; a stream that ends in a YAML block or in subtests was cut
 */
export function readTap(bytes: Content, limits: Limits, warnings: DiagnosticList): RawTap {
  const root = openLevel(0);
  const none = { version: undefined, bailOut: undefined, last: undefined, block: undefined };
  const reader: Reader = { root, stack: [root], limits, failed: false, cutOff: false, ...none };
  for (const { text, number } of linesIn(bytes, limits)) {
    const line = text.trimStart();
    const indent = text.length - line.length;
    if (addToBlock(reader, line, indent, number) || line === "") continue;
    openBraces(reader, line, indent);
    if (!addLine(reader, { text: line, number }, indent)) {
      warnings.add("no-tap", "the line is no TAP", `line ${number}`);
    }
  }
  if ((reader.version ?? reader.bailOut ?? root.plan ?? root.points[0]) === undefined) {
    throw new FormatError("not-this-format", "there is no version, no plan and no test point");
  }
  reader.cutOff = reader.last !== undefined && utf8BytesOf(bytes).at(-1) !== 0x0a;
  closeAll(reader);
  return reader;
}

/** Whether the line belongs to a YAML block behind a point. */
function addToBlock(reader: Reader, line: string, indent: number, number: number): boolean {
  const { block, last } = reader;
  if (block === undefined) {
    if (last === undefined || line !== "---" || indent <= last.indent) return false;
    reader.block = { point: named(last.point), indent, number, lines: [] };
    reader.last = undefined;
  } else if (line === "..." && indent <= block.indent) {
    addDiagnostics(block.point, block.lines);
    reader.block = undefined;
  } else if (block.lines.length < reader.limits.stringLength) {
    block.lines.push(" ".repeat(Math.max(0, indent - block.indent)) + line);
  }
  return true;
}

/** Opens the subtests of a point that ends in a brace, where this line is deeper or closes them. */
function openBraces(reader: Reader, line: string, indent: number): void {
  const { last } = reader;
  reader.last = undefined;
  if (last?.point.braced !== true) return;
  if (line !== "}" && indent < last.indent + 4) named(last.point);
  else push(reader, openLevel(last.indent + 4, last));
}

/** Whether the line is one of TAP. */
function addLine(reader: Reader, line: Line, indent: number): boolean {
  const { text } = line;
  if (/^TAP version /i.test(text)) setVersion(reader, line);
  else if (/^Bail out!/i.test(text)) reader.bailOut ??= text.slice("Bail out!".length).trim();
  else if (text === "}" && reader.stack.some(({ opened }) => opened !== undefined))
    closeBraces(reader.stack, `line ${line.number}`);
  else if (text.startsWith("#")) reader.failed ||= indent === 0 && /^# (?:fail|cancelled)\s+[1-9]/.test(text);
  else if (!text.startsWith("pragma ")) return indent % 4 === 0 && addToLevel(reader, line, indent);
  return true;
}

function setVersion(reader: Reader, { text, number }: Line): void {
  const version = /^TAP version (\d+)$/i.exec(text)?.[1] ?? "";
  if (!/^1[234]$/.test(version)) {
    throw new FormatError("unsupported-version", "only TAP 12 to 14 are supported", `line ${number}`);
  }
  if (reader.root.points.length > 0)
    throw new FormatError("malformed", "a second stream starts here", `line ${number}`);
  reader.version ??= version;
}

/** Adds a plan or a point to the level of its indentation, if it is one. */
function addToLevel(reader: Reader, { text, number }: Line, indent: number): boolean {
  const plan = PLAN.exec(text)?.[1];
  const point = plan === undefined ? pointOf(text) : undefined;
  if (plan === undefined && point === undefined) return false;
  const place = `line ${number}`;
  const subtests =
    point === undefined ? closeOrphans(reader.stack, indent, place) : closeDeeper(reader.stack, indent, place);
  let level = reader.stack.at(-1) ?? reader.root;
  if (indent < level.indent) throw new FormatError("malformed", "the line is outside its block", place);
  if (indent > level.indent) level = push(reader, openLevel(indent));
  if (point !== undefined) {
    point.subtests = subtests;
    level.points.push(point);
    reader.last = { point, indent, number };
    return true;
  }
  if (level.plan !== undefined) throw new FormatError("malformed", "there is a second plan", place);
  level.plan = Number(plan);
  return true;
}

function push({ stack, limits }: Reader, level: Level): Level {
  if (stack.length >= limits.depth) throw new FormatError("limit-exceeded", `subtests beyond ${limits.depth} levels`);
  stack.push(level);
  return level;
}

/** A run that was given up may end anywhere; any other one was cut where something is open. */
function closeAll({ stack, block, last, bailOut }: Reader): void {
  if (bailOut !== undefined) return adoptAll(stack);
  if (block !== undefined) throw new FormatError("malformed", "the YAML block has no end", `line ${block.number}`);
  const open = last?.point.braced === true ? last : stack.find(({ opened }) => opened !== undefined)?.opened;
  if (open !== undefined) throw new FormatError("malformed", "the subtests have no end", `line ${open.number}`);
  closeOrphans(stack, 0, undefined);
}
