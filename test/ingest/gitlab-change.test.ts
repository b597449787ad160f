import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const B = "b".repeat(40);
type Members = Readonly<Record<string, unknown>>;

function request(more: Members = {}) {
  return {
    iid: 7,
    state: "opened",
    author: { username: "zoe" },
    target_branch: "main",
    source_branch: "x",
    sha: B,
    ...more,
  };
}

function approvals(...users: readonly string[]) {
  return { approvals_required: 1, approved_by: users.map((username) => ({ user: { username } })) };
}

function commit(more: Members = {}) {
  return { id: B, short_id: "bbbbbbbb", parent_ids: [], title: "x", committed_date: "2026-03-01T10:00:00Z", ...more };
}

function changeOf(value: unknown) {
  return readAs("change", JSON.stringify(value), "x.json");
}

it("reads the fixture in full", () => {
  expect(readAs("change", fixture("gitlab-merge-request.json"), "x.json")).toMatchObject({
    status: "unknown",
    subject: { repository: "https://gitlab.example.com/acme/shop", commit: B, ref: "euros" },
    source: { format: "gitlab-change", tools: [{ name: "GitLab" }] },
    summary: {
      number: "7",
      author: "zoe",
      state: "open",
      draft: false,
      conflicts: false,
      base: "main",
      head: B,
      approvals: 1,
      commits: 1,
      signedCommits: 0,
    },
    quality: { warnings: [] },
    body: {
      commits: [{ sha: B, author: "Zoë <zoe@example.com>", at: "2026-03-01T09:00:00.000Z", signature: "uncheckable" }],
      reviews: [
        { user: "ann", state: "approved", at: "2026-03-01T10:00:00.000Z", latest: true, bot: false },
        { user: "zoe", state: "approved" },
      ],
      protections: [{ branch: "main", protected: true, forcePushes: false, codeOwnerReviews: true }],
    },
  });
});

describe("approvals", () => {
  it("on their own are listed and not counted, for the author may be among them", () => {
    const { summary, body, quality } = changeOf(approvals("ann"));
    expect([summary, body.reviews.length, quality.warnings[0]?.code]).toEqual([{}, 1, "author-unknown"]);
  });

  it.each([
    ["the author", ["zoe"], 0],
    ["a bot of a project", ["project_12_bot_0a1b"], 0],
    ["a bot by its name", ["renovate-bot"], 0],
    ["two people", ["ann", "bob"], 2],
  ])("of %s are counted as they weigh", (_, users, expected) => {
    const { summary } = changeOf({ merge_request: request(), approvals: approvals(...users) });
    expect([summary.approvals, summary.changesRequested]).toEqual([expected, undefined]);
  });
});

describe("a merge request", () => {
  it.each([
    ["merged", { state: "merged", merge_user: { username: "ann" } }, { state: "merged", mergedBy: "ann" }],
    ["with conflicts", { has_conflicts: true, merge_status: "cannot_be_merged" }, { conflicts: true }],
    ["a draft of old", { work_in_progress: true }, { draft: true }],
  ])("that is %s says so", (_, more, expected) => expect(changeOf(request(more)).summary).toMatchObject(expected));

  it.each([
    ["merged", B.replaceAll("b", "c")],
    ["opened", B],
  ])("that is %s is about the commit that it stands for", (state, expected) => {
    expect(changeOf(request({ state, merge_commit_sha: "c".repeat(40) })).subject.commit).toBe(expected);
  });

  it("says nothing of conflicts before GitLab has looked", () => {
    expect(changeOf(request({ has_conflicts: false, merge_status: "checking" })).summary.conflicts).toBeUndefined();
  });
});

describe("commits", () => {
  it("have parents only where they are said", () => {
    const { body } = changeOf([commit(), commit({ parent_ids: [B, B] })]);
    expect(body.commits.map(({ parents }) => parents)).toEqual([undefined, 2]);
  });

  it("that fill a page are partial", () => {
    const page = Array.from({ length: 20 }, () => commit());
    expect([changeOf(page).status, changeOf([page]).status]).toEqual(["partial", "unknown"]);
  });

  it("without the last one are partial", () => {
    const { status, statusReasons } = changeOf({
      merge_request: request({ sha: "c".repeat(40) }),
      commits: [commit()],
    });
    expect([status, statusReasons[0]?.code]).toEqual(["partial", "head-missing"]);
  });
});

it("no protected branch is a branch that is not protected", () => {
  expect(changeOf({ merge_request: request(), protected_branches: [] }).body.protections).toEqual([
    { protected: false },
  ]);
});

describe.each([
  ["a list of merge requests", [request()], "not-this-format"],
  ["a commit without a full id", [commit({ id: "b" })], "malformed at /0/id"],
  ["an approval of nobody", { approvals_left: 0, approved_by: [{}] }, "malformed at /approved_by/0/user"],
  ["commits that are none", { merge_request: request(), commits: [{}] }, "malformed at /commits/0"],
])("%s", (_, value, refusal) => {
  it("is refused", () => expect(refusalOf(JSON.stringify(value), "x.json")).toBe(refusal));
});
