import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import type { Content } from "./content.ts";
import { objectAt } from "./findings.ts";
import { parseJsonDocument } from "./json.ts";
import { utf8BytesOf } from "./text.ts";
import type { JsonObject } from "./values.ts";

/** One object of a log, and where it is: a JSON pointer or a line. */
export interface JsonRecord {
  readonly value: JsonObject;
  readonly place: string;
}

const LINE_FEED = 0x0a;
const BRACE = 0x7b;

/**
 * The objects of a file that is one JSON document or has one document in each line. Of a document, the elements of its
 * array, or the one object that it is, at the empty pointer.
 *
 * @throws {FormatError} `malformed` or `limit-exceeded` with the place; the lines are checked as they are asked for
 */
export function* recordsIn(bytes: Content, limits: Limits): Generator<JsonRecord, void, undefined> {
  const text = utf8BytesOf(bytes);
  if (hasLines(text, limits)) yield* lineRecords(text, limits);
  else yield* documentRecords(parseJsonDocument(text, limits), "");
}

/** As {@link recordsIn}, of an API that cuts its lists: a list of pages is read as one. */
export function pagedRecordsIn(
  bytes: Content,
  limits: Limits,
): {
  readonly records: Iterable<JsonRecord> /** Whether it is one list that may be a page. */;
  readonly isPage: boolean;
} {
  const text = utf8BytesOf(bytes);
  if (hasLines(text, limits)) return { records: lineRecords(text, limits), isPage: false };
  const document = parseJsonDocument(text, limits);
  if (!Array.isArray(document)) return { records: documentRecords(document, ""), isPage: false };
  if (document.length === 0 || !document.every(Array.isArray))
    return { records: documentRecords(document, ""), isPage: true };
  return { records: document.flatMap((page, index) => [...documentRecords(page, `/${index}`)]), isPage: false };
}

function* documentRecords(document: unknown, place: string): Generator<JsonRecord, void, undefined> {
  if (!Array.isArray(document)) {
    yield { value: objectAt(document, place), place };
    return;
  }
  for (const [index, item] of document.entries()) {
    yield { value: objectAt(item, `${place}/${index}`), place: `${place}/${index}` };
  }
}

/** Whether the first line is a whole object and there is more behind it. */
function hasLines(text: Buffer, limits: Limits): boolean {
  const end = text.indexOf(LINE_FEED);
  if (end === -1 || text[0] !== BRACE || isBlank(text.subarray(end))) return false;
  try {
    parseJsonDocument(text.subarray(0, end), limits);
    return true;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}

function* lineRecords(text: Buffer, limits: Limits): Generator<JsonRecord, void, undefined> {
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const found = text.indexOf(LINE_FEED, start);
    const end = found === -1 ? text.length : found;
    const line = text.subarray(start, end);
    start = end + 1;
    number++;
    if (number > limits.elements) throw new FormatError("limit-exceeded", `more than ${limits.elements} lines`);
    const place = `line ${number}`;
    if (!isBlank(line)) yield { value: objectAt(parseAt(line, place, limits), place), place };
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
