import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import type { Content } from "../content.ts";
import { objectAt, objectsAt } from "../findings.ts";
import { type JsonRecord, parseAt, recordsIn } from "../records.ts";
import { type JsonObject, objectOf, textOf } from "../values.ts";

/**
 * Reads the events of a log, one for each stage of a request.
 *
 * @throws {FormatError} of every reason
 */
export function* readEvents(bytes: Content, limits: Limits): Generator<JsonRecord, void, undefined> {
  for (const record of recordsIn(bytes, limits)) yield* unwrapped(record, limits);
}

function* unwrapped(record: JsonRecord, limits: Limits): Generator<JsonRecord, void, undefined> {
  const { value, place } = record;
  if (value["kind"] === "EventList") {
    versionOf(value, place);
    for (const [index, item] of listIn(value, "items", place).entries()) {
      // The elements of a list need no kind of their own.
      yield eventAt({ kind: "Event", apiVersion: value["apiVersion"], ...item }, `${place}/items/${index}`);
    }
    return;
  }
  // CloudWatch asks with it whether anybody listens.
  if (value["messageType"] === "CONTROL_MESSAGE") return;
  const wrapper = wrapperOf(value);
  if (wrapper === undefined) yield eventAt(value, place);
  else if (typeof wrapper === "string") {
    for (const [index, item] of listIn(value, wrapper, place).entries()) {
      yield* unwrapped({ value: item, place: `${place}/${wrapper}/${index}` }, limits);
    }
  } else yield eventAt(objectAt(parseAt(Buffer.from(wrapper.log), place, limits), place), place);
}

/**
 * How a cloud hands events on: a list of records (the name of the member), or one event as text. Of CloudWatch
 * (`logEvents` of a subscription, `events` of `aws logs filter-log-events`) and of Azure Monitor (`records` of an
 * export, `properties.log` of each).
 */
function wrapperOf(value: JsonObject): string | { readonly log: string } | undefined {
  if (value["kind"] !== undefined) return undefined;
  const list = ["logEvents", "events", "records"].find((name) => Array.isArray(value[name]));
  if (list !== undefined) return list;
  const log = textOf(value["message"]) ?? textOf(objectOf(value["properties"])["log"]);
  return log === undefined ? undefined : { log };
}

function listIn(value: JsonObject, name: string, place: string): readonly JsonObject[] {
  if (!Array.isArray(value[name])) throw new FormatError("malformed", `there is no list of ${name}`, place);
  return objectsAt(value[name], `${place}/${name}`);
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
