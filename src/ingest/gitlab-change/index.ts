import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { changeEvidence } from "../change.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { parseJsonDocument } from "../json.ts";
import { readParts } from "./parse.ts";

/** Answers of GitLab's REST API on a merge request and its branches, one or several in a document. */
export const gitlabChange = {
  id: "gitlab-change",
  title: "GitLab merge request JSON",
  kind: "change",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

const SIGNS: readonly (readonly [reason: string, ...signs: readonly RegExp[]])[] = [
  ["a merge request", /"iid"\s*:\s*\d/, /"target_branch"\s*:/, /"source_branch"\s*:/],
  ["approvals", /"approved_by"\s*:\s*\[/, /"(?:approvals_required|approvals_left|user_has_approved)"\s*:/],
  ["commits", /"short_id"\s*:/, /"(?:parent_ids|committed_date)"\s*:/],
  ["changed files", /"new_path"\s*:/, /"old_path"\s*:/, /"(?:new_file|renamed_file|deleted_file)"\s*:/],
  // GitLab writes the diff in front of what it is of, and it may be longer than the head.
  ["a diff", /^\[\s*(?:\[\s*)?\{\s*"diff"\s*:\s*"(?:@@ -\d|--- |Binary files )/],
  ["protected branches", /"push_access_levels"\s*:/, /"merge_access_levels"\s*:/],
  ["a list of protected branches", /^\{\s*"protected_branches"\s*:\s*\[/],
];

function detect({ text }: Head): Detection {
  const found = /^[{[]/.test(text) ? SIGNS.find(([, ...signs]) => signs.every((sign) => sign.test(text))) : undefined;
  if (found === undefined || isEventOfWebhook(text)) {
    return { confidence: "no", reason: "it has no merge request, approvals, commits, files or branches of GitLab" };
  }
  return { confidence: "certain", reason: `it has ${found[0]} of GitLab` };
}

/** Webhooks and pipelines hold merge requests and commits in other shapes; deployments hold commits. */
function isEventOfWebhook(text: string): boolean {
  return /"(?:object_kind|deployable)"\s*:/.test(text);
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const parts = readParts(parseJsonDocument(bytes, limits), reasons);
  if (parts === undefined) throw new FormatError("not-this-format", "it is no answer of GitLab's API that is known");
  if (parts.reviews !== undefined && parts.facts?.author === undefined) {
    const why = "GitLab may let authors approve their own; put the merge request beside the approvals";
    warnings.add("author-unknown", `the approvals do not say who the author is, so they are not counted: ${why}`);
  }
  return changeEvidence({ tool: "GitLab", ...parts, reasons, warnings }, limits);
}
