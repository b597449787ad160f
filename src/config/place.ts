import type { Issue } from "../util/errors.ts";

/** The file and line of a source such as `gate.yaml:12` or `gate.yaml:12 (staging)`; the file alone where there is no line. */
export function placeOf(source: string, file: string): Pick<Issue, "file" | "row"> {
  const row = /:(\d+)(?: \([^()]*\))?$/.exec(source)?.[1];
  return row === undefined ? { file } : { file, row: Number(row) };
}
