import { FormatError } from "../adapter.ts";
import { type ChangeParts, mergedParts } from "../change.ts";
import type { DiagnosticList } from "../diagnostics.ts";
import { objectAt } from "../findings.ts";
import { GITLAB_PAGING, pagedObjects } from "../paging.ts";
import { isObject, type JsonObject } from "../values.ts";
import { approvalsParts, commitOf, mergeRequestParts, protectionOf } from "./map.ts";

/** Answers by the name that each has in a document of several. */
const NAMES = ["merge_request", "approvals", "commits", "protected_branches"] as const;
type Name = (typeof NAMES)[number];

const MEMBERS: Readonly<Record<Name, readonly string[]>> = {
  merge_request: ["iid", "target_branch", "source_branch"],
  approvals: ["approved_by"],
  commits: ["id", "short_id"],
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
  if (name !== undefined) return counted(answerParts(name, document, "", reasons));
  if (!isObject(document) || !NAMES.some((one) => isObject(document[one]) || Array.isArray(document[one])))
    return undefined;
  const present = NAMES.filter((one) => document[one] !== undefined && document[one] !== null);
  const parts = mergedParts(present.map((one) => answerParts(one, document[one], `/${one}`, reasons)));
  const { head } = parts.facts ?? {};
  if (head !== undefined && parts.commits !== undefined && !parts.commits.some(({ sha }) => sha === head)) {
    reasons.add("head-missing", "the last commit of the merge request is not among the commits", "/commits");
  }
  return counted(parts);
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
      return mergeRequestParts(one());
    case "approvals":
      return approvalsParts(one(), pointer);
    case "commits":
      return { commits: list().map((item, index) => commitOf(item, `${pointer}/${index}`)) };
    case "protected_branches": {
      const branches = list();
      return { protections: branches.length === 0 ? [{ protected: false }] : branches.map(protectionOf) };
    }
  }
}

function checked(name: Name, item: JsonObject, pointer: string): JsonObject {
  if (MEMBERS[name].every((member) => member in item)) return item;
  throw new FormatError("malformed", `it is not what GitLab answers on ${name}`, pointer);
}
