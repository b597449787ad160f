import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
} from "yaml";
import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";

/** A document in YAML costs the parser some hundred times its size and seconds for each of these. */
const MAX_BYTES = 4 << 20;

/**
 * The documents of a YAML 1.2 stream as plain values, in which `__proto__` is a member like any other. Aliases, tags
 * beyond the core schema, names that occur twice, directives for YAML 1.1 and numbers that JSON does not have are refused:
 * what two readers could understand in two ways decides nothing here.
 *
 * @param bytes UTF-8 without a byte order mark
 * @throws {FormatError} `malformed` with the line, or `limit-exceeded`
 */
export function readYamlStream(bytes: Buffer, limits: Limits): readonly unknown[] {
  if (bytes.length > MAX_BYTES) throw new FormatError("limit-exceeded", `YAML of more than ${MAX_BYTES} bytes`);
  const text = bytes.toString("utf8");
  const lines = new LineCounter();
  const place = (offset: number) => `line ${Math.max(1, lines.linePos(offset).line)}`;
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  checkNesting(tokens, limits, place);
  const composer = new Composer({
    version: "1.2",
    schema: "core",
    stringKeys: true,
    resolveKnownTags: false,
    // Its own check takes time that is quadratic in the number of names.
    uniqueKeys: false,
  });
  const documents = [...composer.compose(tokens)];
  checkErrors(composer.streamInfo(), place);
  return documents.map((document) => {
    checkErrors(document, place);
    if (document.directives.yaml.version !== "1.2") {
      throw new FormatError(
        "malformed",
        "a directive asks for another version than YAML 1.2",
        place(document.range[0]),
      );
    }
    return document.contents === null ? null : valueOf(document.contents, place);
  });
}

type Place = (offset: number) => string;

/** The composer calls itself for each level, so what is too deep must not get there. */
function checkNesting(tokens: readonly CST.Token[], limits: Limits, place: Place): void {
  let count = 0;
  const open = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    count++;
    if (count > limits.elements) throw new FormatError("limit-exceeded", `more than ${limits.elements} values`);
    if (depth > limits.depth) {
      throw new FormatError("limit-exceeded", `nesting beyond ${limits.depth} levels`, place(token.offset));
    }
    if (token.type === "document" && token.value !== undefined) open.push({ token: token.value, depth });
    if (!("items" in token)) continue;
    for (const { key, value } of token.items) {
      if (key) open.push({ token: key, depth: depth + 1 });
      if (value) open.push({ token: value, depth: depth + 1 });
    }
  }
}

function checkErrors({ errors, warnings }: Pick<Document, "errors" | "warnings">, place: Place): void {
  const [problem] = [...errors, ...warnings];
  if (problem === undefined) return;
  // Later lines of a message show the place in the text.
  const message = problem.message.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? "";
  throw new FormatError("malformed", message, place(problem.pos[0]));
}

function valueOf(node: Node, place: Place): unknown {
  const at = place(node.range?.[0] ?? 0);
  if (isAlias(node)) throw new FormatError("malformed", "aliases are not supported", at);
  if (isSeq(node)) return node.items.map((item) => (isNode(item) ? valueOf(item, place) : null));
  if (isMap(node)) {
    const members = new Map<string, unknown>();
    for (const { key, value } of node.items) {
      if (!isScalar(key)) throw new FormatError("malformed", "a name is not a text", at);
      const name = typeof key.value === "string" ? key.value : "";
      if (members.has(name)) {
        throw new FormatError("malformed", "a name occurs twice in one object", place(key.range?.[0] ?? 0));
      }
      members.set(name, isNode(value) ? valueOf(value, place) : null);
    }
    // Defines members, where an assignment would call the setter of `__proto__`.
    return Object.fromEntries(members);
  }
  if (!isScalar(node)) throw new FormatError("malformed", "there is something that is no value", at);
  if (typeof node.value === "number" && !Number.isFinite(node.value)) {
    throw new FormatError("malformed", "a number is not finite", at);
  }
  return node.value;
}
