import type { Language } from "./tree.ts";

/** Sound code that a grammar does not know, and what to parse in its place. */
interface Gap {
  readonly pattern: RegExp;
  /** Takes what is in the way, and gives something of the same length. */
  readonly instead: (text: string) => string;
}

const blank = (text: string): string => " ".repeat(text.length);
const name = (text: string): string => "_".repeat(text.length);

const TYPES = "any|boolean|never|number|object|string|symbol|undefined|unknown|void";
const RESERVED =
  "break|case|catch|class|const|continue|debugger|delete|do|else|enum|export|extends|false|finally|for|function|if|import|" +
  "in|instanceof|new|null|return|super|switch|this|throw|true|try|typeof|var|while|with";

/** What the grammar 0.23 of TypeScript and 0.25 of JavaScript do not know. */
const ECMASCRIPT: readonly Gap[] = [
  // export type * from "./a"
  { pattern: /(?<=\bexport\s+)type(?=\s*\*)/g, instead: blank },
  // interface Box<in out T>
  { pattern: /(?<=[<,]\s*(?:const\s+)?|^[ \t]*)(?:in\s+out|in|out)(?=\s+[A-Za-z_$])/gm, instead: blank },
  // [string: number]
  { pattern: new RegExp(`(?<=[[,]\\s*(?:\\.\\.\\.)?)(?:${TYPES})(?=\\??\\s*:)`, "g"), instead: name },
  // export { value as null }
  { pattern: new RegExp(`(?<=\\bas\\s+)(?:${TYPES}|${RESERVED})(?=\\s*[,}])`, "g"), instead: name },
];

/** What the grammar 0.25 of Go does not know: since Go 1.26 `new` takes a value as well. */
const GO: readonly Gap[] = [{ pattern: /\bnew(?=\()/g, instead: name }];

const GAPS: Readonly<Partial<Record<Language, readonly Gap[]>>> = {
  go: GO,
  // <p>this & that</p>; between values, where it is an operator, another one does as well
  javascript: [...ECMASCRIPT, { pattern: /(?<!&)&(?![&=])/g, instead: () => "+" }],
  typescript: ECMASCRIPT,
};

/**
 * The text with everything replaced, by something as long, that the grammar of its language is known to refuse. It is for a second
 * attempt at a text that was refused; names and lines are then taken from the text itself. Undefined where there is nothing.
 */
export function withoutGaps(language: Language, text: string): string | undefined {
  const filled = (GAPS[language] ?? []).reduce((known, { pattern, instead }) => known.replace(pattern, instead), text);
  return filled === text ? undefined : filled;
}

/** A part of a text that a parser could not make anything of: UTF-16 code units, from and up to. */
export type Refused = readonly [start: number, end: number];

/**
 * The text without the `&` that were refused, for a further attempt: elements may hold one as it is, `<p>this & that</p>`, and the
 * grammars take it for the start of an entity. Between types and values it is an operator, and is not refused. Undefined where there
 * is none.
 */
export function withoutAmpersands(language: Language, text: string, refused: readonly Refused[]): string | undefined {
  if (language !== "typescript") return undefined;
  const characters = text.split("");
  let found = false;
  for (const [start, end] of refused) {
    for (let at = Math.max(0, start - 1); at <= end; at++) {
      if (characters[at] !== "&") continue;
      characters[at] = "_";
      found = true;
    }
  }
  return found ? characters.join("") : undefined;
}
