import type { ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { changeEvidence } from "../change.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { parseJsonDocument } from "../json.ts";
import { isObject, textOf } from "../values.ts";
import { readParts } from "./parse.ts";

/** Answers of GitHub's REST API on a pull request, one or several in a document, and the payload of its review webhook. */
export const githubChange = {
  id: "github-change",
  title: "GitHub pull request JSON",
  kind: "change",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** What each answer is known by, in any order of its members. */
const SIGNS: readonly (readonly [reason: string, ...signs: readonly RegExp[]])[] = [
  ["a pull request", /"url"\s*:\s*"[^"]+\/pulls\/\d+"/, /"issue_url"\s*:/, /"(?:number|head|base|diff_url)"\s*:/],
  [
    "reviews",
    /"pull_request_url"\s*:/,
    /"state"\s*:\s*"(?:APPROVED|CHANGES_REQUESTED|COMMENTED|DISMISSED|PENDING)"/i,
    /^(?!.*"diff_hunk"\s*:)/s,
  ],
  ["commits", /"sha"\s*:\s*"[0-9a-f]{40}/, /"commit"\s*:\s*\{/, /"(?:comments_url|comment_count|verification)"\s*:/],
  ["files", /"filename"\s*:/, /"(?:blob_url|raw_url|contents_url)"\s*:/, /"changes"\s*:/],
];

function detect({ text, name }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  const found = SIGNS.find(([, ...signs]) => signs.every((sign) => sign.test(text)));
  // Recorded requests hold answers as well.
  if (found !== undefined && !/"reqheaders"\s*:/.test(text)) {
    return { confidence: "certain", reason: `it has ${found[0]} of GitHub` };
  }
  if (/^\{[^[]*"users"\s*:\s*\[/.test(text) && /"teams"\s*:\s*\[/.test(text))
    return { confidence: "likely", reason: "it has users and teams" };
  if (/requested.?reviewers/.test(name) && /"login"\s*:/.test(text))
    return { confidence: "likely", reason: "it has users and the name of requested reviewers" };
  if (
    text.startsWith("{") &&
    /"documentation_url"\s*:\s*"https:\/\/docs\.github\.com\//.test(text) &&
    /"message"\s*:/.test(text)
  )
    return { confidence: "likely", reason: "it is an error of GitHub's API" };
  if (/^\[\s*(?:\[\s*\]\s*)?\]\s*$/.test(text) && /reviews/.test(name))
    return { confidence: "likely", reason: "it is an empty list with the name of reviews" };
  return { confidence: "no", reason: "it has no pull request, reviews, commits or files of GitHub" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const document = parseJsonDocument(bytes, limits);
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const inconsistencies = createDiagnostics();
  const report = { tool: "GitHub", reasons, warnings, inconsistencies };
  const message = isObject(document) && "documentation_url" in document ? textOf(document["message"]) : undefined;
  if (message !== undefined) {
    reasons.add("api-error", `GitHub answers with an error: ${message}`, "/message");
    return changeEvidence({ ...report, status: "failed" }, limits);
  }
  const parts = readParts(document, { reasons, warnings, inconsistencies });
  if (parts === undefined) throw new FormatError("not-this-format", "it is no answer of GitHub's API that is known");
  return changeEvidence({ ...report, ...parts }, limits);
}
