import { describe, expect, it } from "vitest";
import { errorOf, fixture, read, readAs, refusalOf } from "./support.ts";

const [A, B, C] = ["a".repeat(40), "b".repeat(40), "c".repeat(40)];
const PULL = "https://api.github.com/repos/acme/shop/pulls/7";

type Members = Readonly<Record<string, unknown>>;

function review(login: string | null, state: string, minute: number, more: Members = {}) {
  return {
    user: login === null ? null : { login, type: login.endsWith("[bot]") ? "Bot" : "User" },
    state,
    pull_request_url: PULL,
    author_association: "MEMBER",
    commit_id: B,
    submitted_at: `2026-03-01T10:${String(minute).padStart(2, "0")}:00Z`,
    ...more,
  };
}

function pull(more: Members = {}) {
  return {
    url: PULL,
    issue_url: PULL,
    number: 7,
    state: "open",
    user: { login: "zoe" },
    head: { sha: B, ref: "euros" },
    base: { ref: "main" },
    ...more,
  };
}

function commit(more: Members = {}, verification: unknown = { verified: true, reason: "valid" }) {
  const person = { name: "Zoë", email: "zoe@example.com", date: "2026-03-01T09:00:00Z" };
  const inner = { author: person, committer: person, message: "feat: x\n\nbody", verification };
  return {
    sha: B,
    parents: [{ sha: A }],
    author: null,
    committer: { login: "zoe" },
    comment_count: 0,
    commit: inner,
    ...more,
  };
}

function file(more: Members = {}) {
  return { filename: "a.ts", status: "modified", additions: 1, deletions: 0, changes: 1, blob_url: "x", ...more };
}

function changeOf(value: unknown, name = "x.json") {
  return readAs("change", JSON.stringify(value), name, "change");
}

describe("the fixture", () => {
  const document = readAs("change", fixture("github-pull-request.json"), "x.json");

  it("is normalised in full", () => {
    expect(document).toMatchObject({
      status: "unknown",
      subject: { repository: "https://github.com/acme/shop", commit: B, ref: "euros" },
      source: { format: "github-change", tools: [{ name: "GitHub" }] },
      summary: {
        number: "7",
        title: "Pay in euros, é",
        author: "zoe",
        state: "open",
        draft: false,
        conflicts: false,
        base: "main",
        head: B,
        requestedReviewers: ["kim", "@payments"],
        commits: 1,
        signedCommits: 1,
        approvals: 1,
        changesRequested: 1,
        files: 2,
        additions: 3,
        deletions: 1,
      },
    });
  });

  it("has commits with their people and signature", () => {
    expect(document.body.commits).toEqual([
      {
        sha: B,
        author: "Zoë <zoe@example.com> (zoe)",
        committer: "Zoë <zoe@example.com> (zoe)",
        subject: "feat: pay in euros",
        message: "feat: pay in euros\n\nShop-12",
        at: "2026-03-01T09:00:00.000Z",
        parents: 1,
        signature: "good",
        signedByCommitter: true,
      },
    ]);
  });

  it("has files with the lines that were added, and no counts for a binary one", () => {
    expect(document.body.files).toEqual([
      { path: "src/pay.ts", status: "modified", additions: 3, deletions: 1, addedLines: "1-2,11" },
      { path: "logo.png", status: "added" },
    ]);
  });
});

