import type { Confidence, Severity } from "../../evidence/types.ts";

/** What is looked for. The ids are stable: waivers and gates name them. `docs/collectors.md` has an example of each. */
export const CONTENT_RULES = {
  "bidi-control": { title: "Control characters that change the direction of text", cwe: ["CWE-1007"] },
  "unicode-tag": { title: "Text in invisible tag characters", cwe: ["CWE-1007", "CWE-1427"] },
  "invisible-text": { title: "Invisible characters in text", cwe: ["CWE-1007"] },
  "mixed-script": { title: "A word with letters that look like those of another script", cwe: ["CWE-1007"] },
  "terminal-escape": { title: "A control sequence for terminals", cwe: ["CWE-150"] },
  "hidden-text": { title: "Instructions where readers do not see them", cwe: ["CWE-1427"] },
  "model-instruction": { title: "An instruction to a language model", cwe: ["CWE-1427"] },
  "role-marker": { title: "A mark of who speaks in a conversation with a language model", cwe: ["CWE-1427"] },
  "tool-call": { title: "A call of a tool, as language models write it", cwe: ["CWE-1427"] },
  "data-carrying-link": { title: "A link or image that asks for data in its address", cwe: ["CWE-201"] },
  "script-link": { title: "A link that runs code", cwe: ["CWE-79"] },
  "misleading-link": { title: "A link to another place than it says", cwe: ["CWE-451"] },
  "active-html": { title: "HTML that runs code or loads a page", cwe: ["CWE-79"] },
  "yaml-tag": { title: "A YAML tag that makes objects of a language", cwe: ["CWE-502"] },
  "yaml-alias-bomb": { title: "YAML aliases that stand for very much", cwe: ["CWE-776"] },
  "yaml-merge-key": { title: "A YAML merge that readers understand in several ways", cwe: ["CWE-436"] },
  "yaml-duplicate-key": { title: "A YAML key that is there twice", cwe: ["CWE-436"] },
  "yaml-several-documents": { title: "Several YAML documents where one is read", cwe: ["CWE-436"] },
  "prototype-key": { title: "A key that changes objects of JavaScript", cwe: ["CWE-1321"] },
  "template-injection": { title: "An expression of a template language", cwe: ["CWE-1336"] },
  "csv-formula": { title: "A cell that a spreadsheet runs", cwe: ["CWE-1236"] },
  "encoded-payload": { title: "Base64 with one of these in it", cwe: ["CWE-506"] },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly cwe: readonly string[] }>>;

export type ContentRule = keyof typeof CONTENT_RULES;

/** As what a text is read. */
export const CONTENT_TYPES = ["markdown", "html", "yaml", "json", "csv", "plain"] as const;
export type ContentType = (typeof CONTENT_TYPES)[number];

/** Something that a rule found. */
export interface ContentMatch {
  readonly rule: ContentRule;
  /** Where it starts, in UTF-16 code units of the text. */
  readonly offset: number;
  readonly severity: Exclude<Severity, "unknown">;
  /** How sure it is that it was made to mislead; `low` where the text shows it as code. */
  readonly confidence: Confidence;
  /** What is wrong, in one line. */
  readonly message: string;
  /** What was found, for telling it from another; it is not printed. */
  readonly content: string;
}

/** How a reader of the finished text meets a part of it. */
export type Standing = "text" | "code" | "hidden";

/** A part of a text that is read in one piece, such as a paragraph without its marks. */
export interface Passage {
  readonly text: string;
  readonly standing: Standing;
  /** The offset in the whole text of an index of this one. */
  offsetAt(index: number): number;
}

/** A link or an image, whatever wrote it. */
export interface Link {
  readonly url: string;
  readonly image: boolean;
  /** What a reader sees of a link; missing for one that has no text of its own. */
  readonly label?: string | undefined;
  readonly offset: number;
}

/** A passage that is a part of the whole text as it is. */
export function passageAt(text: string, offset: number, standing: Standing): Passage {
  return { text, standing, offsetAt: (index) => offset + index };
}

/** A passage that was decoded, so that all of it is where its source starts. */
export function decodedPassage(text: string, offset: number, standing: Standing): Passage {
  return { text, standing, offsetAt: () => offset };
}

/** The start of what was found, in one line and with what is invisible written out. */
export function excerpt(text: string): string {
  const shown = text
    .slice(0, 60)
    .replaceAll(/[\p{C}\p{Z}]/gu, (character) => (character === " " ? " " : codePoint(character)));
  return `"${shown}${text.length > 60 ? "…" : ""}"`;
}

/** Such as `U+202E`. */
export function codePoint(character: string): string {
  const value = character.codePointAt(0) ?? 0;
  return /^[\t\n\r]$/.test(character) ? " " : `U+${value.toString(16).toUpperCase().padStart(4, "0")}`;
}
