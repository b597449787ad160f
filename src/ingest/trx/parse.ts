import type { Diagnostic } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { readXml, type XmlElement } from "../xml.ts";

type Attributes = XmlElement["attributes"];

/** An element of `Results`: a test, or one row of a data-driven test. */
export interface RawResult {
  readonly attributes: Attributes;
  /** Whether it is around the results of its rows, which are then what was run. */
  outer: boolean;
  message: string | undefined;
}

export interface RawRun {
  readonly results: RawResult[];
  /** The class by the id of a test. */
  readonly classes: Map<string, string>;
  times: Attributes | undefined;
  summary: Attributes | undefined;
  counters: { readonly attributes: Attributes; readonly line: number } | undefined;
  /** Texts of the messages about the run that are errors. */
  readonly errors: string[];
}

const NAMESPACE = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
const RESULT = /^(?:Unit|Generic|Web|Load|Manual|OrderedTest|CodedWeb)?Test(?:Result|ResultAggregation)$/;

/**
 * Reads a Visual Studio test results file (`vstst.xsd`, name space of 2010), as `dotnet test --logger trx` and MSTest
 * write it.
 *
 * @throws {FormatError} of every reason
 */
export function readRun(bytes: Content, limits: Limits): { run: RawRun; warnings: readonly Diagnostic[] } {
  const run: RawRun = {
    results: [],
    classes: new Map(),
    times: undefined,
    summary: undefined,
    counters: undefined,
    errors: [],
  };
  const path: string[] = [];
  const open: RawResult[] = [];
  let testId = "";
  let text: string | undefined;
  const warnings = readXml(bytes, limits, {
    open(element) {
      const { name, attributes, line } = element;
      if (path.length === 0) checkRoot(element);
      const parent = path.at(-1);
      path.push(name);
      if (RESULT.test(name)) {
        for (const outer of open) outer.outer = true;
        const result: RawResult = { attributes, outer: false, message: undefined };
        open.push(result);
        run.results.push(result);
      } else if (name === "UnitTest") testId = attributes["id"] ?? "";
      else if (name === "TestMethod") run.classes.set(testId, attributes["className"] ?? "");
      else if (name === "Times") run.times ??= attributes;
      else if (name === "ResultSummary") run.summary = attributes;
      else if (name === "Counters" && parent === "ResultSummary") run.counters = { attributes, line };
      else if (name === "Message" && parent === "ErrorInfo") text = "";
      else if (name === "RunInfo" && /^error$/i.test(attributes["outcome"] ?? "")) text = "";
    },
    text(piece) {
      if (text !== undefined && text.length < limits.stringLength) text += piece;
    },
    close() {
      const name = path.pop() ?? "";
      if (RESULT.test(name)) open.pop();
      if (text === undefined || (name !== "Message" && name !== "RunInfo")) return;
      const result = open.at(-1);
      if (name === "RunInfo") run.errors.push(text.trim());
      else if (result !== undefined) result.message ??= text;
      text = undefined;
    },
  });
  return { run, warnings };
}

function checkRoot({ name, attributes, line }: XmlElement): void {
  if (name !== "TestRun") {
    throw new FormatError("not-this-format", `the root element is ${name.slice(0, 64)}`, `line ${line}`);
  }
  const names = Object.entries(attributes).flatMap(([key, value]) => (/^xmlns(?::|$)/.test(key) ? [value] : []));
  if (names.length === 0 || names.includes(NAMESPACE)) return;
  const older = names.find((found) => found.startsWith("http://microsoft.com/schemas/VisualStudio/TeamTest/"));
  if (older === undefined) throw new FormatError("not-this-format", "it has the name space of another format");
  throw new FormatError("unsupported-version", `${older.slice(0, 128)}; only 2010 is supported`, `line ${line}`);
}