describe("the latest review of each user counts", () => {
  it.each([
    ["an approval", [review("ann", "APPROVED", 1)], 1, 0],
    ["one that was followed by a comment", [review("ann", "APPROVED", 1), review("ann", "COMMENTED", 2)], 1, 0],
    ["one that was taken back", [review("ann", "APPROVED", 1), review("ann", "CHANGES_REQUESTED", 2)], 0, 1],
    ["a request for changes that was met", [review("ann", "CHANGES_REQUESTED", 1), review("ann", "APPROVED", 2)], 1, 0],
    ["one before a dismissed request", [review("ann", "APPROVED", 1), review("ann", "DISMISSED", 2)], 0, 0],
    ["an order that is not that of time", [review("ann", "CHANGES_REQUESTED", 2), review("ann", "APPROVED", 1)], 0, 1],
    ["two of one user", [review("ann", "APPROVED", 1), review("ann", "APPROVED", 2)], 1, 0],
    ["a bot's", [review("helper[bot]", "APPROVED", 1)], 0, 0],
    ["that of a deleted account", [review(null, "APPROVED", 1)], 0, 0],
    ["that of somebody without a part in it", [review("eve", "APPROVED", 1, { author_association: "NONE" })], 0, 0],
    ["requests of two deleted accounts", [review(null, "CHANGES_REQUESTED", 1), review(null, "APPROVED", 2)], 0, 1],
    [
      "one that was not sent",
      [review("ann", "APPROVED", 1), review("ann", "PENDING", 2, { submitted_at: null })],
      1,
      0,
    ],
    ["comments alone", [review("ann", "COMMENTED", 1)], 0, 0],
  ])("%s", (_, reviews, approvals, changesRequested) => {
    expect(changeOf(reviews).summary).toMatchObject({ number: "7", approvals, changesRequested });
  });

  it("but not the author's", () => {
    const reviews = [review("zoe", "APPROVED", 1), review("ann", "APPROVED", 2)];
    expect(changeOf({ pull_request: pull(), reviews }).summary.approvals).toBe(1);
  });

  it("and says which it is, and why one does not count", () => {
    const { body, quality } = changeOf([
      review("ann", "APPROVED", 1),
      review("ann", "COMMENTED", 2),
      review("eve", "APPROVED", 3, { author_association: "NONE" }),
    ]);
    expect(body.reviews.map(({ latest }) => latest)).toEqual([true, false, true]);
    expect(quality.warnings).toMatchObject([{ code: "approval-of-outsider", place: "/2" }]);
  });

  it("and is not counted where there is one event only", () => {
    const { summary, body } = changeOf({
      action: "submitted",
      review: review("ann", "approved", 1),
      pull_request: pull(),
    });
    expect([summary.approvals, summary.changesRequested, summary.author]).toEqual([undefined, undefined, "zoe"]);
    expect(body.reviews).toMatchObject([{ user: "ann", state: "approved", commit: B, latest: true, bot: false }]);
  });
});

describe("what a file does not carry", () => {
  it("is missing, and not zero", () => {
    const { summary } = changeOf(pull({ commits: 3, changed_files: 2, additions: 9, deletions: 1 }));
    expect(Object.keys(summary).toSorted()).toEqual(
      ["additions", "author", "base", "deletions", "head", "number", "state"].toSorted(),
    );
  });

  it("is zero where a list is empty", () => {
    expect(changeOf([], "reviews.json").summary).toEqual({ approvals: 0, changesRequested: 0 });
    expect(changeOf({ pull_request: pull(), reviews: [], files: [] }).summary).toMatchObject({
      approvals: 0,
      files: 0,
    });
    expect(errorOf(() => read("[]", "x.json")).code).toBe("evidence-unrecognised");
  });
});

describe("a list that may be a page", () => {
  const thirty = Array.from({ length: 30 }, (_, index) => review(`user${index}`, "APPROVED", index));

  it.each([
    ["of 29", thirty.slice(1), "unknown"],
    ["of 30", thirty, "partial"],
    ["of 30 that shows its pages", [thirty], "unknown"],
    ["of two pages", [thirty, [review("ann", "APPROVED", 31)]], "unknown"],
  ])("%s is of a status that says so", (_, reviews, status) => {
    const document = changeOf(reviews);
    expect([document.status, document.statusReasons.map(({ code }) => code)]).toEqual([
      status,
      status === "partial" ? ["page-full"] : [],
    ]);
  });

  it.each([
    ["commits are missing", { pull_request: pull({ commits: 2 }), commits: [commit()] }, "items-missing"],
    ["files are missing", { pull_request: pull({ changed_files: 2 }), files: [file()] }, "items-missing"],
    ["the head is missing", { pull_request: pull(), commits: [commit({ sha: C })] }, "head-missing"],
  ])("is partial where %s", (_, value, code) => {
    const document = changeOf(value);
    expect([document.status, document.statusReasons[0]?.code]).toEqual(["partial", code]);
  });
});

describe("a pull request", () => {
  it.each([
    [
      "that is merged",
      { merged_at: "2026-03-01T10:00:00Z", merged_by: { login: "ann" } },
      { state: "merged", mergedBy: "ann" },
    ],
    ["that is closed", { state: "closed" }, { state: "closed" }],
    ["with conflicts", { mergeable: false }, { conflicts: true }],
    ["without conflicts", { mergeable: true }, { conflicts: false }],
  ])("%s says so", (_, more, expected) => expect(changeOf(pull(more)).summary).toMatchObject(expected));

  it("is about what it was merged as, once it is", () => {
    const commits = [{ merged: true }, { merged: false }].map((more) =>
      changeOf(pull({ ...more, merge_commit_sha: C })),
    );
    expect(commits.map(({ subject, summary }) => [subject.commit, summary.head])).toEqual([
      [C, B],
      [B, B],
    ]);
  });

  it("says nothing of conflicts before GitHub has looked", () => {
    expect(changeOf(pull({ mergeable: null })).summary.conflicts).toBeUndefined();
  });
});

