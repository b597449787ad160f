import type { EventOutcome, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { auditLogEvidence, type LoggedEvent, redactionsOf, timeOf } from "../audit-log.ts";
import type { Content } from "../content.ts";
import { type JsonRecord, recordsIn } from "../records.ts";
import { countOf, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";

/** Events of the Open Cybersecurity Schema Framework; its findings are another format. */
export const ocsf = {
  id: "ocsf",
  title: "OCSF events",
  kind: "audit-log",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** The category of findings is 2, and the class of each of them is between. */
const FIRST_FINDING = 2000;
const LAST_FINDING = 2999;

const HIDDEN = [
  "src_endpoint",
  "dst_endpoint",
  "device",
  "http_request",
  "http_response",
  "api.request",
  "api.response",
  "raw_data",
  "unmapped",
];

function detect({ text }: Head): Detection {
  const uid = /^[{[]/.test(text) ? /"class_uid"\s*:\s*(\d{1,9})/.exec(text)?.[1] : undefined;
  if (uid === undefined || !/"(?:category_uid|type_uid|activity_id|severity_id)"\s*:/.test(text))
    return { confidence: "no", reason: "it has no events of a class of OCSF" };
  if (isFinding(Number(uid))) return { confidence: "no", reason: "it has findings of OCSF, and no events" };
  return { confidence: "certain", reason: "it has events of a class of OCSF" };
}

function isFinding(uid: number): boolean {
  return uid >= FIRST_FINDING && uid <= LAST_FINDING;
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return auditLogEvidence("OCSF", recordsIn(bytes, limits), eventOf, limits);
}

/** https://schema.ocsf.io/ */
function eventOf(record: JsonRecord): LoggedEvent {
  const { value, place } = record;
  const uid = countOf(value["class_uid"]);
  if (uid === undefined) throw new FormatError("malformed", "the event has no class_uid", place);
  // A finding must not be lost among events.
  if (isFinding(uid)) throw new FormatError("malformed", `it is a finding, of class ${uid}, among events`, place);
  const actor = objectOf(value["actor"]);
  const user = objectOf(actor["user"]);
  const [resource] = objectsOf(value["resources"]);
  return {
    record,
    id: textOf(objectOf(value["metadata"])["uid"]),
    at: timeOf(value["time"]) ?? timeOf(value["time_dt"]),
    actor: textOf(user["name"]) ?? textOf(user["uid"]) ?? textOf(actor["invoked_by"]) ?? textOf(actor["app_name"]),
    actorType: textOf(user["type"]),
    action: textOf(objectOf(value["api"])["operation"]) ?? textOf(value["type_name"]) ?? activityOf(value),
    target: textOf(resource?.["uid"]) ?? textOf(resource?.["name"]),
    targetType: textOf(resource?.["type"]),
    outcome: outcomeOf(value),
    redactions: redactionsOf(value, HIDDEN),
  };
}

function activityOf(value: JsonObject): string | undefined {
  const activity = textOf(value["activity_name"]) ?? countOf(value["activity_id"])?.toString();
  const name = textOf(value["class_name"]) ?? countOf(value["class_uid"])?.toString();
  return activity === undefined ? undefined : `${name}: ${activity}`;
}

/** `action_id` 2 and `disposition_id` 2 say that it was not let through, whatever else is said. */
function outcomeOf(value: JsonObject): EventOutcome {
  if (value["action_id"] === 2 || value["disposition_id"] === 2) return "denied";
  const status = textOf(value["status"])?.toLowerCase();
  if (value["status_id"] === 1 || status === "success") return "success";
  if (value["status_id"] !== 2 && status !== "failure") return "unknown";
  const code = textOf(value["status_code"]) ?? textOf(value["status_detail"]) ?? "";
  return /AccessDenied|Unauthori[sz]ed|Forbidden|^40[13]$/i.test(code) ? "denied" : "failure";
}
