import type { Diagnostic } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { readXml, type XmlElement } from "../xml.ts";

type Attributes = XmlElement["attributes"];

/** A `test`. */
export interface RawTest {
  readonly attributes: Attributes;
  /** The name of the `collection` around it. */
  readonly collection: string;
  /** Whether it has a `failure`, whatever its result says. */
  failed: boolean;
  /** Of the failure, else the reason of the skip. */
  message: string | undefined;
}

/** Something that failed outside the tests: an `error` of an assembly, or the failure of a class in version 1. */
export interface RawError {
  /** Such as `assembly-cleanup`, and of what. */
  readonly what: string;
  readonly line: number;
  message: string | undefined;
}

export interface RawAssembly {
  readonly attributes: Attributes;
  readonly line: number;
  readonly tests: RawTest[];
  readonly errors: RawError[];
}

export interface RawReport {
  /** Of the root element. */
  readonly attributes: Attributes;
  readonly assemblies: readonly RawAssembly[];
  readonly warnings: readonly Diagnostic[];
}

/**
 * Reads the XML of xUnit.net 2 and 3 (https://xunit.net/docs/format-xml-v2), and that of version 1, whose root is one
 * assembly.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readReport(bytes: Content, limits: Limits): RawReport {
  let root: Attributes | undefined;
  const assemblies: RawAssembly[] = [];
  const path: string[] = [];
  let collection = "";
  let test: RawTest | undefined;
  let error: RawError | undefined;
  let text: string | undefined;
  const warnings = readXml(bytes, limits, {
    open(element) {
      const { name, attributes, line } = element;
      const parent = path.at(-1);
      path.push(name);
      if (parent === undefined) {
        checkRoot(element);
        root = attributes;
      }
      if (name === "assembly" && (parent === undefined || parent === "assemblies")) {
        assemblies.push({ attributes, line, tests: [], errors: [] });
        return;
      }
      const assembly = assemblies.at(-1);
      if (assembly === undefined) return;
      if (name === "collection" || name === "class") collection = attributes["name"] ?? "";
      else if (name === "test" && (parent === "collection" || parent === "class")) {
        test = { attributes, collection, failed: false, message: undefined };
        assembly.tests.push(test);
      } else if (name === "error" && parent === "errors") {
        const what = [attributes["type"], attributes["name"]].filter((part) => part !== undefined).join(" ");
        error = { what: what || "an error", line, message: undefined };
        assembly.errors.push(error);
      } else if (name === "failure" && parent === "class") {
        error = { what: collection, line, message: undefined };
        assembly.errors.push(error);
      } else if (name === "failure" && parent === "test" && test !== undefined) {
        test.failed = true;
        test.message = undefined;
      } else if (name === "reason" && parent === "test") text = "";
      else if (name === "message" && (parent === "failure" || parent === "reason")) text = "";
    },
    text(piece) {
      if (text !== undefined && text.length < limits.stringLength) text += piece;
    },
    close() {
      const name = path.pop();
      if (text !== undefined && (name === "message" || name === "reason")) {
        const holder = test ?? error;
        if (holder !== undefined && text.trim() !== "") holder.message ??= text.trim();
        text = undefined;
      }
      if (name === "test") test = undefined;
      if (name === "error" || name === "class") error = undefined;
    },
  });
  if (root === undefined) throw new FormatError("malformed", "there is no root element");
  return { attributes: root, assemblies, warnings };
}

function checkRoot({ name, attributes, line }: XmlElement): void {
  if (name === "assemblies" || (name === "assembly" && attributes["test-framework"] !== undefined)) return;
  throw new FormatError("not-this-format", `the root element is ${name.slice(0, 64)}`, `line ${line}`);
}
