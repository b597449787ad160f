import type { Limits } from "../util/limits.ts";
import { FormatError, type Head } from "./adapter.ts";
import type { Content } from "./content.ts";
import type { DiagnosticList } from "./diagnostics.ts";
import { objectAt } from "./findings.ts";
import { parseAt, recordsIn } from "./records.ts";
import { instantOf, isObject, type JsonObject, objectOf, textOf } from "./values.ts";

/** An event of CDEvents, in its own form: https://cdevents.dev/docs/ */
export interface CdEvent {
  readonly place: string;
  /** Of the event. */
  readonly id: string;
  /** Such as `service.deployed`. */
  readonly type: string;
  readonly at: string | undefined;
  /** The version of the specification. */
  readonly version: string | undefined;
  readonly subject: string;
  readonly content: JsonObject;
}

/** What the adapters of CDEvents read between them, for whoever hands in another one. */
const READ =
  "service.deployed, service.upgraded, service.rolledback and service.removed are read as deployments, and " +
  "incident.detected, incident.reported and incident.resolved as incidents";

const TYPE = /^dev\.cdevents\.([a-z]+\.[a-z]+)(?:\.|$)/;

/** The types of the events in a head, such as `service.deployed`. */
export function cdEventTypesIn({ text }: Head): readonly string[] {
  if (!/^[{[]/.test(text)) return [];
  return [...text.matchAll(/"type"\s*:\s*"dev\.cdevents\.([a-z]+\.[a-z]+)\./g)].map(([, type = ""]) => type);
}

/**
 * The events of some types, out of one event, an array or a stream of lines, as CDEvents or inside of CloudEvents
 * (structured mode). Other events are passed over with a warning.
 *
 * @param types such as `service.deployed`
 * @throws {FormatError} `not-this-format` where none is of these types, `malformed` or `limit-exceeded`
 */
export function readCdEvents(
  bytes: Content,
  types: readonly string[],
  limits: Limits,
  warnings: DiagnosticList,
): readonly CdEvent[] {
  const events: CdEvent[] = [];
  let other: string | undefined;
  for (const { value, place } of recordsIn(bytes, limits)) {
    const event = eventOf(unwrapped(value, place, limits), place);
    if (types.includes(event.type)) events.push(event);
    else {
      other = event.type;
      warnings.add("not-read", `${event.type} is not read`, place);
    }
  }
  if (events.length > 0) return events;
  const what = other === undefined ? "there is no event" : `${other.slice(0, 60)} is not read`;
  throw new FormatError("not-this-format", `${what}; ${READ}`);
}

/** https://github.com/cloudevents/spec/blob/main/cloudevents/formats/json-format.md */
function unwrapped(value: JsonObject, place: string, limits: Limits): JsonObject {
  if (isObject(value["context"])) return value;
  const encoded = textOf(value["data_base64"]);
  const data = encoded === undefined ? value["data"] : parseAt(Buffer.from(encoded, "base64"), place, limits);
  return objectAt(data, `${place}/data`);
}

function eventOf(value: JsonObject, place: string): CdEvent {
  const context = objectOf(value["context"]);
  const subject = objectOf(value["subject"]);
  const type = TYPE.exec(textOf(context["type"]) ?? "")?.[1];
  const id = textOf(context["id"]);
  const name = textOf(subject["id"]);
  if (type === undefined || id === undefined || name === undefined) {
    throw new FormatError("malformed", "it is no CDEvent: it has no type, id or subject", place);
  }
  return {
    place,
    id,
    type,
    at: instantOf(context["timestamp"]),
    version: textOf(context["specversion"]) ?? textOf(context["version"]),
    subject: name,
    content: objectOf(subject["content"]),
  };
}
