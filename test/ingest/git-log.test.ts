import { describe, expect, it } from "vitest";
import { fixture, read, readAs, refusalOf } from "./support.ts";

const [A, B] = ["a".repeat(40), "b".repeat(40)];

interface Fields {
  readonly sha?: string;
  readonly parents?: string;
  readonly letter?: string;
  readonly signer?: string;
  readonly committer?: string;
  readonly subject?: string;
  readonly trailers?: string;
  readonly message?: string;
}

function commit({
  sha = A,
  parents = "",
  letter = "G",
  signer = "z@example.com",
  committer = "z@example.com",
  subject = "x",
  trailers = "",
  message,
}: Fields = {}) {
  const at = "2026-03-01T10:00:00+01:00";
  const people = ["Zoë", "author@example.com", at, "Zoë", committer, at];
  const fields = [sha, parents, letter, signer, "key", "print", "fully", ...people, subject, trailers];
  return `${[...fields, ...(message === undefined ? [] : [message])].join("\0")}\x1e\n`;
}

function commitsOf(...commits: readonly string[]) {
  return readAs("change", commits.join(""), "log.txt").body.commits;
}

it("reads the fixture in full", () => {
  expect(readAs("change", fixture("git-log.txt"), "x")).toMatchObject({
    status: "unknown",
    summary: { commits: 1, signedCommits: 1 },
    quality: { warnings: [] },
    body: {
      commits: [
        {
          author: "Zoë <other@example.com>",
          subject: "chore: other committer",
          parents: 1,
          signature: "good",
          signer: "zoe@example.com",
          signedByCommitter: false,
        },
      ],
    },
  });
});

describe("the letter of a signature", () => {
  it.each([
    ["G", "good"],
    ["U", "unknown-validity"],
    ["X", "expired"],
    ["Y", "expired"],
    ["R", "revoked"],
    ["B", "bad"],
    ["E", "uncheckable"],
    ["N", "none"],
  ])("%s is %s", (letter, signature) => expect(commitsOf(commit({ letter }))).toMatchObject([{ signature }]));
});

describe("the signer", () => {
  it.each([
    ["z@example.com", true],
    ["Z@Example.com", true],
    ["Zoë <z@example.com>", true],
    ["other@example.com", false],
    ["Zoë", false],
    ["", undefined],
  ])("%j is compared with the committer", (signer, expected) => {
    expect(commitsOf(commit({ signer }))[0]?.signedByCommitter).toBe(expected);
  });
});

it("names the head by the parents, in either order", () => {
  const [first, second] = [commit({ sha: A }), commit({ sha: B, parents: A })];
  for (const text of [first + second, second + first]) {
    expect(readAs("change", text, "x").summary.head).toBe(B);
  }
});

it("keeps subject and trailers where there are no whole messages, and says so", () => {
  const trailers = "Reviewed-by: S <s@example.com>\x1fRefs: 1";
  const document = readAs("change", commit({ subject: "fix", trailers }), "x");
  expect(document.body.commits[0]?.message).toBe("fix\n\nReviewed-by: S <s@example.com>\nRefs: 1");
  expect(document.quality.warnings).toMatchObject([{ code: "messages-cut" }]);
});

describe("a message that looks like the end of a commit", () => {
  it.each([
    ["a separator", "x\x1ey\n"],
    ["a separator and a commit", `x\x1e\n${B}`],
    ["several of them", `\x1e\n${B}\x1e\n${B}`],
  ])("with %s forges nothing", (_, message) => {
    const commits = commitsOf(commit({ message: "first" }), commit({ sha: B, message }), commit({ message: "last" }));
    expect(commits.map(({ sha }) => sha)).toEqual([A, B, A]);
    expect(commits[1]?.message).toBe(message.trimEnd());
  });
});

describe.each([
  ["a commit that is cut", commit() + commit().slice(0, -10), "malformed at commit 2"],
  ["a commit with a field too few", commit() + commit().replace("key\0", ""), "malformed at commit 2"],
  ["a commit without the end", commit().replace("\x1e", ""), "malformed at commit 1"],
  ["a letter that git does not write", commit({ letter: "Z" }), "malformed at commit 1"],
  ["a parent that is none", commit() + commit({ parents: "abc" }), "malformed at commit 2"],
])("%s", (_, text, refusal) => {
  it("is refused", () => expect(refusalOf(text, "x")).toBe(refusal));
});

it("JSON made with --format is refused with the reason, broken or not", () => {
  const document = read(`{"sha":"${A}","sig":"G","subject":"quiet"}\n`, "log.jsonl");
  expect([document.kind, document.statusReasons[0]?.code]).toEqual(["unreadable", "not-this-format"]);
  expect(document.statusReasons[0]?.message).toContain("git escapes nothing");
});
