import MarkdownIt, { type Token } from "markdown-it";
import { createHtmlReader, type HtmlReader } from "./html.ts";
import { linkMatches } from "./links.ts";
import { type ContentMatch, decodedPassage, type Passage } from "./rules.ts";

/** What a text in GitHub-flavoured Markdown says, link by link and paragraph by paragraph. */
export interface MarkdownContent {
  readonly matches: readonly ContentMatch[];
  readonly passages: readonly Passage[];
}

const parser = new MarkdownIt({ html: true });
// What it would refuse to show is what is looked for here.
parser.normalizeLink = (url) => url;
parser.validateLink = () => true;

interface Reading {
  readonly html: HtmlReader;
  readonly matches: ContentMatch[];
  readonly passages: Passage[];
}

/** Reads CommonMark with the tables of GitHub. */
export function readMarkdown(text: string): MarkdownContent {
  const starts = lineStarts(text);
  const environment: { references?: Readonly<Record<string, { readonly href: string; readonly title: string }>> } = {};
  const reading: Reading = { html: createHtmlReader(), matches: [], passages: [] };
  for (const token of parser.parse(text, environment)) {
    const [first = 0, end = first + 1] = token.map ?? [];
    const offset = starts[first] ?? 0;
    if (token.type === "html_block") reading.html.read(token.content, offset);
    else if (token.type === "fence" || token.type === "code_block") {
      reading.passages.push(decodedPassage(`${token.info}\n${token.content}`, offset, "code"));
    } else if (token.type === "inline") {
      readInline(token.children ?? [], createCursor(text, offset, starts[end] ?? text.length), reading);
    }
  }
  for (const [label, { href, title }] of Object.entries(environment.references ?? {})) {
    const offset = definitionOffset(text, label);
    // A comment in Markdown, which is shown nowhere: `[//]: # (text)`.
    if (title !== "") reading.passages.push(decodedPassage(title, offset, "hidden"));
    reading.matches.push(...linkMatches({ url: href, image: false, offset }));
  }
  const { html, matches, passages } = reading;
  return { matches: [...matches, ...html.matches], passages: [...passages, ...html.passages] };
}

/** As the parser counts lines. */
function lineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\r\n?|\n/g)].map(({ 0: end, index }) => index + end.length)];
}

/** The parser knows no place of a definition. */
function definitionOffset(text: string, label: string): number {
  const at = text.toUpperCase().indexOf(`[${label}]:`);
  return Math.max(0, at);
}

/** Finds pieces of a block in the order in which they are there. */
interface Cursor {
  find(piece: string): number;
}

/** A piece that is written in another way than it reads is found this far behind the last one at most. */
const FARTHEST = 1_000;

function createCursor(text: string, start: number, end: number): Cursor {
  let at = start;
  return {
    find(piece) {
      const found = text.slice(at, Math.min(end, at + FARTHEST)).indexOf(piece.slice(0, 40));
      if (found !== -1 && piece !== "") at += found;
      return at;
    },
  };
}

/** Text without its marks and its code, which are passages of their own; emphasis cuts no sentence, what hides text does. */
function readInline(tokens: readonly Token[], cursor: Cursor, { html, matches, passages }: Reading): void {
  let run = createRun(html.isHidden());
  let link: { readonly url: string; readonly offset: number; label: string } | undefined;
  for (const token of tokens) {
    const { type, content } = token;
    if (type === "text" || type === "text_special") {
      run.add(content, cursor.find(content));
      if (link !== undefined) link.label += content;
    } else if (type === "softbreak" || type === "hardbreak") run.add("\n", cursor.find(""));
    else if (type === "html_inline") {
      html.read(content, cursor.find(content));
      if (html.isHidden() === run.hidden) continue;
      passages.push(run.passage());
      run = createRun(html.isHidden());
    } else if (type === "code_inline") {
      const offset = cursor.find(content);
      passages.push(decodedPassage(content, offset, run.hidden ? "hidden" : "code"));
      if (link !== undefined) link.label += content;
      // Of a sentence with code in it the halves are no sentence.
      run.add(" \u0000 ", offset);
    } else if (type === "image") readImage(token, cursor.find(`![`), { html, matches, passages });
    else if (type === "link_open") {
      const offset = cursor.find("[");
      link = { url: String(token.attrGet("href") ?? ""), offset, label: "" };
      const title = String(token.attrGet("title") ?? "");
      if (title !== "") passages.push(decodedPassage(title, offset, "hidden"));
    } else if (type === "link_close" && link !== undefined) {
      matches.push(...linkMatches({ ...link, image: false }));
      link = undefined;
    }
  }
  passages.push(run.passage());
}

function readImage(token: Token, offset: number, { matches, passages }: Reading): void {
  for (const shown of [token.content, String(token.attrGet("title") ?? "")]) {
    if (shown !== "") passages.push(decodedPassage(shown, offset, "hidden"));
  }
  matches.push(...linkMatches({ url: String(token.attrGet("src") ?? ""), image: true, offset }));
}

/** Pieces of text that are read as one. */
function createRun(hidden: boolean) {
  const pieces: { readonly at: number; readonly offset: number }[] = [];
  const texts: string[] = [];
  let length = 0;
  return {
    hidden,
    add(piece: string, offset: number): void {
      pieces.push({ at: length, offset });
      texts.push(piece);
      length += piece.length;
    },
    passage(): Passage {
      return {
        text: texts.join(""),
        standing: hidden ? "hidden" : "text",
        offsetAt(index) {
          const piece = pieces.findLast(({ at }) => at <= index);
          return piece === undefined ? 0 : piece.offset + index - piece.at;
        },
      };
    },
  };
}
