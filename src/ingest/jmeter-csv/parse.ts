import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { countIn } from "../coverage.ts";
import { readCsv } from "../csv.ts";
import { createJmeterLog, type JmeterSample } from "../jmeter.ts";
import { headOf } from "../text.ts";

/** Where the columns of a log are. */
export interface Columns {
  readonly delimiter: string;
  readonly names: readonly string[];
  /** Whether the first line names them. */
  readonly header: boolean;
}

/** The first columns that JMeter saves by default. Those behind them are not the same in all versions. */
const DEFAULT = [
  "timeStamp",
  "elapsed",
  "label",
  "responseCode",
  "responseMessage",
  "threadName",
  "dataType",
  "success",
] as const;

const USUAL: ReadonlySet<string> = new Set([...DEFAULT.filter((name) => name !== "elapsed"), "allThreads", "Latency"]);

const DELIMITERS = [",", ";", "\t", "|"] as const;
const SAMPLE = /^\d{10,13}([,;\t|])\d+\1.*\1(?:true|false)\1/;

/**
 * The columns of a log by its first line: the ones that it names, else JMeter's own where the line is a sample. The
 * delimiter is what `jmeter.save.saveservice.default_delimiter` says, so it is looked for.
 */
export function columnsOf(line: string): Columns | undefined {
  const text = line.trimEnd();
  for (const delimiter of DELIMITERS) {
    const names = text.split(delimiter).map((name) => name.replaceAll('"', "").trim());
    if (names.includes("elapsed") && names.filter((name) => USUAL.has(name)).length > 1)
      return { delimiter, names, header: true };
  }
  const [, delimiter] = SAMPLE.exec(text) ?? [];
  return delimiter === undefined ? undefined : { delimiter, names: DEFAULT, header: false };
}

/**
 * Reads a test log that JMeter wrote as CSV (`CSVSaveService`). Every record has to have as many fields as the first,
 * a time and, where there is the column, `true` or `false` for its success.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readLog(bytes: Content, limits: Limits): ParsedEvidence {
  const columns = columnsOf(headOf(bytes, "").text.split("\n", 1)[0] ?? "");
  if (columns === undefined) throw new FormatError("not-this-format", "the first line has no column elapsed");
  const log = createJmeterLog();
  const indexes = new Map(columns.names.map((name, index) => [name, index]));
  let width: number | undefined;
  let lines = 0;
  const ended = readCsv(bytes, limits, columns.delimiter, ({ fields, line }) => {
    lines = line;
    width ??= fields.length;
    if (fields.length !== width) {
      throw new FormatError("malformed", `${fields.length} fields in place of ${width}`, `line ${line}`);
    }
    const field = (name: string) => fields[indexes.get(name) ?? fields.length];
    // Also in the middle of logs that were put together.
    if (columns.header && field("elapsed") === "elapsed") return;
    log.add(sampleOf(field, `line ${line}`));
  });
  const message = "the last line has no end, so the log may have been cut";
  return log.evidence(ended ? {} : { lacking: { code: "line-not-ended", message, place: `line ${lines}` } }, limits);
}

function sampleOf(field: (name: string) => string | undefined, place: string): JmeterSample {
  const elapsed = countIn(field("elapsed"));
  if (elapsed === undefined) throw new FormatError("malformed", "elapsed is no count of milliseconds", place);
  const success = field("success");
  if (success !== undefined && success !== "true" && success !== "false") {
    throw new FormatError("malformed", "success is neither true nor false", place);
  }
  return {
    label: field("label") ?? "",
    elapsed,
    // A log may be told to write dates in any form; then nothing is known of when.
    at: countIn(field("timeStamp")),
    success: success === undefined ? undefined : success === "true",
    code: field("responseCode") ?? "",
    message: field("responseMessage") ?? "",
    thread: field("threadName") ?? "",
    users: countIn(field("allThreads")),
  };
}
