import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { compareTotal, counterOf, isHit, lineNumberOf, mark } from "../coverage.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { createLineMarks, type LineMarks } from "../line-marks.ts";
import { linesIn } from "../lines.ts";

/** What a tracefile says about one source file, all its records taken together. */
export interface FileTrace {
  readonly lines: LineMarks;
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
  bytes: Content,
  limits: Limits,
  warnings: DiagnosticList,
  inconsistencies: DiagnosticList,
): ReadonlyMap<string, FileTrace> {
  const files = new Map<string, FileTrace>();
  let record: OpenRecord | undefined;
  let place = "line 1";
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
  return { lines: createLineMarks(), branches: new Map(), functions: new Map() };
}

function addTo(record: OpenRecord, keyword: string, value: string, place: string, warnings: DiagnosticList): void {
  const fields = value.split(",");
  const [first = "", second = ""] = fields;
  switch (keyword) {
    case "DA": {
      const number = lineNumberOf(first, place);
      const hit = isHit(second, place);
      // Old compilers put code without a line at line 0; geninfo drops it as well.
      if (number === 0) warnings.add("line-0", "a count for line 0 was left out", place);
      else record.own.lines.add(number, hit);
      return;
    }
    case "BRDA": {
      const taken = fields.at(-1) ?? "";
      if (fields.length < 4) throw new FormatError("malformed", "BRDA needs four fields", place);
      mark(record.own.branches, fields.slice(0, -1).join(), taken !== "-" && isHit(taken, place));
      return;
    }
    case "FN":
      // FN:<line>,<name> in lcov 1 and FN:<line>,<end line>,<name> in lcov 2; names may hold commas.
      mark(record.own.functions, value.replace(/^\d+,(?:\d+,(?=.))?/, ""), false);
      return;
    case "FNDA":
      mark(record.own.functions, fields.slice(1).join(), isHit(first, place));
      return;
    case "FNA":
      mark(record.own.functions, fields.slice(2).join(), isHit(second, place));
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

function closeRecord({ own, file, declared, place }: OpenRecord, inconsistencies: DiagnosticList): void {
  const { lines } = own.lines.measured();
  const branches = counterOf(own.branches);
  // Either of two totals may be missing.
  const total = (keyword: string, counted: number) => declared.get(keyword) ?? counted;
  const declaredLines = { covered: total("LH", lines.covered), total: total("LF", lines.total) };
  const declaredBranches = { covered: total("BRH", branches.covered), total: total("BRF", branches.total) };
  compareTotal("lines", declaredLines, [lines], place, inconsistencies);
  compareTotal("branches", declaredBranches, [branches], place, inconsistencies);
  file.lines.addAll(own.lines);
  for (const [branch, hit] of own.branches) mark(file.branches, branch, hit);
  for (const [name, hit] of own.functions) mark(file.functions, name, hit);
}
