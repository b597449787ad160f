/** White space, the XML declaration, processing instructions, comments and the DOCTYPE, one at a time. */
const PROLOG = /\s+|<\?[^>]*>|<!--[\s\S]*?-->|<!DOCTYPE[^>[]*(?:\[[^\]]*\]\s*)?>/y;
const ROOT = /<(?:[\w.-]+:)?([\w.-]+)((?:"[^"]*"|'[^']*'|[^"'>])*)>?/y;

/** The root element of an XML document, as far as the head of a file shows it. */
export interface XmlRoot {
  /** Without a namespace prefix. */
  readonly name: string;
  /** The attributes as written. */
  readonly attributes: string;
  /** What is before the root element. */
  readonly prolog: string;
  /** What is behind the start tag. */
  readonly content: string;
}

/** Finds the root element in time linear in the text; `undefined` where the text does not start with XML. */
export function xmlRootOf(text: string): XmlRoot | undefined {
  PROLOG.lastIndex = 0;
  let start = 0;
  while (PROLOG.test(text)) start = PROLOG.lastIndex;
  ROOT.lastIndex = start;
  const [tag, name, attributes] = ROOT.exec(text) ?? [];
  if (tag === undefined || name === undefined || attributes === undefined) return undefined;
  return { name, attributes, prolog: text.slice(0, start), content: text.slice(start + tag.length) };
}
