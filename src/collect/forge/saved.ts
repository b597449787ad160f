import { FormatError } from "../../ingest/adapter.ts";
import type { Content } from "../../ingest/content.ts";
import { githubChange } from "../../ingest/github-change/index.ts";
import { githubDeployments } from "../../ingest/github-deployments/index.ts";
import { githubEnvironments } from "../../ingest/github-environments/index.ts";
import { githubProtection } from "../../ingest/github-protection/index.ts";
import { gitlabChange } from "../../ingest/gitlab-change/index.ts";
import { gitlabDeployments } from "../../ingest/gitlab-deployments/index.ts";
import { parseJsonDocument } from "../../ingest/json.ts";
import { GITHUB_PAGING, type Paging } from "../../ingest/paging.ts";
import { isObject, type JsonObject, textOf } from "../../ingest/values.ts";
import { GateError } from "../../util/errors.ts";
import { DEFAULT_LIMITS } from "../../util/limits.ts";
import type { CollectedAnswers } from "./files.ts";
import { GITHUB_FILES } from "./github.ts";
import { GITLAB_FILES, withoutDescription } from "./gitlab.ts";

/** A file with an answer of an API, as `gh api`, `glab api` or curl wrote it. */
export interface SavedFile {
  readonly path: string;
  readonly content: Content;
}

/** An answer by what it is. */
interface SavedAnswer {
  readonly path: string;
  readonly value: unknown;
}

/** How an answer is known. */
interface Sign {
  readonly name: string;
  /** Members that the object, or each element of the list, has. */
  readonly members: readonly string[];
  /** Of a list: the names of files that an empty one is known by. */
  readonly emptyName?: RegExp;
  /** Where the members are not enough. */
  readonly is?: (value: JsonObject) => boolean;
  /** There may be several, such as the statuses of several deployments. */
  readonly several?: true;
}

const GITHUB_OBJECTS: readonly Sign[] = [
  { name: "pull_request", members: ["number", "head", "base"] },
  { name: "requested_reviewers", members: ["users", "teams"] },
  { name: "environments", members: ["total_count", "environments"] },
  { name: "protection", members: ["url"], is: ({ url }) => /\/branches\/[^/]+\/protection$/.test(textOf(url) ?? "") },
  { name: "protection", members: ["message"], is: ({ message }) => message === "Branch not protected" },
];

const GITHUB_LISTS: readonly Sign[] = [
  { name: "reviews", members: ["state", "pull_request_url"], emptyName: /reviews/ },
  { name: "commits", members: ["sha", "commit"], emptyName: /commits/ },
  { name: "files", members: ["filename", "status"], emptyName: /files/ },
  { name: "requested_reviewers", members: ["login", "type"], emptyName: /requested.?reviewers/ },
  { name: "rules", members: ["type", "ruleset_id"], emptyName: /rules/ },
  { name: "environments", members: ["total_count", "environments"] },
  { name: "statuses", members: ["deployment_url", "state"], emptyName: /status/, several: true },
  { name: "deployments", members: ["sha", "statuses_url"], emptyName: /deployments/ },
];

const GITLAB_OBJECTS: readonly Sign[] = [
  { name: "approvals", members: ["approved_by"] },
  { name: "merge_request", members: ["iid", "target_branch", "source_branch"] },
];

const GITLAB_LISTS: readonly Sign[] = [
  { name: "commits", members: ["id", "short_id"], emptyName: /commits/ },
  { name: "diffs", members: ["old_path", "new_path", "diff"], emptyName: /diffs/ },
  { name: "protected_branches", members: ["name", "push_access_levels"], emptyName: /protected/ },
  { name: "deployments", members: ["iid", "environment"], emptyName: /deployments/ },
];

/**
 * Puts saved answers of GitHub's API together.
 *
 * @throws {GateError} `evidence-unreadable` where a file is damaged or an error of the API, `evidence-unrecognised` where it
 *   is none of the answers, and `usage` where two are the same or one may be cut
 */
export function bundleGithub(files: readonly SavedFile[]): readonly CollectedAnswers[] {
  const found = sorted(files, GITHUB_OBJECTS, GITHUB_LISTS);
  const value = (name: string) => found.get(name)?.[0]?.value;
  const bundle = membersOf(found, ["pull_request", "reviews", "commits", "files", "requested_reviewers"]);
  const result: CollectedAnswers[] = [];
  if (Object.keys(bundle).length > 0) result.push({ name: GITHUB_FILES.change, value: bundle, reader: githubChange });
  for (const name of ["protection", "rules"] as const) {
    if (found.has(name))
      result.push({ name: GITHUB_FILES[name], value: unpaged(value(name)), reader: githubProtection });
  }
  if (found.has("environments")) {
    result.push({ name: GITHUB_FILES.environments, value: value("environments"), reader: githubEnvironments });
  }
  const records = [...(found.get("deployments") ?? []), ...(found.get("statuses") ?? [])];
  if (records.length > 0) {
    const pages = records.length === 1 ? records[0]?.value : records.flatMap((one) => pagesOf(one, GITHUB_PAGING));
    result.push({ name: GITHUB_FILES.deployments, value: pages, reader: githubDeployments });
  }
  return result;
}

