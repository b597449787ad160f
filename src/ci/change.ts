import { GateError } from "../util/errors.ts";
import { readPatch } from "../util/patch.ts";
import { runGit } from "./git.ts";
import { detectCi, type Environment } from "./provider.ts";

/** A commit of a change. */
export interface GitCommit {
  readonly sha: string;
  readonly parents: readonly string[];
  readonly author: GitPerson;
  readonly committer: GitPerson;
  /** When it was committed, ISO 8601. */
  readonly at: string;
  readonly message: string;
  /** git's letter `%G?`. */
  readonly signature: string;
  /** git's `%GS`; missing where there is none. */
  readonly signer?: string;
}

export interface GitPerson {
  readonly name: string;
  readonly email: string;
}

/** A file of a change. Bytes of a path that are no UTF-8 are replacement characters. */
export interface GitFile {
  readonly path: string;
  /** Before the change, where it was renamed. */
  readonly previousPath?: string;
  readonly status: "added" | "modified" | "deleted" | "renamed";
  /** Missing for binary files, as are the other two. */
  readonly additions?: number;
  readonly deletions?: number;
  /** Such as `3-9,12`; empty where nothing was added. */
  readonly addedLines?: string;
}

/** What git knows of a change. The adapter `git-change` reads its JSON; the format is in `docs/formats/git-change.md`. */
export interface GitChange {
  readonly schema: "gate/git-change/v1";
  readonly repository?: string;
  /** Full ids. */
  readonly base: string;
  readonly head: string;
  /** The last commit that both have; what the files are compared with. */
  readonly mergeBase: string;
  /** False in a shallow clone that may lack some of the commits. */
  readonly complete: boolean;
  /** Those of the head that the base has not, the newest first. */
  readonly commits: readonly GitCommit[];
  readonly files: readonly GitFile[];
}

/**
 * Asks git what a change is made of: the commits between two revisions with their signatures, and the files with the
 * lines that were added, compared with the last commit that both have, as forges do.
 *
 * @param root a folder of the checkout
 * @param base where the change goes to, such as `origin/main`
 * @param head the change, such as `HEAD`
 * @throws {GateError} `usage` where a revision is not known or the two have no commit in common, and
 *   `evidence-unreadable` where git fails
 */
export async function collectChange(
  root: string,
  base: string,
  head: string,
  variables: Environment,
): Promise<GitChange> {
  const git = (...args: readonly string[]) => textOf(root, variables, args);
  const [from, to] = [await commitOf(base, git), await commitOf(head, git)];
  const mergeBase = await mergeBaseOf(from, to, git);
  const commits = parseLog(
    await git("log", "-z", "--no-show-signature", "--encoding=UTF-8", LOG_FORMAT, `${from}..${to}`),
  );
  const shallow = (await git("rev-parse", "--is-shallow-repository")).trim() === "true";
  const files = parseRaw(await git("diff-tree", ...DIFF_OPTIONS, "--raw", "-z", mergeBase, to));
  const patch = await runGit(root, variables, ["diff-tree", ...DIFF_OPTIONS, ...PATCH_OPTIONS, mergeBase, to]);
  const repository = detectCi(variables)?.repository;
  return {
    schema: "gate/git-change/v1",
    ...(repository === undefined ? {} : { repository }),
    base: from,
    head: to,
    mergeBase,
    // Where a shallow clone ends, a commit looks as if it had no parents.
    complete: !shallow || commits.every(({ parents }) => parents.length > 0),
    commits,
    files: withLines(files, patch),
  };
}

/** What users set in their configuration must not change what is found. A copy is added: all of its lines are new. */
const DIFF_OPTIONS = ["-r", "-M", "--no-ext-diff", "--no-textconv", "--no-relative", "--ignore-submodules=none"];

/** With `--text`, attributes in the change itself cannot hide a file's lines by calling it binary. */
const PATCH_OPTIONS = [
  "-p",
  "-U0",
  "--inter-hunk-context=0",
  "--text",
  "--submodule=short",
  "--no-color",
  "--full-index",
];

