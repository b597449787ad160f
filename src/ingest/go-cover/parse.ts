import type { Limits } from "../../util/limits.ts";
import type { LineRange } from "../../util/line-ranges.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { linesIn } from "../lines.ts";

/** A run of statements without a branch in it, by its place in the file. */
export interface Block extends LineRange {
  readonly statements: number;
  /** Whether it was run in any of the test binaries that name it. */
  hit: boolean;
}

export interface Profile {
  readonly mode: string;
  /** By path as written, which is the import path of the package and the file name. */
  readonly files: ReadonlyMap<string, readonly Block[]>;
}

const MODES = new Set(["set", "count", "atomic"]);
const BLOCK = /^(.+):(\d{1,9})\.(\d{1,9}),(\d{1,9})\.(\d{1,9}) (\d{1,9}) (\d+)$/;

/**
 * Reads a profile (`cmd/cover` and `golang.org/x/tools/cover`). With `-coverpkg` every test binary reports every block,
 * so blocks of one place are one block.
 *
 * @throws {FormatError} `not-this-format`, `unsupported-version`, `malformed` or `limit-exceeded`
 */
export function readProfile(bytes: Content, limits: Limits, warnings: DiagnosticList): Profile {
  const blocks = new Map<string, Map<string, Block>>();
  let mode: string | undefined;
  for (const line of linesIn(bytes, limits)) {
    const text = line.text.trim();
    const place = `line ${line.number}`;
    if (text === "") continue;
    const found = /^mode: ?(.*)$/.exec(text)?.[1];
    if (mode === undefined) mode = modeOf(found, place);
    else if (found === undefined) addBlock(text, blocks, place);
    // Profiles of several packages are often put one behind the other.
    else if (found === mode) warnings.add("profiles-joined", "there is a second profile behind the first", place);
    else throw new FormatError("malformed", `a profile of mode ${found.slice(0, 40)} is behind one of ${mode}`, place);
  }
  if (mode === undefined) throw new FormatError("not-this-format", "there is no mode");
  return { mode, files: new Map([...blocks].map(([path, found]) => [path, [...found.values()]])) };
}

function modeOf(mode: string | undefined, place: string): string {
  if (mode === undefined) throw new FormatError("not-this-format", "the first line is no mode", place);
  if (MODES.has(mode)) return mode;
  throw new FormatError("unsupported-version", `the mode ${JSON.stringify(mode.slice(0, 40))} is not known`, place);
}

function addBlock(text: string, files: Map<string, Map<string, Block>>, place: string): void {
  const [, path = "", ...fields] = BLOCK.exec(text) ?? [];
  const [start = 0, startColumn = 0, end = 0, endColumn = 0, statements = 0] = fields.map(Number);
  if (path === "") throw new FormatError("malformed", `${JSON.stringify(text.slice(0, 40))} is no block`, place);
  const backwards = end < start || (end === start && endColumn < startColumn);
  if (start === 0 || backwards) throw new FormatError("malformed", "the block ends before it starts", place);
  const blocks = files.get(path) ?? new Map<string, Block>();
  files.set(path, blocks);
  const key = fields.slice(0, 4).join();
  const block = blocks.get(key) ?? { start, end, statements, hit: false };
  if (block.statements !== statements) {
    throw new FormatError("malformed", `the block has ${statements} statements, and had ${block.statements}`, place);
  }
  block.hit ||= /[1-9]/.test(fields[5] ?? "");
  blocks.set(key, block);
}
