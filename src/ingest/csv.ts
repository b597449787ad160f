import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import type { Content } from "./content.ts";
import { utf8BytesOf } from "./text.ts";

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** A record of a CSV file. */
export interface CsvRecord {
  readonly fields: readonly string[];
  /** The line it starts on, from 1. */
  readonly line: number;
}

/**
 * Reads a CSV file of any UTF encoding by RFC 4180, with LF or CRLF ends: fields in double quotes may hold delimiters,
 * line ends and doubled quotes. Empty lines are passed over.
 *
 * @param delimiter one ASCII character
 * @returns whether the last record has a line end, which writers of logs never leave out
 * @throws {FormatError} `malformed` with the line, `limit-exceeded` beyond `limits.elements` records
 */
export function readCsv(
  bytes: Content,
  limits: Limits,
  delimiter: string,
  onRecord: (record: CsvRecord) => void,
): boolean {
  const text = utf8BytesOf(bytes);
  const separator = delimiter.charCodeAt(0);
  let records = 0;
  let line = 1;
  let ended = true;
  for (let at = 0; at < text.length; ) {
    const start = line;
    const fields: string[] = [];
    for (let more = true; more; ) {
      const field = text[at] === QUOTE ? quotedField(text, at + 1, start) : plainField(text, at, separator, start);
      fields.push(field.text);
      line += field.lines;
      more = text[field.end] === separator;
      at = more ? field.end + 1 : field.end;
    }
    ended = at < text.length;
    at = behindLineEnd(text, at, start);
    line++;
    if (fields.length === 1 && fields[0]?.trim() === "") continue;
    records++;
    if (records > limits.elements) throw new FormatError("limit-exceeded", `more than ${limits.elements} records`);
    onRecord({ fields, line: start });
  }
  return ended;
}

interface Field {
  readonly text: string;
  /** The byte behind it: a delimiter, a line end or the end of the file. */
  readonly end: number;
  /** Line ends inside. */
  readonly lines: number;
}

function plainField(text: Buffer, start: number, separator: number, line: number): Field {
  let end = start;
  for (; end < text.length; end++) {
    const byte = text[end];
    if (byte === separator || byte === LF) break;
    if (byte === CR && (text[end + 1] === LF || end + 1 === text.length)) break;
  }
  return { text: textBetween(text, start, end, line), end, lines: 0 };
}

function quotedField(text: Buffer, start: number, line: number): Field {
  let doubled = false;
  let lines = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === LF) lines++;
    if (text[at] !== QUOTE) continue;
    if (text[at + 1] !== QUOTE) {
      const content = textBetween(text, start, at, line);
      return { text: doubled ? content.replaceAll('""', '"') : content, end: at + 1, lines };
    }
    doubled = true;
    at++;
  }
  throw new FormatError("malformed", "the file ends before a quoted field does", `line ${line}`);
}

function textBetween(text: Buffer, start: number, end: number, line: number): string {
  const content = text.toString("utf8", start, end);
  if (content.includes("\0")) throw new FormatError("malformed", "there is a NUL character", `line ${line}`);
  return content;
}

function behindLineEnd(text: Buffer, at: number, line: number): number {
  const behind = text[at] === CR ? at + 1 : at;
  if (behind >= text.length) return text.length;
  if (text[behind] === LF) return behind + 1;
  throw new FormatError("malformed", "there is text behind a quoted field", `line ${line}`);
}
