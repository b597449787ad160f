/** The order of two texts by UTF-16 code units, which no locale changes. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The order of two things by their path, then by their line. */
export function compareLines(a: Placed, b: Placed): number {
  return compareText(a.path, b.path) || a.line - b.line;
}

interface Placed {
  readonly path: string;
  readonly line: number;
}