describe("the signature of a commit", () => {
  it.each([
    ["valid", { verified: true, reason: "valid" }, "good"],
    ["unsigned", { verified: false, reason: "unsigned" }, "none"],
    ["of an expired key", { verified: false, reason: "expired_key" }, "expired"],
    ["invalid", { verified: false, reason: "invalid" }, "bad"],
    ["of a revoked certificate", { verified: false, reason: "ocsp_revoked" }, "revoked"],
    ["with another address", { verified: false, reason: "bad_email" }, "unknown-validity"],
    ["of an unknown key", { verified: false, reason: "unknown_key" }, "uncheckable"],
    ["called valid and not verified", { verified: false, reason: "valid" }, "uncheckable"],
    ["not looked at", null, "uncheckable"],
  ])("that is %s", (_, verification, signature) => {
    const { summary, body } = changeOf([commit({}, verification)]);
    expect(body.commits[0]?.signature).toBe(signature);
    expect([summary.signedCommits, body.commits[0]?.signedByCommitter]).toEqual(
      signature === "good" ? [1, true] : [0, undefined],
    );
  });
});

describe("a file", () => {
  it.each([
    [
      "removed",
      { status: "removed", patch: "@@ -1 +0,0 @@\n-a", additions: 0, deletions: 1 },
      { status: "deleted", addedLines: "" },
    ],
    [
      "renamed",
      { status: "renamed", previous_filename: "b.ts", changes: 0, additions: 0 },
      { previousPath: "b.ts", additions: 0 },
    ],
    ["too large for a patch", { additions: 9_000, changes: 9_000 }, { additions: 9_000 }],
    ["with a line that looks like a hunk", { patch: "@@ -0,0 +5 @@\n+@@ -1 +1 @@" }, { addedLines: "5" }],
    [
      "that does not end in a line end",
      { patch: "@@ -1 +1 @@\n+b\n\\ No newline at end of file" },
      { addedLines: "1" },
    ],
  ])("that is %s", (_, more, expected) => expect(changeOf([file(more)]).body.files).toMatchObject([expected]));

  it("has no lines where the patch is not what the file says", () => {
    const { body, quality } = changeOf([file({ patch: "@@ -1 +1,2 @@\n+b\n+c" })]);
    expect([body.files[0]?.addedLines, quality.inconsistencies[0]?.code]).toEqual([undefined, "additions-differ"]);
  });
});

it("asks for reviewers in each of the forms", () => {
  const users = [{ login: "kim", type: "User" }];
  expect(changeOf({ users, teams: [{ slug: "payments" }] }).summary).toEqual({
    requestedReviewers: ["kim", "@payments"],
  });
  expect(changeOf(users, "requested_reviewers.json").summary).toEqual({ requestedReviewers: ["kim"] });
});

it("an error of the API is a failure, with its message", () => {
  const document = changeOf({ message: "Not Found", documentation_url: "https://docs.github.com/rest" });
  expect([document.status, document.statusReasons]).toMatchObject([
    "failed",
    [{ code: "api-error", place: "/message" }],
  ]);
});

describe.each([
  [
    "reviews of two pull requests",
    [review("ann", "APPROVED", 1), review("bob", "APPROVED", 1, { pull_request_url: `${PULL}1` })],
    "malformed",
  ],
  [
    "reviews of another pull request",
    { pull_request: pull({ number: 8 }), reviews: [review("ann", "APPROVED", 1)] },
    "malformed at /reviews",
  ],
  ["a review of no known state", [review("ann", "PRAISED", 1), review("ann", "APPROVED", 1)], "malformed at /0/state"],
  ["commits that are none", { pull_request: pull(), commits: [{ id: 1 }] }, "malformed at /commits"],
  ["reviews that are no list", { pull_request: pull(), reviews: {} }, "malformed at /reviews"],
  ["a commit without a full id", [commit({ sha: "bbbbbbb" }), commit()], "malformed at /0/sha"],
  ["a file of no known status", [file({ status: "eaten" })], "malformed at /0/status"],
  ["a list of several kinds", [review("ann", "APPROVED", 1), commit()], "not-this-format"],
  ["a comparison", { url: "x", commits: [commit()], files: [file()] }, "not-this-format"],
  ["a list of pull requests", [pull()], "not-this-format"],
])("%s", (_, value, refusal) => {
  it("are refused", () => expect(refusalOf(JSON.stringify(value), "x.json").replace(/ at $/, "")).toBe(refusal));
});
