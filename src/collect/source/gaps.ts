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
  // <p>this & that</p>
  { pattern: /(?<=\s)&(?=\s)/g, instead: () => "+" },
];

/** What the grammar 0.25 of Go does not know: since Go 1.26 `new` takes a value as well. */
const GO: readonly Gap[] = [{ pattern: /\bnew(?=\()/g, instead: name }];

const GAPS: Readonly<Partial<Record<Language, readonly Gap[]>>> = {
  go: GO,
  javascript: ECMASCRIPT,
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