/** As {@link bundleGithub}, of GitLab. */
export function bundleGitlab(files: readonly SavedFile[]): readonly CollectedAnswers[] {
  const found = sorted(files, GITLAB_OBJECTS, GITLAB_LISTS);
  const bundle = membersOf(found, ["merge_request", "approvals", "commits", "diffs", "protected_branches"]);
  const names = Object.keys(bundle);
  const result: CollectedAnswers[] = [];
  if (names.length > 0) {
    const name = names.join() === "protected_branches" ? GITLAB_FILES.protection : GITLAB_FILES.change;
    result.push({ name, value: bundle, reader: gitlabChange });
  }
  const deployments = found.get("deployments")?.[0];
  if (deployments !== undefined) {
    result.push({ name: GITLAB_FILES.deployments, value: deployments.value, reader: gitlabDeployments });
  }
  return result;
}

function membersOf(found: ReadonlyMap<string, readonly SavedAnswer[]>, names: readonly string[]): JsonObject {
  const present = names.flatMap((name) =>
    (found.get(name) ?? []).map(({ value }) => [name, withoutDescription(value)]),
  );
  return Object.fromEntries(present);
}

function sorted(
  files: readonly SavedFile[],
  objects: readonly Sign[],
  lists: readonly Sign[],
): ReadonlyMap<string, readonly SavedAnswer[]> {
  const found = new Map<string, SavedAnswer[]>();
  for (const { path, content } of files) {
    const value = parsed(path, content);
    const sign = signOf(value, path, objects, lists);
    const before = found.get(sign.name) ?? [];
    if (before[0] !== undefined && sign.several !== true) {
      throw new GateError("usage", `${before[0].path} and ${path} are both ${sign.name}`, {
        hint: "Name one of them; the pages of one list belong into one file (`gh api --paginate --slurp`).",
      });
    }
    found.set(sign.name, [...before, { path, value }]);
  }
  return found;
}

function parsed(path: string, content: Content): unknown {
  try {
    return parseJsonDocument(content, DEFAULT_LIMITS);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const at = cause.place === undefined ? "" : ` (${cause.place})`;
    throw new GateError("evidence-unreadable", `${path} is no JSON document: ${cause.message}${at}`, {
      hint: "Save the answer again; pages of a list are one document with `gh api --paginate --slurp`.",
      cause,
    });
  }
}

function signOf(value: unknown, path: string, objects: readonly Sign[], lists: readonly Sign[]): Sign {
  const sign = Array.isArray(value) ? listSign(value, path, lists) : objectSign(value, objects);
  if (sign !== undefined) return sign;
  const said = isObject(value) ? (textOf(value["message"]) ?? textOf(value["error"])) : undefined;
  if (said !== undefined) {
    throw new GateError("evidence-unreadable", `${path} is an error of the API: ${said.slice(0, 200)}`, {
      hint: "Save the answer again with a token that may read it.",
    });
  }
  const names = [...new Set([...objects, ...lists].map(({ name }) => name))].join(", ");
  throw new GateError("evidence-unrecognised", `${path} is none of the answers that are put together`, {
    hint: `They are ${names}; an empty list is known by the name of its file.`,
  });
}

function objectSign(value: unknown, signs: readonly Sign[]): Sign | undefined {
  return isObject(value) ? signs.find((sign) => fits(value, sign)) : undefined;
}

function listSign(list: readonly unknown[], path: string, signs: readonly Sign[]): Sign | undefined {
  const items: readonly unknown[] = list.every(Array.isArray) ? list.flat() : list;
  if (items.length > 0) return signs.find((sign) => items.every((item) => isObject(item) && fits(item, sign)));
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  return signs.find(({ emptyName }) => emptyName?.test(name));
}

function fits(value: JsonObject, { members, is }: Sign): boolean {
  return members.every((member) => member in value) && (is?.(value) ?? true);
}

/** An empty list is known by its name alone, and a list of an empty page is none. */
function unpaged(value: unknown): unknown {
  return Array.isArray(value) && value.length > 0 && value.flat().length === 0 ? [] : value;
}

/** The pages of a list; one that may be cut could not be told from the others once they are one list. */
function pagesOf({ path, value }: SavedAnswer, { sizes, hint }: Paging): readonly unknown[] {
  if (!Array.isArray(value)) return [[value]];
  if (value.length > 0 && value.every(Array.isArray)) return value;
  if (!sizes.includes(value.length)) return [value];
  throw new GateError("usage", `${path} has ${value.length} elements, the size of a page, so there may be more`, {
    hint,
  });
}
