import { type GitState, isInDefaultBranch, readGitState } from "../ci/git.ts";
import type { CiContext, Environment as Variables } from "../ci/provider.ts";
import { authorsOf, changedPaths } from "../ci/revision.ts";
import type { Revision } from "../decision/types.ts";
import { GateError } from "../util/errors.ts";

/** What git says of the checkout. */
export interface GitFacts {
  readonly git: GitState | undefined;
  /** Undefined where the default branch is not known. */
  readonly inDefaultBranch: boolean | undefined;
}

export async function askGit(root: string, variables: Variables): Promise<GitFacts> {
  const [git, inDefaultBranch] = await Promise.all([readGitState(root, variables), isInDefaultBranch(root, variables)]);
  return { git, inDefaultBranch };
}

/** What is known of the change that is decided on. */
export interface ChangeFacts {
  /** Whoever wrote and whoever committed it, as `Name <address>`. */
  readonly authors: readonly string[];
  /** The paths that a pull request changes, relative to the repository's root; none where it is no pull request. */
  readonly files: readonly string[];
}

export interface ChangeRequest {
  readonly root: string | undefined;
  readonly variables: Variables;
  readonly ci: CiContext | undefined;
  /** What decides, where that is not the work tree. */
  readonly revision: Revision | undefined;
  /** The commit that is checked out. */
  readonly commit: string | undefined;
}

/**
 * Asks git what a pull request changes and who wrote it; else who wrote the commit.
 *
 * @throws {GateError} `source-unavailable` where the history of a pull request is not in this checkout
 */
export async function askChange({ root, variables, ci, revision, commit }: ChangeRequest): Promise<ChangeFacts> {
  if (root === undefined || commit === undefined) return { authors: [], files: [] };
  if (ci?.change === undefined || revision === undefined) {
    return { authors: await authorsOf(root, variables, undefined, commit), files: [] };
  }
  try {
    const [authors, files] = await Promise.all([
      authorsOf(root, variables, revision.commit, commit),
      changedPaths(root, variables, revision.commit, commit),
    ]);
    return { authors, files };
  } catch (cause) {
    throw new GateError("source-unavailable", `git cannot say what this pull request changes against ${revision.ref}`, {
      hint: "Check out the whole history (`fetch-depth: 0`).",
      cause,
    });
  }
}
