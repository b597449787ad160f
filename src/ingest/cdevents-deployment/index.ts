import type { Deployment, DeploymentOutcome, ParsedEvidence } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import type { Detection, EvidenceAdapter, Head, ParseContext } from "../adapter.ts";
import { type CdEvent, cdEventTypesIn, readCdEvents } from "../cdevents.ts";
import type { Content } from "../content.ts";
import { deploymentEvidence } from "../deployment.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { objectOf, textOf } from "../values.ts";

/** CDEvents on services: what was deployed, upgraded, taken back or removed. */
export const cdeventsDeployment = {
  id: "cdevents-deployment",
  title: "CDEvents on services",
  kind: "deployment",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const TYPES = ["service.deployed", "service.upgraded", "service.rolledback", "service.removed"];

function detect(head: Head): Detection {
  const types = cdEventTypesIn(head);
  const [first] = types;
  if (first === undefined) return { confidence: "no", reason: "it has no CDEvents" };
  if (types.some((type) => TYPES.includes(type)))
    return { confidence: "certain", reason: "it has CDEvents on services" };
  if (types.some((type) => type.startsWith("incident.")))
    return { confidence: "no", reason: "it has CDEvents on incidents" };
  // Nobody else reads them, and here it is said which ones are read.
  return { confidence: "certain", reason: `it has CDEvents of ${first}` };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const warnings = createDiagnostics();
  const events = readCdEvents(bytes, TYPES, limits, warnings);
  return deploymentEvidence(
    { tool: "CDEvents", formatVersion: events[0]?.version, deployments: events.map(deploymentOf), warnings },
    limits,
  );
}

/** The events are sent when it is done, so each is a deployment that has ended. */
function deploymentOf({ id, type, at, subject, content }: CdEvent): Deployment {
  const outcome: DeploymentOutcome = type === "service.removed" ? "inactive" : "success";
  return compact({
    id,
    service: subject,
    environment: textOf(objectOf(content["environment"])["id"]),
    artifact: textOf(content["artifactId"]),
    finishedAt: at,
    outcome,
    rollback: type === "service.rolledback",
  });
}
