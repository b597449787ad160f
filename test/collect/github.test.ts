import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ChangeEvidence } from "../../src/evidence/types.ts";
import { ROOT, temporaryFolder, writeFiles } from "../support.ts";
import { type Answer, run, type TestForge, TOKEN, testForge } from "./forge.ts";

const HEAD = "b".repeat(40);
const REPO = "/api/repos/acme/shop";

const PULL = {
  url: "https://api.github.com/repos/acme/shop/pulls/7",
  issue_url: "https://api.github.com/repos/acme/shop/issues/7",
  number: 7,
  state: "open",
  title: "Pay in euros",
  user: { login: "zoe", type: "User" },
  draft: false,
  mergeable: true,
  merged: false,
  head: { ref: "euros", sha: HEAD },
  base: {
    ref: "release/1",
    sha: "a".repeat(40),
    repo: { full_name: "acme/shop", html_url: "https://github.com/acme/shop" },
  },
  commits: 101,
  changed_files: 1,
};

function commit(index: number) {
  const sha = index === 100 ? HEAD : index.toString(16).padStart(40, "0");
  const person = { name: "Zoe", email: "zoe@example.com", date: "2026-03-01T09:00:00Z" };
  return {
    sha,
    commit: {
      author: person,
      committer: person,
      message: "feat: x",
      verification: { verified: true, reason: "valid" },
    },
    author: { login: "zoe" },
    committer: { login: "zoe" },
    parents: [],
  };
}

const COMMITS = Array.from({ length: 101 }, (_, index) => commit(index));
const REVIEW = {
  user: { login: "ann", type: "User" },
  state: "APPROVED",
  author_association: "MEMBER",
  commit_id: HEAD,
  pull_request_url: "https://api.github.com/repos/acme/shop/pulls/7",
  submitted_at: "2026-03-01T10:00:00Z",
};
const FILE = { filename: "src/pay.ts", status: "modified", additions: 1, deletions: 0, patch: "@@ -1 +1,2 @@\n a\n+b" };
const NOT_PROTECTED = {
  message: "Branch not protected",
  documentation_url: "https://docs.github.com/rest",
  status: "404",
};
const RULE = { type: "pull_request", ruleset_id: 4, parameters: { required_approving_review_count: 2 } };

type Table = Readonly<Record<string, Answer>>;

/** The whole of a repository, by path without its query; a query picks a page. */
const GOOD: Table = {
  "/pulls/7": { body: PULL },
  "/pulls/7/reviews": { body: [REVIEW] },
  "/pulls/7/files": { body: [FILE] },
  "/pulls/7/requested_reviewers": { body: { users: [], teams: [{ slug: "payments" }] } },
  "/branches/release%2F1/protection": { status: 404, body: NOT_PROTECTED },
  "/rules/branches/release%2F1": { body: [RULE] },
};

async function github(table: Table): Promise<TestForge> {
  const forge: TestForge = await testForge((path, { headers }) => {
    const url = new URL(path, `http://${headers.host}`);
    const name = url.pathname.slice(REPO.length);
    const found = table[name];
    if (found !== undefined) return found;
    if (name !== "/pulls/7/commits") return undefined;
    const page = Number(url.searchParams.get("page") ?? 1);
    const more =
      page === 1 ? { link: `<${url.origin}${url.pathname}?per_page=100&page=2>; rel="next", <x>; rel="last"` } : {};
    return { body: COMMITS.slice((page - 1) * 100, page * 100), headers: more };
  });
  return forge;
}

const ASK = ["evidence", "collect", "github", "--network", "--repository", "acme/shop", "--pull", "7", "-o", "out"];

function ask(folder: string, { url }: TestForge, ...more: readonly string[]) {
  return run(folder, [...ASK, "--api-url", `${url}/api`, ...more], { GITHUB_TOKEN: TOKEN });
}

async function shown(folder: string, path: string): Promise<ChangeEvidence> {
  const { code, out, err } = await run(folder, ["evidence", "show", "--json", path]);
  expect(err).toBe("");
  expect(code).toBe(0);
  return JSON.parse(out) as ChangeEvidence;
}

