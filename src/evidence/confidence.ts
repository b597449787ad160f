import type { Confidence } from "./types.ts";

const WORDS = new Map<string, Confidence>([
  ...["very-high", "high", "confirmed", "certain"].map((word) => [word, "high"] as const),
  ...["medium", "firm"].map((word) => [word, "medium"] as const),
  ...["low", "experimental", "tentative"].map((word) => [word, "low"] as const),
]);

/**
 * How sure a tool is of a finding, by its own word in any case; `undefined` for a word that is not known, or that says
 * that the tool does not know.
 */
export function confidenceOf(word: unknown): Confidence | undefined {
  if (typeof word !== "string") return undefined;
  return WORDS.get(
    word
      .trim()
      .toLowerCase()
      .replaceAll(/[\s_]+/g, "-"),
  );
}
