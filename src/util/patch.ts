import { textOfRanges } from "./line-ranges.ts";

/** What a unified diff says of one file. */
export interface PatchSection {
  readonly additions: number;
  readonly deletions: number;
  /** Such as `3-9,12`. */
  readonly addedLines: string;
  /** Whether a line of a hunk holds a NUL, which no text does. */
  readonly binary: boolean;
  /** Whether each hunk has the lines that it says it has. */
  readonly whole: boolean;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const PLUS = 0x2b;
const MINUS = 0x2d;
const BACKSLASH = 0x5c;
const HUNK = /^@@ -\d{1,9}(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/;
const HEADER = Buffer.from("diff --git ");
const HUNK_START = Buffer.from("@@ -");

/**
 * Reads the output of `git diff-tree -p --text`. A hunk says how many lines it has, so that a line of a file that looks
 * like a header is not taken for one.
 */
export function readPatch(patch: Buffer): readonly PatchSection[] {
  const sections: PatchSection[] = [];
  for (let at = 0; at < patch.length; ) {
    if (!startsWith(patch, at, HEADER)) {
      at = lineEnd(patch, at) + 1;
      continue;
    }
    const { end, ...section } = readSection(patch, lineEnd(patch, at) + 1);
    sections.push(section);
    at = end;
  }
  return sections;
}

/** Reads the diff of one file, with or without the lines that name the file. */
export function readFilePatch(patch: Buffer): PatchSection {
  const { end: _, ...section } = readSection(patch, 0);
  return section;
}

/** Reads up to the header of another file. */
function readSection(patch: Buffer, start: number): PatchSection & { readonly end: number } {
  const ranges: Range[] = [];
  const section = { additions: 0, deletions: 0, binary: false, whole: true };
  let at = start;
  while (at < patch.length && !startsWith(patch, at, HEADER)) {
    const end = lineEnd(patch, at);
    const head = startsWith(patch, at, HUNK_START) ? HUNK.exec(patch.toString("latin1", at, end)) : undefined;
    at = end + 1;
    if (head === null) section.whole = false;
    if (head === null || head === undefined) continue;
    const hunk = readHunk(patch, at, head, ranges);
    section.additions += hunk.additions;
    section.deletions += hunk.deletions;
    section.binary ||= patch.subarray(at, hunk.end).includes(0);
    section.whole &&= hunk.whole;
    at = hunk.end;
  }
  return { ...section, addedLines: textOfRanges(ranges), end: at };
}

/** Lines that were added, while they are collected. */
interface Range {
  readonly start: number;
  end: number;
}

/** @param head says how many lines there are before and after, context included, and where those after are */
function readHunk(patch: Buffer, start: number, head: readonly string[], ranges: Range[]) {
  const [, deleted = "1", first = "", added = "1"] = head;
  // What is left to read.
  let before = Number(deleted);
  let after = Number(added);
  let line = Number(first);
  const hunk = { additions: 0, deletions: 0 };
  let at = start;
  for (; at < patch.length; at = lineEnd(patch, at) + 1) {
    const mark = patch[at];
    // `\ No newline at end of file` is no line of the file.
    if (mark === BACKSLASH) continue;
    if ((before <= 0 && after <= 0) || !isLineOfHunk(mark)) break;
    if (mark === PLUS) {
      hunk.additions++;
      addLine(ranges, line);
    } else before--;
    if (mark === MINUS) {
      hunk.deletions++;
      continue;
    }
    after--;
    line++;
  }
  return { ...hunk, whole: before === 0 && after === 0, end: Math.min(at, patch.length) };
}

/** Context that is an empty line may have lost its space. */
function isLineOfHunk(mark: number | undefined): boolean {
  return mark === PLUS || mark === MINUS || mark === SPACE || mark === LINE_FEED || mark === CARRIAGE_RETURN;
}

function addLine(ranges: Range[], line: number): void {
  const last = ranges.at(-1);
  if (last !== undefined && line === last.end + 1) last.end = line;
  else ranges.push({ start: line, end: line });
}

function lineEnd(patch: Buffer, start: number): number {
  const end = patch.indexOf(LINE_FEED, start);
  return end === -1 ? patch.length : end;
}

function startsWith(patch: Buffer, at: number, text: Buffer): boolean {
  return patch.subarray(at, at + text.length).equals(text);
}
