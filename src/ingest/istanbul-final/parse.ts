import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { counterOf, type MeasuredFile, segmentOf } from "../coverage.ts";
import { splitJson } from "../json.ts";
import { createLineMarks, LARGEST_LINE } from "../line-marks.ts";
import { countOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";

/**
 * Reads `coverage-final.json` as istanbul-lib-coverage 3 defines it (`FileCoverage`; there is no specification) and
 * counts it as that does: a line is one on which a statement starts, and was run if one of these was.
 *
 * @returns the files with their paths as written
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readCoverageMap(bytes: Content, limits: Limits): readonly MeasuredFile[] {
  const map = splitJson(bytes, limits, []);
  if (!isObject(map.document)) throw new FormatError("not-this-format", "the document is no object");
  return Array.from(map.members(""), ([name, value]) => readFile(name, value));
}

function readFile(name: string, value: unknown): MeasuredFile {
  const pointer = `/${segmentOf(name)}`;
  if (!isObject(value) || !isObject(value["statementMap"])) {
    throw new FormatError("not-this-format", "there is a member that is no file with a statement map", pointer);
  }
  const lines = createLineMarks();
  const statements = hitsOf(value, "s", pointer);
  for (const [id, place] of Object.entries(value["statementMap"])) {
    const line = countOf(objectOf(objectOf(place)["start"])["line"]);
    const hit = statements.get(id);
    if (line === undefined || line === 0 || line > LARGEST_LINE)
      throw malformed("a statement has no line", `${pointer}/statementMap`, id);
    if (hit === undefined) throw malformed("a statement has no count", `${pointer}/statementMap`, id);
    lines.add(line, hit);
  }
  return {
    path: textOf(value["path"]) ?? name,
    ...lines.measured(),
    branches: counterOf(hitsOf(value, "b", pointer)),
    functions: counterOf(hitsOf(value, "f", pointer)),
    statements: counterOf(statements),
  };
}

/** By id, or by id and arm, what was run. */
function hitsOf(file: JsonObject, member: "s" | "f" | "b", pointer: string): ReadonlyMap<string, boolean> {
  const counts = file[member];
  const marks = new Map<string, boolean>();
  if (!isObject(counts)) throw new FormatError("malformed", "there are no counts", `${pointer}/${member}`);
  for (const [id, value] of Object.entries(counts)) {
    const arms: readonly unknown[] = member === "b" && Array.isArray(value) ? value : [value];
    for (const [arm, count] of arms.entries()) {
      if (typeof count !== "number") throw malformed("a count is no number", `${pointer}/${member}`, id);
      marks.set(member === "b" ? `${id} ${arm}` : id, count > 0);
    }
  }
  return marks;
}

function malformed(message: string, pointer: string, id: string): FormatError {
  return new FormatError("malformed", message, `${pointer}/${segmentOf(id)}`);
}
