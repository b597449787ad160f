import { describe, expect, it } from "vitest";
import { fixture, readAs, refusalOf } from "./support.ts";

const [A, B] = ["a".repeat(40), "b".repeat(40)];
const ZOE = { name: "Zoë", email: "zoe@example.com" };

type Members = Readonly<Record<string, unknown>>;

function commit(more: Members = {}) {
  return {
    sha: B,
    parents: [A],
    author: ZOE,
    committer: ZOE,
    at: "2026-03-01T10:00:00Z",
    message: "x",
    signature: "N",
    ...more,
  };
}

function change(more: Members = {}) {
  return { schema: "gate/git-change/v1", base: A, head: B, complete: true, commits: [commit()], files: [], ...more };
}

function statusOf(more: Members) {
  const { status, statusReasons } = readAs("change", JSON.stringify(change(more)), "x.json");
  return [status, statusReasons.map(({ code }) => code)];
}

describe("the fixture", () => {
  const document = readAs("change", fixture("git-change.json"), "x.json");

  it("is complete, and about its head", () => {
    expect(document).toMatchObject({
      status: "complete",
      source: { format: "git-change", formatVersion: "1" },
      subject: { commit: document.summary.head },
      summary: { commits: 1, signedCommits: 1, files: 9, additions: 9, deletions: 2 },
      body: { commits: [{ signature: "good", signedByCommitter: true, subject: 'feat: é "quoted" subject' }] },
    });
  });

  it("has names as they are, and lines that were added", () => {
    const files = Object.fromEntries(document.body.files.map(({ path, ...rest }) => [path, rest]));
    expect(files).toMatchObject({
      "line\nbreak €": { status: "added", addedLines: "1" },
      'new "name".txt': { status: "renamed", previousPath: "old.txt", addedLines: "5" },
      "keep.txt": { status: "modified", additions: 3, deletions: 1, addedLines: "1,4-5" },
    });
    expect(files["bin"]).toEqual({ status: "modified" });
  });
});

describe("the status", () => {
  it.each([
    ["of a whole change", {}, "complete", []],
    ["of a shallow clone", { complete: false }, "partial", ["history-cut"]],
    ["of no commit", { commits: [] }, "empty", ["no-commits"]],
    ["without a word on it", { complete: undefined }, "partial", ["history-cut"]],
  ])("%s is right", (_, more, status, codes) => expect(statusOf(more)).toEqual([status, codes]));
});

describe.each([
  ["another version", { schema: "gate/git-change/v2" }, "unsupported-version at /schema"],
  ["a head that is no commit", { head: "main" }, "malformed at /head"],
  ["no list of commits", { commits: undefined }, "malformed at /commits"],
  ["no list of files", { files: {} }, "malformed at /files"],
  ["a letter that git does not write", { commits: [commit({ signature: "g" })] }, "malformed at /commits/0/signature"],
  ["a commit without a committer", { commits: [commit({ committer: null })] }, "malformed at /commits/0/committer"],
  ["a status that is none", { files: [{ path: "a", status: "eaten" }] }, "malformed at /files/0/status"],
  [
    "lines that are no ranges",
    { files: [{ path: "a", status: "added", addedLines: "all" }] },
    "malformed at /files/0/addedLines",
  ],
])("%s", (_, more, refusal) => {
  it("is refused", () => expect(refusalOf(JSON.stringify(change(more)), "x.json")).toBe(refusal));
});
