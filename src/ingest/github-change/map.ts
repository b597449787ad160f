import type { ChangedFile, ReviewState, SignatureStatus } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import { rangesOf } from "../../util/line-ranges.ts";
import { FormatError } from "../adapter.ts";
import type { ChangeParts, RawReview } from "../change.ts";
import { commitIdOf, type RawCommit } from "../commit.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { addedLinesIn } from "../diff.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { countOf, instantOf, type JsonObject, objectOf, objectsOf, textOf } from "../values.ts";

/** https://docs.github.com/rest/pulls/pulls#get-a-pull-request. Its number of commits and files is no list of them. */
export function pullRequestParts(value: JsonObject, pointer: string): ChangeParts {
  const head = objectAt(value["head"], `${pointer}/head`);
  const base = objectAt(value["base"], `${pointer}/base`);
  const { mergeable, draft } = value;
  const merged = value["merged"] === true || textOf(value["merged_at"]) !== undefined;
  const asked = value["requested_reviewers"];
  const repository = textOf(objectOf(base["repo"])["html_url"]);
  return {
    facts: compact({
      number: countOf(value["number"])?.toString(),
      title: textOf(value["title"]),
      author: loginOf(value["user"]),
      state: merged ? "merged" : textOf(value["state"]),
      draft: typeof draft === "boolean" ? draft : undefined,
      // It is null until GitHub has tried to merge.
      conflicts: typeof mergeable === "boolean" ? !mergeable : undefined,
      base: textOf(base["ref"]),
      head: commitIdOf(head["sha"]),
      mergedBy: loginOf(value["merged_by"]),
      requestedReviewers: Array.isArray(asked)
        ? requestedIn(asked, value["requested_teams"] ?? [], pointer)
        : undefined,
      additions: countOf(value["additions"]),
      deletions: countOf(value["deletions"]),
    }),
    ...(repository === undefined ? {} : { repository }),
    // Before that it is a merge that GitHub makes to try.
    ...(merged ? { mergedAs: commitIdOf(value["merge_commit_sha"]) } : {}),
    ref: textOf(head["ref"]),
  };
}

function loginOf(user: unknown): string | undefined {
  return textOf(objectOf(user)["login"]);
}

/** The logins of users, and the names of teams with an `@` in front. */
export function requestedIn(users: unknown, teams: unknown, pointer: string): readonly string[] {
  const logins = objectsAt(users, `${pointer}/users`).map((user) => textAt(user["login"], `${pointer}/users`));
  return [
    ...logins,
    ...objectsAt(teams, `${pointer}/teams`).map((team) => `@${textAt(team["slug"], `${pointer}/teams`)}`),
  ];
}

const REVIEW_STATES = new Map<string, ReviewState>([
  ["APPROVED", "approved"],
  ["CHANGES_REQUESTED", "changes-requested"],
  ["COMMENTED", "commented"],
  ["DISMISSED", "dismissed"],
  ["PENDING", "pending"],
]);

/** GitHub itself does not count their approvals, and anybody may approve what is public. */
const OUTSIDERS = new Set(["NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN"]);

/** https://docs.github.com/rest/pulls/reviews */
export function reviewOf(value: JsonObject, place: string, warnings: DiagnosticList): RawReview {
  const state = REVIEW_STATES.get((textOf(value["state"]) ?? "").toUpperCase());
  if (state === undefined) throw new FormatError("malformed", "it is no state of a review", `${place}/state`);
  const user = loginOf(value["user"]);
  const association = textOf(value["author_association"]) ?? "";
  const outsider = OUTSIDERS.has(association);
  if (state === "approved" && outsider) {
    const why = `GitHub says that ${user ?? "a deleted account"} is no member (${association}), so the approval does not count`;
    warnings.add("approval-of-outsider", why, place);
  }
  return {
    user,
    state,
    commit: commitIdOf(value["commit_id"]),
    at: instantOf(value["submitted_at"]),
    bot: objectOf(value["user"])["type"] === "Bot" || (user ?? "").endsWith("[bot]"),
    outsider,
  };
}

