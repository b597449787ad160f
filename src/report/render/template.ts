import { sha256 } from "../../evidence/canonical.ts";
import { escapeHtml } from "../../output/escape.ts";

/**
 * The key of finished markup. A symbol cannot come out of JSON, so no record of a log can pass for markup, whatever it
 * holds where a string is expected.
 */
const MARKUP: unique symbol = Symbol("markup");

export interface Markup {
  readonly [MARKUP]: string;
}

export type Insertion = string | number | undefined | Markup | readonly Markup[];

/** An HTML template: everything inserted is escaped, but what another template made. `undefined` inserts nothing. */
export function html(parts: TemplateStringsArray, ...insertions: readonly Insertion[]): Markup {
  const pieces = parts.map((part, position) => part + insert(insertions[position]));
  return { [MARKUP]: pieces.join("") };
}

/** The text of a finished template. */
export function textOf(markup: Markup): string {
  return markup[MARKUP];
}

function insert(insertion: Insertion): string {
  if (insertion === undefined) return "";
  if (typeof insertion !== "object") return escapeHtml(String(insertion));
  if (isList(insertion)) return insertion.map(insert).join("");
  return Object.hasOwn(insertion, MARKUP) ? insertion[MARKUP] : escapeHtml(JSON.stringify(insertion));
}

function isList(insertion: Markup | readonly Markup[]): insertion is readonly Markup[] {
  return Array.isArray(insertion);
}

/** Text of our own that is markup already, such as the style sheet; never anything that was read. */
export function trusted(text: string): Markup {
  return { [MARKUP]: text };
}

/** The content security policy of a page that has one style sheet, in it, and loads nothing. */
export function contentSecurityPolicy(style: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${Buffer.from(sha256(style).slice("sha256:".length), "hex").toString("base64")}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
