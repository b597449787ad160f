import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createForgeApi, type ForgeApiOptions } from "../../src/collect/forge/api.ts";
import type { ChangeEvidence } from "../../src/evidence/types.ts";
import { GateError } from "../../src/util/errors.ts";
import { temporaryFolder, writeFiles } from "../support.ts";
import { type Answer, type Answers, run, TOKEN, testForge } from "./forge.ts";

const HEAD = "b".repeat(40);
const BASE = "/api/v4/projects/acme%2Fshop";

const REQUEST = {
  id: 1,
  iid: 7,
  title: "Pay in euros",
  // Longer than what a reader looks at to know what a file is.
  description: "x".repeat(20_000),
  state: "opened",
  author: { username: "zoe" },
  changes_count: "1",
  target_branch: "main",
  source_branch: "euros",
  sha: HEAD,
  web_url: "https://gitlab.example.com/acme/shop/-/merge_requests/7",
};
const APPROVALS = {
  ...REQUEST,
  approvals_required: 1,
  approvals_left: 0,
  approved_by: [{ user: { username: "ann" } }],
};
const COMMITS = Array.from({ length: 101 }, (_, index) => ({
  id: index === 0 ? HEAD : index.toString(16).padStart(40, "0"),
  short_id: "x",
  parent_ids: [],
  message: "feat: x",
  author_name: "Zoe",
  committed_date: "2026-03-01T10:00:00.000Z",
}));
const DIFF = {
  old_path: "a.ts",
  new_path: "a.ts",
  diff: "@@ -1 +1,2 @@\n a\n+b\n",
  new_file: false,
  renamed_file: false,
  deleted_file: false,
  collapsed: false,
  too_large: false,
};
const BRANCH = { name: "main", push_access_levels: [], merge_access_levels: [], allow_force_push: false };

type Table = Readonly<Record<string, Answer>>;
const GOOD: Table = {
  "/merge_requests/7": { body: REQUEST },
  "/merge_requests/7/approvals": { body: APPROVALS },
  "/merge_requests/7/diffs": { body: [DIFF], headers: { "x-next-page": "" } },
  "/protected_branches": { body: [BRANCH] },
};

function gitlab(table: Table): Answers {
  return (path) => {
    const url = new URL(path, "http://localhost");
    const name = url.pathname.slice(BASE.length);
    if (name !== "/merge_requests/7/commits") return table[name];
    const page = Number(url.searchParams.get("page") ?? 1);
    return {
      body: COMMITS.slice((page - 1) * 100, page * 100),
      headers: { "x-next-page": page === 1 ? "2" : "", "x-page": `${page}` },
    };
  };
}

const ASK = [
  "evidence",
  "collect",
  "gitlab",
  "--network",
  "--project",
  "acme/shop",
  "--merge-request",
  "7",
  "-o",
  "out",
];

async function shown(folder: string, path: string): Promise<ChangeEvidence> {
  const { out, err } = await run(folder, ["evidence", "show", "--json", path]);
  expect(err).toBe("");
  return JSON.parse(out) as ChangeEvidence;
}

