import type { EventOutcome, ParsedEvidence } from "../../evidence/types.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import { auditLogEvidence, kubernetesActorType, type LoggedEvent, redactionsOf, timeOf } from "../audit-log.ts";
import type { Content } from "../content.ts";
import type { JsonRecord } from "../records.ts";
import { countOf, type JsonObject, objectOf, textOf } from "../values.ts";
import { readEvents } from "./parse.ts";

/** The audit log of a Kubernetes API server, also as Amazon EKS and Azure AKS wrap it. */
export const kubernetesAudit = {
  id: "kubernetes-audit",
  title: "Kubernetes audit log",
  kind: "audit-log",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  // The quotes are escaped where the event is a string inside a wrapper.
  if (/"audit\.k8s\.io\/v\w+\\?"/.test(text) && /"kind\\?"\s*:\s*\\?"Event(?:List)?\\?"/.test(text))
    return { confidence: "certain", reason: "it has events of audit.k8s.io" };
  return { confidence: "no", reason: "it has no events of audit.k8s.io" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  return auditLogEvidence("Kubernetes", readEvents(bytes, limits), eventOf, limits);
}

/** A request has an event for each stage; the later one says more. */
const STAGES = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];

/** https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/#audit-k8s-io-v1-Event */
function eventOf(record: JsonRecord): LoggedEvent {
  const { value } = record;
  const user = textOf(objectOf(value["user"])["username"]);
  const id = textOf(value["auditID"]);
  return {
    record,
    id,
    // `timestamp` is what v1alpha1 had, and some logs of v1 have still.
    at: timeOf(value["requestReceivedTimestamp"]) ?? timeOf(value["stageTimestamp"]) ?? timeOf(value["timestamp"]),
    actor: user,
    actorType: user === undefined ? undefined : kubernetesActorType(user),
    action: textOf(value["verb"]),
    ...targetOf(value),
    outcome: outcomeOf(value),
    redactions: redactionsOf(value, ["sourceIPs", "userAgent", "requestObject", "responseObject"]),
    request: id === undefined ? undefined : { id, stage: STAGES.indexOf(textOf(value["stage"]) ?? "") },
  };
}

/** The query of a request to no object may hold tokens. */
function targetOf(value: JsonObject): Pick<LoggedEvent, "target" | "targetType"> {
  const object = objectOf(value["objectRef"]);
  const resource = textOf(object["resource"]);
  if (resource === undefined) return { target: textOf(value["requestURI"])?.replace(/\?.*/s, "") };
  const parts = [object["namespace"], object["name"], object["subresource"]].map(textOf);
  const target = parts.filter((part) => part !== undefined).join("/");
  const group = textOf(object["apiGroup"]);
  return {
    target: target === "" ? undefined : target,
    targetType: group === undefined ? resource : `${resource}.${group}`,
  };
}

function outcomeOf(value: JsonObject): EventOutcome {
  if (value["stage"] === "Panic") return "failure";
  const code = countOf(objectOf(value["responseStatus"])["code"]);
  if (code === undefined) return "unknown";
  if (code === 401 || code === 403) return "denied";
  return code >= 100 && code < 400 ? "success" : "failure";
}
