import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import { counterOf, mark } from "../coverage.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { linesIn } from "../lines.ts";

/** What a tracefile says about one source file, all its records taken together. */
export interface FileTrace {
  /** Line number from 1, and whether it was run. */
  readonly lines: Map<number, boolean>;
  /** Line, block and branch as written, and whether it was taken. */
  readonly branches: Map<string, boolean>;
  readonly functions: Map<string, boolean>;
}

/** Keywords that are known and carry nothing that is kept. */
const IGNORED = new Set(["TN", "VER", "FNL", "MCDC", "MRF", "MRH", "BA", "FNF", "FNH"]);

/**
 * Reads an LCOV tracefile (man page geninfo(1) of lcov 2, "TRACE FILE FORMAT"). Hits are counted anew: of the totals
 * only those of lines and branches are looked at, to be compared. Records of one file are added up.
 *
 * @returns the traces by path as written, in the order of their first records
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readTracefile(
  bytes: Uint8Array,
  limits: Limits,
  warnings: DiagnosticList,
  inconsistencies: DiagnosticList,
): ReadonlyMap<string, FileTrace> {
  const files = new Map<string, FileTrace>();
  let record: OpenRecord | undefined;
  let place = "";
  for (const line of linesIn(bytes, limits)) {
    place = `line ${line.number}`;
    const text = line.text.trim();
    if (text === "" || text.startsWith("#")) continue;
    if (text === "end_of_record") {
      if (record !== undefined) closeRecord(record, inconsistencies);
      record = undefined;
      continue;
    }
    const { keyword, value } = splitLine(text, place);
    if (keyword === "SF") {
      if (record !== undefined) throw new FormatError("malformed", "a record starts inside another record", place);
      record = openRecord(value, place, files);
    } else if (record !== undefined) {
      addTo(record, keyword, value, place, warnings);
    } else if (!IGNORED.has(keyword)) {
      throw new FormatError("malformed", `${keyword} is outside a record`, place);
    }
  }
  if (record !== undefined) throw new FormatError("malformed", "the last record has no end_of_record", place);
  return files;
}

interface OpenRecord {
  readonly place: string;
  /** Of this record alone. */
  readonly own: FileTrace;
  /** Of all records of the file. */
  readonly file: FileTrace;
  /** Such as `LF`, with the declared total. */
  readonly declared: Map<string, number>;
}

function splitLine(text: string, place: string): { keyword: string; value: string } {
  const match = /^([A-Z]+):(.*)$/s.exec(text);
  if (match === null) throw new FormatError("malformed", `${JSON.stringify(text.slice(0, 40))} is no LCOV line`, place);
  return { keyword: match[1] ?? "", value: match[2] ?? "" };
}

function openRecord(path: string, place: string, files: Map<string, FileTrace>): OpenRecord {
  if (path.trim() === "") throw new FormatError("malformed", "a record has no source file", place);
  const file = files.get(path) ?? emptyTrace();
  files.set(path, file);
  return { place, own: emptyTrace(), file, declared: new Map() };
}

function emptyTrace(): FileTrace {
  return { lines: new Map(), branches: new Map(), functions: new Map() };
}

function addTo(record: OpenRecord, keyword: string, value: string, place: string, warnings: DiagnosticList): void {
  const fields = value.split(",");
  const [first = "", second = ""] = fields;
  switch (keyword) {
    case "DA": {
      const hits = hitsOf(second, place);
      // Old compilers put code without a line at line 0; geninfo drops it as well.
      if (Number(first) === 0) warnings.add("line-0", "a count for line 0 was left out", place);
      else mark(record.own.lines, lineOf(first, place), hits);
      return;
    }
    case "BRDA": {
      const taken = fields.at(-1) ?? "";
      if (fields.length < 4) throw new FormatError("malformed", "BRDA needs four fields", place);
      mark(record.own.branches, fields.slice(0, -1).join(), taken !== "-" && hitsOf(taken, place));
      return;
    }
    case "FN":
      // FN:<line>,<name> in lcov 1 and FN:<line>,<end line>,<name> in lcov 2; names may hold commas.
      mark(record.own.functions, value.replace(/^\d+,(?:\d+,(?=.))?/, ""), false);
      return;
    case "FNDA":
      mark(record.own.functions, fields.slice(1).join(), hitsOf(first, place));
      return;
    case "FNA":
      mark(record.own.functions, fields.slice(2).join(), hitsOf(second, place));
      return;
    case "LF":
    case "LH":
    case "BRF":
    case "BRH":
      record.declared.set(keyword, Number(first));
      return;
    default:
      if (!IGNORED.has(keyword))
        throw new FormatError("malformed", `${keyword.slice(0, 40)} is no LCOV keyword`, place);
  }
}

function lineOf(text: string, place: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new FormatError("malformed", `${JSON.stringify(text.slice(0, 40))} is no line`, place);
  return Number(text);
}

/** Whether a count is above zero. Counts beyond 2^53 and, from old compilers, negative ones occur. */
function hitsOf(text: string, place: string): boolean {
  if (!/^-?\d+(?:\.0*)?(?:e\+?\d+)?$/i.test(text)) {
    throw new FormatError("malformed", `${JSON.stringify(text.slice(0, 40))} is no count`, place);
  }
  return !text.startsWith("-") && /[1-9]/.test(text.replace(/e.*/i, ""));
}

function closeRecord({ own, file, declared, place }: OpenRecord, inconsistencies: DiagnosticList): void {
  for (const part of ["lines", "branches"] as const) {
    const [found, hit] = part === "lines" ? ["LF", "LH"] : ["BRF", "BRH"];
    const counted = counterOf(own[part]);
    const total = declared.get(found) ?? counted.total;
    const covered = declared.get(hit) ?? counted.covered;
    if (total === counted.total && covered === counted.covered) continue;
    const figures = `declares ${covered}/${total} ${part} and has ${counted.covered}/${counted.total}`;
    inconsistencies.add(`${part}-differ`, `the record ${figures}`, place);
  }
  for (const [line, hit] of own.lines) mark(file.lines, line, hit);
  for (const [branch, hit] of own.branches) mark(file.branches, branch, hit);
  for (const [name, hit] of own.functions) mark(file.functions, name, hit);
}
