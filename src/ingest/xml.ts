import { SaxesParser } from "saxes";
import type { Diagnostic } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import { FormatError, limitExceeded } from "./adapter.ts";
import type { Content } from "./content.ts";
import { createDiagnostics, type DiagnosticList } from "./diagnostics.ts";
import { utf8TextOf } from "./text.ts";

type PlainParser = SaxesParser<{ xmlns: false; position: true }>;

const CHUNK_BYTES = 65_536;
const MAX_ATTRIBUTE_LENGTH = 1 << 24;

/**
 * Damage that many producers leave behind and that hides no element: a control character in a message, `]]>` in text,
 * white space before the XML declaration. Everything else that saxes reports ends the reading.
 */
const RECOVERABLE =
  /disallowed character\.$|malformed character entity\.$|"\]\]>" is disallowed in char data|XML declaration must (?:be|appear) at the start/;

export interface XmlElement {
  /** Without a namespace prefix. */
  readonly name: string;
  /** Has no prototype, so any name may be looked up. */
  readonly attributes: Readonly<Record<string, string>>;
  /** From 1. */
  readonly line: number;
}

/** What a format does with the parts of a document, in document order. */
export interface XmlHandlers {
  open(element: XmlElement): void;
  /** Character data and CDATA, possibly in several pieces. */
  text(text: string): void;
  close(): void;
}

/**
 * Reads an XML 1.0 document as events. Entities that a DTD declares are never expanded and an external DTD is never
 * fetched, so neither entity bombs nor external entities work.
 *
 * @returns warnings about damage that was passed over
 * @throws {FormatError} `malformed` with the line and column, or `limit-exceeded`
 */
export function readXml(content: Content, limits: Limits, handlers: XmlHandlers): readonly Diagnostic[] {
  const warnings = createDiagnostics();
  const parser = createParser(limits, handlers, warnings);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for (const piece of utf8TextOf(content).pieces()) {
    for (let start = 0; start < piece.length; start += CHUNK_BYTES) {
      parser.write(decoder.decode(piece.subarray(start, start + CHUNK_BYTES), { stream: true }));
    }
  }
  parser.close();
  return warnings.list();
}

function createParser(limits: Limits, handlers: XmlHandlers, warnings: DiagnosticList): PlainParser {
  const parser = new SaxesParser({ xmlns: false, position: true });
  let elements = 0;
  let depth = 0;
  parser.on("error", ({ message }) => {
    if (!RECOVERABLE.test(message)) throw new FormatError("malformed", problemOf(message), placeOf(parser));
    warnings.add("xml-not-well-formed", problemOf(message), placeOf(parser));
  });
  parser.on("attribute", ({ name, value }) => {
    if (value.length <= MAX_ATTRIBUTE_LENGTH) return;
    const message = `the attribute ${name.slice(0, 64)} is longer than ${MAX_ATTRIBUTE_LENGTH}, the most that is read`;
    throw new FormatError("limit-exceeded", message, placeOf(parser));
  });
  parser.on("opentag", (tag) => {
    elements++;
    depth++;
    if (elements > limits.elements)
      throw limitExceeded("elements", `more than ${limits.elements} elements`, placeOf(parser));
    if (depth > limits.depth) throw limitExceeded("depth", `nesting beyond ${limits.depth} levels`, placeOf(parser));
    const name = tag.name.slice(tag.name.indexOf(":") + 1);
    handlers.open({ name, attributes: tag.attributes, line: parser.line });
  });
  parser.on("text", (text) => handlers.text(text));
  parser.on("cdata", (text) => handlers.text(text));
  parser.on("closetag", () => {
    depth--;
    handlers.close();
  });
  return parser;
}

/** saxes puts the position before its messages. */
function problemOf(message: string): string {
  return message.replace(/^\d+:\d+: /, "").replace(/\.$/, "");
}

function placeOf(parser: PlainParser): string {
  return `line ${parser.line}, column ${parser.column}`;
}
