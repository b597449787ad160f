import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { countIn } from "../coverage.ts";
import { type CsvRecord, readCsv } from "../csv.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { functionCounts, measuredFunctions, type RawFunction } from "../measured.ts";
import { pathInCheckout } from "../paths.ts";

/** What `lizard --csv` prints: a record for each function, with `--verbose` below a line of names. */
export const lizard = {
  id: "lizard",
  title: "Lizard CSV",
  kind: "maintainability",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const NAMES = ["NLOC", "CCN", "token", "PARAM", "length", "location", "file", "function", "long_name", "start", "end"];
const RECORD = /^(?:\d+,){5}"[^"\n]*@\d+-\d+@/;

function detect({ text }: Head): Detection {
  if (text.startsWith(NAMES.join(","))) return { confidence: "certain", reason: "it has the columns of Lizard" };
  if (RECORD.test(text)) return { confidence: "certain", reason: "its first line is a function as Lizard writes it" };
  return { confidence: "no", reason: "its first line is no function as Lizard writes it" };
}

function parse(bytes: Content, { limits, root }: ParseContext): ParsedEvidence {
  const raw: RawFunction[] = [];
  const ended = readCsv(bytes, limits, ",", (record) => {
    if (record.line === 1 && record.fields.join(",").startsWith(NAMES.join(","))) return;
    raw.push(functionOf(record, root));
  });
  const functions = measuredFunctions(raw, limits);
  const reasons = createDiagnostics();
  if (functions.length === 0) reasons.add("no-functions", "no function was measured");
  if (!ended) reasons.add("line-not-ended", "the last line has no end, so the file may have been cut");
  return {
    kind: "maintainability",
    tools: [{ name: "Lizard" }],
    subject: {},
    status: !ended ? "partial" : functions.length === 0 ? "empty" : "unknown",
    statusReasons: reasons.list(),
    quality: { warnings: [], inconsistencies: [], redactions: 0 },
    summary: {
      ...functionCounts(functions),
      files: new Set(functions.map(({ path }) => path)).size,
      modules: 0,
      cycles: 0,
      unread: 0,
    },
    body: { functions, modules: [], cycles: [] },
  };
}

function functionOf({ fields, line }: CsvRecord, root: string | undefined): RawFunction {
  const place = `line ${line}`;
  if (fields.length < NAMES.length) {
    throw new FormatError(line === 1 ? "not-this-format" : "malformed", `there are ${fields.length} fields`, place);
  }
  const [lines, complexity, , parameters, , location = "", file = "", name = "", , start, end] = fields;
  const counts = [lines, complexity, parameters, start].map(countIn);
  const [linesCount, complexityCount, parametersCount, startLine] = counts;
  if (linesCount === undefined || !complexityCount || parametersCount === undefined || !startLine) {
    throw new FormatError("malformed", "a count is none", place);
  }
  // The place is written twice; where the two differ, something was cut or put in between.
  if (file === "" || !location.endsWith(`@${start}-${end}@${file}`)) {
    throw new FormatError("malformed", "its place is not the one of its lines", place);
  }
  return {
    path: pathInCheckout(file, root),
    line: startLine,
    name: name === "" ? "anonymous" : name.replaceAll("::", "."),
    complexity: complexityCount,
    lines: linesCount,
    parameters: parametersCount,
  };
}
