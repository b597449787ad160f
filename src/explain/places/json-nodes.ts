/** A value of a JSON text and where it is. Offsets are in UTF-16 code units. */
export interface JsonNode {
  /** The member's name, or the element's position; missing for the document itself. */
  readonly name?: string | number;
  readonly parent?: JsonNode;
  /** Where the value begins and ends. */
  readonly start: number;
  readonly end: number;
  /** Where the member begins, with its name. */
  readonly memberStart: number;
  /** Of a string, number or literal. */
  readonly scalar?: string | number | boolean | null;
  readonly children: readonly JsonNode[];
}

interface Reader {
  readonly text: string;
  at: number;
}

const SPACE = /[ \t\r\n]*/y;
const SCALAR = /"(?:[^"\\]|\\.)*"|[^\s,\]}]+/y;

/** The values of a text that `JSON.parse` takes; undefined for any other. */
export function jsonNodes(text: string): JsonNode | undefined {
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  return nodeAt({ text, at: 0 }, undefined, undefined, undefined);
}

function nodeAt(
  reader: Reader,
  parent: JsonNode | undefined,
  name: string | number | undefined,
  memberStart: number | undefined,
): JsonNode {
  skipSpace(reader);
  const start = reader.at;
  const children: JsonNode[] = [];
  const node = {
    ...(name === undefined ? {} : { name }),
    ...(parent === undefined ? {} : { parent }),
    start,
    end: start,
    memberStart: memberStart ?? start,
    children,
  };
  const opening = reader.text[start];
  if (opening !== "{" && opening !== "[") {
    const scalar: unknown = JSON.parse(matched(reader, SCALAR));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is neither object nor array is a scalar
    return { ...node, end: reader.at, scalar: scalar as string | number | boolean | null };
  }
  const closing = opening === "{" ? "}" : "]";
  reader.at++;
  skipSpace(reader);
  while (reader.text[reader.at] !== closing) {
    const from = reader.at;
    const key = opening === "{" ? memberName(reader) : children.length;
    children.push(nodeAt(reader, node, key, from));
    skipSpace(reader);
    if (reader.text[reader.at] === ",") reader.at++;
    skipSpace(reader);
  }
  reader.at++;
  node.end = reader.at;
  return node;
}

function memberName(reader: Reader): string {
  const name = String(JSON.parse(matched(reader, SCALAR)));
  skipSpace(reader);
  reader.at++;
  return name;
}

function skipSpace(reader: Reader): void {
  matched(reader, SPACE);
}

function matched(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const [text = ""] = pattern.exec(reader.text) ?? [];
  reader.at += text.length;
  return text;
}

/** RFC 6901. */
export function pointerOf(node: JsonNode): string {
  if (node.parent === undefined || node.name === undefined) return "";
  return `${pointerOf(node.parent)}/${String(node.name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The text without one member or element, and the comma that parts it from its neighbour. */
export function withoutNode(text: string, node: JsonNode): string {
  const siblings = node.parent?.children ?? [];
  const index = siblings.indexOf(node);
  const [before, after] = [siblings[index - 1], siblings[index + 1]];
  if (after !== undefined) return text.slice(0, node.memberStart) + text.slice(after.memberStart);
  return text.slice(0, before?.end ?? node.memberStart) + text.slice(node.end);
}

/** Line and column of an offset, from 1; a column counts UTF-16 code units. */
export function positionAt(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}