/**
 * The pull request that reviews are of.
 *
 * @throws {FormatError} `malformed` where there are several: approvals of one must not count for another
 */
export function reviewsPullRequest(reviews: readonly JsonObject[], pointer: string): ChangeParts {
  const urls = new Set(reviews.map((review) => textOf(review["pull_request_url"]) ?? ""));
  if (urls.size > 1) throw new FormatError("malformed", "the reviews are of several pull requests", pointer);
  const number = /\/pulls\/(\d+)$/.exec([...urls].join())?.[1];
  const repository = /^(https?:\/\/.+)\/pull\/\d+/.exec(textOf(reviews[0]?.["html_url"]) ?? "")?.[1];
  return compact({ facts: number === undefined ? {} : { number }, repository });
}

/** `verification.reason`: https://docs.github.com/rest/commits/commits#get-a-commit */
const REASONS = new Map<string, SignatureStatus>([
  ["valid", "good"],
  ["unsigned", "none"],
  ["expired_key", "expired"],
  ["ocsp_revoked", "revoked"],
  ["invalid", "bad"],
  ["malformed_signature", "bad"],
  ["not_signing_key", "bad"],
  ["bad_cert", "bad"],
  ["bad_email", "unknown-validity"],
  ["ocsp_pending", "unknown-validity"],
]);

/** https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request */
export function commitOf(value: JsonObject, place: string): RawCommit {
  const commit = objectAt(value["commit"], `${place}/commit`);
  const sha = commitIdOf(value["sha"]);
  if (sha === undefined) throw new FormatError("malformed", "it is no full id of a commit", `${place}/sha`);
  const person = (name: string) => {
    const { name: called, email } = objectOf(commit[name]);
    return { name: textOf(called), email: textOf(email), login: loginOf(value[name]) };
  };
  const { verified, reason } = objectOf(commit["verification"]);
  // Without a verification GitHub was not asked for one; that is no statement that the commit is not signed.
  const stated = REASONS.get(textOf(reason) ?? "") ?? "uncheckable";
  const signature = stated === "good" && verified !== true ? "uncheckable" : stated;
  const parents = value["parents"];
  return {
    sha,
    parents: Array.isArray(parents)
      ? objectsOf(parents).flatMap((parent) => commitIdOf(parent["sha"]) ?? [])
      : undefined,
    author: person("author"),
    committer: person("committer"),
    message: typeof commit["message"] === "string" ? commit["message"] : "",
    at: instantOf(objectOf(commit["committer"])["date"]),
    signature,
    // GitHub calls a signature valid only where the committer's address is a verified one of the signer.
    signedByCommitter: signature === "good" ? true : undefined,
  };
}

const FILE_STATUSES = new Map([
  ["added", "added"],
  ["modified", "modified"],
  ["changed", "modified"],
  ["unchanged", "modified"],
  ["removed", "deleted"],
  ["renamed", "renamed"],
  ["copied", "copied"],
]);

/** https://docs.github.com/rest/pulls/pulls#list-pull-requests-files */
export function fileOf(value: JsonObject, place: string, inconsistencies: DiagnosticList): ChangedFile {
  const status = FILE_STATUSES.get(textOf(value["status"]) ?? "");
  if (status === undefined) throw new FormatError("malformed", "it is no status of a file", `${place}/status`);
  const additions = countOf(value["additions"]);
  const patch = textOf(value["patch"]);
  const added = patch === undefined ? undefined : addedLinesIn(patch);
  const differs = added !== undefined && added.length !== additions;
  if (differs) inconsistencies.add("additions-differ", "the patch does not add as many lines as the file says", place);
  // GitHub counts nothing in a binary file, and has no patch for it.
  const counted = patch !== undefined || value["changes"] !== 0 || status === "renamed" || status === "copied";
  return compact({
    path: textAt(value["filename"], `${place}/filename`),
    previousPath: textOf(value["previous_filename"]),
    status,
    additions: counted ? additions : undefined,
    deletions: counted ? countOf(value["deletions"]) : undefined,
    addedLines: added === undefined || differs ? undefined : rangesOf(added),
  });
}
