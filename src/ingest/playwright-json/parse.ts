import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { splitJson } from "../json.ts";
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";

/** One `results` entry: an attempt. */
export interface RawAttempt {
  readonly status: string;
  readonly message: string | undefined;
  readonly duration: number | undefined;
}

/** One `tests` entry: a test in one project. */
export interface RawTest {
  /** Of the describe blocks around it, and its own. */
  readonly titles: readonly string[];
  /** Relative to the `rootDir` of the configuration. */
  readonly file: string;
  /** Empty where there is but one project without a name. */
  readonly project: string;
  readonly expectedStatus: string;
  /** What Playwright makes of the attempts: `expected`, `unexpected`, `flaky` or `skipped`. */
  readonly outcome: string;
  /** Whether it is marked as one to be fixed, `test.fixme`. */
  readonly toFix: boolean;
  /** None where the test was never started. */
  readonly attempts: readonly RawAttempt[];
}

export interface RawReport {
  readonly config: JsonObject;
  /** Undefined where there are none: then the report is none that Playwright finished. */
  readonly stats: JsonObject | undefined;
  /** Of the run, not of a test. */
  readonly errors: readonly string[];
  /** Read while they are asked for. */
  readonly tests: Iterable<RawTest>;
}

/** Colours of a terminal, which Playwright leaves in messages. */
// oxlint-disable-next-line no-control-regex -- an escape is what they begin with
const COLOURS = /\u001b\[[\d;]*m/g;

/**
 * Reads the report of `playwright test --reporter=json` (`JSONReport` of `@playwright/test`).
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`; also from `tests`
 */
export function readReport(bytes: Content, limits: Limits): RawReport {
  const report = splitJson(bytes, limits, ["suites"]);
  const { document } = report;
  if (!isObject(document) || !isObject(document["config"]) || document["suites"] === undefined) {
    throw new FormatError("not-this-format", "there is no config, or there are no suites");
  }
  if (!Array.isArray(document["suites"])) throw new FormatError("malformed", "suites is not an array", "/suites");
  const errors = document["errors"];
  if (errors !== undefined && !Array.isArray(errors)) {
    throw new FormatError("malformed", "errors is not an array", "/errors");
  }
  return {
    config: document["config"],
    stats: isObject(document["stats"]) ? document["stats"] : undefined,
    errors: (errors ?? []).map((error) => messageOf(error) ?? "an error without a message"),
    tests: testsOf(report.elements("/suites")),
  };
}

function* testsOf(files: Iterable<unknown>): Generator<RawTest, void, undefined> {
  let index = 0;
  // The outermost suites are the files; their titles are paths.
  for (const file of files) yield* testsIn(file, [], `/suites/${index++}`);
}

function* testsIn(suite: unknown, titles: readonly string[], place: string): Generator<RawTest, void, undefined> {
  if (!isObject(suite)) throw new FormatError("malformed", "the suite is not an object", place);
  for (const [index, spec] of arrayAt(suite, "specs", place).entries()) {
    const at = `${place}/specs/${index}`;
    if (!isObject(spec)) throw new FormatError("malformed", "the spec is not an object", at);
    const file = textOf(spec["file"]) ?? textOf(suite["file"]) ?? "";
    const path = [...titles, textOf(spec["title"]) ?? "(no name)"];
    for (const [test, raw] of arrayAt(spec, "tests", at).entries())
      yield readTest(raw, path, file, `${at}/tests/${test}`);
  }
  if (suite["suites"] === undefined) return;
  for (const [index, inner] of arrayAt(suite, "suites", place).entries()) {
    const title = textOf(objectOf(inner)["title"]);
    yield* testsIn(inner, title === undefined ? titles : [...titles, title], `${place}/suites/${index}`);
  }
}

function readTest(test: unknown, titles: readonly string[], file: string, place: string): RawTest {
  if (!isObject(test)) throw new FormatError("malformed", "the test is not an object", place);
  return {
    titles,
    file,
    project: textOf(test["projectName"]) ?? "",
    expectedStatus: textOf(test["expectedStatus"]) ?? "passed",
    outcome: wordAt(test, "status", place),
    // Those that are made while the test runs are beside the attempt.
    toFix: [test, ...objectsOf(test["results"])].some(isToFix),
    attempts: arrayAt(test, "results", place).map((result, index) => readAttempt(result, `${place}/results/${index}`)),
  };
}

function isToFix({ annotations }: JsonObject): boolean {
  return objectsOf(annotations).some(({ type }) => type === "fixme");
}

function readAttempt(result: unknown, place: string): RawAttempt {
  if (!isObject(result)) throw new FormatError("malformed", "the result is not an object", place);
  const { error, errors, duration } = result;
  return {
    status: wordAt(result, "status", place),
    message: messageOf(error) ?? messageOf(objectsOf(errors)[0]),
    duration: typeof duration === "number" ? duration : undefined,
  };
}

function arrayAt(object: JsonObject, name: string, place: string): readonly unknown[] {
  const value = object[name];
  if (!Array.isArray(value)) throw new FormatError("malformed", `${name} is not an array`, `${place}/${name}`);
  return value;
}

function wordAt(object: JsonObject, name: string, place: string): string {
  const value = textOf(object[name]);
  if (value === undefined) throw new FormatError("malformed", `there is no ${name}`, `${place}/${name}`);
  return value;
}

/** What was thrown is an `Error`, or a value of any kind. */
function messageOf(error: unknown): string | undefined {
  const { message, value } = objectOf(error);
  return (textOf(message) ?? textOf(value))?.replace(COLOURS, "");
}
