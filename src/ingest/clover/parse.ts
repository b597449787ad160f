import type { Counter, Diagnostic } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { counterIn, instantIn, isHit, lineNumberOf, unlessEmpty } from "../coverage.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { createLineMarks, type LineMarks } from "../line-marks.ts";
import { readXml, type XmlElement } from "../xml.ts";

/** What a project or a file says about itself. Tools write 0 of 0 where they do not measure, so that is left out. */
export interface Metrics {
  /** Those of Istanbul are lines. */
  readonly statements?: Counter | undefined;
  readonly branches?: Counter | undefined;
  readonly functions?: Counter | undefined;
}

export interface RawFile {
  /** As written. */
  readonly path: string;
  readonly place: string;
  readonly metrics: Metrics;
  readonly lines: LineMarks;
  /** Elements for lines, of which there may be several for one line. */
  readonly elements: Counter;
  /** Of these, those that are no conditions. */
  readonly statements: Counter;
}

export interface RawReport {
  readonly place: string;
  readonly files: readonly RawFile[];
  /** Of the project. */
  readonly metrics: Metrics;
  readonly producedAt: string | undefined;
  readonly warnings: readonly Diagnostic[];
}

type Tally = { -readonly [K in keyof Counter]: Counter[K] };

interface OpenFile extends RawFile {
  metrics: Metrics;
  readonly elements: Tally;
  readonly statements: Tally;
}

/**
 * Reads a Clover report as OpenClover 4, PHPUnit and istanbul-reports 3 write it; there is no specification. The code
 * of tests (`testproject`) is not counted, and branches are those of the metrics: on lines, the counts of OpenClover
 * and of Istanbul have one name and two meanings.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readReport(bytes: Content, limits: Limits, warnings: DiagnosticList): RawReport {
  let root: XmlElement | undefined;
  let producedAt: string | undefined;
  let known = false;
  let metrics: Metrics = {};
  let file: OpenFile | undefined;
  const files: OpenFile[] = [];
  const path: string[] = [];
  const xmlWarnings = readXml(bytes, limits, {
    open(element) {
      const { name, attributes } = element;
      const parent = path.at(-1);
      path.push(name);
      if (root === undefined) {
        checkRoot(element);
        root = element;
        producedAt = instantIn(attributes["generated"]);
      }
      if (path[1] !== "project") return;
      known = true;
      if (name === "project") producedAt ??= instantIn(attributes["timestamp"]);
      if (name === "metrics" && parent === "project") metrics = metricsOf(element);
      if (name === "file") {
        file = openFile(element);
        files.push(file);
      }
      if (parent !== "file" || file === undefined) return;
      if (name === "metrics") file.metrics = metricsOf(element);
      if (name === "line" && attributes["type"] !== "method") addLine(file, element, warnings);
    },
    text() {},
    close() {
      if (path.pop() === "file") file = undefined;
    },
  });
  if (root === undefined) throw new FormatError("malformed", "there is no root element");
  if (!known) throw new FormatError("not-this-format", "there is no project", `line ${root.line}`);
  return { place: `line ${root.line}`, files, metrics, producedAt, warnings: xmlWarnings };
}

function checkRoot({ name, line }: XmlElement): void {
  if (name === "coverage") return;
  throw new FormatError("not-this-format", `the root element is ${name.slice(0, 64)}`, `line ${line}`);
}

function metricsOf({ attributes }: XmlElement): Metrics {
  const counter = (name: string) => {
    const found = counterIn(attributes[`covered${name}`], attributes[name]);
    return found === undefined ? undefined : unlessEmpty(found);
  };
  return { statements: counter("statements"), branches: counter("conditionals"), functions: counter("methods") };
}

/** PHPUnit has the whole path in the name. */
function openFile({ attributes, line }: XmlElement): OpenFile {
  const path = attributes["path"]?.trim() || attributes["name"]?.trim();
  if (!path) throw new FormatError("malformed", "a file has no path", `line ${line}`);
  return {
    path,
    place: `line ${line}`,
    metrics: {},
    lines: createLineMarks(),
    elements: { covered: 0, total: 0 },
    statements: { covered: 0, total: 0 },
  };
}

function addLine(file: OpenFile, { attributes, line }: XmlElement, warnings: DiagnosticList): void {
  const place = `line ${line}`;
  const number = lineNumberOf(attributes["num"], place);
  const { count, truecount, falsecount } = attributes;
  // OpenClover counts a condition by its outcomes alone.
  const outcomes = count === undefined && attributes["type"] === "cond";
  const hit = outcomes ? isHit(truecount, place) || isHit(falsecount, place) : isHit(count, place);
  if (number === 0) {
    warnings.add("line-0", "a count for line 0 was left out", place);
    return;
  }
  file.lines.add(number, hit);
  for (const tally of attributes["type"] === "cond" ? [file.elements] : [file.elements, file.statements]) {
    tally.total++;
    if (hit) tally.covered++;
  }
}