describe("asking GitLab", () => {
  it("writes a change with every page and the protected branches, which the reader knows without being told", async () => {
    const folder = temporaryFolder();
    const forge = await testForge(gitlab(GOOD));
    const result = await run(folder, [...ASK, "--api-url", `${forge.url}/api/v4`], { GITLAB_TOKEN: TOKEN });
    expect(result).toEqual({ code: 0, err: "", out: "out/change.json: change (gitlab-change)\n" });
    const change = await shown(folder, "out/change.json");
    expect(change.status).toBe("unknown");
    expect(change.summary).toMatchObject({ number: "7", commits: 101, approvals: 1, files: 1 });
    expect(change.body.protections).toEqual([{ branch: "main", protected: true, forcePushes: false }]);
    expect(forge.headers.every((headers) => headers["private-token"] === TOKEN && !headers["job-token"])).toBe(true);
  });

  it("takes project, merge request, address and the token of the job from the pipeline", async () => {
    const folder = temporaryFolder();
    const forge = await testForge(gitlab(GOOD));
    const result = await run(folder, ["evidence", "collect", "gitlab", "--network", "-o", "out"], {
      GITLAB_CI: "true",
      CI_PROJECT_PATH: "acme/shop",
      CI_MERGE_REQUEST_IID: "7",
      CI_API_V4_URL: `${forge.url}/api/v4`,
      CI_JOB_TOKEN: TOKEN,
    });
    expect(result).toMatchObject({ code: 0, err: "" });
    expect(forge.headers.every((headers) => headers["job-token"] === TOKEN && !headers["private-token"])).toBe(true);
  });

  it("writes that no branch is protected so that the reader knows it", async () => {
    const folder = temporaryFolder();
    const forge = await testForge(gitlab({ ...GOOD, "/protected_branches": { body: [] } }));
    const wish = [...ASK, "--part", "protection", "--api-url", `${forge.url}/api/v4`];
    expect(await run(folder, wish, { GITLAB_TOKEN: TOKEN })).toMatchObject({ code: 0, err: "" });
    expect((await shown(folder, "out/protection.json")).body.protections).toEqual([{ protected: false }]);
  });

  it("asks for the deployments to an environment since a time", async () => {
    const folder = temporaryFolder();
    const deployment = {
      id: 41,
      iid: 1,
      sha: HEAD,
      status: "success",
      environment: { name: "production" },
      deployable: null,
    };
    const forge = await testForge(gitlab({ "/deployments": { body: [deployment] } }));
    const wish = ["--part", "deployments", "--environment", "production", "--since", "2026-03-01T01:00:00+01:00"];
    const result = await run(folder, [...ASK, ...wish, "--api-url", `${forge.url}/api/v4`], { GITLAB_TOKEN: TOKEN });
    expect(result).toMatchObject({ code: 0, err: "" });
    expect(Object.fromEntries(new URL(forge.asked[0] ?? "", forge.url).searchParams)).toMatchObject({
      environment: "production",
      updated_after: "2026-03-01T00:00:00.000Z",
    });
    const { out } = await run(folder, ["evidence", "show", "out/deployments.json"]);
    expect(out).toContain("deployments 1, success 1");
  });

  it.each<readonly [string, Table, RegExp]>([
    [
      "a refusal",
      { "/merge_requests/7/approvals": { status: 401, body: { message: "401 Unauthorized" } } },
      /401: 401 Unauthorized[\s\S]*GITLAB_TOKEN/,
    ],
    [
      "a refusal in the other form",
      { "/protected_branches": { status: 403, body: { error: "insufficient_scope" } } },
      /403: insufficient_scope/,
    ],
    [
      "a limit",
      { "/merge_requests/7": { status: 429, headers: { "retry-after": "30" }, body: "Retry later" } },
      /in 30 seconds/,
    ],
    [
      "a next page that is no number",
      { "/protected_branches": { body: [BRANCH], headers: { "x-next-page": "2&a=b" } } },
      /no number/,
    ],
    ["another merge request", { "/merge_requests/7": { body: { ...REQUEST, iid: 8 } } }, /not about merge request 7/],
  ])("writes nothing after %s", async (_, table, message) => {
    const folder = temporaryFolder();
    const forge = await testForge(gitlab({ ...GOOD, ...table }));
    const result = await run(folder, [...ASK, "--api-url", `${forge.url}/api/v4`], { GITLAB_TOKEN: TOKEN });
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toMatch(message);
    expect(existsSync(join(folder, "out/change.json"))).toBe(false);
  });

  it.each([["0"], ["shop"], ["acme/sh op"], ["acme//shop"]])("asks nothing for the project %s", async (project) => {
    const args = ["evidence", "collect", "gitlab", "--network", "--project", project, "-o", "out"];
    const result = await run(temporaryFolder(), args, { GITLAB_TOKEN: TOKEN, CI_API_V4_URL: "http://127.0.0.1:1/" });
    expect(result).toMatchObject({ code: 2 });
    expect(result.err).toContain("is no project of GitLab");
  });
});

it("puts saved answers of GitLab together", async () => {
  const folder = temporaryFolder();
  const files = {
    "api/mr.json": REQUEST,
    "api/approvals.json": APPROVALS,
    "api/commits.json": [COMMITS.slice(0, 100), COMMITS.slice(100)],
    "api/diffs.json": [DIFF],
    "api/protected.json": [],
  };
  writeFiles(folder, Object.fromEntries(Object.entries(files).map(([name, value]) => [name, JSON.stringify(value)])));
  const result = await run(folder, ["evidence", "collect", "gitlab", "--from", "api", "-o", "out"]);
  expect(result).toMatchObject({ code: 0, err: "" });
  const change = await shown(folder, "out/change.json");
  expect(change.summary).toMatchObject({ number: "7", author: "zoe", commits: 101, approvals: 1 });
  expect(change.body.protections).toEqual([{ protected: false }]);
});

function apiOf(url: string, options: Partial<ForgeApiOptions>) {
  return createForgeApi({
    base: new URL(`${url}/`),
    header: ["private-token", TOKEN],
    token: TOKEN,
    hint: "",
    ...options,
  });
}

const endless: Answers = (path) => ({
  body: [1],
  headers: { "x-next-page": `${Number(new URL(path, "http://localhost").searchParams.get("page") ?? 1) + 1}` },
});

async function failure(answers: Answers, options: Partial<ForgeApiOptions>) {
  const forge = await testForge(answers);
  const error: unknown = await apiOf(forge.url, options)
    .pages("list")
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(GateError);
  return (error as GateError).message.replace(forge.url, "");
}

describe("what an API may cost", () => {
  it.each<readonly [string, Answers, Partial<ForgeApiOptions>, string]>([
    ["time", () => ({ raw: () => undefined }), { timeoutMs: 50 }, "/list took more than 50 ms"],
    ["bytes", () => ({ body: ["x".repeat(200)] }), { maxBytes: 200 }, "/list answers with more than 200 bytes"],
    ["pages", endless, { maxPages: 3 }, "/list is a list of more than 3 pages"],
    ["requests", endless, { maxRequests: 3 }, "/list takes more than 3 requests"],
    [
      "depth",
      () => ({ body: "[".repeat(300) + "]".repeat(300) }),
      {},
      "/list answers with text/html that is no JSON: nesting beyond 200 levels",
    ],
  ])("%s", async (_, answers, options, message) => {
    expect(await failure(answers, options)).toContain(message);
  });

  it("takes as many bytes and pages as it may", async () => {
    const forge = await testForge((path) => ({
      body: ["x"],
      headers: path.includes("page=2") ? {} : { "x-next-page": "2" },
    }));
    const api = apiOf(forge.url, { maxBytes: 5, maxPages: 2, maxRequests: 2 });
    expect(await api.pages("list")).toEqual([["x"], ["x"]]);
  });
});
