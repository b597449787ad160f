import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { GateError } from "../util/errors.ts";
import { gitEnvironment, runGit } from "./git.ts";
import type { Environment } from "./provider.ts";

/** Bytes of all files together that are read out of a revision: policies and settings are text that people write. */
const MOST_BYTES = 64 << 20;

/** The commit that a revision names; undefined where this checkout has none by that name. */
export async function commitAt(root: string, variables: Environment, revision: string): Promise<string | undefined> {
  try {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`];
    return (await runGit(root, variables, args)).toString("utf8").trim();
  } catch {
    return undefined;
  }
}

/** Whether a branch contains a commit; false where that cannot be told. */
export async function isContained(
  root: string,
  variables: Environment,
  commit: string,
  branch: string,
): Promise<boolean> {
  try {
    await runGit(root, variables, ["merge-base", "--is-ancestor", commit, branch]);
    return true;
  } catch {
    return false;
  }
}

/**
 * The paths that differ between the last commit that two have in common and the second of them, as forges compare; a
 * renamed file is there with both of its paths.
 *
 * @throws {GateError} `evidence-unreadable` where the two have no commit in common here, as in a shallow clone
 */
export async function changedPaths(
  root: string,
  variables: Environment,
  base: string,
  head: string,
): Promise<readonly string[]> {
  const mergeBase = (await runGit(root, variables, ["merge-base", base, head])).toString("utf8").trim();
  const args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", "--ignore-submodules=none", mergeBase, head];
  const listed = (await runGit(root, variables, args)).toString("utf8");
  return listed.split("\0").filter(Boolean);
}

/**
 * Who wrote and who committed the commits of a change, as `Name <address>`, each once.
 *
 * @param base undefined for the last commit alone
 */
export async function authorsOf(
  root: string,
  variables: Environment,
  base: string | undefined,
  head: string,
): Promise<readonly string[]> {
  const range = base === undefined ? ["-1", head] : [`${base}..${head}`];
  const args = ["log", "-z", "--no-show-signature", "--encoding=UTF-8", "--format=%an <%ae>%x00%cn <%ce>", ...range];
  const listed = (await runGit(root, variables, args)).toString("utf8");
  return [...new Set(listed.split("\0").filter(Boolean))].toSorted();
}

/**
 * Writes files of a commit into a folder, under the paths that they have in the repository, without filters and
 * conversions: the very bytes that were committed.
 *
 * @param paths files and folders, relative to the repository's root; what the commit does not have is passed over
 * @throws {GateError} `source-unavailable` for links and submodules, whose content is not in the commit, and for more than 64 MiB
 */
export async function exportPaths(
  root: string,
  variables: Environment,
  commit: string,
  paths: readonly string[],
  target: string,
): Promise<void> {
  const listing = await runGit(root, variables, [
    "ls-tree",
    "-r",
    "-z",
    "--full-tree",
    "--long",
    commit,
    "--",
    ...paths,
  ]);
  const files = listing
    .toString("utf8")
    .split("\0")
    .filter(Boolean)
    .map((line) => parseTreeEntry(line, commit));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MOST_BYTES) {
    throw new GateError(
      "source-unavailable",
      `the policies and settings of ${commit.slice(0, 12)} take more than 64 MiB`,
    );
  }
  const contents = await readBlobs(root, variables, files);
  for (const [index, { path }] of files.entries()) {
    const place = join(target, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, contents[index] ?? "");
  }
}

interface TreeFile {
  readonly path: string;
  readonly id: string;
  readonly size: number;
}

/** `<mode> <type> <id> <size>\t<path>` */
function parseTreeEntry(line: string, commit: string): TreeFile {
  const tab = line.indexOf("\t");
  const path = line.slice(tab + 1);
  const [mode, type, id = "", size] = line.slice(0, tab).split(/ +/);
  if (type === "blob" && mode !== "120000") return { path, id, size: Number(size) };
  const what = mode === "120000" ? "a symbolic link" : "a submodule";
  throw new GateError("source-unavailable", `${path} is ${what} in ${commit.slice(0, 12)}, which is not followed`, {
    hint: "Put the file itself where gate.yaml looks for it.",
  });
}

/** Asks one process for all of them. */
async function readBlobs(root: string, variables: Environment, files: readonly TreeFile[]): Promise<readonly Buffer[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const child = spawn("git", ["cat-file", "--batch"], {
    cwd: root,
    env: gitEnvironment(variables),
    stdio: ["pipe", "pipe", "ignore"],
  });
  const chunks: Buffer[] = [];
  child.on("error", reject);
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.on("close", () => resolve(Buffer.concat(chunks)));
  child.stdin.on("error", reject);
  child.stdin.end(files.map(({ id }) => `${id}\n`).join(""));
  const output = await promise;
  let at = 0;
  return files.map(({ path, id, size }) => {
    const start = output.indexOf("\n", at) + 1;
    const content = output.subarray(start, start + size);
    if (
      start === 0 ||
      content.length !== size ||
      !output.toString("latin1", at, start).startsWith(`${id} blob ${size}`)
    ) {
      throw new GateError("source-unavailable", `git does not give the content of ${path}`);
    }
    at = start + size + 1;
    return content;
  });
}
