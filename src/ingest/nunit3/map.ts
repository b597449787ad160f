import { millisecondsOf } from "../dotnet.ts";
import { type RawNode, type RawSuite, wordOf } from "../nunit.ts";
import type { FoundCase } from "../test-cases.ts";

/** Of a failure that is no failed assertion: an exception, a test that cannot be run, a run that was stopped. */
const ERRORS: ReadonlySet<string> = new Set(["error", "invalid", "cancelled"]);

/** The name of a suite with its name space, where it has one. */
export function nameOf({ attributes }: RawNode): string {
  return attributes["fullname"]?.trim() || attributes["name"]?.trim() || "";
}

/** What `result` says, without what Unity puts behind it, as in `Failed(Child)`. */
export function resultOf(node: RawNode): string {
  return wordOf(node, "result").split(/[:(]/)[0] ?? "";
}

/** A case with what its element says. */
export function foundCase(raw: RawNode, suite: string): FoundCase {
  const { attributes, message } = raw;
  return {
    suite,
    name: attributes["name"] ?? attributes["fullname"] ?? "",
    ...outcomeOf(raw),
    message,
    durationMs: millisecondsOf(attributes["duration"] ?? attributes["time"]),
  };
}

function outcomeOf(raw: RawNode): Pick<FoundCase, "status" | "note"> {
  const label = wordOf(raw, "label");
  switch (resultOf(raw)) {
    case "passed":
    case "warning":
      return { status: raw.failed ? "failed" : "passed" };
    case "failed":
      return { status: ERRORS.has(label) ? "errored" : "failed" };
    case "skipped":
      // Early versions of NUnit 3 have skipped a test that cannot be run.
      if (label === "invalid" || wordOf(raw, "runstate") === "notrunnable") return { status: "errored" };
      return label === "explicit" ? { status: "skipped", note: "not-run" } : { status: "skipped" };
    case "inconclusive":
      return { status: "skipped" };
    default:
      return { status: "errored" };
  }
}

/**
 * Whether a suite has failed by itself: in its set-up or tear-down, or because it could not be loaded.
 *
 * @param bad whether something in it has failed, which makes it fail too
 */
export function isBroken(suite: RawSuite, bad: boolean): boolean {
  const site = wordOf(suite, "site");
  const label = wordOf(suite, "label");
  const own = site !== "child" && site !== "parent";
  if (own && label === "invalid") return true;
  return resultOf(suite) === "failed" && (!bad || (own && site + label !== ""));
}
