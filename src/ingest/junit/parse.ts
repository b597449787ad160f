import type { Diagnostic, TestStatus } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { readXml, type XmlElement } from "../xml.ts";

type Attributes = XmlElement["attributes"];

/** A `testcase` as it is written, with what its children say. */
export interface RawCase {
  readonly attributes: Attributes;
  readonly line: number;
  failures: number;
  errors: number;
  skips: number;
  /** Attempts before the last one, of a case that passed in the end. */
  readonly flaky: TestStatus[];
  /** Attempts after the first one, of a case that failed in the end. */
  readonly reruns: TestStatus[];
  /** The `type` of the first failure or error. */
  failureType: string | undefined;
  /** The `type` of the first skip. */
  skipType: string | undefined;
  /** Of the first failure or error, else of the skip. */
  message: string | undefined;
}

/** A `testsuite`, or the `testsuites` around them. */
export interface RawSuite {
  readonly element: "testsuites" | "testsuite";
  readonly attributes: Attributes;
  readonly line: number;
  readonly suites: RawSuite[];
  readonly cases: RawCase[];
  /** Failures and errors that the file hangs on the suite itself. */
  troubles: number;
}

/** What the children of a `testcase` mean; anything else in it is output. */
const OUTCOMES = new Map<string, "failures" | "errors" | "skips">([
  ["failure", "failures"],
  ["error", "errors"],
  ["skipped", "skips"],
]);

/** Those that stand for another attempt. */
const ATTEMPTS = new Map<string, readonly ["flaky" | "reruns", TestStatus]>([
  ["flakyFailure", ["flaky", "failed"]],
  ["flakyError", ["flaky", "errored"]],
  ["rerunFailure", ["reruns", "failed"]],
  ["rerunError", ["reruns", "errored"]],
]);

/**
 * Reads the elements of a JUnit XML report. There is no standard; this follows the Jenkins `junit-10.xsd`, the Surefire
 * schema 3.0 and what tools write (evidence.md section 3).
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readReport(bytes: Content, limits: Limits): { root: RawSuite; warnings: readonly Diagnostic[] } {
  let root: RawSuite | undefined;
  const suites: RawSuite[] = [];
  const path: string[] = [];
  let current: RawCase | undefined;
  let text: string | undefined;
  const warnings = readXml(bytes, limits, {
    open(element) {
      const { name } = element;
      path.push(name);
      const parent = suites.at(-1);
      if (parent === undefined || name === "testsuite" || name === "testsuites") {
        const suite = openSuite(element, parent);
        root ??= suite;
        suites.push(suite);
      } else if (name === "testcase") {
        if (current !== undefined) throw nested(element);
        current = openCase(element);
        parent.cases.push(current);
      } else if (current !== undefined) {
        // At any depth: an outcome in an unexpected place is better counted than missed.
        text = addOutcome(current, element) ?? text;
      } else if (name === "failure" || name === "error") {
        parent.troubles++;
      }
    },
    text(piece) {
      if (text !== undefined && text.length < limits.stringLength) text += piece;
    },
    close() {
      const name = path.pop() ?? "";
      if (name === "testsuite" || name === "testsuites") suites.pop();
      if (name === "testcase") current = undefined;
      if (current === undefined || !OUTCOMES.has(name)) return;
      if (text?.trim()) current.message ??= text.trim();
      text = undefined;
    },
  });
  if (root === undefined) throw new FormatError("malformed", "there is no root element");
  return { root, warnings };
}

function openSuite(element: XmlElement, parent: RawSuite | undefined): RawSuite {
  const { name, attributes, line } = element;
  if (name !== "testsuite" && name !== "testsuites") {
    throw new FormatError("not-this-format", `the root element is ${name.slice(0, 64)}`, `line ${line}`);
  }
  const suite: RawSuite = { element: name, attributes, line, suites: [], cases: [], troubles: 0 };
  parent?.suites.push(suite);
  return suite;
}

function openCase({ attributes, line }: XmlElement): RawCase {
  return {
    attributes,
    line,
    failures: 0,
    errors: 0,
    skips: 0,
    flaky: [],
    reruns: [],
    failureType: undefined,
    skipType: undefined,
    message: undefined,
  };
}

/** Counts an outcome, and returns the text to be collected for its message, if it has to be. */
function addOutcome(current: RawCase, { name, attributes }: XmlElement): string | undefined {
  const attempt = ATTEMPTS.get(name);
  if (attempt !== undefined) current[attempt[0]].push(attempt[1]);
  const outcome = OUTCOMES.get(name);
  if (outcome === undefined) return undefined;
  const first = current.failures + current.errors === 0;
  current[outcome]++;
  if (outcome === "skips") current.skipType ??= attributes["type"];
  else current.failureType ??= attributes["type"];
  // A failure says more than the skip before it: node:test writes both for a test that is a todo.
  if (!first) return undefined;
  current.message = attributes["message"]?.trim() || undefined;
  return current.message === undefined ? "" : undefined;
}

function nested({ line }: XmlElement): FormatError {
  return new FormatError("malformed", "a testcase is inside another testcase", `line ${line}`);
}
