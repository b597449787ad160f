import type { TestStatus } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { parseJsonDocument } from "../json.ts";
import { countOf, isObject, type JsonObject, stringsOf, textOf } from "../values.ts";

/** One `assertionResults` entry. */
export interface RawTest {
  readonly titles: readonly string[];
  readonly status: TestStatus;
  readonly todo: boolean;
  readonly messages: readonly string[];
  /** How often jest ran it; vitest does not say. */
  readonly invocations: number | undefined;
  readonly duration: number | undefined;
}

/** One `testResults` entry: a test file. */
export interface RawFile {
  readonly path: string;
  readonly failed: boolean;
  readonly message: string | undefined;
  readonly tests: readonly RawTest[];
}

export interface RawReport {
  readonly totals: JsonObject;
  readonly files: readonly RawFile[];
}

/** What jest's and vitest's words mean; a test that was never started is one that was skipped. */
const STATUSES = new Map<unknown, TestStatus>([
  ["passed", "passed"],
  ["failed", "failed"],
  ["skipped", "skipped"],
  ["pending", "skipped"],
  ["todo", "skipped"],
  ["disabled", "skipped"],
  ["focused", "passed"],
]);

/**
 * Reads the report of `jest --json` (`FormattedTestResults` of `@jest/test-result`) or of vitest's `json` reporter,
 * which writes the same shape.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readReport(bytes: Content, limits: Limits): RawReport {
  const document = parseJsonDocument(bytes, limits);
  if (!isObject(document) || (document["numTotalTests"] === undefined && document["testResults"] === undefined)) {
    throw new FormatError("not-this-format", "there is neither numTotalTests nor testResults");
  }
  const files = document["testResults"];
  if (!Array.isArray(files)) throw new FormatError("malformed", "testResults is not an array", "/testResults");
  return { totals: document, files: files.map((file, index) => readFile(file, `/testResults/${index}`)) };
}

function readFile(file: unknown, place: string): RawFile {
  if (!isObject(file)) throw new FormatError("malformed", "the test file is not an object", place);
  const tests = file["assertionResults"];
  if (!Array.isArray(tests)) {
    throw new FormatError("malformed", "assertionResults is not an array", `${place}/assertionResults`);
  }
  const status = file["status"];
  if (typeof status !== "string") throw new FormatError("malformed", "there is no status", `${place}/status`);
  return {
    path: textOf(file["name"]) ?? "",
    failed: status === "failed",
    message: textOf(file["message"]),
    tests: tests.map((test, index) => readTest(test, `${place}/assertionResults/${index}`)),
  };
}

function readTest(test: unknown, place: string): RawTest {
  if (!isObject(test)) throw new FormatError("malformed", "the test is not an object", place);
  const status = STATUSES.get(test["status"]);
  if (status === undefined) throw new FormatError("malformed", "the status is none of jest's", `${place}/status`);
  return {
    titles: [...stringsOf(test["ancestorTitles"]), textOf(test["title"]) ?? textOf(test["fullName"]) ?? "(no name)"],
    status,
    todo: test["status"] === "todo",
    messages: stringsOf(test["failureMessages"]),
    invocations: countOf(test["invocations"]),
    duration: typeof test["duration"] === "number" ? test["duration"] : undefined,
  };
}
