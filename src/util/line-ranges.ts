/** Lines from 1, the first and the last one included. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Lines as the model writes them: `1-5,8`. Ranges that overlap or touch become one. Nothing is cut off, for half a list
 * would be another list; the text is no longer than what the lines were read from.
 *
 * @param ranges in the order of their first lines
 */
export function textOfRanges(ranges: Iterable<LineRange>): string {
  return joinRanges(ranges)
    .map(({ start, end }) => (start === end ? `${start}` : `${start}-${end}`))
    .join();
}

/** The ranges of {@link textOfRanges}, in ascending order; `undefined` where a text is not written like that. */
export function parseRanges(text: string): readonly LineRange[] | undefined {
  if (text === "") return [];
  const ranges: LineRange[] = [];
  let before = -1;
  for (const part of text.split(",")) {
    const match = /^([1-9]\d{0,8})(?:-([1-9]\d{0,8}))?$/.exec(part);
    const start = Number(match?.[1]);
    const end = match?.[2] === undefined ? start : Number(match[2]);
    // One way only to write a list, so that equal lists are equal texts.
    if (match === null || start <= before + 1 || (match[2] !== undefined && end <= start)) return undefined;
    ranges.push({ start, end });
    before = end;
  }
  return ranges;
}

/** Lines as {@link textOfRanges} writes them. @param lines in ascending order */
export function rangesOf(lines: readonly number[]): string {
  return textOfRanges(lines.map((line) => ({ start: line, end: line })));
}

/** How many lines there are in ranges that do not overlap. */
export function countLines(ranges: readonly LineRange[]): number {
  return ranges.reduce((total, { start, end }) => total + end - start + 1, 0);
}

/** The ranges of lines that are in one of the given ones, apart from each other. @param ranges by their first lines */
export function joinRanges(ranges: Iterable<LineRange>): readonly LineRange[] {
  const joined: { start: number; end: number }[] = [];
  for (const { start, end } of ranges) {
    const last = joined.at(-1);
    if (last !== undefined && start <= last.end + 1) last.end = Math.max(last.end, end);
    else joined.push({ start, end });
  }
  return joined;
}

/** What is in the first ranges and not in the others; both as {@link joinRanges} gives them. */
export function withoutRanges(ranges: readonly LineRange[], others: readonly LineRange[]): readonly LineRange[] {
  const left: LineRange[] = [];
  let next = 0;
  for (const { start, end } of ranges) {
    let from = start;
    for (let other = others[next]; other !== undefined && other.start <= end; other = others[++next]) {
      if (other.start > from) left.push({ start: from, end: other.start - 1 });
      from = Math.max(from, other.end + 1);
      // It may reach into the next range.
      if (from > end) break;
    }
    if (from <= end) left.push({ start: from, end });
  }
  return left;
}
