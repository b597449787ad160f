/** What a unified diff without context says of one file. */
export interface PatchSection {
  readonly additions: number;
  readonly deletions: number;
  /** Such as `3-9,12`. */
  readonly addedLines: string;
  /** Whether a line that was added or deleted holds a NUL, which no text does. */
  readonly binary: boolean;
}

const LINE_FEED = 0x0a;
const HUNK = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;
const HEADER = Buffer.from("diff --git ");
const HUNK_START = Buffer.from("@@ -");

/**
 * Reads the output of `git diff-tree -p -U0 --text`. A hunk says how many lines it has, so that a line of a file that
 * looks like a header is not taken for one.
 */
export function readPatch(patch: Buffer): readonly PatchSection[] {
  const sections: { additions: number; deletions: number; ranges: string[]; binary: boolean }[] = [];
  for (let at = 0; at < patch.length; ) {
    const end = lineEnd(patch, at);
    const section = sections.at(-1);
    if (startsWith(patch, at, HEADER)) sections.push({ additions: 0, deletions: 0, ranges: [], binary: false });
    const [, deleted = "1", first = "", added = "1"] = startsWith(patch, at, HUNK_START)
      ? (HUNK.exec(patch.toString("latin1", at, end)) ?? [])
      : [];
    at = end + 1;
    if (section === undefined || first === "") continue;
    const hunkEnd = behindLines(patch, at, Number(deleted) + Number(added));
    section.deletions += Number(deleted);
    section.additions += Number(added);
    if (added !== "0") section.ranges.push(rangeOf(Number(first), Number(added)));
    section.binary ||= patch.subarray(at, hunkEnd).includes(0);
    at = hunkEnd;
  }
  return sections.map(({ ranges, ...section }) => ({ ...section, addedLines: ranges.join(",") }));
}

function rangeOf(first: number, count: number): string {
  return count === 1 ? `${first}` : `${first}-${first + count - 1}`;
}

/** `\ No newline at end of file` is no line of the file. */
function behindLines(patch: Buffer, start: number, count: number): number {
  let at = start;
  for (let seen = 0; at < patch.length && (seen < count || patch[at] === 0x5c); ) {
    if (patch[at] !== 0x5c) seen++;
    at = lineEnd(patch, at) + 1;
  }
  return at;
}

function lineEnd(patch: Buffer, start: number): number {
  const end = patch.indexOf(LINE_FEED, start);
  return end === -1 ? patch.length : end;
}

function startsWith(patch: Buffer, at: number, text: Buffer): boolean {
  return patch.subarray(at, at + text.length).equals(text);
}
