import { Ajv } from "ajv";
import { type Document, isNode, isScalar, LineCounter, type Node, parseDocument, visit } from "yaml";
import { GateError, type GateErrorCode, type Issue, messageOf } from "../util/errors.ts";
import { isRecord } from "../util/json.ts";
import { type Locate, schemaIssues } from "./schema-issues.ts";

const MAX_BYTES = 1 << 20;

/** A kind of file that people write, and what is said of one that is wrong. */
export interface YamlFormat {
  /** JSON Schema. */
  readonly schema: object;
  readonly code: GateErrorCode;
  /** What a right one is, such as `a valid configuration`. */
  readonly name: string;
  readonly hint: string;
}

/** A file that is valid by its schema, with the places of everything in it. */
export interface YamlFile<T> {
  readonly value: T;
  /** With comments, for a change that keeps them. */
  readonly document: Document.Parsed;
  readonly locate: Locate;
  /** Such as `gate.yaml:12`. */
  readonly source: (keys: readonly (string | number)[]) => string;
  /** A problem at a place. */
  readonly issue: (message: string, keys: readonly (string | number)[], hint?: string) => Issue;
  /** The error for problems that no schema can find. */
  readonly invalid: (issues: readonly Issue[]) => GateError;
}

/**
 * Reads a file that people write. Unknown keys, duplicate keys, aliases that expand without end and values of the wrong
 * type are errors: a setting that is not understood must not be taken for one that is not there.
 *
 * @param path for messages
 * @throws {GateError} of the format's code, with every problem, its line and the nearest valid key
 */
export function readYaml<T>(bytes: Uint8Array, path: string, format: YamlFormat): YamlFile<T> {
  const invalid = (issues: readonly Issue[]): GateError =>
    new GateError(format.code, `${path} is not ${format.name}`, { issues, hint: format.hint });
  if (bytes.byteLength > MAX_BYTES) throw new GateError(format.code, `${path} is larger than 1 MiB`);
  const lines = new LineCounter();
  const document = parseDocument(decode(bytes, path, format.code), {
    lineCounter: lines,
    uniqueKeys: true,
    version: "1.2",
  });
  const position = (offset: number): { row: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { row: line, column: col };
  };
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    throw invalid(
      syntax.map((error) => ({ message: firstLine(error.message), file: path, ...position(error.pos[0]) })),
    );
  }
  const aliases: Issue[] = [];
  visit(document, {
    Alias(_, alias) {
      aliases.push({ message: "aliases are not supported", file: path, ...position(alias.range?.[0] ?? 0) });
    },
  });
  if (aliases.length > 0) throw invalid(aliases);
  const locate: Locate = (keys, key) => {
    const offset =
      key === undefined ? offsetOf(document.getIn(keys, true)) : keyOffset(document.getIn(keys, true), key);
    return offset === undefined ? undefined : position(offset);
  };
  const value: unknown = document.toJS();
  const validate = new Ajv({ allErrors: true, verbose: true, strict: true }).compile<T>(format.schema);
  if (!validate(value)) throw invalid(schemaIssues(validate.errors ?? [], path, locate));
  return {
    value,
    document,
    locate,
    source: (keys) => {
      const place = locate(keys.map(String));
      return place === undefined ? path : `${path}:${place.row}`;
    },
    issue: (message, keys, hint) => ({
      message,
      file: path,
      ...locate(keys.map(String)),
      ...(hint === undefined ? {} : { hint }),
    }),
    invalid,
  };
}

function decode(bytes: Uint8Array, path: string, code: GateErrorCode): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new GateError(code, `${path} is not UTF-8 text: ${messageOf(cause)}`, { cause });
  }
}

/** The library adds a picture of the line; the message alone is wanted here. */
function firstLine(message: string): string {
  return message.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:$/, "") ?? message;
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}

function keyOffset(node: unknown, key: string): number | undefined {
  if (!isRecord(node) || !Array.isArray(node["items"])) return offsetOf(node);
  for (const pair of node["items"]) {
    if (isRecord(pair) && isScalar(pair["key"]) && pair["key"].value === key) return offsetOf(pair["key"]);
  }
  return offsetOf(node);
}
