import type { EventOutcome, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { auditLogEvidence, kubernetesActorType, type LoggedEvent, redactionsOf, timeOf } from "../audit-log.ts";
import type { Content } from "../content.ts";
import { type JsonRecord, recordsIn } from "../records.ts";
import { type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";

/** Cloud Audit Logs of Google Cloud, GKE among it, as Cloud Logging exports them: an array, or an entry in each line. */
export const gcpAuditLog = {
  id: "gcp-audit-log",
  title: "Google Cloud audit log",
  kind: "audit-log",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const TYPE = "type.googleapis.com/google.cloud.audit.AuditLog";

const HIDDEN = [
  "requestMetadata.callerIp",
  "requestMetadata.callerSuppliedUserAgent",
  "request",
  "response",
  "metadata",
  "serviceData",
];

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  if (/"@type"\s*:\s*"type\.googleapis\.com\/google\.cloud\.audit\.AuditLog"/.test(text))
    return { confidence: "certain", reason: "it has payloads of google.cloud.audit.AuditLog" };
  if (/"logName"\s*:\s*"[^"]*\/logs\/cloudaudit\.googleapis\.com(?:%2F|\/)/i.test(text))
    return { confidence: "certain", reason: "it has entries of a log of cloudaudit.googleapis.com" };
  return { confidence: "no", reason: "it has no audit log of Google Cloud" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return auditLogEvidence("Google Cloud", recordsIn(bytes, limits), eventOf, limits);
}

/** https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry and .../audit/auditlog/rest/Shared.Types/AuditLog */
function eventOf(record: JsonRecord): LoggedEvent {
  const { value, place } = record;
  const payload = objectOf(value["protoPayload"]);
  if (payload["@type"] !== TYPE) {
    throw new FormatError("malformed", "it is no entry of an audit log of Google Cloud", place);
  }
  const actor = actorOf(objectOf(payload["authenticationInfo"]));
  // Of a request to no object of Kubernetes it is the path, whose query may hold tokens.
  const target = textOf(payload["resourceName"])?.replace(/\?.*/s, "");
  const operation = objectOf(value["operation"]);
  return {
    record,
    id: textOf(value["insertId"]),
    at: timeOf(value["timestamp"]) ?? timeOf(value["receiveTimestamp"]),
    actor,
    actorType: actor === undefined ? undefined : actorTypeOf(actor),
    action: actionOf(payload),
    target,
    targetType: textOf(objectOf(value["resource"])["type"]),
    outcome: outcomeOf(value, payload, operation),
    redactions: redactionsOf(payload, HIDDEN) + redactionsOf(value, ["httpRequest"]),
    request: requestOf(operation, payload),
  };
}

/** The address is left out for some callers, such as those of another identity provider. */
function actorOf(info: JsonObject): string | undefined {
  return textOf(info["principalEmail"]) ?? textOf(info["principalSubject"]);
}

function actorTypeOf(actor: string): string {
  if (/\.gserviceaccount\.com$|^serviceAccount:/.test(actor)) return "service";
  return kubernetesActorType(actor);
}

/** The name alone is not unique: several services have a `SetIamPolicy`. */
function actionOf(payload: JsonObject): string | undefined {
  const [service, method] = [textOf(payload["serviceName"]), textOf(payload["methodName"])];
  if (service === undefined || method === undefined) return method;
  return `${service.replace(/\.googleapis\.com$/, "")}:${method}`;
}

/** An operation that takes long has an entry when it starts and one when it ends. */
function requestOf(operation: JsonObject, payload: JsonObject): LoggedEvent["request"] {
  const { id, producer, first, last } = operation;
  if (textOf(id) === undefined || (first === true) === (last === true)) return undefined;
  // Whoever calls may choose an id.
  const parts = [producer, id, payload["serviceName"], payload["methodName"], payload["resourceName"]];
  return { id: JSON.stringify(parts), stage: last === true ? 1 : 0 };
}

/** https://cloud.google.com/apis/design/errors#error_model: PERMISSION_DENIED and UNAUTHENTICATED. */
const DENIED: ReadonlySet<unknown> = new Set([7, 16]);

function outcomeOf(value: JsonObject, payload: JsonObject, { first, last }: JsonObject): EventOutcome {
  const code = objectOf(payload["status"])["code"] ?? 0;
  if (DENIED.has(code) || isForbidden(value, payload)) return "denied";
  if (code !== 0 || isError(value["severity"])) return "failure";
  return first === true && last !== true ? "unknown" : "success";
}

/** What Kubernetes decided; or that no permission was granted, where there is no status. */
function isForbidden(value: JsonObject, payload: JsonObject): boolean {
  if (objectOf(value["labels"])["authorization.k8s.io/decision"] === "forbid") return true;
  const asked = objectsOf(payload["authorizationInfo"]);
  return payload["status"] === undefined && asked.length > 0 && !asked.some(({ granted }) => granted === true);
}

function isError(severity: unknown): boolean {
  return /^(?:ERROR|CRITICAL|ALERT|EMERGENCY)$/.test(String(severity));
}
