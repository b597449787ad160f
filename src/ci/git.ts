import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { GateError, messageOf, systemCodeOf } from "../util/errors.ts";
import type { Environment } from "./provider.ts";

/** What the git checkout says of itself. */
export interface GitState {
  readonly commit: string;
  readonly branch?: string;
  /** Tracked paths that differ from the commit, relative to the repository's root. */
  readonly changed: readonly string[];
  /** Paths that git neither tracks nor ignores; a folder without tracked files is one path that ends with `/`. */
  readonly untracked: readonly string[];
}

const run = promisify(execFile);

/** Bytes of one answer of git. */
const MOST_OUTPUT = 1 << 30;

/**
 * Runs a git command that changes nothing, and gives what it prints.
 *
 * @param input what it reads from its standard input
 * @throws {GateError} `evidence-too-large` beyond 1 GiB, `evidence-unreadable` where git fails or is not there
 */
export async function runGit(
  cwd: string,
  environment: Environment,
  args: readonly string[],
  input = "",
): Promise<Buffer> {
  try {
    const answer = run("git", [...args], {
      cwd,
      encoding: "buffer",
      maxBuffer: MOST_OUTPUT,
      timeout: 300_000,
      env: gitEnvironment(environment),
    });
    // A git that ends before it has read everything says itself why.
    answer.child.stdin?.on("error", () => undefined).end(input);
    return (await answer).stdout;
  } catch (cause) {
    if (systemCodeOf(cause) === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") {
      throw new GateError("evidence-too-large", `the output of git ${args[0]} is beyond 1 GiB`, { cause });
    }
    throw new GateError("evidence-unreadable", `git ${args[0]} failed: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Asks git for the commit and for what differs from it. Undefined where the folder is no checkout, has no commit yet,
 * or git is not installed.
 */
export async function readGitState(cwd: string, environment: Environment): Promise<GitState | undefined> {
  try {
    const { stdout } = await run("git", ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal"], {
      cwd,
      encoding: "utf8",
      maxBuffer: 64 << 20,
      timeout: 30_000,
      // No lock is taken, so that a check never disturbs a git command beside it.
      env: gitEnvironment(environment),
    });
    return parseStatus(stdout);
  } catch (error) {
    if (systemCodeOf(error) === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") throw error;
    return undefined;
  }
}

/** The address that git would put into a commit; undefined where it is not set. */
export async function readGitEmail(cwd: string, environment: Environment): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", ["config", "--get", "user.email"], {
      cwd,
      encoding: "utf8",
      timeout: 30_000,
      env: gitEnvironment(environment),
    });
    const address = stdout.trim();
    return address === "" ? undefined : address;
  } catch {
    return undefined;
  }
}

/**
 * Whether the remote's default branch contains the commit that is checked out; undefined where the checkout does not
 * know that branch, as in a shallow clone of another one.
 *
 * @param root the repository's root
 */
export async function isInDefaultBranch(root: string, environment: Environment): Promise<boolean | undefined> {
  if (!knowsDefaultBranch(join(root, ".git"))) return undefined;
  try {
    const args = ["merge-base", "--is-ancestor", "HEAD", DEFAULT_BRANCH];
    await run("git", args, { cwd: root, timeout: 30_000, env: gitEnvironment(environment) });
    return true;
  } catch (error) {
    return exitCodeOf(error) === 1 ? false : undefined;
  }
}

const DEFAULT_BRANCH = "refs/remotes/origin/HEAD";

/** A look at the file saves a process. In a linked work tree `.git` is a file, and git itself must say. */
function knowsDefaultBranch(gitFolder: string): boolean {
  return existsSync(join(gitFolder, DEFAULT_BRANCH)) || !existsSync(join(gitFolder, "HEAD"));
}

/** Those of some paths that git tracks, relative to the repository's root; none where git cannot say. */
export async function trackedFiles(
  root: string,
  environment: Environment,
  paths: readonly string[],
): Promise<ReadonlySet<string>> {
  try {
    const literal = ["--literal-pathspecs", "ls-files", "-z", "--cached", "--", ...paths];
    const listed = await runGit(root, environment, literal);
    return new Set(listed.toString("utf8").split("\0"));
  } catch {
    return new Set();
  }
}

/** The folder of the checkout that holds `cwd`, absolute; undefined outside of one. */
export function repositoryRoot(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Git without locks, translations and what the caller set for another purpose. */
export function gitEnvironment(environment: Environment): NodeJS.ProcessEnv {
  return { PATH: environment["PATH"], HOME: environment["HOME"], GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" };
}

function exitCodeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

/** Reads `git status --porcelain=v2 --branch -z`. */
export function parseStatus(output: string): GitState | undefined {
  let commit: string | undefined;
  let branch: string | undefined;
  const changed: string[] = [];
  const untracked: string[] = [];
  const records = output.split("\0");
  for (let index = 0; index < records.length; index++) {
    const record = records[index] ?? "";
    if (record.startsWith("# branch.oid ")) commit = record.slice("# branch.oid ".length);
    else if (record.startsWith("# branch.head ")) branch = record.slice("# branch.head ".length);
    else if (record.startsWith("1 ")) changed.push(fieldsAfter(record, 8));
    else if (record.startsWith("u ")) changed.push(fieldsAfter(record, 10));
    else if (record.startsWith("? ")) untracked.push(record.slice(2));
    else if (record.startsWith("2 ")) {
      // A rename is followed by the path it had.
      changed.push(fieldsAfter(record, 9));
      index++;
    }
  }
  if (commit === undefined || commit === "(initial)") return undefined;
  return { commit, ...(branch === undefined || branch === "(detached)" ? {} : { branch }), changed, untracked };
}

function fieldsAfter(record: string, count: number): string {
  let start = 0;
  for (let field = 0; field < count; field++) start = record.indexOf(" ", start) + 1;
  return record.slice(start);
}
