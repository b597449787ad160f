import type { ChangedFile, Protection } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import { readFilePatch } from "../../util/patch.ts";
import { FormatError } from "../adapter.ts";
import type { ChangeParts } from "../change.ts";
import { commitIdOf, type RawCommit } from "../commit.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { objectsAt, textAt } from "../findings.ts";
import { countOf, instantOf, type JsonObject, objectOf, stringsOf, textOf } from "../values.ts";

const STATES = new Map([
  ["opened", "open"],
  // For the moment in which it is merged.
  ["locked", "open"],
]);

/** Until GitLab has looked, `has_conflicts` is false. */
const NOT_CHECKED = /^(?:unchecked|checking|preparing|cannot_be_merged_recheck)$/;

/**
 * https://docs.gitlab.com/api/merge_requests/#get-single-mr. Its `reviewers` stay there when they have reviewed, so who
 * was asked and has not is not known.
 */
export function mergeRequestParts(value: JsonObject): ChangeParts {
  const state = textOf(value["state"]);
  const draft = value["draft"] ?? value["work_in_progress"];
  const conflicts = value["has_conflicts"];
  const checked = ![value["merge_status"], value["detailed_merge_status"]].some((one) => NOT_CHECKED.test(String(one)));
  return {
    facts: compact({
      number: countOf(value["iid"])?.toString(),
      title: textOf(value["title"]),
      author: textOf(objectOf(value["author"])["username"]),
      state: state === undefined ? undefined : (STATES.get(state) ?? state),
      draft: typeof draft === "boolean" ? draft : undefined,
      conflicts: typeof conflicts === "boolean" && (conflicts || checked) ? conflicts : undefined,
      base: textOf(value["target_branch"]),
      head: commitIdOf(value["sha"]),
      mergedBy: textOf(objectOf(value["merge_user"])["username"]) ?? textOf(objectOf(value["merged_by"])["username"]),
    }),
    repository: /^(https?:\/\/.+?)\/-\/merge_requests\//.exec(textOf(value["web_url"]) ?? "")?.[1],
    ...(state === "merged"
      ? { mergedAs: commitIdOf(value["merge_commit_sha"]) ?? commitIdOf(value["squash_commit_sha"]) }
      : {}),
    ref: textOf(value["source_branch"]),
  };
}

/** https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects, and what people call their bots. */
const BOT = /^(?:project|group)_\d+_bot|[-_]bot$/i;

/** https://docs.gitlab.com/api/merge_request_approvals/ */
export function approvalsParts(value: JsonObject, pointer: string): ChangeParts {
  const place = `${pointer}/approved_by`;
  const reviews = objectsAt(value["approved_by"], place).map((entry, index) => {
    const user = objectOf(entry["user"]);
    const name = textOf(user["username"]);
    if (name === undefined)
      throw new FormatError("malformed", "it does not say who approved", `${place}/${index}/user`);
    const at = instantOf(entry["approved_at"]);
    return { user: name, state: "approved" as const, at, bot: user["bot"] === true || BOT.test(name) };
  });
  return { reviews };
}

/** https://docs.gitlab.com/api/merge_requests/#get-single-merge-request-commits: signatures are asked for one by one. */
export function commitOf(value: JsonObject, place: string): RawCommit {
  const sha = commitIdOf(value["id"]);
  if (sha === undefined) throw new FormatError("malformed", "it is no full id of a commit", `${place}/id`);
  const parents = stringsOf(value["parent_ids"]).flatMap((parent) => commitIdOf(parent) ?? []);
  const committer = { name: textOf(value["committer_name"]), email: textOf(value["committer_email"]) };
  return {
    sha,
    // Lists leave them out and say `[]`.
    ...(parents.length === 0 ? {} : { parents }),
    author: { name: textOf(value["author_name"]), email: textOf(value["author_email"]) },
    committer,
    message: textOf(value["message"]) ?? textOf(value["title"]) ?? "",
    at: instantOf(value["committed_date"]),
    signature: "uncheckable",
  };
}

/** https://docs.gitlab.com/api/merge_requests/#list-merge-request-diffs */
export function fileOf(value: JsonObject, place: string, reasons: DiagnosticList): ChangedFile {
  const path = textOf(value["new_path"]) ?? textAt(value["old_path"], `${place}/old_path`);
  const status = statusOf(value);
  return compact({
    path,
    previousPath: status === "renamed" ? textOf(value["old_path"]) : undefined,
    status,
    ...linesOf(value, place, (code, why) => reasons.add(code, `${path}: ${why}`, place)),
  });
}

function statusOf(value: JsonObject): string {
  if (value["new_file"] === true) return "added";
  if (value["deleted_file"] === true) return "deleted";
  return value["renamed_file"] === true ? "renamed" : "modified";
}

type Lines = Pick<ChangedFile, "additions" | "deletions" | "addedLines">;

/** What GitLab writes in the place of the diff of a binary file. */
const BINARY = /^Binary files .* differ\s*$/;

function linesOf(value: JsonObject, place: string, miss: (code: string, why: string) => void): Lines {
  const { diff } = value;
  if (typeof diff !== "string") throw new FormatError("malformed", "it is no diff", `${place}/diff`);
  if (value["too_large"] === true || value["collapsed"] === true) {
    miss("diff-left-out", "GitLab leaves out a diff that is too large");
    return {};
  }
  if (diff === "") return withoutDiff(value, miss);
  if (BINARY.test(diff)) return {};
  const { binary, whole, ...lines } = readFilePatch(Buffer.from(diff));
  if (binary) return {};
  if (whole && lines.additions + lines.deletions > 0) return lines;
  miss("diff-cut", "the diff does not have the lines that it says it has");
  return {};
}

/** Before 18.4 a diff that is too large is as empty as that of a file that was only moved, and nothing tells them apart. */
function withoutDiff(value: JsonObject, miss: (code: string, why: string) => void): Lines {
  const isStated = value["too_large"] === false && value["collapsed"] === false;
  if (isStated && (statusOf(value) !== "modified" || value["a_mode"] !== value["b_mode"]))
    return { additions: 0, deletions: 0, addedLines: "" };
  miss("diff-missing", "there is no diff, and GitLab does not say why");
  return {};
}

/** https://docs.gitlab.com/api/protected_branches/ */
export function protectionOf(value: JsonObject): Protection {
  const forced = value["allow_force_push"];
  const owners = value["code_owner_approval_required"];
  return compact({
    branch: textOf(value["name"]),
    protected: true,
    codeOwnerReviews: typeof owners === "boolean" ? owners : undefined,
    forcePushes: typeof forced === "boolean" ? forced : undefined,
  });
}
