import type { EventOutcome, ParsedEvidence } from "../../evidence/types.ts";
import type { Limits } from "../../util/limits.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { auditLogEvidence, type LoggedEvent, redactionsOf, timeOf } from "../audit-log.ts";
import type { Content } from "../content.ts";
import { objectAt } from "../findings.ts";
import { type JsonRecord, parseAt, recordsIn } from "../records.ts";
import { isObject, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";

/** AWS CloudTrail: a log file, the answer of `aws cloudtrail lookup-events`, an array, or an event in each line. */
export const cloudtrail = {
  id: "cloudtrail",
  title: "AWS CloudTrail",
  kind: "audit-log",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const HIDDEN = [
  "sourceIPAddress",
  "userAgent",
  "requestParameters",
  "responseElements",
  "additionalEventData",
  "serviceEventDetails",
  "userIdentity.accessKeyId",
];

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  // Notifications of S3 have the same shape, and `aws:s3` as their source.
  const source = /"eventSource\\?"\s*:\s*\\?"[\w.-]+\.amazonaws\.com/.test(text);
  if (source && /"eventVersion\\?"\s*:/.test(text) && /"eventName\\?"\s*:/.test(text))
    return { confidence: "certain", reason: "it has events of AWS services" };
  if (/"CloudTrailEvent"\s*:/.test(text)) return { confidence: "certain", reason: "it has events of CloudTrail" };
  if (/^\{\s*"Records"\s*:\s*\[\s*\]\s*\}/.test(text)) return { confidence: "likely", reason: "it has no records" };
  return { confidence: "no", reason: "it has no events of AWS services" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return auditLogEvidence("AWS CloudTrail", readEvents(bytes, limits), eventOf, limits);
}

/** Of a log file, and of `lookup-events`. */
const LISTS = ["Records", "Events"];

function* readEvents(bytes: Content, limits: Limits): Generator<JsonRecord, void, undefined> {
  for (const record of recordsIn(bytes, limits, ...LISTS)) {
    const name = LISTS.find((one) => one in record.value);
    if (name === undefined) yield unwrapped(record, limits);
    else for (const item of record.list(name)) yield unwrapped(item, limits);
  }
}

/** `lookup-events` has the event as text. */
function unwrapped(record: JsonRecord, limits: Limits): JsonRecord {
  const { value, place } = record;
  const text = textOf(value["CloudTrailEvent"]);
  return text === undefined ? record : { value: objectAt(parseAt(Buffer.from(text), place, limits), place), place };
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
function eventOf(record: JsonRecord): LoggedEvent {
  const { value, place } = record;
  const name = textOf(value["eventName"]);
  const source = textOf(value["eventSource"]);
  if (name === undefined || source === undefined) {
    throw new FormatError("malformed", "it is no event of CloudTrail", place);
  }
  const identity = objectOf(value["userIdentity"]);
  const [resource] = objectsOf(value["resources"]);
  return {
    record,
    id: textOf(value["eventID"]),
    at: timeOf(value["eventTime"]),
    actor: ["arn", "userName", "invokedBy", "principalId", "accountId"]
      .map((member) => textOf(identity[member]))
      .find((text) => text !== undefined),
    actorType: textOf(identity["type"]),
    // The name alone is not unique: several services have a `DeletePolicy`.
    action: `${source.replace(/\.amazonaws\.com$/, "")}:${name}`,
    target: textOf(resource?.["ARN"]) ?? textOf(resource?.["arn"]),
    targetType: textOf(resource?.["type"]),
    outcome: outcomeOf(value),
    redactions: redactionsOf(value, HIDDEN),
  };
}

function outcomeOf(value: JsonObject): EventOutcome {
  const code = textOf(value["errorCode"]) ?? (textOf(value["errorMessage"]) === undefined ? undefined : "");
  if (code !== undefined) return /AccessDenied|Unauthori[sz]ed|Forbidden/i.test(code) ? "denied" : "failure";
  const response = value["responseElements"];
  // A sign-in has no error code, and says how it ended in an element named after it.
  return isObject(response) && Object.values(response).includes("Failure") ? "failure" : "success";
}
