import { type ContentMatch, decodedPassage, type Passage } from "./rules.ts";

/** A string of a JSON text that people wrote as Markdown. */
export interface WrittenText {
  readonly text: string;
  readonly offset: number;
}

/** What stands in the strings of a JSON text. */
export interface JsonContent {
  readonly matches: readonly ContentMatch[];
  readonly passages: readonly Passage[];
  readonly written: readonly WrittenText[];
}

/** Members in which forges keep what people write. */
const WRITTEN = new Set(["body", "description", "note", "comment", "release_notes", "message"]);

const SHORTEST = 6;

/** Reads the strings of a JSON text one by one, so that it need not be whole, nor be one document. */
export function readJson(text: string): JsonContent {
  const matches: ContentMatch[] = [];
  const passages: Passage[] = [];
  const written: WrittenText[] = [];
  let key = "";
  let outer = "";
  for (const { 0: token, 1: colon, index } of text.matchAll(/"(?:[^"\\]|\\[\s\S])*"(\s*:)?/g)) {
    const value = stringOf(colon === undefined ? token : token.slice(0, -colon.length));
    if (colon === undefined) {
      // Shorter ones say nothing to anybody, and there are very many.
      if (value.length < SHORTEST && !token.includes("\\")) continue;
      if (WRITTEN.has(key)) written.push({ text: value, offset: index });
      else passages.push(decodedPassage(value, index, "text"));
      continue;
    }
    outer = key;
    key = value;
    if (key.length >= SHORTEST) passages.push(decodedPassage(value, index, "text"));
    const isPrototype = key === "prototype" && outer === "constructor";
    if (key !== "__proto__" && !isPrototype) continue;
    const name = isPrototype ? "constructor.prototype" : key;
    matches.push({
      rule: "prototype-key",
      offset: index,
      severity: "high",
      confidence: isPrototype ? "medium" : "high",
      message: `${name} changes objects of JavaScript where the text is loaded`,
      content: name,
    });
  }
  return { matches, passages, written };
}

/** The string as it is read; one that JSON does not allow as it is written. */
function stringOf(token: string): string {
  try {
    const value: unknown = JSON.parse(token);
    return typeof value === "string" ? value : "";
  } catch {
    return token.slice(1, -1);
  }
}
