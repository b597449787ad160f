import type { Counter, Diagnostic } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { countIn, instantIn, lineNumberOf } from "../coverage.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { createLineMarks, type LineMarks } from "../line-marks.ts";
import { earlierOf } from "../values.ts";
import { readXml, type XmlElement } from "../xml.ts";

/** By type, such as `LINE`. */
export type Counters = ReadonlyMap<string, Counter>;

/** A `sourcefile`; files of one name in several groups are several files. */
export interface RawSourceFile {
  /** Package and file name: the source folder is not in the report. */
  readonly path: string;
  /** Of the element in the report, from 1. */
  readonly line: number;
  /** A line was run if an instruction of it was. */
  readonly lines: LineMarks;
  readonly branches: Counter;
  readonly counters: Counters;
}

export interface RawReport {
  /** Of the root element in the report, from 1. */
  readonly line: number;
  readonly files: readonly RawSourceFile[];
  /** Of the report as a whole. */
  readonly counters: Counters;
  /** When the first session ended. */
  readonly producedAt: string | undefined;
  readonly warnings: readonly Diagnostic[];
}

interface OpenFile extends RawSourceFile {
  readonly branches: { covered: number; total: number };
  readonly counters: Map<string, Counter>;
}

/**
 * Reads a JaCoCo report (`report.dtd` 1.1, which is never fetched). Counters stand at every level and say the same
 * again, so only those of the report and of source files are kept.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readReport(bytes: Content, limits: Limits, warnings: DiagnosticList): RawReport {
  let root: XmlElement | undefined;
  let packageName = "";
  let file: OpenFile | undefined;
  let producedAt: string | undefined;
  const files: OpenFile[] = [];
  const counters = new Map<string, Counter>();
  const path: string[] = [];
  const xmlWarnings = readXml(bytes, limits, {
    open(element) {
      const { name, attributes } = element;
      const parent = path.at(-1);
      path.push(name);
      if (root === undefined) {
        root = element;
        if (name === "report") return;
        throw new FormatError("not-this-format", `the root element is ${name.slice(0, 64)}`, `line ${element.line}`);
      }
      if (name === "sessioninfo") producedAt = earlierOf(producedAt, instantIn(attributes["dump"]));
      if (name === "package") packageName = attributes["name"] ?? "";
      if (name === "sourcefile") {
        file = openFile(element, packageName);
        files.push(file);
      }
      if (name === "counter" && parent === "report") addCounter(counters, element);
      if (parent !== "sourcefile" || file === undefined) return;
      if (name === "counter") addCounter(file.counters, element);
      if (name === "line") addLine(file, element, warnings);
    },
    text() {},
    close() {
      if (path.pop() === "sourcefile") file = undefined;
    },
  });
  if (root === undefined) throw new FormatError("malformed", "there is no root element");
  return { line: root.line, files, counters, producedAt, warnings: xmlWarnings };
}

function openFile({ attributes, line }: XmlElement, packageName: string): OpenFile {
  const name = attributes["name"]?.trim();
  if (!name) throw new FormatError("malformed", "a source file has no name", `line ${line}`);
  const path = packageName.trim() === "" ? name : `${packageName}/${name}`;
  return { path, line, lines: createLineMarks(), branches: { covered: 0, total: 0 }, counters: new Map() };
}

function addCounter(counters: Map<string, Counter>, { attributes, line }: XmlElement): void {
  const covered = countOf(attributes["covered"], line);
  counters.set(attributes["type"] ?? "", { covered, total: covered + countOf(attributes["missed"], line) });
}

/** A line of which one instruction was run is covered, as in JaCoCo's own counter. */
function addLine(file: OpenFile, { attributes, line }: XmlElement, warnings: DiagnosticList): void {
  const number = lineNumberOf(attributes["nr"], `line ${line}`);
  if (number === 0) {
    warnings.add("line-0", "a count for line 0 was left out", `line ${line}`);
    return;
  }
  const covered = countOf(attributes["ci"], line);
  if (covered + countOf(attributes["mi"], line) > 0) file.lines.add(number, covered > 0);
  const taken = countOf(attributes["cb"] ?? "0", line);
  file.branches.covered += taken;
  file.branches.total += taken + countOf(attributes["mb"] ?? "0", line);
}

function countOf(text: string | undefined, line: number): number {
  const count = countIn(text);
  if (count === undefined) throw new FormatError("malformed", "a count is missing or is none", `line ${line}`);
  return count;
}
