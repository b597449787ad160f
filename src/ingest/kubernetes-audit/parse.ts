import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectAt } from "../findings.ts";
import { type JsonRecord, parseAt, type RecordWithLists, recordsIn } from "../records.ts";
import { type JsonObject, objectOf, textOf } from "../values.ts";

/**
 * Reads the events of a log, one for each stage of a request.
 *
 * @throws {FormatError} of every reason
 */
export function* readEvents(bytes: Content, limits: Limits): Generator<JsonRecord, void, undefined> {
  for (const record of recordsIn(bytes, limits, "items", ...LISTS)) yield* unwrapped(record, limits);
}

function* unwrapped(record: RecordWithLists, limits: Limits): Generator<JsonRecord, void, undefined> {
  const { value, place } = record;
  if (value["kind"] === "EventList") {
    versionOf(value, place);
    for (const item of record.list("items")) {
      // The elements of a list need no kind of their own.
      yield eventAt({ kind: "Event", apiVersion: value["apiVersion"], ...item.value }, item.place);
    }
    return;
  }
  // CloudWatch asks with it whether anybody listens.
  if (value["messageType"] === "CONTROL_MESSAGE") return;
  const wrapper = wrapperOf(value);
  if (wrapper === undefined) yield eventAt(value, place);
  else if (typeof wrapper === "string") {
    for (const item of record.list(wrapper)) yield* unwrapped(item, limits);
  } else yield eventAt(objectAt(parseAt(Buffer.from(wrapper.log), place, limits), place), place);
}

const LISTS = ["logEvents", "events", "records"];

/**
 * How a cloud hands events on: a list of records (the name of the member), or one event as text. Of CloudWatch
 * (`logEvents` of a subscription, `events` of `aws logs filter-log-events`) and of Azure Monitor (`records` of an
 * export, `properties.log` of each).
 */
function wrapperOf(value: JsonObject): string | { readonly log: string } | undefined {
  if (value["kind"] !== undefined) return undefined;
  const list = LISTS.find((name) => Array.isArray(value[name]));
  if (list !== undefined) return list;
  const log = textOf(value["message"]) ?? textOf(objectOf(value["properties"])["log"]);
  return log === undefined ? undefined : { log };
}

function eventAt(value: JsonObject, place: string): JsonRecord {
  if (value["kind"] !== "Event") {
    throw new FormatError("malformed", "it is no event of a Kubernetes audit log", place);
  }
  versionOf(value, place);
  return { value, place };
}

function versionOf({ apiVersion }: JsonObject, place: string): void {
  if (apiVersion === "audit.k8s.io/v1") return;
  const version = typeof apiVersion === "string" ? apiVersion : undefined;
  if (version === undefined || !version.startsWith("audit.k8s.io/")) {
    throw new FormatError("malformed", "the event is not of audit.k8s.io", place);
  }
  throw new FormatError("unsupported-version", `${version.slice(0, 40)}; audit.k8s.io/v1 is supported`, place);
}
