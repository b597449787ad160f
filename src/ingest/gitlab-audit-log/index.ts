import type { ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import { auditLogEvidence, type LoggedEvent, redactionsOf, timeOf } from "../audit-log.ts";
import type { Content } from "../content.ts";
import { type JsonRecord, recordsIn } from "../records.ts";
import { countOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";

/** The audit events of GitLab: `audit_json.log`, and the answer of the API of audit events. */
export const gitlabAuditLog = {
  id: "gitlab-audit-log",
  title: "GitLab audit log",
  kind: "audit-log",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** What was changed is named by the action; from what to what may be a secret or an address. */
const HIDDEN = ["ip_address", "from", "to", "with", "as", "meta.remote_ip"];

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  if (/"entity_type"\s*:/.test(text) && /"author_id"\s*:/.test(text) && /"entity_id"\s*:/.test(text))
    return { confidence: "certain", reason: "it has events of authors on entities" };
  return { confidence: "no", reason: "it has no events of authors on entities" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return auditLogEvidence("GitLab", recordsIn(bytes, limits), eventOf, limits);
}

/** https://docs.gitlab.com/administration/logs/#audit_jsonlog and https://docs.gitlab.com/api/audit_events/ */
function eventOf(record: JsonRecord): LoggedEvent {
  const { value } = record;
  // The log has on the top what the API has in `details`.
  const details: JsonObject = isObject(value["details"]) ? value["details"] : value;
  const first = (member: string) => textOf(details[member]) ?? textOf(value[member]);
  const author = countOf(value["author_id"]);
  const id = value["id"];
  return {
    record,
    id: textOf(id) ?? countOf(id)?.toString(),
    at: timeOf(value["created_at"]) ?? timeOf(value["time"]),
    actor: first("author_name") ?? (author === undefined ? undefined : `${author}`),
    actorType: actorTypeOf(first("author_class")),
    action: textOf(value["event_name"]) ?? first("event_name") ?? actionOf(details),
    target: first("entity_path") ?? first("target_details"),
    targetType: textOf(value["entity_type"]) ?? first("target_type"),
    outcome: textOf(details["failed_login"]) === undefined ? "success" : "failure",
    redactions: redactionsOf(details, HIDDEN) + (details === value ? 0 : redactionsOf(value, ["ip_address"])),
  };
}

function actorTypeOf(authorClass: string | undefined): string | undefined {
  if (authorClass === undefined) return undefined;
  return authorClass === "User" ? "user" : authorClass;
}

/** GitLab before 15 named no event; it said what was changed, added or removed. */
function actionOf(details: JsonObject): string | undefined {
  for (const member of ["change", "add", "remove"]) {
    const what = textOf(objectOf(details)[member]);
    if (what !== undefined) return `${member} ${what}`;
  }
  return (
    textOf(details["custom_message"]) ?? (textOf(details["failed_login"]) === undefined ? undefined : "failed_login")
  );
}
