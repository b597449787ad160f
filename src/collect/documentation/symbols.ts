import type { SourceFile, SourceNode } from "../source/tree.ts";

/** What is said of something: whether it has a text, and whether that has an example. */
export interface Said {
  readonly documented: boolean;
  readonly example: boolean;
}

/** Something that a module offers to others. */
export interface PublicSymbol extends Said {
  /** With its class in front. */
  readonly name: string;
}

/** What a source file offers, and what it says of itself. */
export interface FileSymbols {
  readonly module: Said;
  readonly symbols: readonly PublicSymbol[];
}

/** Of what nobody has written about. */
export const UNSAID: Said = { documented: false, example: false };

/** Of two texts about one thing. */
export function both(a: Said, b: Said): Said {
  return { documented: a.documented || b.documented, example: a.example || b.example };
}

/**
 * One symbol of each name: overloads, an accessor's two halves, and a type and a value of one name are one thing to whoever
 * uses them.
 */
export function mergedByName(symbols: readonly PublicSymbol[]): readonly PublicSymbol[] {
  const byName = new Map<string, PublicSymbol>();
  for (const symbol of symbols) {
    const known = byName.get(symbol.name);
    byName.set(symbol.name, known === undefined ? symbol : { name: symbol.name, ...both(known, symbol) });
  }
  return [...byName.values()];
}

/** What a doc comment between slashes and stars says (JSDoc, TSDoc, Javadoc); nothing where it has no words. */
export function saidInBlock(comment: string | undefined): Said {
  if (comment === undefined) return UNSAID;
  const text = comment.replace(/^\/\*\*|\*\/$/g, "").replace(/^\s*\*+/gm, "");
  const inherited = /@inheritdoc\b/i.test(text);
  const example = /@example\b\s*\S|^\s*(?:```|~~~)|<pre\b|\{@snippet\b/im.test(text);
  return { documented: inherited || hasWords(text), example };
}

/** Whether a comment is about the rights to a file and not about what is in it. */
export function isLicence(comment: string): boolean {
  return /^[\s/*#]*(?:copyright|spdx-|\(c\)|licen[cs]ed? |@licen[cs]e|@preserve|@copyright)/i.test(comment);
}

/** Whether a text has a word besides tags and their types. */
export function hasWords(text: string): boolean {
  return /\p{L}/u.test(text.replace(/\{?@[\w-]+/g, " "));
}

/** Whether a comment is one that documentation is made of: it begins with two stars and has something in it. */
export function isDocBlock(text: string): boolean {
  return /^\/\*\*(?![*/])/.test(text);
}

/**
 * The doc comment of a node: the nearest before it, with nothing but comments and decorators between. One at the end of
 * another line is about that line.
 */
export function docBefore(file: SourceFile, node: SourceNode, ...passed: readonly string[]): string | undefined {
  const siblings = node.parent?.children ?? [];
  const at = siblings.indexOf(node);
  for (let index = at - 1; index >= 0; index--) {
    const before = siblings[index];
    if (before === undefined || !(isComment(before) || passed.includes(before.type))) return undefined;
    const text = file.text.slice(before.start, before.end);
    if (!isDocBlock(text)) continue;
    const previous = siblings[index - 1];
    return previous !== undefined && previous.named && previous.endRow === before.row ? undefined : text;
  }
  return undefined;
}

/** Whether a node is a comment, in any of the grammars. */
export function isComment({ type }: SourceNode): boolean {
  return type === "comment" || type === "block_comment" || type === "line_comment";
}
