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
  /** Whoever wrote and whoever committed what is checked out, as `Name <address>`; none before the first commit. */
  readonly authors: readonly string[];
}

export async function askGit(root: string, variables: Variables): Promise<GitFacts> {
  const [git, inDefaultBranch, authors] = await Promise.all([
    readGitState(root, variables),
    isInDefaultBranch(root, variables),
    authorsOf(root, variables, undefined, "HEAD").catch(() => []),
  ]);
  return { git, inDefaultBranch, authors };
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
  /** What git says of the checkout; undefined outside of one. */
  readonly facts: GitFacts | undefined;
  /** The commit that is gated. */
  readonly gated: string | undefined;
}

/**
 * Asks git what a pull request changes and who wrote it; else who wrote the commit.
 *
 * @throws {GateError} `source-unavailable` where the history of a pull request is not in this checkout
 */
export async function askChange({ root, variables, ci, revision, facts, gated }: ChangeRequest): Promise<ChangeFacts> {
  const commit = facts?.git?.commit;
  if (root === undefined || commit === undefined) return { authors: [], files: [] };
  if (ci?.change === undefined || revision === undefined) {
    if (gated === commit) return { authors: facts?.authors ?? [], files: [] };
    // Of a commit that is not here nobody knows the authors, so that no approval counts.
    const authors = gated === undefined ? [] : await authorsOf(root, variables, undefined, gated).catch(() => []);
    return { authors, files: [] };
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
