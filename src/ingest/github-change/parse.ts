import { FormatError } from "../adapter.ts";
import { type ChangeParts, mergedParts } from "../change.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { objectAt } from "../findings.ts";
import { GITHUB_PAGING, pagedObjects } from "../paging.ts";
import { countOf, isObject, type JsonObject } from "../values.ts";
import { commitOf, fileOf, pullRequestParts, requestedIn, reviewOf, reviewsPullRequest } from "./map.ts";

/** Where to say what is wrong with the answers. */
export interface Notes {
  readonly reasons: DiagnosticList;
  readonly warnings: DiagnosticList;
  readonly inconsistencies: DiagnosticList;
}

/** The lists that GitHub answers with, by what the elements of each have. */
const LISTS = {
  reviews: ["state", "pull_request_url"],
  commits: ["sha", "commit"],
  files: ["filename", "status"],
  requested_reviewers: ["login", "type"],
} as const;
type ListName = keyof typeof LISTS;
const LIST_NAMES = ["reviews", "commits", "files", "requested_reviewers"] as const satisfies readonly ListName[];

/**
 * The parts of a document: one answer of the API, a list of its pages (`gh api --paginate --slurp`), the payload of a
 * review, or an object with an answer under each name of {@link LISTS} and `pull_request`. Undefined for anything else.
 *
 * @throws {FormatError} `malformed` with the pointer
 */
export function readParts(document: unknown, notes: Notes): ChangeParts | undefined {
  if (Array.isArray(document)) {
    const items = pagedObjects(document, "", GITHUB_PAGING, notes.reasons);
    // Of an empty list there is only the name of the file, and the only name that is taken for a sign is that of reviews.
    const name = LIST_NAMES.find((one) => isListOf(one, items));
    return name === undefined ? undefined : listParts(name, items, "", notes);
  }
  if (!isObject(document)) return undefined;
  if (isPullRequest(document)) return pullRequestParts(document, "");
  if (isRequested(document)) return requestedParts(document, "");
  // Every answer of the API has a URL of its own; a comparison, which lists commits and files as well, is cut at 300.
  if ("url" in document) return undefined;
  const isBundle = isObject(document["pull_request"]) || LIST_NAMES.some((name) => Array.isArray(document[name]));
  return isBundle ? bundleParts(document, notes) : undefined;
}

/** A list of commits has no number, and an issue no head. */
function isPullRequest(value: JsonObject): boolean {
  return countOf(value["number"]) !== undefined && isObject(value["head"]) && isObject(value["base"]);
}

function isRequested(value: JsonObject): boolean {
  return Array.isArray(value["users"]) && Array.isArray(value["teams"]);
}

function requestedParts(value: JsonObject, pointer: string): ChangeParts {
  return { facts: { requestedReviewers: requestedIn(value["users"], value["teams"], pointer) } };
}

function isListOf(name: ListName, items: readonly JsonObject[]): boolean {
  return items.every((item) => LISTS[name].every((member) => member in item));
}

function listParts(name: ListName, items: readonly JsonObject[], pointer: string, notes: Notes): ChangeParts {
  const place = (index: number) => `${pointer}/${index}`;
  switch (name) {
    case "reviews": {
      const reviews = items.map((item, index) => reviewOf(item, place(index), notes.warnings));
      return { ...reviewsPullRequest(items, pointer), reviews, counted: ["approvals", "changesRequested"] };
    }
    case "commits":
      return { commits: items.map((item, index) => commitOf(item, place(index))) };
    case "files":
      return { files: items.map((item, index) => fileOf(item, place(index), notes.inconsistencies)) };
    case "requested_reviewers":
      return { facts: { requestedReviewers: requestedIn(items, [], pointer) } };
  }
}

function bundleParts(document: JsonObject, notes: Notes): ChangeParts {
  const { pull_request: request, review } = document;
  const present = LIST_NAMES.filter((name) => document[name] !== undefined && document[name] !== null);
  const parts = present.map((name) => answerParts(name, document[name], notes));
  // One event of several; what came before and after it is not known, so nothing is counted.
  if (isObject(review) && !present.includes("reviews"))
    parts.push({ reviews: [reviewOf(review, "/review", notes.warnings)] });
  if (isObject(request)) parts.push(pullRequestParts(request, "/pull_request"));
  const numbers = new Set(parts.flatMap(({ facts }) => facts?.number ?? []));
  if (numbers.size > 1) throw new FormatError("malformed", "the parts are of several pull requests", "/reviews");
  const merged = mergedParts(parts);
  if (isObject(request)) compareWithRequest(request, merged, notes);
  return merged;
}

function answerParts(name: ListName, value: unknown, notes: Notes): ChangeParts {
  const pointer = `/${name}`;
  if (!Array.isArray(value)) {
    const answer = objectAt(value, pointer);
    if (name === "requested_reviewers" && isRequested(answer)) return requestedParts(answer, pointer);
    throw new FormatError("malformed", "it is no list", pointer);
  }
  const items = pagedObjects(value, pointer, GITHUB_PAGING, notes.reasons);
  if (!isListOf(name, items)) throw new FormatError("malformed", `it is no list of ${name} of GitHub`, pointer);
  return listParts(name, items, pointer, notes);
}

/** The pull request says how many there are and which commit is the last, which tells a page from the whole. */
function compareWithRequest(request: JsonObject, { commits, files, facts }: ChangeParts, { reasons }: Notes): void {
  for (const [member, list] of [["commits", commits] as const, ["changed_files", files] as const]) {
    const declared = countOf(request[member]);
    if (list === undefined || declared === undefined || declared <= list.length) continue;
    const message = `the pull request has ${declared} ${member}, and ${list.length} are listed`;
    reasons.add("items-missing", message, `/pull_request/${member}`);
  }
  if (commits !== undefined && facts?.head !== undefined && !commits.some(({ sha }) => sha === facts.head)) {
    reasons.add("head-missing", "the last commit of the pull request is not among the commits", "/commits");
  }
}
