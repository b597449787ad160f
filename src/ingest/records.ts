import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import type { Content } from "./content.ts";
import { objectAt, objectsAt, objectsIn } from "./findings.ts";
import { parseJsonDocument, type SplitJson, splitJson } from "./json.ts";
import { linesOfBytes } from "./lines.ts";
import { headOf, utf8TextOf } from "./text.ts";
import type { JsonObject } from "./values.ts";

/** One object of a log, and where it is: a JSON pointer or a line. */
export interface JsonRecord {
  readonly value: JsonObject;
  readonly place: string;
}

/** A record that may be a wrapper around others. */
export interface RecordWithLists extends JsonRecord {
  /**
   * The records in one of its lists, which may be empty in `value`.
   *
   * @throws {FormatError} `malformed` where it is no list, or one of something else than objects
   */
  list(name: string): Iterable<RecordWithLists>;
}

const LINE_FEED = 0x0a;
const BRACE = 0x7b;

/** A file whose first line is longer than this, in bytes, is one document. */
const LONGEST_LINE = 16 << 20;

/**
 * The objects of a file that is one JSON document or has one document in each line. Of a document, the elements of its
 * array, or the one object that it is, at the empty pointer.
 *
 * @param lists members of the one object that hold its records, and may be large
 * @throws {FormatError} `malformed` or `limit-exceeded` with the place; each record is checked as it is asked for
 */
export function* recordsIn(
  content: Content,
  limits: Limits,
  ...lists: readonly string[]
): Generator<RecordWithLists, void, undefined> {
  if (hasLines(content, limits)) yield* lineRecords(content, limits);
  else yield* documentRecords(splitDocument(content, limits, lists));
}

/** As {@link recordsIn}, of an API that cuts its lists: a list of pages is read as one. */
export function pagedRecordsIn(
  content: Content,
  limits: Limits,
): {
  readonly records: Iterable<JsonRecord> /** Whether it is one list that may be a page. */;
  readonly isPage: boolean;
} {
  if (hasLines(content, limits)) return { records: lineRecords(content, limits), isPage: false };
  const json = splitDocument(content, limits, []);
  const [first] = json.elements("");
  if (Array.isArray(first)) return { records: recordsOfPages(json), isPage: false };
  return { records: documentRecords(json), isPage: Array.isArray(json.document) };
}

/** With the elements of an array, or the lists of an object, left as bytes. */
function splitDocument(content: Content, limits: Limits, lists: readonly string[]): SplitJson {
  const isArray = headOf(content, "").text.startsWith("[");
  return splitJson(content, limits, ...(isArray ? [[]] : lists.map((name) => [name])));
}

function* documentRecords(json: SplitJson): Generator<RecordWithLists, void, undefined> {
  const { document } = json;
  if (Array.isArray(document)) {
    for (const [value, place] of objectsIn(json, document, "")) yield recordOf(value, place);
    return;
  }
  const value = objectAt(document, "");
  yield { value, place: "", list: (name) => recordsOfList(objectsIn(json, listIn(value, name, ""), `/${name}`)) };
}

function* recordsOfList(
  objects: Iterable<readonly [value: JsonObject, place: string]>,
): Generator<RecordWithLists, void, undefined> {
  for (const [value, place] of objects) yield recordOf(value, place);
}

function* recordsOfPages(json: SplitJson): Generator<JsonRecord, void, undefined> {
  let index = 0;
  for (const page of json.elements("")) {
    const pointer = `/${index++}`;
    for (const [at, value] of objectsAt(page, pointer).entries()) yield { value, place: `${pointer}/${at}` };
  }
}

function recordOf(value: JsonObject, place: string): RecordWithLists {
  const list = (name: string) => {
    const objects = objectsAt(listIn(value, name, place), `${place}/${name}`);
    return objects.map((item, index) => recordOf(item, `${place}/${name}/${index}`));
  };
  return { value, place, list };
}

function listIn(value: JsonObject, name: string, place: string): readonly unknown[] {
  const list = value[name];
  if (!Array.isArray(list)) throw new FormatError("malformed", `there is no list of ${name}`, place);
  return list;
}

/** Whether the first line is a whole object and there is more behind it. */
function hasLines(content: Content, limits: Limits): boolean {
  const text = utf8TextOf(content);
  if (text.slice(0, 1)[0] !== BRACE) return false;
  let end: number | undefined;
  let read = 0;
  for (const piece of text.pieces()) {
    const found = end === undefined ? piece.indexOf(LINE_FEED) : 0;
    if (found !== -1) {
      end ??= read + found;
      if (!isBlank(piece.subarray(found))) return isDocument(text.slice(0, end), limits);
    }
    read += piece.length;
    if (end === undefined && read > LONGEST_LINE) return false;
  }
  return false;
}

function isDocument(text: Buffer, limits: Limits): boolean {
  try {
    parseJsonDocument(text, limits);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

function* lineRecords(content: Content, limits: Limits): Generator<RecordWithLists, void, undefined> {
  for (const { bytes, number } of linesOfBytes(content, limits)) {
    const place = `line ${number}`;
    if (!isBlank(bytes)) yield recordOf(objectAt(parseAt(bytes, place, limits), place), place);
  }
}

/**
 * Parses a JSON document that is a part of a file.
 *
 * @throws {FormatError} as {@link parseJsonDocument}, with the place of the part
 */
export function parseAt(text: Uint8Array, place: string, limits: Limits): unknown {
  try {
    return parseJsonDocument(text, limits);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, error.message, place, error);
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === LINE_FEED);
}
