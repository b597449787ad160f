import type { Counter } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { segmentOf } from "../coverage.ts";
import { splitJson } from "../json.ts";
import { createLineMarks, LARGEST_LINE, type MeasuredLines } from "../line-marks.ts";
import { countOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";

/** What a report or a file says about itself in its summary. */
export interface Declared {
  readonly lines: Counter | undefined;
  readonly branches: Counter | undefined;
}

export interface RawFile {
  /** As written. */
  readonly path: string;
  /** JSON pointer. */
  readonly pointer: string;
  readonly measured: MeasuredLines;
  /** Missing where branches were not measured. */
  readonly branches: Counter | undefined;
  readonly declared: Declared;
}

export interface RawReport {
  readonly format: number;
  /** Of coverage.py. */
  readonly version: string | undefined;
  readonly timestamp: string | undefined;
  readonly branchesMeasured: boolean;
  readonly files: readonly RawFile[];
  readonly totals: Declared;
}

/**
 * Reads the report of `coverage json` (coverage.py documentation, "JSON reporting"). Contexts, functions and classes
 * say the same lines again and are passed over.
 *
 * @throws {FormatError} `not-this-format`, `unsupported-version`, `malformed` or `limit-exceeded`
 */
export function readReport(bytes: Content, limits: Limits): RawReport {
  const report = splitJson(bytes, limits, ["files"]);
  const { document } = report;
  if (!isObject(document) || !isObject(document["meta"]))
    throw new FormatError("not-this-format", 'there is no "meta"');
  const { meta } = document;
  const measured = meta["branch_coverage"];
  if (typeof measured !== "boolean") {
    throw new FormatError("not-this-format", "it does not say whether branches were measured", "/meta/branch_coverage");
  }
  // coverage.py 5 and 6 wrote no format.
  const format = countOf(meta["format"] ?? 1);
  if (format === undefined || format < 1 || format > 3) {
    throw new FormatError("unsupported-version", "the format is none of 1, 2 and 3", "/meta/format");
  }
  if (!isObject(document["files"])) throw new FormatError("malformed", "there are no files", "/files");
  if (!isObject(document["totals"])) throw new FormatError("malformed", "there are no totals", "/totals");
  return {
    format,
    version: textOf(meta["version"]),
    timestamp: textOf(meta["timestamp"]),
    branchesMeasured: measured,
    files: Array.from(report.members("/files"), ([path, value]) => readFile(path, value, measured)),
    totals: declaredIn(document["totals"]),
  };
}

function readFile(path: string, value: unknown, measured: boolean): RawFile {
  const pointer = `/files/${segmentOf(path)}`;
  if (!isObject(value)) throw new FormatError("malformed", "the file is no object", pointer);
  const declared = declaredIn(objectOf(value["summary"]));
  const branches = measured ? branchesOf(value, declared, pointer) : undefined;
  return { path, pointer, measured: linesOf(value, pointer), branches, declared };
}

/** coverage.py before 6.5 listed no branches and had their count alone. */
function branchesOf(file: JsonObject, { branches }: Declared, pointer: string): Counter {
  if (file["executed_branches"] === undefined && branches !== undefined) return branches;
  const covered = pairsIn(file, "executed_branches", pointer);
  return { covered, total: covered + pairsIn(file, "missing_branches", pointer) };
}

/** Branches are pairs of lines, of which the second is negative for an exit; each is there once. */
function pairsIn(file: JsonObject, member: string, pointer: string): number {
  return new Set(listIn(file, member, pointer).map(String)).size;
}

/** Line 0 stands for a module without code, and is no line. */
function linesOf(file: JsonObject, pointer: string): MeasuredLines {
  const marks = createLineMarks();
  for (const [member, hit] of [
    ["executed_lines", true],
    ["missing_lines", false],
  ] as const) {
    for (const [index, value] of listIn(file, member, pointer).entries()) {
      const line = countOf(value);
      if (line === undefined || line > LARGEST_LINE) {
        throw new FormatError("malformed", "it is no line", `${pointer}/${member}/${index}`);
      }
      if (line > 0) marks.add(line, hit);
    }
  }
  return marks.measured();
}

function listIn(file: JsonObject, member: string, pointer: string): readonly unknown[] {
  const list = file[member];
  if (!Array.isArray(list)) throw new FormatError("malformed", "it is no list", `${pointer}/${member}`);
  return list;
}

function declaredIn(summary: JsonObject): Declared {
  const counter = (covered: string, total: string) => {
    const counts = { covered: countOf(summary[covered]), total: countOf(summary[total]) };
    if (counts.covered === undefined || counts.total === undefined || counts.covered > counts.total) return undefined;
    return { covered: counts.covered, total: counts.total };
  };
  return {
    lines: counter("covered_lines", "num_statements"),
    branches: counter("covered_branches", "num_branches"),
  };
}
