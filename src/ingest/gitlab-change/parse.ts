import type { ChangedFile } from "../../evidence/types.ts";
import { FormatError } from "../adapter.ts";
import { type ChangeParts, mergedParts } from "../change.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { objectAt, objectsAt } from "../findings.ts";
import { GITLAB_PAGING, pagedObjects } from "../paging.ts";
import { isObject, type JsonObject, objectOf } from "../values.ts";
import { approvalsParts, commitOf, fileOf, mergeRequestParts, protectionOf } from "./map.ts";

/** Answers by the name that each has in a document of several. */
const NAMES = ["merge_request", "approvals", "commits", "diffs", "protected_branches"] as const;
type Name = (typeof NAMES)[number];

const MEMBERS: Readonly<Record<Name, readonly string[]>> = {
  merge_request: ["iid", "target_branch", "source_branch"],
  approvals: ["approved_by"],
  commits: ["id", "short_id"],
  diffs: ["old_path", "new_path", "diff"],
  protected_branches: ["name", "push_access_levels", "merge_access_levels"],
};

/**
 * The parts of a document: one answer of the API, a list of its pages, or an object with an answer under each of
 * {@link NAMES}. Undefined for anything else.
 *
 * @throws {FormatError} `malformed` with the pointer
 */
export function readParts(document: unknown, reasons: DiagnosticList): ChangeParts | undefined {
  const name = NAMES.find((one) => isAnswerOf(one, document, reasons));
  if (name !== undefined) {
    const parts = answerParts(name, document, "", reasons);
    if (name === "merge_request") noteMissingFiles(objectOf(document), "", parts, reasons);
    return counted(parts);
  }
  if (!isObject(document) || !NAMES.some((one) => isObject(document[one]) || Array.isArray(document[one])))
    return undefined;
  const present = NAMES.filter((one) => document[one] !== undefined && document[one] !== null);
  const parts = mergedParts(present.map((one) => answerParts(one, document[one], `/${one}`, reasons)));
  const { head } = parts.facts ?? {};
  if (head !== undefined && parts.commits !== undefined && !parts.commits.some(({ sha }) => sha === head)) {
    reasons.add("head-missing", "the last commit of the merge request is not among the commits", "/commits");
  }
  const request = document["merge_request"];
  if (isObject(request)) noteMissingFiles(request, "/merge_request", parts, reasons);
  // Of a comparison, which lists commits and diffs as well.
  if (document["compare_timeout"] === true) {
    reasons.add("compare-timeout", "GitLab has not compared everything", "/compare_timeout");
  }
  return counted(parts);
}

/** GitLab lists the files of a merge request some time after it was made, and counts up to a limit, such as `1000+`. */
function noteMissingFiles(request: JsonObject, place: string, { files }: ChangeParts, reasons: DiagnosticList): void {
  if (files === undefined) return;
  if (files.length === 0) reasons.add("no-files", "no file is listed, as where GitLab has not looked yet", place);
  const [said, count, more] = /^(\d+)(\+?)$/.exec(String(request["changes_count"])) ?? [];
  if (said === undefined || (more === "" && Number(count) <= files.length)) return;
  const message = `the merge request has ${said} changed files, and ${files.length} are listed`;
  reasons.add("items-missing", message, `${place}/changes_count`);
}

function isAnswerOf(name: Name, document: unknown, reasons: DiagnosticList): boolean {
  const has = (item: JsonObject) => MEMBERS[name].every((member) => member in item);
  if (!Array.isArray(document)) return isObject(document) && has(document);
  if (name === "merge_request" || name === "approvals" || document.length === 0) return false;
  const [first] = pagedObjects(document.slice(0, 1), "", GITLAB_PAGING, reasons);
  return first !== undefined && has(first);
}

/** The author's own approval can only be left out where the author is known. Requests for changes are not listed. */
function counted(parts: ChangeParts): ChangeParts {
  const known = parts.reviews !== undefined && parts.facts?.author !== undefined;
  return known ? { ...parts, counted: ["approvals"] } : parts;
}

function answerParts(name: Name, value: unknown, pointer: string, reasons: DiagnosticList): ChangeParts {
  const one = () => checked(name, objectAt(value, pointer), pointer);
  const list = () => {
    if (!Array.isArray(value)) return [one()];
    const items = pagedObjects(value, pointer, GITLAB_PAGING, reasons);
    return items.map((item, index) => checked(name, item, `${pointer}/${index}`));
  };
  switch (name) {
    case "merge_request":
      return { ...mergeRequestParts(one()), ...changesParts(one(), pointer, reasons) };
    case "approvals":
      return approvalsParts(one(), pointer);
    case "commits":
      return { commits: list().map((item, index) => commitOf(item, `${pointer}/${index}`)) };
    case "diffs":
      return { files: filesOf(list(), pointer, reasons) };
    case "protected_branches": {
      const branches = list();
      return { protections: branches.length === 0 ? [{ protected: false }] : branches.map(protectionOf) };
    }
  }
}

/** https://docs.gitlab.com/api/merge_requests/#get-single-merge-request-changes: the request with its files. */
function changesParts(request: JsonObject, pointer: string, reasons: DiagnosticList): ChangeParts {
  if (request["changes"] === undefined) return {};
  if (request["overflow"] === true) {
    reasons.add("overflow", "GitLab leaves files or diffs out of a change that is so large", `${pointer}/overflow`);
  }
  const place = `${pointer}/changes`;
  return { files: filesOf(objectsAt(request["changes"], place), place, reasons) };
}

function filesOf(items: readonly JsonObject[], place: string, reasons: DiagnosticList): readonly ChangedFile[] {
  return items.map((item, index) => {
    const at = `${place}/${index}`;
    return fileOf(checked("diffs", item, at), at, reasons);
  });
}

function checked(name: Name, item: JsonObject, pointer: string): JsonObject {
  if (MEMBERS[name].every((member) => member in item)) return item;
  throw new FormatError("malformed", `it is not what GitLab answers on ${name}`, pointer);
}
