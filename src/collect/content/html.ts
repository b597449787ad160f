import { type Token, Tokenizer, TokenizerMode } from "parse5";
import type { Confidence } from "../../evidence/types.ts";
import { linkMatches } from "./links.ts";
import { type ContentMatch, decodedPassage, excerpt, type Passage } from "./rules.ts";

function ignore(): void {}

/** What HTML is made of, in order, over the parts of a Markdown text as well: an element may begin in one and end in another. */
export interface HtmlReader {
  /** @param offset of the part in the whole text */
  read(html: string, offset: number): void;
  /** Whether what comes next is in an element that is not shown. */
  isHidden(): boolean;
  readonly matches: readonly ContentMatch[];
  readonly passages: readonly Passage[];
}

/** Elements without an end. */
const VOID = new Set([
  "area",
  "base",
  "br",
  "col",
  "embed",
  "hr",
  "img",
  "input",
  "link",
  "meta",
  "source",
  "track",
  "wbr",
]);

/** What loads a page or runs code by being there. */
const ACTIVE = new Set(["script", "iframe", "frame", "object", "embed", "applet", "base", "portal"]);

/** How a conversation with a model is written as HTML. */
const ROLES = new Set(["system", "system-reminder", "assistant", "im_start"]);
const TOOLS = new Set(["invoke", "tool-call", "function-call"]);

/** Blocks that end a sentence. */
const BLOCK = /^(?:p|div|li|ul|ol|h[1-6]|table|tr|td|th|section|article|br|hr|body|head|title|blockquote|pre)$/;

const HIDING =
  /(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|$|!)|font-size\s*:\s*0(?:\.\d+)?(?:px|pt|em|rem|%)?\s*(?:;|$|!)|(?:left|top|text-indent)\s*:\s*-\d{4,}|clip\s*:\s*rect\(0|color\s*:\s*(?:transparent|rgba\([^)]*,\s*0\s*\)))/i;

/** @param confidence `low` for a page that is HTML by itself, where scripts are nothing strange */
export function createHtmlReader(confidence: Confidence = "high"): HtmlReader {
  const matches: ContentMatch[] = [];
  const passages: Passage[] = [];
  let hidden: { readonly tag: string; depth: number } | undefined;
  let anchor: { readonly url: string; readonly offset: number; label: string } | undefined;
  let text: { chars: string; readonly offset: number; readonly hidden: boolean } | undefined;
  let tokenizer: Tokenizer;
  let base = 0;

  const at = (token: { readonly location: { readonly startOffset: number } | null }) =>
    base + (token.location?.startOffset ?? 0);

  function endText(): void {
    if (text !== undefined && text.chars.trim() !== "") {
      passages.push(decodedPassage(text.chars, text.offset, text.hidden ? "hidden" : "text"));
    }
    text = undefined;
  }

  function onCharacters(token: Token.CharacterToken): void {
    if (anchor !== undefined) anchor.label += token.chars;
    text ??= { chars: "", offset: at(token), hidden: hidden !== undefined };
    text.chars += token.chars;
  }

  function onStartTag(token: Token.TagToken): void {
    const { tagName: tag } = token;
    const attributes = new Map(token.attrs.map(({ name, value }) => [name, value]));
    if (BLOCK.test(tag)) endText();
    checkTag(tag, attributes, at(token));
    if (tag === "a") anchor = { url: attributes.get("href") ?? "", offset: at(token), label: "" };
    if (hidden === undefined && isHiding(tag, attributes) && !VOID.has(tag)) {
      endText();
      hidden = { tag, depth: 1 };
    } else if (hidden?.tag === tag && !token.selfClosing) hidden.depth++;
    // https://html.spec.whatwg.org/multipage/parsing.html#parsing-main-inhead
    if (tag === "script") tokenizer.state = TokenizerMode.SCRIPT_DATA;
    if (tag === "style" || tag === "xmp" || tag === "noframes") tokenizer.state = TokenizerMode.RAWTEXT;
    if (tag === "title" || tag === "textarea") tokenizer.state = TokenizerMode.RCDATA;
  }

  function onEndTag(token: Token.TagToken): void {
    const { tagName: tag } = token;
    if (BLOCK.test(tag) || tag === "script" || tag === "style") endText();
    if (tag === "a" && anchor !== undefined) {
      matches.push(...linkMatches({ ...anchor, image: false }, "high"));
      anchor = undefined;
    }
    if (hidden?.tag === tag && --hidden.depth === 0) {
      endText();
      hidden = undefined;
    }
  }

  function checkTag(tag: string, attributes: ReadonlyMap<string, string>, offset: number): void {
    const add = (what: string, severity: ContentMatch["severity"], sure: Confidence, content: string) =>
      matches.push({ rule: "active-html", offset, severity, confidence: sure, message: what, content });
    // Where people write of <object> and forget that it is one, it has nothing to load.
    const isEmpty = attributes.size === 0 && tag !== "script";
    if (ACTIVE.has(tag))
      add(`the element <${tag}> runs code or loads a page`, "high", isEmpty ? "low" : confidence, tag);
    if (tag === "meta" && /refresh/i.test(attributes.get("http-equiv") ?? "")) {
      add("the page sends its reader elsewhere", "medium", confidence, attributes.get("content") ?? "");
    }
    if (attributes.has("srcdoc")) add(`<${tag}> has a page in its attribute srcdoc`, "high", confidence, "srcdoc");
    for (const [name, value] of attributes) {
      if (/^on[a-z]{3,}$/.test(name))
        add(`the attribute ${excerpt(name)} of <${tag}> runs code`, "high", confidence, `${name}=${value}`);
      if (name === "style" && /expression\s*\(|javascript:|-moz-binding/i.test(value)) {
        add(`the style of <${tag}> runs code`, "high", confidence, value);
      }
      if (/^(?:alt|title|aria-label|content|placeholder|value)$/.test(name) && value !== "") {
        passages.push(decodedPassage(value, offset, name === "content" || name === "value" ? "text" : "hidden"));
      }
      if (
        /^(?:src|action|formaction|data|poster|background|xlink:href)$/.test(name) ||
        (name === "href" && tag !== "a")
      ) {
        matches.push(...linkMatches({ url: value, image: /^(?:img|source|image)$/.test(tag), offset }, "high"));
      }
    }
    if (ROLES.has(tag) || TOOLS.has(tag)) {
      const isTool = TOOLS.has(tag);
      const message = isTool ? `<${tag}> is a call of a tool` : `<${tag}> marks who speaks to a language model`;
      const rule = isTool ? "tool-call" : "role-marker";
      matches.push({ rule, offset, severity: "medium", confidence: "medium", message, content: tag });
    }
  }

  return {
    matches,
    passages,
    isHidden: () => hidden !== undefined,
    read(html, offset) {
      base = offset;
      tokenizer = new Tokenizer(
        { sourceCodeLocationInfo: true },
        {
          onStartTag,
          onEndTag,
          onCharacter: onCharacters,
          onWhitespaceCharacter: onCharacters,
          onNullCharacter: ignore,
          onDoctype: ignore,
          onEof: ignore,
          onComment: (token) => passages.push(decodedPassage(token.data, at(token), "hidden")),
        },
      );
      tokenizer.write(html, true);
      endText();
    },
  };
}

function isHiding(tag: string, attributes: ReadonlyMap<string, string>): boolean {
  if (tag === "template" || tag === "noscript") return true;
  if (attributes.has("hidden") || attributes.get("aria-hidden") === "true") return true;
  return HIDING.test(attributes.get("style") ?? "");
}
