import type { EvidenceSubject, ParsedEvidence } from "../../evidence/types.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { assessmentEvidence, type FoundControl } from "../assessment.ts";
import type { Content } from "../content.ts";
import { createDiagnostics } from "../diagnostics.ts";
import { objectsAt, textAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { instantOf, isObject, type JsonObject, kept, objectOf, textOf } from "../values.ts";

/** `scorecard --format json` of OpenSSF Scorecard: scores since version 3, passes and confidences before. */
export const scorecard = {
  id: "scorecard",
  title: "OpenSSF Scorecard JSON",
  kind: "assessment",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

/** How a reason starts where a check broke, such as for want of a permission. */
const INTERNAL_ERROR = /^internal error/i;

function detect({ text }: Head): Detection {
  if (!text.startsWith("{") || !/"[Cc]hecks"\s*:\s*\[/.test(text)) {
    return { confidence: "no", reason: "it has no list of checks" };
  }
  if (/"scorecard"\s*:\s*\{|ossf\/scorecard\/blob\//.test(text)) {
    return { confidence: "certain", reason: "it has checks of Scorecard" };
  }
  if (/"Checks"\s*:\s*\[/.test(text) && /"Confidence"\s*:/.test(text)) {
    return { confidence: "certain", reason: "it has Checks with a Confidence" };
  }
  return { confidence: "no", reason: "its checks are not of Scorecard" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const document = parseJsonDocument(bytes, limits);
  if (!isObject(document) || !("checks" in document || "Checks" in document)) {
    throw new FormatError("not-this-format", "it has no list of checks");
  }
  const controls =
    "checks" in document
      ? objectsAt(document["checks"], "/checks").map((check, index) => controlOf(check, `/checks/${index}`))
      : objectsAt(document["Checks"], "/Checks").map((check, index) => oldControlOf(check, `/Checks/${index}`));
  const reasons = createDiagnostics();
  const broken = controls.filter(({ status, message }) => status === "unknown" && INTERNAL_ERROR.test(message ?? ""));
  for (const { id, message } of broken) reasons.add("check-failed", `${id}: ${message}`);
  const repository = textOf(objectOf(document["repo"])["name"]) ?? textOf(document["Repo"]);
  const version = textOf(objectOf(document["scorecard"])["version"]);
  const score = document["score"];
  return assessmentEvidence(
    {
      controls,
      // Where no check came to a result the total is -1.
      score: typeof score === "number" && score >= 0 ? score : undefined,
      tools: [version === undefined ? { name: "Scorecard" } : { name: "Scorecard", version }],
      subject: subjectOf(repository === undefined ? undefined : kept(repository, limits), document["repo"]),
      producedAt: dateOf(document["date"] ?? document["Date"]),
      status: broken.length > 0 ? "partial" : undefined,
      reasons,
      warnings: createDiagnostics(),
      inconsistencies: createDiagnostics(),
    },
    limits,
  );
}

/** 10 is satisfied, -1 could not be judged, and everything between leaves something to be done. */
function controlOf(check: JsonObject, place: string): FoundControl {
  const { score, details, documentation } = check;
  if (typeof score !== "number" || !Number.isInteger(score) || score < -1 || score > 10) {
    throw new FormatError("malformed", "the score is none from -1 to 10", `${place}/score`);
  }
  return {
    id: textAt(check["name"], `${place}/name`),
    title: textOf(objectOf(documentation)["short"]),
    framework: "OpenSSF Scorecard",
    status: score === -1 ? "unknown" : score === 10 ? "satisfied" : "not-satisfied",
    score: score === -1 ? undefined : score,
    observations: Array.isArray(details) ? details.length : 0,
    message: textOf(check["reason"]),
  };
}

/** Before version 3 a check passed or failed, with a confidence of 0 where it came to no result. */
function oldControlOf(check: JsonObject, place: string): FoundControl {
  const { Name: name, Pass: pass, Confidence: confidence, Details: details } = check;
  if (typeof pass !== "boolean") throw new FormatError("malformed", "it neither passed nor failed", `${place}/Pass`);
  return {
    id: textAt(name, `${place}/Name`),
    framework: "OpenSSF Scorecard",
    status: confidence === 0 ? "unknown" : pass ? "satisfied" : "not-satisfied",
    observations: Array.isArray(details) ? details.length : 0,
  };
}

/** Scorecard names a repository without a scheme; of a folder it gives the path, and `unknown` for the commit. */
function subjectOf(repository: string | undefined, repo: unknown): EvidenceSubject {
  const commit = textOf(objectOf(repo)["commit"])?.toLowerCase() ?? "";
  const uri = repository?.includes("://") === false ? `https://${repository}` : repository;
  return {
    ...(uri === undefined || uri.startsWith("file:") ? {} : { repository: uri }),
    ...(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit) ? { commit } : {}),
  };
}

/** Up to version 4 there is no time; the start of the day is the oldest it can be. */
function dateOf(date: unknown): string | undefined {
  return instantOf(date) ?? instantOf(`${textOf(date) ?? ""}T00:00:00Z`);
}
