import type { Deployment, DeploymentOutcome } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import { compareText } from "../../util/compare.ts";
import type { Limits } from "../../util/limits.ts";
import { FormatError } from "../adapter.ts";
import { redactionsOf } from "../audit-log.ts";
import { commitIdOf } from "../commit.ts";
import type { Content } from "../content.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { GITHUB_PAGING, notePage } from "../paging.ts";
import { type JsonRecord, pagedRecordsIn } from "../records.ts";
import { countOf, instantOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";

/** https://docs.github.com/rest/deployments/statuses#create-a-deployment-status */
const OUTCOMES = new Map<string, DeploymentOutcome>([
  ["success", "success"],
  ["failure", "failure"],
  ["error", "failure"],
  ["inactive", "inactive"],
  ["in_progress", "in-progress"],
  ["queued", "in-progress"],
  ["pending", "in-progress"],
]);

/** A deployment and what was said of it. */
interface RawDeployment {
  readonly id: string;
  /** Missing where there are only statuses. */
  deployment?: JsonObject;
  service?: string | undefined;
  readonly statuses: JsonObject[];
}

/**
 * Reads deployments and statuses, and puts together those of one deployment. The API's list of deployments says nothing
 * of how they ended.
 *
 * @throws {FormatError} `malformed` or `limit-exceeded` with the place
 */
export function readDeployments(bytes: Content, limits: Limits, reasons: DiagnosticList) {
  const found = new Map<string, RawDeployment>();
  let redactions = 0;
  let records = 0;
  const { records: all, isPage } = pagedRecordsIn(bytes, limits);
  for (const record of all) {
    records++;
    redactions += addRecord(record, found);
  }
  if (isPage) notePage(records, "", GITHUB_PAGING, reasons);
  return { deployments: [...found.values()].map(deploymentOf), redactions };
}

/** Adds what a record says, and counts what is left out of it: the payload is whatever the one who deploys likes. */
function addRecord({ value, place }: JsonRecord, found: Map<string, RawDeployment>): number {
  const status = isObject(value["deployment_status"]) ? value["deployment_status"] : undefined;
  const nested = isObject(value["deployment"]) ? value["deployment"] : undefined;
  const isStatus = nested === undefined && textOf(value["deployment_url"]) !== undefined;
  const deployment = nested ?? (isStatus ? undefined : value);
  const said = status ?? (isStatus ? value : undefined);
  const id = idOf(deployment) ?? /\/deployments\/(\d+)$/.exec(textOf(said?.["deployment_url"]) ?? "")?.[1];
  if (id === undefined || (deployment !== undefined && commitIdOf(deployment["sha"]) === undefined)) {
    throw new FormatError("malformed", "it is no deployment and no status of one", place);
  }
  const raw = found.get(id) ?? { id, statuses: [] };
  found.set(id, raw);
  if (deployment !== undefined) raw.deployment = deployment;
  if (said !== undefined) raw.statuses.push(said);
  raw.service ??= serviceOf(value, deployment ?? value);
  const { payload } = deployment ?? {};
  const isEmpty = isObject(payload) && Object.keys(payload).length === 0;
  return isEmpty ? 0 : redactionsOf({ payload }, ["payload"]);
}

function idOf(deployment: JsonObject | undefined): string | undefined {
  return countOf(deployment?.["id"])?.toString();
}

function serviceOf(record: JsonObject, answer: JsonObject): string | undefined {
  const url = textOf(answer["repository_url"]) ?? "";
  return textOf(objectOf(record["repository"])["full_name"]) ?? /\/repos\/([^/]+\/[^/]+)$/.exec(url)?.[1];
}

function deploymentOf({ id, deployment = {}, service, statuses }: RawDeployment): Deployment {
  // The API lists the newest first, and a stream the oldest. Two of one second are told apart by their ids.
  const ordered = statuses.toSorted((a, b) => {
    return compareText(timeOf(a) ?? "", timeOf(b) ?? "") || (countOf(a["id"]) ?? 0) - (countOf(b["id"]) ?? 0);
  });
  const last = ordered.at(-1);
  const end = ordered.findLast((status) => /^(?:success|failure|error)$/.test(textOf(status["state"]) ?? ""));
  return compact({
    id,
    service,
    environment: textOf(deployment["environment"]) ?? textOf(last?.["environment"]),
    commit: commitIdOf(deployment["sha"]),
    ref: textOf(deployment["ref"]),
    actor: textOf(objectOf(deployment["creator"] ?? last?.["creator"])["login"]),
    reason: textOf(deployment["description"]),
    startedAt: timeOf(deployment),
    finishedAt: end === undefined ? undefined : timeOf(end),
    outcome: OUTCOMES.get(textOf(last?.["state"]) ?? "") ?? "unknown",
    rollback: /^rollback\b/i.test(textOf(deployment["task"]) ?? ""),
  });
}

function timeOf(value: JsonObject): string | undefined {
  return instantOf(value["created_at"]);
}
