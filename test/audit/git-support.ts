import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type GitLocation, parseGitLocation } from "../../src/audit/git/location.ts";
import { temporaryDirectory } from "./fixtures.ts";

/** An environment for git in which nothing of this machine's user counts. */
export const GIT_VARIABLES = {
  PATH: process.env["PATH"],
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
} as const;

/** Runs git and gives what it prints. */
export function git(cwd: string, args: readonly string[], input: string | Buffer = ""): Buffer {
  return execFileSync("git", [...args], { cwd, env: { ...process.env, ...GIT_VARIABLES, ...AUTHOR }, input });
}

const AUTHOR = {
  GIT_AUTHOR_NAME: "t",
  GIT_AUTHOR_EMAIL: "t@example.org",
  GIT_COMMITTER_NAME: "t",
  GIT_COMMITTER_EMAIL: "t@example.org",
} as const;

export interface GitSite extends Disposable {
  readonly path: string;
  /** The bare repository. */
  readonly remote: string;
  /** A new clone. */
  clone(name?: string): string;
  location(clone?: string, text?: string): GitLocation;
}

/** A bare repository with one commit, as a forge has it, and clones of it. */
export function gitSite(settings: Readonly<Record<string, string>> = {}): GitSite {
  const directory = temporaryDirectory();
  const remote = join(directory.path, "remote.git");
  git(directory.path, ["init", "--quiet", "--bare", "--initial-branch=main", remote]);
  // Neither a power cut nor a full repository is what these tests are about, and both cost time.
  const fast = { "core.fsync": "none", "gc.auto": "0", "receive.autogc": "false" };
  for (const [name, value] of Object.entries({ ...fast, ...settings })) git(remote, ["config", name, value]);
  const tree = git(remote, ["mktree"]).toString().trim();
  const commit = git(remote, ["commit-tree", tree, "-m", "first"]).toString().trim();
  git(remote, ["update-ref", "refs/heads/main", commit]);
  let clones = 0;
  const clone = (name = `clone-${++clones}`): string => {
    const path = join(directory.path, name);
    git(directory.path, ["clone", "--quiet", remote, path]);
    return path;
  };
  const first = clone("payments");
  return {
    path: directory.path,
    remote,
    clone,
    location: (folder = first, text = "git:origin") => parseGitLocation(text, folder, GIT_VARIABLES),
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
