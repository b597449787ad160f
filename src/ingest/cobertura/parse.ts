import type { Counter, Diagnostic } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { counterIn, isHit, lineNumberOf } from "../coverage.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { createLineMarks, type LineMarks } from "../line-marks.ts";
import { normalisePath } from "../paths.ts";
import { readXml, type XmlElement } from "../xml.ts";

/** What a report says about one source file, all its classes taken together. */
export interface FileLines {
  readonly lines: LineMarks;
  /** Of the lines that have a count of branches. */
  readonly branches: Map<number, Counter>;
}

export interface RawReport {
  /** Of the root element. */
  readonly attributes: XmlElement["attributes"];
  /** Of the root element, from 1. */
  readonly line: number;
  readonly sources: readonly string[];
  /** By path as written, but normalised. */
  readonly files: ReadonlyMap<string, FileLines>;
  /** Counted once for each class, where several classes share a line. */
  readonly perClass: { readonly lines: Counter; readonly branches: Counter };
  readonly warnings: readonly Diagnostic[];
}

type Tally = { -readonly [K in keyof Counter]: Counter[K] };

/**
 * Reads a Cobertura report (`coverage-04.dtd`, 2005, which is never fetched). Only the lines of classes are counted:
 * those of methods are the same lines again. A file may be spread over classes, and classes over packages.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readReport(bytes: Content, limits: Limits, warnings: DiagnosticList): RawReport {
  let root: XmlElement | undefined;
  let known = false;
  let file: FileLines | undefined;
  let source: string | undefined;
  const sources: string[] = [];
  const files = new Map<string, FileLines>();
  const perClass = { lines: emptyTally(), branches: emptyTally() };
  const path: string[] = [];
  const xmlWarnings = readXml(bytes, limits, {
    open(element) {
      const { name, attributes } = element;
      if (root === undefined) {
        checkRoot(element);
        root = element;
        known = attributes["line-rate"] !== undefined || attributes["lines-valid"] !== undefined;
      }
      if (name === "packages") known = true;
      if (name === "source") source = "";
      if (name === "class") file = fileOf(element, files);
      if (name === "line" && file !== undefined && path.at(-1) === "lines" && path.at(-2) === "class") {
        addLine(file, element, perClass, warnings);
      }
      path.push(name);
    },
    text(piece) {
      if (source !== undefined && source.length < limits.stringLength) source += piece;
    },
    close() {
      const name = path.pop();
      if (name === "class") file = undefined;
      if (name !== "source" || source === undefined) return;
      if (source.trim() !== "") sources.push(source);
      source = undefined;
    },
  });
  if (root === undefined) throw new FormatError("malformed", "there is no root element");
  if (!known) throw new FormatError("not-this-format", "there are neither rates nor packages", `line ${root.line}`);
  return { attributes: root.attributes, line: root.line, sources, files, perClass, warnings: xmlWarnings };
}

function checkRoot({ name, attributes, line }: XmlElement): void {
  const found = attributes["clover"] === undefined ? name.slice(0, 64) : "that of a Clover report";
  if (found !== "coverage") throw new FormatError("not-this-format", `the root element is ${found}`, `line ${line}`);
}

function emptyTally(): Tally {
  return { covered: 0, total: 0 };
}

function fileOf({ attributes, line }: XmlElement, files: Map<string, FileLines>): FileLines {
  const name = attributes["filename"]?.trim();
  if (!name) throw new FormatError("malformed", "a class has no file name", `line ${line}`);
  const path = normalisePath(name);
  const file = files.get(path) ?? { lines: createLineMarks(), branches: new Map() };
  files.set(path, file);
  return file;
}

function addLine(
  file: FileLines,
  { attributes, line }: XmlElement,
  perClass: { lines: Tally; branches: Tally },
  warnings: DiagnosticList,
): void {
  const place = `line ${line}`;
  const number = lineNumberOf(attributes["number"], place);
  const hit = isHit(attributes["hits"], place);
  if (number === 0) {
    warnings.add("line-0", "a count for line 0 was left out", place);
    return;
  }
  file.lines.add(number, hit);
  addTo(perClass.lines, { covered: hit ? 1 : 0, total: 1 });
  const branches = branchesOf(attributes["condition-coverage"], place);
  if (branches === undefined) return;
  addTo(perClass.branches, branches);
  const before = file.branches.get(number) ?? emptyTally();
  file.branches.set(number, {
    covered: Math.max(before.covered, branches.covered),
    total: Math.max(before.total, branches.total),
  });
}

/** The count in `50% (1/2)`, which is the only one there is; the conditions below it have rates alone. */
function branchesOf(text: string | undefined, place: string): Counter | undefined {
  const match = /\(\s*(\d+)\s*\/\s*(\d+)\s*\)/.exec(text ?? "");
  if (match === null) return undefined;
  const counter = counterIn(match[1], match[2]);
  if (counter === undefined) throw new FormatError("malformed", "more branches are covered than there are", place);
  return counter;
}

function addTo(tally: Tally, { covered, total }: Counter): void {
  tally.covered += covered;
  tally.total += total;
}
