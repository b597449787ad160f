import { compareText } from "../util/compare.ts";

/** The order of two things by their path, then by their line. */
export function compareLines(a: Placed, b: Placed): number {
  return compareText(a.path, b.path) || a.line - b.line;
}

interface Placed {
  readonly path: string;
  readonly line: number;
}
