import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const B = "b".repeat(40);
const C = "c".repeat(40);
type Members = Readonly<Record<string, unknown>>;

function job(more: Members = {}) {
  return {
    id: 21,
    run_id: 9,
    run_url: "https://api.github.com/repos/acme/shop/actions/runs/9",
    head_branch: "main",
    head_sha: B,
    status: "completed",
    conclusion: "success",
    started_at: "2026-03-01T10:00:00Z",
    completed_at: "2026-03-01T10:04:00Z",
    name: "build",
    ...more,
  };
}

function github(...jobs: readonly object[]) {
  return readAs("build", JSON.stringify({ total_count: jobs.length, jobs }), "x.json");
}

describe("GitHub", () => {
  it("reads the jobs of a run", () => {
    const document = readAs("build", fixture("github-jobs.json"), "x.json");
    expect(document).toMatchObject({
      status: "unknown",
      source: { format: "github-workflow-run" },
      subject: { repository: "acme/shop", commit: B, ref: "main", run: "github:9" },
      startedAt: "2026-03-01T10:00:00.000Z",
      producedAt: "2026-03-01T10:01:00.000Z",
      summary: { builds: 2, succeeded: 1, failed: 1, artifacts: 0 },
    });
    expect(document.body.builds[0]).toEqual({
      name: "build (café)",
      outcome: "success",
      startedAt: "2026-03-01T10:00:00.000Z",
      finishedAt: "2026-03-01T10:04:00.000Z",
      durationMs: 240_000,
      artifacts: [],
      commit: B,
    });
  });

  it.each([
    ["completed", "success", "success"],
    ["completed", "failure", "failure"],
    ["completed", "cancelled", "failure"],
    ["completed", "timed_out", "failure"],
    ["completed", "startup_failure", "failure"],
    ["completed", "action_required", "denied"],
    ["completed", "neutral", "unknown"],
    ["completed", "stale", "unknown"],
    ["completed", null, "unknown"],
    ["in_progress", null, "unknown"],
    ["in_progress", "success", "unknown"],
    ["queued", null, "unknown"],
  ])("says of a job that is %s with %s that its outcome is %s", (status, conclusion, outcome) => {
    expect(github(job({ status, conclusion })).body.builds).toMatchObject([{ outcome }]);
  });

  it("does not take a job that was skipped for a build, and says so", () => {
    const document = github(job(), job({ name: "deploy", conclusion: "skipped" }));
    expect(document.body.builds).toMatchObject([{ name: "build" }]);
    expect(document.quality.warnings).toMatchObject([{ code: "job-skipped", place: "/jobs/1" }]);
  });

  it("is empty where every job was skipped", () => {
    expect(github(job({ conclusion: "skipped" }))).toMatchObject({ status: "empty", summary: { builds: 0 } });
  });

  it("reads a run as one build", () => {
    const run = {
      ...job({ name: "CI", id: 9, run_id: undefined, run_url: undefined }),
      workflow_id: 3,
      run_number: 12,
      run_started_at: "2026-03-01T10:00:00Z",
      updated_at: "2026-03-01T10:05:00Z",
      repository: { full_name: "acme/shop" },
    };
    expect(readAs("build", JSON.stringify(run), "x.json")).toMatchObject({
      subject: { repository: "acme/shop", commit: B, ref: "main", run: "github:9" },
      body: { builds: [{ name: "CI", outcome: "success", durationMs: 300_000 }] },
    });
  });

  it("puts pages together, and knows where jobs are missing", () => {
    const page = (name: string) => ({ total_count: 2, jobs: [job({ name })] });
    const whole = readAs("build", JSON.stringify([page("a"), page("b")]), "x.json");
    expect(whole).toMatchObject({ status: "unknown", summary: { builds: 2 } });
    expect(readAs("build", JSON.stringify(page("a")), "x.json")).toMatchObject({
      status: "partial",
      statusReasons: [{ code: "items-missing" }],
    });
    expect(readAs("build", JSON.stringify({ jobs: [job()] }), "x.json").status).toBe("partial");
  });

  it("is about no commit and no run where the jobs are of several", () => {
    const { subject } = github(job(), job({ head_sha: C, run_id: 10, run_url: "x" }));
    expect(subject).toEqual({ ref: "main" });
  });

  it.each([
    ["a job without a name", { jobs: [job({ name: "" })] }, "malformed at /jobs/0/name"],
    ["a job without a commit", { jobs: [job({ head_sha: "main" })] }, "malformed at /jobs/0/head_sha"],
    ["jobs that are none", { jobs: [job(), 1] }, "malformed at /jobs/1"],
    ["a page without jobs", [{ jobs: [job()] }, {}], "malformed at /1/jobs"],
  ])("refuses %s", (_, value, refusal) => expect(refusalOf(JSON.stringify(value), "x.json", "build")).toBe(refusal));
});

function gitlab(more: Members = {}) {
  return {
    id: 31,
    status: "success",
    stage: "build",
    name: "compile",
    ref: "main",
    allow_failure: false,
    started_at: "2026-03-01T10:00:05.000Z",
    finished_at: "2026-03-01T10:03:05.000Z",
    pipeline: { id: 8, sha: B, ref: "main" },
    web_url: "https://gitlab.com/acme/shop/-/jobs/31",
    ...more,
  };
}

describe("GitLab", () => {
  it("reads the jobs of a pipeline", () => {
    const document = readAs("build", fixture("gitlab-jobs.json"), "x.json");
    expect(document).toMatchObject({
      status: "unknown",
      source: { format: "gitlab-pipeline-jobs" },
      subject: { repository: "https://gitlab.com/acme/shop", commit: B, ref: "main", run: "gitlab:8" },
      summary: { builds: 2, succeeded: 1, failed: 1, artifacts: 0 },
    });
    expect(document.body.builds[0]).toMatchObject({ name: "compile café", durationMs: 180_000, commit: B });
  });

  it.each([
    ["success", "success"],
    ["failed", "failure"],
    ["canceled", "failure"],
    ["running", "unknown"],
    ["created", "unknown"],
    ["waiting_for_resource", "unknown"],
  ])("says of a job that is %s that its outcome is %s", (status, outcome) => {
    expect(readAs("build", JSON.stringify([gitlab({ status })]), "x.json").body.builds).toMatchObject([{ outcome }]);
  });

  it.each(["skipped", "manual"])("does not take a job that is %s for a build, and says so", (status) => {
    expect(readAs("build", JSON.stringify([gitlab(), gitlab({ status })]), "x.json")).toMatchObject({
      summary: { builds: 1 },
      quality: { warnings: [{ code: "job-skipped", place: "/1" }] },
    });
  });

  it.each([20, 100])("is partial where the list has %i jobs, the size of a page", (count) => {
    const jobs = Array.from({ length: count }, (_, index) => gitlab({ name: `job ${index}` }));
    expect(readAs("build", JSON.stringify(jobs), "x.json").status).toBe("partial");
    expect(readAs("build", JSON.stringify([...jobs, gitlab()]), "x.json").status).toBe("unknown");
  });

  it.each([
    ["a job without a name", [gitlab({ name: "" })], "malformed at /0/name"],
    ["a job without a status", [gitlab({ status: null })], "malformed at /0/status"],
    ["a job of no pipeline", [gitlab(), gitlab({ pipeline: null })], "malformed at /1/pipeline"],
    ["a pipeline without a commit", [gitlab({ pipeline: { id: 8 } })], "malformed at /0/pipeline/sha"],
  ])("refuses %s", (_, value, refusal) => expect(refusalOf(JSON.stringify(value), "x.json", "build")).toBe(refusal));
});
