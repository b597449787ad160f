import type { TestStatus } from "../../evidence/types.ts";
import { millisecondsOf } from "../dotnet.ts";
import { type RawNode, type RawSuite, wordOf } from "../nunit.ts";
import type { FoundCase } from "../test-cases.ts";

/** What the words of `result` mean. A test that cannot be run fails a run of NUnit, so it is no skip. */
const RESULTS = new Map<string, TestStatus>([
  ["success", "passed"],
  ["passed", "passed"],
  ["failure", "failed"],
  ["failed", "failed"],
  ["error", "errored"],
  ["cancelled", "errored"],
  ["notrunnable", "errored"],
  ["invalid", "errored"],
  ["inconclusive", "skipped"],
  ["ignored", "skipped"],
  ["skipped", "skipped"],
]);

/** The suites of a method: its cases have its name, and are of the fixture around it. */
const METHOD = /^(?:parameterizedtest|parameterizedmethod|genericmethod|theory)$/;

/** A case with what its element says. */
export function foundCase(raw: RawNode, fixture: string): FoundCase {
  return {
    ...nameIn(fixture, raw.attributes["name"]?.trim() ?? ""),
    status: statusOf(raw),
    message: raw.message,
    durationMs: millisecondsOf(raw.attributes["time"]),
  };
}

/** The fixture that the cases of a suite are of; it has no name space. */
export function fixtureOf(suite: RawNode, outer: string): string {
  return METHOD.test(wordOf(suite, "type")) ? outer : suite.attributes["name"]?.trim() || outer;
}

/** Cases have their name space and their fixture in front of their name. */
function nameIn(fixture: string, name: string): Pick<FoundCase, "suite" | "name"> {
  const inside = `.${name}`.indexOf(`.${fixture}.`);
  if (fixture === "" || inside < 0) return { suite: fixture, name };
  const end = inside + fixture.length;
  return { suite: name.slice(0, end), name: name.slice(end + 1) };
}

/** Before 2.5 there was no `result`. */
function statusOf(raw: RawNode): TestStatus {
  const result = wordOf(raw, "result");
  const status = RESULTS.get(result);
  if (raw.failed && status !== "errored") return "failed";
  if (status !== undefined) return status;
  if (result !== "") return "errored";
  if (wordOf(raw, "executed") === "false") return "skipped";
  const success = wordOf(raw, "success");
  if (success === "false") return "failed";
  return success === "true" ? "passed" : "errored";
}

/**
 * Whether a suite has failed by itself: in its set-up or tear-down, or because it could not be loaded.
 *
 * @param bad whether something in it has failed, which makes it fail too
 */
export function isBroken(suite: RawSuite, bad: boolean): boolean {
  // The converter of NUnit 3 writes this for every suite around a failure.
  if (suite.failed) return !bad || suite.message?.startsWith("One or more child tests") !== true;
  if (bad) return false;
  const status = RESULTS.get(wordOf(suite, "result"));
  return status === undefined ? wordOf(suite, "success") === "false" : status === "failed" || status === "errored";
}
