import type { Confidence } from "../../evidence/types.ts";
import { type ContentMatch, excerpt, type Link } from "./rules.ts";

/** Characters that browsers leave out of an address before they look at it: https://url.spec.whatwg.org/#concept-basic-url-parser */
// oxlint-disable-next-line eslint/no-control-regex -- the controls are what this is about
const IGNORED = /^[\u0000-\u0020]+|[\t\n\r]+/g;

/** What is in the query or the path of an address for somebody else to fill in. */
const PLACEHOLDER =
  /\{\{[^{}]{1,80}\}\}|\$\{[^{}]{1,80}\}|%7B%7B|\$%7B|=(?:\{[\w .-]{1,60}\}|%7B[\w%.-]{1,60}%7D|<[\w .-]{1,60}>|%3C[\w%.-]{1,60}%3E|\[[\w .-]{1,60}\]|%5B[\w%.-]{1,60}%5D)/i;

const SECRET = /data|secret|token|key|password|conversation|chat|history|prompt|summary|content|context|answer|memory/i;

/** What a link or an image does that it does not say. */
export function* linkMatches(link: Link, confidence: Confidence = "high"): Generator<ContentMatch, void, undefined> {
  const url = link.url.replaceAll(IGNORED, "");
  const script = scriptScheme(url, link.image);
  if (script !== undefined) {
    yield {
      rule: "script-link",
      offset: link.offset,
      severity: "high",
      confidence,
      message: `the address is ${script}`,
      content: url,
    };
    return;
  }
  const address = remoteAddress(url);
  if (address === undefined) return;
  const placeholder = PLACEHOLDER.exec(address.rest)?.[0];
  if (placeholder !== undefined) {
    const isTelling = link.image || SECRET.test(placeholder);
    yield {
      rule: "data-carrying-link",
      offset: link.offset,
      severity: link.image ? "high" : "medium",
      confidence: confidence === "low" || !isTelling ? "low" : link.image ? "high" : "medium",
      message: `${link.image ? "an image" : "a link"} asks that ${excerpt(placeholder)} is sent to ${address.host}`,
      content: url,
    };
  }
  yield* misleadingMatches(link, url, address.host, confidence);
}

function scriptScheme(url: string, image: boolean): string | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === "javascript" || scheme === "vbscript" || scheme === "livescript") return `${scheme}:`;
  // A picture that is its own address runs nothing where it is shown as one.
  if (scheme !== "data" || (image && /^data:image\/(?:png|jpe?g|gif|webp|avif|svg\+xml)[;,]/i.test(url)))
    return undefined;
  return /^data:(?:text\/(?:html|xml|javascript)|application\/|image\/svg|,|;)/i.test(url)
    ? excerpt(url.slice(0, 24))
    : undefined;
}

/** The host and what is behind it, of an address that leaves the page. */
function remoteAddress(url: string): { readonly host: string; readonly rest: string } | undefined {
  const [, authority, rest = ""] = /^(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}([^/\\?#]*)(.*)$/is.exec(url) ?? [];
  if (authority === undefined || /^(?:file|mailto):/i.test(url)) return undefined;
  return { host: hostOf(authority), rest };
}

function hostOf(authority: string): string {
  return authority
    .slice(authority.lastIndexOf("@") + 1)
    .replace(/:\d*$/, "")
    .toLowerCase();
}

/** Names by which people know a place; others are names of files and products as well. */
const DOMAIN = /^(?:[a-z0-9-]+\.)+(?:com|org|net|gov|edu|bank)$/;

function* misleadingMatches(
  link: Link,
  url: string,
  host: string,
  confidence: Confidence,
): Generator<ContentMatch, void, undefined> {
  const user = /^(?:[a-z][a-z0-9+.-]*:)?[/\\]{2}([^/\\?#@]*\.[^/\\?#@]*)@/i.exec(url)?.[1];
  if (user !== undefined) {
    const message = `the address looks like ${excerpt(user)} and leads to ${excerpt(host)}`;
    yield { rule: "misleading-link", offset: link.offset, severity: "high", confidence, message, content: url };
    return;
  }
  const label = link.label?.trim().toLowerCase() ?? "";
  if (/\s/.test(label)) return;
  const named = /^(?:https?:\/\/|www\.)/.test(label);
  const shown = hostOf(/^(?:https?:\/\/)?([^/?#]*)/.exec(label)?.[1] ?? "");
  if (!named && !DOMAIN.test(shown)) return;
  if (!shown.includes(".") || isSameSite(shown, host)) return;
  yield {
    rule: "misleading-link",
    offset: link.offset,
    severity: "medium",
    confidence: confidence === "low" || !named ? "low" : "high",
    message: `the link says ${excerpt(shown)} and leads to ${excerpt(host)}`,
    content: `${label} ${url}`,
  };
}

/** Whether one is the other or a part of it, with `www.` or without. */
function isSameSite(a: string, b: string): boolean {
  const [x, y] = [a.replace(/^www\./, ""), b.replace(/^www\./, "")];
  return x === y || x.endsWith(`.${y}`) || y.endsWith(`.${x}`);
}
