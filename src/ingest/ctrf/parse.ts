import type { TestNote, TestStatus } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { splitJson } from "../json.ts";
import type { FoundCase } from "../test-cases.ts";
import { countOf, isObject, type JsonObject, objectOf, objectsOf, stringsOf, textOf } from "../values.ts";

/** A CTRF report as it is written, and its tests as they are to be counted. */
export interface RawReport {
  readonly version: string | undefined;
  readonly timestamp: unknown;
  readonly tool: JsonObject;
  readonly summary: JsonObject;
  readonly environment: JsonObject;
  readonly cases: Iterable<FoundCase>;
}

/** A test of any other status, such as one that was interrupted, did not do what it should. */
const STATUSES = new Map<unknown, TestStatus>([
  ["passed", "passed"],
  ["failed", "failed"],
  ["skipped", "skipped"],
  ["pending", "skipped"],
  ["other", "errored"],
]);

/**
 * Reads a Common Test Report Format document (ctrf.io, schema versions 0 and 1).
 *
 * @throws {FormatError} of every reason
 */
export function readReport(bytes: Content, limits: Limits): RawReport {
  const split = splitJson(bytes, limits, ["results", "tests"]);
  const root = objectOf(split.document);
  const { results } = root;
  const version = textOf(root["specVersion"]);
  if (root["reportFormat"] !== undefined && root["reportFormat"] !== "CTRF") {
    throw new FormatError("not-this-format", "the reportFormat is not CTRF", "/reportFormat");
  }
  if (!isObject(results)) throw new FormatError("not-this-format", "there are no results", "/results");
  if (version !== undefined && !/^[01]\./.test(version)) {
    throw new FormatError("unsupported-version", "only the versions 0 and 1 are supported", "/specVersion");
  }
  if (!Array.isArray(results["tests"])) throw new FormatError("malformed", "tests is not an array", "/results/tests");
  return {
    version,
    timestamp: root["timestamp"],
    tool: objectOf(results["tool"]),
    summary: objectOf(results["summary"]),
    environment: objectOf(results["environment"]),
    cases: casesIn(split.elements("/results/tests")),
  };
}

function* casesIn(tests: Iterable<unknown>): Generator<FoundCase, void, undefined> {
  let index = 0;
  for (const test of tests) yield caseOf(test, `/results/tests/${index++}`);
}

function caseOf(test: unknown, place: string): FoundCase {
  if (!isObject(test)) throw new FormatError("malformed", "the test is not an object", place);
  const file = textOf(test["filePath"]);
  return {
    suite: stringsOf(test["suite"]).join(" > ") || (file ?? ""),
    name: textOf(test["name"]) ?? "",
    file,
    ...outcomeOf(test, place),
    message: textOf(test["message"]),
    durationMs: typeof test["duration"] === "number" ? test["duration"] : undefined,
  };
}

interface Outcome extends Pick<FoundCase, "attempts" | "flaky" | "outcomes"> {
  readonly status: TestStatus;
  readonly note?: TestNote;
}

function outcomeOf(test: JsonObject, place: string): Outcome {
  const status = statusOf(test["status"], `${place}/status`);
  // jest's reporter writes a todo as "other".
  if (status !== "failed" && test["rawStatus"] === "todo") return { status: "skipped", note: "todo" };
  const retries = countOf(test["retries"]) ?? 0;
  const listed = objectsOf(test["retryAttempts"]).map((attempt, index) => {
    return statusOf(attempt["status"], `${place}/retryAttempts/${index}/status`);
  });
  // By the specification the last attempt is listed too; some leave it out.
  const outcomes = listed.length === retries + 1 ? listed : [...listed, status];
  const flaky = test["flaky"] === true || retries > 0 || listed.some((one) => one !== "passed");
  if (outcomes.length > 1 && outcomes.length === retries + 1 && outcomes.at(-1) === status)
    return { status, flaky, outcomes };
  return { status, flaky, attempts: Math.max(countOf(retries + 1) ?? retries, listed.length) };
}

function statusOf(value: unknown, place: string): TestStatus {
  const status = STATUSES.get(value);
  if (status === undefined) throw new FormatError("malformed", "the status is none of CTRF's", place);
  return status;
}
