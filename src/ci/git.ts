import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { systemCodeOf } from "../util/errors.ts";
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

/**
 * Whether the commit is part of the remote's default branch; undefined where git does not know that branch, as in a
 * shallow clone of another one.
 */
export async function isInDefaultBranch(cwd: string, environment: Environment): Promise<boolean | undefined> {
  try {
    await run("git", ["merge-base", "--is-ancestor", "HEAD", "refs/remotes/origin/HEAD"], {
      cwd,
      timeout: 30_000,
      env: gitEnvironment(environment),
    });
    return true;
  } catch (error) {
    return exitCodeOf(error) === 1 ? false : undefined;
  }
}

function gitEnvironment(environment: Environment): NodeJS.ProcessEnv {
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