async function textOf(root: string, variables: Environment, args: readonly string[]): Promise<string> {
  return (await runGit(root, variables, args)).toString("utf8");
}

type Git = (...args: readonly string[]) => Promise<string>;

async function commitOf(revision: string, git: Git): Promise<string> {
  try {
    return (await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`)).trim();
  } catch (cause) {
    throw new GateError("usage", `git knows no commit ${JSON.stringify(revision)}`, {
      hint: "Fetch the branch; CI services clone one commit only unless told otherwise (`fetch-depth: 0`).",
      cause,
    });
  }
}

async function mergeBaseOf(from: string, to: string, git: Git): Promise<string> {
  try {
    return (await git("merge-base", from, to)).trim();
  } catch (cause) {
    throw new GateError("usage", `${from} and ${to} have no commit in common`, {
      hint: "Fetch the whole history; a shallow clone ends before it (`fetch-depth: 0`).",
      cause,
    });
  }
}

/** Fields end in NUL, which neither names nor messages can hold. */
const LOG_FIELDS = ["%H", "%P", "%G?", "%GS", "%an", "%ae", "%cn", "%ce", "%cI", "%B"];
const LOG_FORMAT = `--format=tformat:${LOG_FIELDS.join("%x00")}`;

function parseLog(output: string): readonly GitCommit[] {
  const fields = output.split("\0");
  const commits: GitCommit[] = [];
  for (let start = 0; start + LOG_FIELDS.length <= fields.length; start += LOG_FIELDS.length) {
    const [sha = "", parents = "", signature = "", signer = "", ...rest] = fields.slice(
      start,
      start + LOG_FIELDS.length,
    );
    const [name = "", email = "", committerName = "", committerEmail = "", at = "", message = ""] = rest;
    commits.push({
      sha,
      parents: parents.split(" ").filter(Boolean),
      author: { name, email },
      committer: { name: committerName, email: committerEmail },
      at,
      message,
      signature,
      ...(signer === "" ? {} : { signer }),
    });
  }
  return commits;
}

const STATUSES = { A: "added", M: "modified", T: "modified", D: "deleted", R: "renamed" } as const;

interface RawFile extends Pick<GitFile, "path" | "previousPath" | "status"> {
  /** How many parts of the patch are about it: a file that becomes a link is deleted and added. */
  readonly sections: 1 | 2;
}

/** Reads `--raw -z`: `:modes ids X` NUL path NUL, with two paths for a rename. */
function parseRaw(output: string): readonly RawFile[] {
  const records = output.split("\0");
  const files: RawFile[] = [];
  for (let at = 0; at + 1 < records.length; ) {
    const letter = /^:.* ([AMTDR])\d*$/.exec(records[at] ?? "")?.[1];
    if (letter === undefined) throw unexpected("its list of files");
    const status = STATUSES[isStatus(letter) ? letter : "M"];
    const [first = "", second = ""] = records.slice(at + 1, at + 3);
    const moved = status === "renamed";
    const sections = letter === "T" ? 2 : 1;
    files.push(moved ? { path: second, previousPath: first, status, sections } : { path: first, status, sections });
    at += moved ? 3 : 2;
  }
  return files;
}

function isStatus(letter: string): letter is keyof typeof STATUSES {
  return letter in STATUSES;
}

/** The parts of a patch are in the order of the list, and names in a patch are harder to read than to count. */
function withLines(files: readonly RawFile[], patch: Buffer): readonly GitFile[] {
  const sections = readPatch(patch);
  if (sections.length !== files.reduce((sum, file) => sum + file.sections, 0)) throw unexpected("its patch");
  let next = 0;
  return files.map(({ sections: count, ...file }) => {
    const own = sections.slice(next, next + count);
    next += count;
    if (own.some(({ binary }) => binary)) return file;
    return {
      ...file,
      additions: own.reduce((sum, { additions }) => sum + additions, 0),
      deletions: own.reduce((sum, { deletions }) => sum + deletions, 0),
      addedLines: own.map(({ addedLines }) => addedLines).join(""),
    };
  });
}

function unexpected(what: string): GateError {
  return new GateError("internal", `git gave ${what} in a form that is not known`);
}
