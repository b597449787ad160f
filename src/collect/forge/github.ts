import { githubChange } from "../../ingest/github-change/index.ts";
import { githubDeployments } from "../../ingest/github-deployments/index.ts";
import { githubEnvironments } from "../../ingest/github-environments/index.ts";
import { githubProtection } from "../../ingest/github-protection/index.ts";
import { countOf, instantOf, isObject, type JsonObject, objectOf, objectsOf, textOf } from "../../ingest/values.ts";
import { GateError } from "../../util/errors.ts";
import type { ForgeApi } from "./api.ts";
import type { CollectedAnswers } from "./files.ts";

/** What can be asked of GitHub; each is a file, but for a branch, which is two. */
export const GITHUB_PARTS = ["change", "protection", "rules", "environments", "deployments"] as const;
export type GithubPart = (typeof GITHUB_PARTS)[number];

/** The file that each part becomes. */
export const GITHUB_FILES = {
  change: "change.json",
  protection: "protection.json",
  rules: "rules.json",
  environments: "environments.json",
  deployments: "deployments.json",
} as const satisfies Readonly<Record<GithubPart, string>>;

export interface GithubWish {
  /** `owner/name`. */
  readonly repository: string;
  /** The number of the pull request; needed for `change`. */
  readonly pull?: string | undefined;
  /** Whose protection is asked for; default: the branch that the pull request goes to. */
  readonly branch?: string | undefined;
  readonly parts: readonly GithubPart[];
  /** Deployments to this environment only. */
  readonly environment?: string | undefined;
  /** Deployments that were asked for since then only; RFC 3339, UTC. */
  readonly since?: string | undefined;
}

/**
 * Asks GitHub for what is wished. All of it or nothing: the first refusal ends it.
 *
 * @throws {GateError} `usage` for a wish that names too little, `forge-failed`
 */
export async function collectGithub(api: ForgeApi, wish: GithubWish): Promise<readonly CollectedAnswers[]> {
  const repo = repositoryPath(wish.repository);
  const { parts } = wish;
  const found: CollectedAnswers[] = [];
  const needsPull = parts.includes("change") || wish.branch === undefined;
  const change = needsPull && parts.some((part) => /^(?:change|protection|rules)$/.test(part));
  const pull = change ? await readPull(api, repo, wish, parts.includes("change")) : undefined;
  if (pull !== undefined && parts.includes("change")) found.push(pull.answers);
  const branch = encodeURIComponent(wish.branch ?? pull?.base ?? "");
  for (const part of parts) {
    switch (part) {
      case "change":
        break;
      case "protection": {
        const path = `${repo}/branches/${branch}/protection`;
        const value = await api.getOr(path, { status: 404, message: "Branch not protected" });
        found.push({ name: GITHUB_FILES.protection, value, reader: githubProtection });
        break;
      }
      case "rules": {
        const pages = await api.pages(`${repo}/rules/branches/${branch}?per_page=100`);
        found.push({ name: GITHUB_FILES.rules, value: withoutEmptyPages(pages), reader: githubProtection });
        break;
      }
      case "environments": {
        const value = await api.pages(`${repo}/environments?per_page=100`);
        found.push({ name: GITHUB_FILES.environments, value, reader: githubEnvironments });
        break;
      }
      case "deployments":
        found.push({
          name: GITHUB_FILES.deployments,
          value: await deployments(api, repo, wish),
          reader: githubDeployments,
        });
    }
  }
  return found;
}

/** An empty list is known by its name alone, and a list of an empty page is none. */
function withoutEmptyPages(pages: readonly unknown[]): readonly unknown[] {
  return pages.every((page) => Array.isArray(page) && page.length === 0) ? [] : pages;
}

function repositoryPath(repository: string): string {
  const [, owner = "", name = ""] = /^([\w-]+)\/([\w.-]+)$/.exec(repository) ?? [];
  if (owner === "" || name === "." || name === "..") {
    throw new GateError("usage", `"${repository}" is no repository of GitHub`, { hint: "Write it as owner/name." });
  }
  return `repos/${owner}/${name}`;
}

async function readPull(
  api: ForgeApi,
  repo: string,
  { pull, repository }: GithubWish,
  whole: boolean,
): Promise<{ readonly base: string; readonly answers: CollectedAnswers }> {
  if (pull === undefined || !/^[1-9]\d{0,9}$/.test(pull)) {
    throw new GateError("usage", pull === undefined ? "no pull request is named" : `"${pull}" is no pull request`, {
      hint: "Pass --pull NUMBER, or --branch NAME for the protection of a branch alone.",
    });
  }
  const path = `${repo}/pulls/${pull}`;
  const before = requestOf(await api.get(path), pull, repository);
  const lists = whole
    ? {
        reviews: await api.pages(`${path}/reviews?per_page=100`),
        commits: await api.pages(`${path}/commits?per_page=100`),
        files: await api.pages(`${path}/files?per_page=100`),
        requested_reviewers: await api.get(`${path}/requested_reviewers`),
      }
    : {};
  // The lists are of several moments; a commit that came between them would have the reviews of the one before it.
  const request = whole ? requestOf(await api.get(path), pull, repository) : before;
  if (stateOf(before) !== stateOf(request)) {
    throw new GateError("forge-failed", `pull request ${pull} was changed while it was read`, {
      hint: "Run it again.",
    });
  }
  const base = textOf(objectOf(request["base"])["ref"]);
  if (base === undefined) throw new GateError("forge-failed", `pull request ${pull} does not say where it goes to`);
  const value = { pull_request: request, ...lists };
  return { base, answers: { name: GITHUB_FILES.change, value, reader: githubChange } };
}

/** The answer, if it is about what was asked for: a repository that was moved is another one. */
function requestOf(value: unknown, pull: string, repository: string): JsonObject {
  const base = objectOf(objectOf(value)["base"]);
  const name = textOf(objectOf(base["repo"])["full_name"]);
  if (isObject(value) && countOf(value["number"])?.toString() === pull && isSame(name, repository)) return value;
  throw new GateError("forge-failed", `the answer is not about pull request ${pull} of ${repository}`, {
    hint: "Where the repository was renamed, pass its new name.",
  });
}

function isSame(name: string | undefined, repository: string): boolean {
  return name?.toLowerCase() === repository.toLowerCase();
}

function stateOf(request: JsonObject): string {
  return JSON.stringify([objectOf(request["head"])["sha"], objectOf(request["base"])["ref"], request["state"]]);
}

/** The deployments and the statuses of each, as pages of one list. */
async function deployments(api: ForgeApi, repo: string, { environment, since }: GithubWish): Promise<unknown> {
  const filter = environment === undefined ? "" : `&environment=${encodeURIComponent(environment)}`;
  const isLate = (one: JsonObject) => since === undefined || (instantOf(one["created_at"]) ?? since) >= since;
  // The newest come first.
  const isEnough = (page: unknown) => objectsOf(page).some((one) => !isLate(one));
  const listed = await api.pages(`${repo}/deployments?per_page=100${filter}`, isEnough);
  const pages = listed.map((page) => {
    if (!Array.isArray(page)) throw new GateError("forge-failed", "the answer on deployments is no list");
    return page.filter((one: unknown) => !isObject(one) || isLate(one));
  });
  const statuses: unknown[] = [];
  for (const one of pages.flatMap(objectsOf)) {
    const id = countOf(one["id"]);
    if (id === undefined) throw new GateError("forge-failed", "a deployment has no id");
    statuses.push(...(await api.pages(`${repo}/deployments/${id}/statuses?per_page=100`)));
  }
  return [...pages, ...statuses];
}
