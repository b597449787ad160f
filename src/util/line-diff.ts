/** Lines around a change that are shown with it. */
const CONTEXT = 3;

interface Line {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/**
 * The difference of two texts as a unified diff without its file header; empty where they are equal.
 *
 * Takes time and memory in proportion to the product of the lines that differ: for sources, not for data.
 */
export function unifiedDiff(before: string, after: string): string {
  const lines = diffLines(splitLines(before), splitLines(after));
  const changed = lines.flatMap(({ mark }, index) => (mark === " " ? [] : [index]));
  const hunks: { from: number; to: number }[] = [];
  for (const index of changed) {
    const last = hunks.at(-1);
    const to = Math.min(lines.length, index + CONTEXT + 1);
    if (last !== undefined && index - CONTEXT <= last.to) last.to = to;
    else hunks.push({ from: Math.max(0, index - CONTEXT), to });
  }
  return hunks.map(({ from, to }) => hunkText(lines, from, to)).join("");
}

function hunkText(lines: readonly Line[], from: number, to: number): string {
  const hunk = lines.slice(from, to);
  const range = (mark: "-" | "+"): string => {
    const isThere = (line: Line): boolean => line.mark === " " || line.mark === mark;
    const count = hunk.filter(isThere).length;
    const above = lines.slice(0, from).filter(isThere).length;
    return `${mark}${count === 0 ? above : above + 1},${count}`;
  };
  const body = hunk.map(({ mark, text }) =>
    text.endsWith("\n") ? `${mark}${text}` : `${mark}${text}\n\\ No newline at end of file\n`,
  );
  return `@@ ${range("-")} ${range("+")} @@\n${body.join("")}`;
}

function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** A longest common subsequence of what is between the equal beginning and the equal end. */
function diffLines(before: readonly string[], after: readonly string[]): readonly Line[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  return [
    ...same(before.slice(0, head)),
    ...diffMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ];
}

function same(lines: readonly string[]): readonly Line[] {
  return lines.map((text) => ({ mark: " ", text }));
}

function diffMiddle(before: readonly string[], after: readonly string[]): readonly Line[] {
  const lengths = commonLengths(before, after);
  const length = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, fresh] = [before[i], after[j]];
    if (old !== undefined && old === fresh) {
      lines.push({ mark: " ", text: old });
      i += 1;
      j += 1;
    } else if (old !== undefined && (fresh === undefined || length(i + 1, j) >= length(i, j + 1))) {
      lines.push({ mark: "-", text: old });
      i += 1;
    } else if (fresh !== undefined) {
      lines.push({ mark: "+", text: fresh });
      j += 1;
    }
  }
  return lines;
}

/** For each pair of positions, how many lines the rests from there on have in common, in order. */
function commonLengths(before: readonly string[], after: readonly string[]): readonly Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const [row, next] = [rows[i], rows[i + 1]];
      if (row === undefined || next === undefined) continue;
      row[j] = before[i] === after[j] ? (next[j + 1] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return rows;
}
