import MarkdownIt, { type Token } from "markdown-it";
import { type DefaultTreeAdapterMap, parseFragment } from "parse5";
import { isMap, isScalar } from "yaml";
import type { FrontMatter } from "../../evidence/types.ts";
import { slugsOf } from "./slugs.ts";
import { readYaml } from "./yaml.ts";

/** One link of a text, before anybody looked for its target. */
export interface RawLink {
  /** From 1. */
  readonly line: number;
  /** As written. */
  readonly target: string;
  readonly type: "link" | "image" | "include";
}

/** A heading. */
export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly line: number;
}

/** What a markdown file holds, as GitHub understands it. */
export interface MarkdownFile {
  readonly links: readonly RawLink[];
  readonly headings: readonly Heading[];
  /** What a fragment may name, in lower case. */
  readonly anchors: ReadonlySet<string>;
  readonly frontMatter?: FrontMatter;
  /** Items of lists, with the line of each. */
  readonly items: readonly number[];
}

const parser = new MarkdownIt({ html: true });
// Targets are wanted as they are written, whatever a browser would make of them.
parser.normalizeLink = (target) => target;
parser.validateLink = () => true;

/**
 * Reads CommonMark with the tables of GitHub. Links in code are none; those in HTML are.
 *
 * @param text with `\n` at the end of lines
 */
export function readMarkdown(text: string): MarkdownFile {
  const { frontMatter, content } = splitFrontMatter(text);
  const found: Found = { links: [], headings: [], items: [], ids: [] };
  const tokens = parser.parse(withoutFootnotes(content), {});
  for (const [index, token] of tokens.entries()) readToken(token, tokens[index + 1], found);
  for (const link of includesIn(tokens, content)) found.links.push(link);
  const anchors = new Set([...slugsOf(found.headings.map(({ text: title }) => title)), ...found.ids.map(lower)]);
  return {
    links: found.links.toSorted((a, b) => a.line - b.line),
    headings: found.headings,
    anchors,
    items: found.items,
    ...(frontMatter === undefined ? {} : { frontMatter }),
  };
}

interface Found {
  readonly links: RawLink[];
  readonly headings: Heading[];
  readonly items: number[];
  readonly ids: string[];
}

function readToken(token: Token, next: Token | undefined, found: Found): void {
  const line = (token.map?.[0] ?? 0) + 1;
  if (token.type === "inline") readInline(token.children ?? [], line, found);
  if (token.type === "html_block") readHtml(token.content, line, found);
  // A list in a list says more about the item that it is in.
  if (token.type === "list_item_open" && token.level <= 1) found.items.push(line);
  if (token.type !== "heading_open") return;
  const title = textOf(next?.children ?? []);
  found.headings.push({ level: Number(token.tag.slice(1)), text: title, line });
  const own = /^\{#([^\s}]+)[^}]*\}\s*$/.exec(title.slice(title.lastIndexOf("{#")))?.[1];
  if (own !== undefined) found.ids.push(own);
}

function readInline(tokens: readonly Token[], first: number, found: Found): void {
  let line = first;
  for (const token of tokens) {
    if (token.type === "softbreak" || token.type === "hardbreak") line++;
    if (token.type === "link_open") found.links.push({ line, target: attributeOf(token, "href"), type: "link" });
    if (token.type === "image") found.links.push({ line, target: attributeOf(token, "src"), type: "image" });
    if (token.type === "html_inline") {
      readHtml(token.content, line, found);
      line += token.content.split("\n").length - 1;
    }
  }
}

function attributeOf(token: Token, name: string): string {
  return String(token.attrGet(name) ?? "");
}

/** The text of a heading as it is read: without marks, tags and pictures. */
function textOf(tokens: readonly Token[]): string {
  return tokens
    .filter(({ type }) => type === "text" || type === "code_inline" || type === "text_special")
    .map(({ content }) => content)
    .join("");
}

type HtmlNode = DefaultTreeAdapterMap["node"];

const HTML_LINKS: Readonly<Record<string, readonly [attribute: string, type: RawLink["type"]]>> = {
  a: ["href", "link"],
  img: ["src", "image"],
};

/** Inline tags come one by one, so that a tag is read whether or not anything closes it. */
function readHtml(html: string, line: number, found: Found): void {
  const open: HtmlNode[] = [parseFragment(html, { sourceCodeLocationInfo: true })];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ("childNodes" in node) open.push(...node.childNodes);
    if (!("tagName" in node)) continue;
    const at = line + (node.sourceCodeLocation?.startLine ?? 1) - 1;
    const known = Object.hasOwn(HTML_LINKS, node.tagName) ? HTML_LINKS[node.tagName] : undefined;
    for (const { name, value } of node.attrs) {
      if (name === "id" || (name === "name" && node.tagName === "a")) found.ids.push(value);
      if (known !== undefined && name === known[0]) found.links.push({ line: at, target: value, type: known[1] });
    }
  }
}

