import type { EventOutcome, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import { auditLogEvidence, type LoggedEvent, redactionsOf, timeOf } from "../audit-log.ts";
import type { Content } from "../content.ts";
import { type JsonRecord, recordsIn } from "../records.ts";
import { type JsonObject, textOf } from "../values.ts";

/** The audit log of a GitHub organisation or enterprise: an export, the API's answer, or a stream. */
export const githubAuditLog = {
  id: "github-audit-log",
  title: "GitHub audit log",
  kind: "audit-log",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const HIDDEN = [
  "actor_ip",
  "actor_location",
  "user_agent",
  "data",
  "config",
  "hashed_token",
  "external_identity_nameid",
];

function detect({ text }: Head): Detection {
  // The action of a webhook has no dot.
  if (!/^[{[]/.test(text) || !/"action"\s*:\s*"[a-z0-9_]+\.[a-z0-9_.]+"/.test(text))
    return { confidence: "no", reason: "it has no actions such as repo.create" };
  if (/"_document_id"\s*:|"@timestamp"\s*:/.test(text))
    return { confidence: "certain", reason: "it has actions with a timestamp of GitHub" };
  if (/"actor"\s*:/.test(text) && /"created_at"\s*:/.test(text) && /"(?:org|business|repo)"\s*:/.test(text))
    return { confidence: "certain", reason: "it has actions of actors in an organisation" };
  return { confidence: "no", reason: "its actions have no time and organisation" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return auditLogEvidence("GitHub", recordsIn(bytes, limits), eventOf, limits);
}

/** https://docs.github.com/organizations/keeping-your-organization-secure/reviewing-the-audit-log-for-your-organization */
function eventOf(record: JsonRecord): LoggedEvent {
  const { value } = record;
  const actor = textOf(value["actor"]);
  return {
    record,
    id: textOf(value["_document_id"]),
    at: timeOf(value["@timestamp"]) ?? timeOf(value["created_at"]) ?? timeOf(value["at_sign_timestamp"]),
    actor,
    actorType: actorTypeOf(value, actor),
    action: textOf(value["action"]),
    ...targetOf(value),
    outcome: outcomeOf(textOf(value["action"]) ?? ""),
    redactions: redactionsOf(value, HIDDEN),
  };
}

function actorTypeOf(value: JsonObject, actor: string | undefined): string | undefined {
  if (actor === undefined) return undefined;
  return value["actor_is_bot"] === true || actor.endsWith("[bot]") ? "bot" : "user";
}

const TARGETS = [
  ["repo", "repository"],
  ["team", "team"],
  ["org", "organisation"],
  ["business", "enterprise"],
] as const;

function targetOf(value: JsonObject): Pick<LoggedEvent, "target" | "targetType"> {
  for (const [member, targetType] of TARGETS) {
    const target = textOf(value[member]);
    if (target !== undefined) return { target, targetType };
  }
  return {};
}

/** GitHub logs what was done; the few attempts that failed are known by their names. */
function outcomeOf(action: string): EventOutcome {
  if (/\.(?:rejected|blocked|denied)_|_(?:rejected|blocked|denied)$/.test(action)) return "denied";
  return /\.failed_|_failed$/.test(action) ? "failure" : "success";
}
