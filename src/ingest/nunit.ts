import type { Diagnostic } from "../evidence/types.ts";
import type { Limits } from "../util/limits.ts";
import { FormatError } from "./adapter.ts";
import type { Content } from "./content.ts";
import { readXml, type XmlElement } from "./xml.ts";

type Attributes = XmlElement["attributes"];

/** A `test-case`, and what a `test-suite` has in common with it. */
export interface RawNode {
  readonly attributes: Attributes;
  readonly line: number;
  /** Whether it has a `failure` of its own. */
  failed: boolean;
  /** Of the failure, else of the reason. */
  message: string | undefined;
}

/** A `test-suite`: an assembly, a name space, a fixture or a method with several cases. Or the root element. */
export interface RawSuite extends RawNode {
  readonly suites: RawSuite[];
  readonly cases: RawNode[];
}

export interface RawRun {
  readonly root: RawSuite;
  /** Whether only a part of the tests was asked for. */
  readonly filtered: boolean;
  readonly warnings: readonly Diagnostic[];
}

/**
 * Reads a result file of NUnit. The elements for suites, cases, failures and reasons are the same in all of its formats.
 *
 * @param rootName by which the formats are told apart
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readRun(bytes: Content, limits: Limits, rootName: "test-run" | "test-results"): RawRun {
  let root: RawSuite | undefined;
  let filtered = false;
  const path: string[] = [];
  const suites: RawSuite[] = [];
  let current: RawNode | undefined;
  let text: string | undefined;
  const warnings = readXml(bytes, limits, {
    open(element) {
      const { name, line } = element;
      const parent = path.at(-1);
      path.push(name);
      const outer = suites.at(-1);
      if (outer === undefined) {
        if (name !== rootName) {
          throw new FormatError("not-this-format", `the root element is ${name.slice(0, 64)}`, `line ${line}`);
        }
        root = openSuite(element);
        suites.push(root);
      } else if (name === "test-suite" || name === "test-case") {
        if (current !== undefined) {
          throw new FormatError("malformed", `a ${name} is inside a test-case`, `line ${line}`);
        }
        if (name === "test-suite") suites.push(openSuite(element, outer));
        else {
          current = openNode(element);
          outer.cases.push(current);
        }
      } else if (name === "failure" && (parent === "test-case" || parent === "test-suite")) {
        const node = current ?? outer;
        node.failed = true;
        // A failure says more than the reason before it.
        node.message = undefined;
      } else if (name === "message" && (parent === "failure" || parent === "reason")) text = "";
      else if (name === "filter" && parent === rootName) filtered = true;
    },
    text(piece) {
      if (text !== undefined && text.length < limits.stringLength) text += piece;
    },
    close() {
      const name = path.pop();
      if (name === "test-suite") suites.pop();
      if (name === "test-case") current = undefined;
      if (name !== "message" || text === undefined) return;
      const node = current ?? suites.at(-1);
      if (node !== undefined && text.trim() !== "") node.message ??= text.trim();
      text = undefined;
    },
  });
  if (root === undefined) throw new FormatError("malformed", "there is no root element");
  return { root, filtered, warnings };
}

function openSuite(element: XmlElement, outer?: RawSuite): RawSuite {
  const suite: RawSuite = { ...openNode(element), suites: [], cases: [] };
  outer?.suites.push(suite);
  return suite;
}

function openNode({ attributes, line }: XmlElement): RawNode {
  return { attributes, line, failed: false, message: undefined };
}

/** An attribute whose words NUnit and others write in different cases. */
export function wordOf({ attributes }: RawNode, name: string): string {
  return attributes[name]?.trim().toLowerCase() ?? "";
}

/** Whether a suite is what was to be loaded, and not a part of it. */
export function isLoaded(suite: RawNode): boolean {
  return /^(?:assembly|project|test project)$/.test(wordOf(suite, "type"));
}
