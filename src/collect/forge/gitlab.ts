import { gitlabChange } from "../../ingest/gitlab-change/index.ts";
import { gitlabDeployments } from "../../ingest/gitlab-deployments/index.ts";
import { countOf, isObject, type JsonObject } from "../../ingest/values.ts";
import { GateError } from "../../util/errors.ts";
import type { ForgeApi } from "./api.ts";
import type { CollectedAnswers } from "./files.ts";

/** What can be asked of GitLab. */
export const GITLAB_PARTS = ["change", "protection", "deployments"] as const;
export type GitlabPart = (typeof GITLAB_PARTS)[number];

/** The file that each part becomes; beside a change, the protected branches are in its file. */
export const GITLAB_FILES = {
  change: "change.json",
  protection: "protection.json",
  deployments: "deployments.json",
} as const satisfies Readonly<Record<GitlabPart, string>>;

export interface GitlabWish {
  /** The id of the project, or its path with its groups. */
  readonly project: string;
  /** The number of the merge request in the project (its `iid`); needed for `change`. */
  readonly request?: string | undefined;
  readonly parts: readonly GitlabPart[];
  /** Deployments to this environment only. */
  readonly environment?: string | undefined;
  /** Deployments that changed since then only; RFC 3339, UTC. */
  readonly since?: string | undefined;
}

/**
 * Asks GitLab for what is wished. All of it or nothing: the first refusal ends it.
 *
 * @throws {GateError} `usage` for a wish that names too little, `forge-failed`
 */
export async function collectGitlab(api: ForgeApi, wish: GitlabWish): Promise<readonly CollectedAnswers[]> {
  const { parts } = wish;
  const project = projectPath(wish.project);
  const found: CollectedAnswers[] = [];
  const change = parts.includes("change") ? await mergeRequest(api, project, wish.request) : undefined;
  const branches = parts.includes("protection")
    ? { protected_branches: await api.pages(`${project}/protected_branches?per_page=100`) }
    : undefined;
  if (change !== undefined || branches !== undefined) {
    const name = change === undefined ? GITLAB_FILES.protection : GITLAB_FILES.change;
    found.push({ name, value: { ...change, ...branches }, reader: gitlabChange });
  }
  if (parts.includes("deployments")) {
    const value = await deployments(api, project, wish);
    found.push({ name: GITLAB_FILES.deployments, value, reader: gitlabDeployments });
  }
  return found;
}

function projectPath(project: string): string {
  if (/^[1-9]\d{0,15}$/.test(project)) return `projects/${project}`;
  if (/^[\w.-]+(?:\/[\w.-]+)+$/.test(project)) return `projects/${encodeURIComponent(project)}`;
  throw new GateError("usage", `"${project}" is no project of GitLab`, {
    hint: "Write it as group/name, or as its id.",
  });
}

async function mergeRequest(api: ForgeApi, project: string, number: string | undefined): Promise<object> {
  if (number === undefined || !/^[1-9]\d{0,9}$/.test(number)) {
    const what = number === undefined ? "no merge request is named" : `"${number}" is no merge request`;
    throw new GateError("usage", what, { hint: "Pass --merge-request NUMBER, or leave `change` out with --part." });
  }
  const path = `${project}/merge_requests/${number}`;
  const before = requestOf(await api.get(path), number);
  const lists = {
    approvals: await api.get(`${path}/approvals`),
    commits: await api.pages(`${path}/commits?per_page=100`),
    diffs: await api.pages(`${path}/diffs?per_page=100`),
  };
  // The answers are of several moments; a commit that came between them would have the approvals of the one before it.
  const request = requestOf(await api.get(path), number);
  if (stateOf(before) !== stateOf(request)) {
    throw new GateError("forge-failed", `merge request ${number} was changed while it was read`, {
      hint: "Run it again.",
    });
  }
  return { ...lists, merge_request: withoutDescription(request), approvals: withoutDescription(lists.approvals) };
}

/** No reader wants the description, which may be so long that the answer behind it is not known for what it is. */
export function withoutDescription(answer: unknown): unknown {
  if (!isObject(answer)) return answer;
  const { description: _, ...rest } = answer;
  return rest;
}

function requestOf(value: unknown, number: string): JsonObject {
  if (isObject(value) && countOf(value["iid"])?.toString() === number) return value;
  throw new GateError("forge-failed", `the answer is not about merge request ${number}`);
}

function stateOf({ sha, target_branch, state }: JsonObject): string {
  return JSON.stringify([sha, target_branch, state]);
}

async function deployments(api: ForgeApi, project: string, { environment, since }: GitlabWish): Promise<unknown> {
  const query = new URLSearchParams({ per_page: "100", order_by: "updated_at", sort: "desc" });
  if (environment !== undefined) query.set("environment", environment);
  if (since !== undefined) query.set("updated_after", since);
  return api.pages(`${project}/deployments?${query}`);
}
