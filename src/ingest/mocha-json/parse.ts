import type { TestStatus } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { parseJsonDocument } from "../json.ts";
import { attemptsOf, type FoundCase } from "../test-cases.ts";
import { countOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";

/** What mocha's JSON reporter writes. */
export interface RawReport {
  readonly stats: JsonObject;
  readonly tests: readonly FoundCase[];
  /** Failures that are no tests: hooks, and what went wrong behind the end of a test. */
  readonly others: readonly FoundCase[];
}

const LISTS = ["failures", "pending", "passes"] as const;
type List = (typeof LISTS)[number];

/**
 * Reads the report of `mocha --reporter json` (`lib/reporters/json.js`). It lists every test without its status, and
 * again in the list of those that passed, failed or are pending.
 *
 * @throws {FormatError} `not-this-format`, `malformed` or `limit-exceeded`
 */
export function readReport(bytes: Content, limits: Limits): RawReport {
  const document = objectOf(parseJsonDocument(bytes, limits));
  const { stats } = document;
  if (!isObject(stats) || !Array.isArray(document["tests"])) {
    throw new FormatError("not-this-format", "there are no stats and no list of tests");
  }
  const listed = new Map(LISTS.map((list) => [list, byTest(document, list)]));
  const tests = testsAt(document, "tests").map((test) => caseOf(test, listOf(test, listed)));
  const left = [...(listed.get("failures")?.values() ?? [])].flat();
  return { stats, tests, others: left.map((failure) => ({ ...caseOf(failure, "failures"), status: "errored" })) };
}

function testsAt(document: JsonObject, list: "tests" | List): readonly JsonObject[] {
  const tests = document[list];
  if (!Array.isArray(tests)) throw new FormatError("malformed", `${list} is not an array`, `/${list}`);
  return tests.map((test: unknown, index) => {
    if (isObject(test) && typeof test["fullTitle"] === "string") return test;
    throw new FormatError("malformed", "the test has no fullTitle", `/${list}/${index}`);
  });
}

/** Tests of one name are told apart by what is wrong with them, if anything is. */
function keyOf(test: JsonObject): string {
  return JSON.stringify([test["file"], test["fullTitle"], objectOf(test["err"])["message"]]);
}

function byTest(document: JsonObject, list: List): Map<string, JsonObject[]> {
  return Map.groupBy(testsAt(document, list), keyOf);
}

/** The list that has the test, which is taken out of it: there may be another test of that name. */
function listOf(test: JsonObject, listed: ReadonlyMap<List, Map<string, JsonObject[]>>): List | undefined {
  const key = keyOf(test);
  return LISTS.find((list) => listed.get(list)?.get(key)?.shift() !== undefined);
}

function caseOf(test: JsonObject, list: List | undefined): FoundCase {
  const [title, full] = [textOf(test["title"]) ?? "", textOf(test["fullTitle"]) ?? ""];
  const { duration } = test;
  const found = {
    suite: full.endsWith(title) ? full.slice(0, full.length - title.length) : "",
    name: title,
    file: textOf(test["file"]),
    message: textOf(objectOf(test["err"])["message"]),
  };
  if (list === "pending") return { ...found, status: "skipped" };
  // mocha --dry-run reports every test as passed; only those that were run have a duration.
  if (list === "passes" && typeof duration !== "number") return { ...found, status: "skipped", note: "not-run" };
  const status: TestStatus = list === "passes" ? "passed" : list === "failures" ? "failed" : "errored";
  return {
    ...found,
    status,
    ...attemptsOf(status, countOf(test["currentRetry"]) ?? 0),
    durationMs: typeof duration === "number" ? duration : undefined,
  };
}
