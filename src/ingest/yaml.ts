import { GateError } from "../util/errors.ts";
import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import type { Content } from "./content.ts";
import { parseJsonDocument } from "./json.ts";
import { checkPlain } from "./plain.ts";
import { utf8BytesOf } from "./text.ts";
import type { readYamlStream as ReadYamlStream } from "./yaml-reader.ts";

/** Levels that a document of evidence adds around what it holds. */
const AROUND = 8;

let readYamlStream: typeof ReadYamlStream | undefined;

/** Loads the YAML reader, which most checks go without; to be awaited before {@link readDocuments}. */
export async function prepareYaml(): Promise<void> {
  readYamlStream ??= (await import("./yaml-reader.ts")).readYamlStream;
}

/**
 * The documents of a JSON file, which are one, or of a YAML file, as plain values of which digests can be taken.
 *
 * @throws {FormatError} `malformed` with a line, a byte or a pointer, or `limit-exceeded`
 */
export function readDocuments(bytes: Content, limits: Limits): readonly unknown[] {
  const documents = readAll(bytes, limits);
  for (const [index, document] of documents.entries()) {
    checkPlain(document, limits.depth - AROUND, documents.length === 1 ? "" : `/${index}`);
  }
  return documents;
}

/** What starts like JSON is JSON: YAML would take some damage to it for text without quotes. */
function readAll(bytes: Content, limits: Limits): readonly unknown[] {
  const text = utf8BytesOf(bytes);
  if (/^\s*[{[]/.test(text.toString("latin1", 0, 1_024))) return [parseJsonDocument(text, limits)];
  if (readYamlStream === undefined) throw new GateError("internal", "the YAML reader was not loaded");
  if (text.includes(0)) throw new FormatError("malformed", "there is a NUL character", `byte ${text.indexOf(0)}`);
  return readYamlStream(text, limits);
}
