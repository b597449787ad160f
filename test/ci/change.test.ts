import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectChange } from "../../src/ci/change.ts";
import { GateError } from "../../src/util/errors.ts";
import { readAs } from "../ingest/support.ts";

const folder = mkdtempSync(join(tmpdir(), "gate-change-"));
const root = join(folder, "repository");
const variables = { PATH: process.env["PATH"], HOME: folder };

function git(...args: readonly string[]): string {
  return execFileSync("git", args, {
    cwd: root,
    env: { ...variables, GIT_CONFIG_NOSYSTEM: "1" },
    encoding: "utf8",
  }).trim();
}

function write(path: string, content: string): void {
  writeFileSync(join(root, path), content);
}

const ODD = 'a "b"\n\tü\u2028.txt';

beforeAll(() => {
  mkdirSync(root);
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Zoë");
  git("config", "user.email", "zoe@example.com");
  // Whatever users set, the answer is the same.
  for (const [name, value] of [
    ["color.ui", "always"],
    ["diff.noprefix", "true"],
    ["diff.context", "9"],
    ["diff.interHunkContext", "9"],
    ["diff.renames", "false"],
    ["log.showSignature", "true"],
    ["diff.external", "false"],
  ] as const)
    git("config", name, value);
  write("old.txt", "a\nb\nc\nd\ne\n");
  write("lines.txt", "1\n2\n3\n4\n5\n6\n7\n8\n");
  write("data.bin", "x\0y");
  write("link", "text");
  write("gone.txt", "gone\n");
  git("add", ".");
  git("commit", "-q", "-m", "base");
  git("switch", "-q", "-c", "change");
  git("mv", "old.txt", ODD);
  write(ODD, "a\nb\nc\nd\ne\nf\n");
  write("lines.txt", "0\n1\n2\n4\n5\nfive\n6\n7\n8");
  write("data.bin", "x\0yz");
  rmSync(join(root, "link"));
  symlinkSync("lines.txt", join(root, "link"));
  rmSync(join(root, "gone.txt"));
  write("hidden.js", "diff --git a/x b/x\n@@ -1 +1 @@\nevil()\n");
  write(".gitattributes", "*.js -diff\n");
  git("add", "-A");
  git("commit", "-q", "-m", `feat: é "quoted" \u001e\n\nBody\u001e\n${"b".repeat(40)}\n\nRefs: 1`);
  git("switch", "-q", "main");
  write("later.txt", "not of the change\n");
  git("add", ".");
  git("commit", "-q", "-m", "later");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a change", () => {
  it("has the commits that the base has not", async () => {
    const change = await collectChange(root, "main", "change", variables);
    expect(change).toMatchObject({
      schema: "gate/git-change/v1",
      base: git("rev-parse", "main"),
      head: git("rev-parse", "change"),
      mergeBase: git("rev-parse", "main~1"),
      complete: true,
      commits: [{ sha: git("rev-parse", "change"), parents: [git("rev-parse", "main~1")], signature: "N" }],
    });
    expect(change.commits[0]?.message).toContain(`Body\u001e\n${"b".repeat(40)}\n\nRefs: 1`);
  });

  it("has its files with the lines that were added, whatever their names and attributes", async () => {
    const { files } = await collectChange(root, "main", "change", variables);
    expect(Object.fromEntries(files.map(({ path, ...rest }) => [path, rest]))).toEqual({
      [ODD]: { status: "renamed", previousPath: "old.txt", additions: 1, deletions: 0, addedLines: "6" },
      ".gitattributes": { status: "added", additions: 1, deletions: 0, addedLines: "1" },
      "data.bin": { status: "modified" },
      "gone.txt": { status: "deleted", additions: 0, deletions: 1, addedLines: "" },
      "hidden.js": { status: "added", additions: 3, deletions: 0, addedLines: "1-3" },
      "lines.txt": { status: "modified", additions: 3, deletions: 2, addedLines: "1,6,9" },
      link: { status: "modified", additions: 1, deletions: 1, addedLines: "1" },
    });
  });

  it("is read by its adapter as it is", async () => {
    const change = await collectChange(root, "main", "change", {
      ...variables,
      GITHUB_ACTIONS: "true",
      GITHUB_REPOSITORY: "a/b",
    });
    const { status, subject, summary, body } = readAs("change", JSON.stringify(change), "change.json");
    expect([status, subject]).toEqual(["complete", { repository: "a/b", commit: change.head }]);
    expect(summary).toMatchObject({ commits: 1, signedCommits: 0, files: 7, additions: 9, deletions: 4 });
    expect(body.files.map(({ path }) => path)).toEqual(change.files.map(({ path }) => path));
  });

  it("of nothing is empty", async () => {
    const change = await collectChange(root, "main", "main", variables);
    expect([change.commits, change.files]).toEqual([[], []]);
  });

  it("in a shallow clone is complete where it reaches to the base", async () => {
    const clone = join(folder, "shallow");
    git("switch", "-q", "change");
    write("more.txt", "more\n");
    git("add", ".");
    git("commit", "-q", "-m", "more");
    git("clone", "-q", "--depth=1", "--branch=change", `file://${root}`, clone);
    execFileSync("git", ["commit", "-q", "--allow-empty", "-m", "on top"], {
      cwd: clone,
      env: {
        ...variables,
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a",
      },
    });
    expect((await collectChange(clone, "HEAD~1", "HEAD", variables)).complete).toBe(true);
    await expect(collectChange(clone, "main", "HEAD", variables)).rejects.toThrow("git knows no commit");
  });

  it("is not complete where a shallow clone ends inside of it", async () => {
    git("switch", "-q", "-c", "merged", "main");
    git("merge", "-q", "--no-ff", "-m", "merge", "change");
    const clone = join(folder, "shallow-merge");
    git("clone", "-q", "--depth=2", "--branch=merged", `file://${root}`, clone);
    const change = await collectChange(clone, "HEAD^1", "HEAD", variables);
    expect([change.complete, change.commits.length]).toEqual([false, 2]);
    expect(readAs("change", JSON.stringify(change), "x.json").status).toBe("partial");
  });

  it.each(["nowhere", "--output=/tmp/x", "", "HEAD:lines.txt"])("from %j is none", async (base) => {
    await expect(collectChange(root, base, "change", variables)).rejects.toThrow(GateError);
  });

  it("outside of a checkout is none", async () => {
    await expect(collectChange(folder, "a", "b", variables)).rejects.toThrow(GateError);
  });
});
