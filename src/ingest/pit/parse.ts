import type { MutantStatus } from "../../evidence/types.ts";
import { FormatError, type ParseContext } from "../adapter.ts";
import type { Content } from "../content.ts";
import { lineNumberOf } from "../coverage.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import type { FoundMutant, MutationReport } from "../mutation.ts";
import { readXml, type XmlElement } from "../xml.ts";

/**
 * By the status of PIT (`DetectionStatus`), what it comes to and whether PIT counts it as detected. Of a mutant that
 * could not be loaded, or that ended the virtual machine, PIT says so too; here it proves nothing about the tests.
 */
const STATUSES: ReadonlyMap<string, readonly [status: MutantStatus, detected: boolean]> = new Map([
  ["KILLED", ["killed", true]],
  ["SURVIVED", ["survived", false]],
  ["NO_COVERAGE", ["no-coverage", false]],
  ["TIMED_OUT", ["timeout", true]],
  ["NON_VIABLE", ["compile-error", true]],
  ["MEMORY_ERROR", ["runtime-error", true]],
  ["RUN_ERROR", ["runtime-error", true]],
  ["NOT_STARTED", ["pending", false]],
  ["STARTED", ["pending", false]],
]);

/** The elements of a mutation whose text is kept. */
const FIELDS = new Set([
  "sourceFile",
  "mutatedClass",
  "mutatedMethod",
  "methodDescription",
  "lineNumber",
  "mutator",
  "index",
  "description",
]);

interface OpenMutation {
  readonly element: XmlElement;
  readonly fields: Map<string, string>;
}

/**
 * Reads `mutations.xml` as PIT 1 writes it (`XMLReportListener`; there is no specification). The attribute `partial` is
 * not read: it says that lines were counted for mutated classes only, which is so in every whole run.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readReport(bytes: Content, { limits }: ParseContext): MutationReport {
  const mutants: FoundMutant[] = [];
  const inconsistencies = createDiagnostics();
  const warnings = createDiagnostics();
  const path: string[] = [];
  let mutation: OpenMutation | undefined;
  const passedOver = readXml(bytes, limits, {
    open(element) {
      const { name, line } = element;
      if (path.length === 0 && name !== "mutations") {
        throw new FormatError("not-this-format", `the root element is ${name.slice(0, 64)}`, `line ${line}`);
      }
      if (path.length === 1 && name === "mutation") mutation = { element, fields: new Map() };
      path.push(name);
    },
    text(piece) {
      const name = path.at(-1) ?? "";
      if (mutation === undefined || !FIELDS.has(name)) return;
      const before = mutation.fields.get(name) ?? "";
      if (before.length < limits.stringLength) mutation.fields.set(name, before + piece);
    },
    close() {
      path.pop();
      if (path.length !== 1 || mutation === undefined) return;
      mutants.push(mutantOf(mutation, inconsistencies));
      mutation = undefined;
    },
  });
  for (const { code, message, place } of passedOver) warnings.add(code, message, place);
  return { mutants, warnings, inconsistencies };
}

function mutantOf({ element, fields }: OpenMutation, inconsistencies: DiagnosticList): FoundMutant {
  const { attributes, line } = element;
  const place = `line ${line}`;
  const field = (name: string) => fields.get(name)?.trim() ?? "";
  const [status, detected] = STATUSES.get(attributes["status"]?.trim() ?? "") ?? [];
  if (status === undefined) throw new FormatError("malformed", "the status is missing or not known", place);
  const said = attributes["detected"]?.trim();
  if (said !== undefined && said !== String(detected)) {
    inconsistencies.add("detected-differs", `a mutant is ${attributes["status"]}, and detected is ${said}`, place);
  }
  const mutator = field("mutator");
  const source = field("sourceFile");
  if (mutator === "" || source === "")
    throw new FormatError("malformed", "a mutant has no source file or mutator", place);
  const type = field("mutatedClass");
  return {
    id: `${type}.${field("mutatedMethod")}${field("methodDescription")} ${mutator} ${field("index")}`,
    file: fileOf(type, source),
    line: field("lineNumber") === "" ? 0 : lineNumberOf(field("lineNumber"), place),
    mutator,
    description: field("description") || undefined,
    status,
  };
}

/** Package and file name: the source folder is not in the report. */
function fileOf(type: string, source: string): string {
  const end = type.lastIndexOf(".");
  return end === -1 ? source : `${type.slice(0, end).replaceAll(".", "/")}/${source}`;
}