function deployment(id: number, day: number) {
  return {
    id,
    url: `https://api.github.com/repos/acme/shop/deployments/${id}`,
    sha: HEAD,
    environment: "production",
    created_at: `2026-03-0${day}T10:00:00Z`,
    statuses_url: `https://api.github.com/repos/acme/shop/deployments/${id}/statuses`,
    payload: {},
  };
}

async function collected(all: Readonly<Record<string, unknown>>, ...more: readonly string[]) {
  const folder = temporaryFolder();
  writeFiles(
    folder,
    Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
  );
  const result = await run(folder, ["evidence", "collect", "github", "--from", "api", "-o", "out", ...more]);
  return { folder, ...result };
}

describe("asking GitHub", () => {
  it("writes a change with every page, and how the branch is protected, which the readers know without being told", async () => {
    const folder = temporaryFolder();
    const forge = await github(GOOD);
    const result = await ask(folder, forge);
    expect(result).toMatchObject({ code: 0, err: "" });
    expect(result.out).toBe(
      "out/change.json: change (github-change)\nout/protection.json: change (github-protection)\nout/rules.json: change (github-protection)\n",
    );
    const change = await shown(folder, "out/change.json");
    expect(change.status).toBe("unknown");
    expect(change.summary).toMatchObject({
      commits: 101,
      signedCommits: 101,
      approvals: 1,
      files: 1,
      base: "release/1",
    });
    expect(change.summary.requestedReviewers).toEqual(["@payments"]);
    expect((await shown(folder, "out/protection.json")).body.protections).toEqual([{ protected: false }]);
    expect((await shown(folder, "out/rules.json")).body.protections).toMatchObject([{ requiredReviews: 2 }]);
    expect(forge.headers.every(({ authorization }) => authorization === `Bearer ${TOKEN}`)).toBe(true);
    for (const name of readdirSync(join(folder, "out"))) {
      expect(readFileSync(join(folder, "out", name), "utf8"), name).not.toContain(TOKEN);
    }
  });

  it("writes an empty list of rules so that its reader knows it", async () => {
    const folder = temporaryFolder();
    const forge = await github({ ...GOOD, "/rules/branches/release%2F1": { body: [] } });
    expect((await ask(folder, forge, "--part", "rules")).code).toBe(0);
    expect((await shown(folder, "out/rules.json")).body.protections).toEqual([{ protected: false }]);
  });

  it("asks for the environments and for deployments since a time, with how they ended", async () => {
    const folder = temporaryFolder();
    const status = {
      id: 9,
      deployment_url: "https://api.github.com/repos/acme/shop/deployments/5",
      state: "success",
      created_at: "2026-03-03T10:05:00Z",
    };
    const forge = await github({
      "/environments": { body: { total_count: 1, environments: [{ name: "production", protection_rules: [] }] } },
      "/deployments": {
        body: [deployment(5, 3), deployment(4, 1)],
        headers: { link: `<https://elsewhere.example.com/>; rel="next"` },
      },
      "/deployments/5/statuses": { body: [status] },
    });
    const wish = ["--part", "environments", "--part", "deployments", "--environment", "production"];
    const result = await ask(folder, forge, ...wish, "--since", "2026-03-02T00:00:00Z");
    expect(result).toMatchObject({ code: 0, err: "" });
    // The next page, which leads to another host, has only what is older.
    expect(forge.asked).toEqual([
      `${REPO}/environments?per_page=100`,
      `${REPO}/deployments?per_page=100&environment=production`,
      `${REPO}/deployments/5/statuses?per_page=100`,
    ]);
    expect((await shown(folder, "out/deployments.json")).body).toMatchObject({
      deployments: [{ id: "5", outcome: "success", finishedAt: "2026-03-03T10:05:00.000Z" }],
    });
    expect((await shown(folder, "out/environments.json")).body.environments).toHaveLength(1);
  });

  it("says that there are no deployments, and leaves none of an earlier run", async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { "out/deployments.json": "old" });
    const result = await ask(folder, await github({ "/deployments": { body: [] } }), "--part", "deployments");
    expect(result).toMatchObject({ code: 0, err: "out/deployments.json is not written: there is nothing to say\n" });
    expect(existsSync(join(folder, "out/deployments.json"))).toBe(false);
  });

  it("takes repository, pull request and address from the workflow", async () => {
    const folder = temporaryFolder();
    const forge = await github(GOOD);
    const result = await run(folder, ["evidence", "collect", "github", "--network", "-o", "out"], {
      GITHUB_ACTIONS: "true",
      GITHUB_REPOSITORY: "acme/shop",
      GITHUB_REF: "refs/pull/7/merge",
      GITHUB_API_URL: `${forge.url}/api`,
      GITHUB_TOKEN: TOKEN,
    });
    expect(result).toMatchObject({ code: 0, err: "" });
  });

  it("follows a redirect within the API", async () => {
    const folder = temporaryFolder();
    const forge = await github({
      "/branches/main/protection": { status: 301, headers: { location: `${REPO}/moved` } },
      "/moved": { status: 404, body: NOT_PROTECTED },
    });
    expect((await ask(folder, forge, "--branch", "main", "--part", "protection")).code).toBe(0);
  });
});

