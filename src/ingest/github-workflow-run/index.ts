import type { Build, EventOutcome, EvidenceSubject, ParsedEvidence } from "../../evidence/types.ts";
import { compact } from "../../util/compact.ts";
import { type Detection, type EvidenceAdapter, FormatError, type Head, type ParseContext } from "../adapter.ts";
import { buildEvidence, durationOf, sameIn } from "../build.ts";
import { commitIdOf } from "../commit.ts";
import type { Content } from "../content.ts";
import { createDiagnostics, type DiagnosticList } from "../diagnostics.ts";
import { objectAt, objectsAt, textAt } from "../findings.ts";
import { parseJsonDocument } from "../json.ts";
import { countOf, instantOf, type JsonObject, objectOf, textOf } from "../values.ts";

/** The answers of GitHub's API on a run of a workflow, and on the jobs of one. */
export const githubWorkflowRun = {
  id: "github-workflow-run",
  title: "GitHub workflow run JSON",
  kind: "build",
  detect,
  parse,
} as const satisfies EvidenceAdapter;

function detect({ text }: Head): Detection {
  if (!/^[{[]/.test(text)) return { confidence: "no", reason: "it does not start with JSON" };
  if (/"jobs"\s*:\s*\[/.test(text) && /\/actions\/runs\/\d+"/.test(text) && /"run_id"\s*:/.test(text))
    return { confidence: "certain", reason: "it has jobs of a workflow of GitHub" };
  if (
    text.startsWith("{") &&
    /"workflow_id"\s*:/.test(text) &&
    /"run_number"\s*:/.test(text) &&
    !/"workflow_runs?"/.test(text) &&
    !/"(_document_id|@timestamp)"\s*:/.test(text)
  )
    return { confidence: "certain", reason: "it is a run of a workflow of GitHub" };
  return { confidence: "no", reason: "it has no run of a workflow of GitHub" };
}

/** https://docs.github.com/rest/actions/workflow-jobs and https://docs.github.com/rest/actions/workflow-runs */
function parse(bytes: Content, { limits }: ParseContext): ParsedEvidence {
  const reasons = createDiagnostics();
  const warnings = createDiagnostics();
  const document = parseJsonDocument(bytes, limits);
  const jobs = jobsOf(document, reasons);
  const stated = jobs ?? [{ value: objectAt(document, ""), place: "" }];
  const builds = stated.flatMap((one) => buildsOf(one, jobs === undefined, warnings));
  const subject = subjectOf(
    stated.map(({ value }) => value),
    jobs === undefined,
  );
  return buildEvidence({ tool: { name: "GitHub" }, builds, subject, status: "unknown", reasons, warnings }, limits);
}

interface Stated {
  readonly value: JsonObject;
  readonly place: string;
}

/** The jobs of an answer, or of the pages of one; undefined where it is a run. */
function jobsOf(document: unknown, reasons: DiagnosticList): readonly Stated[] | undefined {
  const paged = Array.isArray(document);
  const pages = paged ? objectsAt(document, "") : [objectAt(document, "")];
  if (!paged && pages[0]?.["jobs"] === undefined) return undefined;
  const found = pages.flatMap((page, index) => {
    const place = paged ? `/${index}/jobs` : "/jobs";
    if (page["jobs"] === undefined) throw new FormatError("malformed", "it is no list of jobs", place);
    return objectsAt(page["jobs"], place).map((value, job) => ({ value, place: `${place}/${job}` }));
  });
  const total = Math.max(...pages.map((page) => countOf(page["total_count"]) ?? Number.POSITIVE_INFINITY), 0);
  if (found.length !== total) {
    const told = Number.isFinite(total) ? `${total}` : "an unknown number";
    reasons.add(
      "items-missing",
      `there are ${told} of jobs, and ${found.length} are in it; use \`gh api --paginate --slurp\``,
    );
  }
  return found;
}

const OUTCOMES = new Map<string, EventOutcome>([
  ["success", "success"],
  ["failure", "failure"],
  ["cancelled", "failure"],
  ["timed_out", "failure"],
  ["startup_failure", "failure"],
  ["action_required", "denied"],
]);

/** A job that was skipped built nothing: it is no build, and no failed one. */
function buildsOf({ value, place }: Stated, isRun: boolean, warnings: DiagnosticList): readonly Build[] {
  const name = textAt(value["name"], `${place}/name`);
  const commit = commitIdOf(value["head_sha"]);
  if (commit === undefined) throw new FormatError("malformed", "it is no id of a commit", `${place}/head_sha`);
  const conclusion = textOf(value["conclusion"]);
  if (conclusion === "skipped") {
    warnings.add("job-skipped", "a job was skipped, so it is no build", place === "" ? undefined : place);
    return [];
  }
  const done = value["status"] === "completed";
  const startedAt = instantOf(value[isRun ? "run_started_at" : "started_at"]);
  const finishedAt = done ? instantOf(value[isRun ? "updated_at" : "completed_at"]) : undefined;
  return [
    compact({
      name,
      outcome: done ? (OUTCOMES.get(conclusion ?? "") ?? "unknown") : "unknown",
      startedAt,
      finishedAt,
      durationMs: durationOf(startedAt, finishedAt),
      artifacts: [],
      commit,
    }),
  ];
}

function subjectOf(stated: readonly JsonObject[], isRun: boolean): EvidenceSubject {
  const run = sameIn(stated.map((value) => countOf(value[isRun ? "id" : "run_id"])));
  const repository = sameIn(stated.map((value) => repositoryOf(value, isRun)));
  return compact({
    repository,
    commit: sameIn(stated.map((value) => commitIdOf(value["head_sha"]))),
    ref: sameIn(stated.map((value) => textOf(value["head_branch"]))),
    run: run === undefined ? undefined : `github:${run}`,
  });
}

function repositoryOf(value: JsonObject, isRun: boolean): string | undefined {
  if (isRun) return textOf(objectOf(value["repository"])["full_name"]);
  return /\/repos\/([^/]+\/[^/]+)\/actions\/runs\/\d+$/.exec(textOf(value["run_url"]) ?? "")?.[1];
}
