import type { Incident, IncidentState, ParsedEvidence } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import { compareText } from "../../util/compare.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import { type CdEvent, cdEventTypesIn, readCdEvents } from "../cdevents.ts";
import type { Content } from "../content.ts";
import { withKeptText } from "../deployment.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { objectOf, textOf } from "../values.ts";

/** CDEvents on incidents: what was detected, reported and resolved. */
export const cdeventsIncident = {
  id: "cdevents-incident",
  title: "CDEvents on incidents",
  kind: "incident",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const TYPES = ["incident.detected", "incident.reported", "incident.resolved"];

function detect(head: Head): Detection {
  if (cdEventTypesIn(head).some((type) => TYPES.includes(type)))
    return { confidence: "certain", reason: "it has CDEvents on incidents" };
  return { confidence: "no", reason: "it has no CDEvents on incidents" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const events = readCdEvents(bytes, TYPES, limits, warnings);
  const groups = Map.groupBy(events, ({ subject }) => subject);
  const incidents = [...groups].map(([id, group]) => withKeptText(incidentOf(id, group), limits));
  const version = events[0]?.version;
  return {
    kind: "incident",
    ...(version === undefined ? {} : { formatVersion: version }),
    tools: [{ name: "CDEvents" }],
    subject: {},
    status: "unknown",
    statusReasons: [],
    quality: { warnings: warnings.list(), inconsistencies: [], redactions: 0 },
    summary: { incidents: incidents.length, open: incidents.filter(({ state }) => state === "open").length },
    body: { incidents },
  };
}

/** An incident is over where its latest event says so; one that is noticed again is open again. */
function incidentOf(id: string, events: readonly CdEvent[]): Incident {
  const ordered = events.toSorted((a, b) => compareText(a.at ?? "", b.at ?? ""));
  const last = ordered.at(-1);
  const state: IncidentState = last?.type === "incident.resolved" ? "resolved" : "open";
  const opened = ordered.find(({ type }) => type !== "incident.resolved");
  const stated = (name: string) =>
    ordered.map(({ content }) => textOf(content[name]) ?? textOf(objectOf(content[name])["id"])).find(Boolean);
  return compact({
    id,
    title: stated("description"),
    service: stated("service"),
    environment: stated("environment"),
    openedAt: opened?.at,
    resolvedAt: state === "resolved" ? last?.at : undefined,
    state,
  });
}
