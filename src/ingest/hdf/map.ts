import type { ControlStatus } from "../../evidence/types.ts";
import type { FoundControl } from "../assessment.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { objectsAt, textAt } from "../findings.ts";
import { earlierOf, instantOf, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";

/** A control of a profile. */
export interface MappedControl {
  readonly found: FoundControl;
  /** Whether its profile builds on others. */
  readonly overlay: boolean;
  /** When its first result was made. */
  readonly startedAt?: string | undefined;
}

/**
 * A control with what its results come to. Messages of results, which quote what is on the machine, the code and the
 * backtraces are left out.
 *
 * @throws {FormatError} `malformed` at the place
 */
export function mapControl(
  control: JsonObject,
  profile: JsonObject,
  place: string,
  warnings: DiagnosticList,
): MappedControl {
  const id = textAt(control["id"], `${place}/id`);
  const results = objectsAt(control["results"], `${place}/results`);
  const impact = typeof control["impact"] === "number" ? control["impact"] : undefined;
  const attested = Object.keys(objectOf(control["attestation_data"])).length > 0;
  if (attested) warnings.add("attested", `${id} was judged by a person`, `${place}/attestation_data`);
  const waiver = waiverOf(objectOf(control["waiver_data"]));
  if (waiver !== undefined) warnings.add("waived", `${id} is ${waiver}`, `${place}/waiver_data`);
  const status = impact === 0 ? "not-applicable" : statusOf(results, attested);
  const why = [waiver, reasonOf(results, status)].filter((part) => part !== undefined);
  return {
    found: {
      id,
      title: textOf(control["title"]),
      framework: textOf(profile["name"]),
      status,
      impact,
      observations: results.length,
      message: why.length === 0 ? undefined : why.join("; "),
    },
    overlay: objectsOf(profile["depends"]).length > 0,
    startedAt: results.map((result) => instantOf(result["start_time"])).reduce(earlierOf, undefined),
  };
}

/**
 * As InSpec judges: what was skipped was not reviewed, whatever else passed. Where a person has judged instead, that is
 * one of the results, and what was skipped no longer matters.
 */
function statusOf(results: readonly JsonObject[], attested: boolean): ControlStatus {
  const words = results.map(wordOf).filter((word) => !attested || word !== "skipped");
  if (words.includes("failed")) return "not-satisfied";
  return words.length > 0 && words.every((word) => word === "passed") ? "satisfied" : "unknown";
}

/** A result with a backtrace that claims to have passed did not run to its end. */
function wordOf({ status, backtrace }: JsonObject): unknown {
  const broken = Array.isArray(backtrace) && backtrace.length > 0;
  return status === "passed" && broken ? "error" : status;
}

/** What the first result says that made the control what it is. */
function reasonOf(results: readonly JsonObject[], status: ControlStatus): string | undefined {
  if (status === "satisfied" || status === "not-applicable") return undefined;
  if (results.length === 0) return "it has no results";
  const result = results.find((one) =>
    status === "not-satisfied" ? wordOf(one) === "failed" : wordOf(one) !== "passed",
  );
  return textOf(result?.["skip_message"]) ?? textOf(result?.["code_desc"]);
}

/** What a waiver says; InSpec writes an empty one for controls that are not waived. */
function waiverOf(waiver: JsonObject): string | undefined {
  const { justification, expiration_date: expires, message, skipped_due_to_waiver: skipped } = waiver;
  if (Object.values(waiver).every((value) => value === null || value === "" || value === false)) return undefined;
  const until = textOf(expires) === undefined ? "" : ` until ${textOf(expires)}`;
  const run = skipped === true || skipped === "true" ? ", and was not run" : "";
  const said = textOf(message) ?? textOf(justification);
  return `waived${until}${run}${said === undefined ? "" : `: ${said}`}`;
}
