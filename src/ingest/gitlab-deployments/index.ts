import type { Deployment, DeploymentApproval, DeploymentOutcome, ParsedEvidence } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { commitIdOf } from "../commit.ts";
import type { Content } from "../content.ts";
import { deploymentEvidence } from "../deployment.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { objectsAt } from "../findings.ts";
import { GITLAB_PAGING, notePage } from "../paging.ts";
import { type JsonRecord, pagedRecordsIn } from "../records.ts";
import { countOf, instantOf, isObject, objectOf, textOf } from "../values.ts";

/** The answer of GitLab's API on the deployments of a project, or on one. */
export const gitlabDeployments = {
  id: "gitlab-deployments",
  title: "GitLab deployments JSON",
  kind: "deployment",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  if (
    /"iid"\s*:\s*\d/.test(text) &&
    /"environment"\s*:\s*\{/.test(text) &&
    /"(?:deployable|external_url)"\s*:/.test(text)
  )
    return { confidence: "certain", reason: "it has deployments of GitLab" };
  return { confidence: "no", reason: "it has no deployments of GitLab" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const reasons = createDiagnostics();
  const { records, isPage } = pagedRecordsIn(bytes, limits);
  const deployments: Deployment[] = [];
  for (const record of records) deployments.push(deploymentOf(record));
  if (isPage) notePage(deployments.length, "", GITLAB_PAGING, reasons);
  return deploymentEvidence({ tool: "GitLab", deployments, reasons }, limits);
}

/** A deployment that was cancelled or skipped did not take place. */
const OUTCOMES = new Map<string, DeploymentOutcome>([
  ["success", "success"],
  ["failed", "failure"],
  ["canceled", "inactive"],
  ["skipped", "inactive"],
  ["created", "in-progress"],
  ["running", "in-progress"],
  ["blocked", "in-progress"],
]);

/** https://docs.gitlab.com/api/deployments/ */
function deploymentOf({ value, place }: JsonRecord): Deployment {
  const id = countOf(value["id"]);
  if (id === undefined || !isObject(value["environment"])) {
    throw new FormatError("malformed", "it is no deployment of GitLab", place);
  }
  const job = objectOf(value["deployable"]);
  const outcome = OUTCOMES.get(textOf(value["status"]) ?? textOf(job["status"]) ?? "") ?? "unknown";
  const ended = outcome === "success" || outcome === "failure";
  return compact({
    id: `${id}`,
    environment: textOf(value["environment"]["name"]),
    commit: commitIdOf(value["sha"]),
    ref: textOf(value["ref"]),
    actor: textOf(objectOf(value["user"])["username"]),
    startedAt: instantOf(job["started_at"]) ?? instantOf(value["created_at"]),
    finishedAt: ended ? (instantOf(value["finished_at"]) ?? instantOf(job["finished_at"])) : undefined,
    outcome,
    rollback: false,
    approvals: Array.isArray(value["approvals"]) ? approvalsOf(value["approvals"], `${place}/approvals`) : undefined,
  });
}

/** https://docs.gitlab.com/api/deployments/#get-a-specific-deployment; lists do not have them. */
function approvalsOf(approvals: readonly unknown[], place: string): readonly DeploymentApproval[] {
  return objectsAt(approvals, place).map((approval, index) => {
    const user = textOf(objectOf(approval["user"])["username"]);
    if (user === undefined)
      throw new FormatError("malformed", "it does not say who approved", `${place}/${index}/user`);
    return compact({ user, approved: approval["status"] === "approved", at: instantOf(approval["created_at"]) });
  });
}