/** Ways of saying that another file is to be put here: MyST and Sphinx, pymdownx snippets, Jinja and Liquid. */
const INCLUDES = [
  /^\s*-{1,}8<-{1,}\s+["']([^"'\n]+)["']\s*$/,
  /^\s*\{%-?\s*include(?:-markdown|_relative)?\s+["']([^"'\n]+)["'][^%]*%\}\s*$/,
  /^\s*\{!([^!\n]+)!\}\s*$/,
];

function includesIn(tokens: readonly Token[], content: string): readonly RawLink[] {
  const fences = tokens.filter(({ type }) => type === "fence" || type === "code_block");
  const found: RawLink[] = [];
  for (const fence of fences) {
    const target = /^\{(?:include|literalinclude)\}\s+(\S.*)$/.exec(fence.info.trim())?.[1];
    if (target !== undefined) found.push({ line: (fence.map?.[0] ?? 0) + 1, target: target.trim(), type: "include" });
  }
  const inCode = new Set(fences.flatMap(({ map }) => rangeOf(map)));
  for (const [index, line] of content.split("\n").entries()) {
    if (inCode.has(index)) continue;
    for (const pattern of INCLUDES) {
      const target = pattern.exec(line)?.[1];
      if (target !== undefined) found.push({ line: index + 1, target: target.trim(), type: "include" });
    }
  }
  return found;
}

function rangeOf(map: readonly [number, number] | null): readonly number[] {
  return map === null ? [] : Array.from({ length: map[1] - map[0] }, (_, index) => map[0] + index);
}

/** The text of a footnote is text, where plain CommonMark would take it for the target of a link. */
function withoutFootnotes(text: string): string {
  return text.replaceAll(/^([ >]*)\[\^[^\]\n]+\]:/gm, (whole, before: string) => before.padEnd(whole.length, "x"));
}

const FRONT_MATTER = /^---[ \t]*\n(?:([\s\S]*?)\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)/;
const OTHER_FRONT_MATTER = /^\+\+\+[ \t]*\n[\s\S]*?\n\+\+\+[ \t]*(?:\n|$)/;

/** The block stays as empty lines, so that lines keep their numbers. */
function splitFrontMatter(text: string): { readonly content: string; readonly frontMatter?: FrontMatter } {
  const [whole, yaml = ""] = FRONT_MATTER.exec(text) ?? [];
  if (whole !== undefined) return { content: blanked(text, whole), frontMatter: frontMatterOf(yaml) };
  const [other] = OTHER_FRONT_MATTER.exec(text) ?? [];
  return { content: other === undefined ? text : blanked(text, other) };
}

function blanked(text: string, block: string): string {
  return "\n".repeat(block.split("\n").length - 1) + text.slice(block.length);
}

function frontMatterOf(yaml: string): FrontMatter {
  const read = readYaml(yaml);
  const [document] = "documents" in read ? read.documents : [];
  const contents = document?.contents;
  if (!isMap(contents)) return { valid: false, keys: [] };
  const keys = contents.items.map(({ key }) => (isScalar(key) ? String(key.value) : ""));
  const valid = keys.every((key) => key !== "") && new Set(keys).size === keys.length;
  return { valid, keys };
}

function lower(text: string): string {
  return text.toLowerCase();
}
