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

const DIFF = "@@ -1,2 +1,2 @@\n a\n-b\n+c\n";

function file(more: Members = {}) {
  const modes = { a_mode: "100644", b_mode: "100644", new_file: false, renamed_file: false, deleted_file: false };
  return { diff: DIFF, collapsed: false, too_large: false, new_path: "x", old_path: "x", ...modes, ...more };
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

describe("changed files", () => {
  it("are read with the merge request", () => {
    const { status, summary, body } = readAs("change", fixture("gitlab-changes.json"), "x.json");
    expect([status, summary.number, summary.files, summary.additions, summary.deletions]).toEqual([
      "unknown",
      "7",
      5,
      4,
      2,
    ]);
    expect(body.files).toEqual([
      { path: "src/prices.ts", status: "modified", additions: 2, deletions: 1, addedLines: "2-3" },
      { path: "notes.txt", status: "added", additions: 2, deletions: 0, addedLines: "1-2" },
      { path: "new.sh", previousPath: "old.sh", status: "renamed", additions: 0, deletions: 0, addedLines: "" },
      { path: "logo.png", status: "modified" },
      { path: "TODO", status: "deleted", additions: 0, deletions: 1, addedLines: "" },
    ]);
  });

  it.each([
    ["a list", [file()]],
    ["a list of pages", [[file()], []]],
    ["a part", { merge_request: request({ changes_count: "1" }), diffs: [file()] }],
    ["a list of diffs with names in front", [file({ diff: `--- a/x\n+++ b/x\n${DIFF}` })]],
  ])("are read as %s", (_, value) => {
    const { source, status, body } = changeOf(value);
    expect([source.format, status, body.files]).toEqual([
      "gitlab-change",
      "unknown",
      [{ path: "x", status: "modified", additions: 1, deletions: 1, addedLines: "2" }],
    ]);
  });

  it("are known where the first diff is longer than the head", () => {
    const lines = Array.from({ length: 2_000 }, () => "+a line\n");
    const { summary } = changeOf([file({ diff: `@@ -1,0 +1,2000 @@\n${lines.join("")}` })]);
    expect([summary.files, summary.additions]).toEqual([1, 2_000]);
  });

  it.each([
    ["is too large", { diff: "", too_large: true }, "diff-left-out"],
    ["is collapsed", { diff: "", collapsed: true }, "diff-left-out"],
    ["is collapsed in part", { collapsed: true }, "diff-left-out"],
    ["is cut", { diff: "@@ -1,2 +1,2 @@\n a\n-b\n" }, "diff-cut"],
    ["is no diff", { diff: "too large to show" }, "diff-cut"],
    ["is empty without a cause", { diff: "" }, "diff-missing"],
    [
      "is empty, of a GitLab that does not say when it leaves one out",
      { diff: "", renamed_file: true, collapsed: undefined, too_large: undefined },
      "diff-missing",
    ],
  ])("are partial, and have no counts, where a diff %s", (_, more, code) => {
    const { status, statusReasons, body } = changeOf([file(), file({ new_path: "y", old_path: "y", ...more })]);
    expect([status, statusReasons.map((reason) => [reason.code, reason.place])]).toEqual(["partial", [[code, "/1"]]]);
    expect(Object.keys(body.files[1] ?? {})).not.toContain("additions");
  });

  it.each([
    ["a new file that is empty", { new_file: true, a_mode: "0" }],
    ["a deleted file that was empty", { deleted_file: true, b_mode: "0" }],
    ["a file that was moved", { old_path: "y", renamed_file: true }],
    ["a file that can be run now", { b_mode: "100755" }],
  ])("count nothing in %s", (_, more) => {
    const { status, body } = changeOf([file({ diff: "", ...more })]);
    expect([status, body.files]).toMatchObject(["unknown", [{ additions: 0, deletions: 0, addedLines: "" }]]);
  });

  it.each([
    ["GitLab says so", { changes: [file()], overflow: true }, "overflow"],
    ["more are counted", { changes: [file()], changes_count: "2" }, "items-missing"],
    ["they are too many to be counted", { changes: [file()], changes_count: "1+" }, "items-missing"],
    ["there are none yet", { changes: [], changes_count: null }, "no-files"],
  ])("are partial where %s", (_, more, code) => {
    const { status, statusReasons } = changeOf(request(more));
    expect([status, statusReasons.map((reason) => reason.code)]).toEqual(["partial", [code]]);
  });

  it("beside a merge request are partial where it has more", () => {
    const { status, statusReasons } = changeOf({ merge_request: request({ changes_count: "2" }), diffs: [file()] });
    expect([status, statusReasons[0]?.place]).toEqual(["partial", "/merge_request/changes_count"]);
  });

  it("that fill a page are partial", () => {
    const page = Array.from({ length: 20 }, () => file());
    expect([changeOf(page).status, changeOf([page]).status]).toEqual(["partial", "unknown"]);
  });

  it("of a comparison are partial where GitLab has given up", () => {
    const comparison = { commits: [commit()], diffs: [file()], compare_timeout: true };
    const { summary, status, statusReasons } = changeOf(comparison);
    expect([summary.files, status, statusReasons[0]?.code]).toEqual([1, "partial", "compare-timeout"]);
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
  ["a file without a diff", [file({ diff: null })], "malformed at /0/diff"],
  ["a file without a name", [file({ new_path: "", old_path: "" })], "malformed at /0/old_path"],
  ["files that are none", request({ changes: [{ new_path: "x" }] }), "malformed at /changes/0"],
  ["commits that are none", { merge_request: request(), commits: [{}] }, "malformed at /commits/0"],
])("%s", (_, value, refusal) => {
  it("is refused", () => expect(refusalOf(JSON.stringify(value), "x.json")).toBe(refusal));
});