describe("what GitHub answers and is not taken", () => {
  const commits = "/pulls/7/commits";
  it.each<readonly [string, Table, RegExp]>([
    ["a refusal", { "/pulls/7": { status: 404, body: { message: "Not Found" } } }, /pulls\/7 answers 404: Not Found/],
    [
      "a branch that it does not show",
      { "/branches/release%2F1/protection": { status: 404, body: { message: "Not Found" } } },
      /protection answers 404: Not Found/,
    ],
    [
      "a token that may not",
      {
        "/branches/release%2F1/protection": {
          status: 403,
          body: { message: "Resource not accessible by integration" },
        },
      },
      /403: Resource not accessible[\s\S]*leave the part out with --part/,
    ],
    [
      "a limit with a time to wait",
      { [commits]: { status: 403, headers: { "retry-after": "60" }, body: { message: "secondary" } } },
      /rate limit of the token is used up[\s\S]*in 60 seconds/,
    ],
    [
      "a limit with a time when it ends",
      { [commits]: { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772359200" } } },
      /used up[\s\S]*after 2026-03-01T10:00:00/,
    ],
    ["too many requests", { [commits]: { status: 429, body: "slow down" } }, /429: the rate limit/],
    [
      "a failure of its own",
      { [commits]: { status: 502, body: "<html>Bad gateway</html>" } },
      /answers 502\n?[\s\S]*Try again later/,
    ],
    ["a page for people", { [commits]: { body: "<html>Log in</html>" } }, /text\/html that is no JSON/],
    ["a list that is an object", { [commits]: { body: { message: "?" } } }, /cannot be read at \/commits/],
    ["a list of something else", { [commits]: { body: [{ name: "x" }] } }, /it is no list of commits/],
    [
      "half an answer",
      {
        [commits]: {
          raw: (response) => {
            response.writeHead(200, { "content-length": "1000" });
            response.write("[{");
            setTimeout(() => response.destroy(), 20);
          },
        },
      },
      /gave no whole answer/,
    ],
    ["half a document", { [commits]: { body: undefined, raw: (response) => response.end(`[{"sha":`) } }, /is no JSON/],
    ["another pull request", { "/pulls/7": { body: { ...PULL, number: 8 } } }, /not about pull request 7/],
    [
      "another repository",
      { "/pulls/7": { body: { ...PULL, base: { ...PULL.base, repo: { full_name: "acme/other" } } } } },
      /not about pull request 7/,
    ],
    [
      "reviews of another one",
      {
        "/pulls/7/reviews": {
          body: [{ ...REVIEW, pull_request_url: "https://api.github.com/repos/acme/shop/pulls/8" }],
        },
      },
      /several pull requests/,
    ],
    ["the token in an answer", { [commits]: { body: [{ sha: TOKEN }] } }, /with the token in it/],
    ["the token in a message", { [commits]: { status: 400, body: { message: `bad ${TOKEN}` } } }, /the token in it/],
    [
      "a page after itself",
      { [commits]: { body: [], headers: { link: `<${REPO}/pulls/7/commits?per_page=100>; rel="next"` } } },
      /the page after itself/,
    ],
    [
      "a page outside of the API",
      { [commits]: { body: [], headers: { link: '</elsewhere>; rel="next"' } } },
      /outside of/,
    ],
    ["a redirect to nowhere", { [commits]: { status: 302 } }, /redirects to no address/],
    [
      "redirects without an end",
      { [commits]: { status: 302, headers: { location: `${REPO}/pulls/7/commits` } } },
      /redirects more than 3 times/,
    ],
  ])("%s", async (_, table, message) => {
    const folder = temporaryFolder();
    writeFiles(folder, { "out/change.json": "of an earlier run" });
    const result = await ask(folder, await github({ ...GOOD, ...table }));
    expect(result.code).toBe(2);
    expect(result.out).toBe("");
    expect(result.err).toMatch(message);
    expect(result.err).toContain("[forge-failed]");
    expect(result.err).not.toContain(TOKEN);
    expect(existsSync(join(folder, "out")) ? readdirSync(join(folder, "out")) : []).toEqual([]);
  });

  it("sends the token to no other host, neither by a redirect nor by a page", async () => {
    const folder = temporaryFolder();
    const thief = await testForge(() => ({ body: [] }));
    for (const answer of [
      { status: 302, headers: { location: `${thief.url}/api/repos/acme/shop/pulls/7` } },
      { body: [], headers: { link: `<${thief.url}/api/x>; rel="next"` } },
    ]) {
      const forge = await github({ ...GOOD, "/pulls/7/reviews": answer });
      const result = await ask(folder, forge);
      expect(result.code).toBe(2);
      expect(result.err).toMatch(/which is outside of .*, and is not followed/);
    }
    expect(thief.asked).toEqual([]);
  });

  it("a commit that came while it was read", async () => {
    const folder = temporaryFolder();
    let asked = 0;
    const forge = await testForge((path) => {
      const name = path.replace(/\?.*/, "").slice(REPO.length);
      if (name === "/pulls/7" && ++asked > 1) return { body: { ...PULL, head: { ...PULL.head, sha: "c".repeat(40) } } };
      return name === "/pulls/7/commits" ? { body: COMMITS } : GOOD[name];
    });
    const result = await ask(folder, forge);
    expect(result).toMatchObject({ code: 2, out: "" });
    expect(result.err).toContain("was changed while it was read");
  });
});

describe("what is not asked", () => {
  it.each<readonly [string, readonly string[], Readonly<Record<string, string>>, RegExp]>([
    ["neither source", [], { GITHUB_TOKEN: TOKEN }, /nothing says where from/],
    ["both", ["--network", "--from", "x"], { GITHUB_TOKEN: TOKEN }, /exclude each other/],
    [
      "an address for saved answers",
      ["--from", "x", "--api-url", "https://x.example.com"],
      {},
      /--api-url is only for --network/,
    ],
    ["no token", ["--network", "--repository", "a/b", "--pull", "7"], {}, /there is no token in GITHUB_TOKEN/],
    [
      "a token with a line break",
      ["--network", "--repository", "a/b", "--pull", "7"],
      { GITHUB_TOKEN: "secret-1\nsecret-2" },
      /what is in GITHUB_TOKEN is no token/,
    ],
    [
      "an address without encryption",
      ["--network", "--repository", "a/b", "--pull", "7", "--api-url", "http://github.example.com"],
      { GITHUB_TOKEN: TOKEN },
      /only sent over https/,
    ],
    [
      "an address with a password",
      ["--network", "--repository", "a/b", "--pull", "7", "--api-url", "https://u:p@github.example.com"],
      { GITHUB_TOKEN: TOKEN },
      /holds a user or a password/,
    ],
    [
      "a variable that is no address",
      ["--network", "--repository", "a/b", "--pull", "7"],
      { GITHUB_TOKEN: TOKEN, GITHUB_API_URL: "x" },
      /GITHUB_API_URL is no address/,
    ],
    [
      "a repository that leads elsewhere",
      ["--network", "--repository", "a/..", "--pull", "7"],
      { GITHUB_TOKEN: TOKEN },
      /is no repository/,
    ],
    [
      "a pull request that leads elsewhere",
      ["--network", "--repository", "a/b", "--pull", "7/../8"],
      { GITHUB_TOKEN: TOKEN },
      /is no pull request/,
    ],
    ["no pull request", ["--network", "--repository", "a/b"], { GITHUB_TOKEN: TOKEN }, /no pull request is named/],
    ["an unknown part", ["--network", "--part", "issues"], { GITHUB_TOKEN: TOKEN }, /one of change, protection/],
    ["no time", ["--network", "--repository", "a/b", "--since", "yesterday"], { GITHUB_TOKEN: TOKEN }, /is no time/],
  ])("%s", async (_, args, variables, message) => {
    const result = await run(temporaryFolder(), ["evidence", "collect", "github", "-o", "out", ...args], variables);
    expect(result.code).toBe(2);
    expect(result.err).toMatch(message);
    expect(result.err).not.toContain("secret-1");
  });
});

describe("saved answers", () => {
  const files = {
    "api/pull.json": PULL,
    "api/reviews.json": [[]],
    "api/commits.json": [COMMITS.slice(0, 100), COMMITS.slice(100)],
    "api/files.json": [FILE],
    "api/requested_reviewers.json": { users: [], teams: [] },
    "api/protection.json": NOT_PROTECTED,
    "api/rules.json": [[]],
  };
  it("are put together without the network", async () => {
    const { folder, code, err } = await collected(files);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const change = await shown(folder, "out/change.json");
    expect(change.summary).toMatchObject({ number: "7", commits: 101, approvals: 0, files: 1 });
    expect(change.status).toBe("unknown");
    expect((await shown(folder, "out/rules.json")).body.protections).toEqual([{ protected: false }]);
  });

  it("are partial where a list has the size of a page", async () => {
    const { folder, out } = await collected({ ...files, "api/commits.json": COMMITS.slice(1) });
    expect(out).toContain("out/change.json: change (github-change), partial\n  100 is the size of a page");
    expect((await shown(folder, "out/change.json")).status).toBe("partial");
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>, RegExp]>([
    [
      "an error of the API",
      { "api/reviews.json": { message: "Bad credentials", documentation_url: "x" } },
      /reviews.json is an error of the API: Bad credentials/,
    ],
    ["a page for people", { "api/reviews.json": "<html>" }, /reviews.json is no JSON document/],
    ["half a document", { "api/reviews.json": '[{"state":' }, /reviews.json is no JSON document/],
    ["two lists one after the other", { "api/reviews.json": "[][]" }, /--slurp/],
    ["the same twice", { "api/files-2.json": [FILE] }, /are both files/],
    ["something else", { "api/x.json": { issue: 1 } }, /x.json is none of the answers/],
    ["an empty list without a name", { "api/x.json": [] }, /x.json is none of the answers/],
    ["a list of this and that", { "api/reviews.json": [REVIEW, FILE] }, /none of the answers/],
    [
      "statuses that may be cut",
      {
        "api/d.json": [{ id: 5, sha: HEAD, statuses_url: "x" }],
        "api/s.json": Array.from({ length: 30 }, (_, id) => ({
          id,
          state: "success",
          deployment_url: "https://x/deployments/5",
        })),
      },
      /s.json has 30 elements, the size of a page/,
    ],
  ])("are refused: %s", async (_, more, message) => {
    const { folder, code, err, out } = await collected({ ...files, ...more });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toMatch(message);
    expect(existsSync(join(folder, "out"))).toBe(false);
  });

  it("has to have some", async () => {
    const result = await run(temporaryFolder(), ["evidence", "collect", "github", "--from", "api", "-o", "out"]);
    expect(result).toMatchObject({ code: 2 });
    expect(result.err).toContain("[evidence-not-found]");
  });

  const corpus = join(ROOT, "../shared/corpus/evidence/vcs");
  it.skipIf(!existsSync(corpus))("as real repositories have them", async () => {
    const folder = temporaryFolder();
    const names = [
      "danger-js__github_commits.json",
      "danger-js__github_pr.json",
      "danger-js__requested_reviewers.json",
    ];
    const from = names.flatMap((name) => ["--from", join(corpus, name)]);
    const result = await run(folder, ["evidence", "collect", "github", "-o", "out", ...from]);
    expect(result).toMatchObject({ code: 0, err: "" });
    const change = await shown(folder, "out/change.json");
    expect(change.summary.number).toBe("327");
    expect(change.summary.commits).toBeGreaterThan(1);
  });
});
