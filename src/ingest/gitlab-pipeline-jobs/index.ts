import type { Build, EventOutcome, EvidenceSubject, ParsedEvidence } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { buildEvidence, durationOf, sameIn } from "../build.ts";
import { commitIdOf } from "../commit.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { textAt } from "../findings.ts";
import { GITLAB_PAGING, notePage } from "../paging.ts";
import { type JsonRecord, pagedRecordsIn } from "../records.ts";
import { countOf, instantOf, isObject, type JsonObject, objectOf, textOf } from "../values.ts";

/** The answer of GitLab's API on the jobs of a pipeline, or on one job. */
export const gitlabPipelineJobs = {
  id: "gitlab-pipeline-jobs",
  title: "GitLab pipeline jobs JSON",
  kind: "build",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  if (/"allow_failure"\s*:/.test(text) && /"stage"\s*:/.test(text) && /"pipeline"\s*:\s*\{/.test(text))
    return { confidence: "certain", reason: "it has jobs of a pipeline of GitLab" };
  return { confidence: "no", reason: "it has no jobs of a pipeline of GitLab" };
}

function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const { records, isPage } = pagedRecordsIn(bytes, limits);
  const stated: JsonObject[] = [];
  const builds: Build[] = [];
  for (const record of records) {
    stated.push(factsOf(record));
    builds.push(...buildsOf(record, warnings));
  }
  if (isPage) notePage(stated.length, "", GITLAB_PAGING, reasons);
  const subject = subjectOf(stated);
  return buildEvidence({ tool: { name: "GitLab" }, builds, subject, status: "unknown", reasons, warnings }, limits);
}

/** What all jobs of one pipeline have in common, without what may be large. */
function factsOf({ value, place }: JsonRecord): JsonObject {
  const pipeline = value["pipeline"];
  if (!isObject(pipeline)) throw new FormatError("malformed", "it is no job of a pipeline", `${place}/pipeline`);
  return { pipeline: pipeline["id"], sha: pipeline["sha"], ref: value["ref"], url: value["web_url"] };
}

const OUTCOMES = new Map<string, EventOutcome>([
  ["success", "success"],
  ["failed", "failure"],
  ["canceled", "failure"],
]);

/** https://docs.gitlab.com/api/jobs/; a job that was skipped, or that waits for somebody to start it, built nothing. */
function buildsOf({ value, place }: JsonRecord, warnings: DiagnosticList): readonly Build[] {
  const name = textAt(value["name"], `${place}/name`);
  const status = textAt(value["status"], `${place}/status`);
  const commit = commitIdOf(objectOf(value["pipeline"])["sha"]);
  if (commit === undefined) throw new FormatError("malformed", "it is no id of a commit", `${place}/pipeline/sha`);
  if (status === "skipped" || status === "manual") {
    warnings.add("job-skipped", "a job was not run, so it is no build", place);
    return [];
  }
  const startedAt = instantOf(value["started_at"]);
  const finishedAt = instantOf(value["finished_at"]);
  return [
    compact({
      name,
      outcome: OUTCOMES.get(status) ?? "unknown",
      startedAt,
      finishedAt,
      durationMs: durationOf(startedAt, finishedAt),
      artifacts: [],
      commit,
    }),
  ];
}

function subjectOf(stated: readonly JsonObject[]): EvidenceSubject {
  const pipeline = sameIn(stated.map((one) => countOf(one["pipeline"])));
  return compact({
    repository: sameIn(stated.map(({ url }) => /^(.+)\/-\/jobs\/\d+$/.exec(textOf(url) ?? "")?.[1])),
    commit: sameIn(stated.map(({ sha }) => commitIdOf(sha))),
    ref: sameIn(stated.map(({ ref }) => textOf(ref))),
    run: pipeline === undefined ? undefined : `gitlab:${pipeline}`,
  });
}
